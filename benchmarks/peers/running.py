"""Processes of peers, exercises and the snapshot that ours needs: what `compared` and `accuracy` start.

Reach for `exercise()` once for a size and `run()` for each measurement. Nothing is loaded here: Linux lets a child
begin with its parent's peak of memory, and a parent that computes disturbs what it times.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from benchmarks.peers import Peer, named
from benchmarks.settings import Settings

COMPILED = "compiled-s"  # beside the snapshot: the seconds that its compilation took
ROOT = Path(__file__).resolve().parent.parent.parent


def around(threads: int) -> dict[str, str]:
    """Return the environment of measured processes: every library is told the same number of threads."""
    told = ("POLARS_MAX_THREADS", "NUMBA_NUM_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS",
            "NOMENKLATURA_DUCKDB_THREADS")  # fmt: skip
    path = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH", ""))))
    return os.environ | dict.fromkeys(told, str(threads)) | {"PYTHONPATH": path}


def python(threads: int, *arguments: object) -> str:
    """Run Python and return what it prints.

    Raises:
        RuntimeError: it failed; with what it said.
    """
    told = [sys.executable, "-P", *(str(each) for each in arguments)]
    done = subprocess.run(told, env=around(threads), capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(told[2:])}: {(done.stderr or done.stdout)[-2000:]}")
    return done.stdout


def ops_hub(threads: int, *arguments: object) -> str:
    """Run a command as a user does."""
    return python(threads, "-c", "from ops_hub.cli import main; main()", *arguments)


def exercise(settings: Settings, passengers: int, entries: int, seed: int, planted: int | None = None) -> Path:
    """Return the folder of an exercise with the compiled snapshot of its list; made if it is not there."""
    place = settings.folder / f"peers-{passengers}x{entries}-{seed}{f'-{planted}' if planted else ''}"
    if not (place / "truth.csv").exists():
        size = ["--passengers", passengers, "--entries", entries, "--seed", seed]
        more = ["--planted", planted] if planted else []
        ops_hub(settings.threads, "exercise", "generate", *size, *more, "--out", place)
    snapshot = place / "watchlist.snapshot"
    if not snapshot.exists():
        begin = time.perf_counter()
        ops_hub(settings.threads, "watchlist", "compile", place / "watchlist.csv", "--out", snapshot)
        (place / COMPILED).write_text(f"{time.perf_counter() - begin:.1f}", encoding="utf-8")
    return place


@dataclass(frozen=True)
class Development:
    """The exercise on which thresholds are chosen: of another seed than any that is reported, half of it listed."""

    passengers: int = 4_000
    entries: int = 3_000
    planted: int = 2_000
    seed_after: int = 1_000


DEVELOPMENT = Development()


def development(settings: Settings) -> tuple[Path, Path, float | None]:
    """Return the development exercise, the model that Splink learns on it, and the seconds that this took."""
    size = DEVELOPMENT
    place = exercise(settings, size.passengers, size.entries, settings.seed + size.seed_after, size.planted)
    model = place / "splink.json"
    if model.exists():
        return place, model, None
    settings.say("training Splink")
    said = run("train", settings, named("Splink"), place=str(place), model=str(model))
    return place, model, float(str(said["seconds"])) if "seconds" in said else None


def run(what: str, settings: Settings, peer: Peer, **told: object) -> dict[str, object]:
    """Return what one process of `benchmarks.peers.worker` answers; {"missing": package} where one is not installed."""
    given = {"peer": peer.name, "threads": settings.threads, **told}
    answer: dict[str, object] = json.loads(
        python(settings.threads, "-m", "benchmarks.peers.worker", what, json.dumps(given)).splitlines()[-1]
    )
    return answer
