"""What the commands on rules take: rules, feeds, history and hits.

Reach for it in `rules` and `rules_figures`. What was left out of what was given is told on stderr.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click
import polars as pl

from ops_hub.config import data_dir
from ops_hub.errors import ConfigError, FeedError
from ops_hub.feeds.reading import ReadOptions, read
from ops_hub.schemas import HITS, TRAVELLERS, check, empty
from ops_hub.targeting.rulefile import Rule, Ruleset, read_rules

feeds_argument = click.argument("feeds", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FEED...")
rule_option = click.option(
    "--rule", "-r", "paths", multiple=True, type=click.Path(path_type=Path),
    help="Rule file or folder; the shipped rules/risk by default. May be given several times.",
)  # fmt: skip
history_option = click.option(
    "--history", multiple=True, type=click.Path(path_type=Path), help="Earlier feeds, for rules about several trips."
)
hits_option = click.option(
    "--hits",
    type=click.Path(path_type=Path, dir_okay=False),
    help="hits.parquet of a run that screened the same feeds.",
)


def rules_of(paths: Sequence[Path]) -> Ruleset:
    """Return the rules in these paths, or the shipped ones; refused ones are told on stderr."""
    found = read_rules(paths or [data_dir("rules") / "risk"])
    for error in found.refused:
        click.echo(f"ops-hub: {error}; rule left out", err=True)
    return found


def usable(paths: Sequence[Path]) -> tuple[Rule, ...]:
    """Return the rules that may run.

    Raises:
        ConfigError: there is none.
    """
    found = rules_of(paths)
    if not found.rules:
        raise ConfigError(
            str(paths[0]) if paths else "rules/risk", "no rule here can be used", "see the messages above"
        )
    return found.rules


def travellers_of(feeds: Sequence[Path], options: ReadOptions) -> pl.DataFrame:
    """Return the travellers of all feeds, without the text they were read from; what was rejected is counted on stderr."""
    found, lost = [empty(TRAVELLERS)], 0
    for batch in read(feeds, options):
        found.append(batch.travellers.with_columns(pl.lit(None, dtype=pl.String).alias("raw")))
        lost += batch.rejects.filter(pl.col("kind") == "record").height
    if lost:
        click.echo(
            f"ops-hub: {lost:,} records could not be read; `ops-hub screen` on the same feeds says why", err=True
        )
    return pl.concat(found)


def hits_of(path: Path | None) -> pl.LazyFrame | None:
    """Return HITS of a run.

    Raises:
        FeedError: the file is no hits.parquet.
    """
    if path is None:
        return None
    try:
        return check(pl.read_parquet(path), HITS, "hits").lazy()
    except (OSError, pl.exceptions.PolarsError, TypeError):
        raise FeedError(
            str(path), "these are no hits", "name hits.parquet in the folder that `ops-hub screen` wrote"
        ) from None
