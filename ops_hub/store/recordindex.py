"""Which piece of a merged segment a record is in, without opening it: keyed hashes beside the segment.

Reach for `write()` and `holders()`. The hashes' key hangs on the key of the state and day, and dies with it. A segment
whose index is missing or damaged is read as a whole instead.
"""

from __future__ import annotations

import hashlib
import json
import struct
import zlib
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from ops_hub.store.files import write_bytes
from ops_hub.store.keyring import Keyring

_MAGIC = b"\x8fOHIDX1\n"
_NUMBERS = struct.Struct(">III")  # records, bytes of the screenings' names, CRC-32 of all that follows
_PURPOSE = "lake index"


def index_of(segment: Path) -> Path:
    """Return where the index of a segment stands."""
    return segment.with_suffix(".idx")


def write(
    keyring: Keyring,
    state: str,
    day: str,
    segment: Path,
    pieces: Iterable[tuple[int, Sequence[str]]],
    names: Sequence[str],
) -> None:
    """Write the index of a segment: (offset, record ids) of each piece, and the screenings that it holds."""
    key = keyring.derived(state, day, _PURPOSE)
    hashes: list[int] = []
    offsets: list[int] = []
    for offset, records in pieces:
        hashes += [_hash(key, record) for record in records]
        offsets += [offset] * len(records)
    order = np.argsort(np.array(hashes, dtype=np.uint64), kind="stable")
    said = json.dumps(sorted(names)).encode()
    body = said + np.array(hashes, "<u8")[order].tobytes() + np.array(offsets, "<u8")[order].tobytes()
    write_bytes(index_of(segment), _MAGIC + _NUMBERS.pack(len(hashes), len(said), zlib.crc32(body)) + body)


def holders(keyring: Keyring, state: str, day: str, segment: Path, record_id: str) -> set[int] | None:
    """Return the offsets of the pieces that may hold a record; None where there is no index to tell.

    Raises:
        StoreError: the day's key was destroyed.
    """
    read = _read(segment)
    if read is None:
        return None
    count, said, body = read
    hashes = np.frombuffer(body, "<u8", count, said)
    wanted = np.uint64(_hash(keyring.derived(state, day, _PURPOSE, make=False), record_id))
    first, last = (int(np.searchsorted(hashes, wanted, side)) for side in ("left", "right"))
    return set(np.frombuffer(body, "<u8", count, said + 8 * count)[first:last].tolist())


def recorded(segment: Path) -> list[str]:
    """Return the screenings that a merged segment holds, as its index says."""
    read = _read(segment)
    return [] if read is None else list(json.loads(read[2][: read[1]]))


def _read(segment: Path) -> tuple[int, int, bytes] | None:
    try:
        data = index_of(segment).read_bytes()
    except FileNotFoundError:
        return None
    front = len(_MAGIC) + _NUMBERS.size
    if len(data) < front or not data.startswith(_MAGIC):
        return None
    count, said, crc = _NUMBERS.unpack(data[len(_MAGIC) : front])
    body = data[front:]
    return (count, said, body) if len(body) == said + 16 * count and zlib.crc32(body) == crc else None


def _hash(key: bytes, record: str) -> int:
    return int.from_bytes(hashlib.blake2b(record.encode(), key=key, digest_size=8).digest(), "little")
