"""What results came from, kept under its hash: HOME/archive/snapshots, rules and code. No server is needed for it.

Reach for `Archive`. What is kept is never changed: it appears whole, under the hash of its content, or not at all; what
was altered since is refused when it is asked for. Paths touched: HOME/archive.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

from ops_hub.errors import StoreError
from ops_hub.store.code import code_digest, code_files, digest_of_files
from ops_hub.store.files import cannot_write

_KINDS = {"snapshots": "lists", "rules": "rules folder", "code": "engine"}


class Archive:
    """The archive of a home folder."""

    def __init__(self, home: Path) -> None:
        """Name the home folder; nothing is made before something is kept."""
        self._folder = home / "archive"

    def place(self, kind: str, name: str) -> Path:
        """Return where something of a kind (snapshots, rules or code) stands under its hash, or would."""
        return self._folder / kind / name

    def keep(self, kind: str, name: str, write: Callable[[Path], object]) -> Path:
        """Keep something, unless it is kept already, and return its folder.

        Args:
            kind: snapshots, rules or code.
            name: hash of its content.
            write: makes the folder that it is given.

        Raises:
            StoreError: the disk does not take it.
        """
        place = self.place(kind, name)
        aside = place.with_name(f"{name}.{os.getpid()}.part")
        if place.is_dir():
            return place
        try:
            place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            shutil.rmtree(aside, ignore_errors=True)
            write(aside)
            for path in aside.rglob("*"):
                if path.is_file():
                    _to_disk(path)
            aside.rename(place)
            _to_disk(place.parent)
        except OSError as error:
            shutil.rmtree(aside, ignore_errors=True)
            if not place.is_dir():  # nor was another process first
                raise cannot_write(place, error) from None
        return place

    def keep_code(self) -> str:
        """Keep the engine that runs here and return its hash."""
        self.keep("code", code_digest(), lambda folder: copied(code_files(), folder))
        return code_digest()

    def find(self, kind: str, name: str) -> Path:
        """Return the folder of something that was kept.

        Raises:
            StoreError: it was not, or the copy of the code was altered.
        """
        place = self.place(kind, name)
        if not place.is_dir():
            raise StoreError(
                f"{_KINDS[kind]} {name}", f"not kept in {self._folder}", "name the home folder that it was kept in"
            )
        if kind == "code" and digest_of_files(code_files(place)) != name:
            raise StoreError(str(place), "this copy of the engine was altered", "restore it from a copy")
        return place


def _to_disk(path: Path) -> None:
    """Have a file, or the names in a folder, on disk before anything relies on it."""
    held = os.open(path, os.O_RDONLY)
    try:
        os.fsync(held)
    finally:
        os.close(held)


def files_under(folder: Path) -> list[tuple[str, Path]]:
    """Return all files of a folder by their names in it."""
    return sorted((path.relative_to(folder).as_posix(), path) for path in folder.rglob("*") if path.is_file())


def copied(files: Sequence[tuple[str, Path]], folder: Path) -> None:
    """Copy files into a folder, under the names given."""
    for name, path in files:
        place = folder / name
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, place)
