"""Groups in a large part of a network: labels spread from values to persons and back, until hardly any changes.

Reach for `spread()`. It takes time and memory as the ties are many, whatever shares what.
"""

from __future__ import annotations

import polars as pl

_MOST = 12  # rounds; in most networks labels are still after five
_STILL = 0.002  # share of persons whose label may yet change


def spread(ties: pl.DataFrame) -> pl.DataFrame:
    """Return person and label: of each person the label (a person's number) that weighs most among what it shares.

    Args:
        ties: person, value (a value or another person), is_person and weight. A value's weight is divided among those who
            share it; of labels that weigh the same the smallest counts, so that the answer is always the same.
    """
    direct = ties.filter("is_person").select("person", "value", "weight")
    turned = direct.select(person="value", value="person", weight="weight")
    by_value = ties.filter(~pl.col("is_person")).select("person", "value", "weight")
    # Two persons tied directly share a value of their own, with a number that no other value has.
    own = -1 - pl.int_range(pl.len(), dtype=pl.Int64)
    direct = direct.with_columns(own.alias("between"))
    turned = turned.with_columns(own.alias("between"))
    shared = pl.concat([by_value, *(each.select("person", "weight", value="between").select(by_value.columns) for each in (direct, turned))])  # fmt: skip
    shared = shared.filter(pl.len().over("value") > 1).with_columns(pl.col("weight") / pl.len().over("value"))
    labels = pl.concat([ties["person"], turned["person"]]).unique().sort().to_frame().with_columns(label="person")
    for _ in range(_MOST):
        values = _heaviest(shared.join(labels, on="person"), "value")
        mine = _heaviest(shared.join(values, on="value"), "person")
        after = labels.join(mine.rename({"label": "next"}), on="person", how="left", maintain_order="left")
        after = after.with_columns(pl.coalesce("next", "label").alias("next"))
        changed = (after["next"] != after["label"]).sum()
        labels = after.select("person", label="next")
        if changed <= _STILL * labels.height:
            break
    return labels


def _heaviest(rows: pl.DataFrame, key: str) -> pl.DataFrame:
    weighed = rows.lazy().group_by(key, "label").agg(pl.col("weight").sum())
    most = weighed.filter(pl.col("weight").round(9) == pl.col("weight").round(9).max().over(key))
    return most.group_by(key).agg(pl.col("label").min()).collect()
