"""Where and in which time zone airports are, for journeys that one person cannot have made.

Reach for `located()`. Ports that are no airports, and those that the data do not know, stay without place and zone.

Source: the package airportsdata (IATA codes, positions, IANA time zones).
"""

from __future__ import annotations

from functools import cache

import airportsdata
import polars as pl

_EARTH_KM = 6371.0


@cache
def _airports() -> pl.DataFrame:
    rows = [
        {"port": code, "lat": float(each["lat"]), "lon": float(each["lon"]), "zone": each["tz"] or None}
        for code, each in airportsdata.load("IATA").items()
    ]
    return pl.DataFrame(rows, schema={"port": pl.String, "lat": pl.Float64, "lon": pl.Float64, "zone": pl.String})


def located(frame: pl.LazyFrame, port: str, at: str) -> pl.LazyFrame:
    """Return the frame with latitude, longitude and universal time of a port: `lat_PORT`, `lon_PORT`, `utc_AT`.

    Args:
        frame: has the two columns.
        port: name of a column of IATA codes.
        at: name of a column of local times there.
    """
    known = _airports().lazy().rename({"lat": f"lat_{port}", "lon": f"lon_{port}", "zone": f"zone_{port}"})
    placed = frame.join(known, left_on=port, right_on="port", how="left", maintain_order="left")
    pair = [f"zone_{port}", at]
    times = (
        placed.select(pair)
        .drop_nulls()
        .unique()
        .map_batches(lambda each: _universal(each, *pair), schema=_schema(pair))
    )
    return placed.join(times, on=pair, how="left", maintain_order="left").drop(f"zone_{port}")


def _schema(pair: list[str]) -> dict[str, pl.DataType]:
    zone, at = pair
    return {zone: pl.String(), at: pl.Datetime("us"), f"utc_{at}": pl.Datetime("us")}


def _universal(frame: pl.DataFrame, zone: str, at: str) -> pl.DataFrame:
    """Return different local times of different zones with the universal time of each, zone by zone."""
    parts = []
    for (name,), each in frame.partition_by(zone, as_dict=True).items():
        local = pl.col(at).dt.replace_time_zone(str(name), ambiguous="earliest", non_existent="null")
        parts.append(each.with_columns(local.dt.convert_time_zone("UTC").dt.replace_time_zone(None).alias(f"utc_{at}")))
    return pl.concat(parts) if parts else pl.DataFrame(schema=_schema([zone, at]))


def kilometres(one: str, other: str) -> pl.Expr:
    """Return the great-circle distance of two located ports, given the names of their columns; null where unknown."""
    lat, lon, lat_other, lon_other = (
        pl.col(f"{axis}_{port}").radians() for port in (one, other) for axis in ("lat", "lon")
    )
    half = ((lat_other - lat) / 2).sin() ** 2 + lat.cos() * lat_other.cos() * ((lon_other - lon) / 2).sin() ** 2
    return half.sqrt().arcsin() * 2 * _EARTH_KM
