"""When somebody else is told about a case, and when its journey is over: pure, the hub's time is an argument.

Reach for `next_at()`, when the clock has something to do next, and `due()`, what that is.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from ops_hub.casework.case import CENTRE, Case
from ops_hub.casework.table import Table


def next_at(case: Case, table: Table) -> datetime | None:
    """Return when the clock of a case has something to do next, None where it has nothing."""
    times = [at for at in (_departed_at(case, table), _missed_at(case, table), _told_at(case, table)) if at is not None]
    return min(times, default=None)


def due(case: Case, now: datetime, table: Table) -> tuple[str, dict[str, Any]] | None:
    """Return kind and detail of what is due, one thing at a time, None where nothing is."""
    departed, missed, told = _departed_at(case, table), _missed_at(case, table), _told_at(case, table)
    if departed is not None and departed <= now:
        return "departed", {}
    if missed is not None and missed <= now:
        return "missed", {"outcome": "missed"}
    if told is not None and told <= now:
        tell = table.tells[case.told]
        return "escalated", {
            "level": case.told + 1, "role": tell.role, "state": CENTRE if tell.desk == "centre" else desk_of(case),
        }  # fmt: skip
    return None


def desk_of(case: Case) -> str:
    """Return the state whose desk works on a case: who claimed it or was asked, else the owner where it is awaited."""
    if case.status == "awaiting-owner":
        return next((hit.owner for hit in case.live if hit.owner in case.concerned), CENTRE)
    if case.claimed_by is not None:
        return case.claimed_by.state
    return case.referred_to or case.keeper


def _departed_at(case: Case, table: Table) -> datetime | None:
    """Return when the countdown goes on to the arrival: for journeys that begin and end in home states."""
    ends_here = any("destination" in roles for roles in case.concerned.values())
    departs, arrives = case.departs_at, case.arrives_at
    if departs is None or arrives is None or arrives <= departs:  # as sent where nobody knew the arrival
        return None
    return departs if case.deadline == departs and ends_here and not table.is_done(case.status) else None


def _missed_at(case: Case, table: Table) -> datetime | None:
    ends = case.status in table.cases.missed_from and case.channel in table.cases.missed_channels
    if not ends or case.deadline is None or _departed_at(case, table) is not None:
        return None
    return max(case.deadline, case.opened_at) + timedelta(minutes=table.cases.missed_minutes)


def _told_at(case: Case, table: Table) -> datetime | None:
    """Return when a clock runs out: of all that hold, or will hold as the deadline nears, the first."""
    if table.is_done(case.status) or case.told >= len(table.tells):
        return None
    since = case.since or case.opened_at
    times = []
    for clock in table.clocks_of(desk_of(case)):
        minutes = clock.minutes.get(case.status)
        if minutes is None or (clock.within is not None and case.deadline is None):
            continue
        begins = since
        if clock.within is not None and case.deadline is not None:
            begins = max(since, case.deadline - timedelta(minutes=clock.within))
        times.append(begins + timedelta(minutes=minutes))
    return min(times, default=None)
