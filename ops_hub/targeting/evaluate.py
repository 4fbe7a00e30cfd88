"""FACTS and rules into FLAGS: who set off which rule, and what it saw.

Reach for `evaluate()`, which flags, or `fired()`, which keeps the facts beside, for figures. One lazy plan whatever the
number of rules: all conditions over all rows once; what is to be read by people is made only for rows that fired.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence

import polars as pl

from ops_hub.schemas import FLAGS, conform, dtypes
from ops_hub.targeting.columns import FACTS
from ops_hub.targeting.rulefile import Rule

_MARK, _ROW = "fires ", "row "  # no column of FACTS has a space in its name


def fired(facts: pl.LazyFrame, rules: Iterable[Rule]) -> tuple[pl.LazyFrame, list[str]]:
    """Return FACTS with one boolean column a rule, and the names of these columns."""
    marks = [rule.condition.fires.alias(_MARK + rule.id) for rule in rules]
    return facts.with_columns(marks), [mark.meta.output_name() for mark in marks]


def evaluate(facts: pl.LazyFrame, rules: Sequence[Rule], *, today: dt.date) -> pl.LazyFrame:
    """Return FLAGS, in the order of the travellers, then of the rules.

    Args:
        facts: FACTS.
        rules: what to ask; rules not valid today are passed over.
        today: the day.
    """
    asked = [rule for rule in rules if rule.holds_on(today)]
    if not asked:
        return pl.LazyFrame(schema=dtypes(FLAGS))
    marked, marks = fired(facts.with_row_index(_ROW), asked)
    needed = dict.fromkeys([_ROW, "record_id", *(name for rule in asked for name in rule.condition.columns)])
    some = marked.select(*needed, *marks).filter(pl.any_horizontal(marks))

    def told(frame: pl.DataFrame) -> pl.DataFrame:
        """Return a row a flag: the rows of each rule are cut out once they are few (as a plan, each cut would be a walk of its own)."""
        return pl.concat(
            frame.filter(mark).select(
                _ROW, "record_id", pl.lit(rule.id).alias("rule_id"), _shown(rule.condition.columns).alias("facts")
            )
            for mark, rule in zip(marks, asked, strict=True)
        )

    form = {_ROW: pl.UInt32, "record_id": pl.String, "rule_id": pl.String, "facts": pl.String}
    found = some.map_batches(told, schema=form)
    about = pl.LazyFrame(
        {
            "rule_id": [rule.id for rule in asked],
            **{
                key: [getattr(rule.written, key) for rule in asked]
                for key in ("severity", "handling", "title", "action")
            },
        }
    )
    once = found.sort(_ROW, "rule_id").unique(
        ["record_id", "rule_id"], keep="first", maintain_order=True
    )  # delivered twice, flagged once
    return conform(once.join(about, on="rule_id", how="left", maintain_order="left"), FLAGS)


def _shown(columns: Sequence[str]) -> pl.Expr:
    """Return the columns and their values as one text."""
    texts = []
    for name in columns:
        dtype = FACTS[name].dtype
        value = pl.col(name)
        if dtype == pl.List(pl.String):
            text = value.list.join(",")
        elif dtype == pl.Float64:
            text = value.round(2).cast(pl.String)
        elif dtype == pl.Datetime:
            text = value.dt.to_string("%Y-%m-%d %H:%M")
        else:
            text = value.cast(pl.String)
        texts.append(pl.concat_str(pl.lit(f"{name} = "), text.fill_null("not known")))
    return pl.concat_str(texts, separator="; ")
