"""The journal of an operation on disk: one JSON line for each thing that was said, each with the hash of the one before.

Reach for `appended()` and `lines_of()`. A line is canonical JSON with seq from 1, at (UTC), by, plan (its digest), kind,
detail, prev, and hash = SHA-256 of the line without it, so that a changed, moved or missing line is found, and where; only
lines that are missing at the end are not. What the lines mean is told by `operations.journal`.
Paths touched: FOLDER/journal.ndjson, and FOLDER/.journal.lock, which makes processes write one after the other.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ops_hub.errors import StoreError
from ops_hub.store.files import cannot_write, locked

FILE = "journal.ndjson"
FOLDER = "OPS_HUB_OPERATIONS"  # the variable that names the folder of operations
FIRST = "0" * 64  # what stands as prev in the first line
Line = dict[str, Any]


@dataclass(frozen=True)
class Lines:
    """The lines of a journal, and what is wrong with it: empty, or which line was altered."""

    lines: Sequence[Line]
    altered: str = ""


def operations_folder() -> Path:
    """Return where operations stand on this machine: OPS_HUB_OPERATIONS, else ./operations."""
    return Path(os.environ.get(FOLDER) or "operations")


def lines_of(folder: Path) -> Lines:
    """Return the journal of an operation, up to the first line that was altered; without a file, no lines.

    Raises:
        StoreError: the disk does not give it.
    """
    try:
        data = (folder / FILE).read_bytes()
    except FileNotFoundError:
        return Lines([])
    except OSError as error:
        raise StoreError(str(folder / FILE), f"it cannot be read: {error.strerror}", "see its permissions") from None
    found: list[Line] = []
    for number, text in enumerate(data[: data.rfind(b"\n") + 1].splitlines(), 1):  # a torn end never was a line
        line = _proven(text, number, found[-1]["hash"] if found else FIRST)
        if line is None:
            return Lines(found, f"line {number} was altered, or one before it is missing")
        found.append(line)
    return Lines(found)


def appended(folder: Path, made: Callable[[Sequence[Line]], Sequence[Line]]) -> Sequence[Line]:
    """Append lines and return all; on disk, and whole, when this returns.

    Args:
        folder: of the operation.
        made: is given the lines that stand there, while nobody else writes, and returns new ones: at, by, plan, kind
            and detail. What it raises keeps everything as it is.

    Raises:
        StoreError: the journal was altered, or the disk does not take it.
    """
    path = folder / FILE
    with locked(folder / ".journal.lock"):
        known = lines_of(folder)
        if known.altered:
            remedy = f"put it right from the copy that you keep: nothing is added to {FILE} until then"
            raise StoreError(str(path), known.altered, remedy)
        lines = list(known.lines)
        data = b""
        for each in made(known.lines):
            line = each | {"seq": len(lines) + 1, "prev": lines[-1]["hash"] if lines else FIRST}
            lines.append(line | {"hash": _mark(line)})
            data += _canonical(lines[-1]) + b"\n"
        _write(path, data)
    return lines


def _write(path: Path, data: bytes) -> None:
    try:
        with path.open("ab", buffering=0) as file:
            torn = path.read_bytes()
            end = torn.rfind(b"\n") + 1
            if end < len(torn):  # of a process that died
                os.truncate(path, end)
            try:
                if file.write(data) != len(data):
                    raise OSError(None, "no space left")
                os.fsync(file.fileno())
            except OSError:
                os.truncate(path, end)
                raise
    except OSError as error:
        raise cannot_write(path, error) from None


def _proven(text: bytes, number: int, before: str) -> Line | None:
    """Return a line, None where it is not as it was written."""
    try:
        line = json.loads(text)
        mark = line.pop("hash")
    except (ValueError, KeyError, AttributeError, TypeError):
        return None
    same = line.get("seq") == number and line.get("prev") == before and _mark(line) == mark
    return line | {"hash": mark} if same else None


def _mark(line: Line) -> str:
    return hashlib.sha256(_canonical(line)).hexdigest()


def _canonical(line: Line) -> bytes:
    return json.dumps(line, sort_keys=True, separators=(",", ":"), default=str).encode("ascii")
