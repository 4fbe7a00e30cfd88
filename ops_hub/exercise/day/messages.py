"""The messages of an invented day: a passenger list a flight, some of them with the faults that carriers make.

Reach for `day_of()`. Who travels is taken, booking by booking, from people who have travelled before, so that earlier
journeys and companions are known; listed people travel among them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
import polars as pl

from ops_hub.exercise.day.flights import Flight, flights, schedule
from ops_hub.exercise.day.lists import DayList, Planted, lists_of_the_day
from ops_hub.exercise.paxlst_writer import paxlst
from ops_hub.exercise.people import people

SEATS = 110  # passengers a flight, about
_NEW_ROUTE = ("HAV", "MGA", "KX")  # flown by many in the last two weeks of history only: a change to be found
_TOGETHER = 3  # travellers to a booking on it
_SENT = timedelta(minutes=95)  # before departure
_LATE, _LOST, _SHORT = 7, 11, 15  # flights whose list comes late, in parts of which one is lost, or short of its total
_KEPT = (
    "family_name", "given_names", "birth_date", "sex", "nationality", "document_type", "document_number", "document_issuer",
    "document_expires", "booking_ref",
)  # fmt: skip
_STAMP = re.compile(r"\d{6}:0600(?=\+)")


@dataclass(frozen=True)
class Sent:
    """A message: what a carrier's file is called, the text, and the departure (UTC) that it is about."""

    name: str
    text: str
    departs_utc: datetime


@dataclass(frozen=True)
class Day:
    """An invented day.

    Attributes:
        messages: in order of departure.
        lists: to screen against.
        schedule: what carriers should fly, as docs/manifests.md has it.
        planted: listed people who travel.
        travellers: how many.
    """

    messages: list[Sent]
    lists: list[DayList]
    schedule: str
    planted: list[Planted]
    travellers: int


def day_of(now: datetime, past: pl.DataFrame, seed: int) -> Day:
    """Return a day that begins now.

    Args:
        now: the hub's time.
        past: history, as `exercise network` makes it: who has travelled before.
        seed: another one is another day.
    """
    rng = np.random.default_rng(seed)
    lists, planted = lists_of_the_day(now.date(), rng)
    flown = flights(now, rng)
    parties = _parties(past, now.date(), rng)
    coming = _sorted_in(planted, len(flown))
    sent, many = [], 0
    for place, flight in enumerate(flown):
        rows: list[dict[str, Any]] = []
        size = SEATS + int(rng.integers(-45, 46))
        while len(rows) < size:
            rows += next(parties)
        for each in coming.get(place, []):
            rows.insert(int(rng.integers(0, len(rows))), dict(each.person) | {"booking_ref": f"L{each.entry_id[-4:]}Q"})
        aboard = [_seated(row, flight, many + k) for k, row in enumerate(rows)]
        many += len(aboard)
        sent += _messages(place, flight, aboard, now, rng)
    return Day(sent, lists, schedule(flown), planted, many)


def with_new_route(past: pl.DataFrame, today: date, seed: int) -> pl.DataFrame:
    """Return history to which a route is added that many travel on in its last two weeks: a change to be found."""
    rng = np.random.default_rng(seed)
    origin, target, carrier = _NEW_ROUTE
    many = 32
    days = []
    for back in range(14, 0, -1):
        day = today - timedelta(days=back)
        at = datetime(day.year, day.month, day.day, 13, 40)
        drawn = people(many, rng, day)
        days.append(
            drawn.with_columns(
                pl.format("N{}-{}", pl.lit(back), pl.int_range(pl.len())).alias("record_id"),
                pl.lit("passenger").alias("role"),
                pl.lit(carrier).alias("carrier"),
                pl.lit(f"{carrier}431").alias("flight"),
                pl.lit(origin).alias("from_port"),
                pl.lit(target).alias("to_port"),
                pl.lit(at).alias("departs_at"),
                pl.lit(at + timedelta(minutes=95)).alias("arrives_at"),
                pl.format("C{}X{}", pl.lit(back), pl.int_range(pl.len()) // _TOGETHER).alias("booking_ref"),
                pl.lit(at - timedelta(hours=20)).alias("booked_at"),
                pl.lit("CA").alias("payment_kind"),
            )
        )
    added = pl.concat(days)
    own = [name for name in past.columns if name in added.columns]
    return pl.concat([past, added.select(pl.col(name).cast(past.schema[name]) for name in own)], how="diagonal")


def _parties(past: pl.DataFrame, today: date, rng: np.random.Generator) -> Iterator[list[dict[str, Any]]]:
    """Yield bookings of the past, each person once, at random; then new ones."""
    known = past.filter(pl.col("document_number").is_not_null() & pl.col("booking_ref").is_not_null())
    known = known.unique("document_number", maintain_order=True)
    groups: dict[str, list[dict[str, Any]]] = {}
    for row in known.select(_KEPT).to_dicts():
        groups.setdefault(row["booking_ref"], []).append(row)
    parties = list(groups.values())
    for at in rng.permutation(len(parties)):
        yield parties[at]
    while True:
        drawn = people(500, rng, today).to_dicts()
        for number in range(0, len(drawn), 2):
            yield [row | {"booking_ref": f"W{number:04d}"} for row in drawn[number : number + 2]]


def _sorted_in(planted: Sequence[Planted], many: int) -> dict[int, list[Planted]]:
    """Return who travels on which flight: some on the first ones, the rest all over the day."""
    found: dict[int, list[Planted]] = {}
    for number, each in enumerate(planted):
        place = 3 + number % 4 if number % 3 == 0 else 3 + (number * 5) % (many - 3)
        found.setdefault(place, []).append(each)
    return found


def _seated(row: dict[str, Any], flight: Flight, number: int) -> dict[str, Any]:
    kept = {name: row.get(name) for name in _KEPT}
    booking = str(row.get("booking_ref") or f"B{number:05d}")[:6]
    return kept | {"booking_ref": booking, "record_id": f"D{number:06d}"} | flight.columns


def _messages(
    place: int, flight: Flight, aboard: list[dict[str, Any]], now: datetime, rng: np.random.Generator
) -> list[Sent]:
    at = min(flight.departs_utc - _SENT, now)
    if place == _LATE:
        at = flight.departs_utc - timedelta(minutes=4)
    text = _interchange(aboard, at, place)
    name = f"{flight.number}_{flight.from_port}-{flight.to_port}_{flight.departs_at:%Y-%m-%d}.paxlst.edi"
    if place == _SHORT:  # three people are lost on the way; the control total knows of them
        text = _interchange(aboard[:-3], at, place).replace(f"CNT+42:{len(aboard) - 3}'", f"CNT+42:{len(aboard)}'")
    if place == _LOST:  # the first of two parts alone
        text = text.replace("+01:F'", "+01:C'", 1)
        text = text.replace(f"CNT+42:{len(aboard)}'", f"CNT+42:{len(aboard) + 40}'")
    made = [Sent(name, text, flight.departs_utc)]
    if flight.departs_utc < now:  # it has left: the carrier says who is on board
        gone = [row for row in aboard if rng.random() > 0.04]
        closed = flight.departs_utc - timedelta(minutes=6)
        made.append(Sent(name.replace("paxlst", "close-out"), _close_out(gone, closed, place), flight.departs_utc))
    return made


def _interchange(aboard: list[dict[str, Any]], at: datetime, place: int) -> str:
    """Return a passenger list as sent at a time, with references of its own."""
    feed = pl.DataFrame(aboard, infer_schema_length=None)
    text = next(iter(paxlst(feed, at.date())))
    text = _STAMP.sub(f"{at:%y%m%d:%H%M}", text)
    own = f"{at:%j}{place:03d}"
    return (
        text.replace("+EX1+", f"+DAY{own}+").replace("+1++APIS'", f"+{own}++APIS'").replace("UNZ+1+1'", f"UNZ+1+{own}'")
    )


def _close_out(gone: list[dict[str, Any]], at: datetime, place: int) -> str:
    """Return who is on board, by the carrier's references."""
    return _interchange(gone, at, 500 + place).replace("BGM+745'", "BGM+266+CLOB'")
