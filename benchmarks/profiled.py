"""Where the time of a batch run goes: seconds and CPU of each stage, the functions that use most, and a flame graph.

    python -m benchmarks profile

Seconds of stages are those of run.json in ordinary runs. CPU is from a run of its own under `benchmarks.sampler`.
"""

from __future__ import annotations

import json
import statistics
from collections import Counter
from collections.abc import Mapping

from benchmarks.growth import DECADE
from benchmarks.results import Plot, Section, Table
from benchmarks.sampler import OUTSIDE
from benchmarks.screening import NO_STAGE, bench_of
from benchmarks.settings import Settings
from benchmarks.timing import TODAY, Figures

SHOWN = 25  # functions in the table
LEAST = 0.002  # share of all CPU below which a stack is not drawn by itself
Stacks = Mapping[str, float]  # CPU seconds by stack: stage;function;...;what was called


def sections(settings: Settings) -> list[Section]:
    """Return the shares of a run's stages and functions."""
    bench, passengers, entries = bench_of(settings), settings.passengers * DECADE, settings.entries[-1]
    exercise = bench.exercise(passengers, entries, settings.seed)
    feed, snapshot = exercise / "feed.parquet", bench.snapshot(exercise)
    runs = []
    for number in range(settings.runs):
        runs.append(bench.whole_run(feed, snapshot))
        settings.say(f"profile: run {number + 1} of {settings.runs}, {runs[-1]['wall']:.1f} s")
    kept = bench.data / "stacks.json"
    screen = ("screen", feed, "--watchlist", snapshot, "--out", bench.data / "run", "--today", TODAY)
    bench.python("-m", "benchmarks.sampler", kept, *screen)
    stacks: Stacks = json.loads(kept.read_text(encoding="utf-8"))
    return [told(stacks, runs, passengers, entries)]


def told(stacks: Stacks, runs: list[Figures], passengers: int, entries: int) -> Section:
    """Return the section of a profile."""
    whole, by_stage = sum(stacks.values()), _by_stage(stacks)
    wall, plain = (statistics.median(run[each] for run in runs) for each in ("wall", "cpu"))
    stage, most = by_stage.most_common(1)[0]
    name, its = _innermost(stacks).most_common(1)[0]
    compiled = sum(seconds for stack, seconds in stacks.items() if stack.split(";")[-1].startswith("compiled "))
    short = (
        f"of {whole:.1f} CPU seconds {most / whole:.0%} go to `{stage}`, {compiled / whole:.0%} to compiled kernels of all stages; "
        f"the function that uses most is `{name[1]}` in `{name[0]}`, {its / whole:.0%}"
    )
    says = (
        f"`ops-hub screen`, {passengers:,} travellers against {entries:,} entries: {wall:.1f} s and {plain:.1f} CPU seconds, median of "
        f"{len(runs)} runs. Stages run side by side in part (the next batch is read while one is screened), so that their "
        "seconds add up to more than the run; CPU seconds do not overlap, and their shares add up to 1. They come from one more run, whose "
        "stacks were looked at every 5 ms and weighed with the CPU clock of each thread. "
        f"`{OUTSIDE}` is the start of the process, opening lists, reconciling. In short: {short}."
    )
    lines = {stack: [("CPU", seconds)] for stack, seconds in _without_small(stacks, whole * LEAST).items()}
    title = f"CPU seconds of a run, {passengers:,} travellers x {entries:,} entries"
    flame = Plot("profile-flame", title, "CPU s", "", lines, "", "flame")
    tables = [_stages_table(by_stage, runs, whole), _functions_table(stacks, whole)]
    return Section(
        "Profile of the batch run",
        says,
        tables,
        [flame],
        "python -m benchmarks profile",
        {"verdict": f"profile: {short}", "runs": runs, "sampled": whole, "plain": plain},
    )


def _without_small(stacks: Stacks, least: float) -> Counter[str]:
    """Return stacks of which those that use less than that are put together, by stage."""
    found: Counter[str] = Counter()
    for stack, seconds in stacks.items():
        found[stack if seconds >= least else f"{stack.split(';')[0]};small stacks"] += seconds
    return found


def _by_stage(stacks: Stacks) -> Counter[str]:
    found: Counter[str] = Counter()
    for stack, seconds in stacks.items():
        found[stack.split(";")[0]] += seconds
    return found


def _innermost(stacks: Stacks) -> Counter[tuple[str, str]]:
    """Return CPU seconds by the innermost function of ours and what it was doing."""
    found: Counter[tuple[str, str]] = Counter()
    for stack, seconds in stacks.items():
        _, *calls = stack.split(";")
        ours = [at for at, call in enumerate(calls) if "." in call]
        function = calls[ours[-1]] if ours else "before the first function of ours"
        called = " > ".join(calls[ours[-1] + 1 :] if ours else calls) or "its own code"
        found[function, called] += seconds
    return found


def _stages_table(by_stage: Counter[str], runs: list[Figures], whole: float) -> Table:
    rows: list[tuple[object, ...]] = []
    totals = statistics.median(run["total"] for run in runs)
    for stage in [each for each in runs[0] if each not in NO_STAGE]:
        own = [run[stage] for run in runs]
        middle, cpu = statistics.median(own), by_stage.get(stage, 0.0)
        rows.append((stage, middle, min(own), max(own), f"{middle / totals:.0%}", cpu, f"{cpu / whole:.1%}"))
    rows.sort(key=lambda row: -float(str(row[5])))
    outside = [run["wall"] - run["total"] for run in runs]
    cpu = by_stage.get(OUTSIDE, 0.0)
    rows.append((OUTSIDE, statistics.median(outside), min(outside), max(outside), None, cpu, f"{cpu / whole:.1%}"))
    return Table(("stage", "seconds", "least", "most", "of the run's seconds", "CPU s", "of all CPU"), rows)


def _functions_table(stacks: Stacks, whole: float) -> Table:
    rows = [
        (function, called, seconds, f"{seconds / whole:.1%}")
        for (function, called), seconds in _innermost(stacks).most_common(SHOWN)
    ]
    return Table(("innermost function of ops_hub", "doing", "CPU s", "of all CPU"), rows)
