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
CHANNELS = (ORDINARY, PROTECTION)
ROLES = ("officer", "supervisor", "protection", "services", "prosecutor", "auditor", "list-owner", "system")
PARTIES = ("owner", "departure", "transit", "destination", "centre")
FORGOTTEN = "forgotten under retention"  # why there is nothing to see of a case, in the words that people read


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


HUB = Actor(CENTRE, "hub", "system")  # what happens by itself is done by it


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

    @property
    def live(self) -> bool:
        """Whether it still asks for something: listed, and not decided before."""
        return not self.withdrawn and self.suppressed_by is None


class Result(msgspec.Struct, frozen=True):
    """What came of a case afterwards, by the event that said so.

    Attributes:
        event: its number.
        result: of rules/cases.toml.
        state: whose person said it.
        at: when, UTC.
        operation: name of the operation that it belongs to, else empty.
        band: value band of money, else empty.
    """

    event: int
    result: str
    state: str
    at: datetime
    operation: str = ""
    band: str = ""


class Event(msgspec.Struct, frozen=True):
    """Something that happened to a case; its story is the list of these.

    Attributes:
        number: from 1, in the order in which they happened.
        at: the hub's time, UTC.
        kind: a verb of rules/cases.toml, or what the hub does itself: opened, joined, changed, moved, suppressed,
            heard-again, withdrawn, escalated, departed, missed, merged.
        by: who did it.
        detail: what belongs to it: reason, outcome, to, states ...; never who the traveller is. What people write
            (`reason`) may say it all the same: it is sealed wherever it is stored.
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
        outcome: what it ended in; in a case that began again, a denial that stands until a person ends it.
        pending: a decision that waits for a second person: verb, by (STATE/NAME:ROLE), event (its number), and outcome,
            or to and hits.
        released: content released by the owner: state to list of hit ids.
        minor: the traveller is, or may be, under age on the day of the journey: the protection desk is told.
        referred_to: the state (or CENTRE) that was asked to take it.
        since: when it came into its state, or somebody was last told: the clock runs from there.
        told: how often a clock ran out in this state.
        results: what came of it afterwards, as far as it was not retracted.
        forgotten: its time is over: only what counts stands here (`casework.forgotten`), and `day` is a month.
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
    minor: bool = False
    referred_to: str | None = None
    since: datetime | None = None
    told: int = 0
    results: tuple[Result, ...] = ()
    forgotten: bool = False

    @property
    def live(self) -> tuple[Hit, ...]:
        """The hits that still ask for something."""
        return tuple(hit for hit in self.hits if hit.live)

    def parties(self, state: str) -> set[str]:
        """Return what a state is to this case; the centre is always `centre`."""
        return {*self.concerned.get(state, []), *(["centre"] if state == CENTRE else [])}


class Bundle(msgspec.Struct, frozen=True):
    """The content of a case: rows of HITS, TRAVELLERS (those of the hits) and ENTRIES (those that were met)."""

    hits: pl.DataFrame
    travellers: pl.DataFrame
    entries: pl.DataFrame
