"""The engine's own code, named by a hash: what a result came from, and whether it is still what runs here.

Reach for `code_digest()` and `package_versions()` when results are recorded, and for `code_files()` to keep a copy that
can be run years later: copied under these names into a folder, they are an engine that Python imports with PYTHONPATH
set to that folder.
"""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Iterator
from functools import cache
from importlib.metadata import version
from pathlib import Path

from ops_hub.config import data_dir

PACKAGE = Path(__file__).resolve().parent.parent
# Packages that decide what is read from a message and how names are compared; the others only carry and show.
DECIDING = ("airportsdata", "anyascii", "llvmlite", "numba", "numpy", "polars", "python-calamine", "rapidfuzz")
_NOT_CODE = {"__pycache__", "_data"}
_CACHES = (".nbi", ".nbc", ".pyc")


def code_files(copy: Path | None = None) -> list[tuple[str, Path]]:
    """Return the files that make an engine, each with its name in a copy: ops_hub/... and the shipped rules/...

    Args:
        copy: folder of a copy; by default the engine that runs here.
    """
    package, rules = (copy / "ops_hub", copy / "rules") if copy else (PACKAGE, data_dir("rules"))
    return sorted([*_under(package, "ops_hub"), *_under(rules, "rules")])


def _under(folder: Path, name: str) -> Iterator[tuple[str, Path]]:
    for path in folder.rglob("*"):
        own = path.relative_to(folder)
        if path.is_file() and not _NOT_CODE & set(own.parts) and not path.name.endswith(_CACHES):
            yield f"{name}/{own.as_posix()}", path


@cache
def code_digest() -> str:
    """Return the hash of the engine that runs here: its files and the shipped rules, as when it was first asked for."""
    return digest_of_files(code_files())


def digest_of_files(files: list[tuple[str, Path]]) -> str:
    """Return the hash of files, names and contents."""
    digest = hashlib.blake2b(digest_size=16)
    for name, path in files:
        data = path.read_bytes()
        digest.update(f"{name}\0{len(data)}\0".encode() + data)
    return digest.hexdigest()


@cache
def package_versions() -> dict[str, str]:
    """Return the versions of Python and of the packages that results depend on."""
    return {"python": platform.python_version()} | {name: version(name) for name in DECIDING}
