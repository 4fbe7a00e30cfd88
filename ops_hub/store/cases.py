"""Cases in the hub: events and the folded case, changed together or not at all, and the indexes to find them by.

Reach for `commit()`, which takes one `Step`; `stored()`, `stories()` and the finders read. Nothing here knows what a case
is: it keeps what it is given. Keys, all with the hub's prefix:

    case:N            hash: case (JSON), status, events (how many), and the sealed content
    case:N:events     list of events (JSON, what people wrote sealed); case:N:aliases  its keys in cases:aliases
    cases:last        how many were opened             cases:hits / cases:aliases / cases:records  hash to case numbers
    cases:status:S    cases in a state                 cases:state:ALPHA3  cases that concern a state
    cases:entry:L/E   cases that met an entry          cases:deadline, cases:due  by time; memory:*  what is remembered
    cases:forgotten   cases that are reduced (store.forgotten)
    case-changes      stream: case, first and last event; the office tells the states concerned, then lets it go
    case-feed         stream: number of each case that changed, the latest 10,000; screens that are open follow it
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.resources import files
from typing import Any

from ops_hub.store.hub import PREFIX, Hub, key

CHANGES = key("case-changes")
FEED = key("case-feed")
_SCRIPT = (files("ops_hub.store") / "cases.lua").read_text(encoding="utf-8")


@dataclass
class Change:
    """What becomes of one case.

    Attributes:
        id: its number.
        expected: how many events it has: had it more, nothing of the step would be done.
        case: the folded case, JSON.
        events: new events, JSON.
        status: its state.
        deadline: seconds since 1970, None where nothing counts down.
        due: when its clock has something to do.
        states: that it concerns, the centre included.
        entries: LIST/ENTRY of its hits; `left_entries` no longer.
        records: record ids that are its own from now on, as are `hits` and `aliases`.
        content: sealed, where it changes.
        told: whether the states concerned are to be told.
    """

    id: int
    expected: int
    case: str
    events: list[str]
    status: str
    deadline: float | None = None
    due: float | None = None
    states: Sequence[str] = ()
    entries: Sequence[str] = ()
    left_entries: Sequence[str] = ()
    records: Sequence[str] = ()
    hits: Sequence[str] = ()
    aliases: Sequence[str] = ()
    content: bytes | None = None
    told: bool = True


@dataclass
class Step:
    """All that changes together.

    Attributes:
        changes: of cases.
        last: how many cases were opened when the step was planned; `opened`: how many it opens.
        seen_hits: case that each hit was found in when the step was planned (0: none); another one, and nothing is done.
        seen_aliases: the same.
        remembered: (number, decision as JSON, pairs) of decisions to remember; `last_remembered` as it was read.
        quieted: hits that a remembered decision made quiet, by its number.
        audit: events for the audit log, JSON.
    """

    changes: list[Change] = field(default_factory=list)
    last: int = 0
    opened: int = 0
    seen_hits: Mapping[str, int] = field(default_factory=dict)
    seen_aliases: Mapping[str, int] = field(default_factory=dict)
    remembered: list[tuple[int, str, list[str]]] = field(default_factory=list)
    last_remembered: int = 0
    quieted: Mapping[int, int] = field(default_factory=dict)
    audit: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Stored:
    """A case as it is kept."""

    case: bytes
    content: bytes | None


def commit(hub: Hub, step: Step) -> bool:
    """Do all of a step at once; return False, with nothing done, where somebody else changed what it was planned on."""
    blobs: list[bytes] = []
    changes = []
    for each in step.changes:
        made: dict[str, Any] = {
            name: getattr(each, name) if isinstance(getattr(each, name), int | str | bool) else list(getattr(each, name))
            for name in (
                "id", "expected", "case", "events", "status", "states", "entries", "left_entries", "records", "hits", "aliases",
                "told",
            )
        }  # fmt: skip
        made["times"] = {"deadline": _score(each.deadline), "due": _score(each.due)}
        if each.content is not None:
            blobs.append(each.content)
            made["content"] = len(blobs)
        changes.append(made)
    counters = {}
    if step.opened:
        counters["cases"] = {"was": step.last, "is": step.last + step.opened}
    if step.remembered:
        counters["memory"] = {
            "was": step.last_remembered,
            "is": max(step.last_remembered, *(each[0] for each in step.remembered)),
        }
    plan = {
        "changes": changes, "counters": counters, "seen_hits": step.seen_hits, "seen_aliases": step.seen_aliases,
        "remembered": [{"number": n, "decision": decision, "pairs": pairs} for n, decision, pairs in step.remembered],
        "quieted": step.quieted, "audit": step.audit,
    }  # fmt: skip
    script = hub.client.register_script(_SCRIPT)
    answer = script(keys=[key("cases", "last")], args=[PREFIX, json.dumps(plan, ensure_ascii=False), *blobs])
    return bool(answer[0] == b"done")


def _score(at: float | None) -> str:
    return "" if at is None else f"{at:.6f}"


def last_number(hub: Hub, of: str = "cases") -> int:
    """Return the last number that was given of the memory, or how many cases were opened."""
    return int(hub.client.get(key(of, "last")) or 0)


def stored(hub: Hub, ids: Sequence[int]) -> dict[int, Stored]:
    """Return cases as they are kept, by number; those that are not there are left out."""
    with hub.client.pipeline(transaction=False) as pipe:
        for each in ids:
            pipe.hmget(key("case", each), "case", "content")
        found = pipe.execute()
    return {number: Stored(*kept) for number, kept in zip(ids, found, strict=True) if kept[0] is not None}


def stories(hub: Hub, number: int, first: int = 1) -> list[bytes]:
    """Return the events of a case, from one of them on."""
    return list(hub.client.lrange(key("case", number, "events"), first - 1, -1))


def of_hits(hub: Hub, hits: Sequence[str]) -> dict[str, int]:
    """Return the case of each hit, 0 where it has none."""
    return _looked_up(hub, key("cases", "hits"), hits)


def of_aliases(hub: Hub, aliases: Sequence[str]) -> dict[str, int]:
    """Return the case of each alias, 0 where it has none."""
    return _looked_up(hub, key("cases", "aliases"), aliases)


def of_records(hub: Hub, records: Sequence[str]) -> dict[str, int]:
    """Return the case of each record, 0 where it has none."""
    return _looked_up(hub, key("cases", "records"), records)


def aliases_of(hub: Hub, number: int) -> list[str]:
    """Return the aliases of a case."""
    return sorted(each.decode() for each in hub.client.smembers(key("case", number, "aliases")))


def of_entry(hub: Hub, list_id: str, entry_id: str) -> list[int]:
    """Return the cases that met an entry."""
    return _numbers(hub.client.smembers(key("cases", "entry", f"{list_id}/{entry_id}")))


def of_state(hub: Hub, state: str, statuses: Iterable[str]) -> list[int]:
    """Return the cases that concern a state (CENTRE: all) and are in one of these states."""
    with hub.client.pipeline(transaction=False) as pipe:
        for status in statuses:
            pipe.sinter(key("cases", "status", status), key("cases", "state", state))
        found = pipe.execute()
    return sorted(number for each in found for number in _numbers(each))


def due_until(hub: Hub, at: float, most: int = 1000) -> list[int]:
    """Return cases whose clock has something to do by then, the longest due first."""
    return [int(each) for each in hub.client.zrangebyscore(key("cases", "due"), "-inf", f"{at:.6f}", start=0, num=most)]


def counts(hub: Hub, statuses: Iterable[str]) -> dict[str, int]:
    """Return how many cases there are in each state, forgotten ones included."""
    names = list(statuses)
    with hub.client.pipeline(transaction=False) as pipe:
        for status in names:
            pipe.scard(key("cases", "status", status))
        return dict(zip(names, pipe.execute(), strict=True))


def decisions(hub: Hub, numbers: Sequence[int] | None = None) -> dict[int, bytes]:
    """Return remembered decisions (JSON) by number; all, or these."""
    name = key("memory", "decisions")
    if numbers is None:
        return {int(number): value for number, value in hub.client.hgetall(name).items()}
    found = hub.client.hmget(name, [str(each) for each in numbers]) if numbers else []
    return {number: value for number, value in zip(numbers, found, strict=True) if value is not None}


def of_pairs(hub: Hub, pairs: Sequence[str]) -> dict[str, list[int]]:
    """Return the numbers of the decisions about each pair."""
    with hub.client.pipeline(transaction=False) as pipe:
        for pair in pairs:
            pipe.smembers(key("memory", "pair", pair))
        found = pipe.execute()
    return {pair: _numbers(each) for pair, each in zip(pairs, found, strict=True)}


def quieted(hub: Hub) -> dict[int, int]:
    """Return how many hits each remembered decision made quiet."""
    return {int(number): int(count) for number, count in hub.client.hgetall(key("memory", "quieted")).items()}


def _looked_up(hub: Hub, name: str, fields: Sequence[str]) -> dict[str, int]:
    found = hub.client.hmget(name, list(fields)) if fields else []
    return {each: int(number or 0) for each, number in zip(fields, found, strict=True)}


def _numbers(found: Iterable[bytes]) -> list[int]:
    return sorted(int(each) for each in found)
