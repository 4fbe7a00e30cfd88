"""What a part of a rule's condition is while it is compiled: an expression, its kind, and how it is refused.

Reach for it in the modules that compile nodes; nothing in here knows what a node means.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

import polars as pl
from sqlglot import exp

KINDS = ("text", "number", "boolean", "date", "time", "span", "texts", "null")
NUMBER = pl.Float64  # every number: whole ones are exact up to 2**53, and nothing wraps around or differs by its type


@dataclass(frozen=True)
class Typed:
    """A compiled part.

    Attributes:
        expr: what polars computes.
        kind: text, number, boolean, date, time (date and time of day), span (of time), texts (a list), or null.
        value: a constant's value; None for what depends on columns.
        months: of a constant span, months that have no fixed length.
    """

    expr: pl.Expr
    kind: str
    value: Any = None
    months: int = 0


class Refused(Exception):  # noqa: N818 - it is caught in this room and told as a ConfigError
    """A part of a condition is not allowed; `node` is the part, `reason` and `remedy` are for its author."""

    def __init__(self, node: exp.Expr, reason: str, remedy: str) -> None:
        self.node, self.reason, self.remedy = node, reason, remedy
        super().__init__(reason)


def kind_of(dtype: Any) -> str:
    """Return the kind of a column by its polars dtype."""
    if dtype == pl.List(pl.String):
        return "texts"
    kinds = {pl.String: "text", pl.Boolean: "boolean", pl.Date: "date", pl.Datetime: "time"}
    for each, kind in kinds.items():
        if dtype == each:
            return kind
    if dtype.is_numeric():
        return "number"
    raise TypeError(f"a column of {dtype} is nothing that a rule can name")


def constant(value: Any) -> Typed:
    """Return a constant of a Python value."""
    kinds = {bool: "boolean", int: "number", float: "number", str: "text", dt.date: "date", dt.datetime: "time"}
    if value is None:
        return Typed(pl.lit(None), "null")
    kind = kinds[type(value)]
    return Typed(pl.lit(float(value) if kind == "number" else value), kind, value)


def number(expr: pl.Expr) -> Typed:
    """Return a number; what is none (infinity less infinity) is not known, as polars ranks it above all numbers."""
    return Typed(expr.cast(NUMBER).replace(float("nan"), None), "number")  # fill_nan would name expr three times


def day(text: str, kind: str, node: exp.Expr) -> Typed:
    """Return text written as a date or time as a constant of it.

    Raises:
        Refused: it is none.
    """
    form = dt.date.fromisoformat if kind == "date" else dt.datetime.fromisoformat
    try:
        value = form(text)
    except ValueError:
        raise Refused(
            node, f"'{text}' is no {kind}", "write DATE '2026-11-23' or TIMESTAMP '2026-11-23 14:30'"
        ) from None
    if kind == "time" and getattr(value, "tzinfo", None) is not None:
        raise Refused(node, "times here have no time zone: they are local at the port", "leave the zone out")
    return constant(value)


def alike(node: exp.Expr, *parts: Typed) -> tuple[list[Typed], str]:
    """Return parts that are to be compared or to stand for each other, brought to one kind, and that kind.

    Text beside a date or time is read as one where it is a constant; a date beside a time is its midnight.

    Raises:
        Refused: their kinds do not go together.
    """
    kinds = {part.kind for part in parts} - {"null"}
    when = kinds & {"date", "time"}
    if when and "text" in kinds and all(part.kind != "text" or part.value is not None for part in parts):
        texts = [part.value for part in parts if part.kind == "text"]
        as_kind = "time" if "time" in when or any(len(text) > 10 for text in texts) else "date"
        parts = tuple(day(part.value, as_kind, node) if part.kind == "text" else part for part in parts)
        kinds = {part.kind for part in parts} - {"null"}
    if kinds == {"date", "time"}:
        parts = tuple(_midnight(part) if part.kind == "date" else part for part in parts)
        kinds = {"time"}
    if len(kinds) > 1:
        raise Refused(
            node,
            f"{' and '.join(sorted(kinds))} do not go together",
            "see `ops-hub rules columns` for the kind of each column",
        )
    return list(parts), kinds.pop() if kinds else "null"


def _midnight(part: Typed) -> Typed:
    value = None if part.value is None else dt.datetime.combine(part.value, dt.time())
    return Typed(part.expr.cast(pl.Datetime("us")), "time", value)


def need(node: exp.Expr, part: Typed, *kinds: str) -> Typed:
    """Return the part when it is of one of the kinds (or null).

    Raises:
        Refused: it is not.
    """
    if part.kind not in (*kinds, "null"):
        raise Refused(
            node,
            f"this takes a {' or '.join(kinds)} and was given a {part.kind}",
            "see `ops-hub rules columns` for the kind of each column",
        )
    return part
