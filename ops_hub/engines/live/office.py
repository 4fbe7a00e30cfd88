"""The office of the hub: what was screened into cases, what changed to the states that it concerns, clocks and withdrawals.

Reach for `run()`, or `work()` for what is waiting now. Everything is stored in one step before an item is let go, and
found to be there when it comes again: an office that is killed anywhere loses nothing and does nothing twice, but for
`share` and `reply`, which may be called twice about the same and must bear it: `share` by case and number of the event,
`reply` by screening.
"""

from __future__ import annotations

import os
import secrets
import socket
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime
from pathlib import Path

import msgspec
import polars as pl

from ops_hub.casework.case import CENTRE, HUB, Actor, Bundle, Case, Event
from ops_hub.casework.fold import applied
from ops_hub.casework.memory import Remembered
from ops_hub.desk.filing import Desk, audit_line, case_of, cases_of, change, content_of, open_desk, story_of
from ops_hub.desk.opening import Group, Planned, Seen, grouped, planned, seen_in
from ops_hub.engines.live.escalation import tick
from ops_hub.engines.live.keeping import kept_for
from ops_hub.engines.live.retention import limits
from ops_hub.errors import OpsHubError, StoreError
from ops_hub.schemas import ENTRIES, HITS, REJECTS, TRAVELLERS, Schema, empty
from ops_hub.store import cases as store
from ops_hub.store.audit import record
from ops_hub.store.consume import Item, Reader, taken
from ops_hub.store.held import all_holds
from ops_hub.store.hub import Hub
from ops_hub.store.receipt import Receipt, unpacked

Share = Callable[[Case, Bundle, Sequence[Event]], None]
Reply = Callable[[Receipt, pl.DataFrame, Sequence[Case], pl.DataFrame], None]
_TAKEN = 16  # items at a time: what is begun is finished before the office ends
_NUMBERS = range(10_000_000, 100_000_000)
_TELLING = 8  # cases that are told of side by side
_CHANGES = 64
_TRIES = 20  # of a step, where somebody else changes the same cases
_BAD = (OpsHubError, TypeError, KeyError, msgspec.MsgspecError, pl.exceptions.PolarsError)


def no_share(case: Case, bundle: Bundle, events: Sequence[Event]) -> None:
    """Tell nobody."""


def no_reply(receipt: Receipt, people: pl.DataFrame, cases: Sequence[Case], rejects: pl.DataFrame) -> None:
    """Answer nobody."""


class Office:
    """The office: its desk and the streams that it reads: of what was screened, one a partition, and of what changed."""

    def __init__(self, hub: Hub, rules: Path | None = None, share: Share = no_share, reply: Reply = no_reply) -> None:
        """Join the readers of what was screened and of what changed.

        Args:
            hub: the hub.
            rules: folder of rules; the shipped ones by default.
            share: told of every change of a case.
            reply: answers a carrier that asked.
        """
        self.desk, self._share, self._reply = open_desk(hub, rules), share, reply
        name = f"{socket.gethostname()}-{os.getpid()}"
        self.screened = [Reader(hub, stream, "office", name) for stream in hub.streams("screened")]
        self.changes = Reader(hub, store.CHANGES, "office", name)

    def work(self, block_ms: int = 0) -> int:
        """Do what is waiting; return how many items that were."""
        many = 0
        for reader, items in taken(self.screened, _TAKEN, block_ms):
            reader.done(*[item for item in items if self._done(reader, item)])
            many += len(items)
        changes = self.changes.take(_CHANGES, 0)
        spans: dict[int, tuple[int, int]] = {}
        for item in changes:
            number, first, last = (int(item.fields[name]) for name in (b"case", b"first", b"last"))
            begun, ended = spans.get(number, (first, last))
            spans[number] = min(first, begun), max(last, ended)
        # Most of telling is waiting until the server has it on disk, which it does for several at once.
        with ThreadPoolExecutor(_TELLING) as beside:
            list(beside.map(self._tell, spans.items()))
        self.changes.done(*changes)
        return many + len(changes)

    def _done(self, reader: Reader, item: Item) -> bool:
        """Do an item; return False where it went to the dead letters."""
        try:
            take_in(self.desk, item, self._reply)
        except _BAD as error:
            # A bare message may hold what was read: only our own errors, which name nobody, are told in words.
            reader.bury(item, str(error) if isinstance(error, OpsHubError) else type(error).__name__)
            return False
        return True

    def _tell(self, change: tuple[int, tuple[int, int]]) -> None:
        """Tell the states concerned what changed in a case, from one event to another."""
        hub, (number, (first, last)) = self.desk.hub, change
        case = case_of(hub, number)
        if case.forgotten:
            return  # retention took it out of the mailboxes
        self._share(case, content_of(hub, case), [each for each in story_of(hub, case, first) if each.number <= last])


def run(
    hub: Hub, rules: Path | None, stop: Callable[[], bool], share: Share = no_share, reply: Reply = no_reply
) -> None:
    """Run the office until it is told to stop.

    Args:
        hub: the hub.
        rules: folder of rules; the shipped ones by default.
        stop: asked between items.
        share: called with case, content and new events after every change; may be called again about the same events.
        reply: called with receipt, all travellers of the unit, its cases and its rejects, where a carrier asked; may be called
            again.

    Raises:
        ConfigError: rules/cases.toml cannot be used.
    """
    office, looked = Office(hub, rules, share, reply), None
    while not stop():
        done = office.work(block_ms=250)
        now = hub.now()
        if looked is None or (now - looked).total_seconds() >= 1 or not done:
            tick(office.desk, now)
            looked = now


def drawn(place: int) -> int:
    """Return a number for a new case, by lot whatever its place among all cases.

    Numbers in a row would tell: a state that has cases 31 and 33 of a flight would know that 32 is about somebody on board
    whom it may not know of. Where a number is taken the step is not done, and drawn anew.
    """
    return secrets.choice(_NUMBERS)


def take_in(desk: Desk, item: Item, reply: Reply = no_reply) -> None:
    """Take a screened unit into cases.

    Raises:
        StoreError: it cannot be opened, or cases are changed by others all the time.
    """
    receipt = msgspec.json.decode(item.fields[b"receipt"], type=Receipt)
    frames = {
        name: _opened(desk.hub, item, receipt, name, form)
        for name, form in (
            ("hits", HITS),
            ("travellers", TRAVELLERS),
            ("entries", ENTRIES),
            ("people", TRAVELLERS),
            ("rejects", REJECTS),
        )
    }
    every = pl.concat([frames["travellers"], frames["people"]]).unique("record_id", keep="first", maintain_order=True)
    bundle = Bundle(frames["hits"], every, frames["entries"])
    if every.height:
        _open_cases(desk, receipt, bundle)
    if receipt.reply_to is not None:
        people = frames["people"] if frames["people"].height else every
        numbers = sorted({n for n in store.of_records(desk.hub, people["record_id"].to_list()).values() if n})
        reply(receipt, people, list(cases_of(desk.hub, numbers).values()), frames["rejects"])


def _opened(hub: Hub, item: Item, receipt: Receipt, name: str, form: Schema) -> pl.DataFrame:
    sealed = item.fields.get(name.encode())
    if sealed is None:
        return empty(form)
    return unpacked(hub.keyring.unseal(CENTRE, "transit", sealed, about=receipt.screening_id.encode()), form, "office")


def _open_cases(desk: Desk, receipt: Receipt, bundle: Bundle) -> None:
    """Plan and store what becomes of a unit's hits, again where others changed the same cases meanwhile."""
    now = desk.hub.now()
    kept = kept_for(bundle.travellers, desk.states, now)
    ids = (receipt.snapshot, receipt.screening_id)
    seen = seen_in(bundle.hits, bundle.travellers, bundle.entries, kept, desk.hidden, desk.states, ids)
    hits = [hit.hit_id for each in seen for hit in each.hits]
    aliases = list(dict.fromkeys(alias for each in seen for alias in each.aliases))
    decisions = _decisions(desk, seen)
    late = _forgotten(desk, kept, now) if receipt.kind == "retrospective" else frozenset()
    if late:
        record(desk.hub, str(HUB), "hits-of-forgotten", receipt.screening_id, records=len(late))
    facts = {"retrospective": receipt.kind == "retrospective", "reply_to": receipt.reply_to}
    for _ in range(_TRIES):
        last = store.last_number(desk.hub)
        of_hits, of_aliases = store.of_hits(desk.hub, hits), store.of_aliases(desk.hub, aliases)
        groups = [each for each in grouped(seen, of_aliases | of_hits) if each.cases or not _are(each, late)]
        plans = _planned(desk, groups, bundle, decisions, facts, (now, last))
        step = _step(desk, plans)
        if not step.changes:
            return
        step.last, step.seen_hits, step.seen_aliases = last, of_hits, of_aliases
        if store.commit(desk.hub, step):
            return
    raise StoreError("office", "cases are changed by others all the time", "run one office, or fewer")


def _forgotten(desk: Desk, kept: pl.DataFrame, now: datetime) -> frozenset[str]:
    """Return the records whose journey was forgotten between the look at them and now: no case is opened of these."""
    over = set[tuple[str, str]]()
    for state, day in kept.select("state", pl.col("day").cast(pl.String)).unique().rows():
        age = (now.date() - date.fromisoformat(day)).days
        if age > limits(desk.states, state)[0].delete_days and day not in desk.hub.keyring.periods(state):
            over.add((state, day))
    held = {record for hold in all_holds(desk.hub) for record in hold.records} if over else set()
    rows = kept.select("record_id", "state", pl.col("day").cast(pl.String)).rows()
    return frozenset(record for record, *where in rows if tuple(where) in over and record not in held)


def _are(group: Group, records: frozenset[str]) -> bool:
    return all(each.row["record_id"] in records for each in group.seen)


def _planned(
    desk: Desk, groups: Sequence[Group], bundle: Bundle, decisions: Mapping[str, Sequence[Remembered]],
    facts: Mapping[str, object], at: tuple[datetime, int],
) -> list[Planned]:  # fmt: skip
    now, last = at
    cases = cases_of(desk.hub, sorted({number for group in groups for number in group.cases}))
    made: list[Planned] = []
    for group in groups:
        there = {
            number: (cases[number], content_of(desk.hub, cases[number]), store.aliases_of(desk.hub, number))
            for number in group.cases
        }
        context = (desk.table, desk.states, desk.hidden)
        number = drawn(last + 1)
        while any(each.after.id == number for each in made):
            number = drawn(last + 1)
        plans = planned(group, there, number, bundle, decisions, facts, now, context)
        last += sum(each.before is None for each in plans)
        made += plans
    return made


def _decisions(desk: Desk, seen: Sequence[Seen]) -> dict[str, list[Remembered]]:
    """Return what was decided before about the pairs that were met."""
    keys = sorted({key for each in seen for found in each.pairs.values() for key in found})
    numbers = store.of_pairs(desk.hub, keys)
    wanted = sorted({number for found in numbers.values() for number in found})
    known = {n: msgspec.json.decode(each, type=Remembered) for n, each in store.decisions(desk.hub, wanted).items()}
    return {key: [known[number] for number in found if number in known] for key, found in numbers.items() if found}


def _step(desk: Desk, plans: Sequence[Planned]) -> store.Step:
    step, quieted = store.Step(), dict[int, int]()
    for each in plans:
        made = change(desk.hub, each.before, each.after, each.events, each.bundle, aliases=each.aliases, told=each.told)
        step.changes.append(made)
        step.audit += [audit_line(each.after, event) for event in each.events]
        for number, count in each.quieted.items():
            quieted[number] = quieted.get(number, 0) + count
    step.opened = sum(each.before is None for each in plans)
    step.quieted = quieted
    return step


def withdraw(
    hub: Hub, keys: Sequence[tuple[str, str]], by: Actor, reason: str, *, rules: Path | None = None,
    still: Mapping[tuple[str, str], str] | None = None,
) -> list[int]:  # fmt: skip
    """Withdraw open hits of entries that are no longer listed, or no longer as they were; return the cases.

    A case with no hit left closes; one that was decided keeps its decision.

    Args:
        hub: the hub.
        keys: (list_id, entry_id) of entries that were removed or changed.
        by: who changed the list.
        reason: why, e.g. the new snapshot; names nobody.
        rules: folder of rules; the shipped ones by default.
        still: hash of the entries that are listed now: hits of those stay.
    """
    desk, found = open_desk(hub, rules), []
    for pair in keys:
        for number in store.of_entry(hub, *pair):
            if _withdrawn(desk, number, pair, by, reason, (still or {}).get(pair)):
                found.append(number)
    return sorted(set(found))


def _withdrawn(desk: Desk, number: int, pair: tuple[str, str], by: Actor, reason: str, still: str | None) -> bool:
    for _ in range(_TRIES):
        case = case_of(desk.hub, number)
        hits = [
            hit.hit_id for hit in case.hits
            if (hit.list_id, hit.entry_id) == pair and not hit.withdrawn and hit.entry_hash != still
        ]  # fmt: skip
        if not hits:
            return False
        event = Event(case.events + 1, desk.hub.now(), "withdrawn", by, {"hits": hits, "reason": reason})
        after = applied(case, event, desk.table)
        step = store.Step([change(desk.hub, case, after, [event])], audit=[audit_line(case, event)])
        if store.commit(desk.hub, step):
            return True
    raise StoreError(f"case {number}", "it is changed all the time", "try again")
