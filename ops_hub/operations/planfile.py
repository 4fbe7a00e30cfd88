"""A plan from its file, plan.toml: all that is wrong with it at once, each with its line and what to do.

Reach for `read()`, and for `faults()` and `meaning` where only what is wrong is wanted. What a plan may say is checked
in `meaning`; in here is how its text becomes one.
"""

from __future__ import annotations

import difflib
import re
import tomllib
import types
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Union, get_args, get_origin

import msgspec

from ops_hub.errors import ConfigError
from ops_hub.operations.meaning import Where, wrong
from ops_hub.operations.plan import Plan
from ops_hub.states import States

FILE = "plan.toml"
_MODEL = "ops-hub operation new --help tells what a plan has"
_HEAD = re.compile(r"\s*(\[\[?)\s*([\w.\s-]+?)\s*\]")
_KEY = re.compile(r"\s*([\w-]+|\"[^\"]*\")\s*=")


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong: line from 1, the reason, the remedy."""

    line: int
    reason: str
    remedy: str


class PlanError(ConfigError):
    """A plan that cannot be used; `faults` are all that is wrong, by line."""

    def __init__(self, path: Path, faults: list[Fault]) -> None:
        self.path, self.faults = path, faults
        first, *more = faults
        remedy = "; ".join([first.remedy, *(f"{path}:{each.line}: {each.reason}; {each.remedy}" for each in more)])
        super().__init__(f"{path}:{first.line}", first.reason, remedy)

    @property
    def lines(self) -> list[str]:
        """One line a fault: file, line, reason, remedy."""
        return [f"{self.path}:{each.line}: {each.reason}; {each.remedy}" for each in self.faults]


def read(path: Path, states: States) -> Plan:
    """Return the plan of a file.

    Args:
        path: plan.toml, or the folder that it stands in.
        states: the home states.

    Raises:
        PlanError: it cannot be used; with all that is wrong.
    """
    path = path / FILE if path.is_dir() else path
    plan, found = examined(path, states)
    if found or plan is None:
        raise PlanError(path, found)
    return plan


def examined(path: Path, states: States) -> tuple[Plan | None, list[Fault]]:
    """Return the plan of a file as far as it can be read, and all that is wrong with it, by line."""
    try:
        text = path.read_text(encoding="utf-8")
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        told = re.search(r"line (\d+)", str(error))
        return None, [Fault(int(told[1]) if told else 1, f"it is no TOML: {error}", "correct this line")]
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        return None, [Fault(1, f"it cannot be read: {reason}", "name the operation and --operations as they are")]
    reading = _Reading(_places(text))
    made = reading.struct(raw, Plan, ())
    values = {"name": "", "title": "", "legal_basis": "", "phases": [], "states": []} | made
    plan = msgspec.convert(values, Plan)
    for where, reason, remedy in wrong(plan, states, path.resolve().parent.name):
        reading.fault(reading.original(where), reason, remedy)
    return plan, sorted(reading.faults, key=lambda each: each.line)


@dataclass
class _Reading:
    """The text's tables into the plan's parts. A part that cannot be used is left out, and the others go on."""

    places: Mapping[Where, int]
    faults: list[Fault] = field(default_factory=list)
    _told: set[Where] = field(default_factory=set)
    _kept: dict[Where, list[int]] = field(default_factory=dict)  # of each list: places in the text of what was kept

    def fault(self, where: Where, reason: str, remedy: str) -> None:
        """Add what is wrong at a place, unless something is told of that place already."""
        if where in self._told:
            return
        self._told.add(where)
        at = where
        while at and at not in self.places:  # inline tables have their parent's line
            at = at[:-1]
        self.faults.append(Fault(self.places.get(at, 1), reason, remedy))

    def original(self, where: Where) -> Where:
        """Return the place in the text of a place in the plan, which lacks what was left out."""
        found: Where = ()
        for part in where:
            found = (*found, self._kept[found][part] if isinstance(part, int) and found in self._kept else part)
        return found

    def struct(self, raw: Mapping[str, Any], form: type[msgspec.Struct], where: Where) -> dict[str, Any]:
        """Return the keys of a table that can be used."""
        fields = {each.name: each for each in msgspec.structs.fields(form)}
        made = {}
        for key, value in raw.items():
            if key not in fields:
                near = difflib.get_close_matches(key, fields, 1)
                known = f"known keys: {', '.join(fields)}"
                self.fault((*where, key), f"unknown key {key}", f"did you mean {near[0]}?" if near else known)
            elif (found := self._value(value, fields[key].type, (*where, key))) is not None:
                made[key] = found
        for name, each in fields.items():
            if each.required and name not in raw:
                self.fault((*where, name), f"{_named(where)}{name} is missing", f"add {name} = ...; {_MODEL}")
        return made

    def _value(self, value: Any, form: Any, where: Where) -> Any:
        inner = _struct_in(form)
        if inner is None:
            return self._converted(value, form, where)
        if get_origin(form) is not list:
            return self._table(value, inner, where)
        if not isinstance(value, list):
            self.fault(where, f"{where[-1]} is no list of tables", f"write [[{'.'.join(map(str, where))}]]")
            return None
        made = [(place, self._table(each, inner, (*where, place))) for place, each in enumerate(value)]
        self._kept[where] = [place for place, each in made if each is not None]
        return [each for _, each in made if each is not None]

    def _table(self, value: Any, form: type[msgspec.Struct], where: Where) -> Any:
        if not isinstance(value, dict):
            self.fault(where, f"{_named(where)}is no table", _MODEL)
            return None
        made = self.struct(value, form, where)
        return made if all(each.name in made for each in msgspec.structs.fields(form) if each.required) else None

    def _converted(self, value: Any, form: Any, where: Where) -> Any:
        try:
            return msgspec.convert(value, form)
        except msgspec.ValidationError as error:
            self.fault(where, f"{where[-1]} is not as it must be: {error}", "correct the value")
            return None


def _named(where: Where) -> str:
    names = [part for part in where if isinstance(part, str)]
    return f"{names[-1]}: " if names else ""


def _struct_in(form: Any) -> type[msgspec.Struct] | None:
    """Return the kind of table that a value is, or a list of it holds."""
    if isinstance(form, type) and issubclass(form, msgspec.Struct):
        return form
    if get_origin(form) in (list, types.UnionType, Union):
        return next((found for part in get_args(form) if (found := _struct_in(part))), None)
    return None


def _places(text: str) -> dict[Where, int]:
    """Return the line of each table and key of a TOML text, as far as they begin a line."""
    found: dict[Where, int] = {}
    counts: dict[Where, int] = {}
    table: Where = ()
    for number, line in enumerate(text.splitlines(), 1):
        if head := _HEAD.match(line):
            table = _table_place(head, counts)
            found.setdefault(table, number)
            if isinstance(table[-1], int):
                found.setdefault(table[:-1], number)  # the list itself, where its first table is
        elif key := _KEY.match(line):
            found.setdefault((*table, key[1].strip('"')), number)
    return found


def _table_place(head: re.Match[str], counts: dict[Where, int]) -> Where:
    """Return the place of a table: names, and after a list's name which one of it; the last one, where one is begun."""
    *above, last = (name.strip() for name in head[2].split("."))
    place: Where = ()
    for name in above:
        place = (*place, name)
        place = (*place, counts[place]) if place in counts else place
    place = (*place, last)
    if head[1] == "[[":
        counts[place] = counts.get(place, -1) + 1
    return (*place, counts[place]) if place in counts else place
