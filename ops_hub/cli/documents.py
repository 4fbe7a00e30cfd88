"""`ops-hub documents`: check the documents that people travel on."""

from __future__ import annotations

from datetime import date
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
    rules_option,
    show,
    table,
    today_option,
    told,
)
from ops_hub.cli.listed import knowledge, lists_of
from ops_hub.feeds.reading import ReadOptions, read
from ops_hub.lists.delta import whole
from ops_hub.lists.snapshot import is_snapshot, open_snapshot
from ops_hub.pipeline import check_documents
from ops_hub.store.files import write_csv, write_parquet
from ops_hub.targeting.documents.formats import document_rules
from ops_hub.targeting.documents.papers import NEEDED

SHOWN = 40  # findings that are printed; the files hold all


@click.group()
def documents() -> None:
    """Check the documents that people travel on.

    \b
    Example:
      ops-hub documents check sample_feeds --watchlist watchlists --out runs/documents
    """


@documents.command("check")
@feeds_argument
@click.option(
    "--watchlist", "-w", "watchlists", type=click.Path(path_type=Path), multiple=True,
    help="List file, folder of lists, or snapshot: lost, stolen and revoked documents; may be given several times.",
)  # fmt: skip
@rules_option
@mapping_option
@click.option("--out", required=True, type=click.Path(path_type=Path, file_okay=False), help="Folder for the results.")
@click.option("--strict", is_flag=True, help="Exit with 1 when any input was rejected.")
@today_option
@as_json
@told
def check(
    feeds: tuple[Path, ...],
    watchlists: tuple[Path, ...],
    rules: Path | None,
    mapping: Path | None,
    out: Path,
    strict: bool,
    today: str | None,
    as_json: bool,
) -> None:
    """Check all documents in feeds, each by itself and all together, and write what an officer should look at.

    FEED is what `ops-hub screen` takes. Give as many days as are to be compared: two names on one document, two
    documents used in turn and impossible journeys are found across all of them.

    \b
    Example:
      ops-hub documents check sample_feeds --watchlist watchlists --out runs/documents
    """
    on = day_of(today)
    options = read_options(on, mapping)
    known, about = knowledge(rules), document_rules(rules)
    entries = _entries(watchlists)
    travellers, rejects = _read(feeds, options)
    findings = check_documents(travellers.lazy(), entries, about, known, today=on).collect()
    write_csv(out / "findings.csv", findings)
    write_parquet(out / "findings.parquet", findings)
    write_csv(out / "rejects.csv", rejects)
    lost = rejects.filter(pl.col("kind") == "record").height
    show(_account(travellers, findings, lost, out, on), as_json, _summary)
    if strict and lost:
        click.echo(f"ops-hub: {lost} records were rejected; see {out / 'rejects.csv'}", err=True)
        raise click.exceptions.Exit(1)


def _entries(watchlists: tuple[Path, ...]) -> pl.LazyFrame | None:
    """Return ENTRIES of lists and of a snapshot; no index of names is needed for documents."""
    if not watchlists:
        return None
    if len(watchlists) == 1 and is_snapshot(watchlists[0]):
        return whole(open_snapshot(watchlists[0], verify=True)).lazy()
    return pl.concat([each.entries for each in lists_of(watchlists)]).lazy()


def _read(feeds: tuple[Path, ...], options: ReadOptions) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the columns of all travellers that are compared, and all rejects."""
    travellers, rejects = [], []
    for batch in read(feeds, options):
        travellers.append(batch.travellers.select(NEEDED))
        rejects.append(batch.rejects)
    return pl.concat(travellers), pl.concat(rejects)


def _account(travellers: pl.DataFrame, findings: pl.DataFrame, rejected: int, out: Path, today: date) -> dict[str, Any]:
    counted = findings.group_by("check", "severity").agg(
        pl.len().alias("findings"), pl.col("is_weak").sum().alias("weak")
    )
    return {
        "today": today.isoformat(),
        "travellers": travellers.height,
        "documents": int(travellers["documents"].list.len().sum()),
        "rejected": rejected,
        "checks": counted.sort("findings", "check", descending=[True, False]).to_dicts(),
        "findings": findings.to_dicts(),
        "results": str(out),
    }


def _summary(said: dict[str, Any]) -> None:
    found = said["findings"]
    click.echo(
        f"{said['documents']:,} documents of {said['travellers']:,} travellers: {len(found):,} findings   (records rejected: {said['rejected']:,})\n"
    )
    table(
        [(each["check"], each["severity"], each["findings"], each["weak"]) for each in said["checks"]],
        ("check", "severity", "findings", "of them weak"),
    )
    if found:
        click.echo("")
        table(
            [
                (
                    each["severity"] + (" (weak)" if each["is_weak"] else ""),
                    each["check"],
                    each["document"] or "" or "",
                    each["detail"],
                )
                for each in found[:SHOWN]
            ],
            ("severity", "check", "document", "what to look at"),
        )
    if len(found) > SHOWN:
        click.echo(f"... and {len(found) - SHOWN:,} more")
    if any(each["handling"] == "protect" for each in found):
        click.echo("Some of these concern people to be protected: follow the protection route, not enforcement.")
    click.echo(f"\nresults: {said['results']}   (findings.csv, findings.parquet, rejects.csv)")
