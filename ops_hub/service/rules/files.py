"""Files of risk rules as they hold, and texts that may become one: read, checked, compared.

Reach for `in_force()` and `texts()` for what holds, and `checked()` for a text of somebody: it goes through all that a
rule file goes through (syntax, allowed nodes, bounds, fairness, its own examples), and every fault is told with its line.
"""

from __future__ import annotations

import difflib
import hashlib
import re
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import msgspec

from ops_hub.config import data_dir
from ops_hub.errors import ConfigError, MissingError
from ops_hub.service.centre import Centre
from ops_hub.targeting.fairness import traits
from ops_hub.targeting.rulefile import Rule, Ruleset, read_rules
from ops_hub.targeting.rulefile_blocks import blocks

RISK = "risk"  # the folder of rule files in a folder of rules
MOST_TEXT, _MOST_RULES = 100_000, 60  # characters of a file, and rules in it
_FILE = re.compile(r"[a-z0-9][a-z0-9-]{0,40}\.toml")


class Problem(msgspec.Struct, frozen=True):
    """A fault: the line where it is known, what is wrong, what to do."""

    line: int | None
    rule: str
    reason: str
    remedy: str


class RuleTold(msgspec.Struct, frozen=True):
    """A rule as it stands in its file.

    Attributes:
        columns: what the condition asks.
        traits: those of them that tell who somebody is; they may not decide.
        must_fire, must_not_fire: its examples, all of which hold.
    """

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
    reason: str | None
    valid_from: str | None
    valid_until: str | None
    file: str
    line: int
    columns: list[str]
    traits: list[str]
    must_fire: list[str]
    must_not_fire: list[str]


class Line(msgspec.Struct, frozen=True):
    """A line of a comparison: sign +, - or space, the lines' numbers, and the text; sign @ begins another place."""

    sign: str
    old: int | None
    new: int | None
    text: str


def folder(centre: Centre) -> Path:
    """Return the folder of the rule files that hold: the published ones, else those that are shipped."""
    found = centre.rules
    return found / RISK if found is not None and (found / RISK).is_dir() else data_dir("rules") / RISK


def in_force(centre: Centre) -> Ruleset:
    """Return the rules that hold, and those of them that are refused."""
    place = folder(centre)
    return centre.kept("rules-in-force", place, lambda: read_rules([place]))


def texts(centre: Centre) -> dict[str, str]:
    """Return the text of each rule file that holds, by its name."""
    place = folder(centre)
    return centre.kept("rule-texts", place, lambda: _texts(place))


def _texts(place: Path) -> dict[str, str]:
    return {path.name: path.read_text(encoding="utf-8-sig", errors="replace") for path in sorted(place.glob("*.toml"))}


def file_name(name: str) -> str:
    """Return a name of a rule file.

    Raises:
        ConfigError: no rule file is called so.
    """
    if not _FILE.fullmatch(name):
        raise ConfigError("file", "this is no name of a rule file", "small letters, digits, hyphens, then .toml")
    return name


def plain(text: str) -> str:
    """Return a text with the ends of lines as files have them.

    Raises:
        ConfigError: it is too long, or holds what no text file can.
    """
    made = text.replace("\r\n", "\n").replace("\r", "\n")
    if len(made) > MOST_TEXT:
        raise ConfigError("text", f"a rule file has at most {MOST_TEXT:,} characters", "make two files of it")
    try:
        made.encode()
    except UnicodeEncodeError:
        raise ConfigError("text", "it holds signs that are no text", "write it anew") from None
    return made if not made or made.endswith("\n") else made + "\n"


@lru_cache(maxsize=64)
def checked(name: str, text: str) -> Ruleset:
    """Return the rules of a text, and what is refused of it."""
    if len(re.findall(r"^[ \t]*\[\[", text, re.MULTILINE)) > _MOST_RULES:
        error = ConfigError(f"{name}:1", f"a file has at most {_MOST_RULES} rules", "make two files of it")
        return Ruleset((), (error,))
    with TemporaryDirectory(prefix="ops-hub-rules-") as place:
        path = Path(place) / name
        path.write_text(text, encoding="utf-8", newline="\n")
        return read_rules([path])


def problems(centre: Centre, name: str, text: str) -> list[Problem]:
    """Return all that is wrong with a text that is to stand in a file of this name; an empty one takes the file away."""
    if not text.strip():
        return []
    found = checked(name, text)
    told = [_problem(error) for error in found.refused]
    others = {rule.id: rule.source for rule in in_force(centre).rules if rule.source != name}
    told += [
        Problem(rule.line, rule.id, f"{others[rule.id]} has a rule of this id, too", "give it an id of its own")
        for rule in found.rules
        if rule.id in others
    ]
    return sorted(told, key=lambda each: each.line or 0)


def _problem(error: ConfigError) -> Problem:
    found = re.search(r"\.toml:(\d+)(?:: rule (.*))?$", error.place, re.DOTALL)
    line, rule = (int(found[1]), found[2] or "") if found else (None, "")
    return Problem(line, rule, error.reason, error.remedy)


def changed(centre: Centre, name: str, text: str) -> list[Rule]:
    """Return the rules of a text that do not hold yet in this form; all of them where all hold."""
    held = {rule.id: rule.written for rule in in_force(centre).rules}
    rules = checked(name, text).rules if text.strip() else ()
    return [rule for rule in rules if held.get(rule.id) != rule.written] or list(rules)


def without(text: str, rule: str) -> str:
    """Return the text of a file without one of its rules; '' where no rule is left.

    Raises:
        MissingError: it has no such rule.
    """
    shared, *found = blocks(text)
    left = [each for each in found if rule not in {held.id for held in _alone(shared.text, each.text)}]
    if len(left) == len(found):
        raise MissingError("rule", "there is no such rule in force", "see the screen Rules")
    return (shared.text + "".join(each.text for each in left)).rstrip("\n") + "\n" if left else ""


def _alone(shared: str, text: str) -> tuple[Rule, ...]:
    return checked("one.toml", shared + text).rules


def digest(text: str) -> str:
    """Return what names a text; '' names none."""
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest() if text else ""


def compared(old: str, new: str) -> list[Line]:
    """Return the lines that differ, with some around them."""
    made: list[Line] = []
    before, after = 0, 0
    for line in list(difflib.unified_diff(old.splitlines(), new.splitlines(), n=4, lineterm=""))[2:]:
        if line.startswith("@@"):
            numbers = re.match(r"@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))?", line)
            before, after = (int(numbers[1]), int(numbers[3])) if numbers else (0, 0)
            if made:
                made.append(Line("@", None, None, ""))
            continue
        sign, text = line[0], line[1:]
        made.append(Line(sign, before if sign != "+" else None, after if sign != "-" else None, text))
        before, after = before + (sign != "+"), after + (sign != "-")
    return made


def told(rule: Rule) -> RuleTold:
    """Return a rule for people."""
    written = rule.written
    return RuleTold(
        written.id, written.title, written.author, written.legal_basis, written.severity, written.handling,
        list(written.categories), written.when.strip(), written.action, written.source, written.reason,
        _said(written.valid_from), _said(written.valid_until), rule.source, rule.line, list(rule.condition.columns),
        list(traits(rule.condition)), [_row(each) for each in written.must_fire], [_row(each) for each in written.must_not_fire],
    )  # fmt: skip


def _row(row: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} = {value if not isinstance(value, bool) else str(value).lower()}" for name, value in row.items())  # fmt: skip


def _said(value: object) -> str | None:
    return None if value is None else str(value)
