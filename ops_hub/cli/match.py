"""`ops-hub match` and `ops-hub evaluate`: one query explained; a threshold tuned on labelled pairs."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import click
import numpy as np
import polars as pl

from ops_hub.cli.common import as_json, day_of, rules_option, show, table, today_option, told, watchlist_option
from ops_hub.cli.listed import knowledge, snapshot_of
from ops_hub.errors import ConfigError, FeedError
from ops_hub.lists.births import birth
from ops_hub.matching.compare import name_scores, side_of
from ops_hub.matching.metrics import figures
from ops_hub.normalise.names import distinct_names, name_columns
from ops_hub.pipeline import against, open_lists
from ops_hub.pipeline import screen as screened
from ops_hub.reference import country
from ops_hub.schemas import TRAVELLERS, rows
from ops_hub.screening.below import kept_below
from ops_hub.store.files import write_atomic

LOOKED_UP_FROM = 0.60  # a single question shows more than screening does: candidates down to this score


@click.command()
@click.argument("name")
@click.option("--dob", help="Birth date: 1970-02-03, 1970-02 or 1970.")
@click.option("--sex", type=click.Choice(["M", "F", "X"], case_sensitive=False), help="Sex, as in the document.")
@click.option("--nationality", help="State, by code or name.")
@click.option(
    "--document",
    "documents",
    multiple=True,
    help="TYPE:NUMBER:ISSUER, e.g. P:X1234567:HND; several may be given.",
)
@click.option("--limit", type=click.IntRange(1, 1000), default=10, show_default=True, help="Candidates to show.")
@click.option(
    "--threshold",
    type=click.FloatRange(0, 1, min_open=True),
    help=f"Lowest total score to show [default: {LOOKED_UP_FROM}; with --against that of the rules].",
)
@click.option(
    "--against", "entry", help="Compare with this entry alone (its id, or LIST/ID), and say what keeps it below."
)
@watchlist_option
@rules_option
@today_option
@as_json
@told
def match(
    name: str,
    dob: str | None,
    sex: str | None,
    nationality: str | None,
    documents: tuple[str, ...],
    limit: int,
    threshold: float | None,
    entry: str | None,
    watchlists: tuple[Path, ...],
    rules: Path | None,
    today: str | None,
    as_json: bool,
) -> None:
    """Ask for one person: ranked candidates, and the reason for each score token by token.

    NAME is "FAMILY, Given" or the whole name in its own order.

    \b
    Example:
      ops-hub match "GARCIA LOPEZ, Ana" --dob 1990-02-03 --nationality HND --watchlist watchlists
      ops-hub match "GARCIA PEREZ, Ana" --watchlist watchlists --against HND-W-13
    """
    known = knowledge(rules, threshold if threshold or entry else LOOKED_UP_FROM)
    if not any(c.isalpha() for c in name) and not documents:
        raise click.BadParameter("there is no letter in it, so nobody can be looked for", param_hint="NAME")
    if nationality is not None and country(nationality) is None:
        raise click.BadParameter(
            f"{nationality} is no state known here; write a code or an English name", param_hint="--nationality"
        )
    lists = open_lists(snapshot_of(watchlists, known), known)
    if dob is not None and birth(dob) is None:
        raise click.BadParameter(f"{dob} is no date; write 1970-02-03, 1970-02 or 1970", param_hint="--dob")
    asked: dict[str, Any] = {
        "record_id": "query",
        "full_name": name,
        "birth_date": dob,
        "sex": sex.upper() if sex else None,
    }
    asked |= {
        "nationality": country(nationality) or nationality,
        "documents": [_document(text) for text in documents],
    }
    who = rows(TRAVELLERS, [asked])
    day = day_of(today)
    if entry is None:
        hits = screened(who, lists, known, today=day).head(limit)
    else:
        hits = against(who, entry, lists, known, today=day)
    found = hits.to_dicts()
    for hit in found if entry is not None else []:
        listed = lists.entry_of(hit["list_id"], hit["entry_id"])
        hit["listed_as"] = _title(listed)
        hit["no_hit"] = kept_below(hit, listed, known.config.bands, day)
    show(found, as_json, lambda said: _candidates(said, known.config.bands.threshold))


def _title(entry: dict[str, Any]) -> str:
    """Return the first name of an entry, or its first document."""
    if entry["names"]:
        return str(entry["names"][0]["full"])
    return ":".join(entry["documents"][0][part] or "" for part in ("type", "number", "issuer"))


def _document(text: str) -> dict[str, Any]:
    kind, _, rest = text.partition(":")
    number, _, issuer = rest.partition(":")
    if not number:
        raise click.BadParameter(f"{text} is not TYPE:NUMBER:ISSUER", param_hint="--document")
    return {
        "type": kind.upper() or "P",
        "number": number,
        "issuer": country(issuer) or issuer or None,
        "expires": None,
        "issued": None,
        "verified": None,
    }


def _candidates(found: list[dict[str, Any]], threshold: float) -> None:
    if not found:
        click.echo(f"no candidate at or above {threshold:.2f}")
    for rank, hit in enumerate(found, 1):
        click.echo(
            f"{rank}. {hit['score']:.2f} {'no hit' if hit['band'] == 'none' else hit['band']}  {hit['matched_name'] or hit['matched_document'] or hit['listed_as']}  [{hit['list_id']} {hit['entry_id']}, owner {hit['owner']}, {hit['handling']}]"
        )
        click.echo(f"   {hit['explanation']}")
        lines = [
            (line["query"] or "", line["candidate"] or "", line["kind"], line["points"]) for line in hit["tokens"] or []
        ]
        terms = [
            (label, "", hit[key])
            for label, key in (
                ("weak a.k.a.", "quality_term"),
                ("birth date", "birth_term"),
                ("sex", "sex_term"),
                ("nationality", "nationality_term"),
                ("document", "document_term"),
            )
        ]
        for query, candidate, kind, points in lines:
            click.echo(f"     {points:+.3f}  {kind:<12} {query}{' ~ ' if query and candidate else ''}{candidate}")
        for label, _, points in terms:
            if points:
                click.echo(f"     {points:+.3f}  {label}")
        cut = hit["score"] - hit["name_score"] - sum(points for *_, points in terms)
        if abs(cut) > 1e-9:
            click.echo(f"     {cut:+.3f}  cut to the range 0 to 1")
        if hit.get("no_hit"):
            click.echo(f"   {hit['no_hit']}")
        elif hit["handling"] == "protect":
            click.echo("   a person to be protected: follow the protection route, not enforcement")


@click.command()
@click.argument("pairs", type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write PAIRS with a column `score`, in the same order.",
)
@click.option("--threshold", type=click.FloatRange(0, 1), help="Threshold to report at [default: rules/matching.toml].")
@rules_option
@as_json
@told
def evaluate(pairs: Path, out: Path | None, threshold: float | None, rules: Path | None, as_json: bool) -> None:
    """Score labelled pairs of names with the scorer that screening uses, to choose a threshold.

    PAIRS is a CSV with the columns query, candidate and is_match (true/false or 1/0).

    \b
    Example:
      ops-hub evaluate pairs.csv --out scored.csv
    """
    known = knowledge(rules)
    frame, labels = _pairs(pairs)
    both = pl.DataFrame({"full": pl.concat([frame["query"], frame["candidate"]])})
    nothing = pl.lit(None, dtype=pl.String)
    distinct = both.unique(maintain_order=True).with_row_index("name")
    names = distinct_names(
        distinct.select(name_columns(nothing, nothing, pl.col("full"))).with_columns(pl.col("given").fill_null("")),
        known.tables,
        known.config.names,
        cut=False,
    )
    at = (
        both.join(distinct, on="full", how="left", maintain_order="left", nulls_equal=True)["name"]
        .to_numpy()
        .astype(np.int64)
    )
    side = side_of(names, known.tables)
    scores = name_scores(side, side, at.reshape(2, -1).T, known.config.names)
    if out is not None:
        scored = frame.with_columns(pl.Series("score", scores))
        write_atomic(out, lambda aside: scored.write_csv(aside))
    show(
        figures(labels, scores, threshold if threshold is not None else known.config.bands.threshold),
        as_json,
        _figures,
    )


def _pairs(path: Path) -> tuple[pl.DataFrame, np.ndarray[Any, np.dtype[np.bool_]]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            found = list(reader)
            columns = [column for column in reader.fieldnames or [] if column]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise FeedError(str(path), f"cannot be read as CSV: {error}", "check the file") from None
    missing = [column for column in ("query", "candidate", "is_match") if column not in columns]
    if missing:
        raise ConfigError(str(path), f"the column {missing[0]} is missing", "give query, candidate and is_match")
    if not found:
        raise ConfigError(str(path), "there are no pairs in it", "give at least one line below the heading")
    truth = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}
    labels = [truth.get((row["is_match"] or "").strip().lower()) for row in found]
    if None in labels:
        raise ConfigError(
            f"{path}:{labels.index(None) + 2}",
            f"is_match is {found[labels.index(None)]['is_match']!r}",
            "write true or false",
        )
    frame = pl.DataFrame(
        {column: [row.get(column) or "" for row in found] for column in columns},
        schema=dict.fromkeys(columns, pl.String),
    )
    return frame, np.array(labels, dtype=np.bool_)


def _figures(said: dict[str, float]) -> None:
    click.echo(
        f"{said['pairs']:,} pairs, {said['matches']:,} matches; average precision {said['average_precision']:.3f}; found at 1 % false positives {said['recall_at_1pct_false_positives']:.3f}\n"
    )
    rows_ = [
        (
            label,
            said[f"{prefix}threshold"],
            said[f"{prefix}f1"],
            said[f"{prefix}precision"],
            said[f"{prefix}recall"],
        )
        for label, prefix in (("default", ""), ("best", "best_"))
    ]
    table(rows_, ("at", "threshold", "F1", "precision", "recall"))
