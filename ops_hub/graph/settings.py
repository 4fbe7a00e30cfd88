"""How networks are built and read: rules/graph.toml, one section for each part of the room.

Reach for `graph_settings()`; tests and callers may make the sections themselves.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Annotated

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


class OrganiserWeights(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What each term of the organisers' score can add; they sum to 1."""

    one_way: float = 0.20
    once: float = 0.10
    late: float = 0.13
    reach: float = 0.10
    unrelated: float = 0.08
    hits: float = 0.08
    spread: float = 0.08
    routes: float = 0.05
    apart: float = 0.02
    means: float = 0.04
    escorts: float = 0.05
    documents: float = 0.05
    no_agency: float = 0.02


class Roles(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who plays which part; the fields are explained in the file.

    Raises:
        ValueError: weights of the organisers' score do not sum to 1 (msgspec tells it as a ValidationError with the key).
    """

    carries: float = 0.25
    hops: int = 2
    most_nodes: int = 300
    longest_path: int = 8
    most_paths: int = 10
    most_nodes_between: int = 5000
    smallest_community: int = 4
    louvain_nodes: int = 2000
    exact_nodes: int = 3000
    pivots: int = 200
    clients: int = 4
    parties: int = 3
    named: float = 0.55
    return_days: int = 21
    late_days: int = 5
    weights: OrganiserWeights = OrganiserWeights()
    documents_in_turn: int = 3
    minors: int = 2

    def __post_init__(self) -> None:
        total = sum(msgspec.structs.astuple(self.weights))
        if abs(total - 1) > 1e-6:
            raise ValueError(f"roles.weights sum to {total:g}, but a score from 0 to 1 needs weights that sum to 1")


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
    value_bands: Annotated[tuple[float, ...], msgspec.Meta(min_length=1)] = (1_000.0,)
    bands_of: dict[str, Annotated[tuple[float, ...], msgspec.Meta(min_length=1)]] = {}


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
