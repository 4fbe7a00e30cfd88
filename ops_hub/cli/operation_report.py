"""`ops-hub operation brief` and `report`: the papers of an operation, before and after."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click
import polars as pl

from ops_hub.cli.common import as_json, show, told
from ops_hub.cli.operation_inputs import asked, cases_of, cases_option, hub_option, planning_options, time_of
from ops_hub.cli.operations import Operation, opened, operation_options
from ops_hub.cli.persons import as_option
from ops_hub.cli.reaching import reaching
from ops_hub.errors import ConfigError
from ops_hub.operations.brief import brief as briefed
from ops_hub.operations.brief_page import brief_html
from ops_hub.operations.known import Known
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
    journal = found.journal()
    known = Known({state: each.plan for state, each in journal.acknowledged.items()}, made.tasks, closed=journal.closed is not None)  # fmt: skip
    lines = readiness(found.plan, known, found.states, time.date())
    said = briefed(
        found.plan, made.made, made.tasks, made.coverage, lines, by.state, by.role, time, found.states, made.names
    )
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
@click.option("--flags", type=_file, help="Flags of risk rules as Parquet (ops-hub rules run), for figures by rule.")
@as_option
@out_option
@as_json
@told
@reaching
def report(
    name: str, operations: Path, rules: Path | None, cases: Path | None, hub: bool, flags: Path | None, who: str | None,
    out: Path, as_json: bool,
) -> None:  # fmt: skip
    """Write the after-action report: figures from cases alone, small groups hidden; A4, one file, opens offline.

    \b
    Example:
      ops-hub operation report ALCYON --hub --as CENTRE/carla:supervisor --out report.html
    """
    found = opened(operations, name, rules)
    told_of = cases_of(found, found.person(who), cases, hub, rules)
    said = reported(found.plan, told_of, operation_settings(rules), _course(found), _flags(flags))
    _put(out, said, lambda: report_html(said))
    show(said, as_json, lambda _: click.echo(str(out)))


def _course(found: Operation) -> Course:
    journal = found.journal()
    acknowledged = {state: each.plan for state, each in journal.acknowledged.items()}
    known = Known(acknowledged, journal.task_frame(), closed=journal.closed is not None)
    lines = readiness(found.plan, known, found.states, found.plan.begins)
    lessons = [(journal.closed["by"], journal.closed["lessons"])] if journal.closed else []
    current = [state for state, plan in acknowledged.items() if plan == found.plan.digest]
    return Course(tasks=journal.task_frame(), acknowledged=current, lessons=lessons, readiness=lines)


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
