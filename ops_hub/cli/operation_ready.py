"""`ops-hub operation ready`: what still stands in the way of the action."""

from __future__ import annotations

import datetime
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
import msgspec

from ops_hub.cli.common import as_json, day_of, mapping_option, show, table, today_option, told
from ops_hub.cli.manifest import assembled
from ops_hub.cli.operation_inputs import expected_of_hub, lists_of_hub
from ops_hub.cli.operations import Operation, opened, operation_options
from ops_hub.cli.persons import as_option
from ops_hub.cli.reaching import reaching
from ops_hub.desk import preparing
from ops_hub.manifests.duties import duties
from ops_hub.manifests.schedule import departures, read_schedule
from ops_hub.operations.known import LEVELS, CarrierSeen, Expected, ListAge
from ops_hub.operations.readiness import readiness, reds


@click.command()
@operation_options
@click.argument("feeds", nargs=-1, type=click.Path(path_type=Path), metavar="[FEED...]")
@click.option("--watchlist", "-w", "watchlists", type=click.Path(path_type=Path), multiple=True, help="Lists whose age counts; several times.")  # fmt: skip
@click.option("--schedule", "schedules", type=click.Path(path_type=Path, exists=True, dir_okay=False), multiple=True, help="CSV of expected flights: tells with FEEDs which carrier is silent.")  # fmt: skip
@click.option("--days", type=click.IntRange(1, 60), default=3, show_default=True, help="How many days before today carriers are looked at.")  # fmt: skip
@click.option("--hub", is_flag=True, help="Take published lists, and people to be protected, from the hub.")
@click.option("--expect", "expects", multiple=True, metavar="PORT=PERSONS", help="People to be protected on one day, where no hub tells.")  # fmt: skip
@mapping_option
@as_option
@today_option
@as_json
@told
@reaching
def ready(
    name: str, operations: Path, rules: Path | None, feeds: tuple[Path, ...], watchlists: tuple[Path, ...],
    schedules: tuple[Path, ...], days: int, hub: bool, expects: tuple[str, ...], mapping: Path | None, who: str | None,
    today: str | None, as_json: bool,
) -> None:  # fmt: skip
    """Check whether the operation is ready: red lines stand in the way, each with its remedy.

    Exit codes: 0 no red line stands; 1 red lines stand; 2 wrong use, or the plan cannot be used.

    \b
    Example:
      ops-hub operation ready ALCYON -w watchlists --today 2026-11-18
      ops-hub operation ready ALCYON sample_feeds --schedule sample_feeds/winter-2026.schedule.csv -w watchlists
      ops-hub operation ready ALCYON --hub --as CENTRE/carla:supervisor
    """
    if bool(feeds) != bool(schedules):
        raise click.UsageError("FEEDs and --schedule tell together which carrier is silent: give both or neither")
    found, day = opened(operations, name, rules), day_of(today)
    lists: list[ListAge] | None = preparing.list_ages(watchlists) if watchlists else None
    expected = _expected(found, expects)
    if hub:
        published, counted = lists_of_hub(), expected_of_hub(found, found.person(who), rules)
        lists, expected = lists or published, [*(expected or ()), *counted]
    carriers = _carriers(found, feeds, schedules, days, day, rules, mapping) if feeds else None
    known = replace(found.known(), lists=lists, carriers=carriers, expected=expected)
    lines = readiness(found.plan, known, found.states, day)
    said = {
        "operation": name, "today": day, "plan": found.plan.digest, "red": reds(lines),
        "lines": [msgspec.to_builtins(each) for each in lines],
    }  # fmt: skip
    show(said, as_json, _print)
    if said["red"]:
        raise click.exceptions.Exit(1)


def _expected(found: Operation, given: tuple[str, ...]) -> list[Expected] | None:
    told = []
    for text in given:
        port, _, persons = text.partition("=")
        if (
            not persons.isascii()
            or not persons.isdigit()
            or found.plan.member(found.states.of_port(port) or "") is None
        ):
            raise click.BadParameter(f"{text}: write a port of a participating state, as BGI=3", param_hint="--expect")
        told.append(Expected(port, found.plan.begins, int(persons)))
    return told or None


def _carriers(
    found: Operation, feeds: tuple[Path, ...], schedules: tuple[Path, ...], days: int, today: datetime.date,
    rules: Path | None, mapping: Path | None,
) -> list[CarrierSeen]:  # fmt: skip
    owed, services = duties(rules), []
    for path in schedules:
        good, bad = read_schedule(path, owed, found.states)
        services += good
        for row in bad.to_dicts():
            click.echo(f"ops-hub: {path}:{row['position']}: {row['detail']}; the row is left out", err=True)
    due = departures(services, today - datetime.timedelta(days=days), today - datetime.timedelta(days=1))
    return preparing.carriers_seen(assembled(feeds, rules, mapping, (), today.isoformat()).manifests, due, today)


def _print(said: dict[str, Any]) -> None:
    table(
        [(each["level"], each["check"], each["where"], each["what"], each["remedy"]) for each in said["lines"]],
        ("", "check", "where", "what", "what to do"),
    )
    counts = [f"{sum(each['level'] == level for each in said['lines'])} {level}" for level in LEVELS]
    click.echo(f"\n{', '.join(counts)}   (plan {said['plan']}, {said['today']})")
    if not said["red"]:
        click.echo("no red line stands in the way of the action")
