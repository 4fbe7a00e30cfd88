"""Hits of one screened unit into cases: who is who, what opens, what joins, what is quiet. Pure.

Reach for `seen_in()`, the travellers of a unit with their keys, `grouped()`, which of them are one traveller or belong to a
case that is there, and `planned()`, what becomes of the cases. Reading and storing is left to `office`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import msgspec
import polars as pl

from ops_hub.casework.case import HUB, ORDINARY, PROTECTION, Bundle, Case, Event, Hit
from ops_hub.casework.fold import applied, stands
from ops_hub.casework.identity import aliases, anchors, may_be_minor
from ops_hub.casework.memory import Hidden, Remembered, changed, entry_parts, holds, person_parts
from ops_hub.casework.table import Table
from ops_hub.desk.concerned import concerned_by, times_of, together
from ops_hub.states import States

_Row = dict[str, Any]
_ENTRY = ("list_id", "entry_id", "entry_hash")
_HIT = ("hit_id", "record_id", *_ENTRY, "owner", "handling", "band", "score")


@dataclass(frozen=True)
class Seen:
    """A traveller of a unit: their row, their keyed aliases, their hits, where their data are kept."""

    row: _Row
    aliases: tuple[str, ...]
    hits: tuple[Hit, ...]
    kept: _Row
    pairs: Mapping[str, tuple[str, ...]]  # hit id to keys of the pairs that may have been decided before
    person: Mapping[str, str]  # keyed hashes of what the traveller is
    places: tuple[list[int], list[int], list[int]]  # rows of the unit's HITS, TRAVELLERS and ENTRIES about them


@dataclass(frozen=True)
class Group:
    """Records of one traveller on one journey, and the cases that these belong to already."""

    seen: tuple[Seen, ...]
    cases: tuple[int, ...]


@dataclass
class Planned:
    """What becomes of one case."""

    before: Case | None
    after: Case
    events: list[Event]
    bundle: Bundle
    aliases: tuple[str, ...]
    told: bool = True
    quieted: dict[int, int] = field(default_factory=dict)


def seen_in(
    hits: pl.DataFrame, travellers: pl.DataFrame, entries: pl.DataFrame, kept: pl.DataFrame, hidden: Hidden, states: States,
    screening: tuple[str, str],
) -> list[Seen]:  # fmt: skip
    """Return the travellers of a unit.

    Args:
        hits: HITS of the unit.
        travellers: TRAVELLERS that they are about; further ones may stand there without hits.
        entries: ENTRIES that were met.
        kept: for each record its keeper, day and times.
        hidden: keyed hash.
        states: home states.
        screening: ids of the snapshot and of the screening.
    """
    rows = travellers.to_dicts()
    keys = [tuple(dict.fromkeys(hidden(key) for key in each)) for each in aliases(rows, states.same_port)]
    listed = {each: place for place, each in enumerate(entries.select(_ENTRY).iter_rows())}
    caveats = entries["caveats"].to_list()
    where = {each["record_id"]: each for each in kept.to_dicts()}
    mine: dict[str, list[tuple[int, int | None, Hit]]] = {}
    for place, each in enumerate(hits.select(_HIT).iter_rows(named=True)):
        entry = listed.get((each["list_id"], each["entry_id"], each["entry_hash"]))
        told_of = tuple(caveats[entry] or ()) if entry is not None else ()
        hit = Hit(**each, snapshot=screening[0], screening_id=screening[1], caveats=told_of)
        mine.setdefault(hit.record_id, []).append((place, entry, hit))
    found = []
    for at, (row, own) in enumerate(zip(rows, keys, strict=True)):
        rows_of = mine.get(row["record_id"], [])
        met = tuple(hit for _, _, hit in rows_of)
        places = ([place for place, _, _ in rows_of], [at], [entry for _, entry, _ in rows_of if entry is not None])
        told = anchors(row)
        pairs = {
            hit.hit_id: tuple(pair_key(anchor, hit.list_id, hit.entry_id, hidden) for anchor in told) for hit in met
        }
        found.append(Seen(row, own, met, where[row["record_id"]], pairs, person_parts(row, hidden), places))
    return found


def pair_key(anchor: str, list_id: str, entry_id: str, hidden: Hidden) -> str:
    """Return the key under which a decision about a person and an entry is found."""
    return hidden("\x1f".join((anchor, list_id, entry_id)))


def grouped(seen: Sequence[Seen], known: Mapping[str, int]) -> list[Group]:
    """Return the travellers of a unit, records that share an alias or a case together; without hits and case: left out.

    Args:
        seen: the travellers.
        known: alias, or hit id, to the case it leads to, 0 for none.
    """
    first: dict[object, int] = {}
    root = list(range(len(seen)))

    def top(at: int) -> int:
        while root[at] != at:
            at = root[at]
        return at

    for place, each in enumerate(seen):
        marks: list[object] = [*each.aliases, *_cases_of(each, known)]
        for mark in marks:
            one, other = top(first.setdefault(mark, place)), top(place)
            root[max(one, other)] = min(one, other)
    together: dict[int, list[Seen]] = {}
    for place, each in enumerate(seen):
        together.setdefault(top(place), []).append(each)
    found = []
    for members in together.values():
        numbers = tuple(sorted({number for each in members for number in _cases_of(each, known)}))
        if numbers or any(each.hits for each in members):
            found.append(Group(tuple(members), numbers))
    return found


def _cases_of(seen: Seen, known: Mapping[str, int]) -> set[int]:
    keys = [*seen.aliases, *(hit.hit_id for hit in seen.hits)]
    return {known[key] for key in keys if known.get(key)}


def planned(
    group: Group, there: Mapping[int, tuple[Case, Bundle, Sequence[str]]], number: int, bundle: Bundle,
    decisions: Mapping[str, Sequence[Remembered]], facts: Mapping[str, Any], now: datetime, context: tuple[Table, States, Hidden],
) -> list[Planned]:  # fmt: skip
    """Return what becomes of the cases of a group; nothing where it says nothing new.

    Args:
        group: the traveller.
        there: its cases by number, with content and aliases.
        number: of the case, should one be opened.
        bundle: rows of HITS, TRAVELLERS, ENTRIES of the unit.
        decisions: key of a pair to what was decided about it.
        facts: retrospective, and reply_to, of the unit.
        now: the hub's time.
        context: the table, the home states, the keyed hash.
    """
    table, states, hidden = context
    # What comes joins a denial where there is one, so that nobody is answered as if there were none; else the oldest case.
    first = min(group.cases, key=lambda each: _before_others(there[each][0], table), default=None)
    into = there[first] if first is not None else None
    others = [there[each] for each in group.cases if each != first and _may_merge(there[each][0], table)]
    held = {hit.hit_id: hit for case, *_ in there.values() for hit in case.hits}
    new = [
        hit for each in group.seen for hit in each.hits
        if hit.hit_id not in held or (facts["retrospective"] and _listed_again(held[hit.hit_id], hit))
    ]  # fmt: skip
    new += [hit for case, *_ in others for hit in case.hits]
    before = into[0] if into else None
    records = [each.row["record_id"] for each in group.seen] + [r for case, *_ in others for r in case.records]
    records = [each for each in dict.fromkeys(records) if before is None or each not in before.records]
    if not new and not records:
        return []
    concerned = together(
        [concerned_by(each.row, [hit.owner for hit in each.hits], states) for each in group.seen]
        + [case.concerned for case, *_ in others]
    )
    whole = together([concerned, before.concerned if before else {}])
    content = _joined([into[1]] if into else [], [each[1] for each in others], _part(bundle, group))
    listed = content.entries.to_dicts() if decisions else []
    entries = {(e["list_id"], e["entry_id"], e["entry_hash"]): e for e in listed}
    quiet, decided_before = _decided(group, new, entries, decisions, whole, now, hidden)
    new = [msgspec.structs.replace(h, suppressed_by=quiet[h.hit_id]) if h.hit_id in quiet else h for h in new]
    times = times_of([each.kept for each in group.seen], whole, now, late=bool(facts["retrospective"]))
    told: dict[str, Any] = {
        "records": records, "concerned": concerned,
        "minor": any(may_be_minor(each.row, table.cases.minor_years, now.date()) for each in group.seen),
    }  # fmt: skip
    told |= {"decided_before": decided_before} if decided_before else {}
    aliases_now = tuple(
        dict.fromkeys([*(a for s in group.seen for a in s.aliases), *(a for o in others for a in o[2])])
    )
    if before is None:
        opened = _opened(group, number, new, told, times, facts, min(aliases_now), now)
        case, events = applied(None, opened, table), [opened]
    else:
        told |= {"reply_to": facts["reply_to"], "times": times, "hits": [msgspec.to_builtins(hit) for hit in new]}
        told |= {"settled": _settled(before, into[1] if into else content, group, new, table, hidden)}
        gone = _no_longer_met(before, group)
        told |= {"no_longer_met": gone} if gone else {}
        told |= {"from": [case.id for case, *_ in others], "released": _released(others)} if others else {}
        if table.is_done(before.status) or before.deadline is None:
            told.pop("times")
        kind = "joined" if new else "changed"
        events = [Event(before.events + 1, now, kind, HUB, msgspec.to_builtins(told))]
        case = applied(before, events[0], table)
    case = _followed(case, events, quiet, now, table)
    counts: dict[int, int] = {}
    for decision in quiet.values():
        counts[decision] = counts.get(decision, 0) + 1
    silent = case.outcome == "suppressed" and (before is None or before.outcome == "suppressed")
    made = [Planned(before, case, events, content, aliases_now, told=not silent, quieted=counts)]
    for other, content_of_other, _ in others:
        event = Event(other.events + 1, now, "merged", HUB, {"into": case.id})
        made.append(Planned(other, applied(other, event, table), [event], _nothing(content_of_other), ()))
    return made


def _followed(case: Case, events: list[Event], quiet: Mapping[str, int], now: datetime, table: Table) -> Case:
    """Return the case after what follows from its hits: the protection channel, silence."""
    if case.channel == ORDINARY and any(hit.handling == "protect" for hit in case.hits):
        events.append(Event(case.events + 1, now, "moved", HUB, {"channel": PROTECTION}))
        case = applied(case, events[-1], table)
    if quiet:
        events.append(Event(case.events + 1, now, "suppressed", HUB, {"hits": dict(quiet)}))
        case = applied(case, events[-1], table)
    return case


def _opened(
    group: Group, number: int, hits: Sequence[Hit], told: Mapping[str, Any], times: Mapping[str, Any], facts: Mapping[str, Any],
    key: str, now: datetime,
) -> Event:  # fmt: skip
    row, kept = group.seen[0].row, group.seen[0].kept
    protects = any(hit.handling == "protect" for hit in hits)
    made = Case(
        id=number, key=key, status="", channel=PROTECTION if protects else ORDINARY, concerned=told["concerned"],
        keeper=kept["state"], day=str(kept["day"]), opened_at=now, flight=row["flight"], from_port=row["from_port"],
        to_port=row["to_port"], retrospective=facts["retrospective"], hits=tuple(hits), records=tuple(told["records"]),
        reply_to=facts["reply_to"], minor=told["minor"], **times,
    )  # fmt: skip
    detail = {"case": msgspec.to_builtins(made), "hits": [hit.hit_id for hit in hits]}
    detail |= {"decided_before": told["decided_before"]} if "decided_before" in told else {}
    return Event(1, now, "opened", HUB, detail)


def _listed_again(held: Hit, hit: Hit) -> bool:
    """Return whether a hit of an entry that was taken from its list comes of a later look: the entry is back."""
    return held.withdrawn and held.screening_id != hit.screening_id


def _before_others(case: Case, table: Table) -> tuple[bool, datetime, int]:
    """Return what orders cases that turn out to be one traveller: the first takes in the others."""
    return not stands(case, table), case.opened_at, case.id


def _may_merge(case: Case, table: Table) -> bool:
    """Return whether a case can go into another one: nobody has decided it, nor is there a denial that still stands."""
    return (not table.is_done(case.status) and case.outcome is None) or case.outcome in (
        "suppressed",
        "withdrawn",
        "missed",
    )


def _decided(
    group: Group, new: Sequence[Hit], entries: Mapping[Any, _Row], decisions: Mapping[str, Sequence[Remembered]],
    concerned: Mapping[str, list[str]], now: datetime, hidden: Hidden,
) -> tuple[dict[str, int], dict[str, Any]]:  # fmt: skip
    """Return hits that a decision makes quiet, with its number; and those that one would, had nothing changed."""
    quiet: dict[str, int] = {hit.hit_id: hit.suppressed_by for hit in new if hit.suppressed_by is not None}
    before: dict[str, Any] = {}
    owner = {hit.hit_id: each for each in group.seen for hit in each.hits}
    for hit in new:
        seen, entry = owner.get(hit.hit_id), entries.get((hit.list_id, hit.entry_id, hit.entry_hash))
        if seen is None or entry is None:
            continue
        parts = entry_parts(entry, hidden)
        known = {each.number: each for key in seen.pairs[hit.hit_id] for each in decisions.get(key, ())}
        for _, each in sorted(known.items()):
            if not holds(each, now, concerned):
                continue
            what = changed(each, seen.person, parts)
            if not what:
                quiet[hit.hit_id] = each.number
                break
            before[hit.hit_id] = {"decision": each.number, "case": each.case, "changed": what}
    return quiet, {name: said for name, said in before.items() if name not in quiet}


def _settled(before: Case, held: Bundle, group: Group, new: Sequence[Hit], table: Table, hidden: Hidden) -> list[str]:
    """Return new hits about which a case that is done has decided: same entry, and nothing of the traveller changed."""
    if not table.is_done(before.status):
        return []
    met = {(hit.list_id, hit.entry_id, hit.entry_hash) for hit in before.hits if not hit.withdrawn}
    people = [person_parts(row, hidden) for row in held.travellers.to_dicts()]
    same = {hit.hit_id for each in group.seen if dict(each.person) in people for hit in each.hits}
    return [h.hit_id for h in new if h.hit_id in same and (h.list_id, h.entry_id, h.entry_hash) in met]


def _no_longer_met(before: Case, group: Group) -> list[str]:
    """Return entries that earlier records met, and those that came now do not."""
    now = {(hit.list_id, hit.entry_id) for each in group.seen for hit in each.hits}
    return sorted({f"{h.list_id}/{h.entry_id}" for h in before.live if (h.list_id, h.entry_id) not in now})


def _released(others: Sequence[tuple[Case, Bundle, Sequence[str]]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for case, *_ in others:
        for state, ids in case.released.items():
            found.setdefault(state, []).extend(ids)
    return found


def _part(bundle: Bundle, group: Group) -> Bundle:
    """Return the rows of a unit that are about one traveller."""
    at = [sorted({row for each in group.seen for row in each.places[part]}) for part in range(3)]
    return Bundle(bundle.hits[at[0]], bundle.travellers[at[1]], bundle.entries[at[2]])


def _joined(first: Sequence[Bundle], others: Sequence[Bundle], last: Bundle) -> Bundle:
    every = [*first, *others, last]

    def one(name: str, keys: list[str]) -> pl.DataFrame:
        frames: list[pl.DataFrame] = [getattr(each, name) for each in every]
        return pl.concat(frames).unique(keys, keep="first", maintain_order=True) if len(frames) > 1 else frames[0]

    return Bundle(one("hits", ["hit_id"]), one("travellers", ["record_id"]), one("entries", list(_ENTRY)))


def _nothing(bundle: Bundle) -> Bundle:
    return Bundle(bundle.hits.clear(), bundle.travellers.clear(), bundle.entries.clear())
