"""What a network is built from, as frames.

Reach for `Said` to hand travellers, hits and intelligence to `build`, wherever they come from: feeds and runs, a lake of
history, an exercise.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from ops_hub.schemas import HITS, INTELLIGENCE, empty


@dataclass(frozen=True)
class Said:
    """What a network is built from; frames may come from feeds and runs, from a lake of history, or from both.

    Attributes:
        travellers: TRAVELLERS, at least the columns `gather.NEEDED`.
        hits: HITS of these travellers.
        entries: ENTRIES that were met, for their caveats; None where they are not known.
        intelligence: INTELLIGENCE.
        apart: record ids of two records each that are of different persons, whatever ties them.
        inputs: what these were read from, for `about`.
    """

    travellers: pl.LazyFrame
    hits: pl.DataFrame = field(default_factory=lambda: empty(HITS))
    entries: pl.DataFrame | None = None
    intelligence: pl.DataFrame = field(default_factory=lambda: empty(INTELLIGENCE))
    apart: Sequence[tuple[str, str]] = ()
    inputs: Mapping[str, Any] = field(default_factory=dict)
