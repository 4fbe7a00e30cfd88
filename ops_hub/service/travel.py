"""Travellers of the lake around one case, as far as its reader may know of them: bounded, and kept for a while in memory.

Reach for `flight_of()`, who is on the flight, and `trips_of()`, where else the same person travelled. States on a journey
receive what carriers send about it by law; whoever only owns an entry gets nothing here. Days that retention masks stay
shut, also where a hold or a grant opens the case itself: these are other people's data.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import polars as pl

from ops_hub.casework.case import CENTRE
from ops_hub.casework.identity import anchors
from ops_hub.desk.concerned import concerned_by
from ops_hub.desk.filing import Desk
from ops_hub.engines.live.retention import is_masked
from ops_hub.schemas import TRAVELLERS, empty
from ops_hub.store import audit, lake
from ops_hub.store.hub import Hub
from ops_hub.store.lakefiles import files, folder_of
from ops_hub.store.segments import Damage

Place = tuple[str, str]  # state and day
COLUMNS = (
    "record_id", "role", "family_name", "given_names", "full_name", "birth_date", "sex", "nationality", "documents", "flight",
    "from_port", "to_port", "departs_at", "arrives_at", "legs", "embark_port", "debark_port", "booking_ref", "seats", "contacts",
)  # fmt: skip
MOST_ON_FLIGHT = 3000  # records of one flight: messages correct and complete each other
MOST_ROWS = 250_000  # of the lake, read for one look back; about a second of one core
MOST_PLACES = 400  # days of states, likewise
MOST_TRIPS = 200
_SELF = "CENTRE/console:system"
_KEPT, _SECONDS = 24, 300.0  # answers held in memory, and for how long: what retention destroys must not live on here


class Kept:
    """Answers of the lake, the latest few, each as long as the files that it was read from stay as they are."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._held: OrderedDict[Any, tuple[Any, float, pl.DataFrame]] = OrderedDict()

    def get(self, what: Any, of: Any, read: Callable[[], pl.DataFrame]) -> pl.DataFrame:
        """Return an answer; it is read without holding up others who ask for something else.

        Args:
            what: its name.
            of: what it depends on; compared with what it was read from.
            read: reads it.
        """
        now = time.monotonic()
        with self._lock:
            for name in [name for name, (_, at, _) in self._held.items() if now - at > _SECONDS]:
                del self._held[name]
            held = self._held.get(what)
            if held is not None and held[0] == of:
                return held[2]
        frame = read()
        with self._lock:
            self._held[what] = (of, now, frame)
            self._held.move_to_end(what)
            while len(self._held) > _KEPT:
                self._held.popitem(last=False)
        return frame


@dataclass(frozen=True)
class Back:
    """How far back was looked.

    Attributes:
        rows: records of travellers who are the person, newest first.
        since: first day that was read; None where nothing is kept.
        until: last day.
        read: records that were gone through.
        masked: days of states that retention masks.
        cut: more days are kept than are read at once.
    """

    rows: list[dict[str, Any]]
    since: date | None
    until: date | None
    read: int
    masked: int
    cut: bool


def flight_of(
    desk: Desk, kept: Kept, rows: Sequence[dict[str, Any]], place: Place, state: str
) -> list[dict[str, Any]] | None:  # fmt: skip
    """Return the records of the flight of a case that concern a state; None where retention masks them.

    Args:
        desk: the hub's desk.
        kept: what was read before.
        rows: of TRAVELLERS, those of the case.
        place: state and day that they are kept under.
        state: of the reader; CENTRE screened all journeys.
    """
    if is_masked(desk.hub, desk.states, *place, desk.hub.now()):
        return None
    flights = sorted({(r["flight"], r["departs_at"].date()) for r in rows if r["flight"] and r["departs_at"]})
    if not flights:
        return []
    same = pl.any_horizontal(
        *((pl.col("flight") == flight) & (pl.col("departs_at").dt.date() == on) for flight, on in flights)
    )
    frame = kept.get(("flight", place, *flights), _version(desk.hub, place), lambda: _read(desk.hub, [place], same))
    return [row for row in frame.head(MOST_ON_FLIGHT).to_dicts() if _concerns(desk, row, state)]


def trips_of(desk: Desk, kept: Kept, rows: Sequence[dict[str, Any]], state: str, back: int) -> Back:
    """Return records of the same person on journeys that concern a state: of the last days, and those announced.

    The same person: a document of theirs with the birth date, or name, whole birth date and nationality.

    Args:
        desk: the hub's desk.
        kept: what was read before.
        rows: of TRAVELLERS, those of the case.
        state: of the reader; CENTRE screened all journeys.
        back: days to look back.
    """
    now = desk.hub.now()
    first = (now.date() - timedelta(days=back)).isoformat()
    recent = [each for each in lake.days(desk.hub) if each[1] >= first]
    clear = [each for each in recent if not is_masked(desk.hub, desk.states, *each, now)]
    chosen, count = _within(desk.hub, clear)
    found = _same(desk.hub, kept, chosen, rows)
    seen = [row for row in found if _concerns(desk, row, state)]
    days = [date.fromisoformat(day) for _, day in chosen]
    return Back(
        seen[:MOST_TRIPS], min(days, default=None), max(days, default=None), count, len(recent) - len(clear),
        len(chosen) < len(clear),
    )  # fmt: skip


def _concerns(desk: Desk, row: dict[str, Any], state: str) -> bool:
    return state == CENTRE or state in concerned_by(row, [], desk.states)


def _within(hub: Hub, places: Sequence[Place]) -> tuple[list[Place], int]:
    """Return the latest places, whole days, as many as may be read at once; and how many records they have."""
    chosen: list[Place] = []
    count = 0
    for day in sorted({day for _, day in places}, reverse=True):
        of_day = [place for place in places if place[1] == day]
        rows = sum(lake.rows(hub, *place) for place in of_day)
        if chosen and (count + rows > MOST_ROWS or len(chosen) + len(of_day) > MOST_PLACES):
            break
        chosen += of_day
        count += rows
    return chosen, count


def _same(hub: Hub, kept: Kept, places: Sequence[Place], rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    wanted = {anchor for row in rows for anchor in anchors(row)}
    if not wanted:
        return []
    born = sorted({row["birth_date"] or "" for row in rows})  # every anchor holds it
    alike = pl.col("birth_date").fill_null("").is_in(born)
    version = tuple(_version(hub, place) for place in places)
    frame = kept.get(("born", tuple(places), *born), version, lambda: _read(hub, places, alike))
    found = [row for row in frame.to_dicts() if wanted & set(anchors(row))]
    return sorted(found, key=lambda row: (_at(row), row["record_id"]), reverse=True)


def _at(row: dict[str, Any]) -> datetime:
    at: datetime = row["departs_at"] or row["arrives_at"] or datetime.min
    return at


def _read(hub: Hub, places: Sequence[Place], wanted: pl.Expr) -> pl.DataFrame:
    damaged: list[Damage] = []
    frames = [empty(TRAVELLERS).select(COLUMNS)]
    for state, day in places:
        for frame in lake.read(hub, [state], [day], identity=True, damaged=damaged):
            frames.append(frame.filter(wanted).select(COLUMNS))
    for each in damaged:
        audit.record(hub, _SELF, "lake-damaged", f"{each.file} at {each.offset}", reason=each.reason)
    return pl.concat(frames).unique("record_id", keep="last", maintain_order=True)


def _version(hub: Hub, place: Place) -> tuple[tuple[str, int], ...]:
    """Return what changes when a day's files do."""
    found = []
    for path in files(folder_of(hub.home, *place)):
        try:
            found.append((path.name, path.stat().st_size))
        except FileNotFoundError:  # merged meanwhile
            found.append((path.name, -1))
    return tuple(found)
