"""What stands around a case: co-travellers, seats, earlier journeys; for states on the journey, who receive such data by law."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Any

import msgspec

from ops_hub.casework.case import Actor
from ops_hub.casework.identity import name_of, papers_of
from ops_hub.desk.filing import Desk
from ops_hub.desk.sight import Sight, seen_of
from ops_hub.errors import AccessError
from ops_hub.service.cases.companions import Companion, companions, day_of, name_as_sent, places_of
from ops_hub.service.cases.opened import Number, OfCase, may_look_around, opened
from ops_hub.service.cases.travel import Kept, flight_of, trips_of
from ops_hub.service.centre import Centre
from ops_hub.service.table import Caller, operation
from ops_hub.store import cases as store

_DAYS = 30
_NOTHING = "nothing is kept of the traveller"


class Companions(msgspec.Struct):
    """Who else is on the flight, those first who share most.

    Attributes:
        case: its number.
        flight: as the case has it.
        travellers: everybody else.
        missing: why there are none.
    """

    case: int
    flight: str | None
    travellers: list[Companion]
    missing: str = ""


class Seat(msgspec.Struct):
    """Who sits where.

    Attributes:
        row: of the seat.
        letter: of the seat.
        who: names as sent; several where messages differ.
        self: the traveller of the case.
        ties: as of `Companion`.
    """

    row: int
    letter: str
    who: list[str]
    self: bool
    ties: list[str]


class Seats(msgspec.Struct):
    """The seats of a flight as far as carriers sent them; how the cabin is laid out nobody sent.

    Attributes:
        case: its number.
        seats: by row and letter.
        persons: on the flight, the traveller included; `seated` of them have a seat.
        missing: why there are none.
    """

    case: int
    seats: list[Seat]
    persons: int = 0
    seated: int = 0
    missing: str = ""


class Looking(msgspec.Struct, forbid_unknown_fields=True):
    """Which case, and how many days to look back."""

    case: Number
    days: Annotated[int, msgspec.Meta(ge=1, le=400)] = _DAYS


class Journey(msgspec.Struct):
    """Another journey of the same person.

    Attributes:
        flight, from_port, to_port, departs_at: as sent; times are local at the port.
        by: what makes it the same person: document, name.
        booking_ref: as sent.
        seats: as sent.
        announced: it is later than that of the case.
        case: number of its case, where you may see it.
    """

    flight: str | None
    from_port: str | None
    to_port: str | None
    departs_at: datetime | None
    by: list[str]
    booking_ref: str | None
    seats: list[str]
    announced: bool
    case: int | None = None


class Journeys(msgspec.Struct):
    """Other journeys of the same person, the latest first, and how far back was looked.

    Attributes:
        case: its number.
        journeys: those that concern your state.
        days: to look back, as asked.
        since: first day (of arrival, UTC) that was read; None where nothing is kept.
        until: last day that was read.
        read: records that were gone through.
        masked: days of states that retention masks, and that were left out.
        cut: more is kept of the days asked than was read so far; the next look goes further.
        missing: why nothing could be looked for.
    """

    case: int
    journeys: list[Journey]
    days: int
    since: date | None = None
    until: date | None = None
    read: int = 0
    masked: int = 0
    cut: bool = False
    missing: str = ""


@operation("around.travellers", "GET", "/cases/{case}/travellers", personal=True, audited=True)
def travellers(centre: Centre, by: Caller, asked: OfCase) -> Companions:
    """Show who else is on the flight, and what they share with the traveller."""
    found = _opened(centre, by, asked.case, "case-travellers-shown")
    _, persons, missing = _flight(centre, found, by.actor)
    seen = _cases(centre.desk, [record for each in persons for record in each.records], by.actor)
    for each in persons:
        each.case = next((seen[record] for record in each.records if record in seen), None)
    return Companions(asked.case, found.case.flight, persons, missing)


@operation("around.seats", "GET", "/cases/{case}/seats", personal=True, audited=True)
def seats(centre: Centre, by: Caller, asked: OfCase) -> Seats:
    """Show who sits where, as far as carriers sent seats."""
    found = _opened(centre, by, asked.case, "case-seats-shown")
    own, persons, missing = _flight(centre, found, by.actor)
    placed: dict[tuple[int, str], Seat] = {}
    every = [(name_as_sent(row), row["seats"] or [], True, list[str]()) for row in own]
    every += [(each.name, each.seats, False, each.ties) for each in persons]
    for name, places, is_self, ties in every:
        for row, letter in places_of(places):
            seat = placed.setdefault((row, letter), Seat(row, letter, [], False, []))
            if name not in seat.who:
                seat.who.append(name)
            seat.self = seat.self or is_self
            seat.ties = seat.ties or ties
    seated = sum(bool(places_of(each.seats)) for each in persons) + any(places_of(row["seats"]) for row in own)
    return Seats(asked.case, [placed[key] for key in sorted(placed)], len(persons) + bool(own), seated, missing)


@operation("around.journeys", "GET", "/cases/{case}/journeys", personal=True, audited=True)
def journeys(centre: Centre, by: Caller, asked: Looking) -> Journeys:
    """Show other journeys of the same person that the hub still keeps."""
    found = _opened(centre, by, asked.case, "case-journeys-shown")
    own = _own(found)
    if found.missing or not own:
        return Journeys(asked.case, [], asked.days, missing=found.missing or _NOTHING)
    desk = centre.desk
    back = trips_of(desk, _kept(centre), own, by.actor.state, asked.days)
    here = {(row["flight"], day_of(row)) for row in own}
    rows = [row for row in back.rows if (row["flight"], day_of(row)) not in here]
    seen = _cases(desk, [row["record_id"] for row in rows], by.actor)
    papers = {paper for row in own for paper in papers_of(row)}
    names = {name_of(row) for row in own}
    latest = max((row["departs_at"] for row in own if row["departs_at"]), default=None)
    made: dict[Any, Journey] = {}
    for row in rows:
        alike = [*(["document"] if papers & set(papers_of(row)) else []), *(["name"] if name_of(row) in names else [])]
        key = (row["flight"], day_of(row), row["from_port"], row["to_port"])
        held = made.setdefault(
            key,
            Journey(
                row["flight"], row["from_port"], row["to_port"], row["departs_at"], [], row["booking_ref"],
                [], bool(latest and row["departs_at"] and row["departs_at"] > latest),
            ),
        )  # fmt: skip
        held.by = sorted({*held.by, *alike})
        held.seats = sorted({*held.seats, *(row["seats"] or [])})
        held.case = held.case or seen.get(row["record_id"])
    return Journeys(
        asked.case, list(made.values()), asked.days, back.since, back.until, back.read, back.masked, back.cut
    )


def _opened(centre: Centre, by: Caller, number: int, action: str) -> Sight:
    """Return a case to somebody whom its whole journey concerns.

    Raises:
        MissingError: there is no such case, or none for this reader.
        AccessError: only the list concerns them.
    """
    found = opened(centre, by, number, action)
    if not may_look_around(found, by.actor):
        raise AccessError(
            f"case {number}", "who else travels is for states on the journey", "ask the owner's contact, or the centre"
        )
    return found


def _kept(centre: Centre) -> Kept:
    return centre.kept("travel", None, Kept)


def _own(found: Sight) -> list[dict[str, Any]]:
    """Return what carriers sent about the traveller, as far as the reader sees their hits."""
    told = {row["record_id"] for row in found.told["traveller"]}
    return [row for row in found.bundle.travellers.to_dicts() if row["record_id"] in told]


def _flight(centre: Centre, found: Sight, reader: Actor) -> tuple[list[dict[str, Any]], list[Companion], str]:
    """Return the traveller's records, everybody else, and why there are none."""
    own = _own(found)
    if found.missing or not own:
        return [], [], found.missing or _NOTHING
    case, desk = found.case, centre.desk
    rows = flight_of(desk, _kept(centre), own, (case.keeper, case.day), reader.state)
    if rows is None:
        return own, [], "masked by retention"
    records = frozenset({*case.records, *(row["record_id"] for row in own)})
    return own, companions(rows, own, records, desk.table.cases.minor_years, desk.hub.now().date()), ""


def _cases(desk: Desk, records: Sequence[str], reader: Actor) -> dict[str, int]:
    """Return the case of each record that has one which the reader may see."""
    found = {record: number for record, number in store.of_records(desk.hub, records).items() if number}
    seen = seen_of(desk, sorted(set(found.values())), reader)
    return {record: number for record, number in found.items() if number in seen}
