"""People of a network or a club on the stage: each with a card, a telephone and an e-mail that they keep.

Reach for `Cast` in what tells of networks. It adds to `Stage` people whose means of payment and contact stay the same
over months, journeys within some states only, and crossings by sea that no airline tells of.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from ops_hub.exercise.scenarios.stage import Stage
from ops_hub.exercise.timetable import CODES, DAY

_CITY_CLOSE_KM = 900


@dataclass(frozen=True)
class Member:
    """A person as the bearer of a passport, with their own means, and a port that they live near (an index)."""

    bearer: int
    card: int
    phone: str
    email: str | None
    home: int


@dataclass(frozen=True)
class Crossing:
    """A way by sea: who, from and to which port (indexes), and the minute of departure."""

    bearers: tuple[int, ...]
    origin: int
    target: int
    departs: int

    def moved(self, by: int) -> Crossing:
        """Return the same of bearers who are numbered on from `by`."""
        return Crossing(tuple(one + by for one in self.bearers), self.origin, self.target, self.departs)


@dataclass(frozen=True)
class Terms:
    """How a booking is paid and who is called: None means the first traveller's own."""

    card: int | None = None
    cash: bool = False
    phone: str | None = None
    email: str | None = None
    agency: str | None = None


OWN = Terms()


class Cast:
    """People and journeys of one stage.

    Attributes:
        s: the stage.
        ports: where journeys may begin and end, as indexes.
        crossings: ways by sea of which a vessel's list tells.
    """

    def __init__(self, stage: Stage, states: Collection[str] = ()) -> None:
        """Take a stage; `states` are those that journeys keep to, alpha-3, all where none is given."""
        self.s = stage
        self.ports = [at for at in range(len(CODES)) if not states or stage.table.states[at] in states]
        self.crossings: list[Crossing] = []

    # who

    def member(self, role: str, ages: tuple[int, int] = (24, 58), *, home: int | None = None, **given: Any) -> Member:
        """Return a new person; `given` as in `Stage.person`."""
        bearer = self.s.person(role, ages, **given)
        email = f"{self._word(6)}{self.s.between(10, 99)}@mail.example" if self.s.chance(0.85) else None
        return Member(bearer, self.s.card(), self.s.phone(), email, self._home(bearer) if home is None else home)

    def local(self, role: str, home: int, ages: tuple[int, int] = (24, 58), **given: Any) -> Member:
        """Return a new person who lives near a port and is mostly of its state."""
        state = self.s.table.states[home] if self.s.chance(0.8) else None
        return self.member(role, ages, home=home, **({"state": state} | given))

    def again(self, member: Member, **changes: Any) -> Member:
        """Return the same person with something else in the document."""
        bearer = self.s.again(member.bearer, **changes)
        return Member(bearer, member.card, member.phone, member.email, member.home)

    def _home(self, bearer: int) -> int:
        home = self.s.home(bearer)
        return home if home in self.ports else self.port()

    def _word(self, letters: int) -> str:
        return "".join("bcdfghklmnprstv"[k] + "aeiou"[k % 5] for k in self.s.rng.integers(0, 15, letters // 2))

    # where

    def port(self, *away_from: int, near: int | None = None, within_km: float = _CITY_CLOSE_KM) -> int:
        """Return a port in another state than these, as far as there are any; `near` one, where that is asked for."""
        states = self.s.table.states
        for avoided in (away_from, away_from[-1:], ()):
            ports = [at for at in self.ports if states[at] not in {states[other] for other in avoided}]
            if ports:
                break
        if near is not None:
            km = self.s.table.km[near]
            ports = [at for at in ports if km[at] <= within_km] or [min(ports, key=lambda at: float(km[at]))]
        return ports[self.s.between(0, len(ports) - 1)]

    # what

    def fly(
        self, people: Sequence[Member], ports: list[int], day: int, terms: Terms = OWN, *, lead: tuple[int, int],
        back: int | None = None, ready: int | None = None,
    ) -> int:  # fmt: skip
        """Book people together and return the minute at which they arrive.

        Args:
            people: the first one's means count where the terms name none.
            ports: from, by, to.
            day: of the first departure.
            terms: of the booking.
            lead: hours from booking to departure, from and to.
            back: day of the way back, where the booking has one.
            ready: minute before which nobody can leave; by chance on the day when not given.
        """
        first = people[0]
        return self.s.book(
            [one.bearer for one in people], ports, day, back=back, lead_hours=self.s.between(*lead), ready=ready,
            card=first.card if terms.card is None else terms.card, cash=terms.cash, agency=terms.agency,
            phone=terms.phone or first.phone, email=terms.email or first.email,
        )  # fmt: skip

    def sail(self, people: Sequence[Member], origin: int, target: int, ready: int) -> int:
        """Let people cross by a vessel that files its list, and return the minute at which they arrive."""
        departs = ready + self.s.between(120, 2 * DAY)
        self.crossings.append(Crossing(tuple(one.bearer for one in people), origin, target, departs))
        return departs + int(self.s.table.km[origin, target] / 0.6)  # minutes at 36 km an hour
