"""No rule may fire for who somebody is: nationality, sex, age, birth place or name may stand beside other things only.

Reach for `unfair()`, which every rule file goes through. Two checks, each of which the other's gaps need:
by form, every way in which the condition can be true must hold a part on something else than a trait; by trial, an
ordinary traveller (the `ordinary` column of FACTS), given any of the traits that the rule names, must not set it off.
The second sees through parts that are always true, such as `party_size >= 0`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from itertools import product
from typing import Any

import polars as pl
from sqlglot import exp

from ops_hub.schemas import dtypes
from ops_hub.targeting.columns import FACTS, Fact
from ops_hub.targeting.condition import Condition

_MOST_TRIALS = 50_000
# Every message has these; a condition on them is none.
_ALWAYS = {"record_id", "source", "message_ref", "message_type", "message_function"}


def traits(condition: Condition) -> tuple[str, ...]:
    """Return the columns of the condition that tell who somebody is."""
    return tuple(name for name in condition.columns if FACTS[name].trait)


def unfair(condition: Condition, examples: Sequence[Mapping[str, Any]]) -> str | None:
    """Return why a condition may not be used, or None.

    Args:
        condition: what a rule asks.
        examples: rows on which it must fire, for the values in them.
    """
    if not set(condition.columns) - _ALWAYS:
        return "it asks nothing about the traveller"
    own = traits(condition)
    if not _rests(condition.tree, wanted=True):
        return (
            f"it can fire on {_and(own)} alone" if own else "it can fire on nothing that was asked about the traveller"
        )
    fired = _trial(condition, own, examples) if own else None
    if fired is None:
        return None
    said = ", ".join(f"{name} = {value}" for name, value in fired.items() if value is not None)
    return f"it fires on an ordinary traveller{' with ' + said if said else ''}: what stands beside {_and(own)} is always true"


def _and(names: Sequence[str]) -> str:
    return " and ".join(names) or "nothing"


def _rests(node: exp.Expr, *, wanted: bool) -> bool:
    """Return whether each way for a node to come out as wanted needs a part that is no trait."""
    if isinstance(node, exp.Paren):
        return _rests(node.this, wanted=wanted)
    if isinstance(node, exp.Not):
        return _rests(node.this, wanted=not wanted)
    if isinstance(node, exp.And | exp.Or):
        needs = [_rests(each, wanted=wanted) for each in (node.this, node.expression)]
        return any(needs) if isinstance(node, exp.And) == wanted else all(needs)
    if isinstance(node, exp.Boolean):
        return bool(node.this) != wanted  # the other one never comes out as wanted
    if isinstance(node, exp.Null):
        return True
    if isinstance(node, exp.Case):
        return _case_rests(node, wanted=wanted)
    if isinstance(node, exp.If):
        one, other = node.args["true"], node.args.get("false")
        yes = _rests(node.this, wanted=True) or _rests(one, wanted=wanted)
        return yes and (other is None or _rests(node.this, wanted=False) or _rests(other, wanted=wanted))
    names = {each.name if each.this.args.get("quoted") else each.name.lower() for each in node.find_all(exp.Column)}
    return bool(names - _ALWAYS) and not any(FACTS[name].trait for name in names)


def _case_rests(node: exp.Case, *, wanted: bool) -> bool:
    whens = [exp.EQ(this=node.this, expression=each.this) if node.this else each.this for each in node.args["ifs"]]
    ways = zip(whens, (each.args["true"] for each in node.args["ifs"]), strict=True)
    default = node.args.get("default")
    last = default is None or _rests(default, wanted=wanted) or any(_rests(when, wanted=False) for when in whens)
    return last and all(_rests(when, wanted=True) or _rests(then, wanted=wanted) for when, then in ways)


def _trial(condition: Condition, own: Sequence[str], examples: Sequence[Mapping[str, Any]]) -> dict[str, Any] | None:
    """Return the traits with which an ordinary traveller sets the condition off, if any do."""
    known = {name: _values(name, FACTS[name], condition.tree, examples) for name in own}
    tried: list[dict[str, Any]] = []
    for values in product(*known.values()):
        tried.append(dict(zip(known, values, strict=True)))
        if len(tried) >= _MOST_TRIALS:
            break
    asked = {name: dtype for name, dtype in dtypes(FACTS).items() if name in condition.columns}
    frame = pl.DataFrame(tried, schema={name: asked[name] for name in own}, orient="row")
    ordinary = [
        pl.lit(FACTS[name].ordinary, dtype=dtype).alias(name) for name, dtype in asked.items() if name not in own
    ]
    fired = frame.with_columns(ordinary).select(condition.fires.alias("fires"))["fires"]
    at = fired.arg_max() if fired.any() else None
    return None if at is None else ({name: tried[at][name] for name in own})


def _values(name: str, fact: Fact, tree: exp.Expr, examples: Sequence[Mapping[str, Any]]) -> list[Any]:
    """Return what a trait is tried with: the ordinary value, what examples have, and what the condition writes out."""
    found: list[Any] = [fact.ordinary, *(row[name] for row in examples if row.get(name) is not None)]
    for each in tree.find_all(exp.Literal):
        if fact.dtype == pl.String and each.is_string:
            found.append(each.this.replace("%", "").replace("_", "A"))
        elif fact.dtype == pl.Int64 and not each.is_string:
            middle = int(float(each.this))
            found += [middle - 1, middle, middle + 1]
        elif fact.dtype == pl.Date and each.is_string:
            found += _days(each.this)
    return list(dict.fromkeys([*found, None]))


def _days(text: str) -> list[dt.date]:
    try:
        middle = dt.date.fromisoformat(text[:10])
    except ValueError:
        return []
    return [middle - dt.timedelta(days=1), middle, middle + dt.timedelta(days=1)]
