"""Feed files into units that can be screened one by one, with the same records, positions and rejects as the whole file.

Reach for `file_units()` and `message_units()` to cut, and for `read_unit()` to read what was cut. An EDIFACT message
becomes a unit with its own envelope, so that two-digit years and references mean what they did; everything else is read
here, and its travellers go on in slices.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import zip_longest
from pathlib import Path

import msgspec
import polars as pl

from ops_hub.feeds.edifact import Interchange, Segment, interchanges, looks_like_edifact
from ops_hub.feeds.messages import parse_edifact, taken_apart
from ops_hub.feeds.opening import opened
from ops_hub.feeds.parsed import Parsed, Row, Source
from ops_hub.feeds.reading import MAX_MESSAGES, ReadOptions, read
from ops_hub.schemas import REJECTS, TRAVELLERS, empty, rows

SLICE = 2_000  # travellers in a unit of a table


@dataclass(frozen=True)
class Piece:
    """A unit: EDIFACT bytes, or travellers and rejects that were read already.

    Attributes:
        id: hash of the content.
        data: bytes of a message with its envelope; None for what was read.
        shift: what must be added to a position in `data` to have the position in the file.
        travellers, rejects: what was read.
    """

    id: str
    data: bytes | None = None
    shift: int = 0
    travellers: pl.DataFrame | None = None
    rejects: pl.DataFrame | None = None


def file_units(name: str, path: Path, options: ReadOptions) -> Iterator[Piece]:
    """Yield the units of one file; `name` is what it is called in records.

    Raises:
        FeedError: it cannot be opened at all. What cannot be read is a unit of rejects.
    """
    with opened(path) as file:
        is_plain = file.problem is None and not file.cut_short and file.size <= MAX_MESSAGES
        is_message = is_plain and not file.head.startswith((b"PAR1", b"PK\x03\x04")) and looks_like_edifact(file.head)
        data = file.path.read_bytes() if is_message else None
    if data is not None:
        yield from message_units(data, Source(name, options.today, options.hash_key))
        return
    named = pl.lit(name).alias("source")
    for batch in read([path], replace(options, batch_rows=SLICE)):
        travellers, rejects = (frame.with_columns(named) for frame in (batch.travellers, batch.rejects))
        cut = (frame.iter_slices(SLICE) for frame in (travellers, rejects))
        for people, lost in zip_longest(*cut):
            yield _rows(empty(TRAVELLERS) if people is None else people, empty(REJECTS) if lost is None else lost)


def message_units(data: bytes, source: Source) -> Iterator[Piece]:
    """Yield the units of EDIFACT bytes: as they are where they hold one message, else one a message."""
    if data.upper().count(b"UNH") <= 1:  # nearly all: they need not be looked at any closer
        yield _message(data)
        return
    found = [(each, *taken_apart(each, source)) for each in interchanges(data)]
    if sum(len(messages) for _, messages, _ in found) <= 1:
        yield _message(data)
        return
    lost: list[Row] = []
    for each, messages, faults in found:
        cut = _cut(data, each, messages, source)
        if cut is None:  # a message of it would be read otherwise than in the file
            yield _message(data[each.offset : each.end], each.offset)
        else:
            yield from cut
            lost += faults
    if lost:
        yield _rows(empty(TRAVELLERS), rows(REJECTS, lost))


def read_unit(data: bytes, shift: int, source: Source) -> Parsed:
    """Return what a unit of EDIFACT bytes holds, positions as in the file that it came from."""
    found = parse_edifact(data, source)
    for row in [*found.travellers, *found.rejects, *found.headers] if shift else ():
        if row.get("position") is not None:
            row["position"] += shift
    return found


def packed_rows(travellers: bytes, rejects: bytes) -> bytes:
    """Return packed TRAVELLERS and REJECTS as one value."""
    return msgspec.msgpack.encode((travellers, rejects))


def unpacked_rows(data: bytes) -> tuple[bytes, bytes]:
    """Return the two again."""
    return msgspec.msgpack.decode(data, type=tuple[bytes, bytes])


def _message(data: bytes, shift: int = 0) -> Piece:
    return Piece(hashlib.blake2b(data, digest_size=16).hexdigest(), data, shift)


def _rows(travellers: pl.DataFrame, rejects: pl.DataFrame) -> Piece:
    """Return a slice; the same content under another file name is the same slice."""
    digest = hashlib.blake2b(digest_size=16)
    for frame in (travellers, rejects):
        digest.update(frame.drop("source").write_ndjson().encode() + b"\0")
    return Piece(digest.hexdigest(), travellers=travellers, rejects=rejects)


def _cut(data: bytes, interchange: Interchange, messages: list[list[Segment]], source: Source) -> list[Piece] | None:
    """Return each message of an interchange with the envelope around it; None where one would be read otherwise."""
    segments = interchange.segments
    at = {segment.offset: place for place, segment in enumerate(segments)}
    first = next((s.offset for s in segments if s.tag not in ("UNA", "UNB")), interchange.end)
    head = data[interchange.offset : first]
    pieces = []
    for message in messages:
        begin, after = message[0].offset, at[message[-1].offset] + 1
        end = segments[after].offset if after < len(segments) else interchange.end
        whole = head + data[begin:end] + _closing(data, segments, interchange)
        if not _is_same(whole, message, source):
            return None
        pieces.append(_message(whole, begin - len(head)))
    return pieces


def _closing(data: bytes, segments: list[Segment], interchange: Interchange) -> bytes:
    """Return the end of an envelope of one message, in the interchange's own signs."""
    second = segments[1].offset if len(segments) > 1 else interchange.end
    sign = data[segments[0].offset : second].rstrip()[-1:]  # the terminator of the first segment
    element = data[segments[0].offset + 3 : segments[0].offset + 4]
    return b"\n" + sign + b"UNZ" + element + b"1" + element + b"1" + sign


def _is_same(whole: bytes, message: list[Segment], source: Source) -> bool:
    found = list(interchanges(whole))
    if len(found) != 1:
        return False
    inside, faults = taken_apart(found[0], source)
    return not faults and len(inside) == 1 and [s.elements for s in inside[0]] == [s.elements for s in message]
