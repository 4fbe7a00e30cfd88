"""`ops-hub trends`: what changed in routes, carriers, methods, documents and hits, in numbers that identify nobody."""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
import polars as pl

from ops_hub.cli.common import (
    as_json,
    day_of,
    feeds_argument,
    mapping_option,
    read_options,
    show,
    table,
    today_option,
    told,
)
from ops_hub.cli.manifest import a_day
from ops_hub.cli.rules_inputs import findings_of, findings_option, hits_of
from ops_hub.feeds.reading import ReadOptions, read
from ops_hub.manifests.screened import screened_files
from ops_hub.store.files import write_text
from ops_hub.trends import words
from ops_hub.trends.bulletin import Asked, bulletin
from ops_hub.trends.extra import NEEDED, library
from ops_hub.trends.frames import SMALLEST
from ops_hub.trends.journeys import window
from ops_hub.trends.page import page
from ops_hub.trends.records import records

_OF_HITS = ("record_id", "position", "flight", "departs_at", "score", "purpose")
_SHOWN = 5  # series of a table that are printed; --json holds more


def _k(_: click.Context, parameter: click.Parameter, value: int) -> int:
    if value < SMALLEST:
        raise click.BadParameter(
            f"{value} is below {SMALLEST}: cells of fewer persons could identify one; give {SMALLEST} or more",
            param=parameter,
        )
    return value


@click.command()
@feeds_argument
@click.option(
    "--run", "runs", type=click.Path(path_type=Path, exists=True, file_okay=False), multiple=True,
    help="Results of ops-hub screen on these feeds, for hit rates; may be given several times.",
)  # fmt: skip
@findings_option
@click.option("--since", metavar="DATE", callback=a_day, help="First day of departure [default: the feeds' first].")
@click.option("--until", metavar="DATE", callback=a_day, help="Last day of departure [default: today].")
@click.option(
    "--period", type=click.Choice(["day", "week"]), default="day", show_default=True, help="What to count by."
)
@click.option(
    "--k",
    type=int,
    default=SMALLEST,
    show_default=True,
    callback=_k,
    help="Persons that a cell must have to be shown; never below 10.",
)
@click.option(
    "--false-alarms",
    type=click.FloatRange(0.0001, 0.5),
    default=0.05,
    show_default=True,
    help="Share of the changes named that may be chance.",
)
@click.option("--centre", default="Joint regional centre", show_default=True, help="Who issues the bulletin.")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="HTML file of one printable page.")
@mapping_option
@today_option
@as_json
@told
def trends(
    feeds: tuple[Path, ...],
    runs: tuple[Path, ...],
    findings: tuple[Path, ...],
    since: datetime.date | None,
    until: datetime.date | None,
    period: str,
    k: int,
    false_alarms: float,
    centre: str,
    out: Path | None,
    mapping: Path | None,
    today: str | None,
    as_json: bool,
) -> None:
    """Count journeys by period and say what changed: routes, carriers, methods, documents, hits.

    FEED is what `ops-hub screen` takes. Nothing that is printed or written identifies anybody (docs/trends.md). Needs
    the libraries of `pip install 'ops-hub[trends]'`.

    \b
    Example:
      ops-hub trends history --run runs/october --run runs/november --out bulletin.html
    """
    for name in NEEDED:
        library(name)
    if since and until and until < since:
        raise click.UsageError(f"the period {since} to {until} ends before it begins: exchange --since and --until")
    on = day_of(today)
    known, files, notes = _read(
        feeds,
        read_options(on, mapping),
        screened_files(runs) if runs else None,
    )
    for line in notes:
        click.echo(f"ops-hub: {line}", err=True)
    within = window(known, since=since, until=until, period=period, today=on)
    for line in within.left_out:
        click.echo(f"ops-hub: {line}", err=True)
    hits = hits_of([run / "hits.parquet" for run in runs])
    digest = hashlib.sha256("".join(sorted(files)).encode()).hexdigest()
    asked = Asked(centre, within, k, false_alarms, len(files), digest)
    told_of = hits.select(_OF_HITS) if hits is not None else None
    said = bulletin(known, asked, told_of, findings_of(findings))
    if out is not None:
        write_text(out, page(said))
    show(said, as_json, lambda _: _print(said, out))


def _read(
    feeds: Sequence[Path], options: ReadOptions, screened: frozenset[str] | None
) -> tuple[pl.DataFrame, list[str], list[str]]:
    """Return RECORDS of all feeds, the hashes of the files, and what is to be told about them."""
    found, files, lost, never = [], [], 0, 0
    for batch in read(feeds, options):
        found.append(records(batch.travellers))
        files += [each.sha256 for each in batch.inputs]
        lost += batch.rejects.filter(pl.col("kind") == "record").height
        if screened is not None:
            never += sum(each.sha256 not in screened and each.records_in > each.rejected for each in batch.inputs)
    lines = []
    if lost:
        lines.append(f"{lost:,} records could not be read; `ops-hub screen` on the same feeds says why")
    if never:
        lines.append(
            f"{never:,} of {len(files):,} files were screened in none of the runs, so hit rates are too low: give their --run"
        )
    return pl.concat(found), files, lines


def _print(said: dict[str, Any], out: Path | None) -> None:
    click.echo(
        f"{said['issued_by']}: {said['since']} to {said['until']}, by {said['period']}\n{words.basis(said)}\n{words.method(said)}\n"
    )
    changed = words.notable(said)
    if changed:
        table(
            [(words.label(about, row), words.change(row, said["period"]), f"{row['change']['p_adjusted']:g}") for about, row in changed],
            ("changed", "how, and first period of the new level", "p (adjusted)"),
        )  # fmt: skip
    section = ""
    for about in said["tables"][1:]:  # the first is that of all journeys
        if about["section"] != section:
            section = about["section"]
            click.echo(f"\n{section}\n")
        rows = [(words.name(row), words.total(row), words.share(row)) for row in about["series"][:_SHOWN]]
        table(rows, (about["title"], "journeys", f"share of {about['share_of']}"))
        if len(about["series"]) > _SHOWN:
            click.echo(f"... and {len(about['series']) - _SHOWN:,} more in --json")
        click.echo("")
    click.echo(words.privacy(said))
    if out is not None:
        click.echo(f"\nbulletin: {out}")
