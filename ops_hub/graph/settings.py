"""How networks are built and read: rules/graph.toml, one section for each part of the room.

Reach for `graph_settings()`; tests and callers may make the sections themselves.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import msgspec

from ops_hub.config import rules_toml


class Damping(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """When a value is shared by too many to tie anybody."""

    many: dict[str, float] = {}
    few: float = 30.0
    steepness: float = 4.0
    least: float = 0.001
    most_names: int = 100
    counted: int = 200
    alike: int = 20


class Roles(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who plays which part."""


class Moves(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What journeys tell."""


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The file rules/graph.toml; the fields are explained there."""

    damping: Damping = Damping()
    roles: Roles = Roles()
    moves: Moves = Moves()


@lru_cache(maxsize=8)
def graph_settings(rules: Path | None = None) -> Settings:
    """Read the settings of a rules folder (default, or where it has none: the shipped ones); they are read once.

    Raises:
        ConfigError: rules/graph.toml is no TOML, or says what is not allowed.
    """
    return rules_toml(rules, "graph.toml", Settings)[1]
