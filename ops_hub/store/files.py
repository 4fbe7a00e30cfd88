"""Results onto disk: each file appears whole, under its own name, or not at all.

Reach for it for everything that a run leaves behind; what only lasts as long as the run is left to `aside`.
Promise: atomic per file (written beside, flushed, renamed); a run that breaks off leaves no half file. Paths
touched: only those it is given.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import polars as pl

from ops_hub.errors import StoreError
from ops_hub.schemas import VERSION

SCHEMAS = "ops_hub.schemas"  # name in a Parquet file's metadata of the version of the frames


def write_atomic(path: Path, write: Callable[[Path], object]) -> None:
    """Let `write` fill a file beside `path`, then put it in its place.

    Raises:
        StoreError: the disk does not take it.
    """
    aside = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write(aside)
        with aside.open("rb+") as file:
            os.fsync(file.fileno())
        aside.replace(path)
    except (OSError, pl.exceptions.ComputeError) as error:  # the latter from Parquet where the disk is full
        with suppress(OSError):
            aside.unlink(missing_ok=True)
        raise cannot_write(path, error) from None


def cannot_write(path: Path, error: Exception) -> StoreError:
    """Return what to say where the disk does not take a file or folder."""
    reason = getattr(error, "strerror", None) or error
    return StoreError(
        str(path), f"cannot be written: {reason}", "check space and permissions, or choose another folder"
    )


@contextmanager
def locked(path: Path, busy: Callable[[], object] = lambda: None) -> Iterator[None]:
    """Hold a file's lock: only one process at a time is in here, and a killed one lets go.

    Args:
        path: the file; made where it is not there.
        busy: called before waiting for another process.

    Raises:
        StoreError: the file cannot be made.
    """
    try:
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise cannot_write(path.parent, error) from None
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            busy()
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def write_text(path: Path, text: str) -> None:
    """Write a text file (UTF-8), atomically."""
    write_atomic(path, lambda aside: aside.write_text(text, encoding="utf-8"))


def write_bytes(path: Path, data: bytes) -> None:
    """Write a file, atomically."""
    write_atomic(path, lambda aside: aside.write_bytes(data))


def write_parquet(path: Path, frame: pl.DataFrame | pl.LazyFrame) -> None:
    """Write a frame as Parquet, atomically, with the version of the schemas; a lazy one as it streams by, in its order."""
    said = {SCHEMAS: str(VERSION)}
    write_atomic(path, lambda aside: frame.lazy().sink_parquet(aside, metadata=said))


def write_csv(path: Path, frame: pl.DataFrame | pl.LazyFrame) -> None:
    """Write a frame as CSV, atomically; nested columns as JSON, and no cell that a spreadsheet would run."""
    write_atomic(path, lambda aside: _flat(frame.lazy()).sink_csv(aside))


def _flat(frame: pl.LazyFrame) -> pl.LazyFrame:
    schema = frame.collect_schema()
    lists = [name for name, dtype in schema.items() if dtype == pl.List(pl.String)]
    nested = [name for name, dtype in schema.items() if dtype.is_nested() and name not in lists]
    texts = [name for name, dtype in schema.items() if dtype == pl.String]
    as_json = [
        pl.struct(name).struct.json_encode().str.replace(r"^\{\"[^\"]*\":", "").str.replace(r"\}$", "").alias(name)
        for name in nested
    ]
    # =, +, -, @ at the start of a cell are formulas to a spreadsheet: a name must not run on an officer's desk
    harmless = [
        pl.when(pl.col(name).str.contains(r"^[=+\-@\t\r]")).then("'" + pl.col(name)).otherwise(pl.col(name)).alias(name)
        for name in texts
    ]
    return frame.with_columns(*(pl.col(name).list.join(";") for name in lists), *as_json, *harmless)
