"""Completeness of manifests, and compliance of carriers: what came about each flight against what should have come.

Manifests are assembled behind from the travellers of the lake and from what messages said about themselves (`assembling`),
at most every half minute; only one flight's people are read with a purpose.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import msgspec
import polars as pl
from msgspec import Meta

from ops_hub.casework.case import CENTRE
from ops_hub.errors import MissingError
from ops_hub.manifests.gaps import gaps
from ops_hub.service.assembling import EVERY, Legs, legs_of, people_of
from ops_hub.service.centre import Centre
from ops_hub.service.table import Caller, operation

MOST = 300  # flights of a page
Code = Annotated[str, Meta(max_length=40)]
_SIGNS = ("lost-part", "total-differs", "crew-total-differs", "rejected")  # gaps that make a manifest incomplete
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
    """Tell of each flight whether all of it came, and of each carrier how it does. Nobody is named."""
    found = legs_of(centre, asked.back, asked.ahead)
    if found is None:
        return Manifests(None)
    legs, at = found
    inside = legs.within(asked.back, asked.ahead, centre.hub.now()).filter(
        *_wanted(asked, legs, by.user.state if by.user.state != CENTRE else "")
    )
    counts = dict(inside.group_by("condition").len().sort("condition").iter_rows())
    if asked.condition:
        inside = inside.filter(pl.col("condition") == asked.condition)
    shown = inside.head(MOST)
    told = _gaps(shown)
    return Manifests(
        at,
        legs.has_schedule,
        legs.left_out,
        counts,
        [_flight(row, told.get(row["manifest_id"], [])) for row in shown.to_dicts()],
        inside.height - shown.height,
        legs.unplaced,
        legs.damaged,
        legs.since,
        legs.carriers(asked.back, asked.ahead, centre.hub.now(), asked.carrier).to_dicts(),
    )
