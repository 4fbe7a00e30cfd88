"""What a program waits for that holds the lists open: one query, a message of 200 travellers, opening the lists.

    python -m benchmarks latency

Every single wait is kept, of several processes; percentiles are of all of them, with the least and most that a process
alone has. From a message's acceptance to its stored hits, with queue and disk, is measured by `benchmarks.live`.
"""

from __future__ import annotations

import json
import statistics
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from benchmarks.growth import DECADE
from benchmarks.results import Plot, Section, Table
from benchmarks.screening import Bench, bench_of
from benchmarks.settings import Settings
from benchmarks.timing import MESSAGE, Waits

PERCENTILES = (50, 95, 99)
SHAPES = (
    ("query", "One query", "one query as a library"),
    ("message", f"A message of {MESSAGE}", f"a message of {MESSAGE} travellers"),
)
LIVE = Path(__file__).parent / "results" / "live.json"  # left by benchmarks.live


def sections(settings: Settings) -> list[Section]:
    """Return percentiles and histograms of waits, for the largest list of the others and for one ten times as large."""
    bench = bench_of(settings)
    sizes = (settings.entries[-1], settings.entries[-1] * DECADE)
    found = measured(settings, bench, sizes)
    plots = [
        Plot(f"latency-{what}", f"{title}: how long it takes", "ms", "waits", _lines(found, what), "x", "histogram")
        for what, title, _ in SHAPES
    ]
    says = (
        f"In one process with the lists open, all threads. {settings.runs} processes a list size, in turn, each with 1,000 queries and "
        f"50 messages (as many as the feed holds). Percentiles are of all waits together; least and most are of the "
        "processes' own percentiles, so they tell how well the figure repeats."
    )
    short = "; ".join(
        f"{shape} against {size:,}: p50 {_at(waits, what, 50):.1f}, p99 {_at(waits, what, 99):.1f} ms"
        for what, _, shape in SHAPES
        for size, waits in found.items()
    )
    command = "python -m benchmarks latency"
    inside = Section(
        "Latency inside a process", says, [_table(found), _opening(found)], plots, command, {"verdict": short}
    )
    return [inside, live(LIVE)]


def measured(settings: Settings, bench: Bench, sizes: Sequence[int]) -> dict[int, list[Waits]]:
    """Return the waits of each process, by list size."""
    found: dict[int, list[Waits]] = {size: [] for size in sizes}
    for number in range(settings.runs):
        for size in sizes:
            place = bench.exercise(settings.passengers * DECADE, size, settings.seed)
            told = {"feed": str(place / "feed.parquet"), "snapshot": str(bench.snapshot(place)), "runs": 1}
            found[size].append(json.loads(bench.python("-m", "benchmarks.timing", "waits", json.dumps(told))))
            settings.say(f"latency: run {number + 1} of {settings.runs}, {size:,} entries")
    return found


def live(place: Path) -> Section:
    """Return what the live benchmark left: figures by name; the command where it left none."""
    command = "python -m benchmarks live"
    if not place.exists():
        says = (
            f"From a message's acceptance to its stored hits: not measured here; `{command}` measures it (ten minutes)."
        )
        return Section("Latency of the hub, end to end", says, command=command)
    figures = json.loads(place.read_text(encoding="utf-8"))
    says = "From a message's acceptance to its stored hits, hub and workers as real processes, as `benchmarks.live` left it."
    rows = [(name, json.dumps(each) if isinstance(each, dict | list) else each) for name, each in figures.items()]
    return Section("Latency of the hub, end to end", says, [Table(("what", "figure"), rows)], command=command)


def _all(found: Sequence[Waits], what: str) -> list[float]:
    return [wait * 1000 for each in found for wait in each[what]]


def _at(found: Sequence[Waits], what: str, percentile: float) -> float:
    return float(np.percentile(_all(found, what), percentile))


def _lines(found: dict[int, list[Waits]], what: str) -> dict[str, list[tuple[float | str, float]]]:
    return {
        f"{size:,} entries": [("", float(f"{wait:.4g}")) for wait in _all(waits, what)] for size, waits in found.items()
    }


def _table(found: dict[int, list[Waits]]) -> Table:
    rows = []
    for what, _, shape in SHAPES:
        for size, waits in found.items():
            told: list[object] = []
            for percentile in PERCENTILES:
                own = [_at([each], what, percentile) for each in waits]
                told.append(f"{_at(waits, what, percentile):.2f} ({min(own):.2f} to {max(own):.2f})")
            rows.append((shape, size, len(_all(waits, what)), *told, max(_all(waits, what))))
    return Table(("what", "entries", "waits", *(f"p{each}, ms" for each in PERCENTILES), "longest, ms"), rows)


def _opening(found: dict[int, list[Waits]]) -> Table:
    rows = [
        (size, *(statistics.median(_all(waits, what)) for what in ("open", "verified")))
        for size, waits in found.items()
    ]
    return Table(("entries", "open the snapshot, ms", "with every file verified, ms"), rows)
