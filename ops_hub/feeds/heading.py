"""When a message's journey begins and ends, from a cheap look at its beginning: enough to say what is urgent.

Reach for `heading()` before a message is put into a queue, and for `utc()` wherever a local time at a port must be one
that can be compared. Nothing is decided by it but the order and the place of work: the message is parsed in full later.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from zoneinfo import ZoneInfo

import polars as pl

from ops_hub.feeds.dates import moment, pnr_moment
from ops_hub.feeds.edifact import Segment, interchanges
from ops_hub.states import States

LOOKED_AT = 4096  # bytes: flights stand before people
_FLIGHT = re.compile(r"([A-Z0-9][A-Z0-9][A-Z]?)0*(\d{1,4}[A-Z]?)")
_FROM, _TO = ("125", "92", "5"), ("87", "91", "92")


@dataclass(frozen=True)
class Heading:
    """Ports, local times and flight of a journey, as far as they could be told."""

    from_port: str | None = None
    to_port: str | None = None
    departs_at: datetime | None = None
    arrives_at: datetime | None = None
    flight: str | None = None

    @property
    def journey(self) -> str:
        """Flight and local day of departure, the same in all messages about them; empty where either is not known."""
        return f"{self.flight} {self.departs_at:%Y-%m-%d}" if self.flight and self.departs_at else ""

    def times(self, states: States) -> tuple[datetime | None, datetime | None]:
        """Return departure and arrival, UTC; None where time or zone is not known."""
        return utc(self.departs_at, self.from_port, states), utc(self.arrives_at, self.to_port, states)


def utc(local: datetime | None, port: str | None, states: States) -> datetime | None:
    """Return a local time at a port as UTC (with its zone); None where the time or the port's zone is not known."""
    zone = states.zone(port) if local is not None else None
    if local is None or zone is None:
        return None
    try:
        return local.replace(tzinfo=_zone(zone)).astimezone(UTC)
    except (OverflowError, ValueError):  # the first and the last day of the calendar
        return None


@cache
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def heading(data: bytes) -> Heading:
    """Return the heading of the first EDIFACT message in the bytes; an empty one where there is none."""
    found = next(interchanges(data[:LOOKED_AT]), None)
    segments = found.segments if found is not None else []
    kind = next((segment.get(2).strip().upper() for segment in segments if segment.tag == "UNH"), "")
    return _pnrgov(segments) if kind == "PNRGOV" else _paxlst(segments)


def heading_of(travellers: pl.DataFrame) -> Heading:
    """Return the heading of the first of TRAVELLERS that says when it travels."""
    first = travellers.filter(pl.col("departs_at").is_not_null() | pl.col("arrives_at").is_not_null()).head(1)
    names = ("from_port", "to_port", "departs_at", "arrives_at")
    return Heading(*first.select(names).row(0)) if first.height else Heading()


def people_in(data: bytes) -> int:
    """Return about how many people a message names."""
    return max(data.count(b"NAD") - 1, data.count(b"TIF"), 1)


def _paxlst(segments: list[Segment]) -> Heading:
    """Read the border's ports and times (LOC 125 and 87), else those of the first and the last stop."""
    leaves: dict[str, tuple[str, datetime | None]] = {}
    lands: dict[str, tuple[str, datetime | None]] = {}
    qualifier = port = ""
    flight: str | None = None
    for segment in segments:
        if segment.tag == "NAD" and segment.get(1).strip() in ("FL", "FM", "DDU", "DDT"):
            break
        if segment.tag == "TDT":
            flight = flight or _flight(segment.get(5), segment.get(2))
        if segment.tag == "LOC":
            qualifier, port = segment.get(1).strip(), segment.get(2).strip()
            if qualifier in _FROM:
                leaves.setdefault(qualifier, (port, None))
            if qualifier in _TO:
                lands[qualifier] = (port, None)
        elif segment.tag == "DTM" and qualifier:
            what, at = segment.get(1, 0).strip(), moment(segment.get(1, 1))
            if what in ("189", "136", "133") and leaves.get(qualifier) == (port, None):
                leaves[qualifier] = (port, at)
            elif what in ("232", "132", "178"):
                lands[qualifier] = (port, at)
    begin = next((leaves[name] for name in _FROM if name in leaves), (None, None))
    end = next((lands[name] for name in _TO if name in lands), (None, None))
    return Heading(begin[0], end[0], begin[1], end[1], flight)


def _pnrgov(segments: list[Segment]) -> Heading:
    """Read the flight (the first TVL)."""
    for segment in segments:
        if segment.tag == "SRC":
            break
        if segment.tag == "TVL":
            leaves, lands = (pnr_moment(segment.get(1, k), segment.get(1, k + 1)) for k in (0, 2))
            flight = _flight(segment.get(4), segment.get(5))
            return Heading(segment.get(2).strip() or None, segment.get(3).strip() or None, leaves, lands, flight)
    return Heading()


def _flight(carrier: str, number: str) -> str | None:
    """Return a flight's number with its carrier and without leading zeros; None where there is none."""
    text = number.strip().upper()
    found = _FLIGHT.fullmatch(text if not text[:2].isdigit() else carrier.strip().upper() + text)
    return f"{found[1]}{found[2]}" if found else text or None
