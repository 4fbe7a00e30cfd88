"""What figures depend on: the machine, the versions of what runs on it, the state of the code, and what else was running.

Reach for `described` for one line, for the others where figures are kept. Measures nothing.
"""

from __future__ import annotations

import os
import platform
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

LIBRARIES = ("polars", "numba", "numpy", "rapidfuzz")
PEERS = ("splink", "duckdb", "nomenklatura", "scikit-learn", "sparse-dot-topn")
_ROOT = Path(__file__).resolve().parent.parent


def cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0))


def facts() -> dict[str, str]:
    """Return the machine in words: cores, processor, memory, kernel."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    known = [line for line in _lines("/proc/cpuinfo") if line.startswith("model name")]
    model = known[0].split(":", 1)[1].strip() if known else platform.machine()
    return {"cores": str(cores()), "processor": model, "memory": f"{memory:.0f} GB", "kernel": platform.release()}


def versions() -> dict[str, str]:
    """Return versions of Python, ours and what it is compared with."""
    return {"Python": platform.python_version()} | {name: _version(name) for name in ("ops-hub", *LIBRARIES, *PEERS)}


def described() -> str:
    """Return what figures depend on, in a line."""
    what, libraries = facts(), ", ".join(f"{name} {_version(name)}" for name in LIBRARIES)
    return f"{what['cores']} cores, {what['memory']}; Python {platform.python_version()}, {libraries}"


def commit() -> str:
    """Return the commit of the code, with `, changed` where files under version control differ from it."""
    here = _git("rev-parse", "--short=12", "HEAD")
    changed = here and _git(
        "status", "--porcelain", "--untracked-files=no", "--", "ops_hub", "rules", "benchmarks/*.py"
    )
    return (here or "unknown") + (", changed" if changed else "")


def load() -> float:
    """Return how many processes wanted to run in the last minute: well below 1 on a machine that nothing else uses."""
    return os.getloadavg()[0]


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"


def _lines(path: str) -> list[str]:
    try:
        return Path(path).read_text(encoding="utf-8").splitlines()
    except OSError:
        return []


def _git(*arguments: str) -> str:
    try:
        done = subprocess.run(["git", *arguments], cwd=_ROOT, capture_output=True, text=True, check=False)
    except OSError:
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
