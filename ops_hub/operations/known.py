"""What a check of readiness is told, and the lines that it gives.

Reach for `Known` and its parts to hand to `readiness`, and for `Line`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import msgspec
import polars as pl

Level = Literal["red", "amber", "green"]
LEVELS: tuple[Level, ...] = ("red", "amber", "green")


class Line(msgspec.Struct, frozen=True):
    """One line of the check.

    Attributes:
        level: red, amber or green.
        check: what was looked at, one word or two, the same in all operations.
        where: state, port, route or list.
        what: what was found.
        remedy: what to do; empty where nothing is.
    """

    level: Level
    check: str
    where: str
    what: str
    remedy: str = ""


@dataclass(frozen=True)
class ListAge:
    """A list, whose it is, when its owner changed it last (None: nobody says), and until when it holds."""

    name: str
    owner: str
    updated_on: dt.date | None
    expires: dt.date | None = None


@dataclass(frozen=True)
class CarrierSeen:
    """A carrier on one way: departures that were due in the days that were looked at, and those that were announced."""

    carrier: str
    from_port: str
    to_port: str
    due: int
    announced: int
    last: dt.date | None = None  # day of the last departure that it announced


@dataclass(frozen=True)
class Expected:
    """People to be protected who are expected at a port on a day."""

    port: str
    day: dt.date
    persons: int


@dataclass(frozen=True)
class Known:
    """What is known besides the plan; None: nobody looked.

    Attributes:
        acknowledged: state to digest of the plan that it acknowledged.
        tasks: TASKS.
        lists: lists that hits are found in.
        carriers: carriers on ways.
        expected: people to be protected.
        closed: the operation was closed.
    """

    acknowledged: Mapping[str, str]
    tasks: pl.DataFrame
    lists: Sequence[ListAge] | None = None
    carriers: Sequence[CarrierSeen] | None = None
    expected: Sequence[Expected] | None = None
    closed: bool = False
