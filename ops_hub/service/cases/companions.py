"""Who shares what with a traveller on the same flight: booking, seats side by side, contacts, documents. Pure.

Reach for `companions()`. What messages of one person say is put together; a tie is a fact of what carriers sent, and no
more: families share bookings, and strangers sit side by side.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

import msgspec

from ops_hub.casework.identity import may_be_minor, name_of, papers_of

_SEAT = re.compile(r"0*(\d{1,3})([A-Z])")
_DIGITS = 7  # of a telephone, the last ones: prefixes are written in many ways
_Row = Mapping[str, Any]


class Companion(msgspec.Struct):
    """Somebody on the same flight.

    Attributes:
        records: ids of their records.
        name: as sent.
        birth_date: as precise as sent.
        sex, nationality, role: as sent.
        seats: as sent.
        booking_ref: as sent.
        ties: what they share with the traveller: booking, seat (side by side), row, contact, document.
        minor: they are, or may be, under age.
        case: number of their own case, where you may see it.
    """

    records: list[str]
    name: str
    birth_date: str | None
    sex: str | None
    nationality: str | None
    role: str | None
    seats: list[str]
    booking_ref: str | None
    ties: list[str]
    minor: bool
    case: int | None = None


def companions(
    rows: Sequence[_Row], own: Sequence[_Row], known: frozenset[str], years: int, today: date
) -> list[Companion]:
    """Return everybody else of a flight, those first who share most.

    Args:
        rows: TRAVELLERS of the flight.
        own: those of the traveller.
        known: record ids that are the traveller's as well.
        years: below which somebody is a minor.
        today: the hub's day.
    """
    mine, grouped = {who(row) for row in own}, dict[tuple[str, str], list[_Row]]()
    for row in rows:
        if row["record_id"] not in known and who(row) not in mine:
            grouped.setdefault(who(row), []).append(row)
    made = [_companion(each, own, years, today) for each in grouped.values()]
    return sorted(made, key=lambda each: (-len(each.ties), each.ties == ["row"], each.name, each.records))


def _companion(rows: Sequence[_Row], own: Sequence[_Row], years: int, today: date) -> Companion:
    last = rows[-1]
    held: dict[str, Any] = {
        "seats": list(dict.fromkeys(seat for row in rows for seat in row["seats"] or [])),
        "bookings": {row["booking_ref"] for row in rows if row["booking_ref"]},
        "contacts": {each for row in rows for each in _contacts(row)},
        "papers": {paper for row in rows for paper in papers_of(row)},
    }
    booking = next((row["booking_ref"] for row in reversed(rows) if row["booking_ref"]), None)
    return Companion(
        [row["record_id"] for row in rows], name_as_sent(last), last["birth_date"], last["sex"], last["nationality"],
        last["role"], held["seats"], booking, _ties(held, own), may_be_minor(last, years, today),
    )  # fmt: skip


def _ties(held: Mapping[str, Any], own: Sequence[_Row]) -> list[str]:
    """Return what a person shares with the traveller; side by side are letters that follow each other in a row."""
    near = {(row, ord(letter)) for each in own for row, letter in places_of(each["seats"])}
    theirs = {(row, ord(letter)) for row, letter in places_of(held["seats"])}
    beside = any((row, at + step) in near for row, at in theirs for step in (-1, 1))
    ties = {
        "booking": bool(held["bookings"] & {row["booking_ref"] for row in own}),
        "contact": bool(held["contacts"] & {each for row in own for each in _contacts(row)}),
        "document": bool(held["papers"] & {paper for row in own for paper in papers_of(row)}),
        "seat": beside,
        "row": not beside and bool({row for row, _ in near} & {row for row, _ in theirs}),
    }
    return [name for name, holds in ties.items() if holds]


def places_of(seats: Sequence[str] | None) -> list[tuple[int, str]]:
    """Return row and letter of seats; what is no seat is left out."""
    found = (_SEAT.fullmatch(seat.strip().upper()) for seat in seats or [])
    return [(int(each[1]), each[2]) for each in found if each is not None]


def _contacts(row: _Row) -> set[str]:
    found = set()
    for each in row["contacts"] or []:
        digits = re.sub(r"\D", "", each["value"] or "")
        if each["kind"] == "phone" and len(digits) >= _DIGITS:
            found.add(digits[-_DIGITS:])
        elif each["kind"] != "phone" and each["value"]:
            found.add(each["value"].strip().casefold())
    return found


def who(row: _Row) -> tuple[str, str]:
    """Return what makes records of one flight one person: whole name and birth date."""
    return name_of(row), row["birth_date"] or row["record_id"]


def name_as_sent(row: _Row) -> str:
    """Return a name as sent: FAMILY, GIVEN."""
    split = [part for part in (row["family_name"], row["given_names"]) if part]
    return ", ".join(split) or row["full_name"] or "?"


def day_of(row: _Row) -> date | None:
    """Return the day of departure, else of arrival, local at the port."""
    at: datetime | None = row["departs_at"] or row["arrives_at"]
    return at.date() if at is not None else None
