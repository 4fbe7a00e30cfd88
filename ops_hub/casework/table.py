"""The table that cases move by (rules/cases.toml): states, verbs, outcomes, clocks, memory.

Reach for `case_table()`. What a value means stands beside it in the file; what a verb does with a case, in `fold`.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from ops_hub.casework.case import CHANNELS, ORDINARY, PARTIES, PROTECTION, ROLES
from ops_hub.config import rules_file
from ops_hub.errors import ConfigError

VERBS = (
    "claim", "release-claim", "refer", "ask-owner", "answer", "decide", "confirm", "decline", "note", "release", "reopen", "close",
    "result",
)  # fmt: skip
_SAID_BY_THE_HUB = ("missed", "withdrawn", "suppressed", "merged")


class Place(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """A state of a case."""

    name: str
    done: bool = False
    held: bool = False


class Verb(msgspec.Struct, forbid_unknown_fields=True, frozen=True, rename={"sources": "from"}):
    """What a person may do with a case, and who may."""

    name: str
    to: str
    roles: list[str]
    protection_roles: list[str]
    sources: list[str] = []
    parties: list[str] = []
    holder: bool = False
    reason: bool = False


class Outcome(msgspec.Struct, forbid_unknown_fields=True, frozen=True, rename={"sources": "from"}):
    """What a case can be decided to be, or to end in."""

    name: str
    to: str
    channels: list[str]
    sources: list[str] = []
    parties: list[str] = []
    enforcement: bool = False
    second: bool = False
    remember: bool = False
    system: bool = False


class Result(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """What can have come of a case that was decided."""

    name: str
    channels: list[str]
    roles: list[str] = []
    parties: list[str] = []
    enforcement: bool = False
    money: bool = False


class Clock(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """Minutes in each state after which somebody else is told."""

    minutes: dict[str, int]
    within: int | None = None
    state: str = ""


class Tell(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """Who is told."""

    role: str
    desk: str


class _Cases(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    first: str
    missed_from: list[str]
    missed_minutes: int
    minor_years: int
    originator_controlled: list[str]
    second_person_from: list[str]
    value_bands: list[str] = []
    missed_channels: tuple[str, ...] = (ORDINARY,)


class Memory(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """How long "not the person" is remembered, and whose word holds for the region."""

    days: int
    most_days: int
    region_by: list[str]


class _File(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    cases: _Cases
    memory: Memory
    state: list[Place]
    verb: list[Verb]
    outcome: list[Outcome]
    clock: list[Clock]
    tell: list[Tell]
    result: list[Result] = []


@dataclass(frozen=True)
class Table:
    """All of it; states, verbs, outcomes and results by name."""

    cases: _Cases
    memory: Memory
    states: Mapping[str, Place]
    verbs: Mapping[str, Verb]
    outcomes: Mapping[str, Outcome]
    clocks: Sequence[Clock]
    tells: Sequence[Tell]
    results: Mapping[str, Result] = field(default_factory=dict)

    def is_done(self, status: str) -> bool:
        """Return whether nothing is left to do in this state; one that the file no longer names counts as done."""
        return status not in self.states or self.states[status].done

    def clocks_of(self, state: str) -> list[Clock]:
        """Return the clocks of a home state: its own, else those for everyone."""
        return [each for each in self.clocks if each.state == state] or [c for c in self.clocks if not c.state]

    def allowed_roles(self, verb: str, channel: str) -> list[str]:
        """Return the roles that may do something in a channel."""
        found = self.verbs[verb]
        return found.protection_roles if channel == PROTECTION else found.roles


def case_table(rules: Path | None = None) -> Table:
    """Read `cases.toml` of a rules folder (default, or where it has none: the shipped one).

    Raises:
        ConfigError: the file is no TOML, or a key or value in it is not allowed; with the line and what to do.
    """
    path = rules_file(rules, "cases.toml")
    try:
        text = path.read_text(encoding="utf-8")
        raw: Any = tomllib.loads(text)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(str(path), str(error), "correct it; rules/cases.toml as shipped is the model") from None
    try:
        found = msgspec.convert(raw, _File)
    except msgspec.ValidationError as error:
        told = re.search(r"\$\.(\w+)(?:\[(\d+)\])?", str(error))
        line = _line(text, told[1], int(told[2] or 0)) if told else 1
        raise ConfigError(
            f"{path}:{line}", str(error), "correct it; rules/cases.toml as shipped is the model"
        ) from None
    for kind, place, reason, remedy in _wrong(found):
        raise ConfigError(f"{path}:{_line(text, kind, place)}", reason, remedy)
    return Table(
        found.cases, found.memory, {each.name: each for each in found.state}, {each.name: each for each in found.verb},
        {each.name: each for each in found.outcome}, found.clock, found.tell, {each.name: each for each in found.result},
    )  # fmt: skip


def _line(text: str, kind: str, place: int) -> int:
    """Return the line of a table of the file: the n-th [[kind]], or [kind]."""
    head = re.compile(rf"\s*\[{{1,2}}\s*{re.escape(kind)}\s*\]")
    lines = [number for number, line in enumerate(text.splitlines(), 1) if head.match(line)]
    return lines[min(place, len(lines) - 1)] if lines else 1


def _wrong(found: _File) -> Iterator[tuple[str, int, str, str]]:
    """Yield what is wrong: kind and place of the table in the file, the reason, the remedy."""
    states = {each.name for each in found.state}
    named = f"states are {', '.join(sorted(states))}"
    kinds: tuple[tuple[str, Sequence[Any]], ...] = (
        ("state", found.state),
        ("verb", found.verb),
        ("outcome", found.outcome),
        ("result", found.result),
    )
    for kind, rows in kinds:
        names = [each.name for each in rows]
        for place, name in enumerate(names):
            if name in names[:place]:
                yield kind, place, f"{name} stands in the file twice", "keep one"
    for name in (found.cases.first, *found.cases.missed_from):
        if name not in states:
            yield "cases", 0, f"{name} is no state", named
    if found.cases.first in {each.name for each in found.state if each.done}:
        yield "cases", 0, f"a case cannot begin in {found.cases.first}, which is done", "name a state that is not done"
    if found.cases.missed_minutes < 0 or not 0 < found.memory.days <= found.memory.most_days:
        yield "cases", 0, "minutes and days must be positive, and days at most most_days", "correct the value"
    for unknown in set(found.cases.missed_channels) - set(CHANNELS):
        yield "cases", 0, f"{unknown} is no channel", f"channels are {', '.join(CHANNELS)}"
    for unknown in set(found.cases.second_person_from) - {"same", "centre"}:
        yield "cases", 0, f"second_person_from names {unknown}", "write same, centre or both"
    if not found.cases.second_person_from:
        yield "cases", 0, "nobody may be the second person", "write same, centre or both in second_person_from"
    for unknown in set(found.memory.region_by) - set(PARTIES):
        yield "memory", 0, f"{unknown} is no party", f"parties are {', '.join(PARTIES)}"
    yield from _wrong_verbs(found, states, named)
    yield from _wrong_outcomes(found, states, named)
    yield from _wrong_clocks(found, states, named)


def _wrong_verbs(found: _File, states: set[str], named: str) -> Iterator[tuple[str, int, str, str]]:
    done = {each.name for each in found.state if each.done}
    for place, verb in enumerate(found.verb):
        if verb.name not in VERBS:
            yield "verb", place, f"{verb.name} is no verb", f"verbs are {', '.join(VERBS)}"
        for unknown in {*verb.sources, *([verb.to] if verb.to else [])} - states:
            yield "verb", place, f"{verb.name}: {unknown} is no state", named
        for unknown in {*verb.roles, *verb.protection_roles} - set(ROLES):
            yield "verb", place, f"{verb.name}: {unknown} is no role", f"roles are {', '.join(ROLES)}"
        for unknown in set(verb.parties) - set(PARTIES):
            yield "verb", place, f"{verb.name}: {unknown} is no party", f"parties are {', '.join(PARTIES)}"
        moves = verb.to != "" or verb.name == "decide"
        leaves = sorted(done & set(verb.sources or states)) if moves and verb.name != "reopen" else []
        if leaves:
            yield (
                "verb",
                place,
                f"{verb.name} leads out of {leaves[0]}, which is done",
                "only reopen may; take it from `from`",
            )
    for missing in set(VERBS) - {each.name for each in found.verb}:
        yield "verb", 0, f"the verb {missing} is missing", "add it; rules/cases.toml as shipped is the model"


def _wrong_outcomes(found: _File, states: set[str], named: str) -> Iterator[tuple[str, int, str, str]]:
    for missing in set(_SAID_BY_THE_HUB) - {each.name for each in found.outcome}:
        yield "outcome", 0, f"the outcome {missing} is missing", "add it; the hub itself says it"
    for place, outcome in enumerate(found.outcome):
        for unknown in {*outcome.sources, outcome.to} - states:
            yield "outcome", place, f"{outcome.name}: {unknown} is no state", named
        yield from _wrong_terms("outcome", place, outcome, "no case of somebody to be protected may end in it")
    allowed = {role for verb in found.verb if verb.name == "result" for role in (*verb.roles, *verb.protection_roles)}
    for place, result in enumerate(found.result):
        yield from _wrong_terms("result", place, result, "it is never said of somebody to be protected")
        for unknown in set(result.roles) - allowed:
            remedy = f"the verb result is for {', '.join(sorted(allowed))}"
            yield "result", place, f"{result.name}: {unknown} cannot say it", remedy


def _wrong_terms(kind: str, place: int, said: Outcome | Result, why: str) -> Iterator[tuple[str, int, str, str]]:
    for unknown in set(said.parties) - set(PARTIES):
        yield kind, place, f"{said.name}: {unknown} is no party", f"parties are {', '.join(PARTIES)}"
    if not said.channels or set(said.channels) - set(CHANNELS):
        yield kind, place, f"{said.name}: channels are wrong", f"channels are {', '.join(CHANNELS)}"
    if said.enforcement and PROTECTION in said.channels:
        yield kind, place, f"{said.name} is enforcement: {why}", "take protection from its channels"


def _wrong_clocks(found: _File, states: set[str], named: str) -> Iterator[tuple[str, int, str, str]]:
    if not any(each.within is None and not each.state for each in found.clock):
        yield "clock", 0, "there is no clock for everyone", "add one without within and state"
    for place, clock in enumerate(found.clock):
        for name, minutes in clock.minutes.items():
            if name not in states:
                yield "clock", place, f"{name} is no state", named
            if minutes < 1:
                yield "clock", place, f"{name} has {minutes} minutes", "give 1 or more"
    for place, tell in enumerate(found.tell):
        if tell.desk not in ("state", "centre") or tell.role not in ROLES:
            yield (
                "tell",
                place,
                f"{tell.role} at {tell.desk} cannot be told",
                f"desk: state or centre; role: {', '.join(ROLES)}",
            )
