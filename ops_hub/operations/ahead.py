"""Journeys ahead of an operation: when they are in universal time, each person's next one, and which states can act on it.

Reach for `timed()`, `journeys()` and `acts()`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl

from ops_hub.operations.plan import Plan
from ops_hub.states import States

_ONWARD = dt.timedelta(hours=24)  # a leg that leaves so long after the last one arrived goes on with the same journey
_TIMES = (("departs_at", "from_port", "departs_utc"), ("arrives_at", "to_port", "arrives_utc"))


@dataclass(frozen=True)
class Journey:
    """Legs that follow each other: rows of TRIPS, with `departs_utc` and `arrives_utc`."""

    legs: tuple[Mapping[str, Any], ...]

    def place(self) -> dict[str, Any]:
        """Return the columns of a package that say where and when."""
        first, last = self.legs[0], self.legs[-1]
        return {
            "flight": first["flight"], "from_port": first["from_port"], "to_port": last["to_port"],
            "departs_at": first["departs_utc"], "departs_local": first["departs_at"],
            "arrives_at": last["arrives_utc"], "arrives_local": last["arrives_at"],
        }  # fmt: skip


def window(plan: Plan) -> tuple[dt.date, dt.date]:
    """Return the days in which a journey matters: from the plan's first day to the end of the last action, both included."""
    return plan.begins, max((each.ends for each in plan.phases if each.kind == "action"), default=plan.ends)


def utc(local: dt.datetime | None, zone: str | None) -> dt.datetime | None:
    """Return a local time in UTC; null where it or the zone is not known. What a clock leaves out in spring is an hour later."""
    if local is None or zone is None:
        return None
    # as zoneinfo reads such an hour: by the offset that held before it
    return local.replace(tzinfo=ZoneInfo(zone)).astimezone(dt.UTC).replace(tzinfo=None)


def timed(trips: pl.DataFrame, states: States) -> pl.DataFrame:
    """Return trips with `departs_utc` and `arrives_utc`; null where the port's time zone is not known."""
    for at, port, name in _TIMES:
        ports = trips[port].drop_nulls().unique().to_list()
        by_zone: dict[str, list[str]] = {}
        for each in ports:
            zone = states.zone(each)
            if zone:
                by_zone.setdefault(zone, []).append(each)
        said = pl.lit(None, pl.Datetime("us"))
        for zone in sorted(by_zone):
            said = pl.when(pl.col(port).is_in(by_zone[zone])).then(_universal(pl.col(at), zone)).otherwise(said)
        trips = trips.with_columns(said.alias(name))
    return trips


def journeys(plan: Plan, trips: pl.DataFrame, now: dt.datetime, states: States) -> dict[str, Journey]:
    """Return each person's next journey in the plan's window that has not begun.

    Args:
        plan: says the window.
        trips: TRIPS of the persons.
        now: UTC. Where a port's time zone is not known its local time is taken as UTC, only to tell what is ahead.
        states: know the time zones.
    """
    first, last = window(plan)
    day = pl.col("departs_at").dt.date()
    near = trips.filter(day.is_between(max(first, now.date() - dt.timedelta(days=1)), last + dt.timedelta(days=1)))
    ahead = timed(near, states).with_columns(at=pl.coalesce("departs_utc", "departs_at"))
    found: dict[str, list[Mapping[str, Any]]] = {}
    for leg in ahead.filter(pl.col("at") > now).sort("person_id", "at", "flight_id").iter_rows(named=True):
        legs = found.setdefault(leg["person_id"], [])
        if not legs:
            if leg["departs_at"].date() <= last:
                legs.append(leg)
            continue
        arrived = legs[-1]["arrives_utc"] or legs[-1]["at"]
        if leg["from_port"] == legs[-1]["to_port"] and dt.timedelta() <= leg["at"] - arrived <= _ONWARD:
            legs.append(leg)
    return {person: Journey(tuple(legs)) for person, legs in found.items() if legs}


def acts(plan: Plan, legs: Sequence[Mapping[str, Any]], states: States) -> list[dict[str, Any]]:
    """Return which participating states can act on a journey, as rows of ACT in the order of time.

    The state of departure has the first chance, those of transit the next, that of destination the last.
    """
    found = []
    for place, leg in enumerate(legs):
        arrival = "destination" if place == len(legs) - 1 else "transit"
        places = [(arrival, leg["to_port"], leg["arrives_utc"], leg["arrives_at"])]
        if place == 0:
            places.insert(0, ("departure", leg["from_port"], leg["departs_utc"], leg["departs_at"]))
        for part, port, at, local in places:
            state = states.of_port(port)
            if state is not None and plan.member(state) is not None:
                found.append({"state": state, "part": part, "port": port, "at": at, "local": local, "flight": leg["flight"]})  # fmt: skip
    return found


def _universal(at: pl.Expr, zone: str) -> pl.Expr:
    local = at.dt.replace_time_zone(zone, ambiguous="earliest", non_existent="null")
    return local.dt.convert_time_zone("UTC").dt.replace_time_zone(None)
