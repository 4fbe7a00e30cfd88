"""What is known of one screening: which message, with which lists, rules and code, and what came of it.

Reach for `Receipt`; with it a screening can be repeated years later. `digest_of_records()` and `digest_of()` say what
went in and what came out, so that a repetition can be held against it. `packed()` and `unpacked()` carry frames through
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
        records: what went in, see `digest_of_records`.
        result: what came out, see `digest_of`.
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


def receipt_line(receipt: Receipt) -> str:
    """Return a receipt as it goes through the hub (JSON)."""
    return msgspec.json.encode(receipt).decode()


def receipt_of_line(line: bytes | str) -> Receipt:
    """Return the receipt of a line."""
    return msgspec.json.decode(line, type=Receipt)


def packed(frame: pl.DataFrame) -> bytes:
    """Return a frame as bytes (Arrow IPC, zstd)."""
    buffer = io.BytesIO()
    frame.write_ipc(buffer, compression="zstd")
    return buffer.getvalue()


def unpacked(data: bytes, schema: Schema, stage: str) -> pl.DataFrame:
    """Return the frame in bytes; it has the schema, or it is a bug of the stage named."""
    return check(pl.read_ipc(io.BytesIO(data)), schema, stage)


def screening_id(unit: str, snapshot: str, configuration: str, ruleset: str, code: str) -> str:
    """Return the id of the screening of a unit with these lists, settings, rules and code."""
    text = "\n".join((unit, snapshot, configuration, ruleset, code))
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def digest_of_records(travellers: pl.DataFrame) -> str:
    """Return the hash of who was screened: all record ids, whatever their order (the lake keeps them by state and day)."""
    return _digest(travellers["record_id"].to_list())


def digest_of(hits: pl.DataFrame) -> str:
    """Return the hash of what was found: hit id, band and score of all HITS, whatever their order.

    Scores count to six decimals: processors may differ in the last bits of a sum.
    """
    found = hits.select("hit_id", "band", "score").iter_rows()
    return _digest([f"{hit}\x1f{band}\x1f{score:.6f}" for hit, band, score in found])


def _digest(lines: list[str]) -> str:
    digest = hashlib.blake2b(f"{len(lines)}\n".encode(), digest_size=16)
    for line in sorted(lines):
        digest.update(line.encode() + b"\n")
    return digest.hexdigest()
