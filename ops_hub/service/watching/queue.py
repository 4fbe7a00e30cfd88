"""The queues of open cases in memory: one for each state and role that looks, kept up to date by what the hub says changed.

Reach for `queues_of()`. What a reader may see of a case comes from `desk.sight`; rows name nobody. A case is opened once a
change for all readers. Whatever cannot be followed (the stream was trimmed or emptied, other rules hold, a day was
forgotten or is masked from now on) has the queues made anew.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import date

import msgspec

from ops_hub.access.accounts import Account
from ops_hub.casework.case import CENTRE
from ops_hub.desk.filing import Desk
from ops_hub.service.centre import Centre
from ops_hub.service.watching.queue_rows import (
    PAGE,
    START,
    Reader,
    newest,
    open_ones,
    place_of,
    read,
    since,
    worked_out,
)
from ops_hub.service.watching.rows import Row
from ops_hub.store import accounts

_KEPT = 4000  # changes that a stream that was lost can be caught up with
_KEYS_EVERY = 5.0  # seconds between looks at which days are still there
_FORGOTTEN = 900.0  # seconds after which a queue that nobody looks at is let go
_TOGETHER = 50  # cases opened at a time
_PATIENCE = 0.3  # seconds that somebody waits for others who bring the queues up to date


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


def readers_of(centre: Centre) -> set[Reader]:
    """Return state and role of all whose accounts may look at the queue."""
    found, roles = set(), centre.roles
    for packed in accounts.every(centre.hub):
        account = msgspec.json.decode(packed, type=Account)
        role = roles.find(account.role)
        if role is not None and not account.disabled and roles.may(account.role, "watch.show"):
            found.add((account.state, role.acts_as))
    return found


class Queues:
    """All queues. May be used by many threads."""

    def __init__(self, centre: Centre) -> None:
        self._centre = centre
        self._lock = threading.RLock()  # held for moments: no case is opened under it
        self._catching = threading.RLock()  # one thread at a time brings queues up to date
        self._wanted: set[Reader] = set()
        self._queues: dict[Reader, Queue] = {}
        self._making: dict[Reader, threading.Lock] = {}
        self._at = START
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
            if place_of(at) < place_of(known) or place_of(at) > place_of(queue.at):
                return Delta(queue.at, [], [], is_whole=True)
            numbers: dict[int, None] = {}
            for name, case in reversed(queue.changes):
                if place_of(name) <= place_of(at):
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

    def warm(self) -> int:
        """Make the queues that somebody will look at and that are not there, together: each case is opened once for all.

        Returns:
            How many there were.
        """
        self._catch_up()
        with self._lock:
            wanted = sorted(self._wanted - set(self._queues))
            locks = [self._making.setdefault(reader, threading.Lock()) for reader in wanted]
        with ExitStack() as making:  # in their order; who asks for a queue holds one of these at most
            for each in locks:
                making.enter_context(each)
            self._make([reader for reader in wanted if reader not in self._queues])
        return len(wanted)

    def expect(self, readers: Iterable[Reader]) -> None:
        """Let `warm` make queues for these."""
        with self._lock:
            self._wanted |= set(readers)

    def _of(self, reader: Reader) -> Queue:
        """Return a queue, up to date."""
        self._catch_up()
        with self._lock:
            making = self._making.setdefault(reader, threading.Lock())
            self._wanted.add(reader)
        with making:  # two who ask at once wait for one queue, and nobody else waits
            while True:
                with self._lock:
                    queue = self._queues.get(reader)
                if queue is not None:
                    queue.used = time.monotonic()
                    return queue
                self._make([reader])

    def _make(self, readers: Sequence[Reader]) -> None:
        """Make queues; whoever calls this holds their locks."""
        if not readers:
            return
        with self._lock:
            desk = self._desk
        assert desk is not None  # _catch_up was called
        begun = newest(desk.hub)
        made = {reader: Queue({}, begun, begun, time.monotonic()) for reader in readers}
        by_state: dict[int, set[str]] = {}
        for state in {state for state, _ in readers}:
            for number in open_ones(desk, state):
                by_state.setdefault(number, set()).add(state)
        numbers = list(by_state)
        for first in range(0, len(numbers), _TOGETHER):
            part = numbers[first : first + _TOGETHER]
            for reader, rows in worked_out(desk, part, readers).items():
                own = {case: row for case, row in rows.items() if row is not None and reader[0] in by_state[case]}
                made[reader].rows.update(own)
        with self._catching:  # what changed meanwhile; nobody catches up at the same time
            changed = since(desk.hub, begun)
            worked = worked_out(desk, list({case for _, case in changed}), readers)
            with self._lock:
                if desk is not self._desk:
                    return  # other rules hold since
                if changed:
                    _apply(made, worked, changed[-1][0])
                self._queues |= made

    def _catch_up(self) -> None:
        """Bring all queues up to date with the hub; where somebody is at it for long, what is ready has to do."""
        desk = self._centre.desk
        with self._lock:
            if desk is not self._desk:
                self._drop()
                self._desk, self._at, self._days = desk, newest(desk.hub), None
        if not self._catching.acquire(timeout=_PATIENCE):
            return
        try:
            self._check_days(desk)
            first, last, changed = read(desk.hub, self._at)
            if (
                place_of(last) < place_of(self._at)
                or (first and place_of(first) > place_of(self._at))
                or len(changed) >= PAGE
            ):
                with self._lock:
                    self._drop()
                    self._at = last
            elif changed:
                self._follow(desk, changed)
        finally:
            self._catching.release()

    def _follow(self, desk: Desk, changed: list[tuple[str, int]]) -> None:
        """Put changes into all queues; cases are opened while others read what is there."""
        numbers, at = list({case for _, case in changed}), changed[-1][0]
        worked = worked_out(desk, numbers, list(self._queues))
        with self._lock:  # none came meanwhile: making them ends under the same lock as this
            if desk is self._desk:
                _apply(self._queues, worked, at)
                self._at = at

    def _check_days(self, desk: Desk) -> None:
        """Let go what nobody looks at; begin anew where other days are masked or forgotten."""
        now = time.monotonic()
        if now - self._looked <= _KEYS_EVERY:
            return
        self._looked = now
        days, before = self._days_of(desk), self._days
        with self._lock:
            for reader in [each for each, queue in self._queues.items() if now - queue.used > _FORGOTTEN]:
                del self._queues[reader]
                self._wanted.discard(reader)
            if before is not None and (days[0] != before[0] or before[1] - days[1]):
                self._drop()
            self._days = days

    def _drop(self) -> None:
        self._wanted |= set(self._queues)
        self._queues = {}

    def _days_of(self, desk: Desk) -> tuple[date, frozenset[str]]:
        """Return what, other than a change of a case, changes rows: the day, and whose days can still be read."""
        keyring, keepers = desk.hub.keyring, {CENTRE, *desk.states.by_code}
        held = {f"{keeper} {period}" for keeper in keepers for period in keyring.periods(keeper)}
        return desk.hub.now().date(), frozenset(held)


def _apply(queues: Mapping[Reader, Queue], worked: Mapping[Reader, Mapping[int, Row | None]], at: str) -> None:
    """Put the rows of cases that changed into queues; None where a queue has the case no longer."""
    for reader, rows in worked.items():
        queue = queues.get(reader)
        if queue is None:
            continue  # it was let go
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
        queue.at = max(queue.at, at, key=place_of)


def _urgency(row: Row) -> tuple[bool, float, int]:
    return row.counts_to is None, row.counts_to.timestamp() if row.counts_to else 0.0, row.case
