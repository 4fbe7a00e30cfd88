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
from ops_hub.service.cases.trips import FRESH, Keys, Place, told, version
from ops_hub.store import lake
from ops_hub.store.hub import Hub
from ops_hub.store.segments import Damage

COLUMNS = (
    "record_id", "role", "family_name", "given_names", "full_name", "birth_date", "sex", "nationality", "documents", "flight",
    "from_port", "to_port", "departs_at", "arrives_at", "legs", "embark_port", "debark_port", "booking_ref", "seats", "contacts",
)  # fmt: skip
MOST_ON_FLIGHT = 3000  # records of one flight: messages correct and complete each other
MOST_ROWS = 20_000  # of a state's day, to be read whole for one flight
_KEPT, _SECONDS = 24, 300.0  # answers held in memory, and for how long: what retention destroys must not live on here


class Kept:
    """What was read of the lake: the latest flights, and keys of records (see `keys`), for a while in memory."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._held: OrderedDict[Any, tuple[Any, float, pl.DataFrame]] = OrderedDict()
        self.keys = Keys()

    def get(self, what: Any, of: Any, read: Callable[[], pl.DataFrame]) -> pl.DataFrame:
        """Return an answer; it is read without holding up others who ask for something else.

        Args:
            what: its name.
            of: what it depends on; where that changed it is read again, but not more often than twice a minute.
            read: reads it.
        """
        now = time.monotonic()
        with self._lock:
            for name in [name for name, (_, at, _) in self._held.items() if now - at > _SECONDS]:
                del self._held[name]
            held = self._held.get(what)
            if held is not None and (held[0] == of or now - held[1] < FRESH):
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
        since: first day that was looked through; None where nothing is kept.
        until: last day.
        read: records that were looked through.
        masked: days of states that retention masks.
        cut: more days are kept than were looked through; the next look goes further.
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
    records = sorted({row["record_id"] for row in rows})
    # of a very full day only what was screened together with the traveller: the carrier's message, as a rule
    whole = lake.rows(desk.hub, *place) <= MOST_ROWS
    frame = kept.get(
        ("flight", place, *flights), version(desk.hub, place),
        lambda: _read(desk.hub, place, same, None if whole else records),
    )  # fmt: skip
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
    found = kept.keys.look(desk.hub, clear, rows)
    wanted = {anchor for row in rows for anchor in anchors(row)}
    same = []
    for place, record in found.candidates:
        held = _read(desk.hub, place, pl.col("record_id") == record, [record]).to_dicts()
        same += [row for row in held if wanted & set(anchors(row)) and _concerns(desk, row, state)]
    same.sort(key=lambda row: (_at(row), row["record_id"]), reverse=True)
    days = [date.fromisoformat(day) for _, day in found.places]
    return Back(same, min(days, default=None), max(days, default=None), found.rows, len(recent) - len(clear), found.cut)


def _concerns(desk: Desk, row: dict[str, Any], state: str) -> bool:
    return state == CENTRE or state in concerned_by(row, [], desk.states)


def _at(row: dict[str, Any]) -> datetime:
    at: datetime = row["departs_at"] or row["arrives_at"] or datetime.min
    return at


def _read(hub: Hub, place: Place, wanted: pl.Expr, records: Sequence[str] | None) -> pl.DataFrame:
    """Return rows of a state's day; with `records`, of the pieces alone that may hold one of these."""
    damaged: list[Damage] = []
    frames = [empty(TRAVELLERS).select(COLUMNS)]
    if records is None:
        pieces = lake.read(hub, [place[0]], [place[1]], identity=True, damaged=damaged)
    else:
        pieces = (each for record in records for each in lake.holding(hub, *place, record, damaged=damaged))
    frames += [frame.filter(wanted).select(COLUMNS) for frame in pieces]
    told(hub, damaged)
    return pl.concat(frames).unique("record_id", keep="last", maintain_order=True)
