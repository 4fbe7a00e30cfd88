"""The parts of the report, measured one after another: each in a process of its own, its outcome kept as JSON.

Reach for `measure()`. A part that fails, or is killed, leaves its error and whatever was found before; the others go on. What
is asked is left to `__main__`, what is written to `report`.
"""

from __future__ import annotations

import importlib
import multiprocessing
import shutil
import sys
import time
import traceback
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from benchmarks import machine
from benchmarks.results import Outcome, kept, save
from benchmarks.screening import Bench, copied, first_compilation
from benchmarks.settings import Settings

# Parts of the report in its order, and the module that holds each: `sections(settings)`.
PARTS = {
    "compared": "compared",
    "accuracy": "accuracy",
    "growth": "growth",
    "profile": "profiled",
    "latency": "latency",
}


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
    code = settings.folder / "code"
    shutil.rmtree(code, ignore_errors=True)
    settings.folder.mkdir(parents=True, exist_ok=True)
    if not in_place:
        copied(code)
        say("compiling all kernels of a copy of the code")
        say(first_compilation(Bench(settings.folder, code, 1)))
    for part in parts:
        process = multiprocessing.get_context("spawn").Process(target=measured, args=(part, settings, out))
        process.start()
        process.join()
        if process.exitcode:
            killed = ": killed, perhaps for want of memory" if process.exitcode == -9 else ""
            _keep_error(part, f"its process ended with {process.exitcode}{killed}", out)
    shutil.rmtree(code, ignore_errors=True)


def measured(part: str, settings: Settings, out: Path) -> None:
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
    asked = {
        "seed": str(settings.seed),
        "runs": str(settings.runs),
        "passengers": f"{settings.passengers:,}",
        "entries": " and ".join(f"{each:,}" for each in settings.entries),
    }
    took = time.monotonic() - begin
    around = (_now(), machine.commit(), machine.facts(), machine.versions(), asked, load, took)
    save(Outcome(part, found, *around), out / "results")
    say(f"part {part} took {took / 60:.1f} min")


def _keep_error(part: str, error: str, out: Path) -> None:
    """Keep an error beside what was found before."""
    save(replace(kept(part, out / "results"), error=error, failed=_now()), out / "results")


def _now() -> str:
    return f"{datetime.now(UTC):%Y-%m-%d %H:%M}"
