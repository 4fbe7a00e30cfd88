"""The machine: processor, memory, where compiled kernels and temporary files go, limits of the process, its secrets.

Reach for the checks by way of `table`. Source: /proc of Linux.
"""

from __future__ import annotations

import os
import platform
import re
import resource
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from ops_hub.service.checkup.finding import Asked, Finding, note, ok, problem
from ops_hub.store.code import PACKAGE
from ops_hub.store.kernels import VARIABLE, place, writable

_FEATURES = ("avx2", "fma", "bmi2")  # that the wheels of polars for x86-64 are compiled for
_MEMORY_GB = 2.0  # for a hub with one worker and lists of 100,000 names
_FILES, _FEW_FILES = 1024, 256  # open at once: the lake's files of a day, connections, mapped lists
_TEMP_GB = 1.0
_KEY_BYTES = 16


def processor(asked: Asked) -> Iterator[Finding]:
    """Say what the processor can do and how much memory there is."""
    cores, memory = len(os.sched_getaffinity(0)), os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    said = f"{cores} cores, {memory:.0f} GB of memory, {platform.machine()}"
    if missing := lacking(platform.machine(), Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")):
        yield problem(f"{said}: the processor lacks {', '.join(missing)}", "pip install 'polars[rtcompat]'")
    elif memory < _MEMORY_GB:
        yield note(f"{said}: little", f"{_MEMORY_GB:.0f} GB are needed for a hub with one worker")
    else:
        yield ok(said)


def lacking(machine: str, cpuinfo: str) -> list[str]:
    """Return what a processor cannot do that polars needs."""
    found = re.search(r"^flags\s*:(.*)$", cpuinfo, re.MULTILINE)
    if machine != "x86_64" or found is None:
        return []
    return [each for each in _FEATURES if each not in found[1].split()]


def kernels(asked: Asked) -> Iterator[Finding]:
    """Look whether compiled kernels can be kept: else every start compiles them, for a minute or so."""
    where = place(asked.environment, PACKAGE / "matching")
    remedy = f"name a folder that only this user can write: {VARIABLE}=/var/cache/ops-hub"
    if where.kind == "none" or (where.kind == "told" and not writable(where.folder)):
        yield problem(f"compiled kernels cannot be kept in {where.folder}: every start compiles them", remedy)
        return
    if where.folder.name.startswith("ops-hub-kernels-"):
        yield note(f"compiled kernels are kept in {where.folder}, which a restart may empty", remedy)
        return
    root = PACKAGE if where.kind == "code" else where.folder
    many = sum(1 for _ in root.rglob("*.nbi"))
    yield ok(f"compiled kernels are kept in {where.folder}" + ("" if many else "; none is yet: the first screening compiles them"))  # fmt: skip


def temporary(asked: Asked) -> Iterator[Finding]:
    """Look at the folder of temporary files."""
    folder = Path(tempfile.gettempdir())
    free = shutil.disk_usage(folder).free / 1e9
    if not os.access(folder, os.W_OK | os.X_OK):
        yield problem(f"{folder} cannot be written", "set TMPDIR to a folder that can")
    elif free < _TEMP_GB:
        yield note(f"{free:.1f} GB are free in {folder}", f"make room, or set TMPDIR: {_TEMP_GB:.0f} GB at least")
    else:
        yield ok(f"temporary files: {folder}, {free:.0f} GB free")


def limits(asked: Asked) -> Iterator[Finding]:
    """Look at limits of the process that a hub would meet, and at who may read what it writes."""
    files, core = resource.getrlimit(resource.RLIMIT_NOFILE)[0], resource.getrlimit(resource.RLIMIT_CORE)[0]
    yield from limited(files, core, _umask())


def limited(files: int, core: int, umask: int) -> Iterator[Finding]:
    """Say what limits come to.

    Args:
        files: that may be open at once (-1 any number).
        core: bytes that a crash may write (-1 any number).
        umask: what is taken from the rights of new files.
    """
    if 0 <= files < _FILES:
        made = problem if files < _FEW_FILES else note
        yield made(f"{files:,} files may be open at once", f"ulimit -n {_FILES * 4} for the hub's user")
    else:
        yield ok(f"{'any number of' if files < 0 else f'{files:,}'} files may be open at once")
    if core:
        yield note("a crash would write memory, and so travellers, to disk", "ulimit -c 0 for the hub's user")
    if umask & 0o077 != 0o077:
        yield note(f"files of results may be read by others (umask {umask:03o})", "umask 077 for who screens")


def _umask() -> int:
    found = re.search(r"^Umask:\s*(\d+)", Path("/proc/self/status").read_text(encoding="utf-8"), re.MULTILINE)
    return int(found[1], 8) if found else 0


def hash_key(asked: Asked) -> Iterator[Finding]:
    """Say whether there is a key for payment numbers; what it is is told to nobody."""
    told = asked.environment.get("OPS_HUB_HASH_KEY", "")
    if not told:
        yield note(
            "OPS_HUB_HASH_KEY is not set: payments are linked within a run and within a hub, not over runs", "set it to a long random text where runs are to be linked, and keep it secret"
        )  # fmt: skip
    elif len(told.encode()) < _KEY_BYTES:
        yield note(f"OPS_HUB_HASH_KEY has less than {_KEY_BYTES} bytes: card numbers could be guessed", "take a long random text; what was hashed before is not linked with it")  # fmt: skip
    else:
        yield ok("OPS_HUB_HASH_KEY is set")
