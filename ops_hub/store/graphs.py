"""A network in a folder: nodes, edges, trips and resolved records as Parquet, and network.json that says what it is.

Reach for `save()` and `load()`. Promise: each file appears whole or not at all, network.json goes first and comes last, so
that a folder in which a writing broke off is noticed; what is read back is checked: no edge without both its ends, none
from a node to itself, no time that ends before it begins. Paths touched: the folder it is given.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import polars as pl

from ops_hub.errors import StoreError
from ops_hub.schemas import EDGES, NODES, RESOLVED, TRIPS, VERSION, Schema, readable
from ops_hub.store.files import write_parquet, write_text
from ops_hub.store.frames import read_frame

FRAMES: Mapping[str, Schema] = {"nodes": NODES, "edges": EDGES, "trips": TRIPS, "resolved": RESOLVED}
ACCOUNT = "network.json"
_AGAIN = "build it again with ops-hub graph build"


def save(folder: Path, frames: Mapping[str, pl.DataFrame], about: Mapping[str, Any]) -> None:
    """Write a network.

    Args:
        folder: made where it is missing; a network in it is replaced.
        frames: those of FRAMES.
        about: the account, as JSON can hold it.

    Raises:
        StoreError: the disk does not take it.
    """
    try:
        (folder / ACCOUNT).unlink(missing_ok=True)  # an older account would speak for files that are half of each
    except OSError as error:
        raise StoreError(
            str(folder / ACCOUNT), f"cannot be replaced: {error.strerror}", "choose another folder"
        ) from None
    for name in FRAMES:
        write_parquet(folder / f"{name}.parquet", frames[name])
    rows = {name: frames[name].height for name in FRAMES}
    text = json.dumps({**about, "schemas": VERSION, "rows": rows}, indent=1, ensure_ascii=False, default=str)
    write_text(folder / ACCOUNT, text + "\n")


def remove(folder: Path) -> None:
    """Remove a network, the account last, and its folder where nothing else is in it.

    Raises:
        OSError: a file cannot be removed.
    """
    for name in FRAMES:
        (folder / f"{name}.parquet").unlink(missing_ok=True)
    (folder / ACCOUNT).unlink()
    if not any(folder.iterdir()):
        folder.rmdir()


def load(folder: Path) -> tuple[dict[str, pl.DataFrame], dict[str, Any]]:
    """Return the frames and the account of a network.

    Raises:
        StoreError: the folder holds none, or a file of it is not what it should be: file, row, remedy.
    """
    path = folder / ACCOUNT
    try:
        about = json.loads(path.read_text(encoding="utf-8"))
        rows = {name: int(about["rows"][name]) for name in FRAMES}
    except (OSError, ValueError, KeyError, TypeError) as error:
        problem = f"is no account of a network ({type(error).__name__})"
        raise StoreError(str(path), problem, "name a folder that ops-hub graph build --out wrote") from None
    readable(about.get("schemas"), str(path))
    frames = {name: _frame(folder / f"{name}.parquet", schema) for name, schema in FRAMES.items()}
    for name, count in rows.items():
        if frames[name].height != count:
            problem = (
                f"has {frames[name].height:,} rows, and {ACCOUNT} tells of {count:,}: they were not written together"
            )
            raise StoreError(str(folder / f"{name}.parquet"), problem, _AGAIN)
    for name, wrong, problem in _problems(frames):
        found = frames[name].select(wrong.arg_true())[:, 0]
        if len(found):
            where = f"{folder / f'{name}.parquet'}: row {found[0] + 1}"
            more = f" ({len(found):,} rows)" if len(found) > 1 else ""
            raise StoreError(where, problem + more, _AGAIN)
    return frames, about


def _frame(path: Path, schema: Schema) -> pl.DataFrame:
    try:
        frame = read_frame(path, schema)
    except (OSError, pl.exceptions.PolarsError) as error:
        raise StoreError(str(path), f"cannot be read: {str(error).splitlines()[0]}", _AGAIN) from None
    for name, column in schema.items():
        if frame.schema.get(name) != column.dtype:
            raise StoreError(str(path), f"column {name} is missing or of another type", _AGAIN)
    return frame.select(schema.keys())


def _problems(frames: Mapping[str, pl.DataFrame]) -> Iterator[tuple[str, pl.Expr, str]]:
    """Yield name of a frame, what is wrong with a row of it, and the same in words."""
    nodes = frames["nodes"]["node_id"].implode()
    for name in ("nodes", "edges"):
        backwards = (pl.col("last_seen") < pl.col("first_seen")).fill_null(False)
        yield name, backwards, "it was last seen before it was first seen"
    yield (
        "nodes",
        pl.col("node_id").is_duplicated() | pl.col("node_id").is_null(),
        "its node_id is missing or is there twice",
    )
    for end in ("from_id", "to_id"):
        yield "edges", ~pl.col(end).is_in(nodes).fill_null(False), f"{end} is no node: a dangling end"
    yield "edges", pl.col("from_id") == pl.col("to_id"), "it ties a node to itself"
    yield "edges", (pl.col("count") < 1).fill_null(True), "its count is below 1"
    yield "trips", ~pl.col("person_id").is_in(nodes).fill_null(False), "person_id is no node"
    yield "trips", ~pl.col("flight_id").is_in(nodes) & pl.col("flight_id").is_not_null(), "flight_id is no node"
    yield "trips", (pl.col("arrives_at").dt.date().dt.offset_by("2d") < pl.col("departs_at").dt.date()).fill_null(False), "it arrives days before it departs"  # fmt: skip
    yield "resolved", ~pl.col("person_id").is_in(nodes).fill_null(False), "person_id is no node"
