"""Persons of intelligence among the persons of the records: who is whom, by document, or by name and birth date.

Reach for `with_persons()` before nodes are made. Where several persons could be meant nobody is taken: the person of the
intelligence stays a node of its own, tied to each of them by 'perhaps same person'.
"""

from __future__ import annotations

import polars as pl

from ops_hub.graph.gather import Gathered, called, whole_date


def with_persons(intelligence: pl.DataFrame, found: Gathered, root: pl.Series) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return INTELLIGENCE with ids of persons of the records where they are met, and one and other (node ids) that are alike.

    Args:
        intelligence: INTELLIGENCE.
        found: records and values.
        root: first record of the person of each record.
    """
    told = [
        intelligence.filter(pl.col(f"{end}_type") == "person").select(
            # a person of whom the document alone is told has it for a label, which is no name
            pl.col(f"{end}_id").alias("id"), pl.when(pl.col(f"{end}_label") != pl.col(f"{end}_document").fill_null("").str.strip_prefix("document:")).then(called(f"{end}_label")).alias("name"),
            whole_date(pl.col(f"{end}_born")).alias("born"), pl.col(f"{end}_document").alias("document"),
        )
        for end in ("from", "to")
    ]  # fmt: skip
    persons = pl.concat(told).unique()
    hashed = persons.with_columns(pl.when(pl.col("name").is_not_null()).then(pl.col("name").hash()).alias("name"))
    records = found.records.select("r", "record_id", "name", "born", root.alias("root"))
    values = found.values.filter(pl.col("type") == "document").select("key", pl.col("node_id").alias("document"))
    bearers = hashed.drop_nulls("document").join(values, on="document").join(found.named.select("key", "r"), on="key")
    bearers = bearers.join(records, on="r", suffix="_seen")
    is_same = (pl.col("name") == pl.col("name_seen")) | (pl.col("born") == pl.col("born_seen"))
    alone = pl.col("root").n_unique().over("id") == 1  # a document alone does where only one person was seen with it
    untold = pl.col("name").is_null() & pl.col("born").is_null()
    by_document = bearers.filter(is_same.fill_null(False) | (alone & untold)).select("id", "root")
    by_name = hashed.drop_nulls(["name", "born"]).join(records, on=["name", "born"]).select("id", "root")
    either = pl.concat([by_document, by_name.join(by_document, on="id", how="anti")]).unique()
    sole = either.filter(pl.col("root").n_unique().over("id") == 1)
    several = either.join(sole, on="id", how="anti")
    name_of = pl.concat_str(pl.lit("person:"), found.records["record_id"])
    ids = found.records.select("r", name_of.alias("met"))
    renamed = sole.join(ids, left_on="root", right_on="r").select("id", "met")
    alike = several.join(ids, left_on="root", right_on="r").select(
        pl.col("id").alias("one"), pl.col("met").alias("other")
    )
    made = intelligence
    for end in ("from", "to"):
        made = made.join(renamed, left_on=f"{end}_id", right_on="id", how="left", maintain_order="left")
        made = made.with_columns(pl.coalesce("met", f"{end}_id").alias(f"{end}_id")).drop("met")
    return made.filter(pl.col("from_id") != pl.col("to_id")), alike.sort("one", "other")


def held(intelligence: pl.DataFrame) -> pl.DataFrame:
    """Return INTELLIGENCE of which person holds which document, where lines name a document of a person."""
    made = []
    for end in ("from", "to"):
        some = intelligence.drop_nulls(f"{end}_document")
        paper = pl.col(f"{end}_document")
        made.append(
            some.with_columns(
                *(pl.col(f"{end}_{part}").alias(f"from_{part}") for part in ("id", "type", "label")),
                paper.alias("to_id"),
                pl.lit("document").alias("to_type"),
                paper.str.strip_prefix("document:").alias("to_label"),
                pl.lit("holds").alias("link"),
            )
        )
    return pl.concat(made)
