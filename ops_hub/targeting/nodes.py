"""The nodes of a condition that are allowed, each compiled to polars; whatever is not written here is refused.

Reach for `compiled()`. A node is allowed with the arguments named in `_ARGUMENTS` and no others, so that a form of SQL
that a later parser knows and this module does not (a negation, a modifier) is refused instead of dropped.
"""

from __future__ import annotations

import datetime as dt
import difflib
import operator
import re
from collections.abc import Callable, Mapping
from typing import Any

import polars as pl
from sqlglot import exp

from ops_hub.schemas import Column
from ops_hub.targeting.functions import call, extract
from ops_hub.targeting.typed import NUMBER, Refused, Typed, alike, constant, day, kind_of, need, number

DEEPEST = 60  # nesting; polars walks expressions on the stack
_PATTERN = 500  # characters of a pattern of LIKE
_LARGEST = 2**53  # numbers up to this are exact however they are held
_TWO = ("this", "expression")
_COMPARED: dict[type[exp.Expr], Callable[[Any, Any], Any]] = {
    exp.EQ: operator.eq, exp.NEQ: operator.ne, exp.LT: operator.lt, exp.LTE: operator.le, exp.GT: operator.gt,
    exp.GTE: operator.ge,
}  # fmt: skip
_RECKONED: dict[type[exp.Expr], Callable[[Any, Any], Any]] = {
    exp.Add: operator.add, exp.Sub: operator.sub, exp.Mul: operator.mul, exp.Div: operator.truediv, exp.Mod: operator.mod,
}  # fmt: skip
# functions as the parser knows them: name here, arguments in their order
_CALLS: dict[type[exp.Expr], tuple[str, tuple[str, ...]]] = {
    exp.Lower: ("LOWER", ("this",)), exp.Upper: ("UPPER", ("this",)), exp.Trim: ("TRIM", ("this",)),
    exp.Length: ("LENGTH", ("this",)), exp.Left: ("LEFT", _TWO), exp.Right: ("RIGHT", _TWO),
    exp.Substring: ("SUBSTRING", ("this", "start", "length")), exp.Concat: ("CONCAT", ("expressions",)),
    exp.DPipe: ("CONCAT", _TWO), exp.StartsWith: ("STARTS_WITH", _TWO), exp.EndsWith: ("ENDS_WITH", _TWO),
    exp.Contains: ("CONTAINS", _TWO), exp.ArrayContains: ("ARRAY_CONTAINS", _TWO),
    exp.ArraySize: ("ARRAY_LENGTH", ("this",)), exp.Abs: ("ABS", ("this",)), exp.Round: ("ROUND", ("this",)),
    exp.Floor: ("FLOOR", ("this",)), exp.Ceil: ("CEIL", ("this",)), exp.Coalesce: ("COALESCE", ("this", "expressions")),
    exp.Nullif: ("NULLIF", _TWO), exp.Greatest: ("GREATEST", ("this", "expressions")),
    exp.Least: ("LEAST", ("this", "expressions")), exp.Anonymous: ("", ("this", "expressions")),
}  # fmt: skip
_ARGUMENTS: dict[type[exp.Expr], tuple[str, ...]] = {
    exp.And: _TWO, exp.Or: _TWO, exp.Not: ("this",), exp.Paren: ("this",), exp.Column: ("this",),
    exp.Literal: ("this", "is_string"), exp.Boolean: ("this",), exp.Null: (), exp.Neg: ("this",),
    exp.NullSafeEQ: _TWO, exp.NullSafeNEQ: _TWO, exp.In: ("this", "expressions"), exp.Between: ("this", "low", "high"),
    exp.Like: (*_TWO, "negate"), exp.ILike: (*_TWO, "negate"), exp.Is: _TWO, exp.Case: ("this", "ifs", "default"),
    exp.If: ("this", "true", "false"), exp.Interval: ("this", "unit"), exp.Extract: _TWO, exp.Cast: ("this", "to", "_type"),
    exp.Any: ("this",),
    **dict.fromkeys((*_COMPARED, *_RECKONED), _TWO),
    **{kind: names for kind, (_, names) in _CALLS.items()},
}  # fmt: skip
_HARMLESS = {"safe", "ignore_nulls"}  # set by the parser itself, of no effect here
_LONGEST = 1000  # years of an interval: no date of a feed, moved DEEPEST times, leaves what polars can hold
_SPANS = {"MINUTE": 1 / 1440, "HOUR": 1 / 24, "DAY": 1, "WEEK": 7, "MONTH": 0, "YEAR": 0}


class Compiler:
    """Compiles the nodes of one condition; `used` are the columns it met, in order."""

    def __init__(self, columns: Mapping[str, Column]) -> None:
        self._columns = columns
        self.used: dict[str, None] = {}

    def compiled(self, node: exp.Expr, depth: int = 0) -> Typed:
        """Return a node as typed polars expression.

        Raises:
            Refused: it, or what is in it, is not allowed.
        """
        allowed = _ARGUMENTS.get(type(node))
        if allowed is None:
            raise Refused(
                node,
                f"{_called(node)} is not allowed in a rule",
                "a rule is a condition on columns; docs/rules.md lists what it may hold",
            )
        for name, value in node.args.items():
            if value not in (None, False, []) and name not in allowed and name not in _HARMLESS:
                raise Refused(
                    node,
                    f"{_called(node)} with {name.replace('_', ' ')} is not allowed in a rule",
                    "docs/rules.md lists what a rule may hold",
                )
        if depth > DEEPEST:
            raise Refused(node, f"the condition is nested more than {DEEPEST} deep", "use IN lists, or several rules")
        return self._made(node, depth + 1)

    def _made(self, node: exp.Expr, depth: int) -> Typed:
        if isinstance(node, exp.And | exp.Or):
            parts = [need(each, self.compiled(each, depth), "boolean").expr.cast(pl.Boolean) for each in node.flatten()]
            return Typed(_balanced(parts, operator.and_ if isinstance(node, exp.And) else operator.or_), "boolean")
        if type(node) in _COMPARED or isinstance(node, exp.NullSafeEQ | exp.NullSafeNEQ):
            return self._compared(node, depth)
        if type(node) in _RECKONED:
            return self._reckoned(node, self.compiled(node.this, depth), self.compiled(node.expression, depth))
        if type(node) in _CALLS:
            return self._called(node, depth)
        handler: Callable[[Any, int], Typed] = getattr(self, f"_{type(node).__name__.lower()}")
        return handler(node, depth)

    def _paren(self, node: exp.Paren, depth: int) -> Typed:
        return self.compiled(node.this, depth)

    def _not(self, node: exp.Not, depth: int) -> Typed:
        return Typed(~need(node, self.compiled(node.this, depth), "boolean").expr.cast(pl.Boolean), "boolean")

    def _column(self, node: exp.Column, depth: int) -> Typed:
        if not isinstance(node.this, exp.Identifier):
            raise Refused(node, f"{node.sql()} is no column", "name the columns one by one")
        quoted = bool(node.this.args.get("quoted"))
        name = node.name if quoted else node.name.lower()
        if name not in self._columns:
            near = difflib.get_close_matches(name, self._columns, 1, 0.5)
            hint = f"did you mean {near[0]}?" if near else "`ops-hub rules columns` lists them all"
            hint += "; text stands in 'single quotes'" if quoted else ""
            raise Refused(node, f"there is no column {node.name}", hint)
        self.used[name] = None
        dtype = self._columns[name].dtype
        if dtype.is_float():
            return number(pl.col(name))
        kind = kind_of(dtype)
        return Typed(pl.col(name).cast(NUMBER) if kind == "number" else pl.col(name), kind)

    def _literal(self, node: exp.Literal, depth: int) -> Typed:
        if node.is_string:
            return constant(node.this)
        if not re.fullmatch(r"([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?", node.this):
            raise Refused(node, "this is no number", "write for example 12, 1.5 or 1e3")
        if abs(float(node.this)) > _LARGEST:
            raise Refused(node, "this number is too large", f"numbers go to {_LARGEST}")
        return constant(float(node.this) if re.search(r"[.eE]", node.this) else int(node.this))

    def _boolean(self, node: exp.Boolean, depth: int) -> Typed:
        return constant(bool(node.this))

    def _null(self, node: exp.Null, depth: int) -> Typed:
        return constant(None)

    def _neg(self, node: exp.Neg, depth: int) -> Typed:
        part = need(node, self.compiled(node.this, depth), "number", "span")
        if part.kind == "null":
            return part
        return Typed(-part.expr, part.kind, None if part.value is None else -part.value, -part.months)

    def _compared(self, node: exp.Expr, depth: int) -> Typed:
        if isinstance(node.expression, exp.Any) or isinstance(node.this, exp.Any):
            return self._any_of(node, depth)
        (one, other), kind = alike(node, self.compiled(node.this, depth), self.compiled(node.expression, depth))
        if isinstance(node, exp.NullSafeEQ | exp.NullSafeNEQ):
            same = one.expr.eq_missing(other.expr)
            return Typed(same if isinstance(node, exp.NullSafeEQ) else ~same, "boolean")
        if "null" in (one.kind, other.kind):
            raise Refused(node, "nothing is equal to NULL, so this never fires", "write IS NULL or IS NOT NULL")
        ordered = not isinstance(node, exp.EQ | exp.NEQ)
        if kind == "texts" or (ordered and kind == "boolean"):
            raise Refused(
                node,
                f"{'lists' if kind == 'texts' else 'booleans'} cannot be compared like this",
                "write ARRAY_CONTAINS(column, 'value'), or IS TRUE",
            )
        if one.months or other.months:
            raise Refused(node, "months and years have no fixed length", "write days, or add the interval to a date")
        return Typed(_COMPARED[type(node)](one.expr, other.expr), "boolean")

    def _any_of(self, node: exp.Expr, depth: int) -> Typed:
        if not isinstance(node, exp.EQ) or not isinstance(node.expression, exp.Any):
            raise Refused(
                node, "ANY stands to the right of = here", "write 'value' = ANY(column), with NOT before it to negate"
            )
        return call(
            node, "ARRAY_CONTAINS", (self.compiled(node.expression.this, depth), self.compiled(node.this, depth))
        )

    def _any(self, node: exp.Any, depth: int) -> Typed:
        raise Refused(node, "ANY stands to the right of = here", "write 'value' = ANY(column)")

    def _in(self, node: exp.In, depth: int) -> Typed:
        if not node.expressions:
            raise Refused(node, "the IN list is empty", "name at least one value")
        parts = [self.compiled(each, depth) for each in (node.this, *node.expressions)]
        (one, *others), kind = alike(node, *parts)
        if any(part.kind == "null" for part in (one, *others)):
            raise Refused(node, "NULL in a list is equal to nothing", "write ... OR column IS NULL")
        if kind not in ("text", "number", "date", "time"):
            raise Refused(node, f"a {kind} cannot be looked up in a list", "compare it directly")
        if all(part.value is not None for part in others):
            values = [float(part.value) if kind == "number" else part.value for part in others]
            return Typed(one.expr.is_in(values), "boolean")
        return Typed(_balanced([one.expr == part.expr for part in others], operator.or_), "boolean")

    def _between(self, node: exp.Between, depth: int) -> Typed:
        parts = [self.compiled(each, depth) for each in (node.this, node.args["low"], node.args["high"])]
        (one, low, high), kind = alike(node, *parts)
        if kind in ("boolean", "texts", "null") or any(part.months for part in parts):
            raise Refused(node, f"BETWEEN is not for a {kind}", "use it for numbers, texts, dates and times")
        return Typed((one.expr >= low.expr) & (one.expr <= high.expr), "boolean")

    def _like(self, node: exp.Like | exp.ILike, depth: int) -> Typed:
        one, pattern = self.compiled(node.this, depth), self.compiled(node.expression, depth)
        if not isinstance(pattern.value, str):
            raise Refused(node, "the pattern of LIKE must be written out", "write for example flight LIKE 'BW%'")
        if len(pattern.value) > _PATTERN:
            raise Refused(node, f"the pattern is longer than {_PATTERN} characters", "write a shorter one")
        fits = _fits(need(node, one, "text").expr.cast(pl.String), pattern.value, any_case=isinstance(node, exp.ILike))
        return Typed(~fits if node.args.get("negate") else fits, "boolean")

    _ilike = _like

    def _is(self, node: exp.Is, depth: int) -> Typed:
        one = self.compiled(node.this, depth)
        if isinstance(node.expression, exp.Null):
            return Typed(one.expr.is_null(), "boolean")
        if isinstance(node.expression, exp.Boolean):
            return Typed(need(node, one, "boolean").expr.eq_missing(pl.lit(bool(node.expression.this))), "boolean")
        raise Refused(node, "IS stands before NULL, TRUE or FALSE", "use = to compare")

    def _case(self, node: exp.Case, depth: int) -> Typed:
        base = node.this
        tests = [exp.EQ(this=base, expression=each.this) if base else each.this for each in node.args["ifs"]]
        whens = [need(node, self.compiled(test, depth), "boolean").expr for test in tests]
        default = node.args.get("default")
        results = [self.compiled(each.args["true"], depth) for each in node.args["ifs"]]
        return _chosen(node, whens, results, self.compiled(default, depth) if default else constant(None))

    def _if(self, node: exp.If, depth: int) -> Typed:
        whens = [need(node, self.compiled(node.this, depth), "boolean").expr]
        other = node.args.get("false")
        return _chosen(
            node,
            whens,
            [self.compiled(node.args["true"], depth)],
            self.compiled(other, depth) if other else constant(None),
        )

    def _interval(self, node: exp.Interval, depth: int) -> Typed:
        unit = node.args.get("unit")
        name = unit.name.upper().removesuffix("S") if isinstance(unit, exp.Var) else ""
        amount = node.this.this if isinstance(node.this, exp.Literal) else ""
        if name not in _SPANS or not re.fullmatch(r"-?[0-9]{1,6}", str(amount)):
            raise Refused(node, "this interval cannot be read", f"write INTERVAL '30' DAY; units: {', '.join(_SPANS)}")
        months = int(amount) * {"MONTH": 1, "YEAR": 12}.get(name, 0)
        span = dt.timedelta(days=int(amount) * _SPANS[name])
        if abs(months) > _LONGEST * 12 or abs(span) > dt.timedelta(days=_LONGEST * 366):
            raise Refused(node, f"this interval is longer than {_LONGEST} years", "write a shorter one")
        return Typed(pl.lit(span), "span", span, months)

    def _reckoned(self, node: exp.Expr, one: Typed, other: Typed) -> Typed:
        if other.kind == "span" and one.kind in ("date", "time") and isinstance(node, exp.Add | exp.Sub):
            return _moved(node, one, other, 1 if isinstance(node, exp.Add) else -1)
        if one.kind == "span" and other.kind in ("date", "time") and isinstance(node, exp.Add):
            return _moved(node, other, one, 1)
        if isinstance(node, exp.Sub) and {one.kind, other.kind} <= {"date", "time"}:
            (one, other), _ = alike(node, one, other)
            return Typed(one.expr - other.expr, "span")
        left, right = (need(node, part, "number").expr.cast(NUMBER) for part in (one, other))
        if isinstance(node, exp.Div | exp.Mod):  # by 0 there is no result, and what has none does not fire
            right = right.replace(0.0, None)
        return number(_RECKONED[type(node)](left, right))

    def _extract(self, node: exp.Extract, depth: int) -> Typed:
        return extract(node, node.name.upper(), self.compiled(node.expression, depth))

    def _cast(self, node: exp.Cast, depth: int) -> Typed:
        kind = {"DATE": "date", "TIMESTAMP": "time"}.get(node.to.sql())
        part = self.compiled(node.this, depth)
        if kind == "date" and part.kind == "time":
            return Typed(part.expr.dt.date(), "date")
        if kind and isinstance(part.value, str):
            return day(part.value, kind, node)
        raise Refused(
            node, "this cannot be cast", "DATE '2026-11-23', TIMESTAMP '2026-11-23 14:30' and departs_at::DATE can"
        )

    def _called(self, node: exp.Expr, depth: int) -> Typed:
        name, arguments = _CALLS[type(node)]
        if isinstance(node, exp.Anonymous):
            name, arguments = str(node.this).upper(), ("expressions",)
        found = [node.args.get(each) for each in arguments]
        parts = [part for each in found for part in (each if isinstance(each, list) else [each]) if part is not None]
        return call(node, name, [self.compiled(part, depth) for part in parts])


def _called(node: exp.Expr) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", type(node).__name__).lower()


def _balanced(parts: list[pl.Expr], join: Callable[[Any, Any], Any]) -> pl.Expr:
    """Return all parts joined, as a shallow tree: polars walks expressions on the stack."""
    while len(parts) > 1:
        parts = [join(*parts[i : i + 2]) if i + 1 < len(parts) else parts[i] for i in range(0, len(parts), 2)]
    return parts[0]


def _fits(text: pl.Expr, pattern: str, *, any_case: bool) -> pl.Expr:
    """Return whether a text fits a pattern of LIKE: % is any text, _ one character; regular expressions of polars are linear."""
    plain = pattern.strip("%")
    if not any_case and "_" not in pattern and "%" not in plain:
        starts, ends = not pattern.startswith("%"), not pattern.endswith("%") or not plain
        if starts and ends:
            return text == plain
        if starts:
            return text.str.starts_with(plain)
        return text.str.ends_with(plain) if ends else text.str.contains(plain, literal=True)
    regex = "".join({"%": ".*", "_": "."}.get(char, re.escape(char)) for char in pattern)
    return text.str.contains(f"(?s{'i' if any_case else ''})^{regex}$")


def _chosen(node: exp.Expr, whens: list[pl.Expr], results: list[Typed], default: Typed) -> Typed:
    (*thens, last), kind = alike(node, *results, default)
    made = last.expr
    for when, then in zip(reversed(whens), reversed(thens), strict=True):
        made = pl.when(when.cast(pl.Boolean)).then(then.expr).otherwise(made)
    return Typed(made, kind)


def _moved(node: exp.Expr, when: Typed, span: Typed, sign: int) -> Typed:
    if span.value is None:
        raise Refused(
            node, "only a written-out interval can be added to a date", "write for example + INTERVAL '30' DAY"
        )
    if span.months:
        return Typed(when.expr.dt.offset_by(f"{sign * span.months}mo"), when.kind)
    whole = span.value % dt.timedelta(days=1) == dt.timedelta(0)
    if when.kind == "date" and not whole:
        return Typed(when.expr.cast(pl.Datetime("us")) + sign * span.expr, "time")
    return Typed(when.expr + sign * span.value, when.kind)
