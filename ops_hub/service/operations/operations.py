"""Operations: which there are, the board of one, what still stands in its way.

Tasks are in `operation_tasks`, packages, roster and papers in `operation_plans`, results and routes in `operation_results`, proposals in
`operation_proposals`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated, Any

import msgspec

from ops_hub.casework.case import CENTRE, Actor
from ops_hub.desk import operating, preparing
from ops_hub.desk.operating import Operation
from ops_hub.errors import ConflictError, OpsHubError
from ops_hub.operations import journal as of_journal
from ops_hub.operations import tasks as of_tasks
from ops_hub.operations.journal import Journal, Line
from ops_hub.operations.known import LEVELS, ListAge
from ops_hub.operations.plan import CONTACTS, Plan
from ops_hub.operations.planfile import PlanError
from ops_hub.operations.readiness import readiness as checked
from ops_hub.operations.settings import Counted
from ops_hub.service.centre import Centre
from ops_hub.service.operations.opened import (
    journal_of,
    lines_of,
    names,
    opened_for,
    plan_of,
    settings_of,
    shelves,
    takes_part,
)
from ops_hub.service.people.me import Nothing
from ops_hub.service.table import Caller, operation
from ops_hub.store.archive import published

Name = Annotated[str, msgspec.Meta(max_length=60, description="name of the operation")]
Words = Annotated[str, msgspec.Meta(max_length=500)]
Code = Annotated[str, msgspec.Meta(max_length=20)]
_LATEST = 12  # lines of the journal on a board


class Listed(msgspec.Struct):
    """An operation in a list; of one whose plan cannot be used, only its name and how many faults it has."""

    name: str
    title: str = ""
    phase: str = ""
    begins: dt.date | None = None
    ends: dt.date | None = None
    changes_on: dt.date | None = None
    states: list[str] = []
    coordinates: str = ""
    acknowledged: int = 0
    open_tasks: int = 0
    closed: bool = False
    faults: int = 0


class Listing(msgspec.Struct):
    """The operations that somebody may open."""

    operations: list[Listed]


@operation("operations.list", "GET", "/operations")
def list_(centre: Centre, by: Caller, asked: Nothing) -> Listing:
    """List the operations that your state takes part in; the centre sees all."""
    found, day, actor = [], _today(centre), by.actor
    for name in names(centre):
        try:
            plan = plan_of(centre, name)
        except PlanError as error:
            if actor.state == CENTRE:  # of whom it is cannot be told
                found.append(Listed(name, faults=len(error.faults)))
            continue
        if takes_part(plan, actor.state):
            found.append(_listed(centre, name, plan, actor, day))
    order = {"action": 0, "gathering": 1, "between": 1, "before": 2, "after": 3, "over": 4, "": 5}
    return Listing(sorted(found, key=lambda each: (each.closed, order[each.phase], str(each.begins), each.name)))


def _listed(centre: Centre, name: str, plan: Plan, actor: Actor, day: dt.date) -> Listed:
    told = Listed(
        name, plan.title, operating.phase_of(plan, day), plan.begins, plan.ends,
        min((each for phase in plan.phases for each in (phase.begins, phase.ends + dt.timedelta(days=1)) if each > day), default=None),
        [each.code for each in plan.states], plan.coordinator,
    )  # fmt: skip
    try:
        journal = journal_of(centre, Operation(centre.operations / name, plan, centre.desk.states))
    except OpsHubError:  # the board tells what is wrong with it
        return told
    told.closed = journal.closed is not None
    told.acknowledged = sum(each.plan == plan.digest for each in journal.acknowledged.values())
    seen, _ = of_tasks.seen(journal.task_frame(), plan, actor.state, actor.role)
    told.open_tasks = int((seen["status"] == "open").sum())
    return told


class Asked(msgspec.Struct, forbid_unknown_fields=True):
    """Which operation."""

    operation: Name


@operation("operations.show", "GET", "/operations/{operation}")
def show(centre: Centre, by: Caller, asked: Asked) -> dict[str, Any]:
    """Show the board of an operation: phases, aims, states and who acknowledged, focal points, the journal's latest.

    Tasks are counted as far as they are the reader's; red lines are those that plan and journal tell of (see readiness).
    """
    found, actor, day = opened_for(centre, by, asked.operation), by.actor, _today(centre)
    journal, says = journal_of(centre, found), settings_of(centre).report
    board = operating.board(found, journal, actor, day, says)
    closed = journal.closed and {name: journal.closed[name] for name in ("at", "lessons")}
    plan = found.plan
    return board | {
        "today": day, "phase": operating.phase_of(plan, day), "coordinator": plan.coordinator, "crime_types": plan.crime_types,
        "begins": plan.begins, "ends": plan.ends, "closed": closed, "acknowledges": plan.member(actor.state) is not None,
        "focal_points": [_focal(plan, each.code) for each in plan.states], "proposals": len(journal.proposals),
        "latest": _latest(found, journal, lines_of(centre, found), actor, says),
    }  # fmt: skip


def _focal(plan: Plan, state: str) -> dict[str, Any]:
    member = plan.member(state)
    desks = {name: getattr(member, name) for name in CONTACTS}
    return {"state": state} | {name: desk and msgspec.to_builtins(desk) for name, desk in desks.items()}


def told_by(by: str, actor: Actor) -> str:
    """Return who said something: a colleague by name, others as their state and role."""
    state, _, rest = by.partition("/")
    return by if state == actor.state else f"{state}:{rest.rpartition(':')[2]}"


def _latest(
    found: Operation, journal: Journal, lines: Sequence[Line], actor: Actor, says: Counted
) -> list[dict[str, Any]]:
    """Return the last lines of a journal that are the reader's, the newest first."""
    seen, _ = of_tasks.seen(journal.task_frame(), found.plan, actor.state, actor.role)
    what = dict(seen.select("task", "what").iter_rows())
    told: list[dict[str, Any]] = []
    for line in reversed(lines):
        kind, detail, more = line["kind"], line["detail"], {}
        if kind in ("task-done", "task-dropped", "task-added"):
            task = detail["task"] if kind != "task-added" else detail["task"]["task"]
            if task not in what:
                continue
            more = {"task": task, "what": what[task]}
        elif kind == "result":
            if not operating.reads_result(detail, found.plan, actor, says):
                continue
            more = {"case": detail["case"], "what": detail["result"], "retract": bool(detail.get("retract"))}
        elif kind == "proposed" and line["by"].partition("/")[0] != actor.state and actor.state != CENTRE:
            continue
        told.append(
            {"at": dt.datetime.fromisoformat(line["at"]), "by": told_by(line["by"], actor), "kind": kind} | more
        )
        if len(told) == _LATEST:
            break
    return told


class Word(msgspec.Struct, forbid_unknown_fields=True):
    """A state's word for a plan; `plan` is the version that was read."""

    operation: Name
    plan: Code | None = None


class Acknowledged(msgspec.Struct):
    """That a state acknowledged a version of a plan."""

    operation: str
    state: str
    plan: str


@operation("operations.acknowledge", "POST", "/operations/{operation}/acknowledgements")
def acknowledge(centre: Centre, by: Caller, asked: Word) -> Acknowledged:
    """Acknowledge the plan for your state; after each change of the plan this is due again."""
    found, actor = opened_for(centre, by, asked.operation), by.actor
    plan = found.plan
    if asked.plan is not None and asked.plan != plan.digest:
        raise ConflictError(f"operation {plan.name}", "the plan was changed since you read it", "read it as it is now")
    now = centre.hub.now()
    found.write(lambda lines: [of_journal.acknowledging(plan, str(actor), actor.state, now)])
    return Acknowledged(plan.name, actor.state, plan.digest)


class Check(msgspec.Struct):
    """One line of readiness: who or what it is about, what was found, what is to be done; `own` where the reader's state must act."""

    level: str
    check: str
    where: str
    what: str
    remedy: str
    own: bool


class Readiness(msgspec.Struct):
    """What still stands in the way of an operation."""

    operation: str
    today: dt.date
    plan: str
    counts: dict[str, int]
    lines: list[Check]


@operation("operations.readiness", "GET", "/operations/{operation}/readiness")
def readiness(centre: Centre, by: Caller, asked: Asked) -> Readiness:
    """Check whether an operation is ready, against plan, journal, published lists and, for who may know, protection cases.

    Whether carriers are silent is not looked at here: that needs a schedule (ops-hub operation ready).
    """
    found, actor, day = opened_for(centre, by, asked.operation), by.actor, _today(centre)
    may = preparing.may_expect(actor, found.plan)
    known = replace(
        found.known(journal_of(centre, found)), lists=list_ages(centre),
        expected=preparing.expected(centre.desk, actor, found.plan) if may else None,
    )  # fmt: skip
    lines = checked(found.plan, known, found.states, day)
    told = [
        Check(each.level, each.check, each.where, each.what, each.remedy, _is_own(each.where, found, actor)) for each in lines
    ]  # fmt: skip
    counts = {str(level): sum(each.level == level for each in lines) for level in LEVELS}
    return Readiness(found.plan.name, day, found.plan.digest, counts, told)


def list_ages(centre: Centre) -> Sequence[ListAge] | None:
    """Return how old the published lists are; None where none are."""
    return shelves(centre).lists.get(published(centre.hub), lambda: preparing.list_ages_of(centre.hub))


def _is_own(where: str, found: Operation, actor: Actor) -> bool:
    """Return whether a line is about a state, or one of its ports."""
    return actor.state in (where, found.states.of_port(where) if len(where) in (3, 5) else None)


def _today(centre: Centre) -> dt.date:
    return centre.hub.now().astimezone(dt.UTC).date()
