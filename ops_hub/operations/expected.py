"""Who is expected at which port in which shift: from manifests, and beyond them from the pattern of past weeks.

Reach for `expected()`. A movement is counted where somebody can attend to it: at the port of arrival where its state takes
part, else at the port of departure.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from ops_hub.operations.ahead import utc
from ops_hub.operations.picture import Picture
from ops_hub.operations.plan import Plan
from ops_hub.operations.settings import Settings
from ops_hub.operations.targets import Packages
from ops_hub.schemas import EXPECTED, rows
from ops_hub.states import States

_CELL = ("port", "day", "shift")
_KINDS = ("interest", "protection", "women", "minors")


def action_days(plan: Plan, now: dt.datetime) -> list[dt.date]:
    """Return the days of action that may not be over somewhere, nor their last shift; of a plan without action all its days."""
    phases = [each for each in plan.phases if each.kind == "action"] or plan.phases
    days = {each.begins + dt.timedelta(k) for each in phases for k in range((each.ends - each.begins).days + 1)}
    return sorted(day for day in days if day >= now.date() - dt.timedelta(2))


def expected(
    plan: Plan, picture: Picture, made: Packages, now: dt.datetime, states: States, settings: Settings
) -> pl.DataFrame:
    """Return EXPECTED: cells of port, day of action and shift in which anybody is expected; shifts that are over are none.

    A cell is what manifests say where it begins within `manifest_hours` from now. Later it is what manifests say so far or
    the average of the same weekday and shift in the last weeks, whichever is more; `basis` says which.

    Args:
        plan: says days, shifts, priorities and who takes part.
        picture: the frames.
        made: of `targets.packages`: who is of interest, who is to be protected.
        now: UTC.
        states: ports and time zones.
        settings: how many weeks, and what is worth how much.
    """
    moved = _movements(plan, picture, made, states, settings)
    days = action_days(plan, now)
    weeks = _weeks(moved, now, settings)
    begin = now.date() - dt.timedelta(weeks=weeks)
    past = moved.filter(pl.col("day").is_between(begin, now.date(), closed="left"))
    usual = _cells(past.with_columns(day=pl.col("day").dt.weekday().cast(pl.String)), 1 / weeks)
    told = _cells(moved.filter(pl.col("day").is_in(days)).with_columns(day=pl.col("day").cast(pl.String)), 1.0)
    found = []
    ports = sorted({port for port, _, _ in (*usual, *told)})
    for port in ports:
        state = states.of_port(port)
        for day in days:
            for shift in plan.shift_hours:
                begins = _begins(day, shift, port, states)
                if (
                    _ends(begins or dt.datetime.combine(day, dt.time.fromisoformat(shift)), shift, plan.shift_hours)
                    <= now
                ):
                    continue
                so_far, pattern = told.get((port, str(day), shift)), usual.get((port, str(day.isoweekday()), shift))
                whole = (begins or dt.datetime.combine(day, dt.time())) <= now + dt.timedelta(hours=settings.movement.manifest_hours)  # fmt: skip
                cell, basis = _chosen(so_far, pattern, weeks, whole=whole)
                if cell is not None:
                    found.append({"state": state, "port": port, "day": day, "shift": shift, "begins_at": begins, **cell, "basis": basis})  # fmt: skip
    return rows(EXPECTED, found).sort("state", *_CELL)


def _chosen(
    so_far: dict[str, Any] | None, pattern: dict[str, Any] | None, weeks: int, *, whole: bool
) -> tuple[dict[str, Any] | None, str]:
    if whole or pattern is None:
        return so_far, "manifests" if whole else "manifests so far"
    if so_far is not None and _persons(so_far) >= _persons(pattern):
        return so_far, "manifests so far"
    return pattern, f"usual movement of this weekday and shift ({weeks} week{'s' if weeks > 1 else ''})"


def _persons(cell: Mapping[str, Any]) -> float:
    return float(cell["interest"] + cell["protection"])


def _movements(plan: Plan, picture: Picture, made: Packages, states: States, settings: Settings) -> pl.DataFrame:
    """Return one row a movement: person_id, port, day, shift, what the person is, and what it is worth."""
    ids = pl.DataFrame({"person_id": sorted(made.interest | made.protect)}, {"person_id": pl.String})
    ids = ids.with_columns(is_protected=pl.col("person_id").is_in(sorted(made.protect)))
    persons = picture.nodes.select("node_id", "sex", "nationality", is_minor="minor")
    trips = picture.trips.join(ids, on="person_id").join(persons, left_on="person_id", right_on="node_id", how="left")
    found = [each for row in trips.iter_rows(named=True) if (each := _movement(row, plan, states, settings))]
    form = {
        "person_id": pl.String, "port": pl.String, "day": pl.Date, "shift": pl.String, "is_protected": pl.Boolean,
        "woman": pl.Boolean, "minor": pl.Boolean, "language": pl.String, "value": pl.Float64,
    }  # fmt: skip
    return pl.DataFrame(found, form, orient="row").unique(maintain_order=True)


def _movement(row: Mapping[str, Any], plan: Plan, states: States, settings: Settings) -> dict[str, Any] | None:
    for port, at in ((row["to_port"], row["arrives_at"]), (row["from_port"], row["departs_at"])):
        port = states.same_port.get(port, port)
        state = states.of_port(port)
        if at is not None and state is not None and plan.member(state) is not None:
            day, shift = _shift(at, plan.shift_hours)
            worth = settings.coverage.value(_priority(plan, row, port, states))
            is_protected = row["is_protected"]
            return {
                "person_id": row["person_id"], "port": port, "day": day, "shift": shift, "is_protected": is_protected,
                "woman": is_protected and row["sex"] != "M", "minor": is_protected and bool(row["minor"] or row["is_minor"]),
                "language": settings.language_of.get(row["nationality"] or "") if is_protected else None,
                "value": worth * (settings.coverage.protection_value if is_protected else 1.0),
            }  # fmt: skip
    return None


def _shift(at: dt.datetime, hours: Sequence[str]) -> tuple[dt.date, str]:
    """Return the local day and shift of a local time; before the first shift it is the last one of the day before."""
    clock = f"{at:%H:%M}"
    begun = [hour for hour in sorted(hours) if hour <= clock]
    return (at.date(), begun[-1]) if begun else (at.date() - dt.timedelta(days=1), max(hours))


def _priority(plan: Plan, row: Mapping[str, Any], port: str, states: States) -> int | None:
    """Return the best priority of the route or of the port, 1 most; None where the plan names neither."""
    way = [states.same_port.get(row[end], row[end]) for end in ("from_port", "to_port")]
    said = [route.priority for route in plan.routes if [states.same_port.get(p, p) for p in (route.from_port, route.to_port)] == way]  # fmt: skip
    said += [priority for name, priority in plan.ports.items() if states.same_port.get(name, name) == port]
    return min(said, default=None)


def _weeks(moved: pl.DataFrame, now: dt.datetime, settings: Settings) -> int:
    """Return how many whole weeks before now are known, at least one and at most as many as the settings say."""
    first = moved["day"].min()
    whole = (now.date() - first).days // 7 if isinstance(first, dt.date) else 1
    return max(1, min(settings.movement.weeks, whole))


def _cells(moved: pl.DataFrame, share: float) -> dict[tuple[str, str, str], dict[str, Any]]:
    """Return what each cell holds, by port, day (or weekday) and shift; each movement counts for `share`."""
    found: dict[tuple[str, str, str], dict[str, Any]] = {}
    for row in moved.sort("port", "day", "shift", "person_id").iter_rows(named=True):
        cell = found.setdefault((row["port"], row["day"], row["shift"]), _nothing())
        kind = "protection" if row["is_protected"] else "interest"
        cell[kind] += share
        cell[f"{kind}_value"] += share * row["value"]
        cell["women"] += share * row["woman"]
        cell["minors"] += share * row["minor"]
        if row["is_protected"]:
            said = cell["by_language"].setdefault(row["language"], {"persons": 0.0, "value": 0.0})
            said["persons"] += share
            said["value"] += share * row["value"]
    for cell in found.values():
        by_language = cell.pop("by_language")
        cell["languages"] = [{"language": name, **said} for name, said in sorted(by_language.items(), key=lambda each: each[0] or "")]  # fmt: skip
    return found


def _nothing() -> dict[str, Any]:
    return {**dict.fromkeys((*_KINDS, "interest_value", "protection_value"), 0.0), "by_language": {}}


def _ends(begins: dt.datetime, shift: str, hours: Sequence[str]) -> dt.datetime:
    """Return when a shift is over: when the next one begins, by the clock."""
    said = sorted(hours)
    this, following = (
        dt.datetime.combine(begins, dt.time.fromisoformat(hour))
        for hour in (shift, said[(said.index(shift) + 1) % len(said)])
    )
    return begins + (following - this if following > this else following - this + dt.timedelta(days=1))


def _begins(day: dt.date, shift: str, port: str, states: States) -> dt.datetime | None:
    return utc(dt.datetime.combine(day, dt.time.fromisoformat(shift)), states.zone(port))
