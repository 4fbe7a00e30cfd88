"""The home folder of a hub: whose it is, who else could read it, keys, space.

Reach for the checks by way of `table`. Only names, modes and sizes are looked at, never what is in a file.
"""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path

from ops_hub.service.checkup.finding import Asked, Finding, note, ok, problem

_CLOSED = ("", "keys", "server", "archive", "audit", "lake", "networks")
_SPARE = 1_000_000_000  # bytes for all else: lists that are published, messages on the way
_INODES = 20_000  # a day makes some hundred files


def folder(asked: Asked) -> Iterator[Finding]:
    """Look at the home folder and those in it: there, ours, closed to others."""
    if not asked.home.is_dir():
        yield note(f"there is no hub at {asked.home}", "ops-hub hub up makes one; --home or OPS_HUB_HOME names another")
        return
    fine = True
    for name in _CLOSED:
        place = asked.home / name
        if not place.is_dir():
            continue
        found = place.stat()
        mode = stat.S_IMODE(found.st_mode)
        if found.st_uid != os.geteuid():
            fine = False
            yield problem(f"{place} belongs to user {found.st_uid}, and this is user {os.geteuid()}", "run as the user whose hub it is")  # fmt: skip
        if (mode & 0o077) and (name in ("", "keys", "server")):  # what is below a closed folder is closed, too
            fine = False
            yield problem(f"others may enter {place} (mode {mode:o})", f"chmod 700 {place}")
    if fine:
        yield ok(f"{asked.home} is ours and closed to others")


def keys(asked: Asked) -> Iterator[Finding]:
    """Look at the files of keys: readable by us, by nobody else, and somewhere else as well."""
    place = asked.home / "keys"
    if not place.is_dir():
        if asked.home.is_dir():
            yield note("there are no keys yet", "ops-hub hub publish makes those of all home states")
        return
    try:
        files = sorted(each for each in place.iterdir() if not each.name.startswith("."))
    except OSError as error:
        yield problem(f"{place} cannot be read: {error.strerror}", "run as the user whose keys they are")
        return
    fine = True
    for path in files:
        mode = stat.S_IMODE(path.stat().st_mode)
        if mode & 0o077:
            fine = False
            yield problem(f"others may read {path} (mode {mode:o})", f"chmod 600 {path}; what it seals counts as known")
        elif not os.access(path, os.R_OK):
            fine = False
            yield problem(f"{path} cannot be read", "run as the user whose key it is")
    if fine:
        yield ok(
            f"{len(files)} keys, closed to others", "keep a copy apart from this machine: without them all is lost"
        )


def space(asked: Asked) -> Iterator[Finding]:
    """Compare free space with what a day needs: its travellers, and the server's log written anew."""
    if not asked.home.is_dir():
        return
    disk, system = shutil.disk_usage(asked.home), os.statvfs(asked.home)
    yield from spare(disk.free, day_of(asked.home) + size_of(asked.home / "server") + _SPARE, asked.home)
    if system.f_files and system.f_favail < _INODES:
        yield problem(f"{system.f_favail:,} files can still be made on the disk of {asked.home}", "remove what is not needed: inodes, not bytes, run out")  # fmt: skip


def spare(free: int, needed: int, home: Path) -> Iterator[Finding]:
    """Say whether there is room: for a day it must do, for a week it should."""
    said = f"{free / 1e9:,.1f} GB free on the disk of {home}; a day needs up to {needed / 1e9:,.1f} GB"
    remedy = "make room, or move the home folder to a larger disk: screening stops when it is full"
    if free < needed:
        yield problem(said, remedy)
    elif free < 3 * needed:
        yield note(said, remedy)
    else:
        yield ok(said)


def day_of(home: Path) -> int:
    """Return the bytes of the fullest day of the lake, all states together."""
    sums: dict[str, int] = {}
    for path in (home / "lake").glob("*/*/*"):
        sums[path.parent.name] = sums.get(path.parent.name, 0) + path.stat().st_size
    return max(sums.values(), default=0)


def size_of(folder: Path) -> int:
    """Return the bytes of all files of a folder."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
