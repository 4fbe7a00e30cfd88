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


class Roles(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who plays which part."""


class Moves(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What journeys tell; the fields are explained in rules/graph.toml."""

    rate: float = 0.05
    met_least: int = 4
    season_days: int = 28
    tied_from: float = 0.5
    rows_most: int = 40_000_000
    handover_hours: float = 72
    handover_least: int = 3
    gap_days: float = 30
    same_place_km: float = 80
    boat_kmh: float = 45
    boat_km: float = 900
    group_days: float = 2
    group_least: int = 3
    crime_bands: tuple[str, ...] = ("exact-document", "high")
    group_most: int = 60
    tell_despite: tuple[str, ...] = ()
    notice: str = "Another owner's work meets your entries {own} (meeting {number} of {of}). Ask the centre."
    fares: tuple[tuple[float, float, float], ...] = ()
    value_bands: tuple[float, ...] = (1_000.0,)


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
