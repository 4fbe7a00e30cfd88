"""The parts of the report, measured one after another: each in a process of its own, its outcome kept as JSON.

Reach for `measure()`. A part that fails, or is killed, leaves its error and whatever was found before; the others go on. What
is asked is left to `__main__`, what is written to `report`.
"""

from __future__ import annotations

import importlib
import json
import math
import shutil
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from benchmarks import machine
from benchmarks.results import Outcome, kept, save
from benchmarks.screening import Bench, copied, environment, first_compilation
from benchmarks.settings import SIZES, Settings

# Parts of the report in its order, and the module that holds each: `sections(settings)`.
PARTS = {
    "compared": "compared",
    "accuracy": "accuracy",
    "growth": "growth",
    "profile": "profiled",
    "latency": "latency",
    "shards": "shards",
    "partitions": "partitions",
}
BY_NAME = ("shards", "partitions")  # long, and of interest to few: only where it is asked for by name
# Seconds at the sizes of the report on two quiet cores, added up from known costs; what a part last took replaces them.
FULL = {"compared": 780, "accuracy": 200, "growth": 700, "profile": 90, "latency": 90, "shards": 900, "partitions": 360}

_TOLD = ("folder", "seed", "runs", "passengers", "entries", "shared", "threads")  # of Settings, to another process


def say(text: str) -> None:
    """Tell what goes on, with the time, where it does not mix with results."""
    print(f"{datetime.now(UTC):%H:%M:%S} {text}", file=sys.stderr, flush=True)


def measure(parts: Sequence[str], settings: Settings, out: Path, *, in_place: bool) -> None:
    """Measure parts, each in a process of its own, and keep what they found in OUT/results.

    Args:
        parts: their names.
        settings: what they are told.
        out: folder of the report.
        in_place: measure the code where it lies, instead of a copy that no editing reaches.
    """
    copy, commit = settings.folder / "benchmark-code", machine.commit()
    code = Path(__file__).resolve().parent.parent if in_place else copy
    settings.folder.mkdir(parents=True, exist_ok=True)
    if not in_place:
        shutil.rmtree(copy, ignore_errors=True)
        copied(copy)
        say("compiling all kernels of a copy of the code")
        say(first_compilation(Bench(settings.folder, copy, 1)))
    expected, begin, past = {part: expected_seconds(part, settings, out) for part in parts}, time.monotonic(), 0.0
    for part in parts:
        say(remaining(expected, part, time.monotonic() - begin, past))
        past += expected[part] or 0.0
        told = json.dumps({name: getattr(settings, name) for name in _TOLD}, default=str)
        command = [sys.executable, "-P", "-m", "benchmarks.parts", part, told, str(out), commit]
        ended = subprocess.run(command, env=environment(code), check=False).returncode
        if ended:
            killed = ": killed, perhaps for want of memory" if ended == -signal.SIGKILL else ""
            _keep_error(part, f"its process ended with {ended}{killed}", out)
    if not in_place:
        shutil.rmtree(copy, ignore_errors=True)


def expected_seconds(part: str, settings: Settings, out: Path) -> float | None:
    """Return what a part will take: what it took at the same sizes, else the estimate for the sizes of the report."""
    before = kept(part, out / "results")
    if before.seconds and before.asked == asked_of(settings):
        return before.seconds
    full = (SIZES["passengers"], SIZES["entries"], SIZES["runs"])
    return (
        FULL.get(part) if full == (settings.passengers, ",".join(map(str, settings.entries)), settings.runs) else None
    )


def remaining(expected: Mapping[str, float | None], part: str, took: float, past: float) -> str:
    """Return a sentence on the time that is left before a part, corrected by how long the parts before it took."""
    left = [seconds for name, seconds in expected.items() if list(expected).index(name) >= list(expected).index(part)]
    known = [seconds for seconds in left if seconds is not None]
    if len(known) < len(left):
        return f"part {part} is next; how long it takes at these sizes is not known"
    pace = took / past if past else 1.0
    return f"part {part} is next; about {math.ceil(sum(known) * pace / 60)} min are left" + (
        f" ({pace:.1f} times as slow as expected so far)" if past and pace > 1.2 else ""
    )


def asked_of(settings: Settings) -> dict[str, str]:
    """Return sizes, seed and runs in words."""
    return {
        "seed": str(settings.seed),
        "runs": str(settings.runs),
        "passengers": f"{settings.passengers:,}",
        "entries": " and ".join(f"{each:,}" for each in settings.entries),
    }


def measured(part: str, settings: Settings, out: Path, commit: str) -> None:
    """Measure a part and keep what it found, or its error beside what was found before."""
    load, begin = machine.load(), time.monotonic()
    say(f"part {part}; load {load:.1f}")
    try:
        found = importlib.import_module(f"benchmarks.{PARTS[part]}").sections(settings)
    except (Exception, SystemExit) as error:  # whatever it is, the other parts go on and the report tells it
        say(f"part {part} failed\n{traceback.format_exc()}")
        last = (str(error).strip() or "no words").splitlines()[-1]
        words = f"{type(error).__name__}: {last}".replace(str(settings.folder), "DATA")
        _keep_error(part, words, out)
        return
    took = time.monotonic() - begin
    around = (_now(), commit, machine.facts(), machine.versions(), asked_of(settings), load, took)
    save(Outcome(part, found, *around), out / "results")
    say(f"part {part} took {took / 60:.1f} min")


def _keep_error(part: str, error: str, out: Path) -> None:
    """Keep an error beside what was found before."""
    save(replace(kept(part, out / "results"), error=error, failed=_now()), out / "results")


def _now() -> str:
    return f"{datetime.now(UTC):%Y-%m-%d %H:%M}"


def main() -> None:
    """Measure one part: its name, settings as JSON, the folder of the report, and the commit of the code."""
    part, told, out, commit = sys.argv[1:]
    given = json.loads(told)
    folders = {"folder": Path(given["folder"]), "shared": Path(given["shared"]) if given["shared"] else None}
    settings = Settings(**given | folders | {"entries": tuple(given["entries"]), "say": say})
    measured(part, settings, Path(out), commit)


if __name__ == "__main__":
    main()
