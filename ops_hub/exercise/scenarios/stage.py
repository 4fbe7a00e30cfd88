"""A stage for a few invented people: who they are, what they book, and what is true about them.

Reach for `Stage` in the functions that tell one scenario. It hands out people, books them, and keeps the truth. Days
count from the first one of the exercise; those from `stage.opens` on are under test.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import numpy as np
import polars as pl

from ops_hub.exercise.households import ADULT, households
from ops_hub.exercise.journeys import BEARERS, BOOKINGS, LEGS, MEMBERS, Travel
from ops_hub.exercise.ordinary import STAGED_CARDS
from ops_hub.exercise.passports import numbers
from ops_hub.exercise.populations import pools
from ops_hub.exercise.timetable import CODES, DAY, SLOT, Timetable

CHANGE = 75  # minutes between two flights of one journey
_POOL, _NATIVES = 400, 40  # people who are invented at once, of all states and of one
_POPULATION = {state: at for at, pool in reversed(list(enumerate(pools()))) for state in pool.states}
SERIALS = 200_000  # passports that one kind of scenario may use

TRUTH: dict[str, Any] = {
    "bearer": pl.Int64, "kind": pl.String, "case": pl.String, "role": pl.String,
}  # fmt: skip


@dataclass(frozen=True)
class Days:
    """Day 0, days of history, and days under test after them."""

    first: date
    history: int
    tested: int

    @property
    def all(self) -> int:
        """Days of history and days under test."""
        return self.history + self.tested


@dataclass
class Stage:
    """What one kind of scenario is told with.

    Attributes:
        kind: its name.
        place: its number among all kinds; decides cards and passports.
        seed: of the exercise.
        days: when.
        table: flights.
        serial: number of its first passport.
    """

    kind: str
    place: int
    seed: int
    days: Days
    table: Timetable
    serial: int
    case: str = ""
    rng: np.random.Generator = field(init=False)
    _free: list[dict[str, Any]] = field(default_factory=list)
    _natives: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    _drawn: int = 0
    _cases: int = 0
    _cards: int = 0
    _persons: int = 0
    _bearers: list[dict[str, Any]] = field(default_factory=list)
    _truth: list[dict[str, Any]] = field(default_factory=list)
    _bookings: list[dict[str, Any]] = field(default_factory=list)
    _legs: list[dict[str, Any]] = field(default_factory=list)
    _members: list[dict[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.rng = np.random.default_rng((self.seed, 2, zlib.crc32(self.kind.encode())))

    # chance

    def between(self, low: int, high: int) -> int:
        """Return a whole number, both ends included."""
        return int(self.rng.integers(low, high + 1))

    def chance(self, share: float) -> bool:
        """Return true in this share of cases."""
        return bool(self.rng.random() < share)

    @property
    def opens(self) -> int:
        """Return the first day under test."""
        return self.days.history

    def tested_day(self) -> int:
        """Return one of the days under test."""
        return self.between(self.opens, self.days.all - 1)

    def begin(self, kind: str | None = None) -> None:
        """Begin the next case, of another kind where one is named."""
        if kind is not None and kind != self.kind:
            self.kind, self._cases = kind, 0
        self._cases += 1
        self.case = f"{self.kind}-{self._cases:03d}"

    # who

    def person(self, role: str, ages: tuple[int, int] = (24, 58), sex: str | None = None, like: int | None = None, state: str | None = None, **given: Any) -> int:  # fmt: skip
        """Return a new person, as the bearer of a passport.

        Args:
            role: what the truth says of them.
            ages: from, to, both included.
            sex: M or F.
            like: bearer whose nationality the new one has.
            state: nationality, where it is not to be drawn; the name is one of that state too.
            given: columns of BEARERS that are to be so.
        """
        born = self.days.first + timedelta(self.days.history)
        born -= timedelta(self.between(ages[0] * 366, ages[1] * 365 + 364))
        if state is not None and state in _POPULATION:
            row = self._native(sex, state)
        else:
            row = self._next(sex, self._bearers[like]["nationality"] if like is not None else state)
        return self._enter(row | {"person": self._persons, "birth_date": born.isoformat()} | given, role, new=True)

    def again(self, bearer: int, **changes: Any) -> int:
        """Return the same person, with something else in the document."""
        row = self._bearers[bearer]
        return self._enter(row | changes, self._truth[bearer]["role"], new=False)

    def new_document(self, state: str, issued: int) -> dict[str, Any]:
        """Return the columns of another passport of a state, issued on this day."""
        day = self.days.first + timedelta(issued)
        return {
            "document_issuer": state,
            "document_number": self._number(state),
            "document_issued": day,
            "document_expires": day + timedelta(3652),
        }

    def of(self, bearer: int, *columns: str) -> dict[str, Any]:
        """Return some columns of a bearer."""
        return {name: self._bearers[bearer][name] for name in columns}

    def _next(self, sex: str | None, state: str | None) -> dict[str, Any]:
        for at, row in enumerate(self._free):
            if sex in (None, row["sex"]):
                row = self._free.pop(at)
                break
        else:
            self._free += self._invent(_POOL, None).to_dicts()
            return self._next(sex, state)
        if state is not None and row["nationality"] != state:
            row |= {"nationality": state, "document_issuer": state, "document_number": self._number(state)}
        return row

    def _native(self, sex: str | None, state: str) -> dict[str, Any]:
        free = self._natives.setdefault(state, [])
        at = next((at for at, row in enumerate(free) if sex in (None, row["sex"])), None)
        if at is not None:
            return free.pop(at)
        more = self._invent(_NATIVES, _POPULATION[state])
        own = pl.Series([state] * _NATIVES)
        more = more.with_columns(
            own.alias("nationality"), own.alias("document_issuer"), numbers(own, self._serials(_NATIVES))
        )
        free += more.to_dicts()
        return self._native(sex, state)

    def _invent(self, n: int, population: int | None) -> pl.DataFrame:
        dates = (self.days.first, self.days.first + timedelta(self.days.all))
        unit, which = np.arange(n), None if population is None else np.full(n, population)
        more = households(unit, np.full(n, ADULT), False, self.rng, dates, self.serial + self._drawn, which)
        self._drawn += n
        return more.select(*BEARERS)

    def _serials(self, n: int) -> np.ndarray:
        self._drawn += n
        return self.serial + SERIALS // 2 + self._drawn - np.arange(n)

    def _number(self, state: str) -> str:
        return str(numbers(pl.Series([state]), self._serials(1))[0])

    def _enter(self, row: dict[str, Any], role: str, *, new: bool) -> int:
        self._persons += new
        bearer = len(self._bearers)
        self._bearers.append(row | {"bearer": bearer})
        self._truth.append({"bearer": bearer, "kind": self.kind, "case": self.case, "role": role})
        return bearer

    # where

    def port(self, *away_from: int, near: int | None = None, within_km: float = 900) -> int:
        """Return a port in another state than these; `near` one, where that is asked for."""
        states = {self.table.states[at] for at in away_from}
        ports = [at for at in range(len(CODES)) if self.table.states[at] not in states]
        if near is not None:
            close = [at for at in ports if self.table.km[near, at] <= within_km]
            ports = close or [min(ports, key=lambda at: float(self.table.km[near, at]))]
        return ports[self.between(0, len(ports) - 1)]

    def home(self, bearer: int) -> int:
        """Return a port of a bearer's own state; any where it has none."""
        own = [at for at, state in enumerate(self.table.states) if state == self._bearers[bearer]["nationality"]]
        return own[self.between(0, len(own) - 1)] if own else self.port()

    def home_abroad(self, bearer: int, target: int) -> int:
        """Return a port of a bearer's own state, or any other where that is the state of `target`."""
        home = self.home(bearer)
        return home if self.table.states[home] != self.table.states[target] else self.port(target)

    # what

    def card(self) -> int:
        """Return a payment card that nobody has used."""
        self._cards += 1
        return STAGED_CARDS + self.place * 1_000_000 + self._cards

    def phone(self) -> str:
        """Return a telephone number that nobody has used."""
        self._cards += 1
        return f"1758{self.place:03d}{self._cards:06d}"

    def book(
        self, members: list[int], ports: list[int], day: int, *, back: int | None = None, lead_hours: float = 500,
        card: int | None = None, cash: bool = False, agency: str | None = None, phone: str | None = None, email: str | None = None,
        bags: int | None = None, ready: int | None = None,
    ) -> int:  # fmt: skip
        """Book people for a journey and return the minute at which the way out arrives.

        Args:
            members: bearers.
            ports: from, by, to.
            day: of the first departure.
            back: day of the way back, where the booking has one.
            lead_hours: from booking to departure.
            card: which one pays; one of their own when not given.
            cash: paid in cash.
            agency: number of the agency.
            phone: contact; one of their own when not given.
            email: contact; none when not given.
            bags: pieces each; by chance when not given.
            ready: minute before which nobody can leave; the day's is drawn by chance when not given.
        """
        booking, first_leg = len(self._bookings), len(self._legs)
        at = self._fly(booking, ports, ready if ready is not None else self._ready(day))
        out = at
        if back is not None:
            self._fly(booking, ports[::-1], max(self._ready(back), at + 120))
        leaves = min(leg["departs"] for leg in self._legs[first_leg:])
        self._bookings.append(
            {
                "booking": booking, "booked": leaves - int(lead_hours * 60), "agency": agency,
                "paid": "CA" if cash else "CC VI", "card": None if cash else card if card is not None else self.card(),
                "phone": phone or self.phone(), "email": email,
            }
        )  # fmt: skip
        for bearer in members:
            pieces = bags if bags is not None else int(self.rng.choice(4, p=[0.3, 0.5, 0.17, 0.03]))
            self._members.append({"booking": booking, "bearer": bearer, "bags": pieces})
        return out

    def _ready(self, day: int) -> int:
        return day * DAY + self.between(0, DAY - SLOT)  # a flight leaves within SLOT, on the same day

    def _fly(self, booking: int, ports: list[int], ready: int) -> int:
        for origin, target in zip(ports, ports[1:], strict=False):
            departs, arrives = self.table.fly(np.array([origin]), np.array([target]), np.array([ready]))
            leg = {"origin": origin, "target": target, "departs": int(departs[0]), "arrives": int(arrives[0])}
            self._legs.append({"booking": booking} | leg)
            ready = leg["arrives"] + CHANGE
        return ready - CHANGE

    # the end

    @property
    def people(self) -> int:
        """Return how many bearers there are so far."""
        return len(self._bearers)

    def travel(self) -> Travel:
        """Return all that was booked."""
        return Travel(*(pl.DataFrame(rows, schema=schema, orient="row") for rows, schema in (
            (self._bearers, BEARERS), (self._bookings, BOOKINGS), (self._legs, LEGS), (self._members, MEMBERS),
        )))  # fmt: skip

    def truth(self) -> pl.DataFrame:
        """Return TRUTH: what is true about each bearer."""
        return pl.DataFrame(self._truth, schema=TRUTH, orient="row")
