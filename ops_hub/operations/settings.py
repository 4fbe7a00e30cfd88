"""How operations are planned and counted: rules/operations.toml.

Reach for `operation_settings()`; tests and callers may make the sections themselves. What each value means stands in the
file beside it.
"""

from __future__ import annotations

from functools import cached_property, lru_cache
from pathlib import Path

import msgspec

from ops_hub.config import rules_toml
from ops_hub.errors import ConfigError


class Score(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Weights of the terms of a target's score, and how many packages there are."""

    position: float
    case: float
    urgency: float
    harm: float
    confidence: float
    least: float
    least_position: float
    most: int
    most_evidence: int


class Urgency(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How soon is soon."""

    hours: float


class Harm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How grave a crime type is, and what persons around a target add."""

    other: float
    person: float
    most_persons: int
    least_weight: float
    crimes: dict[str, float]


class Confidence(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How good evidence is."""

    each_source: float
    bands: dict[str, float]
    source: dict[str, float]
    information: dict[str, float]


class Movement(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What makes the expected movement."""

    weeks: int
    manifest_hours: float


class Cover(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What officers can do in a shift, and what it is worth."""

    persons_per_officer: float
    least_officers: int
    officers_move: bool
    protection_value: float
    priorities: list[float]
    least_language: float
    seconds: float

    def value(self, priority: int | None) -> float:
        """Return what one expected person is worth at a priority; None and all beyond the list take its last value."""
        return self.priorities[min(priority or len(self.priorities), len(self.priorities)) - 1]


class Due(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Hours before the journey at which tasks are due."""

    deconflict_hours: float
    departure_hours: float
    protection_hours: float


class Counted(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the after-action report counts as what, and how small a group it shows."""

    smallest: int
    z: float
    confirmed: list[str]
    refuted: list[str]
    not_counted: list[str]
    arrests: list[str]
    protected: list[str]
    protected_outcomes: list[str]
    migrants: list[str]
    referred: list[str]
    prosecuted: list[str]
    linked: list[str]


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, dict=True):
    """The file rules/operations.toml; the values are explained there."""

    score: Score
    case: dict[str, float]
    urgency: Urgency
    harm: Harm
    confidence: Confidence
    standing: dict[str, float]
    movement: Movement
    coverage: Cover
    tasks: Due
    report: Counted
    languages: dict[str, str]

    @cached_property
    def language_of(self) -> dict[str, str]:
        """Nationality (alpha-3) to the language guessed (ISO 639-1)."""
        return {code: language for language, codes in self.languages.items() for code in codes.split()}


@lru_cache(maxsize=8)
def operation_settings(rules: Path | None = None) -> Settings:
    """Read the settings of a rules folder (default, or where it has none: the shipped ones); they are read once.

    Raises:
        ConfigError: rules/operations.toml is no TOML, or says what is not allowed.
    """
    path, said = rules_toml(rules, "operations.toml", Settings)
    for wrong in _wrong(said):
        raise ConfigError(str(path), wrong, "correct it; rules/operations.toml as shipped is the model")
    return said


def _wrong(said: Settings) -> list[str]:
    """Return what a form cannot refuse."""
    score, cover = said.score, said.coverage
    weights = {name: getattr(score, name) for name in ("position", "case", "urgency", "harm", "confidence")}
    wrong = [
        f"[score] {name} = {value} is not between 0 and 1" for name, value in weights.items() if not 0 <= value <= 1
    ]
    if abs(sum(weights.values()) - 1) > 1e-6:
        wrong.append(f"[score] the five weights add up to {sum(weights.values()):g}, not to 1")
    tables = {
        "case": said.case, "standing": said.standing, "harm.crimes": said.harm.crimes, "confidence.bands": said.confidence.bands,
        "confidence.source": said.confidence.source, "confidence.information": said.confidence.information,
    }  # fmt: skip
    wrong += [
        f"[{table}] {name} = {value} is not between 0 and 1"
        for table, values in tables.items()
        for name, value in values.items()
        if not 0 <= value <= 1
    ]
    positive = {
        "[urgency] hours": said.urgency.hours, "[movement] weeks": said.movement.weeks,
        "[coverage] persons_per_officer": cover.persons_per_officer, "[coverage] least_officers": cover.least_officers,
        "[coverage] seconds": cover.seconds, "[report] smallest": said.report.smallest - 1,
    }  # fmt: skip
    wrong += [f"{name} is too small" for name, value in positive.items() if value <= 0]
    if not cover.priorities or cover.priorities != sorted(cover.priorities, reverse=True) or cover.priorities[-1] < 0:
        wrong.append("[coverage] priorities must fall, and none be negative")
    return wrong
