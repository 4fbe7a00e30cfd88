"""Where compiled kernels are kept: a place that can be written, or every start compiles anew (or none is possible).

Reach for `provide()` before a command is loaded and for `place()` to tell. Numba itself takes NUMBA_CACHE_DIR, else the
folders of the code, else the user's cache; where none of them can be written it refuses to load what it should keep.
"""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Mapping, MutableMapping
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

VARIABLE = "NUMBA_CACHE_DIR"
CODE = Path(__file__).resolve().parent.parent / "matching"


class Place(NamedTuple):
    """Where kernels are kept; `kind` is told, code, user or none."""

    kind: str
    folder: Path


def place(environment: Mapping[str, str], code: Path = CODE) -> Place:
    """Return where compiled kernels are kept; of the kind none where nowhere can be written.

    Args:
        environment: of the process.
        code: folder of the modules that are compiled.
    """
    if told := environment.get(VARIABLE):
        return Place("told", Path(told))
    if writable(code / "__pycache__"):
        return Place("code", code / "__pycache__")
    own = (
        Path(environment.get("XDG_CACHE_HOME") or Path(environment.get("HOME") or "~").expanduser() / ".cache")
        / "numba"
    )
    return Place("user" if writable(own) else "none", own)


def provide(environment: MutableMapping[str, str], code: Path = CODE) -> None:
    """Name a folder of our own below the temporary ones where kernels could be kept nowhere else.

    What numba keeps is code that it will run, so the folder must be ours and closed to all others; where somebody else
    has taken its name, the process gets a new one.
    """
    if place(environment, code).kind != "none":
        return
    folder = Path(tempfile.gettempdir()) / f"ops-hub-kernels-{os.getuid()}"
    with suppress(FileExistsError):
        folder.mkdir(mode=0o700)
    found = folder.lstat()
    is_ours = stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid() and not found.st_mode & 0o077
    environment[VARIABLE] = str(folder if is_ours else tempfile.mkdtemp(prefix="ops-hub-kernels-"))


def writable(folder: Path) -> bool:
    """Return whether a folder can be written, or made."""
    standing = next(each for each in (folder, *folder.parents) if each.exists())
    return standing.is_dir() and os.access(standing, os.W_OK | os.X_OK)
