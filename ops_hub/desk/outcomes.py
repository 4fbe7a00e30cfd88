"""What became of the cases of a period, for the account of an operation: OUTCOMES, and the hits of each list.

Reach for `outcomes()` and `hits_by_list()`. A case that the reader may see is a row as they may see it, through
`desk.sight`. For those of the centre who count (COUNTING), each other case is a row as well, so that the sums are right:
it says how it ended and which states acted, and nothing of who, when, where or for what. Every reading is audited.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import polars as pl

from ops_hub.casework.case import CENTRE, Actor, Case, Event
from ops_hub.casework.story import story
from ops_hub.desk.filing import Desk, cases_of, content_of, story_of
from ops_hub.desk.sight import Sight, seen_of
from ops_hub.errors import ConfigError
from ops_hub.schemas import OUTCOMES, rows
from ops_hub.store import cases as store
from ops_hub.store.audit import record

COUNTING = ("supervisor", "auditor", "system")  # roles of the centre
_ENDED_BY_THE_HUB = ("missed", "withdrawn", "suppressed", "merged")
_FALSE = ("not-the-person", "suppressed")
_OPEN = ("insufficient-data", "missed", "withdrawn", "merged")  # outcomes that say neither


def outcomes(
    desk: Desk, reader: Actor, since: datetime, until: datetime, *, states: Collection[str] = (), purpose: str = "",
    masked: Callable[[int, Actor], bool] = lambda case, reader: False, nationalities: bool = False,
) -> pl.DataFrame:  # fmt: skip
    """Return OUTCOMES: the cases that were opened in a period, by number; those that only count come last.

    Args:
        desk: the hub's desk.
        reader: who asks.
        since: first moment, UTC.
        until: first moment that is no part of it, UTC.
        states: only cases that concern one of these; all by default. What only counts does not say whom it concerns.
        purpose: why, for the audit log.
        masked: whether retention hides the traveller of a case from a reader.
        nationalities: for an account that shows no small group: what only counts has its nationality as well.
    """
    cases = _opened(desk, CENTRE if counts(reader) else reader.state, since, until, states)
    hidden = {number for number in cases if masked(number, reader)}
    found: dict[int, Sight] = {}
    for numbers in (hidden, cases.keys() - hidden):
        found |= seen_of(desk, sorted(numbers), reader, masked=numbers is hidden)
    told, counted = [], []
    for number, case in sorted(cases.items()):
        sight = found.get(number)
        if sight is not None and not (sight.apart and counts(reader)):
            told.append(_seen_row(desk, sight, reader))
        elif counts(reader):
            known = nationalities and number not in hidden
            counted.append(_counted_row(case, story_of(desk.hub, case), _nationality(desk, case) if known else None))
    about = {"since": since.isoformat(), "until": until.isoformat()}
    record(
        desk.hub, str(reader), "outcomes-read", "cases", purpose=purpose, count=len(told), counted=len(counted), **about
    )
    # in the order of cases, the place of one that only counts would tell its number
    return rows(OUTCOMES, told + sorted(counted, key=lambda row: (row["outcome"] or "", row["acted"], row["nationality"] or "")))  # fmt: skip


def hits_by_list(
    desk: Desk, reader: Actor, since: datetime, until: datetime, *, states: Collection[str] = ()
) -> pl.DataFrame:
    """Return how many hits each list gave in the cases of a period and what was decided of them.

    Sums over all cases, for those of the centre who count; what they are of is not told.

    Returns:
        list_id, owner, hits, confirmed, not_the_person, open (undecided, or decided without saying either).

    Raises:
        ConfigError: the reader is nobody who counts.
    """
    if not counts(reader):
        remedy = f"ask CENTRE as {', '.join(COUNTING[:-1])}"
        raise ConfigError(str(reader), "sums over all states' cases are for those at the centre who count", remedy)
    record(desk.hub, str(reader), "hits-counted", "lists", since=since.isoformat(), until=until.isoformat())
    sums: dict[tuple[str, str], list[int]] = {}
    for case in _opened(desk, CENTRE, since, until, states).values():
        for hit in case.hits:
            each = sums.setdefault((hit.list_id, hit.owner), [0, 0, 0])
            each[
                0 if hit.suppressed_by is None and confirms(desk, case) else 1 if denies(case, hit.suppressed_by) else 2
            ] += 1
    made = [
        {"list_id": name, "owner": owner, "hits": sum(n), "confirmed": n[0], "not_the_person": n[1], "open": n[2]}
        for (name, owner), n in sorted(sums.items())
    ]
    kinds: dict[str, Any] = dict.fromkeys(("hits", "confirmed", "not_the_person", "open"), pl.Int64)
    return pl.DataFrame(made, schema={"list_id": pl.String, "owner": pl.String, **kinds}, orient="row")


def counts(reader: Actor) -> bool:
    """Return whether a reader is one of those at the centre whose sums must be right."""
    return reader.state == CENTRE and reader.role in COUNTING


def period(begins: date, ends: date) -> tuple[datetime, datetime]:
    """Return the first moment (UTC) of a day, and the first one after another day."""
    return datetime.combine(begins, time(), UTC), datetime.combine(ends + timedelta(days=1), time(), UTC)


def confirms(desk: Desk, case: Case) -> bool:
    """Return whether it was said to be the person: decided so, or decided what is done about it."""
    if case.outcome is None:
        return case.status == "confirmed"
    return case.outcome in desk.table.outcomes and case.outcome not in (*_FALSE, *_OPEN)


def denies(case: Case, suppressed_by: int | None) -> bool:
    """Return whether it was said not to be the person, now or once before."""
    return suppressed_by is not None or case.outcome in _FALSE


def _opened(desk: Desk, state: str, since: datetime, until: datetime, states: Collection[str] = ()) -> dict[int, Case]:
    wanted = set(states)
    found = cases_of(desk.hub, store.of_state(desk.hub, state, list(desk.table.states)))
    return {
        number: case for number, case in found.items()
        if since <= case.opened_at < until and (not wanted or wanted & case.concerned.keys())
    }  # fmt: skip


def _seen_row(desk: Desk, found: Sight, reader: Actor) -> dict[str, Any]:
    """Return a case as its reader may see it; of one that another desk leads, how it stands is left out."""
    case, told = found.case, found.told
    made: dict[str, Any] = {
        name: told[name] for name in ("case", "status", "channel", "minor", "flight", "from_port", "to_port")
    }
    made |= {
        "departs_at": _plain(case.departs_at),
        "opened_at": _plain(case.opened_at),
        "results": [],
        "acted": [],
        "answered": [],
    }
    people, content = told["traveller"], told["content"]
    leads = [lead for lead in told["leads"] if not (lead["withdrawn"] or lead["quiet"])]
    live = {lead["hit_id"] for lead in leads}
    read = [each for each in content if each["hit_id"] in live]
    handling = {hit.hit_id: hit.handling for hit in case.hits}
    made |= {
        "nationality": next((each["nationality"] for each in people if each["nationality"]), None),
        "concerned": sorted(state for state in case.concerned if state in desk.states.by_code and _knows(case, state, reader)),
        "records": told["operations"]["records"] if "operations" in told else [each["record_id"] for each in people],
        "lists": _lists(case, leads) if case.forgotten else [f"{each['list_id']}/{each['entry_id']}" for each in read],
        "owners": sorted({lead["owner"] for lead in leads}),
        "crime_types": sorted({crime for each in read for crime in each.get("crime_types") or []}),
        "handlings": sorted({handling[each["hit_id"]] for each in read}),
    }  # fmt: skip
    if found.apart:
        return made
    events = story(case, told, story_of(desk.hub, case), reader, desk.policy, words=False)
    states = {_state(each["by"]) for each in events}
    holder = case.claimed_by
    return made | _standing(case, events, states) | {
        "claimed_by": holder.state if holder is not None and holder.state in states else None,
        "referred_to": case.referred_to if case.referred_to in (*states, reader.state, *made["concerned"]) else None,
    }  # fmt: skip


def _lists(case: Case, leads: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return LIST/ of each hit of a forgotten case whose content its reader could read: which entry it was is gone."""
    read = {lead["hit_id"] for lead in leads if lead["content"]}
    return [f"{hit.list_id}/" for hit in case.hits if hit.hit_id in read]


def _knows(case: Case, state: str, reader: Actor) -> bool:
    """Return whether a reader knows that a state is concerned: itself, or by the journey, which both are on."""
    return state == reader.state or any(part != "owner" for part in case.concerned[state])


def _nationality(desk: Desk, case: Case) -> str | None:
    """Return the nationality of a case's traveller; None where it is not known or its key is gone."""
    found = content_of(desk.hub, case).travellers["nationality"].drop_nulls()
    return found[0] if len(found) else None


def _counted_row(case: Case, events: Sequence[Event], nationality: str | None) -> dict[str, Any]:
    """Return what of a case is no more than one in a sum."""
    told = [
        {"kind": each.kind, "by": str(each.by), "at": each.at, "number": each.number} | each.detail for each in events
    ]
    states = {each.by.state for each in events}
    made = _standing(case, told, states)
    return made | {
        "case": None, "status": case.status, "channel": case.channel, "decided_at": None, "nationality": nationality,
        "results": [each | {"at": None} for each in made["results"]],
        **dict.fromkeys(("concerned", "records", "lists", "owners", "crime_types", "handlings"), []),
    }  # fmt: skip


def _standing(case: Case, events: Iterable[Mapping[str, Any]], states: set[str]) -> dict[str, Any]:
    """Return how a case ended, who said so and who acted, as far as states are known to the reader."""
    decided: Mapping[str, Any] | None = None
    by_number = {each["number"]: each for each in events}
    for each in by_number.values():
        if each["kind"] in _ENDED_BY_THE_HUB or (each["kind"] == "decide" and not each.get("pending")):
            decided = each
        elif each["kind"] == "confirm" and by_number.get(each.get("of"), {}).get("kind") == "decide":
            decided = {**by_number[each["of"]], "at": each["at"]}
    stands = case.outcome is not None and decided is not None
    people = {_state(each["by"]) for each in by_number.values() if not _is_hub(each["by"])}
    return {
        "outcome": case.outcome,
        "decided_at": _plain(decided["at"]) if stands and decided is not None else None,
        "decided_by": _state(decided["by"]) if stands and decided is not None else None,
        "acted": sorted(people),
        "answered": sorted(_state(each["by"]) for each in by_number.values() if each["kind"] == "answer"),
        "results": [
            {
                "result": each.result,
                "state": each.state,
                "at": _plain(each.at),
                "operation": each.operation,
                "band": each.band,
            }
            for each in case.results
            if each.state in states
        ],
    }


def _state(by: str) -> str:
    """Return the state of STATE/NAME:ROLE, or of STATE:ROLE, as others read it."""
    return by.partition(":")[0].partition("/")[0]


def _is_hub(by: str) -> bool:
    return by.startswith(CENTRE) and by.endswith(":system")


def _plain(at: datetime | None) -> datetime | None:
    return at.astimezone(UTC).replace(tzinfo=None) if at is not None else None
