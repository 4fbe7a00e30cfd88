"""A file of text into lines, block by block, and what every reader of tables says when there is nothing.

Reach for `lines()`: it never holds more than a block, however long a line is. What lines mean is left to `tabular` and
`objects`.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import polars as pl

from ops_hub.feeds.columns import Slice, travellers
from ops_hub.feeds.parsed import Row, record
from ops_hub.schemas import REJECTS, rows
from ops_hub.textlines import line_text

BLOCK = 16 << 20  # bytes of text read at a time
MAX_LINE = 1 << 20  # bytes of one record; longer ones are rejected, not loaded
Part = tuple[pl.DataFrame, pl.DataFrame]


def lines(path: Path) -> Iterator[tuple[int, list[bytes], list[tuple[int, bytes]]]]:
    """Yield (number of the first line, lines, lines too long as (number, beginning)), block by block."""
    number, rest, skipping = 1, b"", False
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            long: list[tuple[int, bytes]] = []
            if skipping:
                _, newline, block = block.partition(b"\n")
                skipping = not newline
                if skipping:
                    continue
                number += 1
            data = rest + block
            whole, newline, rest = data.rpartition(b"\n")
            listed = whole.split(b"\n") if newline else []
            first = number
            number += len(listed)
            for at, line in enumerate(listed):
                if len(line) > MAX_LINE:
                    long.append((first + at, line[:500]))
                    listed[at] = b""
            if len(rest) > MAX_LINE:
                long.append((number, rest[:500]))
                rest, skipping = b"", True
            yield first, listed, long
    if rest:
        yield number, [rest], []


def long_lines(part: Slice, long: list[tuple[int, bytes]]) -> list[Row]:
    """Return a reject for each line too long to be read."""
    return [
        record(
            part.source.name,
            "line-too-long",
            f"the line has more than {MAX_LINE} bytes; not read",
            raw=line_text(head),
            position=number,
        )
        for number, head in long
    ]


def first_line(error: Exception) -> str:
    """Return the first line of what an error says."""
    return str(error).splitlines()[0][:200] if str(error) else type(error).__name__


def nothing(part: Slice, reason: str, detail: str) -> Part:
    """Return no travellers and one rejected record: the whole file."""
    return no_travellers(part), rows(REJECTS, [record(part.source.name, reason, detail)])


def no_travellers(part: Slice) -> pl.DataFrame:
    """Return TRAVELLERS without rows."""
    return travellers(pl.DataFrame({"full_name": []}, schema={"full_name": pl.String}), None, part, None)[0]
