"""A list changed: the difference is looked for in what is retained, as if it had been listed when people travelled.

Reach for `run()`, the service that follows publications, and `step()`, one turn of it. Only new and changed entries are
compiled; history is screened against them by the same `pipeline.screen`, day by day, and what is found equals what the
whole new list would find, because names weigh by the name tables and never by the list (a test compares them).

A day is the unit: its results, the note that it is done and the audit event are one step of the hub, so that after a
crash the next worker goes on with the next day. Live screening goes first: this works at the lowest priority, on one
core, and waits between slices while messages wait.
"""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import polars as pl
import redis

from ops_hub.engines.live.changes import Changed, Pair, between
from ops_hub.engines.live.rescreen_progress import Progress, Step, is_read, last_ids, trouble
from ops_hub.errors import OpsHubError, StoreError
from ops_hub.lists.snapshot import Snapshot
from ops_hub.pipeline import Knowledge, Lists, compile_lists, open_lists, screen
from ops_hub.schemas import TRAVELLERS
from ops_hub.store.code import code_digest, package_versions
from ops_hub.store.hub import Hub
from ops_hub.store.keyring import CENTRE
from ops_hub.store.receipt import Receipt, digest_of, digest_of_records, packed, receipt_line, screening_id

LONGEST_PAUSE = 30.0  # seconds that a slice gives way to waiting messages: past that both go on side by side
_NICE = 19
REMOVED = "the entry was removed from its list"
REPLACED = "the entry was changed; what it says now was screened anew"


def _never() -> bool:
    return False


def _always(snapshot: str) -> bool:
    return True


@dataclass(frozen=True)
class Ways:
    """What re-screening needs of the hub's other parts.

    Attributes:
        snapshot: opens the lists of a hash (the archive).
        days: days that anything is retained of.
        read: TRAVELLERS of a day and their screening_id, with identities, slice by slice (about 100,000 rows).
        withdraw: takes back open hits of entries (list_id, entry_id), and says why; hits of the form that is still
            listed (entry to entry_hash) stay. May be called twice with the same.
        knowledge: how names and people are compared by the rules of a digest.
        settled: whether no worker will store what was screened with lists older than these.
        busy: whether live messages wait.
    """

    snapshot: Callable[[str], Snapshot]
    days: Callable[[], Sequence[str]]
    read: Callable[[str], Iterator[pl.DataFrame]]
    withdraw: Callable[[list[Pair], str, Mapping[Pair, str]], object]
    knowledge: Callable[[str], Knowledge]
    settled: Callable[[str], bool] = _always
    busy: Callable[[], bool] = _never


class Stopped(Exception):
    """The service is to end: what was begun is left as it is noted."""


@dataclass(frozen=True)
class _Work:
    """One worker at one step."""

    hub: Hub
    ways: Ways
    progress: Progress
    step: Step
    stopped: Callable[[], bool]
    pause: Callable[[], object]

    def wait(self, is_done: Callable[[], bool], reason: str, most: float = float("inf")) -> None:
        """Wait, at most so many seconds, keeping the lease."""
        until = time.monotonic() + most
        while not is_done() and time.monotonic() < until:
            trouble(self.hub, reason)
            self.keep()
            self.pause()
        trouble(self.hub, "")
        self.keep()

    def keep(self) -> None:
        if self.stopped():
            raise Stopped
        if not self.progress.hold():
            raise StoreError("re-screening", "another worker has taken it over", "nothing is lost: let that one go on")


def run(hub: Hub, name: str, stopped: Callable[[], bool], ways: Ways, *, poll: float = 2.0) -> None:
    """Re-screen whenever lists are published, until told to stop. Run it in a process of its own: it lowers its priority.

    Args:
        hub: where lists are published and results go.
        name: of this worker, unlike all others.
        stopped: whether to end; a day that was begun is begun anew next time.
        ways: the hub's other parts.
        poll: seconds between looks.
    """
    os.nice(_NICE)
    while not stopped():
        try:
            did = step(hub, name, stopped, ways, poll=poll)
        except (OpsHubError, redis.RedisError) as error:
            did = False
            _note(hub, error)
        if not did:
            time.sleep(poll)


def _note(hub: Hub, error: Exception) -> None:
    try:
        trouble(hub, str(error))
    except redis.RedisError:
        return  # the hub itself is away: it is asked again


def step(
    hub: Hub, name: str, stopped: Callable[[], bool], ways: Ways, *, poll: float = 2.0,
    pause: Callable[[float], object] = time.sleep,
) -> bool:  # fmt: skip
    """Do the next step of the lists, if there is one and nobody else is at it; return whether one was done.

    Raises:
        OpsHubError: a snapshot is gone, history cannot be read, or another worker took over; nothing is done twice when
            it is tried again.
    """
    progress = Progress(hub, name)
    if not progress.hold():
        return False
    try:
        found = progress.next()
        if found is None:
            return False
        _follow(_Work(hub, ways, progress, found, stopped, lambda: pause(poll)))
        return True
    except Stopped:
        return False
    finally:
        progress.release()


def _follow(work: _Work) -> None:
    """Do a step from where it stands."""
    ways, at = work.ways, work.step
    old = ways.snapshot(at.old)
    new = old if at.new == at.old else ways.snapshot(at.new)
    changed = between(old, new, since=at.since, today=at.today)
    counts = {"entries": changed.entries.height, "removed": len(changed.removed), "replaced": len(changed.replaced)}
    work.progress.begin(at, counts)
    if not changed.is_nothing:
        if changed.removed:  # at once: nobody should be stopped for what is no longer listed
            ways.withdraw(changed.removed, REMOVED, {})
        if changed.entries.height:
            _look_back(work, changed)
        _take_back(work, changed)
    work.progress.end(at)


def _look_back(work: _Work, changed: Changed) -> None:
    """Screen all that is retained against the entries."""
    hub, at = work.hub, work.step
    work.wait(lambda: work.ways.settled(at.new), "workers still screen with the lists before")
    kept = work.progress.once("kept_to", last_ids(hub, "kept"))
    work.wait(lambda: is_read(hub, "kept", kept), "the keeper has not yet stored what was screened before")
    knowledge = replace(work.ways.knowledge(at.ruleset), threads=1)
    lists = open_lists(compile_lists(changed.read(), knowledge), knowledge)
    days = sorted(work.ways.days())
    work.progress.once("days", len(days))
    done = work.progress.done()
    for day in days:
        if day not in done:
            _day(work, day, lists, knowledge)


def _day(work: _Work, day: str, lists: Lists, knowledge: Knowledge) -> None:
    found = []
    for number, slice_ in enumerate(work.ways.read(day)):
        work.wait(lambda: not work.ways.busy(), "live messages go first", LONGEST_PAUSE)
        found.append(screened_slice(work.hub, work.step, f"{day}:{number}", slice_, lists, knowledge))
    work.keep()
    work.progress.day(work.step, day, found)


def screened_slice(
    hub: Hub, at: Step, name: str, slice_: pl.DataFrame, lists: Lists, knowledge: Knowledge
) -> tuple[Receipt, dict[str, bytes | str]]:
    """Return the receipt of a slice of history, and the item for the office about it."""
    travellers = slice_.select(*TRAVELLERS).unique("record_id", maintain_order=True)
    begun = hub.now()
    found = screen(travellers, lists, knowledge, today=at.today)
    unit = hashlib.blake2b(f"retrospective {at.run} {name}".encode(), digest_size=16).hexdigest()
    configuration, code = knowledge.config.digest, code_digest()
    receipt = Receipt(
        screening_id=screening_id(unit, at.new, configuration, at.ruleset, code),
        unit=unit, source=f"retained {name}", kind="retrospective", snapshot=at.new, configuration=configuration,
        ruleset=at.ruleset, code=code, versions=package_versions(), threshold=knowledge.config.bands.threshold,
        today=at.today, screened=travellers.height, rejected=0, hits=found.height, records=digest_of_records(travellers),
        result=digest_of(found), accepted_at=begun, screened_at=hub.now(),
    )  # fmt: skip
    item: dict[str, bytes | str] = {"receipt": receipt_line(receipt)}
    if found.height:
        entries = lists.snapshot.entries.join(found, on=["list_id", "entry_id"], how="semi")
        frames = {
            "hits": found,
            "travellers": travellers.join(found, on="record_id", how="semi"),
            "entries": entries,
        }
        about = receipt.screening_id.encode()
        item |= {part: hub.keyring.seal(CENTRE, "transit", packed(frame), about) for part, frame in frames.items()}
    return receipt, item


def _take_back(work: _Work, changed: Changed) -> None:
    """Withdraw versions that no longer stand, once the office has taken in all that was found before and now.

    A hit of a changed entry is replaced, not opened anew: the new version's hit joins the case of the traveller's journey
    first, then the old version's is withdrawn from it.
    """
    if not (changed.removed or changed.replaced):
        return
    upto = work.progress.once("screened_to", last_ids(work.hub, "screened"))
    work.wait(lambda: is_read(work.hub, "screened", upto), "the office has not yet taken in what was found")
    if changed.removed:  # again: what was found before may have come to the office since
        work.ways.withdraw(changed.removed, REMOVED, {})
    if changed.replaced:
        work.ways.withdraw(list(changed.replaced), REPLACED, changed.replaced)
