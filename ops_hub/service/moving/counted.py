"""The travel that the hub keeps, as trends count it: RECORDS by day of the lake, and the hits of cases.

Reach for `Travel`. A day is read again only when its files have changed; what is held of it are words and hashes, packed,
about a hundred bytes a traveller.
"""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass, field
from datetime import date, timedelta

import polars as pl

from ops_hub.casework.case import CENTRE, Case
from ops_hub.desk.filing import Desk, cases_of, content_of
from ops_hub.schemas import HITS, dtypes, empty
from ops_hub.store import cases as store
from ops_hub.store import lake
from ops_hub.store.hub import Hub
from ops_hub.store.lakefiles import files, folder_of
from ops_hub.store.segments import Damage
from ops_hub.trends.frames import RECORDS
from ops_hub.trends.records import records

OF_HITS = ("record_id", "position", "flight", "departs_at", "score", "purpose")
_AROUND = timedelta(days=3)  # a journey lies under its day of arrival: so much later than its departure, at most
_AT_ONCE = 2000  # cases read at once
_Stamp = tuple[tuple[str, str, int], ...]  # state, file, size


@dataclass(frozen=True)
class Found:
    """RECORDS of some days; a hash of the files that they are from, how many days of states these are; what was damaged."""

    records: pl.DataFrame
    digest: str
    places: int
    damaged: int


@dataclass
class Travel:
    """The travel of a hub. One thread at a time may ask it."""

    hub: Hub
    _days: dict[str, tuple[_Stamp, bytes]] = field(default_factory=dict)
    _hits: dict[int, tuple[tuple[str, ...], pl.DataFrame]] = field(default_factory=dict)

    def records(self, since: date, until: date) -> Found:
        """Return RECORDS of all who depart in some days, and of some others around them."""
        wanted: dict[str, list[str]] = {}  # all states of a day at once: each reading has a price of its own
        for state, day in lake.days(self.hub):
            if (since - _AROUND).isoformat() <= day <= (until + _AROUND).isoformat():
                wanted.setdefault(day, []).append(state)
        damaged: list[Damage] = []
        frames, digest = [], hashlib.sha256()
        for day, states in sorted(wanted.items()):
            stamp = tuple((state, *each) for state in states for each in _stamp(self.hub, state, day))
            digest.update(repr((day, stamp)).encode())
            held = self._days.get(day)
            if held is None or held[0] != stamp:
                held = self._days[day] = (stamp, _packed(_records(self.hub, day, damaged)))
            frames.append(pl.read_ipc(io.BytesIO(held[1])))
        for gone in set(self._days) - {day for _, day in lake.days(self.hub)}:
            del self._days[gone]
        whole = pl.concat(frames) if frames else pl.DataFrame(schema=dtypes(RECORDS))
        return Found(whole, digest.hexdigest(), sum(map(len, wanted.values())), len(damaged))

    def hits(self, desk: Desk, since: date) -> pl.LazyFrame:
        """Return what trends count of the hits of cases since a day; those withdrawn or decided before are none."""
        numbers = store.of_state(desk.hub, CENTRE, list(desk.table.states))
        found = [empty(HITS).select(OF_HITS)]
        known: dict[int, tuple[tuple[str, ...], pl.DataFrame]] = {}
        for at in range(0, len(numbers), _AT_ONCE):
            for number, case in cases_of(desk.hub, numbers[at : at + _AT_ONCE]).items():
                if case.day >= (since - _AROUND).isoformat():
                    known[number] = self._of_case(desk, case)
                    found.append(known[number][1])
        self._hits = known
        return pl.concat(found).lazy()

    def _of_case(self, desk: Desk, case: Case) -> tuple[tuple[str, ...], pl.DataFrame]:
        live = tuple(sorted(hit.hit_id for hit in case.hits if hit.live))
        held = self._hits.get(case.id)
        if held is not None and held[0] == live:
            return held
        hits = content_of(desk.hub, case).hits if live else empty(HITS)
        return live, hits.filter(pl.col("hit_id").is_in(list(live))).select(OF_HITS)


def _stamp(hub: Hub, state: str, day: str) -> list[tuple[str, int]]:
    found = []
    for path in files(folder_of(hub.home, state, day)):
        try:
            found.append((path.name, path.stat().st_size))
        except FileNotFoundError:  # merged into another one meanwhile
            found.append((path.name, -1))
    return found


def _records(hub: Hub, day: str, damaged: list[Damage]) -> pl.DataFrame:
    # identity is read to tell persons apart, by machine alone: nothing of it is held
    frames = [records(frame) for frame in lake.read(hub, None, [day], identity=True, damaged=damaged)]
    return pl.concat(frames) if frames else pl.DataFrame(schema=dtypes(RECORDS))


def _packed(frame: pl.DataFrame) -> bytes:
    made = io.BytesIO()
    frame.write_ipc(made, compression="zstd")
    return made.getvalue()
