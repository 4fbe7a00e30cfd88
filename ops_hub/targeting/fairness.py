"""No rule may fire for who somebody is: nationality, sex, age, birth place or name may stand beside other things only.

Reach for `unfair()`, which every rule goes through. It is a trial: ordinary travellers (`ordinary`), as several kinds of
feeds tell of them, are given each combination of the traits that a rule names. Where one combination sets the rule off
for half of the travellers of one kind, it is the traits that decide: what stands beside them is true of most people,
however it is written. So it needs no knowledge of the rule's form.
"""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Mapping, Sequence
from itertools import product
from math import prod
from typing import Any

import polars as pl
from sqlglot import exp

from ops_hub.reference import states
from ops_hub.schemas import dtypes
from ops_hub.targeting.columns import FACTS
from ops_hub.targeting.condition import Condition
from ops_hub.targeting.ordinary import KIND, ordinary

MOST = 0.5  # of the ordinary travellers of one kind of feed: beyond, the traits decide
NEARLY_ALL = 0.9  # a rule without traits that fires on so many says nothing of anybody
_TRIALS = 3_000  # combinations of traits
_OLDEST = 100  # years
# Every message has these; a condition on them is none.
_ALWAYS = {"record_id", "source", "message_ref", "message_type", "message_function"}


def traits(condition: Condition) -> tuple[str, ...]:
    """Return the columns of the condition that tell who somebody is."""
    return tuple(name for name in condition.columns if FACTS[name].trait)


def unfair(condition: Condition, examples: Sequence[Mapping[str, Any]]) -> str | None:
    """Return why a condition may not be used, or None.

    Args:
        condition: what a rule asks.
        examples: rows on which it must fire, for the values of traits in them.
    """
    if not set(condition.columns) - _ALWAYS:
        return "it asks nothing about the traveller"
    own = traits(condition)
    people = ordinary()
    if not own:
        whole = people.filter(pl.col(KIND) == people[KIND][0]).select(condition.fires.alias("fires"))["fires"]
        share = whole.sum() / len(whole)
        return f"it fires on nearly everybody ({share:.0%} of ordinary travellers)" if share >= NEARLY_ALL else None
    tried = _combinations(own, condition.tree, examples)
    found = _worst(condition, people, tried)
    if found is None:
        return None
    values, share, kind = found
    said = ", ".join(f"{name} = {value}" for name, value in values.items() if value is not None)
    return (
        f"it can fire on {' and '.join(own)} alone: with {said or 'these not known'} it fires on {share:.0%} of ordinary"
        f" travellers ({kind}), so what stands beside is true of most people"
    )


def _worst(condition: Condition, people: pl.DataFrame, tried: pl.DataFrame) -> tuple[dict[str, Any], float, str] | None:
    """Return the combination that fires on most, with the share and kind of feed, where that is too many."""
    numbered = tried.with_row_index("combination")
    asked = people.select(KIND, *(name for name in condition.columns if name not in tried.columns))
    crossed = numbered.lazy().join(asked.lazy(), how="cross")
    if "party_minors" in asked.columns and "age" in tried.columns:  # whoever is a child is one of the party's
        crossed = crossed.with_columns(
            pl.col("party_minors") + (pl.col("age") < 18).fill_null(value=False).cast(pl.Int64)
        )
    shares = (
        crossed.select("combination", KIND, condition.fires.alias("fires"))
        .group_by("combination", KIND)
        .agg(pl.col("fires").mean().alias("share"))
        .sort("share", "combination", KIND, descending=[True, False, False])
        .head(1)
        .collect()
    )
    which, kind, share = shares.row(0)
    return None if share < MOST else (tried.row(which, named=True), share, kind)


def _combinations(own: Sequence[str], tree: exp.Expr, examples: Sequence[Mapping[str, Any]]) -> pl.DataFrame:
    """Return combinations of traits to try: all, or many of them and each value by itself."""
    texts = [each.this.replace("%", "").replace("_", "A") for each in tree.find_all(exp.Literal) if each.is_string]
    known = {name: _values(name, texts, examples) for name in own}
    form = {name: dtypes(FACTS)[name] for name in own}
    if prod(map(len, known.values())) <= _TRIALS:
        return pl.DataFrame(list(product(*known.values())), schema=form, orient="row")
    draw = random.Random(0)
    tried = [tuple(draw.choice(values) for values in known.values()) for _ in range(_TRIALS)]
    usual = [{name: row.get(name) for name in own} for row in (*examples, {})]
    for name, values in known.items():
        tried += [tuple((base | {name: value}).values()) for base in usual[-3:] for value in values[:_TRIALS]]
    return pl.DataFrame(tried, schema=form, orient="row")


def _values(name: str, texts: Sequence[str], examples: Sequence[Mapping[str, Any]]) -> list[Any]:
    """Return what a trait is tried with: all that it can be, where that is few, and what rule and examples name."""
    fact = FACTS[name]
    found: list[Any] = [fact.ordinary, *(row[name] for row in examples if row.get(name) is not None)]
    if fact.dtype == pl.String:
        found += texts
        found += ["M", "F", "X"] if name == "sex" else states() if fact.trait == "nationality" else []
    elif fact.dtype == pl.Int64:
        found += range(_OLDEST)
    elif fact.dtype == pl.Date:
        found += [dt.date(2026 - years, month, 15) for years in range(_OLDEST) for month in (3, 9)]
    return list(dict.fromkeys([*found, None]))
