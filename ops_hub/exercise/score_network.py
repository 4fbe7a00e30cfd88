"""Ranked persons and pairs of fellow travellers against the truth of an exercise with hidden networks.

Reach for `score_organisers()` and `score_pairs()`: pure functions over frames, for the command, tests and benchmarks.
Persons are those that an engine resolved records to; one whose records are of several people plays all their parts.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl

from ops_hub.errors import ConfigError
from ops_hub.exercise.truth import read_truth

TRUTH = ("record_id", "kind", "network", "case", "role", "person", "looks_like")
ORGANISING = ("organiser", "recruiter", "payer")  # whom to name as an organiser is not wrong
TOP = 5


def read_networks(path: Path) -> pl.DataFrame:
    """Return the truth of an exercise with networks.

    Raises:
        ConfigError: not readable, or other columns.
    """
    return read_truth(path, TRUTH, "network")


def score_organisers(table: pl.DataFrame, resolved: pl.DataFrame, truth: pl.DataFrame) -> dict[str, Any]:
    """Return where the organisers stand in a ranked table, and who was named and is none, as plain data.

    organisers: a dict a network with person_id, rank (from 1; null where not in the table; of equals the last), rank_apart
    (the same without those above it who organise another network), named; in_top: those with rank_apart up to TOP; named:
    persons named; false: of them, no organiser, recruiter or payer of any network, with whom the truth says they are;
    false_per_10: false ones for each 10 persons named; victims_named, clients_named: of the false ones, those to be
    protected, and those who only paid for their journey.

    Args:
        table: person_id, score (the higher the better) or rank (from 1), named (true: called an organiser).
        resolved: record_id and person_id, as RESOLVED.
        truth: as `read_networks` gives it.
    """
    played = _played(resolved, truth)
    organises = played.filter(pl.col("role").is_in(ORGANISING)).unique(["person_id", "network"])
    ranked = _ranked(table)
    organisers = [_stands(*row, ranked, organises) for row in _chiefs(played, truth)]
    named = ranked.filter("named").select("person_id").unique(maintain_order=True)
    wrong = named.join(organises, on="person_id", how="anti", maintain_order="left")
    false = wrong.join(_described(played), on="person_id", how="left", maintain_order="left").with_columns(
        pl.col("is").fill_null("ordinary traveller")
    )
    roles = played.join(wrong, on="person_id", how="semi")
    return {
        "organisers": organisers,
        "in_top": sum(one["rank_apart"] is not None and one["rank_apart"] <= TOP for one in organisers),
        "named": named.height,
        "false": false.to_dicts(),
        "false_per_10": 10 * false.height / named.height if named.height else 0.0,
        "victims_named": roles.filter(pl.col("role") == "victim")["person_id"].n_unique(),
        "clients_named": roles.filter(pl.col("role") == "client")["person_id"].n_unique(),
    }


def score_pairs(pairs: pl.DataFrame, resolved: pl.DataFrame, truth: pl.DataFrame) -> dict[str, Any]:
    """Return of how many pairs of persons, said to travel together, the truth knows why, as plain data.

    pairs: distinct ones; network: both of one network; innocent: both of one innocent case (a couple who book apart, a
    tour); false: neither; false_share: of all pairs, 0 where there are none.

    Args:
        pairs: person_id and other_id, in any order.
        resolved: as RESOLVED.
        truth: as `read_networks` gives it.
    """
    ends = [
        pl.min_horizontal("person_id", "other_id").alias("one"),
        pl.max_horizontal("person_id", "other_id").alias("two"),
    ]
    distinct = pairs.select(ends).unique().with_row_index()
    cases = _played(resolved, truth).select("person_id", "kind", "case").unique()
    one = distinct.join(cases, left_on="one", right_on="person_id")
    both = one.join(cases, left_on=["two", "kind", "case"], right_on=["person_id", "kind", "case"], how="semi")
    network = both.filter(pl.col("kind") == "network").unique("index")
    innocent = both.unique("index").join(network, on="index", how="anti")
    false = distinct.height - network.height - innocent.height
    return {
        "pairs": distinct.height, "network": network.height, "innocent": innocent.height, "false": false,
        "false_share": false / distinct.height if distinct.height else 0.0,
    }  # fmt: skip


def _played(resolved: pl.DataFrame, truth: pl.DataFrame) -> pl.DataFrame:
    """Return who plays which part: person_id, kind, network, case, role, person, looks_like."""
    rows = resolved.select("record_id", "person_id").join(truth, on="record_id", maintain_order="right")
    return rows.drop("record_id").unique(maintain_order=True)


def _ranked(table: pl.DataFrame) -> pl.DataFrame:
    """Return person_id, rank, named; of equals each has the rank of the last, so that ties flatter nobody."""
    missing = [name for name in ("person_id", "named") if name not in table.columns]
    missing += ["score or rank"] if not {"score", "rank"} & set(table.columns) else []
    if missing:
        raise ConfigError(
            "ranked table", f"the column {missing[0]} is missing", "give person_id, score or rank, and named"
        )
    place = pl.col("rank") if "rank" in table.columns else -pl.col("score")
    best = table.group_by("person_id", maintain_order=True).agg(
        place.min().alias("place"), pl.col("named").cast(pl.Boolean).fill_null(False).any()
    )
    return best.select("person_id", pl.col("place").rank("max").cast(pl.Int64).alias("rank"), "named").sort("rank")


def _chiefs(played: pl.DataFrame, truth: pl.DataFrame) -> list[tuple[str, list[str]]]:
    """Return each network with the persons that its organiser was resolved to."""
    chiefs = played.filter(pl.col("role") == "organiser").group_by("network").agg("person_id")
    known = dict(chiefs.iter_rows())
    networks = truth["network"].drop_nulls().unique().sort()
    return [(network, known.get(network, [])) for network in networks]


def _stands(network: str, ids: list[str], ranked: pl.DataFrame, organises: pl.DataFrame) -> dict[str, Any]:
    own = ranked.filter(pl.col("person_id").is_in(ids))
    if own.is_empty():
        return {
            "network": network,
            "person_id": min(ids, default=None),
            "rank": None,
            "rank_apart": None,
            "named": False,
        }
    person, rank, _ = own.row(0)
    others = organises.filter((pl.col("role") == "organiser") & (pl.col("network") != network))
    above = ranked.filter(pl.col("rank") < rank).join(others, on="person_id", how="semi").height
    return {
        "network": network,
        "person_id": person,
        "rank": rank,
        "rank_apart": rank - above,
        "named": bool(own["named"].any()),
    }


def _described(played: pl.DataFrame) -> pl.DataFrame:
    """Return for each person what the truth says of them, for people to read."""
    kind = pl.col("case").str.replace(r"-\d+$", "")
    said = (
        pl.when(pl.col("kind") == "network")
        .then("role")
        .otherwise(pl.format("innocent: {}, looks like {}", kind, "looks_like"))
    )
    return (
        played.select("person_id", said.alias("is"))
        .unique()
        .group_by("person_id")
        .agg(pl.col("is").sort().str.join("; "))
    )
