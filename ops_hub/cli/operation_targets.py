"""`ops-hub operation targets` and `coverage`: who is worth a package, who needs protection, where officers go."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from ops_hub.cli.common import as_json, show, table, told
from ops_hub.cli.operation_inputs import asked, planning_options
from ops_hub.cli.operations import now, opened, operation_options
from ops_hub.cli.reaching import reaching
from ops_hub.operations import journal
from ops_hub.operations import tasks as of_tasks
from ops_hub.operations.brief import brief
from ops_hub.operations.targets import TERMS


@click.command()
@operation_options
@planning_options
@click.option("--set-tasks", is_flag=True, help="Put the tasks into the journal, in place of open ones made before: centre and coordinator.")  # fmt: skip
@as_json
@told
@reaching
def targets(
    name: str, operations: Path, rules: Path | None, network: Path, cases: Path | None, hub: bool, at: str | None,
    who: str | None, set_tasks: bool, as_json: bool,
) -> None:  # fmt: skip
    """Rank whom the operation is about, with next journeys, evidence and who can act; protection packages apart.

    The score is the sum of its terms (rules/operations.toml). Protection packages are for protection desks and services.

    \b
    Example:
      ops-hub operation targets ALCYON --network networks/november --as CENTRE/carla:supervisor
      ops-hub operation targets ALCYON --network networks/november --as BRB/pia:protection --json
    """
    found = opened(operations, name, rules)
    by = found.person(who)
    made = asked(found, by, network, cases, hub, at, rules)
    if set_tasks:
        if by.state not in (of_tasks.CENTRE, found.plan.coordinator):
            raise click.UsageError(f"tasks of all states are set by CENTRE or {found.plan.coordinator}")
        found.write(lambda _: [journal.setting(found.plan, str(by), made.tasks, now())])
        click.echo(f"{made.tasks.height} tasks are set: ops-hub operation task {name} list", err=True)
    said = brief(found.plan, made.made, made.tasks, None, None, by.state, by.role, now(), found.states, made.names)
    kept = {key: said[key] for key in ("operation", "reader", "role", "targets", "protection", "packages_left_out")}
    show(kept | {"findings": made.findings}, as_json, _print)


@click.command()
@operation_options
@planning_options
@as_json
@told
@reaching
def coverage(
    name: str, operations: Path, rules: Path | None, network: Path, cases: Path | None, hub: bool, at: str | None,
    who: str | None, as_json: bool,
) -> None:  # fmt: skip
    """Put the officers that states declare on the shifts that catch most of the expected movement.

    Says what no plan with these officers could exceed, what one more officer would add, and what is not covered and why.

    \b
    Example:
      ops-hub operation coverage ALCYON --network networks/november --as CENTRE/carla:supervisor
    """
    found = opened(operations, name, rules)
    by = found.person(who)
    made = asked(found, by, network, cases, hub, at, rules)
    said = brief(found.plan, made.made, made.tasks, made.coverage, None, by.state, by.role, now(), found.states)
    show(said["coverage"], as_json, _print_coverage)


def _print(said: dict[str, Any]) -> None:
    for line in said["findings"]:
        click.echo(line)
    click.echo("")
    rows = [
        (each["rank"], each["name"] or each["person_id"], round(each["score"], 3), *(round(each[term], 3) for term in TERMS), _next(each),
         " ".join(f"{act['state']}:{act['part']}" for act in each["acts"]) or "-", each["role"] or "-")
        for each in said["targets"]
    ]  # fmt: skip
    table(rows, ("", "who", "score", *(term.removesuffix("_term") for term in TERMS), "next journey (local)", "can act", "looks like"))  # fmt: skip
    if said["packages_left_out"]:
        click.echo(f"... and {said['packages_left_out']} persons of interest who scored too low")
    if said["protection"] is None:
        click.echo("\nprotection packages are for protection desks: --as STATE/NAME:protection")
        return
    click.echo("\nTo be protected: never targets, helped first\n")
    table(
        [(each["rank"], each["name"] or each["person_id"], _next(each), each["services"] or "none named", "; ".join(each["needs"])) for each in said["protection"]],
        ("", "who", "next journey (local)", "services", "needs"),
    )  # fmt: skip


def _or_dash(value: float | None) -> float | str:
    return "-" if value is None else value


def _next(row: dict[str, Any]) -> str:
    if row["flight"] is None:
        return "not known"
    return f"{row['flight']} {row['from_port']}-{row['to_port']} {row['departs_local']:%d %b %H:%M}"


def _print_coverage(said: dict[str, Any]) -> None:
    for line in said["words"]:
        click.echo(line)
    click.echo("")
    table(
        [(each["state"], each["port"], str(each["day"]), each["shift"], each["officers"], each["female"], " ".join(each["interpreters"]) or "-",
          each["interest"], _or_dash(each["protection"]), _or_dash(each["protection_left"])) for each in said["roster"]],
        ("state", "port", "day", "shift", "officers", "women", "interpreters", "of interest", "to protect", "not met"),
    )  # fmt: skip
    if said["left"]:
        click.echo("\nNot covered\n")
        table([(each["state"], each["port"], str(each["day"]), each["shift"], "-" if each["share"] is None else f"{each['share']:.1%}", each["why"]) for each in said["left"]],
              ("state", "port", "day", "shift", "share", "why"))  # fmt: skip
    if said["more"]:
        click.echo("\nWhat would help\n")
        table([(each["state"], each["port"], each["what"], f"{each['share']:+.1%}") for each in said["more"]],
              ("state", "port", "what", "adds"))  # fmt: skip
