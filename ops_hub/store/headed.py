"""What messages said about themselves, kept beside the lake: manifests are assembled of it and of the travellers.

Reach for `append()` (the keeper's) and `read()`. A day's file lies in the day's folder of the lake and is sealed with its
key, so that it is forgotten with the day: HOME/lake/STATE/DAY/messages.log, one piece a screening, in the form of
`segments`. Lines of JSON, since a header alone as a frame takes twenty times its content.
"""

from __future__ import annotations

import io
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import zstandard

from ops_hub.errors import StoreError
from ops_hub.schemas import MESSAGES, dtypes
from ops_hub.store.files import cannot_write
from ops_hub.store.hub import Hub
from ops_hub.store.lakefiles import Kept, append_whole, folder_of
from ops_hub.store.segments import CUT, Damage, Heading, record, walk, whole_until

WHAT = "messages"  # how the keeper tells them from travellers
FILE = "messages.log"
_COLUMNS = dtypes(MESSAGES) | {"screening_id": pl.String()}


@dataclass(frozen=True)
class Headed:
    """What is known of a day: MESSAGES and screening_id; where its file was read to; what of it could not be read."""

    messages: pl.DataFrame
    until: int
    damaged: tuple[Damage, ...] = ()


def packed(messages: pl.DataFrame, screening_id: str) -> bytes:
    """Return MESSAGES of a screening as bytes, to be sealed."""
    named = messages.with_columns(pl.lit(screening_id).alias("screening_id"))
    return zstandard.ZstdCompressor().compress(named.write_ndjson().encode())


def about(state: str, day: str, screening_id: str) -> bytes:
    """Return what the bytes are sealed about."""
    return f"{WHAT} {state} {day} {screening_id}".encode()


def append(home: Path, items: Iterable[Kept]) -> None:
    """Append what is kept, on disk when this returns. What comes twice stands there twice, and is read once.

    Raises:
        StoreError: the disk does not take it.
    """
    by_day: dict[tuple[str, str], list[Kept]] = {}
    for item in items:
        by_day.setdefault((item.state, item.day), []).append(item)
    for (state, day), new in by_day.items():
        path = folder_of(home, state, day) / FILE
        data = b"".join(record(Heading(each.screening_id, each.rows), each.blob) for each in new)
        try:
            append_whole(path, data)
        except OSError as error:
            raise cannot_write(path, error) from None


def mend(home: Path) -> None:
    """Cut off what a killed keeper left unfinished at the end of a file; said once, before anything is appended."""
    for path in (home / "lake").glob(f"*/*/{FILE}"):
        try:
            whole = whole_until(path)
            if whole < path.stat().st_size:
                os.truncate(path, whole)
        except OSError as error:
            raise cannot_write(path, error) from None


def read(hub: Hub, state: str, day: str, known: Headed | None = None) -> Headed:
    """Return the messages of a state's day.

    Args:
        hub: whose.
        state: who keeps them.
        day: of arrival.
        known: what was read before: only what came since is opened.
    """
    path = folder_of(hub.home, state, day) / FILE
    held = known or Headed(pl.DataFrame(schema=_COLUMNS), 0)
    if not path.exists():
        return Headed(held.messages.clear(), 0)
    if path.stat().st_size == held.until:
        return held
    texts, damaged, until = list[bytes](), list[Damage](), path.stat().st_size
    try:
        open_ = hub.keyring.opener(state, day)
        for piece in walk(path):
            if isinstance(piece, Damage):
                if piece.reason == CUT:  # it is being written
                    until = piece.offset
                else:
                    damaged.append(piece)
            elif piece.offset >= held.until:
                sealed = about(state, day, piece.heading.name)
                texts.append(zstandard.ZstdDecompressor().decompress(open_(piece.data, sealed)))
    except StoreError as error:
        damaged.append(Damage(str(path), held.until, error.reason))
    except FileNotFoundError:  # retention was quicker
        return Headed(held.messages.clear(), 0)
    new = pl.read_ndjson(io.BytesIO(b"".join(texts)), schema=_COLUMNS) if texts else held.messages.clear()
    whole = pl.concat([held.messages, new]).unique(["screening_id", "message_id"], keep="first", maintain_order=True)
    return Headed(whole, until, tuple(damaged))
