"""`ops-hub carriers`: what carriers sent against what their schedules say they should have."""

from __future__ import annotations

import csv
import datetime
import io
from pathlib import Path
from typing import Any

import click
import polars as pl

from ops_hub.cli.common import as_json, feeds_argument, mapping_option, rules_option, show, table, today_option, told
from ops_hub.cli.manifest import a_day, assembled
from ops_hub.manifests.compliance import compliance
from ops_hub.manifests.duties import PARTS, duties
from ops_hub.manifests.report import flat, report_html
from ops_hub.manifests.schedule import departures, read_schedule
from ops_hub.states import home_states
from ops_hub.store.files import write_text

_SHOWN = (
    "expected",
    "arrived",
    "missing",
    "late",
    "empty",
    "no_list",
    "incomplete",
    "poor",
    "no_close_out",
    "unscheduled",
)


@click.group()
def carriers() -> None:
    """Compare what carriers sent with what they should have sent.

    \b
    Example:
      ops-hub carriers report sample_feeds --schedule sample_feeds/winter-2026.schedule.csv
    """


@carriers.command("report")
@feeds_argument
@click.option(
    "--schedule", "schedules", type=click.Path(path_type=Path, exists=True, dir_okay=False), multiple=True, required=True,
    help="CSV of expected flights (docs/manifests.md); may be given several times.",
)  # fmt: skip
@click.option("--since", metavar="DATE", callback=a_day, help="First day of departure [default: the feeds' first].")
@click.option("--until", metavar="DATE", callback=a_day, help="Last day of departure [default: the feeds' last].")
@click.option(
    "--format", "form", type=click.Choice(["table", "csv", "html"]), help="[default: by the name of --out, else table]"
)
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="File for CSV or HTML [default: print].")
@click.option("--strict", is_flag=True, help="Exit with 1 when a row of a schedule was left out.")
@rules_option
@mapping_option
@today_option
@as_json
@told
def report(
    feeds: tuple[Path, ...],
    schedules: tuple[Path, ...],
    since: datetime.date | None,
    until: datetime.date | None,
    form: str | None,
    out: Path | None,
    strict: bool,
    rules: Path | None,
    mapping: Path | None,
    today: str | None,
    as_json: bool,
) -> None:
    """Report missing, late, empty and poor transmissions of each carrier, with the parts of the quality score.

    \b
    Example:
      ops-hub carriers report sample_feeds --schedule sample_feeds/winter-2026.schedule.csv --format html --out compliance.html
    """
    form = form or _form(out)
    if form == "table" and out is not None:
        raise click.UsageError("a table is printed, not written: give --format csv or html with --out")
    owed, states = duties(rules), home_states(rules)
    services, left_out = [], []
    for path in schedules:
        good, bad = read_schedule(path, owed, states)
        services += good
        left_out += [f"{path}:{row['position']}: {row['detail']}; the row is left out" for row in bad.to_dicts()]
    for line in left_out:
        click.echo(f"ops-hub: {line}", err=True)
    manifests = assembled(feeds, rules, mapping, (), today).manifests
    begin, end = _period(manifests, since, until)
    found = compliance(manifests, departures(services, begin, end), owed, begin, end)
    if form == "html":
        _put(report_html(found, begin, end, left_out), out)
    elif form == "csv":
        _put(_csv(flat(found)), out)
    else:
        said = {"since": begin, "until": end, "left_out": left_out, "carriers": found.to_dicts()}
        show(said, as_json, _print)
    if strict and left_out:
        raise click.exceptions.Exit(1)


def _period(
    manifests: pl.DataFrame, since: datetime.date | None, until: datetime.date | None
) -> tuple[datetime.date, datetime.date]:
    days = manifests["departure_date"].drop_nulls().sort()
    if days.is_empty() and (since is None or until is None):
        raise click.UsageError("the feeds name no day of departure: give --since and --until")
    begin, end = since or days[0], until or days[-1]
    if end < begin:
        raise click.UsageError(f"the period {begin} to {end} ends before it begins: exchange --since and --until")
    return begin, end


def _form(out: Path | None) -> str:
    """Return the format that a file's name asks for."""
    if out is None:
        return "table"
    form = {".html": "html", ".htm": "html", ".csv": "csv"}.get(out.suffix.lower())
    if form is None:
        raise click.UsageError(f"{out} says no format: name it .csv or .html, or give --format")
    return form


def _put(text: str, out: Path | None) -> None:
    if out is None:
        click.echo(text, nl=False)
    else:
        write_text(out, text)
        click.echo(str(out))


def _csv(found: pl.DataFrame) -> str:
    """Return CSV in which no cell is a formula to a spreadsheet."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(found.columns)
    for row in found.iter_rows():
        cells = ["" if cell is None else str(cell) for cell in row]
        writer.writerow([f"'{cell}" if cell[:1] in "=+-@" and cell else cell for cell in cells])
    return text.getvalue()


def _print(said: dict[str, Any]) -> None:
    found = said["carriers"]
    click.echo(f"Departures from {said['since']} to {said['until']}\n")
    table(
        [(each["carrier"] or "-", *(each[name] for name in _SHOWN), _score(each["quality"])) for each in found],
        ("carrier", *(name.replace("_", "-") for name in _SHOWN), "quality"),
    )
    click.echo("\nParts of the quality score")
    table(
        [(each["carrier"] or "-", *(_score(each[f"{name}_part"]) for name in PARTS)) for each in found],
        ("carrier", *PARTS),
    )
    missing = [(each["carrier"] or "-", flight) for each in found for flight in each["missing_flights"]]
    if missing:
        click.echo("\nMissing")
        table(missing, ("carrier", "flight"))


def _score(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"
