"""Lines of files that nobody vouches for: into text, into JSON values, into delimited records.

Reach for `records()` for delimited text. A reader that follows quotes wherever they lead takes every line up to the
next quote into one field, and gives one record, or one fault, for many; here a quote that is never closed costs its
own line and no other.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

MAX_JOINED = 20  # lines that one quoted field may span
_OPEN = "unexpected end of data"  # how the csv module says that a quote is still open


@dataclass(frozen=True)
class Record:
    """One record, or one line that is none.

    Attributes:
        number: of its first line.
        cells: its fields; None where it cannot be read.
        raw: its text.
        reason: unclosed-quote, field-count or bad-csv where it cannot be read, else empty.
        detail: the same for a person to read.
    """

    number: int
    cells: list[str] | None
    raw: str
    reason: str = ""
    detail: str = ""


def as_text(block: list[bytes]) -> list[str]:
    """Return lines as text: UTF-8, and for a line that is not, the Windows code page that old systems write."""
    try:
        return b"\n".join(block).decode("utf-8").replace("\r", "").split("\n")
    except UnicodeDecodeError:
        return [line_text(line) for line in block]


def line_text(line: bytes) -> str:
    """Return one line as text, likewise."""
    try:
        return line.decode("utf-8").replace("\r", "")
    except UnicodeDecodeError:
        return line.decode("cp1252", "replace").replace("\r", "")


def json_line(line: str) -> Any:
    """Return the value of a line of NDJSON; halves of surrogate pairs, which no text can hold, become question marks.

    Raises:
        ValueError: it is not JSON.
    """
    try:
        found = json.loads(line)
    except RecursionError:
        raise ValueError("lists within lists, too deep to be read") from None
    if "\\ud" not in line.lower():
        return found
    return json.loads(json.dumps(found, ensure_ascii=False).encode("utf-8", "replace"))


def records(listed: Sequence[tuple[int, str]], delimiter: str, width: int, *, ragged: bool = False) -> Iterator[Record]:
    """Yield the records of numbered lines without their line ends; all lines are in one of them.

    Args:
        listed: number and text of each line.
        delimiter: between fields.
        width: fields that a record has.
        ragged: records may have fewer fields, or more.

    A field in quotes may hold line ends. It is taken for one whose quote was forgotten where no record of `width`
    fields comes of it, or where a line that it would take in is such a record by itself.
    """
    at = 0
    while at < len(listed):
        taken, record = _record(listed, at, delimiter, width, ragged)
        yield record
        at += taken


def _record(listed: Sequence[tuple[int, str]], at: int, delimiter: str, width: int, ragged: bool) -> tuple[int, Record]:
    number, first = listed[at]
    whole = first
    cells = _fields(whole, delimiter)
    if not isinstance(cells, str):
        return 1, Record(number, cells, whole) if ragged else _counted(number, cells, whole, width)
    if cells != _OPEN:
        return 1, Record(number, None, first, "bad-csv", f"cannot be read: {cells}")
    before = _bare(first, delimiter)
    for taken, (_, line) in enumerate(listed[at + 1 : at + MAX_JOINED], 2):
        whole += "\n" + line
        cells = _fields(whole, delimiter)
        complete = line.count(delimiter) == width - 1
        if isinstance(cells, list):
            # The last line closes the quote: that it has all delimiters itself is in order only if the first had none.
            if (ragged or len(cells) == width) and not (complete and before and width > 1):
                return taken, Record(number, cells, whole)
            break
        if cells != _OPEN or (complete and width > 1):
            break
    return 1, Record(number, None, first, "unclosed-quote", "a quote is opened and not closed; this line is not read")


def _counted(number: int, cells: list[str], raw: str, width: int) -> Record:
    if len(cells) == width:
        return Record(number, cells, raw)
    detail = f"{len(cells)} fields instead of {width}; not read, for fields may have moved"
    return Record(number, None, raw, "field-count", detail)


def _bare(line: str, delimiter: str) -> bool:
    """Tell whether a delimiter stands before the quote that is left open: an even number of quotes before it."""
    quotes = 0
    for sign in line:
        if sign == delimiter and quotes % 2 == 0:
            return True
        quotes += sign == '"'
    return False


def _fields(text: str, delimiter: str) -> list[str] | str:
    """Return the fields of one record, or what is wrong with it."""
    lines = [line + "\n" for line in text.split("\n")]  # not splitlines: other signs for a new line may stand in a name
    try:
        return next(csv.reader(lines, delimiter=delimiter, strict=True), [])
    except csv.Error as error:
        if _OPEN in str(error):
            return _OPEN
        if "\n" in text:
            return str(error)
    try:  # within one line, a sign after a closing quote is not right, and clear all the same
        return next(csv.reader(lines, delimiter=delimiter), [])
    except csv.Error as error:
        return str(error)
