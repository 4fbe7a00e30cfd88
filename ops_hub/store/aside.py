"""Frames put aside on disk while a run goes on, so that memory does not grow with the feed.

Reach for `aside()`. Promise: what was put aside under a name comes back in the order in which it was put there,
and nothing of it is left when the context ends. Paths touched: one hidden folder in the folder it is given, where
the results will need space too.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl

from ops_hub.schemas import Schema, empty
from ops_hub.store.files import cannot_write

# Frames of a name that are written plain, half the work. With more it is the disk that is waited for: 20,000,000
# travellers are 5.6 GB plain and took three times as long as with lz4, a fifth of that.
PLAIN = 10


class Aside:
    """A folder of frames; each name is a row of them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._put: dict[str, list[Path]] = {}

    def put(self, name: str, frame: pl.DataFrame | pl.LazyFrame) -> Path:
        """Put a frame behind those of this name.

        Raises:
            StoreError: the disk does not take it.
        """
        paths = self._put.setdefault(name, [])
        path = self._folder / f"{name}-{len(paths):06d}.arrow"
        try:
            frame.lazy().sink_ipc(path, compression="uncompressed" if len(paths) < PLAIN else "lz4")
        except OSError as error:
            raise cannot_write(path, error) from None
        paths.append(path)
        return path

    def scan(self, name: str, schema: Schema) -> pl.LazyFrame:
        """Return all frames of a name as one."""
        paths = self._put.get(name)
        return pl.scan_ipc(paths) if paths else empty(schema).lazy()

    def hold(self, frame: pl.LazyFrame) -> pl.LazyFrame:
        """Work a frame out, onto disk, and return it from there."""
        return pl.scan_ipc(self.put("held", frame))


@contextmanager
def aside(beside: Path) -> Iterator[Aside]:
    """Give a place on disk for as long as the context lasts.

    Args:
        beside: folder of the results; made where it is missing.

    Raises:
        StoreError: there can be no such folder.
    """
    try:
        beside.mkdir(parents=True, exist_ok=True)
        folder = TemporaryDirectory(prefix=".ops-hub-", dir=beside)
    except OSError as error:
        raise cannot_write(beside, error) from None
    with folder as place:
        yield Aside(Path(place))
