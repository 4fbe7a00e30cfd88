"""CSV, NDJSON and Parquet files into slices of TRAVELLERS and REJECTS, every row accounted for.

Reach for `read_table()`. Fast readers silently drop, merge or null rows of untrusted files, so a block is
given to them only when its rows and fields add up; else each line is looked at on its own.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path

import polars as pl

from ops_hub.feeds.columns import Slice, travellers
from ops_hub.feeds.lines import Part, first_line, lines, long_lines, no_travellers, nothing
from ops_hub.feeds.mapping import Mapping, targets_of
from ops_hub.feeds.objects import json_array, ndjson
from ops_hub.feeds.parsed import Row, Source, record
from ops_hub.schemas import REJECTS, empty, rows
from ops_hub.textlines import MAX_JOINED, as_text, records

_KNOWN = {"family_name", "given_names", "full_name", "document_number", "documents"}


def read_table(
    path: Path, kind: str, source: Source, sha256: str, *, mapping: Mapping | None, batch_rows: int
) -> Iterator[Part]:
    """Yield (TRAVELLERS, REJECTS) slice by slice; `kind` is csv, ndjson or parquet."""
    part = Slice(source, sha256, kind, 1)
    if kind == "json":
        yield json_array(path, Slice(source, sha256, "ndjson", 1), mapping)
        return
    if kind == "parquet":
        yield from parquet_rows(path, part, mapping, batch_rows)
    elif kind == "ndjson":
        yield from ndjson(path, part, mapping)
    else:
        yield from _csv(path, part, mapping)


def parquet_rows(
    path: Path, part: Slice, mapping: Mapping | None, batch_rows: int, only: tuple[int, int] | None = None
) -> Iterator[Part]:
    """Yield (TRAVELLERS, REJECTS) of a Parquet file slice by slice.

    Args:
        path: the file.
        part: where its rows come from.
        mapping: the centre's mapping, if any.
        batch_rows: rows a slice.
        only: the rows from the first of these numbers, a multiple of `batch_rows`, up to the second; by default all.
    """
    try:
        scan = pl.scan_parquet(path)
        height = scan.select(pl.len()).collect().item()
    except (pl.exceptions.PolarsError, OSError) as error:
        yield nothing(part, "broken-parquet", f"cannot be read as Parquet: {first_line(error)}")
        return
    begin, end = only or (0, height)
    for first in range(begin, min(end, height), batch_rows):
        try:
            frame = scan.slice(first, batch_rows).collect()
        except (pl.exceptions.PolarsError, OSError) as error:
            detail = f"rows {first + 1} to {min(first + batch_rows, height)} cannot be read: {first_line(error)}"
            lost = [record(part.source.name, "broken-parquet", detail, position=first + 1)] * (
                min(first + batch_rows, height) - first
            )
            yield no_travellers(part), rows(REJECTS, lost)
            continue
        yield travellers(frame, None, Slice(part.source, part.sha256, part.kind, first + 1), mapping)


def sniff_delimiter(head: str) -> str:
    """Return the delimiter that splits the first line into most fields, of comma, semicolon, tab and bar."""
    line = next((line for line in head.splitlines() if line.strip()), "")
    return max(",;\t|", key=line.count)


def _csv(path: Path, part: Slice, mapping: Mapping | None) -> Iterator[Part]:
    header: list[str] = []
    delimiter = (mapping.delimiter if mapping else None) or ""
    carried: list[tuple[int, str]] = []
    for first, block, long in lines(path):
        listed = list(enumerate(as_text(block), first))
        lost = long_lines(part, long)
        if not header:
            while listed and not header:
                _, line = listed.pop(0)
                if line.strip("\ufeff \x00"):
                    delimiter = delimiter or sniff_delimiter(line)
                    header = _unique(_fields(line.lstrip("\ufeff"), delimiter))
            if header and not _KNOWN & targets_of(header, mapping).keys():
                yield nothing(
                    part,
                    "no-known-column",
                    f"no column is known as a name or document ({', '.join(header)[:200]}); give --mapping, or a line with column names",
                )
                return
        listed = carried + [(number, line.replace("\x00", "")) for number, line in listed if line.strip("\x00 \t")]
        carried = _unfinished(listed)
        yield _csv_block(listed, (header, delimiter), part, (mapping, lost))
    if carried:
        yield _csv_block(carried, (header, delimiter), part, (mapping, []))
    elif not header:
        yield nothing(part, "empty-file", "there is no line with column names")


def _unique(names: list[str]) -> list[str]:
    seen: dict[str, int] = {}
    out = []
    for at, name in enumerate(names):
        name = name.strip() or f"column_{at + 1}"
        seen[name] = seen.get(name, 0) + 1
        out.append(name if seen[name] == 1 else f"{name}_{seen[name]}")
    return out


def _unfinished(listed: list[tuple[int, str]]) -> list[tuple[int, str]]:
    """Take lines off the end of a block whose quoted field is still open; they go on in the next block."""
    for back in range(1, min(MAX_JOINED, len(listed)) + 1):
        if listed[-back][1].count('"') % 2:
            odd = sum(line.count('"') % 2 for _, line in listed[:-back])
            if odd % 2 == 0:
                carried = listed[-back:]
                del listed[-back:]
                return carried
            return []
    return []


def _csv_block(
    listed: list[tuple[int, str]],
    form: tuple[list[str], str],
    part: Slice,
    given: tuple[Mapping | None, list[Row]],
) -> Part:
    header, delimiter = form
    mapping, lost = given
    numbers = [number for number, _ in listed]
    text = [line for _, line in listed]
    joined = "\n".join(text)
    frame = None
    if listed and '"' not in joined and joined.count(delimiter) == len(listed) * (len(header) - 1):
        frame = _fast(joined, header, delimiter, len(listed))
    if frame is None:
        found, numbers, more = _carefully(listed, form, part)
        lost = lost + more
        frame = pl.DataFrame(found, schema=dict.fromkeys(header, pl.String), orient="row")
    made, rejected = travellers(frame, pl.Series(numbers, dtype=pl.Int64), part, mapping)
    return made, pl.concat([rows(REJECTS, lost) if lost else empty(REJECTS), rejected])


def _fast(text: str, header: list[str], delimiter: str, height: int) -> pl.DataFrame | None:
    """Return the block by the fast reader, or None where it does not give exactly one row a line."""
    try:
        frame = pl.read_csv(
            io.BytesIO(text.encode("utf-8", "replace")),
            has_header=False,
            separator=delimiter,
            schema=dict.fromkeys(header, pl.String),
            quote_char=None,
        )
    except pl.exceptions.PolarsError:
        return None
    return frame if frame.height == height and frame.width == len(header) else None


def _fields(line: str, delimiter: str) -> list[str]:
    return next(csv.reader([line], delimiter=delimiter), [])


def _carefully(
    listed: list[tuple[int, str]], form: tuple[list[str], str], part: Slice
) -> tuple[list[list[str]], list[int], list[Row]]:
    """Return rows, their line numbers and what was rejected, line by line."""
    header, delimiter = form
    found: list[list[str]] = []
    numbers: list[int] = []
    lost: list[Row] = []
    for each in records(listed, delimiter, len(header)):
        if each.cells is None:
            lost.append(record(part.source.name, each.reason, each.detail, raw=each.raw, position=each.number))
        else:
            found.append(each.cells)
            numbers.append(each.number)
    return found, numbers, lost
