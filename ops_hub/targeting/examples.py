"""Examples of a rule: rows on which it must and must not fire, and whether it does.

Reach for `failures()`, which `ops-hub rules test` prints. A row names some columns; all others are null.
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
        is_bool = isinstance(value, bool) and kind != "boolean"
        is_time = isinstance(value, dt.datetime) and kind == "date"
        if is_bool or is_time or not isinstance(value, _KINDS[kind]):
            raise ConfigError(
                place, f"{key} has {name} = {value!r}, and this column is a {kind}", "see `ops-hub rules columns`"
            )
        made[name] = float(str(value)) if FACTS[name].dtype == pl.Float64 else value
    return made


def failures(
    condition: Condition, must_fire: Sequence[Mapping[str, Any]], must_not_fire: Sequence[Mapping[str, Any]]
) -> list[str]:
    """Return one line for each example on which the rule does not do what it must; none when all is well."""
    rows = [*must_fire, *must_not_fire]
    schema = {name: dtype for name, dtype in dtypes(FACTS).items() if name in condition.columns}
    frame = pl.DataFrame([{name: row.get(name) for name in schema} for row in rows], schema=schema, orient="row")
    fired = frame.select(condition.fires.alias("fires"))["fires"].to_list()
    wanted = [True] * len(must_fire) + [False] * len(must_not_fire)
    said = []
    for row, did, should in zip(rows, fired, wanted, strict=True):
        if did != should:
            key = "must_fire" if should else "must_not_fire"
            shown = ", ".join(f"{name} = {value}" for name, value in row.items())
            said.append(f"{key} {{{shown}}}: it {'fires' if did else 'does not fire'}")
    return said
