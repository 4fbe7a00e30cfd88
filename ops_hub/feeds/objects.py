"""NDJSON, or one JSON array, into TRAVELLERS and REJECTS; a broken line loses no other.

Reach for it from `tabular`. Lists of texts are joined by ';', other nested values kept as JSON.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl

from ops_hub.feeds.columns import Slice, travellers
from ops_hub.feeds.lines import Part, first_line, lines, long_lines, nothing
from ops_hub.feeds.mapping import Mapping
from ops_hub.feeds.parsed import record
from ops_hub.schemas import REJECTS, rows
from ops_hub.textlines import as_text, json_line, line_text


def ndjson(path: Path, part: Slice, mapping: Mapping | None) -> Iterator[Part]:
    """Yield the parts of a file with one object a line."""
    for first, block, long in lines(path):
        records: list[dict[str, Any]] = []
        numbers: list[int] = []
        lost = long_lines(part, long)
        for number, line in enumerate(as_text(block), first):
            if not line.strip("\ufeff \t\x00"):
                continue
            try:
                found = json_line(line.lstrip("\ufeff"))
                if not isinstance(found, dict):
                    raise TypeError("not an object")
                records.append(found)
                numbers.append(number)
            except (ValueError, TypeError) as error:
                lost.append(
                    record(
                        part.source.name,
                        "bad-json",
                        f"the line is no JSON object: {first_line(error)}",
                        raw=line,
                        position=number,
                    )
                )
        frame = _objects(records)
        made, rejected = travellers(frame, pl.Series(numbers, dtype=pl.Int64), part, mapping)
        yield made, pl.concat([rows(REJECTS, lost), rejected])


def json_array(path: Path, part: Slice, mapping: Mapping | None) -> Part:
    """Read a JSON array of objects, as web services send them."""
    try:
        found = json_line(line_text(path.read_bytes()))
    except ValueError as error:
        return nothing(part, "bad-json", f"cannot be read as a JSON array: {first_line(error)}; send one object a line")
    good = [(at, item) for at, item in enumerate(found, 1) if isinstance(item, dict)]
    lost = [
        record(part.source.name, "bad-json", "this element is no object", raw=str(item)[:500], position=at)
        for at, item in enumerate(found, 1)
        if not isinstance(item, dict)
    ]
    made, rejected = travellers(
        _objects([item for _, item in good]), pl.Series([at for at, _ in good], dtype=pl.Int64), part, mapping
    )
    return made, pl.concat([rows(REJECTS, lost), rejected])


def _objects(records: list[dict[str, Any]]) -> pl.DataFrame:
    """Return objects as a frame of strings; lists of texts are joined by ';', other nested values kept as JSON."""
    names = list(dict.fromkeys(name for found in records for name in found))
    columns = {name: [_plain(found.get(name)) for found in records] for name in names}
    return (
        pl.DataFrame(columns, schema=dict.fromkeys(names, pl.String))
        if names
        else pl.DataFrame({"full_name": [None] * len(records)}, schema={"full_name": pl.String})
    )


def _plain(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool | int | float):
        return str(value)
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return ";".join(value)
    return json.dumps(value, ensure_ascii=True)
