"""What the commands on rules take: rules, feeds, history and hits.

Reach for it in `rules` and `rules_figures`. What was left out of what was given is told on stderr.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import click
import msgspec
import polars as pl

from ops_hub.config import data_dir
from ops_hub.errors import ConfigError, FeedError
from ops_hub.feeds.reading import ReadOptions, read
from ops_hub.journey import manifested
from ops_hub.manifests.assemble import assemble
from ops_hub.manifests.duties import duties
from ops_hub.schemas import FINDINGS, HITS, MANIFESTED, MESSAGES, TRAVELLERS, Schema, check, empty
from ops_hub.states import home_states
from ops_hub.store.frames import read_frame
from ops_hub.targeting.rulefile import Rule, Ruleset, read_rules

OUTCOMES = ("confirmed", "cleared")
_OUTCOME_FORM = (
    "a CSV with the columns record_id, outcome (confirmed or cleared) and, where it is about one rule, rule_id"
)
rule_option = click.option(
    "--rule", "-r", "paths", multiple=True, type=click.Path(path_type=Path),
    help="Rule file or folder; the shipped rules/risk by default. May be given several times.",
)  # fmt: skip
history_option = click.option(
    "--history", multiple=True, type=click.Path(path_type=Path), help="Earlier feeds, for rules about several trips."
)
hits_option = click.option(
    "--hits", multiple=True, type=click.Path(path_type=Path, dir_okay=False),
    help="hits.parquet of a run that screened the same feeds; may be given several times.",
)  # fmt: skip
findings_option = click.option(
    "--findings", multiple=True, type=click.Path(path_type=Path, dir_okay=False),
    help="findings.parquet of `ops-hub documents check` on the same feeds.",
)  # fmt: skip


@dataclass(frozen=True)
class Fed:
    """What feeds gave: TRAVELLERS (without the text they were read from), MESSAGES, and the SHA-256 of each file."""

    travellers: pl.DataFrame
    messages: pl.DataFrame
    files: dict[str, str]


def rules_of(paths: Sequence[Path]) -> Ruleset:
    """Return the rules in these paths, or the shipped ones; refused ones are told on stderr."""
    found = read_rules(paths or [data_dir("rules") / "risk"])
    for error in found.refused:
        click.echo(f"ops-hub: {error}; rule left out", err=True)
    return found


def ruleset_hash(rules: Sequence[Rule]) -> str:
    """Return the hash of rules as they are written, whatever files they stand in."""
    written = [msgspec.json.encode(each.written) for each in sorted(rules, key=lambda rule: rule.id)]
    return hashlib.blake2b(b"\n".join(written), digest_size=16).hexdigest()


def file_hash(path: Path) -> str:
    """Return the SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


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
    """Return the travellers of all feeds; what was rejected is counted on stderr."""
    return fed(feeds, options).travellers


def fed(feeds: Sequence[Path], options: ReadOptions) -> Fed:
    """Return the travellers and messages of all feeds; what was rejected is counted on stderr."""
    files: dict[str, str] = {}
    found, messages, lost = [empty(TRAVELLERS)], [empty(MESSAGES)], 0
    for batch in read(feeds, options):
        files |= {each.source: each.sha256 for each in batch.inputs}
        messages.append(batch.messages)
        found.append(batch.travellers.with_columns(pl.lit(None, dtype=pl.String).alias("raw")))
        lost += batch.rejects.filter(pl.col("kind") == "record").height
    if lost:
        click.echo(
            f"ops-hub: {lost:,} records could not be read; `ops-hub screen` on the same feeds says why", err=True
        )
    return Fed(pl.concat(found), pl.concat(messages), files)


def manifested_of(found: Fed, rules: Sequence[Rule]) -> pl.LazyFrame | None:
    """Return MANIFESTED of the travellers where a rule asks about it; None where none does."""
    if not {*MANIFESTED, "record_counts"} - {"record_id"} & {c for rule in rules for c in rule.condition.columns}:
        return None
    return manifested(assemble(found.travellers, found.messages, duties(None), home_states(None))).lazy()


def hits_of(paths: Sequence[Path]) -> pl.LazyFrame | None:
    """Return HITS of runs; None where no run is given.

    Raises:
        FeedError: a file is no hits.parquet.
    """
    return _results(paths, HITS, "hit_id", "name hits.parquet in the folder that `ops-hub screen` wrote")


def findings_of(paths: Sequence[Path]) -> pl.LazyFrame | None:
    """Return FINDINGS of checks of documents; None where none are given.

    Raises:
        FeedError: a file is no findings.parquet.
    """
    remedy = "name findings.parquet in the folder that `ops-hub documents check` wrote"
    return _results(paths, FINDINGS, "finding_id", remedy)


def _results(paths: Sequence[Path], schema: Schema, key: str, remedy: str) -> pl.LazyFrame | None:
    found = []
    for path in paths:
        try:
            found.append(check(read_frame(path, schema), schema, path.name))
        except (OSError, pl.exceptions.PolarsError, TypeError) as error:
            raise FeedError(str(path), f"these are no results of this version: {error}", remedy) from None
    return pl.concat(found).unique(key, keep="first", maintain_order=True).lazy() if found else None


def outcomes_of(path: Path | None) -> pl.DataFrame | None:
    """Return record_id, rule_id and outcome from a CSV of decisions; lines that cannot be used are told on stderr.

    Raises:
        FeedError: the file cannot be read, or lacks a column.
    """
    if path is None:
        return None
    try:
        table = pl.read_csv(path, infer_schema=False)
    except (OSError, pl.exceptions.PolarsError) as error:
        raise FeedError(str(path), f"cannot be read as CSV: {error}", f"write {_OUTCOME_FORM}") from None
    if not {"record_id", "outcome"} <= set(table.columns):
        raise FeedError(str(path), "it has no columns record_id and outcome", f"write {_OUTCOME_FORM}")
    if "rule_id" not in table.columns:
        table = table.with_columns(pl.lit(None, dtype=pl.String).alias("rule_id"))
    told = table.select("record_id", "rule_id", pl.col("outcome").str.strip_chars().str.to_lowercase()).with_row_index(
        "line", 2
    )
    wrong = ~pl.col("outcome").is_in(OUTCOMES).fill_null(value=False) | pl.col("record_id").is_null()
    for line, outcome in told.filter(wrong).select("line", "outcome").head(5).iter_rows():
        click.echo(f"ops-hub: {path}:{line}: outcome is {outcome}; write confirmed or cleared; line left out", err=True)
    if (n := told.filter(wrong).height) > 5:
        click.echo(f"ops-hub: {path}: {n - 5} more lines left out likewise", err=True)
    return told.filter(~wrong).drop("line")
