"""`ops-hub operation brief` and `report`: the papers of an operation, before and after."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
import polars as pl

from ops_hub.cli.common import as_json, show, told
from ops_hub.cli.operation_inputs import (
    asked,
    cases_of,
    cases_option,
    expected_of_hub,
    hub_option,
    links_of,
    lists_of_hub,
    planning_options,
    time_of,
)
from ops_hub.cli.operations import Operation, now, opened, operation_options
from ops_hub.cli.persons import as_option
from ops_hub.cli.reaching import reaching
from ops_hub.desk import preparing
from ops_hub.errors import ConfigError
from ops_hub.operations.brief import brief as briefed
from ops_hub.operations.brief_page import brief_html
from ops_hub.operations.readiness import readiness
from ops_hub.operations.report import Course
from ops_hub.operations.report import report as reported
from ops_hub.operations.report_page import report_html
from ops_hub.operations.settings import operation_settings
from ops_hub.schemas import FLAGS, dtypes
from ops_hub.store.files import write_text

_file = click.Path(path_type=Path, exists=True, dir_okay=False)
out_option = click.option("--out", required=True, type=click.Path(path_type=Path, dir_okay=False), help="HTML to print; the same as .json where it is named so.")  # fmt: skip


@click.command()
@operation_options
@planning_options
@click.option("--chart", type=_file, help="Link chart as SVG, made for the same reader: ops-hub chart.")
@out_option
@as_json
@told
@reaching
def brief(
    name: str, operations: Path, rules: Path | None, network: Path, cases: Path | None, hub: bool, at: str | None,
    who: str | None, chart: Path | None, out: Path, as_json: bool,
) -> None:  # fmt: skip
    """Write the brief of one reader: own tasks with local times, packages, roster; A4, one file, opens offline.

    \b
    Example:
      ops-hub operation brief ALCYON --network networks/november --as BRB/ana --out brief-brb.html
      ops-hub operation brief ALCYON --network networks/november --as BRB/pia:protection --out protection-brb.html
    """
    found = opened(operations, name, rules)
    by, time = found.person(who), time_of(at)
    made = asked(found, by, network, cases, hub, at, rules)
    known = found.known()
    if known.tasks.is_empty():  # nobody set any yet: what would be set
        known = replace(known, tasks=made.tasks)
    if hub:
        may = preparing.may_expect(by, found.plan)
        known = replace(known, lists=lists_of_hub(), expected=expected_of_hub(found, by, rules) if may else None)
    lines = readiness(found.plan, known, found.states, time.date())
    todo = known.tasks.filter(pl.col("status") != "dropped")
    said = briefed(found.plan, made.made, todo, made.coverage, lines, by.state, by.role, time, found.states, made.names)
    picture = chart.read_text(encoding="utf-8") if chart else None
    _put(out, said, lambda: brief_html(said, picture))
    show(
        {"out": str(out), "targets": len(said["targets"]), "tasks": len(said["tasks"])},
        as_json,
        lambda _: click.echo(str(out)),
    )


@click.command()
@operation_options
@cases_option
@hub_option
@click.option("--network", type=click.Path(path_type=Path, exists=True, file_okay=False), help="Network, for links to other kinds of crime; in words that name nobody.")  # fmt: skip
@click.option("--flags", type=_file, help="Flags of risk rules as Parquet (ops-hub rules run), for figures by rule.")
@as_option
@out_option
@as_json
@told
@reaching
def report(
    name: str, operations: Path, rules: Path | None, cases: Path | None, hub: bool, network: Path | None,
    flags: Path | None, who: str | None, out: Path, as_json: bool,
) -> None:  # fmt: skip
    """Write the after-action report: figures from cases alone, small groups hidden; A4, one file, opens offline.

    \b
    Example:
      ops-hub operation report ALCYON --hub --as CENTRE/carla:supervisor --out report.html
      ops-hub operation report ALCYON --hub --network networks/december --as CENTRE/carla:supervisor --out report.html
    """
    found = opened(operations, name, rules)
    by = found.person(who)
    told_of = cases_of(found, by, cases, hub, rules, nationalities=True)
    findings = links_of(network, by, hub, rules) if network else ()
    said = reported(found.plan, told_of, operation_settings(rules), _course(found, hub, findings), _flags(flags))
    _put(out, said, lambda: report_html(said))
    show(said, as_json, lambda _: click.echo(str(out)))


def _course(found: Operation, hub: bool, findings: Sequence[str]) -> Course:
    journal = found.journal()
    # that it is closed is no red line of an account, and how many were to be protected is counted from cases alone
    known = replace(found.known(journal), lists=lists_of_hub() if hub else None, closed=False)
    last = [each for each in found.plan.phases if each.kind == "action"][-1]
    lines = readiness(found.plan, known, found.states, min(now().date(), last.ends))
    lessons = [(journal.closed["by"], journal.closed["lessons"])] if journal.closed else []
    current = [state for state, plan in known.acknowledged.items() if plan == found.plan.digest]
    return Course(known.tasks, current, lessons, lines, findings)


def _flags(path: Path | None) -> pl.DataFrame | None:
    if path is None:
        return None
    try:
        read = pl.read_parquet(path)
    except (OSError, pl.exceptions.PolarsError) as error:
        raise ConfigError(str(path), f"cannot be read as Parquet: {error}", "give flags.parquet of ops-hub rules run") from None  # fmt: skip
    wanted: dict[str, Any] = dtypes(FLAGS)
    if dict(read.schema) != wanted:
        raise ConfigError(str(path), "its columns are not those of FLAGS", "give flags.parquet of ops-hub rules run")
    return read


def _put(out: Path, said: dict[str, Any], page: Any) -> None:
    as_data = out.suffix == ".json"
    write_text(out, json.dumps(said, ensure_ascii=False, indent=1, default=str) if as_data else page())
