"""The file format of the lake: sealed pieces one after the other, each found again behind a damaged one.

Reach for `record()` to write a piece and `walk()` to read a file. A piece is MAGIC, three numbers (length of the heading,
length of the data, CRC-32 of all else), a heading (JSON: ids and counts, nobody's data) and the sealed data. Nothing here
knows keys.
"""

from __future__ import annotations

import mmap
import os
import struct
import zlib
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

from ops_hub.errors import StoreError

MAGIC = b"\x8fOHSEG1\n"
_NUMBERS = struct.Struct(">III")
_FRONT = len(MAGIC) + _NUMBERS.size


class Heading(msgspec.Struct, frozen=True, omit_defaults=True):
    """What stands before each sealed piece.

    Attributes:
        name: the screening that the rows are from; of merged pieces, a name of their own.
        rows: how many travellers.
        merged: rows are from several screenings, and the column screening_id says which.
    """

    name: str
    rows: int
    merged: bool = False


class Damage(msgspec.Struct, frozen=True):
    """A part of a file that cannot be read."""

    file: str
    offset: int
    reason: str

    def error(self) -> StoreError:
        """Return it as an error."""
        return StoreError(
            f"{self.file} at {self.offset}", self.reason, "restore the file from a copy; the rest was read"
        )


class Piece(msgspec.Struct, frozen=True):
    """A piece as it stands in a file."""

    offset: int
    heading: Heading
    data: bytes


def record(heading: Heading, data: bytes) -> bytes:
    """Return a piece as it is written."""
    head = msgspec.json.encode(heading)
    numbers = struct.pack(">II", len(head), len(data))
    return MAGIC + numbers + struct.pack(">I", zlib.crc32(data, zlib.crc32(head, zlib.crc32(numbers)))) + head + data


def walk(path: Path, *, data: bool = True, file: BinaryIO | None = None) -> Iterator[Piece | Damage]:
    """Yield the pieces of a file in order, and what is damaged in its place.

    Args:
        path: the file.
        data: whether the sealed data are wanted; without, they are checked all the same.
        file: the same file, where it is open already.
    """
    with path.open("rb") if file is None else nullcontext(file) as opened:
        if os.fstat(opened.fileno()).st_size:  # mmap takes no empty files
            with mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ) as held:
                yield from _walk(str(path), held, data)


def headings(path: Path) -> list[Heading]:
    """Return the headings of a file, without looking at the data."""
    found: list[Heading] = []
    try:
        with path.open("rb") as file:
            while len(front := file.read(_FRONT)) == _FRONT and front.startswith(MAGIC):
                head, size, _ = _NUMBERS.unpack(front[len(MAGIC) :])
                text = file.read(head)
                file.seek(size, 1)
                found.append(msgspec.json.decode(text, type=Heading))
    except (FileNotFoundError, msgspec.DecodeError):
        pass  # walk() names the damage
    return found


def whole_until(path: Path) -> int:
    """Return where the unfinished piece begins that a writer who was killed left at the end; the size where there is none.

    Only what looks like a piece that was begun counts: a damaged one is left alone, to be named.
    """
    end = path.stat().st_size
    for found in walk(path, data=False):
        if isinstance(found, Damage) and found.reason == CUT:
            return found.offset
    return end


CUT = "cut short: the last piece is not whole"


def _walk(name: str, held: Any, wanted: bool) -> Iterator[Piece | Damage]:
    at, end = 0, len(held)
    while at < end:
        piece = _piece(held, at, end)
        if piece is not None:
            heading, start, size = piece
            yield Piece(at, heading, held[start : start + size] if wanted else b"")
            at = start + size
            continue
        following = held.find(MAGIC, at + 1)
        while following != -1 and _piece(held, following, end) is None:
            following = held.find(MAGIC, following + 1)
        yield Damage(
            name, at, CUT if following == -1 and _runs_out(held, at, end) else "damaged: the bytes were altered"
        )
        at = end if following == -1 else following


def _piece(held: Any, at: int, end: int) -> tuple[Heading, int, int] | None:
    """Return heading, start and size of the data of the piece at an offset; None where there is no whole one."""
    front = held[at : at + _FRONT]
    if len(front) < _FRONT or not front.startswith(MAGIC):
        return None
    head, size, crc = _NUMBERS.unpack(front[len(MAGIC) :])
    start = at + _FRONT + head
    if start + size > end:
        return None
    numbers = front[len(MAGIC) : len(MAGIC) + 8]
    text = held[at + _FRONT : start]
    with memoryview(held) as view, view[start : start + size] as data:
        if zlib.crc32(data, zlib.crc32(text, zlib.crc32(numbers))) != crc:
            return None
    return msgspec.json.decode(text, type=Heading), start, size


def _runs_out(held: Any, at: int, end: int) -> bool:
    """Return whether a file ends before the piece that begins at an offset does."""
    front = held[at : at + _FRONT]
    if len(front) < _FRONT:
        return MAGIC.startswith(front[: len(MAGIC)])
    head, size, _ = _NUMBERS.unpack(front[len(MAGIC) :])
    return bool(front.startswith(MAGIC) and at + _FRONT + head + size > end)
