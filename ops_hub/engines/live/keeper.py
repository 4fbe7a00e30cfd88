"""The keeper: what was screened into the lake, what was done into the audit log, what is past its time out of both.

Reach for `run()`. One keeper acts on a hub: a second one on the same home folder waits for the first (a lock that dies
with its process), one on another folder is refused: lake and log must not be divided. Killed at any moment, it loses and
doubles nothing: an item is acknowledged after it is on disk, and known again when it comes twice. When the disk is full
it stops acknowledging, raises an alarm, and goes on when there is room.
"""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from datetime import date
from pathlib import Path

import redis

from ops_hub.engines.live import retention
from ops_hub.errors import StoreError
from ops_hub.states import States, home_states
from ops_hub.store import headed, lake
from ops_hub.store.compacting import LIVE_ROWS, compact
from ops_hub.store.consume import Item, Reader, taken
from ops_hub.store.hub import Hub, key
from ops_hub.store.lakefiles import Kept, Writer, writing
from ops_hub.store.place import claim
from ops_hub.store.scribe import Scribe
from ops_hub.store.turn import InOrder

_GROUP = "keeper"
_TAKE = 200  # items of a take: one flush of each file that they belong to
_WAIT_MS = 100
_REST = 1.0  # seconds, after something failed
LAST = key("retention", "last")  # day of the last run
_STATE, _DAY = re.compile(r"[A-Z0-9_-]{1,32}"), re.compile(r"\d{4}-\d\d-\d\d")


def run(hub: Hub, stop: Callable[[], bool], rules: Path | None = None) -> None:
    """Keep until told to stop.

    Args:
        hub: whose data.
        stop: asked between takes, every tenth of a second at least.
        rules: folder of rules; default: the shipped one.

    Raises:
        StoreError: lake and log of this hub are kept in another home folder.
    """
    claim(hub)
    keeper = Keeper(hub, home_states(rules))
    try:
        while not stop() and not keeper.attempt(lambda: keeper.open(stop)):
            time.sleep(0 if stop() else _REST)
        while not stop():
            keeper.attempt(keeper.step)
        keeper.attempt(keeper.finish)
    finally:
        keeper.close()


class Keeper:
    """The keeper at work."""

    def __init__(self, hub: Hub, states: States) -> None:
        """Prepare; nothing is touched before `open`."""
        self._hub, self._states = hub, states
        self._scribe, self._writer = Scribe(hub), Writer(hub.home)
        self._readers: list[InOrder] = []  # one a partition
        self._new: Counter[tuple[str, str]] = Counter()  # rows since the day's pieces were merged
        self._merged_on: date | None = None
        self._alarm = ""

    def open(self, stop: Callable[[], bool]) -> bool:
        """Become the keeper, waiting for another one to end; return False where `stop` said so first."""
        if not self._scribe.open(stop):
            return False
        headed.mend(self._hub.home)
        self._readers = [InOrder(self._hub, stream, _GROUP) for stream in self._hub.streams("kept")]
        return True

    def step(self) -> bool:
        """Do what waits, or wait a little; then what the day asks for."""
        if not self._keep() + self._scribe.step():
            self._scribe.step(_WAIT_MS)
        self._tend()
        return True

    def finish(self) -> bool:
        """Do what waits, to the end."""
        while self._readers and self._keep() + self._scribe.step():
            pass
        return True

    def attempt(self, work: Callable[[], bool]) -> bool:
        """Do some work; where disk or hub refuse it, raise an alarm and rest: it is done again."""
        try:
            done = work()
        except (StoreError, redis.RedisError) as error:
            self._raise_alarm(" ".join(str(error).split()))
            for reader in self._readers:
                reader.again()
            time.sleep(_REST)
            return False
        if self._alarm:
            self._raise_alarm("")
        return done

    def close(self) -> None:
        """Let the next one keep."""
        self._scribe.close()
        for reader in self._readers:
            reader.close()

    def _keep(self) -> int:
        """Put what waits into the lake; return how many items."""
        many = 0
        for reader, items in taken(self._readers, _TAKE):
            self._stored(reader, items)
            many += len(items)
        return many

    def _stored(self, reader: InOrder, items: list[Item]) -> None:
        kept, bad = [], []
        for item in items:
            found = _kept(item)
            if isinstance(found, Kept):
                kept.append(found)
            else:
                bad.append((item, found))
        with writing(self._hub.home):
            self._writer.append(each for each in kept if not each.what)
            headed.append(self._hub.home, (each for each in kept if each.what))
        letters = Reader(self._hub, reader.stream, _GROUP, "only") if bad else None
        for item, reason in bad:
            assert letters is not None
            letters.bury(item, reason)
        buried = {item.id for item, _ in bad}
        reader.done([item for item in items if item.id not in buried])
        for each in kept:
            if not each.what:
                self._new[each.state, each.day] += each.rows

    def _tend(self) -> None:
        """Merge what is large enough; once a day also what is over, and let go of what is past its time."""
        today = self._hub.now().date()
        for state, day in [place for place, rows in self._new.items() if rows >= LIVE_ROWS]:
            self._merge(state, day, over=day < today.isoformat())
        if self._merged_on == today:
            return
        for state, day in lake.days(self._hub):
            if day < today.isoformat():
                self._merge(state, day, over=True)
        if self._hub.client.get(LAST) != today.isoformat().encode():
            done = retention.run(self._hub, self._states, today)
            for problem in done.problems:
                self._tell("retention", problem)
            self._hub.client.set(LAST, today.isoformat())
        self._merged_on = today

    def _merge(self, state: str, day: str, *, over: bool) -> None:
        with writing(self._hub.home):
            try:
                compact(self._hub, state, day, over=over)
            except StoreError as error:
                self._tell("merging", f"{state} {day} stays as it is: {error}")
        self._new.pop((state, day), None)

    def _raise_alarm(self, what: str) -> None:
        """Say what is wrong, once; or that it is over."""
        if what != self._alarm:
            self._alarm = what
            self._tell("keeper", what or "it goes on")

    def _tell(self, about: str, what: str) -> None:
        with suppress(redis.RedisError):  # the server may stand on the same full disk
            self._hub.client.xadd(key("alarms"), {"by": "keeper", "what": what, "about": about}, maxlen=1000)


def _kept(item: Item) -> Kept | str:
    """Return what an item holds, or why it cannot be kept."""
    try:
        state, day, name = (item.fields[field].decode() for field in (b"state", b"day", b"screening_id"))
        rows, blob = int(item.fields[b"rows"]), item.fields[b"blob"]
        what = item.fields.get(b"what", b"").decode()
        date.fromisoformat(day)
    except (KeyError, ValueError) as error:
        return f"it is none for the lake: {error!r}"
    if (
        not _STATE.fullmatch(state)
        or not _DAY.fullmatch(day)
        or not name
        or not blob
        or rows < 0
        or what not in ("", headed.WHAT)
    ):
        return "it is none for the lake: state, day, screening or blob are none"
    return Kept(state, day, rows, name, blob, what)
