"""Ports: the state each lies in, and where and in which time zone airports are.

Reach for `state_of()`, `distance_km()` and `located()`. Ports that are no airports have a state (by UN/LOCODE), and no
place and no time zone. Source: the package airportsdata (IATA codes, positions, IANA time zones).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import polars as pl

from ops_hub.reference import airports, country_codes

_EARTH_KM = 6371.0


@cache
def _table(key: str, kind: Callable[[Any], Any]) -> dict[str, Any]:
    return {code: kind(each[key]) for code, each in airports().items() if each[key]}


@cache
def _columns(key: str, kind: Callable[[Any], Any]) -> tuple[pl.Series, pl.Series]:
    """Return a table as Polars looks things up in it: made from a dict, it is made anew at every call."""
    table = _table(key, kind)
    return pl.Series(list(table)), pl.Series(list(table.values()))


def time_zones() -> dict[str, str]:
    """Return the IANA time zones of airports, by IATA code."""
    return _table("tz", str)


def state_of(port: pl.Expr) -> pl.Expr:
    """Return the state (alpha-3) of a column of IATA codes and UN/LOCODEs; null when not known."""
    code = port.str.strip_chars().str.to_uppercase()
    of_airport = code.replace_strict(*_columns("country", str), default=None, return_dtype=pl.String)
    of_place = pl.when(code.str.len_chars() == 5).then(code.str.head(2))
    return country_codes(pl.coalesce(of_airport, of_place))


def distance_km(one: pl.Expr, other: pl.Expr) -> pl.Expr:
    """Return the great circle between two airports (IATA codes), km; null where one is no airport known."""
    (lat1, lon1), (lat2, lon2) = (
        [
            port.replace_strict(*_columns(key, float), default=None, return_dtype=pl.Float64).radians()
            for key in ("lat", "lon")
        ]
        for port in (one, other)
    )
    half = ((lat2 - lat1) / 2).sin() ** 2 + lat1.cos() * lat2.cos() * ((lon2 - lon1) / 2).sin() ** 2
    return half.clip(0, 1).sqrt().arcsin() * (2 * _EARTH_KM)


def universal(frame: pl.LazyFrame, at: str, port: str) -> pl.LazyFrame:
    """Return the frame with local times at airports in universal time, as `utc_AT`; null where the zone is not known.

    Args:
        frame: has the two columns.
        at: name of a column of local times.
        port: name of a column of IATA codes.
    """
    zone = pl.col(port).replace_strict(*_columns("tz", str), default=None, return_dtype=pl.String)
    zoned = frame.with_columns(zone.alias("_zone"))
    pair = ["_zone", at]
    form = {"_zone": pl.String(), at: pl.Datetime("us"), f"utc_{at}": pl.Datetime("us")}

    def times(different: pl.DataFrame) -> pl.DataFrame:
        parts = []
        for (name,), each in different.partition_by("_zone", as_dict=True).items():
            local = pl.col(at).dt.replace_time_zone(str(name), ambiguous="earliest", non_existent="null")
            utc = local.dt.convert_time_zone("UTC").dt.replace_time_zone(None)
            parts.append(each.with_columns(utc.alias(f"utc_{at}")))
        return pl.concat(parts) if parts else pl.DataFrame(schema=form)

    known = zoned.select(pair).drop_nulls().unique().map_batches(times, schema=form)
    return zoned.join(known, on=pair, how="left", maintain_order="left").drop("_zone")
