"""The bulletin as it stands now: counts by period that identify nobody, and where they changed.

It is worked out behind from what the hub retains, at most every few minutes.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Literal

import msgspec

from ops_hub.errors import ConfigError, FeedError
from ops_hub.service.behind import Behind
from ops_hub.service.centre import Centre
from ops_hub.service.moving.counted import OF_HITS, Travel
from ops_hub.service.table import Caller, operation
from ops_hub.trends.bulletin import Asked, bulletin
from ops_hub.trends.frames import SMALLEST
from ops_hub.trends.journeys import DAYS, window

SPANS = {"day": (28, 60, 120), "week": (84, 182, 364)}  # days that may be looked back, the second where none is named
EVERY = 300.0  # seconds that a bulletin holds
FALSE_ALARMS = 0.05
_FIRST = 2.0  # seconds that whoever asks first waits for it
_BY = "Joint regional centre"


class TrendsAsked(msgspec.Struct, forbid_unknown_fields=True):
    """What to count by, and how many days to look back (28, 60 or 120 by day; 84, 182 or 364 by week)."""

    period: Literal["day", "week"] = "day"
    days: int = 0


class Trends(msgspec.Struct):
    """A bulletin, or why there is none yet.

    Attributes:
        period: day or week.
        days: looked back.
        state: ready, working (the first is being worked out: ask again) or nothing (there is too little travel).
        why: in words, where it is not ready.
        as_of: when it was worked out.
        every_seconds: how long it holds.
        damaged: pieces of the lake that could not be read.
        bulletin: as `ops-hub trends --json` has it.
    """

    period: str
    days: int
    state: str
    why: str = ""
    as_of: datetime | None = None
    every_seconds: float = EVERY
    damaged: int = 0
    bulletin: dict[str, Any] | None = None


@dataclass(frozen=True)
class _Turn:
    """The travel of the hub, and whose turn it is: several bulletins are made of it."""

    travel: Travel
    lock: threading.Lock = field(default_factory=threading.Lock)


class _Made(msgspec.Struct):
    said: dict[str, Any] | None
    damaged: int = 0
    why: str = ""


@operation("trends.show", "GET", "/trends")
def show(centre: Centre, by: Caller, asked: TrendsAsked) -> Trends:
    """Tell counts by day or week, and which shares changed.

    Only whole days (weeks) before today count. Nothing in it identifies anybody: see docs/trends.md.
    """
    spans = SPANS[asked.period]
    days = asked.days or spans[1]
    if days not in spans:
        raise ConfigError(
            "days", f"{days} cannot be looked back by {asked.period}", f"take one of {', '.join(map(str, spans))}"
        )
    behind = centre.kept(f"trends {asked.period} {days}", None, lambda: _behind(centre, asked.period, days))
    found = behind.told(_FIRST)
    if found is None:
        return Trends(asked.period, days, "working", "it is being worked out: look again in a moment")
    made, at = found
    state = "ready" if made.said is not None else "nothing"
    return Trends(asked.period, days, state, made.why, at, EVERY, made.damaged, made.said)


def _behind(centre: Centre, period: str, days: int) -> Behind[_Made]:
    return Behind(lambda: _worked_out(centre, period, days), centre.hub.now, EVERY)


def _worked_out(centre: Centre, period: str, days: int) -> _Made:
    since, until = _window(centre.hub.now().date(), period, days)
    turn = centre.kept("trends travel", None, lambda: _Turn(Travel(centre.hub)))
    with turn.lock:
        found = turn.travel.records(since, until)
        hits = turn.travel.hits(centre.desk, since).select(OF_HITS)
    try:
        within = window(found.records, since=since, until=until, period=period, today=until)
        asked = Asked(_BY, within, SMALLEST, FALSE_ALARMS, found.places, found.digest)
        return _Made(bulletin(found.records, asked, hits), found.damaged)
    except FeedError as error:
        return _Made(None, found.damaged, f"{error.reason}; the hub has kept too little travel of these days")


def _window(today: date, period: str, days: int) -> tuple[date, date]:
    """Return the first and last day: whole days before today, or whole weeks."""
    until = today - timedelta(days=1 if period == "day" else today.weekday() + 1)
    return until - timedelta(days=days - days % DAYS[period] - 1), until
