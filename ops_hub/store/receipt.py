"""What is known of one screening: which message, with which lists, rules and code, and what came of it.

Reach for `Receipt`; with it a screening can be repeated years later. `packed()` and `unpacked()` carry frames through
the hub.
"""

from __future__ import annotations

import hashlib
import io
from datetime import date, datetime

import msgspec
import polars as pl

from ops_hub.schemas import Schema, check


class Receipt(msgspec.Struct, kw_only=True, frozen=True):
    """One screening.

    Attributes:
        screening_id: hash of unit, snapshot, configuration, ruleset and code: the same work, the same id.
        unit: hash of the bytes that were screened (a message, a file, or a slice of a table).
        source: name that it was handed in under.
        kind: message, rows (a slice of a table) or retrospective (a list change against what is retained).
        snapshot: hash of the lists.
        configuration: digest of rules/matching.toml as used.
        ruleset: hash of the rules folder.
        code: hash of the engine's code.
        versions: of the packages that results depend on.
        today: day that entries had to be valid on.
        records: hash of all record ids, in order.
        result: hash of all hit ids, bands and scores, in order.
        reply_to: carrier that waits for an answer.
    """

    screening_id: str
    unit: str
    source: str
    kind: str
    snapshot: str
    configuration: str
    ruleset: str
    code: str
    versions: dict[str, str]
    threshold: float
    today: date
    screened: int
    rejected: int
    hits: int
    records: str
    result: str
    accepted_at: datetime
    screened_at: datetime
    reply_to: str | None = None


def packed(frame: pl.DataFrame) -> bytes:
    """Return a frame as bytes (Arrow IPC, zstd)."""
    buffer = io.BytesIO()
    frame.write_ipc(buffer, compression="zstd")
    return buffer.getvalue()


def unpacked(data: bytes, schema: Schema, stage: str) -> pl.DataFrame:
    """Return the frame in bytes; it has the schema, or it is a bug of the stage named."""
    return check(pl.read_ipc(io.BytesIO(data)), schema, stage)


def records_hash(travellers: pl.DataFrame) -> str:
    """Return the hash of all record ids, in order, as a receipt has it."""
    return _hash("\n".join(travellers["record_id"]))


def result_hash(hits: pl.DataFrame) -> str:
    """Return the hash of all hit ids, bands and scores, in order, as a receipt has it."""
    return _hash("\n".join(map(repr, hits.select("hit_id", "band", "score").iter_rows())))


def screening_id(unit: str, snapshot: str, configuration: str, ruleset: str, code: str) -> str:
    """Return the id of the screening of a unit with these lists, settings, rules and code."""
    return _hash("\n".join((unit, snapshot, configuration, ruleset, code)))


def _hash(text: str) -> str:
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()
