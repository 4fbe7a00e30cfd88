"""The audit log read from its end, a bounded part at a time, by time and by what stands in the lines.

Reach for `read_back()`. Lines are canonical JSON, so that what is asked for can be looked for in their bytes before they
are read; lines stand in the order of time, so that a time is found by halving. Paths touched: HOME/audit.
"""

from __future__ import annotations

import json
import mmap
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ops_hub.store.chain import files_of

_KEY = b'"at":"'  # stands first in a line, as its keys are sorted


@dataclass(frozen=True)
class Found:
    """Lines, the newest first, and where the next part begins.

    Attributes:
        lines: that were asked for.
        examined: lines that were looked at.
        before: number of the line before which to go on; None where the beginning was reached.
        reached: time of the last line that was looked at; '' where none was.
    """

    lines: list[dict[str, Any]]
    examined: int
    before: int | None
    reached: str


def read_back(
    folder: Path, wanted: Callable[[dict[str, Any]], bool], marks: Sequence[bytes], *, since: str = "", until: str = "",
    before: int | None = None, most: int = 50, window: int = 40_000, loose: bytes = b"",
) -> Found:  # fmt: skip
    """Return lines of the log, the newest first.

    Args:
        folder: of its files.
        wanted: whether a line is.
        marks: bytes that stand in every line that is wanted.
        since: from this time on, as the log writes it.
        until: before this time.
        before: before the line of this number.
        most: lines to return.
        window: lines to look at; more are left to the next part.
        loose: stands in every line that is wanted, once its letters are small.
    """
    found: list[dict[str, Any]] = []
    examined, reached, last = 0, "", None
    for text in _backwards(folder, until, before):
        at = _at(text)
        if at and at < since:
            return Found(found, examined, None, at)
        if examined == window or len(found) == most:
            return Found(found, examined, last, reached)
        examined += 1
        reached = at or reached
        near = all(mark in text for mark in marks) and (not loose or loose in text.lower())
        line = _line(text) if near else None
        if line is not None and wanted(line):
            found.append(line)
        last = _number(text, line) or last
    return Found(found, examined, None, reached)


def mark(name: str, value: str) -> bytes:
    """Return how a field of an event stands in the bytes of a line."""
    return f"{json.dumps(name)}:{json.dumps(value)}".encode("ascii")


def _backwards(folder: Path, until: str, before: int | None) -> Iterator[bytes]:
    """Yield the lines before a time and a number, the last one first."""
    for path in reversed(files_of(folder)):
        if not path.stat().st_size:
            continue
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            end = data.rfind(b"\n") + 1
            if until:
                end = min(end, _halved(data, end, lambda text: bool((at := _at(text)) and at >= until)))
            if before is not None:
                end = min(end, _halved(data, end, lambda text: (_number(text, None) or 0) >= before))
            while end > 0:
                begin = data.rfind(b"\n", 0, end - 1) + 1
                yield data[begin:end]
                end = begin


def _halved(data: mmap.mmap, end: int, is_after: Callable[[bytes], bool]) -> int:
    """Return where the first line begins that is after something; lines before it are not."""
    low, high = 0, end
    while low < high:
        middle = (low + high) // 2
        begin = data.rfind(b"\n", 0, middle) + 1 if middle else 0
        stop = data.find(b"\n", begin) + 1
        if is_after(data[begin:stop]):
            high = begin
        else:
            low = stop
    return low


def _at(text: bytes) -> str:
    """Return the time of a line; '' where it is none."""
    begin = text.find(_KEY)
    return text[begin + len(_KEY) : text.find(b'"', begin + len(_KEY))].decode("ascii", "replace") if begin == 1 else ""


def _number(text: bytes, line: dict[str, Any] | None) -> int | None:
    if line is not None:
        return int(line["seq"])
    digits = text[text.rfind(b'"seq":') + 6 : -2]
    return int(digits) if digits.isdigit() and len(digits) < 16 else None


def _line(text: bytes) -> dict[str, Any] | None:
    """Return a line if it is one; what is none is for `proof` to tell."""
    try:
        line = json.loads(text)
        if isinstance(line["event"], dict) and isinstance(line["seq"], int) and isinstance(line["at"], str):
            return dict(line)
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    return None
