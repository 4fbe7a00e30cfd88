"""The brief of an operation for one reader: what is to be done where and when, who it is about, who needs protection.

Reach for `brief()`; the page is made of it by `brief_page.brief_html`. Frames are cut to the reader before; of what is left a state gets its own
tasks, packages and shifts, the centre all. Who is to be protected stands in the part for protection desks alone.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import polars as pl

from ops_hub.operations import tasks as of_tasks
from ops_hub.operations.coverage import Coverage
from ops_hub.operations.known import Line
from ops_hub.operations.plan import CONTACTS, Plan
from ops_hub.operations.targets import Packages
from ops_hub.states import States


def brief(
    plan: Plan,
    made: Packages,
    tasks: pl.DataFrame,
    coverage: Coverage | None,
    readiness: Sequence[Line] | None,
    reader: str,
    role: str,
    now: dt.datetime,
    states: States,
    names: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Return what a brief says, ready for JSON.

    Args:
        plan: the operation.
        made: packages, as far as the reader may see them.
        tasks: TASKS, all of them.
        coverage: roster; None where none was made.
        readiness: lines of the check; None where nobody checked.
        reader: state of the reader, or CENTRE.
        role: of the reader: protection and services get the protection packages, nobody else.
        now: UTC.
        states: time zones.
        names: person id to the name, of those whom the reader may know by name.
    """
    whole = reader == of_tasks.CENTRE
    protective = role in of_tasks.PROTECTIVE_ROLES
    own, apart = of_tasks.seen(tasks, plan, reader, role)
    targets = made.targets if whole else made.targets.filter(pl.col("states").list.contains(reader))
    sheltered = made.protection if whole else made.protection.filter(pl.col("states").list.contains(reader))
    said: dict[str, Any] = {
        "operation": plan.name, "title": plan.title, "reader": reader, "role": role, "made_at": now, "plan": plan.digest,
        "handling": plan.handling, "legal_basis": plan.legal_basis, "objectives": plan.objectives, "crime_types": plan.crime_types,
        "phases": [msgspec.to_builtins(each) for each in plan.phases],
        "focal_points": [_desks(plan, each.code) for each in plan.states],
        "readiness": None if readiness is None else [msgspec.to_builtins(each) for each in readiness],
        "tasks": [_task(row, states) for row in own.iter_rows(named=True)], "tasks_of_protection": apart > 0,
        # the packages of enforcement are nothing to services, as those of protection are nothing to enforcement
        "targets": [] if role == "services" else _named(targets, names),
        "packages_left_out": made.left_out if whole else None,
        "protection": _named(sheltered, names) if protective else None,
        "coverage": None if coverage is None else _coverage(coverage, None if whole else reader, protective or (whole and role == "supervisor")),
    }  # fmt: skip
    return said


def _desks(plan: Plan, state: str) -> dict[str, Any]:
    member = plan.member(state)
    desks = {name: getattr(member, name) for name in CONTACTS}
    return {"state": state, "coordinates": state == plan.coordinator} | {
        name: None if desk is None else {"desk": desk.desk, "email": desk.email, "duty_phone": desk.duty_phone}
        for name, desk in desks.items()
    }


def _task(row: Mapping[str, Any], states: States) -> dict[str, Any]:
    told = {name: row[name] for name in ("task", "state", "port", "kind", "due_at", "what", "about", "status")}
    clock = of_tasks.local(dict(row), states)
    return told | {"due_local": clock.replace(tzinfo=None) if clock else None}


def _named(packages: pl.DataFrame, names: Mapping[str, str] | None) -> list[dict[str, Any]]:
    return [row | {"name": (names or {}).get(row["person_id"])} for row in packages.iter_rows(named=True)]


def _coverage(found: Coverage, state: str | None, counts_helped: bool) -> dict[str, Any]:
    """Return the roster; of a state its own, and of the words those that speak of the whole.

    Where and when one person is expected who is to be protected would say who: others than `counts_helped` get what an
    officer has to know, which is where to be, with whom.
    """

    def own(frame: pl.DataFrame, *unsaid: str) -> list[dict[str, Any]]:
        frame = frame if state is None else frame.filter(pl.col("state") == state)
        return (frame if counts_helped else frame.with_columns(pl.lit(None).alias(name) for name in unsaid)).to_dicts()

    left, more, words = found.left, found.more, found.words
    if not counts_helped:
        # how much a shift is worth, and in which order, tells what is expected there
        left = left.filter(pl.col("interest") > 0).sort("state", "port", "day", "shift")
        more = more.clear()
    if state is not None or not counts_helped:
        words = words[:2]
    return {
        "protection_told": counts_helped, "words": list(words), "share": found.share, "bound": found.bound,
        "roster": own(found.roster, "protection", "protection_left"), "left": own(left, "protection", "share"), "more": own(more),
    }  # fmt: skip
