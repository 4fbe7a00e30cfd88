"""Passenger lists of vessels, for ways by sea that are told: those of a network among people of the islands.

Reach for `aboard()` to fill the vessels and for `sailings()` to get the rows. Most ways by sea are told by nobody.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

import polars as pl

from ops_hub.exercise.networks.cast import Crossing
from ops_hub.exercise.scenarios.stage import Stage
from ops_hub.exercise.timetable import CODES

VESSELS = ("CORAL WAKE", "WINDWARD TERN", "LADY MARISOL", "TRADE BREEZE", "SAND DOLLAR", "PELICAN ROCK", "BLUE MANTA", "STELLA MAR")  # fmt: skip
_SHARED = ("family_name", "given_names", "birth_date", "sex", "nationality", "document_number", "document_issuer", "document_expires")  # fmt: skip


def imo_number(vessel: int) -> str:
    """Return an invented IMO number with the right check digit."""
    first = f"99{vessel:04d}"
    return first + str(sum(int(sign) * weight for sign, weight in zip(first, range(7, 1, -1), strict=True)) % 10)


def aboard(crossings: Sequence[Crossing], ferry: Stage) -> list[Crossing]:
    """Return crossings on the same vessels of people who have nothing to do with it; `ferry` is their stage."""
    made = []
    for one in crossings:
        ferry.begin("ferry")
        others = tuple(ferry.person("client", (4, 75)) for _ in range(ferry.between(8, 30)))
        made.append(Crossing(others, one.origin, one.target, one.departs))
    return made


def sailings(crossings: Sequence[Crossing], bearers: pl.DataFrame, first: date, days: int, seaports: Mapping[str, str]) -> pl.DataFrame:  # fmt: skip
    """Return a row for each person on each crossing that leaves on one of the days, in the order of departure.

    Columns are those of TRAVELLERS, flat, and `imo_number` and `bearer` beside. Ports are those of `seaports`, airport to
    seaport, where it has them.
    """
    rows = []
    for one in crossings:
        departs = datetime.combine(first, time()) + timedelta(minutes=one.departs)
        if not 0 <= (departs.date() - first).days < days:
            continue
        vessel = (one.origin * 7 + one.target) % len(VESSELS)
        name = VESSELS[vessel]
        ports = [seaports.get(CODES[at], CODES[at]) for at in (one.origin, one.target)]
        voyage = f"MV {name} {''.join(word[0] for word in name.split())}{(departs.date() - first).days:03d}"
        rows += [(bearer, voyage, *ports, departs, imo_number(vessel)) for bearer in one.bearers]
    schema: dict[str, Any] = {"bearer": pl.Int64, "flight": pl.String, "from_port": pl.String, "to_port": pl.String, "departs_at": pl.Datetime("us"), "imo_number": pl.String}  # fmt: skip
    frame = pl.DataFrame(rows, schema=schema, orient="row").sort("departs_at", "flight", "bearer")
    return frame.join(bearers, on="bearer", how="left", maintain_order="left").select(
        pl.format("S{}", pl.int_range(pl.len()).cast(pl.String).str.zfill(8)).alias("record_id"),
        pl.lit("passenger").alias("role"), *_SHARED, pl.lit("P").alias("document_type"),
        "flight", "from_port", "to_port", "departs_at", "imo_number", "bearer",
    )  # fmt: skip
