"""The text of a rule file, cut into its rules, so that broken TOML loses only the rule it stands in.

Reach for `blocks()`, then `toml()` on each.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from typing import Any

from ops_hub.errors import ConfigError

# A line that begins a table of its own; [[rule.must_fire]] is a part of the rule before it.
_HEAD = re.compile(r"""[ \t]*\[\[?[ \t]*["']?[^\[\]."'=,{}]+["']?[ \t]*\]\]?[ \t]*(#.*)?$""")
_RULE = re.compile(r"""[ \t]*\[\[[ \t]*(["']?)rule\1[ \t]*\]\]""")
_MOST_JOINED = 20


@dataclass(frozen=True)
class Block:
    """A piece of a rule file.

    Attributes:
        line: the line it begins on.
        text: it.
        table: how the table that it begins is written; "rule" for a rule, "" for what stands before the first.
    """

    line: int
    text: str
    table: str


def blocks(text: str) -> list[Block]:
    """Return what stands before the first table, then each table: rules, and those that are none."""
    found = _cut(text)
    whole: list[Block] = []
    while found:
        block, *found = found
        if not _reads(block.text):  # a line [[rule]] within a long text begins no rule
            joined = block.text
            for more, part in enumerate(found[:_MOST_JOINED], 1):
                joined += part.text
                if _reads(joined):
                    block, found = Block(block.line, joined, block.table), found[more:]
                    break
        whole.append(block)
    return whole


def _cut(text: str) -> list[Block]:
    lines = [line + "\n" for line in text.split("\n")]
    heads: dict[int, str] = {}
    for at, line in enumerate(lines):
        if _RULE.match(line):
            heads[at] = "rule"
        elif _HEAD.match(line):
            heads[at] = line.split("#")[0].strip()
    starts = [0, *heads]
    return [
        Block(at + 1, "".join(lines[at:end]), heads[at] if number else "")
        for number, (at, end) in enumerate(zip(starts, [*starts[1:], len(lines)], strict=True))
    ]


def _reads(text: str) -> bool:
    """Return whether a text is TOML and of one table at most."""
    try:
        made = tomllib.loads(text)
    except (ValueError, RecursionError):
        return False
    return not (isinstance(made.get("rule"), list) and len(made["rule"]) > 1)


def toml(text: str, source: str, line: int, name: str | None = None) -> dict[str, Any]:
    """Return what a block says.

    Raises:
        ConfigError: it is no TOML, or none that can be read.
    """
    place = f"{source}:{line}" + (f": rule {name}" if name else "")
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"at line (\d+)", str(error))
        at = line + (int(found[1]) - 1 if found else max(0, text.count("\n") - 1))
        reason = re.sub(r" \(at [^)]*\)", "", str(error))
        place = f"{source}:{at}" + (f": rule {name}" if name else "")
        raise ConfigError(place, f"this is no TOML: {reason}", "a missing quote or bracket, as a rule") from None
    except RecursionError:
        raise ConfigError(place, "brackets are nested too deep", "rules need no such lists") from None
    except ValueError:  # Python reads no whole number of more than some 4,000 digits
        raise ConfigError(place, "a number is too long to be read", "write a number a rule can mean") from None
