"""People and a part of the lists into PAIRS: who could be whom, by name or by document, with the name score.

Reach for `pairs()` to find them and `given_pairs()` to have every traveller against given entries. One row a person and entry: the listed name
that met best. Whether a pair is a hit is left to `hits`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ops_hub.matching.candidates import Queries, search
from ops_hub.matching.compare import listed_side, name_scores, side_of
from ops_hub.matching.documents import document_pairs
from ops_hub.matching.evidence import floors
from ops_hub.normalise.names import Names
from ops_hub.normalise.people import People, travellers_people
from ops_hub.screening.listed import Knowledge, Part


@dataclass(frozen=True)
class Asked:
    """Who is asked about: TRAVELLERS and, row for row, the people they are."""

    travellers: pl.DataFrame
    people: People


def asked_for(travellers: pl.DataFrame, knowledge: Knowledge) -> Asked:
    """Return travellers with their names and births as they are compared."""
    return Asked(travellers, travellers_people(travellers, knowledge.tables, knowledge.config.names))


def pairs(asked: Asked, part: Part, knowledge: Knowledge) -> pl.DataFrame:
    """Return person, entry, name, list_name, place, name_score, weak and documents: by name or by document."""
    by_name = _by_name(asked.people, part, knowledge)
    papers = document_pairs(asked.travellers, part.documents)
    if not papers.height:
        nothing = [pl.lit(None, dtype=papers.schema[column]).alias(column) for column in papers.columns[2:]]
        return by_name.with_columns(nothing)
    only_papers = papers.join(by_name, on=["person", "entry"], how="anti")
    by_paper = _named(only_papers, asked.people, part, knowledge)
    together = pl.concat([by_name, by_paper]).join(papers, on=["person", "entry"], how="full", coalesce=True)
    return together.with_columns(pl.col("name_score").fill_null(0.0), pl.col("weak").fill_null(False))


def _by_name(people: People, part: Part, knowledge: Knowledge) -> pl.DataFrame:
    """Return the pairs whose names agree well enough; each question is asked once, however many people it is."""
    asked = people.rows.select("name", "born", "until").unique(maintain_order=True).with_row_index("query")
    queries = Queries(asked["name"].to_numpy().astype(np.int64), asked["born"].to_numpy(), asked["until"].to_numpy())
    known = (knowledge.tables, knowledge.config.names)
    found = search(people.names, queries, part.index, known, floors=floors(knowledge.config), threads=knowledge.threads)
    bearing = part.index.name_entries[found["bearer"]].rename({"name": "list_name"})
    met = pl.concat([found.select(pl.col("query").cast(pl.UInt32), "name_score"), bearing], how="horizontal")
    met = met.filter(part.holds(met["entry"].to_numpy()))
    back = people.rows.lazy().select("person", "name", "born", "until")
    borne = (
        met.lazy()
        .join(asked.lazy().filter(pl.col("query").is_in(met["query"].unique().implode())), on="query")
        .join(back, on=["name", "born", "until"])
    )
    return _best(borne, knowledge).collect()


def given_pairs(asked: Asked, entries: pl.Series, part: Part, knowledge: Knowledge) -> pl.DataFrame:
    """Return every person against every one of the entries (rows of ENTRIES), agreeing or not; columns as `pairs`."""
    every = asked.people.rows.select("person").join(entries.alias("entry").to_frame(), how="cross")
    named = _named(every, asked.people, part, knowledge)
    papers = document_pairs(asked.travellers, part.documents)
    both = every.join(named, on=["person", "entry"], how="left").join(papers, on=["person", "entry"], how="left")
    return both.with_columns(pl.col("name_score").fill_null(0.0), pl.col("weak").fill_null(False))


def _named(pairs: pl.DataFrame, people: People, part: Part, knowledge: Knowledge) -> pl.DataFrame:
    """Return given pairs (person, entry) with the names that met best, however little they agree; nameless ones not."""
    bearing = part.index.name_entries.lazy().rename({"name": "list_name"})
    both = (
        pairs.lazy()
        .select("person", "entry")
        .join(people.rows.lazy().select("person", "name"), on="person")
        .join(bearing, on="entry")
        .collect()
    )
    rows = both.select("name", "list_name").cast(pl.Int64).to_numpy()
    asked, row = only(people.names, rows[:, 0])
    sides = side_of(asked, knowledge.tables), listed_side(part.index)
    scores = name_scores(*sides, np.column_stack((row, rows[:, 1])), knowledge.config.names)
    return _best(both.lazy().with_columns(pl.Series("name_score", scores, dtype=pl.Float64)), knowledge).collect()


def _best(pairs: pl.LazyFrame, knowledge: Knowledge) -> pl.LazyFrame:
    """Return, for each person and entry, the name that met best (a weak a.k.a. counts less)."""
    worth = pl.col("name_score") + pl.when("weak").then(knowledge.config.evidence.weak_name).otherwise(0.0)
    return (
        pairs.with_columns(worth.alias("worth"))
        .sort("person", "entry", "worth", "place", descending=[False, False, True, False])
        .unique(["person", "entry"], keep="first", maintain_order=True)
        .select("person", "entry", "name", "list_name", "place", "name_score", "weak")
    )


def only(names: Names, wanted: NDArray[np.int64]) -> tuple[Names, NDArray[np.int64]]:
    """Return the names wanted, each once, and where each of `wanted` stands among them."""
    rows, back = np.unique(wanted, return_inverse=True)
    return names.taken(rows), back
