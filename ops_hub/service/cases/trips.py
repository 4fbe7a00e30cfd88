"""Which records of the lake may be the same person: keys of records, read once a day of a state and held in memory.

Reach for `Keys.look()`. A key is a hash of birth date and nationality, or of birth date and a document's number: it names
nobody, and what it finds is compared in full by who asks. Each look reads a little more of what was not read yet, the latest
days first: however full the lake is, a look costs a fraction of a second.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from ops_hub.schemas import TRAVELLERS
from ops_hub.store import audit, lake
from ops_hub.store.hub import Hub
from ops_hub.store.lakefiles import files, folder_of
from ops_hub.store.segments import Damage

Place = tuple[str, str]  # state and day
FRESH = 30.0  # seconds for which what was read is good enough, though more came
_A_LOOK = 50_000  # records that one look reads anew, about
_PLACES = 120  # days of states, likewise
_MOST = 4_000_000  # records whose keys are held: some 200 MB
_CANDIDATES = 60
_SELF = "CENTRE/console:system"


@dataclass(frozen=True)
class Found:
    """Which records may be the person, in which places was looked, how many records these have, and whether there are more."""

    candidates: list[tuple[Place, str]]
    places: list[Place]
    rows: int
    cut: bool


@dataclass(frozen=True)
class _Day:
    of: Any
    at: float
    rows: int
    keys: pl.DataFrame


@dataclass
class Keys:
    """Keys of records by place."""

    _lock: threading.Lock = field(default_factory=threading.Lock)
    _days: dict[Place, _Day] = field(default_factory=dict)

    def look(self, hub: Hub, places: Sequence[Place], rows: Sequence[Mapping[str, Any]]) -> Found:
        """Return which records may be the person of these rows.

        Args:
            hub: whose lake.
            places: states and days that may be looked through.
            rows: of TRAVELLERS: the person.
        """
        latest = sorted(places, key=lambda place: (place[1], place[0]), reverse=True)
        if self._lock.acquire(blocking=False):  # else somebody reads already; what is there will do
            try:
                self._read_on(hub, latest)
            finally:
                self._lock.release()
        days = [(place, day) for place in latest if (day := self._days.get(place)) is not None]
        wanted = _keys(pl.DataFrame([{name: row[name] for name in _OF} for row in rows], schema=_SCHEMA))["key"]
        found = [
            (place, record)
            for place, day in days
            for record in day.keys.filter(pl.col("key").is_in(wanted.implode()))["record_id"].unique(
                maintain_order=True
            )
        ]
        cut = len(days) < len(latest) or len(found) > _CANDIDATES
        return Found(found[:_CANDIDATES], [place for place, _ in days], sum(day.rows for _, day in days), cut)

    def _read_on(self, hub: Hub, latest: Sequence[Place]) -> None:
        """Read keys of places that were not read yet or have changed, as many as one look may."""
        now, left, count = time.monotonic(), _A_LOOK, 0
        kept = set(lake.days(hub))
        for gone in [place for place in self._days if place not in kept]:
            self._days.pop(gone, None)
        for place in latest:
            day, of = self._days.get(place), version(hub, place)
            if day is not None and (day.of == of or now - day.at < FRESH):
                continue
            rows = lake.rows(hub, *place)
            if count and (rows > left or count >= _PLACES):
                return
            if rows + sum(each.rows for each in self._days.values()) > _MOST:
                return
            self._days[place] = _Day(of, now, rows, _read(hub, place))
            left, count = left - rows, count + 1


_OF = ("record_id", "birth_date", "nationality", "documents")
_SCHEMA = {name: TRAVELLERS[name].dtype for name in _OF}


def _read(hub: Hub, place: Place) -> pl.DataFrame:
    damaged: list[Damage] = []
    frames = lake.read(hub, [place[0]], [place[1]], identity=True, damaged=damaged)
    keys = [_keys(frame.select(_OF)) for frame in frames]
    told(hub, damaged)
    return pl.concat([_keys(pl.DataFrame(schema=_SCHEMA)), *keys])


def _keys(rows: pl.DataFrame) -> pl.DataFrame:
    """Return the keys of records; each way in which `casework.identity.anchors` knows somebody again has one."""
    born = pl.col("birth_date").fill_null("")
    number = pl.col("documents").struct.field("number").str.to_uppercase().str.replace_all("[^A-Z0-9]", "")
    papers = rows.select("record_id", "birth_date", "documents").explode("documents", empty_as_null=False)
    parts = [
        rows.select(pl.concat_str(born, pl.lit("|"), "nationality").alias("key"), "record_id"),
        papers.select(pl.concat_str(born, pl.lit("#"), number).alias("key"), "record_id"),
    ]
    return pl.concat(parts).drop_nulls().with_columns(pl.col("key").hash())


def version(hub: Hub, place: Place) -> tuple[tuple[str, int], ...]:
    """Return what changes when the files of a state's day do."""
    found = []
    for path in files(folder_of(hub.home, *place)):
        try:
            found.append((path.name, path.stat().st_size))
        except FileNotFoundError:  # merged meanwhile
            found.append((path.name, -1))
    return tuple(found)


def told(hub: Hub, damaged: Sequence[Damage]) -> None:
    """Tell the audit log what could not be read."""
    for each in damaged:
        audit.record(hub, _SELF, "lake-damaged", f"{each.file} at {each.offset}", reason=each.reason)
