"""How networks are built and read: rules/graph.toml, one section for each part of the room.

Reach for `graph_settings()`; tests and callers may make the sections themselves.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Annotated, TypeAlias

import msgspec

from ops_hub.config import rules_toml

Share: TypeAlias = Annotated[float, msgspec.Meta(ge=0, le=1)]
Count: TypeAlias = Annotated[int, msgspec.Meta(ge=1)]
Days: TypeAlias = Annotated[int, msgspec.Meta(ge=0)]
More: TypeAlias = Annotated[float, msgspec.Meta(gt=0)]


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

    one_way: Share = 0.20
    once: Share = 0.10
    late: Share = 0.13
    reach: Share = 0.10
    unrelated: Share = 0.08
    hits: Share = 0.08
    spread: Share = 0.08
    routes: Share = 0.05
    apart: Share = 0.02
    means: Share = 0.04
    escorts: Share = 0.05
    documents: Share = 0.05
    no_agency: Share = 0.02


class Roles(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who plays which part; the fields are explained in the file.

    Raises:
        ValueError: weights of the organisers' score do not sum to 1 (msgspec tells it as a ValidationError with the key).
    """

    carries: Share = 0.25
    hops: Count = 2
    most_nodes: Count = 300
    longest_path: Count = 8
    most_paths: Count = 10
    most_nodes_between: Count = 5000
    smallest_community: Count = 4
    louvain_nodes: Count = 2000
    exact_nodes: Count = 3000
    pivots: Count = 200
    clients: Count = 4
    parties: Count = 3
    named: Share = 0.57
    return_days: Days = 21
    late_days: Days = 5
    weights: OrganiserWeights = OrganiserWeights()
    documents_in_turn: Count = 3
    minors: Count = 2

    def __post_init__(self) -> None:
        total = sum(msgspec.structs.astuple(self.weights))
        if abs(total - 1) > 1e-6:
            raise ValueError(f"roles.weights sum to {total:g}, but a score from 0 to 1 needs weights that sum to 1")


class Moves(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What journeys tell; the fields are explained in rules/graph.toml."""

    rate: Share = 0.05
    met_least: Count = 4
    season_days: Count = 28
    tied_from: Share = 0.5
    rows_most: Count = 40_000_000
    handover_hours: More = 72
    handover_least: Count = 3
    gap_days: More = 30
    same_place_km: More = 80
    boat_kmh: More = 45
    boat_km: More = 900
    group_days: More = 2
    group_least: Count = 3
    crime_bands: tuple[str, ...] = ("exact-document", "high")
    group_most: Count = 60
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
