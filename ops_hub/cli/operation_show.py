"""`ops-hub operation show`: where an operation stands."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import click
import polars as pl

from ops_hub.cli.common import as_json, day_of, table, today_option, told
from ops_hub.cli.common import show as put
from ops_hub.cli.operations import Operation, opened, operation_options
from ops_hub.operations.journal import Journal
from ops_hub.operations.known import Known
from ops_hub.operations.plan import CONTACTS, Phase
from ops_hub.operations.readiness import readiness, reds


@click.command()
@operation_options
@today_option
@as_json
@told
def show(name: str, operations: Path, rules: Path | None, today: str | None, as_json: bool) -> None:
    """Show phases with the days left, states and who acknowledged, tasks, red lines, results that were entered here.

    Its journal is proven on the way: an altered line is told, and ends the command. Red lines are those that plan and
    journal tell of; ops-hub operation ready looks at lists, carriers and cases as well.

    \b
    Example:
      ops-hub operation show ALCYON --today 2026-11-18
    """
    found, day = opened(operations, name, rules), day_of(today)
    put(_told(found, found.journal(), day), as_json, _print)


def _told(found: Operation, journal: Journal, day: datetime.date) -> dict[str, Any]:
    plan, tasks = found.plan, journal.task_frame()
    acknowledged = {state: each.plan for state, each in journal.acknowledged.items()}
    lines = readiness(plan, Known(acknowledged, tasks, closed=journal.closed is not None), found.states, day)
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
        "results": _results(journal), "closed": journal.closed,
    }  # fmt: skip


def _left(phase: Phase, day: datetime.date) -> dict[str, Any]:
    """Return days until a phase begins and until it is over, 0 where that is past."""
    begins, ends = (phase.begins - day).days, (phase.ends - day).days + 1
    return {"days_to_begin": max(begins, 0), "days_left": max(ends, 0) if begins <= 0 else None}


def _results(journal: Journal) -> dict[str, int]:
    """Return how many cases each result was entered of here, without those that were retracted."""
    standing: dict[tuple[Any, ...], int] = {}
    for each in journal.results:
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
