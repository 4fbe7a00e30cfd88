"""What a case is: the open part, which names nobody, and what happened to it.

Reach for `Case`, `Hit` and `Event`. A case is one traveller on one journey with all hits about that. Who the traveller
is and what the list says stand in its bundle (HITS, TRAVELLERS and ENTRIES rows), sealed; a case itself holds ids,
states, ports and times, so that queues, clocks and counts need no personal data.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec
import polars as pl

CENTRE = "CENTRE"  # stands where a state stands: the centre itself
PROTECTION = "protection"  # the channel of people to be protected; the other one is ORDINARY
ORDINARY = "ordinary"


class Actor(msgspec.Struct, frozen=True):
    """Who does or reads something: a person of a state's desk.

    Attributes:
        state: alpha-3 of a home state, or CENTRE.
        name: the person, as the state knows them.
        role: officer, supervisor, protection, services, prosecutor, auditor, list-owner or system.
    """

    state: str
    name: str
    role: str = "officer"

    def __str__(self) -> str:
        return f"{self.state}/{self.name}:{self.role}"


class Hit(msgspec.Struct, frozen=True):
    """A hit of a case, without content."""

    hit_id: str
    record_id: str
    list_id: str
    entry_id: str
    entry_hash: str
    owner: str
    handling: str
    band: str
    score: float
    snapshot: str  # hash of the lists it was found in
    screening_id: str
    caveats: tuple[str, ...] = ()
    withdrawn: bool = False  # the entry is no longer listed
    suppressed_by: int | None = None  # number of the decision that made it quiet


class Event(msgspec.Struct, frozen=True):
    """Something that happened to a case; its story is the list of these.

    Attributes:
        number: from 1, in the order in which they happened.
        at: the hub's time, UTC.
        kind: a verb of rules/cases.toml, or opened, joined, suppressed, withdrawn, escalated, expired.
        by: who did it.
        detail: what belongs to it: reason, outcome, to, states ...; never who the traveller is.
    """

    number: int
    at: datetime
    kind: str
    by: Actor
    detail: dict[str, Any] = {}


class Case(msgspec.Struct, kw_only=True, frozen=True):
    """A case.

    Attributes:
        id: number, as people say it.
        key: hash of traveller and journey.
        status: a state of rules/cases.toml.
        channel: ordinary, or protection where one of its hits is about somebody to be protected.
        concerned: what the journey or a list makes of each state: owner, departure, transit, destination.
        keeper: the state under whose key and retention the traveller's data are kept.
        day: day (UTC) of arrival, else of departure: the period of those keys.
        deadline: departure while that is to come, else arrival, UTC; None where neither is known.
        escalates_at: when somebody else is told, unless something happens before.
        retrospective: opened by a list change, about a journey that was screened before.
        records: record ids of the traveller, of all messages that named them.
        pending: a decision that waits for a second person.
        released: content released by the owner: state to list of hit ids.
    """

    id: int
    key: str
    status: str
    channel: str
    concerned: dict[str, list[str]]
    keeper: str
    day: str
    opened_at: datetime
    flight: str | None
    from_port: str | None
    to_port: str | None
    departs_at: datetime | None  # UTC
    arrives_at: datetime | None  # UTC
    deadline: datetime | None
    escalates_at: datetime | None = None
    retrospective: bool = False
    hits: tuple[Hit, ...] = ()
    records: tuple[str, ...] = ()
    claimed_by: Actor | None = None
    outcome: str | None = None
    pending: dict[str, Any] | None = None
    released: dict[str, list[str]] = {}
    reply_to: str | None = None  # carrier that asked interactively
    events: int = 0  # how many happened


class Bundle(msgspec.Struct, frozen=True):
    """The content of a case: rows of HITS, TRAVELLERS (those of the hits) and ENTRIES (those that were met)."""

    hits: pl.DataFrame
    travellers: pl.DataFrame
    entries: pl.DataFrame
