"""How large a condition may be, so that reading and running it takes seconds whatever somebody writes.

Reach for `readable()` before a text is parsed, `sized()` before it is compiled, and `shallow()` for those who walk it.
"""

from __future__ import annotations

import sqlglot
from sqlglot import TokenType, exp
from sqlglot.parser import Parser

from ops_hub.targeting.typed import Refused

LARGEST = 8_000  # parts of a condition, each counted as often as polars or a check meets it
MOST_WHENS = 200  # of one CASE: each stands within the one before it in a plan
_TYPES = Parser.TYPE_TOKENS | {TokenType.UNION}


def readable(text: str) -> None:
    """Let through what the parser reads in a time that grows with its length.

    It tries a type with brackets after it in two ways, and so twice as long for each that stands within another.

    Raises:
        Refused: the text holds such a form; none of them means anything in a rule.
        TokenError: the text cannot be cut into words.
    """
    tokens = sqlglot.tokenize(text)
    for at, token in enumerate(tokens):
        before = tokens[at - 1].token_type if at else None
        if token.text[:1] in ("[", "{") and token.token_type != TokenType.STRING:
            what = "bracket" if token.text[0] == "[" else "brace"
        elif token.token_type == TokenType.L_PAREN and before in _TYPES:
            what = f"{tokens[at - 1].text.upper()}(...)"
        else:
            continue
        place = exp.Var(this=token.text)
        place.meta["line"] = token.line
        raise Refused(place, f"{what} is not allowed in a rule", "docs/rules.md lists what a rule may hold")


def sized(tree: exp.Expr) -> None:
    """Let through a condition that stays small once it is compiled, where some parts are mentioned more than once.

    Raises:
        Refused: it does not.
    """
    total, left = 0, [(tree, 1)]
    while left:
        node, times = left.pop()
        total += times
        if total > LARGEST:
            raise Refused(
                tree, f"the condition comes to more than {LARGEST} parts", "nest less, or make it several rules"
            )
        if isinstance(node, exp.Case) and len(node.args["ifs"]) > MOST_WHENS:
            raise Refused(node, f"CASE has more than {MOST_WHENS} WHEN", "use IN lists, or several rules")
        left += [(each, times * _mentions(node, each)) for each in node.iter_expressions() if not _plain(each)]


def _plain(node: exp.Expr) -> bool:
    return isinstance(node, exp.Literal | exp.Identifier)


def _mentions(node: exp.Expr, part: exp.Expr) -> int:
    """Return how often a part of a node is met where the node is met once."""
    if part.arg_key != "this":
        return 1
    if isinstance(node, exp.Case):  # CASE x WHEN 1 ... WHEN 2 asks x = 1, x = 2
        return len(node.args["ifs"])
    if isinstance(node, exp.In):
        return 1 + sum(not _plain(each) for each in node.expressions)
    return 2 if isinstance(node, exp.Between | exp.Nullif | exp.If) else 1


def shallow(tree: exp.Expr) -> exp.Expr:
    """Return the tree with each chain of AND or of OR as a shallow one: whoever walks it does so on the stack."""
    for node in list(tree.find_all(exp.And, exp.Or)):
        if type(node.parent) is type(node):
            continue
        parts = list(node.flatten(unnest=False))
        while len(parts) > 1:
            pairs = [parts[at : at + 2] for at in range(0, len(parts), 2)]
            parts = [type(node)(this=pair[0], expression=pair[1]) if len(pair) > 1 else pair[0] for pair in pairs]
        if node is tree:
            tree = parts[0]
        else:
            node.replace(parts[0])
    return tree
