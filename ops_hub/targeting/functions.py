"""The functions that a rule's condition may call, each on typed parts.

Reach for `call()`; `FUNCTIONS` is the whole list, and `docs/rules.md` shows it. A function that is not in it is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import polars as pl
from sqlglot import exp

from ops_hub.targeting.typed import NUMBER, Refused, Typed, alike, constant, need

Made = Callable[[exp.Expr, Sequence[Typed]], Typed]

_UNITS = {"YEAR", "MONTH", "DAY", "HOUR", "MINUTE", "DOW", "ISODOW", "WEEK"}


def _text(make: Callable[[pl.Expr], pl.Expr], kind: str = "text") -> Made:
    return lambda node, parts: Typed(make(need(node, parts[0], "text").expr.cast(pl.String)), kind)


def _number(make: Callable[[pl.Expr], pl.Expr]) -> Made:
    return lambda node, parts: Typed(make(need(node, parts[0], "number").expr), "number")


def _pair(make: Callable[[pl.Expr, pl.Expr], pl.Expr]) -> Made:
    """Return a test of one text by another."""

    def made(node: exp.Expr, parts: Sequence[Typed]) -> Typed:
        one, other = (need(node, part, "text").expr.cast(pl.String) for part in parts)
        return Typed(make(one, other), "boolean")

    return made


def _length(node: exp.Expr, parts: Sequence[Typed]) -> Typed:
    part = need(node, parts[0], "text", "texts")
    length = part.expr.list.len() if part.kind == "texts" else part.expr.cast(pl.String).str.len_chars()
    return Typed(length.cast(NUMBER), "number")


def _list_length(node: exp.Expr, parts: Sequence[Typed]) -> Typed:
    return Typed(need(node, parts[0], "texts").expr.list.len().cast(NUMBER), "number")


def _member(node: exp.Expr, parts: Sequence[Typed]) -> Typed:
    return Typed(need(node, parts[0], "texts").expr.list.contains(need(node, parts[1], "text").expr), "boolean")


def _cut(make: Callable[[pl.Expr, int], pl.Expr]) -> Made:
    def made(node: exp.Expr, parts: Sequence[Typed]) -> Typed:
        return Typed(make(need(node, parts[0], "text").expr.cast(pl.String), _count(node, parts[1])), "text")

    return made


def _substring(node: exp.Expr, parts: Sequence[Typed]) -> Typed:
    first = _count(node, parts[1])
    if first < 1:
        raise Refused(node, "the first character is number 1", "write SUBSTRING(column, 1, n)")
    length = _count(node, parts[2]) if len(parts) > 2 else None
    return Typed(need(node, parts[0], "text").expr.cast(pl.String).str.slice(first - 1, length), "text")


def _count(node: exp.Expr, part: Typed) -> int:
    if not isinstance(part.value, int) or isinstance(part.value, bool) or part.value < 0:
        raise Refused(
            node,
            "a number of characters must be a whole number of 0 or more, written out",
            "write for example LEFT(flight, 2)",
        )
    return part.value


def _joined(node: exp.Expr, parts: Sequence[Typed]) -> Typed:
    return Typed(pl.concat_str([need(node, part, "text").expr.cast(pl.String) for part in parts]), "text")


def _of_all(make: Callable[[list[pl.Expr]], pl.Expr]) -> Made:
    def made(node: exp.Expr, parts: Sequence[Typed]) -> Typed:
        same, kind = alike(node, *parts)
        return Typed(make([part.expr for part in same]), kind)

    return made


def _one_of_kinds(make: Callable[[list[pl.Expr]], pl.Expr]) -> Made:
    def made(node: exp.Expr, parts: Sequence[Typed]) -> Typed:
        for part in parts:
            need(node, part, "number", "date", "time")
        return _of_all(make)(node, parts)

    return made


def _nullif(node: exp.Expr, parts: Sequence[Typed]) -> Typed:
    (one, other), kind = alike(node, *parts)
    if one.kind == "null":
        return one
    return Typed(pl.when(one.expr != other.expr).then(one.expr), kind)


def _between(unit: str) -> Made:
    def made(node: exp.Expr, parts: Sequence[Typed]) -> Typed:
        for part in parts:
            need(node, part, "date", "time", "text")
        (start, end), kind = alike(node, *parts)
        need(node, Typed(start.expr, kind), "date", "time")
        span = end.expr.cast(pl.Datetime("us")) - start.expr.cast(pl.Datetime("us"))
        return Typed(span.dt.total_minutes(fractional=True) / (60 if unit == "hours" else 1440), "number")

    return made


def extract(node: exp.Expr, unit: str, part: Typed) -> Typed:
    """Return one part of a date or time as a number.

    Raises:
        Refused: the unit is none of these, or a date has no hours.
    """
    if unit not in _UNITS:
        raise Refused(
            node, f"{unit} is no part that can be taken of a date", f"take one of {', '.join(sorted(_UNITS))}"
        )
    need(node, part, "time", *(() if unit in ("HOUR", "MINUTE") else ("date",)))
    when = part.expr.dt
    taken = {
        "YEAR": when.year, "MONTH": when.month, "DAY": when.day, "HOUR": when.hour, "MINUTE": when.minute,
        "DOW": when.weekday, "ISODOW": when.weekday, "WEEK": when.week,
    }[unit]()  # fmt: skip
    return Typed((taken % 7 if unit == "DOW" else taken).cast(NUMBER), "number")


# name: least and most arguments, and what it makes; several names for one thing where SQL has them
FUNCTIONS: dict[str, tuple[int, int, Made]] = {
    "LOWER": (1, 1, _text(lambda e: e.str.to_lowercase())),
    "UPPER": (1, 1, _text(lambda e: e.str.to_uppercase())),
    "TRIM": (1, 1, _text(lambda e: e.str.strip_chars())),
    "LENGTH": (1, 1, _length),
    "LEFT": (2, 2, _cut(lambda e, n: e.str.head(n))),
    "RIGHT": (2, 2, _cut(lambda e, n: e.str.tail(n) if n else e.str.head(0))),
    "SUBSTRING": (2, 3, _substring),
    "CONCAT": (1, 20, _joined),
    "STARTS_WITH": (2, 2, _pair(lambda e, o: e.str.starts_with(o))),
    "ENDS_WITH": (2, 2, _pair(lambda e, o: e.str.ends_with(o))),
    "CONTAINS": (2, 2, _pair(lambda e, o: e.str.contains(o, literal=True))),
    "ARRAY_CONTAINS": (2, 2, _member),
    "ARRAY_LENGTH": (1, 1, _list_length),
    "ABS": (1, 1, _number(lambda e: e.abs())),
    "ROUND": (1, 1, _number(lambda e: e.round())),
    "FLOOR": (1, 1, _number(lambda e: e.floor())),
    "CEIL": (1, 1, _number(lambda e: e.ceil())),
    "COALESCE": (1, 20, _of_all(lambda parts: pl.coalesce(parts))),
    "NULLIF": (2, 2, _nullif),
    "GREATEST": (1, 20, _one_of_kinds(lambda parts: pl.max_horizontal(parts))),
    "LEAST": (1, 20, _one_of_kinds(lambda parts: pl.min_horizontal(parts))),
    "DAYS_BETWEEN": (2, 2, _between("days")),
    "HOURS_BETWEEN": (2, 2, _between("hours")),
}


def call(node: exp.Expr, name: str, parts: Sequence[Typed]) -> Typed:
    """Return a function of these parts.

    Raises:
        Refused: there is no such function here, or it takes other arguments.
    """
    if name not in FUNCTIONS:
        raise Refused(node, f"the function {name} is not allowed", f"use one of {', '.join(FUNCTIONS)}")
    least, most, make = FUNCTIONS[name]
    if not least <= len(parts) <= most:
        wanted = str(least) if least == most else f"{least} to {most}"
        raise Refused(node, f"{name} takes {wanted} arguments and was given {len(parts)}", "see docs/rules.md")
    if all(part.kind == "null" for part in parts):
        return constant(None)
    return make(node, parts)
