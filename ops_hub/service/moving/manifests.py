"""Completeness of manifests, and compliance of carriers: what came about each flight against what should have come.

Manifests are assembled behind from the travellers of the lake and from what messages said about themselves (`assembling`),
at most every half minute; only one flight's people are read with a purpose.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import msgspec
import polars as pl
from msgspec import Meta

from ops_hub.casework.case import CENTRE
from ops_hub.errors import MissingError
from ops_hub.manifests.gaps import gaps
from ops_hub.service.centre import Centre
from ops_hub.service.moving.assembling import EVERY, TIERS, Legs, legs_of, people_of
from ops_hub.service.table import Caller, operation

MOST = 300  # flights of a page
Code = Annotated[str, Meta(max_length=40)]
_PERSON = (
    "role", "state", "reason", "family_name", "given_names", "birth_date", "sex", "nationality", "embark_port", "debark_port", "seats",
    "announced_by", "revision", "changed",
)  # fmt: skip
_FLIGHT = (
    "manifest_id", "carrier", "flight", "from_port", "to_port", "departs_at", "arrives_at", "status", "transmissions",
    "expected_passengers", "passengers", "transit", "crew", "expected_crew", "booked_only", "cancelled", "boarded", "no_show", "offloaded",
    "rejected", "list_at", "due_at", "late_minutes", "closed_at", "quality", "lost_parts",
)  # fmt: skip


class ManifestsAsked(msgspec.Struct, forbid_unknown_fields=True):
    """Which departures: hours back and ahead of now, and of them those of a state, port or carrier, or in a condition."""

    back: Annotated[int, Meta(ge=0, le=240)] = 24
    ahead: Annotated[int, Meta(ge=0, le=240)] = 24
    state: Code = ""
    port: Code = ""
    carrier: Code = ""
    condition: Code = ""


class FlightAsked(msgspec.Struct, forbid_unknown_fields=True):
    """A flight leg or vessel call, such as BW432/2026-11-20/POS-BGI."""

    manifest_id: Annotated[str, Meta(max_length=120)]


class Flight(msgspec.Struct):
    """One flight leg or vessel call, in numbers.

    Attributes:
        condition: complete, incomplete, late, missing (nothing came, and a list is due), awaited (nothing came yet) or
            cancelled.
        complete: share of those expected who arrived; None where no total was sent.
        gaps: what is not known or not right, in sentences.
        numbers: columns of MANIFESTS (ops_hub/manifests/frames.py).
    """

    manifest_id: str
    condition: str
    departs_utc: datetime | None
    complete: float | None
    gaps: list[dict[str, Any]]
    numbers: dict[str, Any]


class Manifests(msgspec.Struct):
    """The flights of a window, and the carriers that sent them.

    Attributes:
        as_of: when it was worked out; None where the first is being worked out: ask again.
        has_schedule: a schedule says what should come; without one nothing can be missing.
        left_out: what is wrong with rows of the schedule.
        counts: flights by condition.
        more: flights beyond those told.
        unplaced: travellers who name no flight or vessel.
        damaged: pieces that could not be read.
        since: messages are kept since then: of older ones manifests are not known; None where none are kept.
        carriers: COMPLIANCE of the days that the window touches.
    """

    as_of: datetime | None
    has_schedule: bool = False
    left_out: list[str] = []
    counts: dict[str, int] = {}
    flights: list[Flight] = []
    more: int = 0
    unplaced: int = 0
    damaged: int = 0
    since: str | None = None
    carriers: list[dict[str, Any]] = []
    every_seconds: float = EVERY


class Transmission(msgspec.Struct):
    """One transmission about a flight: what it does, when, of how many parts, and what replaced it."""

    kind: str
    effect: str
    function: str | None
    sender: str | None
    first_at: datetime | None
    parts: list[int]
    lost_parts: list[int]
    is_complete: bool
    people: int | None
    rejected: int | None
    passengers_total: int | None
    crew_total: int | None
    faults: list[str]
    order: int
    replaced_by: int | None


class OneFlight(msgspec.Struct):
    """A flight, its transmissions in order, and the numbers of its people by role and state."""

    flight: Flight
    sent: list[Transmission]
    people: list[dict[str, Any]]
    as_of: datetime


class People(msgspec.Struct):
    """Who is on a manifest."""

    manifest_id: str
    people: list[dict[str, Any]]


@operation("manifests.show", "GET", "/manifests")
def show(centre: Centre, by: Caller, asked: ManifestsAsked) -> Manifests:
    """Tell of each flight whether all of it came, and of each carrier how it does. Nobody is named.

    A state's account is told of flights that touch its state.
    """
    found = legs_of(centre, asked.back, asked.ahead)
    if found is None:
        return Manifests(None)
    legs, at = found
    now = centre.hub.now()
    inside = _of_reader(legs.within(asked.back, asked.ahead, now), by).filter(*_wanted(asked))
    days = [(now + timedelta(hours=hours)).date() for hours in (-asked.back, asked.ahead)]
    counts = dict(inside.group_by("condition").len().sort("condition").iter_rows())
    named = inside.filter(pl.col("condition") == asked.condition) if asked.condition else inside
    shown = named.head(MOST)
    told = _gaps(shown)
    return Manifests(
        at,
        legs.has_schedule,
        legs.left_out,
        counts,
        [_flight(row, told.get(row["manifest_id"], [])) for row in shown.to_dicts()],
        named.height - shown.height,
        legs.unplaced,
        legs.damaged,
        legs.since,
        legs.carriers(inside, days[0], days[1]).to_dicts(),
    )


@operation("manifests.flight", "GET", "/manifests/flight")
def flight(centre: Centre, by: Caller, asked: FlightAsked) -> OneFlight:
    """Tell what came about one flight, in order, what replaced what, and what is missing. Nobody is named."""
    legs, row, at = _one(centre, by, asked.manifest_id)
    sent = legs.transmissions.filter(pl.col("manifest_id") == asked.manifest_id).sort("order")
    people = legs.people.filter(pl.col("manifest_id") == asked.manifest_id).sort("role", "state").drop("manifest_id")
    about = legs.manifests.filter(pl.col("manifest_id") == asked.manifest_id)
    told = _gaps(about).get(asked.manifest_id, [])
    return OneFlight(_flight(row, told), [_sent(each) for each in sent.to_dicts()], people.to_dicts(), at)


@operation("manifests.people", "GET", "/manifests/people", personal=True, about=("manifest_id",))
def people(centre: Centre, by: Caller, asked: FlightAsked) -> People:
    """Tell who is on one manifest: the record that counts of each person, and what changed."""
    legs, row, _ = _one(centre, by, asked.manifest_id)
    found = people_of(centre, legs, row["manifest_id"]).select(_PERSON)
    return People(asked.manifest_id, found.to_dicts())


def _one(centre: Centre, by: Caller, manifest_id: str) -> tuple[Legs, dict[str, Any], datetime]:
    """Return the flights among which one is, its row, and when they were worked out.

    Raises:
        MissingError: it is none of the last and next ten days, or none of this reader's.
    """
    now = centre.hub.now()
    for hours in TIERS:
        found = legs_of(centre, hours, hours)
        if found is None:
            raise MissingError(manifest_id, "the manifests are being worked out", "look again in a moment")
        legs, at = found
        rows = _of_reader(legs.within(hours + 24, hours + 24, now), by).filter(pl.col("manifest_id") == manifest_id)
        if rows.height:
            return legs, rows.row(0, named=True), at
    raise MissingError(manifest_id, "there is no such flight among those known", "see the list of manifests")


def _of_reader(found: pl.DataFrame, by: Caller) -> pl.DataFrame:
    """Return the flights that concern a reader: of a state's account those that touch the state."""
    state = by.user.state
    if state == CENTRE:
        return found
    return found.filter((pl.col("from_state") == state) | (pl.col("to_state") == state))


def _wanted(asked: ManifestsAsked) -> list[pl.Expr]:
    ends = {"state": ("from_state", "to_state"), "port": ("from_port", "to_port")}
    made = []
    for name, columns in ends.items():
        value = getattr(asked, name).strip().upper()
        if value:
            made.append(pl.any_horizontal(pl.col(each) == value for each in columns).fill_null(value=False))
    if asked.carrier.strip():
        made.append((pl.col("carrier") == asked.carrier.strip().upper()).fill_null(value=False))
    return made


def _gaps(found: pl.DataFrame) -> dict[str, list[dict[str, Any]]]:
    """Return the gaps of flights of which something is known; that a list is missing is said by the condition."""
    told: dict[str, list[dict[str, Any]]] = {}
    for row in gaps(found.filter(pl.col("passengers").is_not_null())).to_dicts():
        told.setdefault(row["manifest_id"], []).append({name: row[name] for name in ("gap", "people", "detail")})
    return told


def _flight(row: dict[str, Any], told: list[dict[str, Any]]) -> Flight:
    leaves = row["leaves_at"].replace(tzinfo=UTC) if row["leaves_at"] else None
    return Flight(
        row["manifest_id"], row["condition"], leaves, row["complete"], told, {name: row[name] for name in _FLIGHT}
    )


def _sent(row: dict[str, Any]) -> Transmission:
    return Transmission(
        row["kind"], row["effect"], row["message_function"], row["sender"], row["first_at"], row["parts"] or [],
        row["lost_parts"] or [], bool(row["is_complete"]), row["people"], row["lost"], row["passengers_total"],
        row["crew_total"], row["faults"] or [], row["order"], row["replaced_order"],
    )  # fmt: skip
