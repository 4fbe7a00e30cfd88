"""Tasks of an operation: listed for a reader, added, done, dropped."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, Literal

import msgspec

from ops_hub.casework.case import Actor
from ops_hub.desk import operating
from ops_hub.desk.operating import Operation
from ops_hub.operations import tasks as of_tasks
from ops_hub.service.centre import Centre
from ops_hub.service.operations.opened import journal_of, opened_for
from ops_hub.service.operations.operations import Code, Name, Words, told_by
from ops_hub.service.table import Caller, operation


class Task(msgspec.Struct):
    """What a state has to do; it names nobody. Times are UTC; `local` is on the clock of the port."""

    task: str
    state: str
    port: str | None
    kind: str
    due_at: dt.datetime | None
    local: str
    what: str
    about: str | None
    status: str
    own: bool
    ended_by: str | None = None
    ended_at: dt.datetime | None = None


class Tasks(msgspec.Struct):
    """Tasks, the reader's own state first, then by time; and what they can be filtered by."""

    operation: str
    tasks: list[Task]
    with_protection: int
    states: list[str]
    ports: list[str]
    kinds: list[str]


class AskedTasks(msgspec.Struct, forbid_unknown_fields=True):
    """Which tasks."""

    operation: Name
    state: Code | None = None
    port: Code | None = None
    kind: Code | None = None
    status: Literal["open", "done", "dropped", "all"] = "open"


@operation("operations.tasks", "GET", "/operations/{operation}/tasks")
def tasks(centre: Centre, by: Caller, asked: AskedTasks) -> Tasks:
    """List tasks: a state's own; the centre and the coordinator all that they may know of.

    Receptions and interviews are for the desks of protection and services; others are told how many more there are.
    """
    found, actor = opened_for(centre, by, asked.operation), by.actor
    seen, apart = of_tasks.seen(journal_of(centre, found).task_frame(), found.plan, actor.state, actor.role)
    rows = [_task(row, found, actor) for row in seen.iter_rows(named=True)]
    wanted = [
        each for each in rows
        if (asked.state in (None, each.state)) and (asked.port in (None, each.port)) and (asked.kind in (None, each.kind))
        and asked.status in ("all", each.status)
    ]  # fmt: skip
    wanted.sort(key=lambda each: (not each.own, each.status != "open"))  # the frame is by time
    return Tasks(
        found.plan.name, wanted, apart, sorted({each.state for each in rows}),
        sorted({each.port for each in rows if each.port}), sorted({each.kind for each in rows}),
    )  # fmt: skip


def _task(row: dict[str, Any], found: Operation, actor: Actor) -> Task:
    told = operating.shown_task(row, found)
    ended = told_by(row["ended_by"], actor) if row["ended_by"] else None
    return Task(
        row["task"], row["state"], row["port"], row["kind"], _utc(row["due_at"]), told["local"], row["what"], row["about"],
        row["status"], row["state"] == actor.state, ended, _utc(row["ended_at"]),
    )  # fmt: skip


class Ending(msgspec.Struct, forbid_unknown_fields=True):
    """What became of a task."""

    operation: Name
    task: Code
    verb: Literal["done", "drop"]
    reason: Words = ""


class Ended(msgspec.Struct):
    """A task as it is now."""

    task: str
    status: str


@operation("operations.task", "POST", "/operations/{operation}/tasks/{task}")
def task(centre: Centre, by: Caller, asked: Ending) -> Ended:
    """Say that a task is done, or drop it with a reason that names nobody."""
    found, how = opened_for(centre, by, asked.operation), "done" if asked.verb == "done" else "dropped"
    operating.ended(found, by.actor, [asked.task], how, centre.hub.now(), " ".join(asked.reason.split()))
    return Ended(asked.task, how)


class Adding(msgspec.Struct, forbid_unknown_fields=True):
    """A task to be added; `due` is on the clock of the port, e.g. 2026-11-20T14:30."""

    operation: Name
    due: Annotated[str, msgspec.Meta(max_length=40)]
    what: Words
    state: Code | None = None
    port: Code | None = None
    kind: Literal[
        "watch-arrival", "secondary-check", "protection-reception", "interview-with-services", "prosecutor-briefing",
        "list-update", "coordination", "shift", "other",
    ] = "other"  # fmt: skip
    about: Annotated[str, msgspec.Meta(max_length=80)] | None = None


@operation("operations.add_task", "POST", "/operations/{operation}/tasks")
def add_task(centre: Centre, by: Caller, asked: Adding) -> Task:
    """Add a task, in words that name nobody."""
    found, actor = opened_for(centre, by, asked.operation), by.actor
    row = operating.new_task(
        found, actor, asked.state, asked.port, asked.due, asked.kind, asked.what, asked.about
    )  # fmt: skip
    operating.added(found, actor, row, centre.hub.now())
    return _task(row | {"ended_by": None, "ended_at": None}, found, actor)


def _utc(at: dt.datetime | None) -> dt.datetime | None:
    return at.replace(tzinfo=dt.UTC) if at is not None else None
