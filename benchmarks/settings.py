"""What a run of the benchmark is asked: where its data lie, the seed, the sizes, how often each measurement is repeated.

Reach for `Settings` in every part that `python -m benchmarks` runs: each takes one and returns sections.
How it is typed is left to the entry point; what a part makes of it is left to the part.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

SIZES = {"passengers": 100_000, "entries": "10000,100000", "runs": 5}
QUICK = {"passengers": 2_000, "entries": "1000,5000", "runs": 2}


@dataclass(frozen=True)
class Settings:
    """Asked of every part.

    Attributes:
        folder: for generated data and results on the way; may exist.
        seed: of everything generated.
        runs: measurements of each figure; the median is reported.
        passengers: of the exercise that is screened.
        entries: list sizes, each a screening of its own.
        shared: folder with labelled data (`name_pairs/`), or None where there is none.
        threads: that each measured process may use.
        say: is told how far it is.
    """

    folder: Path
    seed: int
    runs: int
    passengers: int
    entries: tuple[int, ...]
    shared: Path | None
    threads: int
    say: Callable[[str], None]
