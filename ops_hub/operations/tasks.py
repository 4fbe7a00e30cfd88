"""What states have to do in an operation: tasks by state and port, with local times; who sees which.

Reach for `task()` to make one, `seen()` for a reader's, and `local()` for times on the clock of the port. A task names
nobody: it says what is to be done about a case or person by id. The frame is TASKS.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Collection
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl

from ops_hub.errors import ConfigError
from ops_hub.operations.plan import Plan
from ops_hub.schemas import TASKS, rows
from ops_hub.states import States

CENTRE = "CENTRE"
KINDS = (
    "watch-arrival", "secondary-check", "protection-reception", "interview-with-services", "prosecutor-briefing",
    "list-update", "coordination", "shift", "other",
)  # fmt: skip
# For desks of protection and services alone: that somebody is received by them tells who may be a victim.
PROTECTIVE_KINDS = ("protection-reception", "interview-with-services")
PROTECTIVE_ROLES = ("protection", "services")
MADE_BY_TARGETS = "targets"


def task(
    plan: Plan, state: str, kind: str, due_at: dt.datetime, what: str, *, port: str | None = None,
    about: str | None = None, made_by: str = MADE_BY_TARGETS, not_to: Collection[str] = (),
) -> dict[str, Any]:  # fmt: skip
    """Return an open task, a row of TASKS; its id is the same for the same state, port, kind, time and matter.

    Args:
        plan: the operation.
        state: who does it: a participating state, or CENTRE.
        kind: one of KINDS.
        due_at: when, UTC (with or without its zone).
        what: in words, naming nobody.
        port: where.
        about: id of a case, person or list.
        made_by: who made it.
        not_to: states that may not read it, though they coordinate.

    Raises:
        ConfigError: the state does not take part, or the kind is none.
    """
    if plan.member(state) is None and state != CENTRE:
        known = ", ".join(each.code for each in plan.states)
        raise ConfigError(f"operation {plan.name}", f"{state} does not take part", f"states are {known}")
    if kind not in KINDS:
        raise ConfigError(f"operation {plan.name}", f"{kind} is no kind of task", f"kinds are {', '.join(KINDS)}")
    due = due_at.astimezone(dt.UTC).replace(tzinfo=None) if due_at.tzinfo else due_at
    # by hand the words are part of what it is: there, two of a kind about nothing are two
    parts = (
        plan.name,
        state,
        port,
        kind,
        due.isoformat(),
        about,
        what if made_by != MADE_BY_TARGETS or not about else "",
    )
    mark = hashlib.blake2b("\x1f".join(str(part or "") for part in parts).encode(), digest_size=4).hexdigest()
    return {
        "task": mark, "operation": plan.name, "state": state, "port": port, "kind": kind, "due_at": due, "what": what,
        "about": about, "made_by": made_by, "status": "open", "not_to": sorted(not_to),
    }  # fmt: skip


def frame(found: list[dict[str, Any]]) -> pl.DataFrame:
    """Return TASKS, the first due first."""
    return rows(TASKS, found).sort("due_at", "state", "task", nulls_last=True)


def seen(tasks: pl.DataFrame, plan: Plan, state: str, role: str) -> tuple[pl.DataFrame, int]:
    """Return the tasks that a reader sees, and how many more are with the desks of protection and services.

    Args:
        tasks: TASKS.
        plan: says who coordinates.
        state: of the reader, or CENTRE. The centre sees all; the coordinator those of all states, unless a caveat
            keeps it from knowing.
        role: of the reader.
    """
    own = tasks if state == CENTRE else tasks.filter(_is_for(plan, state))
    if role in PROTECTIVE_ROLES:
        return own, 0
    apart = pl.col("kind").is_in(PROTECTIVE_KINDS)
    return own.filter(~apart), own.filter(apart).height


def may_change(row: dict[str, Any], plan: Plan, state: str, role: str) -> bool:
    """Return whether somebody may add, do or drop a task: their own state's, and all for the centre and coordinator."""
    own = state == CENTRE or frame([row]).filter(_is_for(plan, state)).height == 1
    return own and (row["kind"] not in PROTECTIVE_KINDS or role in PROTECTIVE_ROLES)


def _is_for(plan: Plan, state: str) -> pl.Expr:
    """Return whether a task is a state's to see: its own, and of the others where it coordinates and may know."""
    mine = pl.col("state") == state
    if state != plan.coordinator:
        return mine
    kept = pl.col("not_to").list.contains(state).fill_null(value=False)
    return mine | ((pl.col("state") != CENTRE) & ~kept)


def zone(states: States, state: str, port: str | None) -> ZoneInfo:
    """Return the time zone of a task: its port's, else its state's."""
    known = states.by_code.get(state)
    return ZoneInfo((states.zone(port) if port else None) or (known.timezone if known else "UTC"))


def local(row: dict[str, Any], states: States) -> dt.datetime | None:
    """Return when a task is due on the clock of its port."""
    due = row["due_at"]
    return due.replace(tzinfo=dt.UTC).astimezone(zone(states, row["state"], row["port"])) if due else None
