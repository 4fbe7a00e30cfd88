"""The parts of the report, measured one after another: each in a process of its own, its outcome kept as JSON.

Reach for `measure()`. A part that fails, or is killed, leaves its error and whatever was found before; the others go on. What
is asked is left to `__main__`, what is written to `report`.
"""

from __future__ import annotations

import importlib
import json
import shutil
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from benchmarks import machine
from benchmarks.results import Outcome, kept, save
from benchmarks.screening import Bench, copied, environment, first_compilation
from benchmarks.settings import Settings

# Parts of the report in its order, and the module that holds each: `sections(settings)`.
PARTS = {
    "compared": "compared",
    "accuracy": "accuracy",
    "growth": "growth",
    "profile": "profiled",
    "latency": "latency",
}


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
    for part in parts:
        told = json.dumps({name: getattr(settings, name) for name in _TOLD}, default=str)
        command = [sys.executable, "-P", "-m", "benchmarks.parts", part, told, str(out), commit]
        ended = subprocess.run(command, env=environment(code), check=False).returncode
        if ended:
            killed = ": killed, perhaps for want of memory" if ended == -signal.SIGKILL else ""
            _keep_error(part, f"its process ended with {ended}{killed}", out)
    if not in_place:
        shutil.rmtree(copy, ignore_errors=True)


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
    asked = {
        "seed": str(settings.seed),
        "runs": str(settings.runs),
        "passengers": f"{settings.passengers:,}",
        "entries": " and ".join(f"{each:,}" for each in settings.entries),
    }
    took = time.monotonic() - begin
    around = (_now(), commit, machine.facts(), machine.versions(), asked, load, took)
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
