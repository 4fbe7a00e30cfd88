"""What an operation is: the plan that its states agreed on, as it stands in plan.toml.

Reach for `Plan` and its parts. Reading and refusing is left to `planfile`.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from typing import Literal

import msgspec

PHASES = ("gathering", "action", "after")
CONTACTS = ("police", "immigration", "prosecutor", "victim_services")


class Desk(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """A focal point: who is reached for one thing in one state."""

    desk: str
    email: str = ""
    duty_phone: str = ""


class Phase(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """A stretch of days, both ends included."""

    kind: Literal["gathering", "action", "after"]
    begins: dt.date
    ends: dt.date
    goal: str = ""


class Route(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """A way that matters: ports (IATA or UN/LOCODE) and how much, 1 most."""

    from_port: str
    to_port: str
    priority: int = 2


class Team(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """Officers that a state declares for one port on each day of action.

    Attributes:
        port: where they work.
        officers: how many there are for a day, each for one shift.
        female: how many of them are women.
        languages: interpreters among or beside them, ISO 639-1, and how many of each.
    """

    port: str
    officers: int
    female: int = 0
    languages: dict[str, int] = {}


class Member(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """A participating state.

    Attributes:
        code: alpha-3 of a home state.
        police, immigration, prosecutor, victim_services: focal points; None where not yet named.
        protection_places: persons a day whom its services can take in.
        teams: officers declared.
        coordinates: it leads the operation.
    """

    code: str
    police: Desk | None = None
    immigration: Desk | None = None
    prosecutor: Desk | None = None
    victim_services: Desk | None = None
    protection_places: int = 0
    teams: list[Team] = []
    coordinates: bool = False


class Plan(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """An operation.

    Attributes:
        name: short, of letters, digits and hyphens: names its folder.
        title: for people.
        legal_basis: what it rests on, in words.
        crime_types: what it is about, as lists write it, e.g. smuggling, trafficking.
        objectives: what is to be reached.
        phases: in the order of their days, which do not overlap; a kind may come again in a later part of the operation.
        states: who takes part.
        routes: ways that matter.
        ports: other ports that matter: port to priority, 1 most.
        shift_hours: when shifts begin, local time, e.g. ["06:00", "14:00", "22:00"].
        most_stale_days: how old a list may be at the action.
        handling: caveat that stands on every page, e.g. "Law enforcement only".
    """

    name: str
    title: str
    legal_basis: str
    phases: list[Phase]
    states: list[Member]
    crime_types: list[str] = []
    objectives: list[str] = []
    routes: list[Route] = []
    ports: dict[str, int] = {}
    shift_hours: list[str] = msgspec.field(default_factory=lambda: ["06:00", "14:00", "22:00"])
    most_stale_days: int = 30
    handling: str = (
        "Law enforcement only. A hit is a lead to verify, never a verdict; protected persons are to be helped."
    )

    def phase(self, kind: str) -> Phase | None:
        """Return the first phase of a kind."""
        return next((each for each in self.phases if each.kind == kind), None)

    def member(self, code: str) -> Member | None:
        """Return a participating state."""
        return next((each for each in self.states if each.code == code), None)

    @property
    def coordinator(self) -> str:
        """The state that leads the operation."""
        return next((each.code for each in self.states if each.coordinates), "")

    @property
    def digest(self) -> str:
        """Names this version of the plan: equal for equal content, whatever its comments and spaces are."""
        told = msgspec.json.encode(self, order="deterministic")
        return hashlib.blake2b(told, digest_size=6).hexdigest()

    @property
    def begins(self) -> dt.date:
        """First day of all phases."""
        return min(each.begins for each in self.phases)

    @property
    def ends(self) -> dt.date:
        """Last day of all phases."""
        return max(each.ends for each in self.phases)
