"""Rule files (TOML) into rules that are ready to run, and an account of those that are not.

Reach for `read_rules()`. A bad rule is told with file, line and remedy, and the good ones go on: each `[[rule]]` is
read by itself, and a rule is taken only after it has done on its examples, and on extreme rows, what it will have to do.
"""

from __future__ import annotations

import datetime as dt
import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import polars as pl

from ops_hub.errors import ConfigError
from ops_hub.targeting.columns import FACTS
from ops_hub.targeting.condition import Condition, compile_condition
from ops_hub.targeting.examples import example, failures
from ops_hub.targeting.fairness import traits, unfair
from ops_hub.targeting.rulefile_blocks import Block, blocks, toml

HANDLINGS = ("enforce", "discreet", "protect")
SEVERITIES = ("low", "medium", "high")
_NEEDED = (
    "id", "title", "author", "legal_basis", "severity", "handling", "categories", "when", "action", "source", "must_fire",
    "must_not_fire",
)  # fmt: skip
_KEYS = (*_NEEDED, "valid_from", "valid_until", "reason")


class Written(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A rule as it stands in its file; docs/rules.md says what each key is for."""

    id: str
    title: str
    author: str
    legal_basis: str
    severity: str
    handling: str
    categories: list[str]
    when: str
    action: str
    source: str
    must_fire: list[dict[str, Any]]
    must_not_fire: list[dict[str, Any]]
    valid_from: dt.date | None = None
    valid_until: dt.date | None = None
    reason: str | None = None


@dataclass(frozen=True)
class Rule:
    """A rule that may run.

    Attributes:
        written: what its author wrote.
        condition: its `when`, compiled.
        source: the file it stands in.
        line: the line it begins on.
        must_fire: rows of FACTS on which it must fire.
        must_not_fire: rows on which it must not.
    """

    written: Written
    condition: Condition
    source: str
    line: int
    must_fire: tuple[Mapping[str, Any], ...]
    must_not_fire: tuple[Mapping[str, Any], ...]

    @property
    def id(self) -> str:
        """The rule's id."""
        return self.written.id

    def holds_on(self, day: dt.date) -> bool:
        """Return whether the rule is valid on this day."""
        first, last = self.written.valid_from, self.written.valid_until
        return (first is None or first <= day) and (last is None or day <= last)


@dataclass(frozen=True)
class Ruleset:
    """Rules by id, in order, and what was refused."""

    rules: tuple[Rule, ...]
    refused: tuple[ConfigError, ...]


def read_rules(paths: Sequence[Path]) -> Ruleset:
    """Return the rules in TOML files, and folders of them.

    Raises:
        ConfigError: a path does not exist, or a folder holds no rule file.
    """
    rules: dict[str, Rule] = {}
    refused: list[ConfigError] = []
    for path in _files(paths):
        try:
            shared, *found = blocks(path.read_text(encoding="utf-8-sig"))
        except (OSError, UnicodeDecodeError) as error:
            refused.append(ConfigError(str(path), f"cannot be read: {error}", "save it as text in UTF-8"))
            continue
        if not any(block.table == "rule" for block in found):
            refused.append(_none(shared, path.name))
        for block in found:
            line = block.line
            try:
                rule = _guarded(block, shared.text, path.name)
                if rule.id in rules:
                    first = rules[rule.id]
                    raise ConfigError(
                        f"{path.name}:{line}: rule {rule.id}",
                        f"{first.source}:{first.line} has this id, too",
                        "give each rule an id of its own",
                    )
                rules[rule.id] = rule
            except ConfigError as error:
                refused.append(error)
    return Ruleset(tuple(rules[key] for key in sorted(rules)), tuple(refused))


def _files(paths: Sequence[Path]) -> list[Path]:
    found: dict[Path, None] = {}
    for path in paths:
        if path.is_dir():
            inside = sorted(path.rglob("*.toml"))
            if not inside:
                raise ConfigError(
                    str(path), "the folder holds no rule file (*.toml)", "name a folder of rules, such as rules/risk"
                )
            found |= dict.fromkeys(inside)
        elif path.is_file():
            found[path] = None
        else:
            raise ConfigError(str(path), "there is no such file or folder", "check the path")
    return list(found)


def _none(shared: Block, source: str) -> ConfigError:
    try:
        toml(shared.text, source, 1)
    except ConfigError as error:
        return error
    return ConfigError(f"{source}:1", "the file holds no [[rule]]", "begin each rule with a line [[rule]]")


def _guarded(block: Block, shared: str, source: str) -> Rule:
    """Return the rule of a block; whatever goes wrong with it goes wrong here, and not while rules run.

    Raises:
        ConfigError: the rule cannot be used.
    """
    if block.table != "rule":
        raise ConfigError(
            f"{source}:{block.line}", f"there is no table {block.table}", "did you mean [[rule]]? Each rule begins so"
        )
    told = re.search(r"^\s*id\s*=\s*[\"']([^\"'\n]*)", block.text, re.MULTILINE)
    name = told[1] if told else "without id"
    try:
        return _rule(block, shared, source, name)
    except ConfigError:
        raise
    except (Exception, pl.exceptions.PanicException) as error:  # a panic of polars is no Exception
        why = " ".join(str(error).split())[:200]
        raise ConfigError(
            f"{source}:{block.line}: rule {name}",
            f"the rule cannot be evaluated: {type(error).__name__} {why}",
            "make the condition simpler, or write values that the columns can have",
        ) from None


def _rule(read: Block, shared: str, source: str, name: str) -> Rule:
    block, line = read.text, read.line
    tables = toml(block, source, line, name)
    if list(tables) != ["rule"] or len(tables["rule"]) > 1:
        raise ConfigError(
            f"{source}:{line}: rule {name}", "another table stands in the rule", "begin each rule with a line [[rule]]"
        )
    fields = toml(shared, source, 1) | tables["rule"][0]
    if isinstance(fields.get("id"), str):
        name = " ".join(fields["id"].split())

    def refused(key: str | None, reason: str, remedy: str) -> ConfigError:
        return ConfigError(f"{source}:{line + _offset(block, key)}: rule {name}", reason, remedy)

    for key in fields:
        if key not in _KEYS:
            near = difflib.get_close_matches(key, _KEYS, 1)
            raise refused(
                key,
                f"there is no key {' '.join(key.split())}",
                f"did you mean {near[0]}?" if near else f"keys: {', '.join(_KEYS)}",
            )
    missing = [key for key in _NEEDED if key not in fields]
    if missing:
        raise refused(None, f"{' and '.join(missing)} missing", "docs/rules.md says what each is for")
    try:
        written = msgspec.convert(fields, Written)
    except msgspec.ValidationError as error:
        key = re.search(r"\$\.(\w+)", str(error))
        raise refused(key[1] if key else None, str(error), "docs/rules.md shows the form of each key") from None
    _plain(written, refused)
    at = line + _offset(block, "when") + bool(re.search(r"^\s*when\s*=\s*(\"\"\"|''')\s*$", block, re.MULTILINE))
    condition = compile_condition(written.when, FACTS, source=source, rule=name, line=at)
    rows = [
        tuple(example(row, f"{source}:{line + _offset(block, key)}: rule {name}", key) for row in getattr(written, key))
        for key in ("must_fire", "must_not_fire")
    ]
    if why := unfair(condition, rows[0]):
        raise refused("when", why, "add a condition on the journey, the booking or the document")
    if traits(condition) and not (written.reason or "").strip():
        raise refused(
            "when",
            f"it uses {' and '.join(traits(condition))} and does not say why",
            'add reason = "...": why the other conditions do not suffice',
        )
    if failed := failures(condition, *rows):
        raise refused(None, ", ".join(failed), "correct the condition, or the example")
    return Rule(written, condition, source, line, *rows)


def _plain(written: Written, refused: Any) -> None:
    """Refuse what needs no knowledge of columns.

    Raises:
        ConfigError: a value is empty or none of those allowed.
    """
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", written.id):
        raise refused("id", f"'{written.id}' is no id", "use letters, digits, hyphens and dots, at most 64")
    for key, allowed in (("severity", SEVERITIES), ("handling", HANDLINGS)):
        if getattr(written, key) not in allowed:
            raise refused(key, f"{key} is '{getattr(written, key)}'", f"choose one of {', '.join(allowed)}")
    for key in (
        "title",
        "author",
        "legal_basis",
        "when",
        "action",
        "source",
        "categories",
        "must_fire",
        "must_not_fire",
    ):
        value = getattr(written, key)
        if not (value.strip() if isinstance(value, str) else value):
            raise refused(key, f"{key} is empty", "docs/rules.md says what it is for")
    first, last = written.valid_from, written.valid_until
    if first and last and last < first:
        raise refused("valid_until", f"valid_until {last} is before valid_from {first}", "correct one of them")


def _offset(block: str, key: str | None) -> int:
    """Return how many lines below its [[rule]] a key stands."""
    found = re.search(rf"^\s*[\"']?{re.escape(key)}[\"']?\s*=", block, re.MULTILINE) if key else None
    return block.count("\n", 0, found.end()) if found else 0
