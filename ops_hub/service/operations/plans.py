"""What is made of a network for an operation: packages, roster, tasks to be set; and the papers."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Annotated, Any, Literal

import msgspec
import polars as pl

from ops_hub.casework.case import CENTRE
from ops_hub.desk import preparing
from ops_hub.desk.planning import links
from ops_hub.engines.live.networks import released_to
from ops_hub.errors import AccessError
from ops_hub.graph.settings import graph_settings
from ops_hub.operations import journal as of_journal
from ops_hub.operations.brief import brief as briefed
from ops_hub.operations.brief_page import brief_html
from ops_hub.operations.readiness import readiness as checked
from ops_hub.operations.report import Course
from ops_hub.operations.report import report as reported
from ops_hub.operations.report_page import report_html
from ops_hub.service.centre import Centre
from ops_hub.service.operations.opened import (
    cases_for,
    journal_of,
    network_named,
    network_names,
    opened_for,
    planned_for,
    settings_of,
    whole_network,
)
from ops_hub.service.operations.operations import Name, list_ages
from ops_hub.service.table import Caller, Document, operation

Net = Annotated[str, msgspec.Meta(max_length=120, description="name of a network; the newest by default")]


class AskedPlan(msgspec.Struct, forbid_unknown_fields=True):
    """Which operation, and by which network."""

    operation: Name
    network: Net | None = None


class AskedPaper(msgspec.Struct, forbid_unknown_fields=True):
    """Which paper, and in which form."""

    operation: Name
    network: Net | None = None
    form: Literal["html", "json"] = "html"


@operation("operations.targets", "GET", "/operations/{operation}/targets", personal=True)
def targets(centre: Centre, by: Caller, asked: AskedPlan) -> dict[str, Any]:
    """Rank whom the operation is about, as far as the reader may see them: next journey, evidence, who can act.

    The score is the sum of its terms. Packages of protection are apart, and for the desks of protection and services
    alone. Nothing in a package is a verdict.
    """
    found, actor = opened_for(centre, by, asked.operation), by.actor
    network = network_named(centre, asked.network)
    made = planned_for(centre, found, actor, network)
    now = _now(centre)
    said = briefed(
        found.plan, made.made, made.tasks, None, None, actor.state, actor.role, now, found.states, made.names
    )
    kept = {key: said[key] for key in ("operation", "reader", "role", "targets", "protection", "packages_left_out")}
    more = {"network": network, "networks": network_names(centre), "tasks_to_set": made.tasks.height}
    return kept | more | {"findings": made.findings, "sets_tasks": actor.state in (CENTRE, found.plan.coordinator)}


@operation("operations.coverage", "GET", "/operations/{operation}/coverage")
def coverage(centre: Centre, by: Caller, asked: AskedPlan) -> dict[str, Any]:
    """Tell on which shifts officers are to be, of the reader's state, and what is not covered; sums that name nobody."""
    found, actor = opened_for(centre, by, asked.operation), by.actor
    network = network_named(centre, asked.network)
    made = planned_for(centre, found, actor, network)
    said = briefed(
        found.plan, made.made, made.tasks, made.coverage, None, actor.state, actor.role, _now(centre), found.states
    )
    told: dict[str, Any] = said["coverage"]
    return told | {"operation": found.plan.name, "network": network, "networks": network_names(centre)}


class Set(msgspec.Struct):
    """How many tasks were set."""

    operation: str
    tasks: int


@operation("operations.set_tasks", "POST", "/operations/{operation}/targets/tasks")
def set_tasks(centre: Centre, by: Caller, asked: AskedPlan) -> Set:
    """Put the tasks that follow from the packages into the journal, in place of open ones that were made so before."""
    found, actor = opened_for(centre, by, asked.operation), by.actor
    if actor.state not in (CENTRE, found.plan.coordinator):
        remedy = f"ask {CENTRE} or {found.plan.coordinator}"
        raise AccessError(f"operation {found.plan.name}", "tasks of all states are not set by this state", remedy)
    made = planned_for(centre, found, actor, network_named(centre, asked.network))
    now = centre.hub.now()
    found.write(lambda _: [of_journal.setting(found.plan, str(actor), made.tasks, now)])
    return Set(found.plan.name, made.tasks.height)


@operation("operations.brief", "GET", "/operations/{operation}/brief", personal=True, export=True)
def brief(centre: Centre, by: Caller, asked: AskedPaper) -> Document:
    """Write the brief of the reader: own tasks with local times, packages, roster; one page to print."""
    found, actor = opened_for(centre, by, asked.operation), by.actor
    made = planned_for(centre, found, actor, network_named(centre, asked.network))
    known = found.known(journal_of(centre, found))
    if known.tasks.is_empty():  # nobody set any yet: what would be set
        known = replace(known, tasks=made.tasks)
    may = preparing.may_expect(actor, found.plan)
    expected = preparing.expected(centre.desk, actor, found.plan) if may else None
    known = replace(known, lists=list_ages(centre), expected=expected)
    now = _now(centre)
    lines = checked(found.plan, known, found.states, now.date())
    todo = known.tasks.filter(pl.col("status") != "dropped")
    said = briefed(
        found.plan, made.made, todo, made.coverage, lines, actor.state, actor.role, now, found.states, made.names
    )  # fmt: skip
    return _paper(f"brief-{found.plan.name}-{actor.state}-{actor.role}", asked.form, said, lambda: brief_html(said))


@operation("operations.report", "GET", "/operations/{operation}/report", export=True)
def report(centre: Centre, by: Caller, asked: AskedPaper) -> Document:
    """Write the account of the operation: figures from cases alone, small groups hidden; one page to print.

    With a network it also says, in sums that name nobody, which kinds of crime meet in it.
    """
    found, actor = opened_for(centre, by, asked.operation), by.actor
    findings: tuple[str, ...] = ()
    if asked.network is not None:
        net = whole_network(centre, network_named(centre, asked.network))
        desk = centre.desk
        findings = links(net, actor, desk.policy, graph_settings(centre.rules), released_to(desk, actor.state))
    journal = journal_of(centre, found)
    # that it is closed is no red line of an account, and how many were to be protected is counted from cases alone
    known = replace(found.known(journal), lists=list_ages(centre), closed=False)
    last = [each for each in found.plan.phases if each.kind == "action"][-1]
    lines = checked(found.plan, known, found.states, min(_now(centre).date(), last.ends))
    lessons = [(journal.closed["by"], journal.closed["lessons"])] if journal.closed else []
    current = [state for state, plan in known.acknowledged.items() if plan == found.plan.digest]
    course = Course(known.tasks, current, lessons, lines, findings)
    said = reported(found.plan, cases_for(centre, found, actor), settings_of(centre), course)
    return _paper(f"report-{found.plan.name}-{actor.state}", asked.form, said, lambda: report_html(said))


def _paper(name: str, form: str, said: dict[str, Any], page: Any) -> Document:
    if form == "json":
        return Document(f"{name}.json", "application/json", msgspec.json.encode(said))
    return Document(f"{name}.html", "text/html; charset=utf-8", page().encode())


def _now(centre: Centre) -> dt.datetime:
    return centre.hub.now().astimezone(dt.UTC).replace(tzinfo=None, microsecond=0)
