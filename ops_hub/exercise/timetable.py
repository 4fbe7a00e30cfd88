"""When flights leave and how long they take, between the ports of an exercise that goes on for many days.

Reach for `Timetable`. Every pair of ports has three flights a day, at hours of its own, so that travellers meet on
flights. All times are whole minutes after midnight of day 0, local at the port, as carriers send them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import airportsdata
import numpy as np
from numpy.typing import NDArray

from ops_hub.reference import port_country

DAY = 1440  # minutes
SLOT = 480  # minutes between two flights of one route
CARRIERS = ("BW", "CM", "AV", "AA", "JM", "LI", "UP", "KX", "PY", "AC", "DL", "IB")
# Port and how many travel to it, roughly: hubs and tourism first.
PORTS = {
    "MIA": 20, "JFK": 11, "PTY": 10, "SDQ": 9, "MEX": 8, "BOG": 8, "KIN": 6, "MBJ": 6, "POS": 7, "BGI": 7, "NAS": 7, "SXM": 5, "AUA": 5, "CUR": 4,
    "MAD": 6, "AMS": 4, "CDG": 4, "LHR": 6, "YYZ": 5, "HAV": 4, "SJO": 4, "SAL": 4, "GUA": 4, "TGU": 3, "MGA": 2, "BZE": 2, "PAP": 2, "PBM": 2,
    "GEO": 3, "CCS": 2, "UIO": 3, "GRU": 4, "ANU": 3, "GND": 2, "UVF": 3, "SVD": 2, "SKB": 2, "DOM": 1, "FDF": 2, "PTP": 2,
}  # fmt: skip
HUBS = ("MIA", "PTY", "POS", "BOG", "MAD", "AMS")
CODES = tuple(PORTS)
_CHANGE = 75  # minutes to change planes
_KM_PER_MINUTE = 13.5
_ON_GROUND = 35  # minutes that a flight takes besides its way
_EARTH_KM = 6371.0

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Legs:
    """Flights in a row each: `trip` says whose, the others are indexes of ports and minutes."""

    trip: Ints
    origin: Ints
    target: Ints
    departs: Ints
    arrives: Ints


class Timetable:
    """Ports, distances and flights of `days` days from `first` on."""

    def __init__(self, first: date, days: int) -> None:
        airports = airportsdata.load("IATA")
        lat, lon = (np.radians([airports[code][axis] for code in CODES]) for axis in ("lat", "lon"))
        half = np.sin((lat[:, None] - lat) / 2) ** 2
        half += np.cos(lat[:, None]) * np.cos(lat) * np.sin((lon[:, None] - lon) / 2) ** 2
        self.km = 2 * _EARTH_KM * np.arcsin(np.sqrt(np.clip(half, 0, 1)))
        self.states = tuple(str(port_country(code)) for code in CODES)
        same = np.array([[one == other for other in self.states] for one in self.states])
        weights = np.array(list(PORTS.values()), dtype=np.float64)
        near = 1 / (1 + self.km / 2500)
        pulled = np.where(same, 0.0, weights * near)  # no flights within a state
        self.pull = np.cumsum(pulled / pulled.sum(axis=1, keepdims=True), axis=1)
        self.via = self._hubs(same)
        noons = [datetime.combine(first + timedelta(days=k), time(12), UTC) for k in range(days)]
        zones = [ZoneInfo(str(airports[code]["tz"])) for code in CODES]
        self._offset = np.array(
            [[int((n.astimezone(z).utcoffset() or timedelta()).total_seconds()) // 60 for n in noons] for z in zones]
        )

    def _hubs(self, same: NDArray[np.bool_]) -> Ints:
        """Return the hub that a journey with a change goes by, for each pair of ports; -1 where there is none."""
        hubs = np.array([CODES.index(code) for code in HUBS])
        way = self.km[:, hubs][:, None, :] + self.km[hubs].T[None, :, :]
        way = np.where(same[:, hubs][:, None, :] | same[hubs].T[None, :, :], np.inf, way)
        best: Ints = hubs[way.argmin(axis=2)]
        return np.where(np.isfinite(way.min(axis=2)) & (way.min(axis=2) < 1.4 * self.km), best, -1)

    def fly(self, origin: Ints, target: Ints, ready: Ints) -> tuple[Ints, Ints]:
        """Return departure and arrival of the first flight that leaves when its traveller is ready, or later."""
        base = (origin * 7919 + target * 104729) % (SLOT // 5) * 5
        departs = base + -(-(ready - base) // SLOT) * SLOT
        on_the_way = _ON_GROUND + (self.km[origin, target] / _KM_PER_MINUTE).astype(np.int64)
        day = np.clip(departs // DAY, 0, self._offset.shape[1] - 1)
        shift = self._offset[target, day] - self._offset[origin, day]
        return departs, departs + on_the_way + shift

    def go(self, origin: Ints, target: Ints, ready: Ints, changes: NDArray[np.bool_]) -> Legs:
        """Return the flights from one port to another, with a change of planes where asked for and possible."""
        hub = np.where(changes, self.via[origin, target], -1)
        trip = np.arange(len(origin))
        first_target = np.where(hub >= 0, hub, target)
        departs, arrives = self.fly(origin, first_target, ready)
        on = np.flatnonzero(hub >= 0)
        departs2, arrives2 = self.fly(hub[on], target[on], arrives[on] + _CHANGE)
        return Legs(
            np.concatenate([trip, on]),
            np.concatenate([origin, hub[on]]),
            np.concatenate([first_target, target[on]]),
            np.concatenate([departs, departs2]),
            np.concatenate([arrives, arrives2]),
        )


def flight_numbers(origin: Ints, target: Ints, departs: Ints) -> tuple[Ints, Ints]:
    """Return, for flights, the index of the carrier and the number; one for each route and hour."""
    slot = (departs % DAY) // SLOT
    pair = np.minimum(origin, target) * 7 + np.maximum(origin, target)  # one carrier there and back
    return pair % len(CARRIERS), 100 + (origin * len(CODES) + target) * 3 + slot
