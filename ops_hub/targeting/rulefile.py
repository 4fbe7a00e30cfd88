"""Rule files (TOML) into rules that are ready to run, and an account of those that are not.

Reach for `read_rules()`. A bad rule is told with file, line and remedy, and the good ones go on: each `[[rule]]` is
read by itself, so that even broken TOML loses only the rule it stands in.
"""

from __future__ import annotations

import datetime as dt
import difflib
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from ops_hub.errors import ConfigError
from ops_hub.targeting.columns import FACTS
from ops_hub.targeting.condition import Condition, compile_condition
from ops_hub.targeting.examples import example
from ops_hub.targeting.fairness import traits, unfair

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
        ConfigError: a path does not exist or cannot be read, or a folder holds no rule file.
    """
    rules: dict[str, Rule] = {}
    refused: list[ConfigError] = []
    for path in _files(paths):
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError(str(path), f"cannot be read: {error}", "name a rule file in UTF-8") from None
        for line, block, shared in _blocks(text):
            try:
                rule = _rule(block, shared, path.name, line)
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


def _blocks(text: str) -> Iterator[tuple[int, str, str]]:
    """Yield line, text of each [[rule]], and what stands before the first: keys that all rules of the file share."""
    lines = text.splitlines(keepends=True)
    starts = [at for at, line in enumerate(lines) if re.match(r"\s*\[\[\s*rule\s*\]\]", line)]
    shared = "".join(lines[: starts[0]] if starts else lines)
    if not starts:
        yield 1, "", shared
        return
    for at, end in zip(starts, [*starts[1:], len(lines)], strict=True):
        yield at + 1, "".join(lines[at:end]), shared


def _rule(block: str, shared: str, source: str, line: int) -> Rule:
    common = _toml(shared, source, 1)
    if not block:
        raise ConfigError(f"{source}:1", "the file holds no [[rule]]", "begin each rule with a line [[rule]]")
    told = re.search(r"^\s*id\s*=\s*[\"']([^\"'\n]*)", block, re.MULTILINE)
    name = told[1] if told else "without id"
    fields = common | _toml(block, source, line, name)["rule"][0]

    def refused(key: str | None, reason: str, remedy: str) -> ConfigError:
        return ConfigError(f"{source}:{line + _offset(block, key)}: rule {name}", reason, remedy)

    for key in fields:
        if key not in _KEYS:
            near = difflib.get_close_matches(key, _KEYS, 1)
            raise refused(
                key, f"there is no key {key}", f"did you mean {near[0]}?" if near else f"keys: {', '.join(_KEYS)}"
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


def _toml(text: str, source: str, line: int, name: str | None = None) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"at line (\d+)", str(error))
        at = line + (int(found[1]) - 1 if found else max(0, text.count("\n") - 1))
        reason = re.sub(r" \(at [^)]*\)", "", str(error))
        place = f"{source}:{at}" + (f": rule {name}" if name else "")
        raise ConfigError(place, f"this is no TOML: {reason}", "a missing quote or bracket, as a rule") from None


def _offset(block: str, key: str | None) -> int:
    """Return how many lines below its [[rule]] a key stands."""
    found = re.search(rf"^\s*{key}\s*=", block, re.MULTILINE) if key else None
    return block.count("\n", 0, found.end()) if found else 0
