"""The flights of an invented day: of the last two hours and the next twelve, between ports of the region and others.

Reach for `flights()`. Times are the hub's (UTC) and, as carriers send them, local at the port.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

import airportsdata
import numpy as np
import polars as pl

from ops_hub.ports import distance_km

ROUTES = (
    ("POS", "BGI", "BW"), ("PTY", "KIN", "CM"), ("BOG", "SDQ", "AV"), ("MIA", "BGI", "AA"), ("HAV", "MGA", "KX"), ("PTY", "TGU", "CM"),
    ("SDQ", "PTY", "CM"), ("KIN", "MIA", "AA"), ("SAL", "GUA", "AV"), ("GEO", "POS", "BW"), ("JFK", "KIN", "DL"), ("BOG", "PTY", "CM"),
    ("MAD", "SDQ", "IB"), ("POS", "GND", "LI"), ("BGI", "SVD", "LI"), ("MEX", "GUA", "AV"), ("MIA", "TGU", "AA"), ("PBM", "POS", "BW"),
    ("SJO", "SAL", "AV"), ("NAS", "PAP", "UP"), ("GUA", "MIA", "AA"), ("BGI", "JFK", "DL"), ("CCS", "POS", "BW"), ("KIN", "MBJ", "JM"),
    ("UIO", "SAL", "AV"), ("PTY", "SJO", "CM"), ("AMS", "PBM", "AC"), ("TGU", "MIA", "AA"), ("ANU", "BGI", "LI"), ("SDQ", "JFK", "DL"),
)  # fmt: skip
_GONE = 3  # flights that have left
_FIRST, _LAST = timedelta(minutes=35), timedelta(hours=12)
_KM_PER_MINUTE, _ON_GROUND = 13.5, 35


@dataclass(frozen=True)
class Flight:
    """A flight: number, ports, local times as carriers send them, and departure in UTC."""

    number: str
    from_port: str
    to_port: str
    departs_at: datetime
    arrives_at: datetime
    departs_utc: datetime

    @property
    def columns(self) -> dict[str, Any]:
        """As a feed has them."""
        names = ("from_port", "to_port", "departs_at", "arrives_at")
        return {"flight": self.number, "carrier": self.number[:2]} | {name: getattr(self, name) for name in names}


def flights(now: datetime, rng: np.random.Generator) -> list[Flight]:
    """Return the flights of the day in order of departure; the first few have left."""
    ahead = len(ROUTES) - _GONE
    step = (_LAST - _FIRST) / (ahead - 1)
    leaves = [now - timedelta(minutes=40 * (_GONE - k)) for k in range(_GONE)]
    leaves += [now + _FIRST + k * step for k in range(ahead)]
    order = [*range(ahead, len(ROUTES)), *range(ahead)]
    numbers = rng.permutation(np.arange(201, 899))
    return [
        _flight(ROUTES[route], int(numbers[k]), leaves[k].replace(second=0, microsecond=0))
        for k, route in enumerate(order)
    ]


def _flight(route: tuple[str, str, str], number: int, leaves: datetime) -> Flight:
    origin, target, carrier = route
    far = pl.select(distance_km(pl.lit(origin), pl.lit(target))).item()
    takes = _ON_GROUND + int(far / _KM_PER_MINUTE)
    lands = leaves + timedelta(minutes=takes)
    return Flight(f"{carrier}{number}", origin, target, local(leaves, origin), local(lands, target), leaves)


def local(at: datetime, port: str) -> datetime:
    """Return a time (UTC) as the clock at an airport shows it, without zone."""
    return at.replace(tzinfo=UTC).astimezone(ZoneInfo(_zones()[port])).replace(tzinfo=None)


@cache
def _zones() -> dict[str, str]:
    return {code: str(airport["tz"]) for code, airport in airportsdata.load("IATA").items()}


def schedule(found: list[Flight]) -> str:
    """Return the day's flights, and two of which nothing will come, as a schedule (docs/manifests.md)."""
    lines = ["carrier,flight,from_port,to_port,departs,days,valid_from,valid_until"]
    silent = [("KX777", "MGA", "HAV", found[4].departs_at), ("UP118", "PAP", "NAS", found[1].departs_at)]
    for number, origin, target, at in [
        *((each.number, each.from_port, each.to_port, each.departs_at) for each in found), *silent
    ]:  # fmt: skip
        lines.append(f"{number[:2]},{number},{origin},{target},{at:%H:%M},,{at:%Y-%m-%d},{at:%Y-%m-%d}")
    return "\n".join([*lines, ""])
