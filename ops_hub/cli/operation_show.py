"""`ops-hub operation show`: where an operation stands."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import click
import polars as pl

from ops_hub.casework.case import Actor
from ops_hub.cli.common import as_json, day_of, table, today_option, told
from ops_hub.cli.common import show as put
from ops_hub.cli.operations import Operation, opened, operation_options
from ops_hub.cli.persons import as_option
from ops_hub.operations import tasks as of_tasks
from ops_hub.operations.journal import Journal
from ops_hub.operations.plan import CONTACTS, Phase, Plan
from ops_hub.operations.readiness import readiness, reds
from ops_hub.operations.settings import Counted, operation_settings


@click.command()
@operation_options
@as_option
@today_option
@as_json
@told
def show(
    name: str, operations: Path, rules: Path | None, who: str | None, today: str | None, as_json: bool
) -> None:  # fmt: skip
    """Show phases with the days left, states and who acknowledged, tasks, red lines, results that were entered here.

    A state's reader gets its own tasks and results; results that say who was helped are for protection desks.

    Its journal is proven on the way: an altered line is told, and ends the command. Red lines are those that plan and
    journal tell of; ops-hub operation ready looks at lists, carriers and cases as well.

    \b
    Example:
      ops-hub operation show ALCYON --today 2026-11-18
    """
    found, day = opened(operations, name, rules), day_of(today)
    put(_told(found, found.journal(), found.person(who), day, operation_settings(rules).report), as_json, _print)


def _told(found: Operation, journal: Journal, by: Actor, day: datetime.date, says: Counted) -> dict[str, Any]:
    plan, known = found.plan, found.known(journal)
    acknowledged, lines = known.acknowledged, readiness(plan, known, found.states, day)
    tasks = of_tasks.seen(known.tasks, plan, by.state, "protection")[0]  # how many are of protection, each may know
    by_state = {
        state: {status: int(n) for status, n in each["status"].value_counts().iter_rows()}
        for (state,), each in tasks.group_by("state", maintain_order=True)
    }
    states = [
        {
            "state": each.code, "coordinates": each.coordinates,
            "acknowledged": {None: "no", plan.digest: "yes"}.get(acknowledged.get(each.code), "an older version"),
            "missing": [contact for contact in CONTACTS if getattr(each, contact) is None],
            "officers": sum(team.officers for team in each.teams), "protection_places": each.protection_places,
            "tasks": by_state.get(each.code, {}),
        }
        for each in plan.states
    ]  # fmt: skip
    return {
        "operation": plan.name, "title": plan.title, "handling": plan.handling, "legal_basis": plan.legal_basis,
        "plan": plan.digest, "objectives": plan.objectives,
        "phases": [
            {"kind": each.kind, "begins": each.begins, "ends": each.ends, "goal": each.goal} | _left(each, day)
            for each in plan.phases
        ],
        "states": states, "red": reds(lines),
        "red_lines": [f"{each.where}: {each.what}" for each in lines if each.level == "red"],
        "results": _results(journal, plan, by, says), "closed": journal.closed,
    }  # fmt: skip


def _left(phase: Phase, day: datetime.date) -> dict[str, Any]:
    """Return days until a phase begins and until it is over, 0 where that is past."""
    begins, ends = (phase.begins - day).days, (phase.ends - day).days + 1
    return {"days_to_begin": max(begins, 0), "days_left": max(ends, 0) if begins <= 0 else None}


def _results(journal: Journal, plan: Plan, by: Actor, says: Counted) -> dict[str, int]:
    """Return how many cases each result was entered of here, as far as they are the reader's, without retracted ones."""
    helped = {*says.protected, *says.migrants} if by.role not in of_tasks.PROTECTIVE_ROLES else set()
    standing: dict[tuple[Any, ...], int] = {}
    for each in journal.results:
        if each["result"] in helped or by.state not in ("CENTRE", plan.coordinator, each["state"]):
            continue
        key = (each["result"], each["case"], each["state"])
        standing[key] = 0 if each.get("retract") else 1
    frame = pl.DataFrame({"result": [key[0] for key, n in standing.items() if n]}, schema={"result": pl.String})
    return dict(frame["result"].value_counts().sort("result").iter_rows())


def _print(said: dict[str, Any]) -> None:
    click.echo(
        f"{said['operation']}: {said['title']}   (plan {said['plan']})\n{said['handling']}\n{said['legal_basis']}"
    )
    for each in said["objectives"]:
        click.echo(f"  - {each}")
    click.echo("")
    table([(each["kind"], str(each["begins"]), str(each["ends"]), _when(each), each["goal"]) for each in said["phases"]],
          ("phase", "begins", "ends", "now", "goal"))  # fmt: skip
    click.echo("")
    table(
        [
            (
                each["state"] + (" (leads)" if each["coordinates"] else ""), each["acknowledged"], each["officers"],
                each["protection_places"], ", ".join(f"{n} {status}" for status, n in sorted(each["tasks"].items())) or "-",
                ", ".join(each["missing"]).replace("_", " ") or "-",
            )
            for each in said["states"]
        ],
        ("state", "acknowledged", "officers", "places a day", "tasks", "not named"),
    )  # fmt: skip
    click.echo(f"\nred lines: {said['red']}   (ops-hub operation ready {said['operation']} -w LISTS looks at all)")
    if said["results"]:
        click.echo("results entered here: " + ", ".join(f"{n} {result}" for result, n in said["results"].items()))
    if said["closed"]:
        click.echo(f"closed by {said['closed']['by']} on {said['closed']['at'][:10]}")


def _when(phase: dict[str, Any]) -> str:
    if phase["days_left"] is None:
        return f"in {phase['days_to_begin']} days"
    return f"{phase['days_left']} days left" if phase["days_left"] else "over"
