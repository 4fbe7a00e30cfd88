"""Feeds into partitions: pieces of work of some size, in the order in which a batch run would read them.

Reach for `cut()` when a job begins. A partition is some whole files, or some rows of one large Parquet file; its name is
made of its place and its content. What is done with it is left to `part`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec
import polars as pl

from ops_hub.errors import FeedError
from ops_hub.feeds.reading import Named, Stretch, expand

ROWS = (
    400_000  # of a Parquet file in a partition, about: half a minute of one core, so that little is lost with a worker
)
BYTES = 64 << 20  # of other files that are gathered in a partition
_HASHED_AT_ONCE = 4


class File(msgspec.Struct, frozen=True):
    """A file of a partition: the name that it goes by, where it is on every node, and its content."""

    source: str
    path: str
    sha256: str
    size: int


class Partition(msgspec.Struct, frozen=True):
    """A piece of the job.

    Attributes:
        name: its number, and a hash of its content.
        files: what is read, in this order.
        rows: of the one file, from the first of these numbers up to the second; None where files are read whole.
    """

    name: str
    files: tuple[File, ...]
    rows: tuple[int, int] | None = None

    def stretch(self) -> Stretch | None:
        """Return the rows of the one file; None where files are read whole."""
        if self.rows is None:
            return None
        file = self.files[0]
        return Stretch(file.source, Path(file.path), file.sha256, file.size, *self.rows)


def cut(feeds: Sequence[Path | Named], batch_rows: int, rows: int = ROWS, size: int = BYTES) -> list[Partition]:
    """Return files and folders as partitions; together they are what a batch run reads, in its order.

    Args:
        feeds: as `feeds.reading.read` takes them.
        batch_rows: rows a batch; a range of rows is some whole batches, so that each batch is that of a batch run.
        rows: rows of a Parquet file in a partition, about.
        size: bytes of other files in a partition, about.

    Raises:
        FeedError: a path does not exist or cannot be read.
    """
    named = expand(feeds)
    with ThreadPoolExecutor(_HASHED_AT_ONCE) as pool:
        files = list(pool.map(_file, named))
    step = max(rows // batch_rows, 1) * batch_rows
    groups: list[tuple[tuple[File, ...], tuple[int, int] | None]] = []
    for gathered in _gathered(files, step, size):
        height = _height(gathered[0]) if len(gathered) == 1 else 0
        if height > step:
            groups += [(gathered, (first, min(first + step, height))) for first in range(0, height, step)]
        else:
            groups.append((gathered, None))
    return [Partition(_name(number, *group), *group) for number, group in enumerate(groups)]


def _file(named: Named) -> File:
    source, path = named
    try:
        with path.open("rb") as file:
            return File(
                source, str(path.absolute()), hashlib.file_digest(file, "sha256").hexdigest(), path.stat().st_size
            )
    except OSError as error:
        raise FeedError(str(path), error.strerror or "cannot be read", "check the path and its permissions") from None


def _gathered(files: Sequence[File], step: int, size: int) -> Iterator[tuple[File, ...]]:
    """Yield neighbours that are small enough together; a Parquet file that will be split, by itself."""
    held: list[File] = []
    for file in files:
        alone = _height(file) > step
        if held and (alone or sum(each.size for each in held) + file.size > size):
            yield tuple(held)
            held = []
        if alone:
            yield (file,)
        else:
            held.append(file)
    if held:
        yield tuple(held)


def _height(file: File) -> int:
    """Return the rows of a plain Parquet file; 0 of another, or of a damaged one, which is read whole and rejected."""
    with Path(file.path).open("rb") as opened:
        if opened.read(4) != b"PAR1":
            return 0
    try:
        return int(pl.scan_parquet(file.path).select(pl.len()).collect().item())
    except (pl.exceptions.PolarsError, OSError):
        return 0


def _name(number: int, files: tuple[File, ...], rows: tuple[int, int] | None) -> str:
    said = msgspec.json.encode([[(each.source, each.sha256) for each in files], rows])
    return f"{number:06d}-{hashlib.blake2b(said, digest_size=6).hexdigest()}"
