"""What changed between two states of the lists, and what a state holds.

Reach for `diff()` before a new list goes live and `summary()` to look at one.
"""

from __future__ import annotations

from typing import Any

import polars as pl

from ops_hub.lists.info import ListInfo
from ops_hub.lists.snapshot import KEY
from ops_hub.schemas import ENTRIES


def diff(old: pl.DataFrame, new: pl.DataFrame) -> pl.DataFrame:
    """Return list_id, entry_id, change (added, changed, removed), name and, for changed, the columns that did.

    Args:
        old: ENTRIES.
        new: ENTRIES.
    """
    same = [*KEY, "entry_hash"]  # most are: they are left out before anything large is compared
    one, other = old.join(new.select(same), on=same, how="anti"), new.join(old.select(same), on=same, how="anti")
    both = one.join(other, on=KEY, how="full", coalesce=True, suffix="_new")
    both = both.with_columns(
        pl.when(pl.col("entry_hash").is_null()).then(pl.lit("added"))
        .when(pl.col("entry_hash_new").is_null()).then(pl.lit("removed"))
        .otherwise(pl.lit("changed")).alias("change")
    )  # fmt: skip
    compared = [column for column in ENTRIES if column not in (*KEY, "entry_hash")]
    changed = [pl.when(pl.col(c).ne_missing(pl.col(f"{c}_new"))).then(pl.lit(c)) for c in compared]
    label = pl.coalesce(*(pl.col(c).list.first().struct.field("full") for c in ("names_new", "names")))
    return both.select(
        *KEY,
        "change",
        label.alias("name"),
        pl.when(pl.col("change") == "changed").then(pl.concat_list(changed).list.drop_nulls()).alias("columns"),
    ).sort("change", *KEY)


def summary(entries: pl.DataFrame, lists: tuple[ListInfo, ...]) -> list[dict[str, Any]]:
    """Return one dict a list: owner, terms, entries, names by quality, documents by status, birth dates, dates."""
    out = []
    for info in lists:
        own = entries.filter(pl.col("list_id") == info.list_id)
        names = own["names"].explode(empty_as_null=False).struct.field("quality").value_counts()
        papers = own["documents"].explode(empty_as_null=False).struct.field("status").fill_null("own").value_counts()
        out.append(
            {
                "list": info.list_id,
                "title": info.title,
                "owner": info.owner,
                "originators": own["owner"].unique().sort().to_list(),
                "purpose": info.purpose,
                "handling": dict(own["handling"].value_counts().sort("handling").iter_rows()),
                "entries": own.height,
                "persons": int((own["kind"] == "person").sum()),
                "left_out": {k: n for k, n in info.counts.items() if k not in ("persons", "documents")},
                "names": dict(names.sort("quality").iter_rows()),
                "documents": dict(papers.sort("status").iter_rows()),
                "with_birth_date": int((own["births"].list.len() > 0).sum()),
                "last_update": str(own["updated_on"].max()) if own["updated_on"].max() else info.generated_on,
                "expires": info.expires,
            }
        )
    return out
