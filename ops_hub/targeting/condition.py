"""A rule's condition, written in SQL by an analyst, as a lazy polars expression.

Reach for `compile_condition()`. The text is parsed as one expression and walked node by node (`nodes`); nothing of it
is ever run as Python or handed to a SQL engine, so that no file, table or function is in reach but those named there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl
import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from ops_hub.errors import ConfigError
from ops_hub.schemas import Column
from ops_hub.targeting.bounds import readable, shallow, sized
from ops_hub.targeting.nodes import Compiler
from ops_hub.targeting.typed import Refused

LONGEST = 20_000  # characters of a condition
_SHOWN = 60


@dataclass(frozen=True)
class Condition:
    """A condition ready to use.

    Attributes:
        text: as its author wrote it.
        fires: true or false for every row; what is unknown (NULL) is false.
        columns: the columns it names, in order.
        tree: what was parsed, for those who judge it; chains of AND and OR are balanced.
    """

    text: str
    fires: pl.Expr
    columns: tuple[str, ...]
    tree: exp.Expr


def compile_condition(text: str, columns: Mapping[str, Column], *, source: str, rule: str, line: int) -> Condition:
    """Return the condition as an expression over the columns.

    Args:
        text: SQL condition, e.g. "age < 18 AND party_adults = 0".
        columns: what it may name.
        source: file it stands in, for messages.
        rule: id of the rule.
        line: line of the file on which the text begins.

    Raises:
        ConfigError: it cannot be read, or holds what is not allowed; names file, line, rule, the part, and a remedy.
    """

    def refused(at: int, what: str, reason: str, remedy: str) -> ConfigError:
        part = " ".join(what.split())
        shown = part if len(part) <= _SHOWN else part[:_SHOWN] + "..."
        return ConfigError(f"{source}:{at}: rule {rule}", f"{reason}, in: {shown}" if shown else reason, remedy)

    if len(text) > LONGEST:
        raise refused(line, text, f"the condition is longer than {LONGEST} characters", "make it several rules")
    try:
        readable(text)
        tree = sqlglot.parse_one(text, into=exp.Condition)
        sized(tree)
        compiler = Compiler(columns)
        made = compiler.compiled(tree)
        if made.kind != "boolean":
            raise Refused(tree, f"the condition gives a {made.kind}, not true or false", "compare it with something")
    except SqlglotError as error:
        found = (getattr(error, "errors", None) or [{}])[0]
        at, near = int(found.get("line") or 1), f"{found.get('start_context') or ''}{found.get('highlight') or ''}"
        raise refused(
            line + at - 1, near[-_SHOWN:] or text, "this is no SQL condition", "see docs/rules.md for the form"
        ) from None
    except RecursionError:
        raise refused(line, text, "the condition is nested too deep", "use IN lists, or several rules") from None
    except Refused as error:
        raise refused(line + _line(error.node) - 1, _sql(error.node), error.reason, error.remedy) from None
    return Condition(text, made.expr.fill_null(value=False), tuple(compiler.used), shallow(tree))


def _line(node: exp.Expr) -> int:
    """Return the first line that a node's parts stand on, as far as the parser keeps it."""
    lines = [each.meta["line"] for each in node.walk() if "line" in each.meta]
    return min(lines, default=1)


def _sql(node: exp.Expr) -> str:
    try:
        return node.sql(comments=False)
    except (SqlglotError, RecursionError):
        return type(node).__name__
