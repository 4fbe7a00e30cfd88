"""Ordinary travel over many days: families, staff, commuters, traders, groups, classes and people who move.

Reach for `ordinary()`. The same people travel again and again, as their habits say. Nobody in here does anything that
an officer would want to know; who seems to, and who does, is staged in `scenarios`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ops_hub.exercise.households import ADULT, CHILD, PUPIL, households
from ops_hub.exercise.journeys import BOOKINGS, LEGS, MEMBERS, Travel, legs_frame, together
from ops_hub.exercise.timetable import CODES, DAY, Timetable

LEAD_IN = 25  # days before day 0 on which journeys begin, so that some are coming back from the first day on
COMPANY_CARDS, AGENCY_CARDS, STAGED_CARDS = 1_000_000_000, 2_000_000_000, 3_000_000_000
AGENCIES = 400  # travel agencies per 10,000 travellers a day
_CHANGE_PLANES = 0.35  # of long journeys
_LONG_KM = 1500

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Habit:
    """How one kind of people travels.

    Attributes:
        share: of all travellers.
        sizes: persons in a unit and how many units have so many.
        gap: days at home between two journeys, on average.
        stay: days away, on average; 0 is back on the same day or the next.
        lead: days from booking to departure, the median.
        singles: share of journeys booked as two one-way bookings.
        for_good: share of journeys without a way back.
        cash: share of bookings paid in cash.
        agency: share of bookings made by an agency.
        unseen: share of ways back that no feed tells of (yachts, ferries, land borders).
        pupils: whether all but each eighth person are children of other families.
        staff: whether they travel for companies.
    """

    share: float
    sizes: Mapping[int, float]
    gap: float
    stay: float
    lead: float
    singles: float = 0.08
    for_good: float = 0.01
    cash: float = 0.05
    agency: float = 0.25
    unseen: float = 0.005
    pupils: bool = False
    staff: bool = False


HABITS: Mapping[str, Habit] = {
    "household": Habit(0.60, {1: 30, 2: 36, 3: 13, 4: 14, 5: 5, 6: 2}, 70, 8, 35, unseen=0.01),
    "staff": Habit(0.20, {1: 1}, 16, 2.5, 7, singles=0.05, for_good=0.0, cash=0.005, agency=0.5, staff=True),
    "commuter": Habit(0.04, {1: 1}, 2.5, 2.5, 4, singles=0.3, for_good=0.0, cash=0.03, agency=0.02),
    "trader": Habit(0.02, {1: 1}, 8, 0.8, 3, singles=0.3, for_good=0.0, cash=0.5, agency=0.3),
    "group": Habit(0.07, {10: 1, 16: 2, 24: 2, 34: 1}, 400, 7, 80, singles=0.0, for_good=0.0, cash=0.0, agency=0.95),
    "class": Habit(0.02, {9: 1, 14: 2, 22: 1}, 300, 5, 60, singles=0.0, for_good=0.0, cash=0.02, agency=0.6, pupils=True),
    "mover": Habit(0.05, {1: 60, 2: 25, 3: 8, 4: 7}, 900, 60, 18, singles=1.0, for_good=0.7, cash=0.15, agency=0.3),
}  # fmt: skip


def ordinary(passengers: int, first: date, days: int, seed: int, table: Timetable) -> Travel:
    """Return the travel of a population that fills about `passengers` seats a day for `days` days from `first` on."""
    parts, units, serial = [], 0, 0
    for place, habit in enumerate(HABITS.values()):
        rng = np.random.default_rng((seed, 1, place))
        part, n = _of(habit, passengers, (first, days), (units, serial), rng, table)
        parts.append(part)
        units, serial = units + n, serial + part.bearers.height
    return together(parts)


def _of(habit: Habit, passengers: int, when: tuple[date, int], before: tuple[int, int], rng: np.random.Generator, table: Timetable) -> tuple[Travel, int]:  # fmt: skip
    """Return the travel of one habit's people, and how many units they are; `before` are units and persons of earlier habits."""
    first, days = when
    size = np.array(list(habit.sizes))
    weight = np.array(list(habit.sizes.values())) / sum(habit.sizes.values())
    seats = passengers * habit.share * days  # on all days
    a_journey = 2.0 - habit.for_good  # flights of a journey, some with a change of planes
    journeys = seats / (float(size @ weight) * a_journey)
    window = days + LEAD_IN
    per_unit = max(1.0, window / (habit.gap + habit.stay + 1))
    units = max(1, round(journeys * window / days / per_unit))
    sizes = rng.choice(size, units, p=weight)
    unit = np.repeat(np.arange(units), sizes)
    bearers = households(unit, _stages(unit, sizes, habit, rng), not habit.pupils and sizes.max() < 9, rng, (first, first + timedelta(days)), before[1])  # fmt: skip
    journey = _journeys(habit, units, window, rng)
    homes = _homes(bearers.unique("unit", keep="first", maintain_order=True)["nationality"], rng, table)
    company = np.floor((units / 12 + 1) * rng.random(units) ** 2).astype(np.int64)  # a few have many staff
    if habit.staff:  # who mostly live where the company is
        homes = np.where(rng.random(units) < 0.85, homes[company % units], homes)
    favourites = np.stack([_drawn(homes, rng, table) for _ in range(2)])
    target = favourites[(rng.random(len(journey.unit)) > 0.75).astype(int), journey.unit]
    bookings, legs = _booked(habit, journey, homes[journey.unit], target, rng, table)
    paid = _paid(habit, bookings, company, before[0], rng, max(4, passengers * AGENCIES // 10_000))
    members = paid.select("booking", "unit").join(bearers.select("unit", "bearer"), on="unit", maintain_order="left")
    members = members.with_columns(pl.Series("bags", rng.choice(4, members.height, p=[0.3, 0.5, 0.17, 0.03])))
    travel = Travel(bearers.drop("unit"), paid.select(*BOOKINGS), legs.select(*LEGS), members.select(*MEMBERS))
    return travel, units


def _stages(unit: Ints, sizes: Ints, habit: Habit, rng: np.random.Generator) -> Ints:
    """Return who is an adult, a child or a pupil: the first two of a household are adults, or the first alone."""
    within = np.arange(len(unit)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    if habit.pupils:
        return np.where(within % 8 == 0, ADULT, PUPIL)
    if sizes.max() > 6:
        return np.full(len(unit), ADULT)
    alone = rng.random(len(sizes)) < 0.15  # one parent
    return np.where((within == 0) | ((within == 1) & ~alone[unit]), ADULT, CHILD)


@dataclass(frozen=True)
class _Journeys:
    unit: Ints
    day: Ints  # of departure
    stay: Ints  # days


def _journeys(habit: Habit, units: int, window: int, rng: np.random.Generator) -> _Journeys:
    """Return the journeys of all units, none of them overlapping another of the same unit."""
    most = int(window / (habit.gap + habit.stay + 1) * 2) + 3
    gaps = np.maximum(2, np.round(rng.exponential(habit.gap, (units, most)))).astype(np.int64)
    stays = rng.poisson(habit.stay, (units, most)).astype(np.int64)
    begin = rng.exponential(habit.gap + habit.stay + 1, units)
    between = np.concatenate([np.zeros((units, 1), dtype=np.int64), (stays + gaps + 1)[:, :-1]], axis=1)
    days = begin.astype(np.int64)[:, None] + np.cumsum(between, axis=1)
    kept = days < window
    return _Journeys(np.nonzero(kept)[0].astype(np.int64), days[kept] - LEAD_IN, stays[kept])


def _homes(nationality: pl.Series, rng: np.random.Generator, table: Timetable) -> Ints:
    """Return the port that each unit lives near: one of its state, or any where it has none."""
    any_port = rng.integers(0, len(CODES), len(nationality))
    out = any_port.copy()
    for state in nationality.unique().sort():
        ports = [at for at, own in enumerate(table.states) if own == state]
        if ports:
            out = np.where((nationality == state).to_numpy(), np.array(ports)[any_port % len(ports)], out)
    return out.astype(np.int64)


def _drawn(homes: Ints, rng: np.random.Generator, table: Timetable) -> Ints:
    """Return a port in another state for each, by how many travel there."""
    chance = rng.random(len(homes))
    found: Ints = np.minimum((table.pull[homes] < chance[:, None]).sum(axis=1), len(CODES) - 1)
    return found


def _booked(habit: Habit, journey: _Journeys, home: Ints, target: Ints, rng: np.random.Generator, table: Timetable) -> tuple[pl.DataFrame, pl.DataFrame]:  # fmt: skip
    """Return bookings (booking, unit, leaves: minute of the first departure) and their legs."""
    n = len(journey.unit)
    hours = rng.integers(4 * 60, 20 * 60, (2, n))
    changes = (table.km[home, target] > _LONG_KM) & (rng.random(n) < _CHANGE_PLANES)
    out = table.go(home, target, journey.day * DAY + hours[0], changes)
    landed = np.full(n, -LEAD_IN * DAY, dtype=np.int64)
    np.maximum.at(landed, out.trip, out.arrives)
    back = table.go(target, home, np.maximum((journey.day + journey.stay) * DAY + hours[1], landed + 180), changes)
    returns = rng.random(n) >= habit.for_good
    seen = returns & (rng.random(n) >= habit.unseen)
    two = (rng.random(n) < habit.singles) | ~seen
    # the booking of the way out has the journey's number, the one of the way back the next ones
    own = np.cumsum(seen & two) - 1 + n
    way_back = np.where(two, own, np.arange(n))
    kept = np.isin(back.trip, np.flatnonzero(seen))
    legs = pl.concat(
        [legs_frame(out, pl.Series(np.arange(n))), legs_frame(back, pl.Series(way_back)).filter(pl.Series(kept))]
    )
    unit = np.concatenate([journey.unit, journey.unit[seen & two]])
    leaves = legs.group_by("booking").agg(pl.col("departs").min().alias("leaves"))
    bookings = pl.DataFrame({"booking": np.arange(len(unit)), "unit": unit}).join(leaves, on="booking", how="left", maintain_order="left")  # fmt: skip
    return bookings, legs


def _paid(habit: Habit, bookings: pl.DataFrame, companies: Ints, before: int, rng: np.random.Generator, agencies: int) -> pl.DataFrame:  # fmt: skip
    """Add when, by whom and with what each booking was made, and whom to call."""
    n = bookings.height
    company = companies[bookings["unit"].to_numpy()]
    # a few agencies make most bookings; a company has one of its own
    drawn = np.floor(agencies * rng.random(n) ** 2.5).astype(np.int64)
    agency = np.where(habit.staff, company * 31 % agencies, drawn)
    by_agency = rng.random(n) < habit.agency
    chance = rng.random((2, n))
    pays_cash, agency_pays = chance[0] < habit.cash, by_agency & (chance[1] < 0.15)
    household = bookings["unit"].to_numpy() + before
    company_pays = habit.staff & (household % 2 == 0)  # the others pay with cards of their own
    card = np.where(company_pays, COMPANY_CARDS + company, household)
    card = np.where(agency_pays, AGENCY_CARDS + agency, card)
    office = by_agency & (rng.random(n) < 0.3)  # gives its own telephone instead of the traveller's
    lead = np.exp(rng.normal(np.log(habit.lead * DAY), 0.9, n)).astype(np.int64) + 90
    frame = bookings.with_columns(
        pl.Series("household", household), pl.Series("agency_no", agency), pl.Series("by_agency", by_agency),
        pl.Series("office", office), pl.Series("cash", pays_cash), pl.Series("card", card),
        (pl.col("leaves") - pl.Series(lead)).alias("booked"),
    )  # fmt: skip
    number = pl.col("agency_no").cast(pl.String).str.zfill(5)
    own = pl.col("household").cast(pl.String).str.zfill(8)
    return frame.with_columns(
        pl.when("by_agency").then(pl.lit("915") + number).alias("agency"),
        pl.when("cash").then(pl.lit("CA")).otherwise(pl.lit("CC VI")).alias("paid"),
        pl.when(~pl.col("cash")).then("card").alias("card"),
        pl.when("office").then(pl.lit("1800915") + number).otherwise(pl.lit("1246") + own).alias("phone"),
        pl.when("office").then(pl.lit("desk") + number + "@agency.example").otherwise(pl.lit("home") + own + "@mail.example").alias("email"),
    )  # fmt: skip
