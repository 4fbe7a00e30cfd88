"""`ops-hub operation show`: where an operation stands."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from ops_hub.cli.common import as_json, day_of, table, today_option, told
from ops_hub.cli.common import show as put
from ops_hub.cli.operations import opened, operation_options
from ops_hub.cli.persons import as_option
from ops_hub.desk.operating import board
from ops_hub.operations.settings import operation_settings


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
    put(board(found, found.journal(), found.person(who), day, operation_settings(rules).report), as_json, _print)


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
