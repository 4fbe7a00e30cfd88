"""Which categories may be shown: the rest are folded together, so that no cell counts fewer than k persons.

Reach for `folded()`. The idea: the journeys of a period (or of a group in it) are divided into blocks, each of at least
k different persons, and nothing is ever told but numbers of these blocks and their sums. So what can be worked out by
subtracting one number from another is a sum of blocks, too. A block is a category, or all that were folded together:

1. fold every category of fewer than k persons into 'others';
2. where 'others' has fewer than k itself, fold the smallest category that is left into it: that one alone has k.

Where nothing is left to fold, the group is not divided at all. Persons are counted by document and by name, and the
lower number holds. Where journeys are also told apart by a mark (hit or not), a block needs k persons of both kinds:
a share of 0 or of all would tell something about everybody in it.
"""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from ops_hub.trends.frames import OTHERS

_WHO = ("person", "name")


def folded(journeys: pl.LazyFrame, within: Sequence[str], by: str, k: int, mark: str | None = None) -> pl.LazyFrame:
    """Return a row for each group and category: *within, by, journeys, label, is_small.

    `label` is the category, 'others', or null where the group may not be divided; `is_small` says that the category is
    folded for itself, and not only to cover another one; `journeys` counts those with the mark, where there is one.

    Args:
        journeys: JOURNEYS with the columns named here.
        within: columns of the group that is divided, e.g. period and route.
        by: column of the categories; 'others' in it is folded already.
        k: least number of persons of a block.
        mark: column that is null or not (`hit`): a block needs k persons of both.
    """
    group, sizes = list(within), _sizes(mark)
    length = (pl.len() if mark is None else pl.col(mark).is_not_null().sum()).cast(pl.Int64)
    counted = (
        journeys.group_by(*group, by).agg(length.alias("journeys"), *sizes).with_columns(_least(mark).alias("size"))
    )
    is_small = (pl.col("size") < k) | (pl.col(by) == OTHERS)
    known = counted.select(*group, by, "journeys", "size", is_small.alias("is_small"))
    rest = (
        journeys.join(known.filter("is_small").select(*group, by), on=[*group, by], how="semi")
        .group_by(*group)
        .agg(*sizes)
        .select(*group, _least(mark).alias("rest"))
    )
    # of those left, the smallest: `place` 0
    place = pl.struct("is_small", "size", by).rank("ordinal").over(group) - 1
    placed = known.join(rest, on=group, how="left").with_columns(place.alias("place"))
    is_covering = ~pl.col("is_small") & (pl.col("place") == 0) & (pl.col("rest") < k)
    is_divided = ~pl.col("is_small").all().over(group) | (pl.col("rest") >= k)
    label = (
        pl.when(is_divided & (pl.col("is_small") | is_covering)).then(pl.lit(OTHERS)).when(is_divided).then(pl.col(by))
    )
    return placed.select(*group, by, "journeys", label.alias("label"), "is_small")


def _sizes(mark: str | None) -> list[pl.Expr]:
    """Return numbers of different persons, in all or by mark, by both ways of telling them."""
    kinds = {"": pl.lit(value=True)}
    if mark is not None:
        kinds = {" marked": pl.col(mark).is_not_null(), " not marked": pl.col(mark).is_null()}
    return [
        (pl.when(which).then(pl.col(each)).n_unique() - (~which).any().cast(pl.UInt32)).alias(f"{each}{kind}")
        for each in _WHO
        for kind, which in kinds.items()
    ]


def _least(mark: str | None) -> pl.Expr:
    kinds = [""] if mark is None else [" marked", " not marked"]
    return pl.min_horizontal(f"{each}{kind}" for each in _WHO for kind in kinds)
