"""What was said in an operation since it was planned, from the lines of its journal: who acknowledged which version of
the plan, tasks and what became of them, results that were entered here, whom somebody proposed, how it was closed.

Reach for `Journal.of()`, and for the functions that make new lines. Writing them, and finding altered ones, is left to
`store.operations`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from ops_hub.errors import ConfigError
from ops_hub.operations import tasks as of_tasks
from ops_hub.operations.plan import Plan

Line = dict[str, Any]


@dataclass(frozen=True)
class Acknowledged:
    """A state's word for a version of the plan."""

    state: str
    plan: str  # digest
    by: str
    at: str  # UTC, ISO 8601


@dataclass
class Journal:
    """What its lines come to.

    Attributes:
        acknowledged: by state, the last one.
        tasks: rows of TASKS by id.
        results: results entered by way of the operation: case, result, state, retract; the account is made from the
            cases, not from these.
        closed: by, at, plan and lessons; None while it is open.
        proposals: what of a network somebody proposed: id, nodes (as who proposed them sees them), network, reason, by, at.
    """

    acknowledged: dict[str, Acknowledged] = field(default_factory=dict)
    tasks: dict[str, dict[str, Any]] = field(default_factory=dict)
    results: list[dict[str, Any]] = field(default_factory=list)
    closed: dict[str, str] | None = None
    proposals: list[dict[str, Any]] = field(default_factory=list)

    @classmethod
    def of(cls, lines: Iterable[Line]) -> Journal:
        """Return what lines come to, oldest first."""
        made = cls()
        for each in lines:
            made._take(each)
        return made

    def task_frame(self) -> pl.DataFrame:
        """Return TASKS."""
        return of_tasks.frame(list(self.tasks.values()))

    def _take(self, line: Line) -> None:
        kind, detail = line["kind"], line["detail"]
        if kind == "acknowledged":
            self.acknowledged[detail["state"]] = Acknowledged(detail["state"], line["plan"], line["by"], line["at"])
        elif kind == "tasks-set":
            new = [_task(row) for row in detail["tasks"]]
            ids = {row["task"] for row in new}
            # made again from newer targets: what is still open and no longer asked for is gone
            self.tasks = {
                name: row for name, row in self.tasks.items()
                if name in ids or row["status"] != "open" or row["made_by"] != of_tasks.MADE_BY_TARGETS
            }  # fmt: skip
            for row in new:
                before = self.tasks.get(row["task"])
                if before is None or before["status"] == "open":
                    self.tasks[row["task"]] = row
        elif kind == "task-added":
            row = _task(detail["task"])
            self.tasks[row["task"]] = row
        elif kind in ("task-done", "task-dropped"):
            ended = {"status": kind.removeprefix("task-"), "ended_by": line["by"], "ended_at": _time(line["at"])}
            self.tasks[detail["task"]] |= ended
        elif kind == "result":
            self.results.append(detail | {"by": line["by"], "at": line["at"]})
        elif kind == "proposed":
            self.proposals.append(detail | {"by": line["by"], "at": line["at"]})
        elif kind == "closed":
            self.closed = {"by": line["by"], "at": line["at"], "plan": line["plan"], "lessons": detail["lessons"]}


def line(plan: Plan, by: str, at: dt.datetime, kind: str, detail: Mapping[str, Any]) -> Line:
    """Return a line for the journal; it names the version of the plan."""
    when = at.astimezone(dt.UTC).isoformat(timespec="seconds")
    return {"at": when, "by": by, "plan": plan.digest, "kind": kind, "detail": dict(detail)}


def acknowledging(plan: Plan, by: str, state: str, at: dt.datetime) -> Line:
    """Return the line by which a state acknowledges the plan as it is.

    Raises:
        ConfigError: the state does not take part.
    """
    if plan.member(state) is None:
        known = ", ".join(each.code for each in plan.states)
        raise ConfigError(f"operation {plan.name}", f"{state} does not take part", f"one of {known} acknowledges: --as")
    return line(plan, by, at, "acknowledged", {"state": state})


def setting(plan: Plan, by: str, tasks: pl.DataFrame, at: dt.datetime) -> Line:
    """Return the line that puts the tasks made from targets in place of those that were made before and are open."""
    told = [{name: row[name] for name in _SET} | {"due_at": row["due_at"].isoformat()} for row in tasks.to_dicts()]
    return line(plan, by, at, "tasks-set", {"tasks": told})


def adding(plan: Plan, by: str, row: dict[str, Any], at: dt.datetime) -> Line:
    """Return the line that adds a task."""
    return line(plan, by, at, "task-added", {"task": row | {"due_at": row["due_at"].isoformat()}})


def ending(plan: Plan, by: str, journal: Journal, name: str, how: str, at: dt.datetime, reason: str = "") -> Line:
    """Return the line by which a task is done or dropped.

    Raises:
        ConfigError: there is no such task, it is ended already, or it is dropped without a reason.
    """
    where, row = f"operation {plan.name}", journal.tasks.get(name)
    if row is None:
        raise ConfigError(where, f"there is no task {name}", f"see them: ops-hub operation task {plan.name} list")
    if row["status"] != "open":
        raise ConfigError(where, f"task {name} is {row['status']} by {row['ended_by']}", "choose one that is open")
    if how == "dropped" and not reason.strip():
        raise ConfigError(where, f"task {name} is dropped without a reason", "say why: --reason")
    return line(plan, by, at, f"task-{how}", {"task": name, "reason": reason})


def proposing(
    plan: Plan, by: str, lines: Sequence[Line], nodes: Sequence[str], network: str, reason: str, at: dt.datetime
) -> Line:
    """Return the line by which somebody proposes persons or other nodes of a network for an operation.

    Args:
        plan: the operation.
        by: STATE/NAME:ROLE.
        lines: those that stand there.
        nodes: ids, as who proposes sees them.
        network: its name.
        reason: why, in words that name nobody.
        at: when.

    Raises:
        ConfigError: it names nothing, says no reason, or the operation is closed.
    """
    where, known = f"operation {plan.name}", Journal.of(lines)
    if known.closed is not None:
        raise ConfigError(where, f"it was closed on {known.closed['at'][:10]}", "propose it for another one")
    if not nodes:
        raise ConfigError(where, "nothing is proposed", "name at least one node of the network")
    if not reason.strip():
        raise ConfigError(where, "a proposal without a reason", "say in a few words why it concerns the operation")
    detail = {"id": len(known.proposals) + 1, "nodes": list(nodes), "network": network, "reason": reason}
    return line(plan, by, at, "proposed", detail)


def closing(plan: Plan, by: str, lines: Sequence[Line], lessons: str, today: dt.date, at: dt.datetime) -> Line:
    """Return the line that closes an operation.

    Raises:
        ConfigError: it is closed already, or not over, or nothing was learned.
    """
    where = f"operation {plan.name}"
    done = Journal.of(lines).closed
    if done is not None:
        raise ConfigError(where, f"it was closed by {done['by']} on {done['at'][:10]}", "nothing is left to do")
    if today <= plan.ends:
        raise ConfigError(where, f"its last phase ends on {plan.ends}", "close it the day after, or change the plan")
    if not lessons.strip():
        raise ConfigError(where, "the lessons are empty", "write down what to do again and what not")
    return line(plan, by, at, "closed", {"lessons": lessons})


_SET = ("task", "operation", "state", "port", "kind", "what", "about", "made_by", "status", "not_to")


def _task(row: Mapping[str, Any]) -> dict[str, Any]:
    return dict(row) | {"due_at": _time(row["due_at"])}


def _time(text: str) -> dt.datetime:
    at = dt.datetime.fromisoformat(text)
    return at.astimezone(dt.UTC).replace(tzinfo=None) if at.tzinfo else at
