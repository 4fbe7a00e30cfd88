"""The queues of open cases in memory: one for each state and role that looks, kept up to date by what the hub says changed.

Reach for `queues_of()`. What a reader may see of a case comes from `desk.sight`; rows name nobody. A case is opened once a
change for all readers. Whatever cannot be followed (the stream was trimmed or emptied, other rules hold, a day was
forgotten or is masked from now on) has the queues made anew.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from ops_hub.casework.case import CENTRE, Actor
from ops_hub.desk.filing import Desk
from ops_hub.desk.sight import seen_by
from ops_hub.service.centre import Centre
from ops_hub.service.rows import Row, is_hidden, row_of
from ops_hub.store import cases as store
from ops_hub.store.hub import Hub

Reader = tuple[str, str]  # state and role
_PAGE = 5000  # changes read at a time
_KEPT = 4000  # changes that a stream that was lost can be caught up with
_KEYS_EVERY = 5.0  # seconds between looks at which days are still there
_FORGOTTEN = 900.0  # seconds after which a queue that nobody looks at is let go
_START = "0-0"


@dataclass
class Queue:
    """What one state and role may see of the open cases.

    Attributes:
        rows: by case.
        at: id in the stream of changes that it stands at.
        begun: the same when it was made; before that nothing is known of what changed.
        changes: id and case of what changed in it since, the latest.
        version: another one after each change.
        used: when somebody last looked (monotonic seconds).
        written: what screens made of rows, by case and language; gone when the row is.
    """

    rows: dict[int, Row]
    at: str
    begun: str
    used: float
    changes: deque[tuple[str, int]] = field(default_factory=lambda: deque(maxlen=_KEPT))
    version: int = 0
    ordered: tuple[int, list[Row]] | None = None
    written: dict[int, dict[str, tuple[Row, str]]] = field(default_factory=dict)


@dataclass(frozen=True)
class Delta:
    """What changed in a queue: its place in the stream then, rows that changed or came, cases that left.

    `is_whole`: too long ago to tell; the whole queue must be looked at again.
    """

    at: str
    rows: list[Row]
    gone: list[int]
    is_whole: bool = False


def queues_of(centre: Centre) -> Queues:
    """Return the queues of a centre, one object a process."""
    return centre.kept("queues", None, lambda: Queues(centre))


class Queues:
    """All queues. May be used by many threads."""

    def __init__(self, centre: Centre) -> None:
        self._centre = centre
        self._lock = threading.RLock()
        self._queues: dict[Reader, Queue] = {}
        self._making: dict[Reader, threading.Lock] = {}
        self._at = _START
        self._desk: Desk | None = None
        self._days: tuple[date, frozenset[str]] | None = None
        self._looked = 0.0

    def ordered(self, reader: Reader) -> tuple[str, int, list[Row]]:
        """Return place in the stream, version and rows of a queue as it is now, the least time left first."""
        queue = self._of(reader)
        with self._lock:
            if queue.ordered is None or queue.ordered[0] != queue.version:
                queue.ordered = (queue.version, sorted(queue.rows.values(), key=_urgency))
            return queue.at, queue.version, queue.ordered[1]

    def after(self, reader: Reader, at: str) -> Delta:
        """Return what changed in a queue after a place in the stream, as it is now."""
        queue = self._of(reader)
        with self._lock:
            known = queue.changes[0][0] if len(queue.changes) == _KEPT else queue.begun
            if _place(at) < _place(known) or _place(at) > _place(queue.at):
                return Delta(queue.at, [], [], is_whole=True)
            numbers: dict[int, None] = {}
            for name, case in reversed(queue.changes):
                if _place(name) <= _place(at):
                    break
                numbers[case] = None
            rows = [queue.rows[each] for each in numbers if each in queue.rows]
            return Delta(queue.at, rows, [each for each in numbers if each not in queue.rows])

    def written(self, reader: Reader, row: Row, language: str, write: Callable[[Row], str]) -> str:
        """Return what a screen makes of a row, made once for all who see the same."""
        queue = self._queues.get(reader)
        kept = queue.written.get(row.case, {}).get(language) if queue is not None else None
        if kept is not None and kept[0] == row:
            return kept[1]
        made = write(row)
        with self._lock:
            if queue is not None and row.case in queue.rows:
                queue.written.setdefault(row.case, {})[language] = (row, made)
        return made

    def _of(self, reader: Reader) -> Queue:
        """Return a queue, up to date."""
        self._catch_up()
        with self._lock:
            making = self._making.setdefault(reader, threading.Lock())
        with making:  # two who ask at once wait for one queue, and nobody else waits
            with self._lock:
                queue = self._queues.get(reader)
            if queue is None:
                queue = self._made(reader)
            queue.used = time.monotonic()
        return queue

    def _made(self, reader: Reader) -> Queue:
        desk = self._centre.desk
        begun = _newest(desk.hub)
        rows = _worked_out(desk, _open_ones(desk, reader[0]), [reader])[reader]
        queue = Queue({row.case: row for row in rows.values() if row is not None}, begun, begun, time.monotonic())
        with self._lock:
            if _place(self._at) > _place(begun):
                self._apply(desk, [reader], {reader: queue}, _since(desk.hub, begun), self._at)
            self._queues[reader] = queue
        return queue

    def _catch_up(self) -> None:
        """Bring all queues up to date with the hub."""
        with self._lock:
            desk, now = self._centre.desk, time.monotonic()
            if desk is not self._desk:
                self._queues, self._desk, self._at, self._days = {}, desk, _newest(desk.hub), None
            for reader in [each for each, queue in self._queues.items() if now - queue.used > _FORGOTTEN]:
                del self._queues[reader]
            if now - self._looked > _KEYS_EVERY:
                self._looked = now
                days = self._days_of(desk)
                before = self._days
                if before is not None and (days[0] != before[0] or before[1] - days[1]):
                    self._queues = {}  # masked from now on, or forgotten
                self._days = days
            first, newest, changed = _read(desk.hub, self._at)
            lost = _place(newest) < _place(self._at) or (bool(first) and _place(first) > _place(self._at))
            if lost or len(changed) >= _PAGE:
                self._queues, self._at = {}, newest
            elif changed:
                self._apply(desk, list(self._queues), self._queues, changed, changed[-1][0])
                self._at = changed[-1][0]

    def _days_of(self, desk: Desk) -> tuple[date, frozenset[str]]:
        """Return what, other than a change of a case, changes rows: the day, and whose days can still be read."""
        keyring, keepers = desk.hub.keyring, {CENTRE, *desk.states.by_code}
        held = {f"{keeper} {period}" for keeper in keepers for period in keyring.periods(keeper)}
        return desk.hub.now().date(), frozenset(held)

    def _apply(
        self,
        desk: Desk,
        readers: Sequence[Reader],
        queues: dict[Reader, Queue],
        changed: list[tuple[str, int]],
        at: str,
    ) -> None:
        last = {case: name for name, case in changed}
        for reader, rows in _worked_out(desk, list(last), readers).items():
            queue = queues[reader]
            for case, row in rows.items():
                if row == queue.rows.get(case):
                    continue  # what changed is not for this reader
                queue.written.pop(case, None)
                if row is None:
                    del queue.rows[case]
                else:
                    queue.rows[case] = row
                queue.changes.append((at, case))
                queue.version += 1
            queue.at = at


def _worked_out(desk: Desk, numbers: Sequence[int], readers: Sequence[Reader]) -> dict[Reader, dict[int, Row | None]]:
    """Return the rows of cases for each reader; None where the queue of that reader does not have the case."""
    actors = {reader: Actor(reader[0], "queue", reader[1]) for reader in readers}
    made: dict[Reader, dict[int, Row | None]] = {reader: dict.fromkeys(numbers) for reader in readers}
    if not readers or not numbers:
        return made
    told = seen_by(desk, numbers, list(actors.values()))
    hidden: dict[int, bool] = {}
    for reader, actor in actors.items():
        for number, sight in told[actor].items():
            if desk.table.is_done(sight.case.status):
                continue
            if number not in hidden:
                hidden[number] = is_hidden(desk, sight.case)
            made[reader][number] = row_of(desk, sight, masked=hidden[number])
    return made


def _open_ones(desk: Desk, state: str) -> list[int]:
    return store.of_state(desk.hub, state, [name for name, each in desk.table.states.items() if not each.done])


def _read(hub: Hub, after: str) -> tuple[str, str, list[tuple[str, int]]]:
    """Return the oldest id of the stream, the newest, and what came after one."""
    with hub.client.pipeline(transaction=True) as pipe:
        pipe.xrange(store.FEED, "-", "+", count=1)
        pipe.xrevrange(store.FEED, "+", "-", count=1)
        pipe.xrange(store.FEED, f"({after}", "+", count=_PAGE)
        oldest, newest, found = pipe.execute()
    return _id(oldest, ""), _id(newest, _START), [(name.decode(), int(fields[b"case"])) for name, fields in found]


def _since(hub: Hub, after: str) -> list[tuple[str, int]]:
    return [(name.decode(), int(fields[b"case"])) for name, fields in hub.client.xrange(store.FEED, f"({after}", "+")]


def _newest(hub: Hub) -> str:
    return _id(hub.client.xrevrange(store.FEED, "+", "-", count=1), _START)


def _id(found: Sequence[Any], other: str) -> str:
    return str(found[0][0].decode()) if found else other


def _place(name: str) -> tuple[int, int]:
    milliseconds, _, number = name.partition("-")
    return int(milliseconds), int(number or 0)


def _urgency(row: Row) -> tuple[bool, float, int]:
    return row.counts_to is None, row.counts_to.timestamp() if row.counts_to else 0.0, row.case


def is_place(text: str) -> bool:
    """Return whether a text is an id of the stream."""
    milliseconds, dash, number = text.partition("-")
    parts: Iterable[str] = (milliseconds, number)
    return bool(dash) and len(text) <= 40 and all(part.isascii() and part.isdigit() for part in parts)
