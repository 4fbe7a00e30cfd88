"""Examples of a rule: rows on which it must and must not fire, and whether it does.

Reach for `failures()`. A row names some columns; all others are null.
"""

from __future__ import annotations

import datetime as dt
import difflib
from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from ops_hub.errors import ConfigError
from ops_hub.schemas import dtypes
from ops_hub.targeting.columns import FACTS
from ops_hub.targeting.condition import Condition
from ops_hub.targeting.typed import kind_of

_SHOWN = 60
_LEAST, _MOST = -(2**63), 2**63 - 1
# What columns of a type hold at the utmost: a condition that runs on these runs on every feed.
_UTMOST: dict[str, tuple[Any, Any]] = {
    "text": ("", "\u00c5\U0001f600\n" * 500), "boolean": (False, True), "texts": ([], [None, "", "x" * 500]),
    "date": (dt.date.min, dt.date.max), "time": (dt.datetime.min, dt.datetime.max),
}  # fmt: skip
_KINDS: dict[str, tuple[type, ...]] = {
    "text": (str,), "number": (int, float), "boolean": (bool,), "date": (dt.date,), "time": (dt.datetime,), "texts": (list,),
}  # fmt: skip


def example(row: Mapping[str, Any], place: str, key: str) -> Mapping[str, Any]:
    """Return an example as a row of FACTS.

    Raises:
        ConfigError: a column does not exist, or its value is of another kind.
    """
    made = {}
    for name, value in row.items():
        if name not in FACTS:
            near = difflib.get_close_matches(name, FACTS, 1)
            raise ConfigError(
                place,
                f"{key} names {name}, which is no column",
                f"did you mean {near[0]}?" if near else "see `ops-hub rules columns`",
            )
        kind = kind_of(FACTS[name].dtype)
        if not _is(value, kind, FACTS[name].dtype):
            shown = str(value) if isinstance(value, dt.date | dt.time) else repr(value)
            shown = shown if len(shown) < _SHOWN else shown[:_SHOWN] + "..."
            numeric = isinstance(value, int | float) and not isinstance(value, bool)
            what = "whole number" if numeric and FACTS[name].dtype == pl.Int64 else kind
            raise ConfigError(
                place, f"{key} has {name} = {shown}, and this column is a {what}", "see `ops-hub rules columns`"
            )
        dtype = FACTS[name].dtype
        made[name] = float(str(value)) if dtype == pl.Float64 else int(value) if dtype == pl.Int64 else value
    return made


def _is(value: Any, kind: str, dtype: Any) -> bool:
    """Return whether a value can stand in a column."""
    fits = isinstance(value, _KINDS[kind])  # a bool is an int, to Python
    if not fits or (isinstance(value, bool) and kind != "boolean"):
        return False
    if isinstance(value, dt.datetime):  # times here are local at the port, and a date has none
        return kind == "time" and value.tzinfo is None
    if dtype == pl.Int64:
        return bool(_LEAST <= value <= _MOST and value == int(value))
    return kind != "texts" or all(isinstance(each, str) for each in value)


def _utmost(dtype: Any) -> tuple[Any, Any]:
    if kind_of(dtype) == "number":
        return (_LEAST, _MOST) if dtype == pl.Int64 else (float("-inf"), float("inf"))
    return _UTMOST[kind_of(dtype)]


def failures(
    condition: Condition, must_fire: Sequence[Mapping[str, Any]], must_not_fire: Sequence[Mapping[str, Any]]
) -> list[str]:
    """Return one line for each example on which the rule does not do what it must; none when all is well.

    The condition runs on an empty row and on extreme ones, too, so that what cannot run is found here: it raises.
    """
    rows = [*must_fire, *must_not_fire]
    schema = {name: dtype for name, dtype in dtypes(FACTS).items() if name in condition.columns}
    utmost: list[dict[str, Any]] = [{name: _utmost(dtype)[end] for name, dtype in schema.items()} for end in (0, 1)]
    tried: list[tuple[Any, ...]] = [tuple(row.get(name) for name in schema) for row in [*rows, {}, *utmost]]
    frame = pl.DataFrame(tried, schema=schema, orient="row").lazy()
    fired = frame.with_columns(condition.fires.alias("fires ")).collect()["fires "].to_list()
    wanted = [True] * len(must_fire) + [False] * len(must_not_fire)
    said = []
    for row, did, should in zip(rows, fired, wanted, strict=False):
        if did != should:
            key = "must_fire" if should else "must_not_fire"
            shown = ", ".join(f"{name} = {value}" for name, value in row.items())
            said.append(f"{key} {{{shown}}}: it {'fires' if did else 'does not fire'}")
    return said
