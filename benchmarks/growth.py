"""How a run grows with travellers and with the list: whole processes at each size, and the exponents fitted to them.

    python -m benchmarks growth                            # 10,000 to 10,000,000 travellers; 10,000 to 1,000,000 names
    python -m benchmarks growth --passengers 2000 --entries 1000,5000 --runs 2

Fitted is t = a + b (n / largest)^k, by least squares of logarithms over the medians: `a`, what a run costs before it
has done anything, is kept apart from the growth. The `local` exponent beside it assumes nothing: it is the slope between the
largest size and the one a decade below, start included.
"""

from __future__ import annotations

import math
import statistics
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.optimize import OptimizeWarning, curve_fit
from scipy.stats import t as student

from benchmarks.results import Plot, Section, Table
from benchmarks.screening import Bench, bench_of
from benchmarks.settings import Settings
from benchmarks.timing import Figures

LISTED = 5  # times the passengers of the peers, where lists grow
LINEAR = 1.05  # largest exponent that is called linear
BELOW = 1.0  # where the interval of an exponent stays below this, it is clearly below linear
DECADE = 10
# What is fitted, of the figures of a run.
WORDS = {"wall": "seconds, whole process", "cpu": "CPU seconds", "candidates": "seconds of the search alone"}
Runs = dict[int, list[Figures]]  # by size


@dataclass(frozen=True)
class Fit:
    """t = start + most (n / largest)^exponent.

    Attributes:
        start: seconds before anything grows.
        most: seconds that are added at the largest size.
        exponent: how these grow.
        within: half of its 95 % interval; not a number where there are too few sizes for one.
    """

    start: float
    most: float
    exponent: float
    within: float

    def at(self, share: float) -> float:
        """Return seconds at a share of the largest size."""
        return self.start + self.most * share**self.exponent


def sections(settings: Settings) -> list[Section]:
    """Return how seconds and memory grow with travellers, and with entries."""
    bench = bench_of(settings)
    return [_with_travellers(settings, bench), _with_entries(settings, bench)]


def steps(least: int, most: int) -> list[int]:
    """Return sizes from least to most, two a decade."""
    many = max(1, round(2 * math.log10(most / least)))
    return [round(least * (most / least) ** (at / many)) for at in range(many + 1)]


def fitted(sizes: Sequence[int], seconds: Sequence[float], *, start: bool = True) -> Fit:
    """Return the curve through seconds at sizes, ascending, at least three of them; with no start where there can be none."""
    shares, told = np.array(sizes) / sizes[-1], np.log(seconds)
    begin = 0.9 * min(seconds)
    first = (math.log(max(seconds[-1] - begin, begin / 10)), 1.0, math.log(begin))

    def curve(at: np.ndarray, most: float, exponent: float, begin: float = -math.inf) -> np.ndarray:
        return np.logaddexp(begin, most + exponent * np.log(at))

    # a start far below what was measured is none; an exponent outside of 0 to 4 is noise
    least, largest = first[2] - 12, math.log(max(seconds))
    many = 3 if start else 2
    bounds = ([least, 0.0, least][:many], [largest + 1, 4.0, largest][:many])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", OptimizeWarning)  # no interval from as many sizes as parameters: said so below
        found, spread = curve_fit(curve, shares, told, first[:many], bounds=bounds, max_nfev=20_000)
    free = len(sizes) - many
    within = float(student.ppf(0.975, free) * math.sqrt(spread[1][1])) if free > 0 else math.nan
    return Fit(math.exp(found[2]) if start else 0.0, math.exp(found[0]), float(found[1]), within)


def local(sizes: Sequence[int], seconds: Sequence[float]) -> float:
    """Return the slope of logarithms over the last decade of sizes."""
    below = max(at for at, size in enumerate(sizes) if size * DECADE <= sizes[-1] * 1.01 or at == 0)
    return math.log(seconds[-1] / seconds[below]) / math.log(sizes[-1] / sizes[below])


def verdict(fit: Fit, bar: float, word: str) -> str:
    """Return whether an exponent keeps to a bar, in words."""
    if math.isnan(fit.within):
        return "not judged: too few sizes"
    if fit.exponent > bar:
        return f"NOT {word}: above {bar}"
    if fit.exponent + fit.within > bar:
        return f"not sure: the fitted value keeps to {bar}, its interval does not"
    return f"{word}: the interval keeps to {bar}"


def _rounds(settings: Settings, sizes: Sequence[int], run: Callable[[int], Figures]) -> Runs:
    """Run every size once, then all of them again: what else a machine does for a while meets all sizes alike."""
    found: Runs = {size: [] for size in sizes}
    for number in range(settings.runs):
        for size in sizes:
            found[size].append(run(size))
            settings.say(f"  run {number + 1} of {settings.runs}, {size:,}: {found[size][-1]['wall']:.1f} s")
    return found


def _with_travellers(settings: Settings, bench: Bench) -> Section:
    entries, base = settings.entries[0], settings.passengers * DECADE
    exercise = bench.exercise(base, entries, settings.seed)
    snapshot, sizes = bench.snapshot(exercise), [*steps(max(1, settings.passengers // DECADE), base), base * DECADE]
    settings.say(f"growth with travellers, against {entries:,} entries")
    runs = _rounds(settings, sizes, lambda size: bench.whole_run(_feed(bench, exercise, size), snapshot))
    says = (
        f"`ops-hub screen` as whole processes, Parquet to written results, against {entries:,} entries, medians of "
        f"{settings.runs} rounds over all sizes. Feeds are the first travellers of one exercise of {base:,}; "
        f"larger ones are that exercise again and again under new ids, so they hold no more distinct names."
    )
    fits = _fits(runs)
    return Section(
        "Growth with travellers",
        says,
        [_sizes_table("travellers", runs, dict.fromkeys(sizes)), _fits_table(runs, fits, LINEAR, "linear")],
        [_seconds_plot("growth-travellers", "Seconds against travellers", "travellers", runs, fits)],
        "python -m benchmarks growth",
        {"verdict": _in_short("travellers", fits, LINEAR, "linear"), "runs": _plain(runs)},
    )


def _with_entries(settings: Settings, bench: Bench) -> Section:
    passengers, most = settings.passengers * LISTED, settings.entries[-1] * DECADE
    sizes = steps(settings.entries[0], most)
    exercises = {size: bench.exercise(passengers, size, settings.seed) for size in sizes}
    snapshots = {size: bench.snapshot(exercise) for size, exercise in exercises.items()}
    settings.say(f"growth with the list, {passengers:,} travellers")
    runs = _rounds(settings, sizes, lambda size: bench.whole_run(exercises[size] / "feed.parquet", snapshots[size]))
    says = (
        f"{passengers:,} travellers of an exercise for each size of list, else as above. A longer list gives more hits, "
        "each of which is explained and written: that is in these seconds. Start (`a`) is here all that does not depend on the list: "
        "the process, reading the feed, taking names apart. The search alone is the stage `candidates` of run.json, fitted without a start: "
        "nothing constant hides its growth."
    )
    fits = _fits(runs)
    walls = _medians(runs, "wall")
    rate = {"ops-hub screen": [(size, passengers / wall) for size, wall in zip(sizes, walls, strict=True)]}
    memory = {"ops-hub screen": list(zip(sizes, _medians(runs, "peak_mb"), strict=True))}
    return Section(
        "Growth with the list",
        says,
        [
            _sizes_table("entries", runs, dict.fromkeys(sizes, passengers)),
            _fits_table(runs, fits, BELOW, "clearly below linear"),
        ],
        [
            Plot(
                "growth-throughput", "Throughput against list size", "entries on the list", "travellers/s", rate, "xy"
            ),
            Plot("growth-memory", "Memory against list size", "entries on the list", "peak, MB", memory, "xy"),
            _seconds_plot("growth-entries", "Seconds against list size", "entries on the list", runs, fits),
        ],
        "python -m benchmarks growth",
        {"verdict": _in_short("entries", fits, BELOW, "clearly below linear"), "runs": _plain(runs)},
    )


def _feed(bench: Bench, exercise: Path, size: int) -> Path:
    """Return a feed of so many travellers of an exercise."""
    place = exercise / f"feed-{size}.parquet"
    if not place.exists():
        bench.python("-m", "benchmarks.repeated", exercise / "feed.parquet", size, place)
    return place


def _fits(runs: Runs) -> list[tuple[str, Fit]]:
    """Return the curves of WORDS; the search alone has no start that could be told from its growth."""
    return [(each, fitted(list(runs), _medians(runs, each), start=each != "candidates")) for each in WORDS]


def _medians(runs: Runs, what: str) -> list[float]:
    return [statistics.median(run[what] for run in found) for found in runs.values()]


def _sizes_table(word: str, runs: Runs, travellers: dict[int, int | None]) -> Table:
    rows = []
    for size, found in runs.items():
        walls = [run["wall"] for run in found]
        wall, cpu, peak, hits = (
            statistics.median(run[each] for run in found) for each in ("wall", "cpu", "peak_mb", "hits")
        )
        many = travellers[size] or size
        rows.append((size, wall, min(walls), max(walls), cpu, many / wall, cpu / many * 1e6, round(peak), int(hits)))
    head = (word, "seconds", "least", "most", "CPU s", "travellers/s", "CPU µs a traveller", "peak MB", "hits")
    return Table(head, rows)


def _fits_table(runs: Runs, fits: Sequence[tuple[str, Fit]], bar: float, word: str) -> Table:
    sizes = list(runs)
    rows = [
        (
            WORDS[what],
            fit.start,
            fit.most,
            f"{fit.exponent:.2f} ± {fit.within:.2f}" if not math.isnan(fit.within) else f"{fit.exponent:.2f}",
            f"{local(sizes, _medians(runs, what)):.2f}",
            verdict(fit, bar, word),
        )
        for what, fit in fits
    ]
    return Table(("of", "start a, s", f"b, s at {sizes[-1]:,}", "exponent k, 95 %", "local exponent", "verdict"), rows)


def _in_short(word: str, fits: Sequence[tuple[str, Fit]], bar: float, judged: str) -> str:
    told = (f"{WORDS[what]} {fit.exponent:.2f} ± {fit.within:.2f} ({verdict(fit, bar, judged)})" for what, fit in fits)
    return f"exponents with {word}: {'; '.join(told)}"


def _seconds_plot(name: str, title: str, x: str, runs: Runs, fits: Sequence[tuple[str, Fit]]) -> Plot:
    sizes, lines = list(runs), {}
    for what, fit in fits:
        label = {"wall": "whole process", "cpu": "CPU", "candidates": "search alone"}[what]
        lines[label] = list(zip(sizes, _medians(runs, what), strict=True))
        lines[f"{label}, fitted"] = [(size, fit.at(size / sizes[-1])) for size in sizes]
    return Plot(name, title, x, "seconds", lines, "xy")


def _plain(runs: Runs) -> dict[str, list[Figures]]:
    return {str(size): found for size, found in runs.items()}
