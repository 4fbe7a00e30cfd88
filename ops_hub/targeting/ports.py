"""Ports as the derived columns need them: the state a port lies in, and how far apart airports are.

Reach for `state_of()` and `distance_km()`; both are expressions. Airports come from the package airportsdata.
"""

from __future__ import annotations

from functools import cache

import airportsdata
import polars as pl

from ops_hub.reference import country_codes

_EARTH_KM = 6371.0


@cache
def _airports() -> tuple[dict[str, str], dict[str, float], dict[str, float]]:
    """Return alpha-2 code of the state, latitude and longitude (degrees) by IATA code."""
    airports = airportsdata.load("IATA")
    states = {code: str(each["country"]) for code, each in airports.items()}
    return states, {c: float(a["lat"]) for c, a in airports.items()}, {c: float(a["lon"]) for c, a in airports.items()}


def state_of(port: pl.Expr) -> pl.Expr:
    """Return the state (alpha-3) of a column of IATA codes and UN/LOCODEs; null when not known."""
    code = port.str.strip_chars().str.to_uppercase()
    of_airport = code.replace_strict(_airports()[0], default=None, return_dtype=pl.String)
    of_place = pl.when(code.str.len_chars() == 5).then(code.str.head(2))
    return country_codes(pl.coalesce(of_airport, of_place))


def distance_km(one: pl.Expr, other: pl.Expr) -> pl.Expr:
    """Return the way between two airports as the crow flies, km; null where one is no airport known."""
    _, lats, lons = _airports()
    (lat1, lon1), (lat2, lon2) = (
        [port.replace_strict(table, default=None, return_dtype=pl.Float64).radians() for table in (lats, lons)]
        for port in (one, other)
    )
    half = ((lat2 - lat1) / 2).sin() ** 2 + lat1.cos() * lat2.cos() * ((lon2 - lon1) / 2).sin() ** 2
    return half.clip(0, 1).sqrt().arcsin() * (2 * _EARTH_KM)
