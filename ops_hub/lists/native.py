"""The project's own list format (CSV, NDJSON, TOML) into ENTRIES.

Reach for `read_native()` with one file. The format is documented for list owners in docs/watchlists.md. An
entry with a wrong date, handling or document is rejected with its line; the others stay.
"""

from __future__ import annotations

import codecs
import csv
import hashlib
import json
import tomllib
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from ops_hub.errors import ConfigError
from ops_hub.feedback import reject
from ops_hub.lists.births import birth
from ops_hub.lists.entries import Row, finished, given_columns, name, overrides
from ops_hub.lists.info import HANDLING, ListInfo, ListRead, load_info
from ops_hub.lists.native_table import ROW, plain_rows
from ops_hub.reference import country
from ops_hub.schemas import REJECTS, rows
from ops_hub.textlines import as_text, json_line, line_text, records

COLUMNS = (
    "entry_id", "kind", "name", "family_name", "given_names", "aliases", "weak_aliases", "birth_date", "sex", "nationality",
    "birth_place", "documents", "handling", "purpose", "crime_types", "caveats", "owner", "valid_from", "valid_until", "updated_on", "remarks",
)  # fmt: skip
STATUSES = ("lost", "stolen", "revoked", "stolen-blank")
UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_DAYS = ("valid_from", "valid_until", "updated_on")


class _WrongError(ValueError):
    """An entry says something that is not allowed; the text says what, and what would be."""


def read_native(path: Path) -> ListRead:
    """Return the list in one file of the project's own format.

    Raises:
        ConfigError: the file cannot be read, has unknown columns or no entry_id.
    """
    stem = path.name.split(".")[0]
    info = load_info(path.parent, ListInfo(stem, stem, "UNKNOWN", "screening", "enforce"))
    plain, others = _everyday(path)
    entries: list[Row] = []
    lost: list[Row] = []
    seen: set[str] = set()
    for number, found in others:
        try:
            entry, problems = _entry(found)
            if entry["entry_id"] in seen:
                raise _WrongError(f"entry_id {entry['entry_id']} stands twice; the first one is kept")
            seen.add(entry["entry_id"])
            entries.append(entry | {ROW: number})
            lost += [_note(path, number, "bad-field", problem, _shown(found)) for problem in problems]
        except _WrongError as error:
            lost.append(reject(path.name, "bad-entry", str(error), raw=_shown(found), position=number))
    given = pl.DataFrame(
        entries, schema=[ROW, *given_columns()], schema_overrides={ROW: pl.Int64} | overrides(), orient="row"
    )
    together = pl.concat([given, plain], how="diagonal_relaxed").sort(ROW) if plain is not None else given
    kinds = dict(together["kind"].value_counts().iter_rows())
    counts = {kind: kinds[kind] for kind in ("person", "document") if kind in kinds}
    data = path.read_bytes()
    lost += _not_utf8(path, data)
    digest = hashlib.sha256(data).hexdigest()
    filled = ListInfo(
        **{
            **info.__dict__,
            "counts": {f"{kind}s": n for kind, n in counts.items()},
            "files": ((path.name, digest),),
        }
    )
    return ListRead(filled, finished(together, filled), rows(REJECTS, lost))


def _note(path: Path, number: int, reason: str, detail: str, raw: str) -> Row:
    return reject(path.name, reason, detail, raw=raw, position=number) | {"kind": "note"}


def _shown(found: object) -> str:
    return json.dumps(found, ensure_ascii=False, default=str)


def _everyday(path: Path) -> tuple[pl.DataFrame | None, Iterable[tuple[int, dict[str, Any]]]]:
    """Return the rows that could be read in columns, and the others to be read one by one."""
    if path.suffix.lower() == ".csv":
        with path.open("rb") as file:
            head = file.readline().decode("utf-8-sig", "replace").rstrip("\r\n")
        delimiter = _delimiter(head)
        columns = [column.strip().lower() for column in head.split(delimiter)]
        if set(columns) <= set(COLUMNS) and len(set(columns)) == len(columns) and "entry_id" in columns:
            found = plain_rows(path, delimiter, _READERS)
            if found is not None:
                plain, others = found
                left = [column for column in others.columns if column != ROW]
                return plain, ((row[ROW], {c: row[c] for c in left}) for row in others.iter_rows(named=True))
    return None, _records(path)


def _records(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield (line or number, fields) of every entry of a CSV, NDJSON or TOML file."""
    data = _utf8(path)
    if path.suffix == ".toml":
        try:
            yield from enumerate(tomllib.loads(data.decode("utf-8")).get("entry", []), 1)
        except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise ConfigError(
                str(path), f"cannot be read as TOML: {error}", "correct it, and save it as UTF-8"
            ) from None
        return
    listed = list(enumerate(as_text(data.split(b"\n")), 1))
    if data.lstrip().startswith(b"{"):
        for number, line in listed:
            if line.strip():
                try:
                    yield number, json_line(line)
                except ValueError as error:
                    yield number, {"unreadable": f"{error}", "line": line[:500]}
    else:
        yield from _csv(path, [(number, line) for number, line in listed if line.strip()])


def _utf8(path: Path) -> bytes:
    """Return a file's content without a byte order mark; UTF-16, which spreadsheets write, put into UTF-8."""
    try:
        data = path.read_bytes()
        return data.decode("utf-16").encode() if data[:2] in UTF16 else data.removeprefix(codecs.BOM_UTF8)
    except (OSError, UnicodeError) as error:
        raise ConfigError(str(path), f"cannot be read: {error}", "save it as UTF-8") from None


def _not_utf8(path: Path, data: bytes) -> list[Row]:
    """Return a note for each line that had to be read as Windows-1252."""
    if data[:2] in UTF16:
        return []
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        detail = "the line is not UTF-8 and was read as Windows-1252; look at its letters, and save the list as UTF-8"
        numbered = enumerate(data.split(b"\n"), 1)
        return [
            _note(path, number, "not-utf8", detail, line_text(line)) for number, line in numbered if not _is_utf8(line)
        ]
    return []


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _delimiter(head: str) -> str:
    return max(",;\t", key=head.count)


def _csv(path: Path, listed: list[tuple[int, str]]) -> Iterator[tuple[int, dict[str, Any]]]:
    head = listed[0][1] if listed else ""
    delimiter = _delimiter(head)
    header = [column.strip().lower() for column in next(csv.reader([head], delimiter=delimiter), [])]
    if "entry_id" not in header:
        raise ConfigError(str(path), "its first line has no column entry_id", "see docs/watchlists.md for the columns")
    unknown = [column for column in header if column not in COLUMNS]
    if unknown:
        raise ConfigError(str(path), f"unknown column {unknown[0]}", f"known are {', '.join(COLUMNS)}")
    for each in records(listed[1:], delimiter, len(header)):
        if each.cells is None:
            yield each.number, {"unreadable": each.detail, "line": each.raw[:500]}
        elif any(cell.strip() for cell in each.cells):
            yield each.number, dict(zip(header, each.cells, strict=True))


def _entry(said: Any) -> tuple[Row, list[str]]:
    """Return an entry and what of it could not be used: a wrong date must not hide a listed person."""
    if not isinstance(said, dict):
        raise _WrongError('the entry is no object; write {"entry_id": ..., "name": ...} on one line')
    if "unreadable" in said:
        raise _WrongError(str(said["unreadable"]))
    unknown = [key for key in said if key not in COLUMNS]
    if unknown:
        raise _WrongError(f"unknown field {unknown[0]}; known are {', '.join(COLUMNS)}")
    problems: list[str] = []
    entry: Row = {
        "entry_id": _one(said, "entry_id"),
        "kind": _one(said, "kind") or "person",
        "names": _names(said),
        "births": _usable(_several(said, "birth_date"), _birth, problems),
        "sex": _first(_usable(_several(said, "sex"), _sex, problems)),
        "nationalities": [country(text) or text for text in _several(said, "nationality")],
        "birth_places": [text] if (text := _one(said, "birth_place")) else [],
        "documents": _usable(_several(said, "documents"), _document, problems),
        "handling": _first(_usable(_several(said, "handling"), _handling, problems)),
        "crime_types": _several(said, "crime_types"),
        "caveats": _several(said, "caveats"),
        **{key: _one(said, key) for key in ("purpose", "owner", "remarks")},
        **{key: _first(_usable(_several(said, key), _day, problems)) for key in _DAYS},
    }
    if not entry["entry_id"]:
        raise _WrongError("entry_id is missing; give each entry an id that stays the same")
    if entry["kind"] not in ("person", "document"):
        raise _WrongError(f"kind is {entry['kind']}; use person or document")
    if not entry["names"] and not entry["documents"]:
        raise _WrongError("; ".join(["give one or the other: there is neither a name nor a document", *problems]))
    return entry, problems


def _usable(texts: list[str], read: Callable[[str], Any], problems: list[str]) -> list[Any]:
    """Return what can be read of the texts; the others become problems."""
    made = []
    for text in texts:
        try:
            made.append(read(text))
        except _WrongError as error:
            problems.append(str(error))
    return made


def _first(found: list[Any]) -> Any:
    return found[0] if found else None


def _one(said: dict[str, Any], key: str) -> str | None:
    value = said.get(key)
    text = "; ".join(map(str, value)) if isinstance(value, list) else str(value).strip() if value is not None else ""
    return text or None


def _several(said: dict[str, Any], key: str) -> list[str]:
    value = said.get(key)
    listed = value if isinstance(value, list) else str(value).split(";") if value is not None else []
    return [str(item).strip() for item in listed if str(item).strip()]


def _sex(text: str) -> str:
    if text.upper() not in ("M", "F", "X"):
        raise _WrongError(f"sex is {text}; use one of M, F, X")
    return text.upper()


def _handling(text: str) -> str:
    if text not in HANDLING:
        raise _WrongError(f"handling is {text}; use one of {', '.join(HANDLING)}; the list's own holds")
    return text


def _birth(text: str) -> Row:
    found = birth(text)
    if found is None:
        raise _WrongError(f"birth_date {text} is not understood; write 1970-02-03, 1970, ~1970 or 1970/1972")
    return found


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        raise _WrongError(f"{text} is no date; write for example 2026-11-23") from None


def _names(said: dict[str, Any]) -> list[Row]:
    names = []
    family, given, full = _one(said, "family_name"), _one(said, "given_names"), _one(said, "name")
    if family or given:
        names.append(name(None, "primary", family, given))
    if full:
        names.append(name(full, "strong" if names else "primary"))
    names += [name(text, "strong") for text in _several(said, "aliases")]
    return names + [name(text, "weak") for text in _several(said, "weak_aliases")]


def _document(text: str) -> Row:
    parts = [part.strip() for part in text.split(":")]
    if not 2 <= len(parts) <= 4 or not parts[1]:
        raise _WrongError(f"document {text} is not TYPE:NUMBER:ISSUER[:STATUS]")
    kind, number, issuer, status = parts + [""] * (4 - len(parts))
    if status and status not in STATUSES:
        raise _WrongError(f"document status is {status}; use one of {', '.join(STATUSES)}")
    first, dots, last = number.partition("..")
    if dots and (len(first) != len(last) or first > last):
        raise _WrongError(f"document range {number} must run upwards between numbers of one length")
    return {
        "type": kind or "P",
        "number": first,
        "number_to": last or None,
        "issuer": country(issuer) or issuer or None,
        "status": status or None,
    }


def _country(text: str) -> str | None:
    return country(text) or text or None


def _cell(read: Callable[[str], Any]) -> Callable[[str], Any]:
    """Return a reader of a cell that may hold several values: the first that is read, where all can be."""
    return lambda text: _first([read(each) for each in _several({"": text}, "")])


def _cells(read: Callable[[str], Any]) -> Callable[[str], Any]:
    return lambda text: [read(each) for each in _several({"": text}, "")]


# How `native_table` reads a cell's text, with the same functions as above.
_READERS: dict[str, Callable[[str], Any]] = {
    "birth_date": _cells(_birth),
    "sex": _cell(_sex),
    "nationality": _cells(_country),
    "handling": _cell(_handling),
    "crime_types": _cells(str),
    "caveats": _cells(str),
    **{key: _cell(_day) for key in _DAYS},
    "country": _country,
}
