"""A workbook (.xlsx, .xlsm) into sheets of cells, within bounds; macros are never looked at.

Reach for `read_workbook()`. Values are read by calamine; what it does not tell (errors, formulas without a value,
hidden rows, a cell so far out that the sheet fills all memory) is looked up in the XML first. What stands in the cells
is left to `layout`.

Source: ECMA-376 part 1, 18.3 (worksheets).
"""

from __future__ import annotations

import io
import lzma
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from posixpath import normpath
from typing import Any, cast
from xml.etree.ElementTree import ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring, iterparse
from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, SheetVisibleEnum

from ops_hub.feeds.forms.sheets import Fault, Place, Sheet, Value, column_name

MAX_PLAIN = 128 << 20  # bytes of all sheets unpacked: about 200,000 people
MAX_AREA = 4_000_000  # cells from A1 to the last one that holds something
MAX_TEXT = 64 << 20  # characters of all cells of a sheet
MAX_SHEETS = 100
_KEPT = (".xml", ".rels")
_BROKEN = (
    zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error, EOFError, OSError, ValueError, IndexError, KeyError, OverflowError,
    NotImplementedError, ParseError, DefusedXmlException, CalamineError, SyntaxError,
)  # fmt: skip
_CELL = re.compile(r"^([A-Z]{1,3})([1-9]\d{0,6})$")
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"


_ROOT = b'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>'


class Unreadable(Exception):
    """A workbook or a sheet of it cannot be read: reason code and, for a person, what is wrong and what to do."""

    def __init__(self, reason: str, detail: str) -> None:
        self.reason = reason
        self.detail = detail
        super().__init__(f"{reason}: {detail}")


@dataclass
class _Scan:
    """What the XML of a sheet tells of its cells."""

    last: Place = (-1, -1)
    characters: int = 0
    errors: list[Place] = field(default_factory=list)
    empty: list[Place] = field(default_factory=list)  # formulas without a value
    hidden: list[Place] = field(default_factory=list)


def is_workbook(head: bytes, path: Path) -> bool:
    """Whether a file is a workbook of the XML kind (.xlsx, .xlsm), also one that breaks off."""
    if not head.startswith(b"PK\x03\x04"):
        return False
    try:
        with zipfile.ZipFile(path) as packed:
            return "xl/workbook.xml" in packed.namelist()
    except _BROKEN:
        return b"[Content_Types].xml" in head[:200] or b"xl/" in head


def is_protected(head: bytes, path: Path) -> bool:
    """Whether a file is a workbook under a password: encrypted, within an old kind of document."""
    if not head.startswith(b"\xd0\xcf\x11\xe0"):
        return False
    with path.open("rb") as file:
        return "EncryptedPackage".encode("utf-16-le") in file.read(MAX_PLAIN)


def read_workbook(path: Path) -> Iterator[Sheet | tuple[str, Unreadable]]:
    """Yield each sheet of cells, or (name, why) for one that cannot be read.

    Raises:
        Unreadable: nothing of the workbook can be read.
    """
    members = _members(path)
    paths, texts = _sheet_paths(members)
    lengths = _text_lengths(members.get(texts, b""))
    book = _guarded(lambda: CalamineWorkbook.from_filelike(_packed(members)))
    visible = {each.name: each.visible for each in book.sheets_metadata}
    for name in book.sheet_names[:MAX_SHEETS]:
        if paths.get(name, "").startswith("xl/chartsheets/"):
            continue
        try:
            yield _sheet(book, name, members[paths[name]], lengths, is_hidden=visible[name] != SheetVisibleEnum.Visible)
        except Unreadable as why:
            yield name, why
        except _BROKEN as error:
            yield name, Unreadable("broken-workbook", f"cannot be read: {error or type(error).__name__}; save it anew")
    for name in book.sheet_names[MAX_SHEETS:]:
        yield name, Unreadable("too-large", f"the workbook has more than {MAX_SHEETS} sheets; split it")


def has_macros(path: Path) -> bool:
    """Whether a workbook brings macros; they are not looked at."""
    try:
        with zipfile.ZipFile(path) as packed:
            return any(name.lower().endswith("vbaproject.bin") for name in packed.namelist())
    except _BROKEN:
        return False


def _guarded(read: Any) -> Any:
    try:
        return read()
    except _BROKEN as error:
        raise Unreadable(
            "broken-workbook", f"cannot be read: {error or type(error).__name__}; ask for it again"
        ) from None
    except BaseException as error:  # a panic of the compiled reader is no Exception
        if type(error).__name__ != "PanicException":
            raise
        raise Unreadable("broken-workbook", "cannot be read; open it, save it anew and send it again") from None


def _members(path: Path) -> dict[str, bytes]:
    """Return the XML parts of a workbook, unpacked within bounds; pictures and macros stay packed."""
    found: dict[str, bytes] = {}
    left = MAX_PLAIN
    try:
        with zipfile.ZipFile(path) as packed:
            for each in packed.infolist():
                if not each.filename.lower().endswith(_KEPT) or each.is_dir():
                    continue
                if each.flag_bits & 1:
                    raise Unreadable("protected", "the workbook is protected by a password; save it without one")
                with packed.open(each) as part:
                    found[each.filename] = part.read(left + 1)
                left -= len(found[each.filename])
                if left < 0:
                    raise Unreadable("too-large", f"unpacks to more than {MAX_PLAIN} bytes; split it, or send CSV")
    except _BROKEN as error:
        raise Unreadable("broken-workbook", f"cannot be unpacked ({error or type(error).__name__}): it breaks off or is damaged; ask for it again") from None  # fmt: skip
    return found


def _packed(members: dict[str, bytes]) -> io.BytesIO:
    """Pack the parts anew without compression: what is read is exactly what was looked through."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as packed:
        for name, data in {**members, "_rels/.rels": _ROOT}.items():
            packed.writestr(name, data)
    out.seek(0)
    return out


def _sheet_paths(members: dict[str, bytes]) -> tuple[dict[str, str], str]:
    """Return {name of the sheet: its part}, and the part with the texts that cells share."""

    def look_up() -> tuple[dict[str, str], str]:
        targets, texts = {}, ""
        for each in fromstring(members["xl/_rels/workbook.xml.rels"]):
            target = each.get("Target", "")
            path = target[1:] if target.startswith("/") else normpath(f"xl/{target}")
            targets[each.get("Id")] = path
            texts = path if each.get("Type", "").endswith("/sharedStrings") else texts
        found = {}
        for each in fromstring(members["xl/workbook.xml"]).iter():
            if each.tag.rpartition("}")[2] == "sheet" and each.get(_RELATION) in targets:
                if each.get("name", "") in found:
                    raise ValueError("two sheets have the same name")
                found[each.get("name", "")] = targets[each.get(_RELATION)]
        return found, texts

    return cast(tuple[dict[str, str], str], _guarded(look_up))


def _text_lengths(data: bytes) -> list[int]:
    """Return the length of each shared text: a long one that many cells share would fill all memory."""
    lengths: list[int] = []

    def count() -> None:
        for _, element in iterparse(io.BytesIO(data)):
            if element.tag.rpartition("}")[2] == "si":
                lengths.append(sum(len(text) for text in element.itertext()))
                element.clear()

    if data:
        _guarded(count)
    return lengths


def _sheet(book: Any, name: str, data: bytes, lengths: list[int], *, is_hidden: bool) -> Sheet:
    scan = _scan(data, lengths)
    rows, columns = scan.last[0] + 1, scan.last[1] + 1
    if rows * columns > MAX_AREA:
        where = f"{column_name(scan.last[1])}{rows}"
        raise Unreadable("too-large", f"the sheet reaches to {where}; delete what stands far below or beside the list")
    if scan.characters > MAX_TEXT:
        raise Unreadable("too-large", f"the sheet holds more than {MAX_TEXT} characters; split it")
    found: CalamineSheet = _guarded(lambda: book.get_sheet_by_name(name))
    values = cast(list[list[Value]], _guarded(lambda: found.to_python(skip_empty_area=False)))
    merged: dict[Place, Place] = {}
    for (top, left), (bottom, right) in found.merged_cell_ranges or ():
        inside = (min(bottom, rows - 1) - top + 1) * (min(right, columns - 1) - left + 1)
        if 0 < inside <= MAX_AREA // 100:
            merged |= {(r, c): (top, left) for r in range(top, min(bottom, rows - 1) + 1) for c in range(left, min(right, columns - 1) + 1)}  # fmt: skip
    return Sheet(name, values, list(range(1, len(values) + 1)), merged, tuple(_faults(scan, is_hidden=is_hidden)))


def _faults(scan: _Scan, *, is_hidden: bool) -> Iterator[Fault]:
    if is_hidden:
        yield Fault("hidden", (), "the sheet is hidden; it was read all the same")
    if scan.hidden:
        yield Fault("hidden", tuple(scan.hidden), "in hidden rows or columns; read all the same")
    if scan.errors:
        yield Fault("excel-error", tuple(scan.errors), "hold an error such as #N/A; left open, correct them")
    if scan.empty:
        yield Fault("no-value", tuple(scan.empty), "hold formulas that were never worked out; left open, open the workbook and save it")  # fmt: skip


def _scan(data: bytes, lengths: list[int]) -> _Scan:
    """Look through a sheet's XML without building it up."""
    scan = _Scan()
    row, column, is_hidden = -1, -1, False
    columns: set[int] = set()
    kept: Any = None
    for event, element in iterparse(io.BytesIO(data), events=("start", "end")):
        tag = element.tag.rpartition("}")[2]
        if event == "start":
            if tag == "sheetData":
                kept = element
            elif tag == "row":
                row, column = int(element.get("r") or row + 2) - 1, -1
                is_hidden = element.get("hidden") in ("1", "true")
            elif tag == "c":
                named = _CELL.match(element.get("r") or "")
                row, column = _place(named[1], named[2]) if named else (row, column + 1)
        elif tag == "c":
            _take(scan, element, (row, column), lengths, is_hidden=is_hidden or column in columns)
        elif tag == "col" and element.get("hidden") in ("1", "true"):
            columns |= set(range(int(element.get("min", "1")) - 1, min(int(element.get("max", "1")), 16384)))
        elif tag == "row" and kept is not None:
            kept.clear()
    return scan


def _place(letters: str, digits: str) -> Place:
    column = 0
    for letter in letters:
        column = column * 26 + ord(letter) - ord("A") + 1
    return int(digits) - 1, column - 1


def _take(scan: _Scan, cell: Any, place: Place, lengths: list[int], *, is_hidden: bool) -> None:
    parts = {child.tag.rpartition("}")[2]: child for child in cell}
    value = (parts["v"].text or "") if "v" in parts else ""
    kind = cell.get("t", "n")
    if "is" in parts:
        scan.characters += sum(len(text) for text in parts["is"].itertext())
    elif not value:
        if "f" in parts:
            scan.empty.append(place)
        return
    if kind == "s" and value.strip().isdigit() and int(value) < len(lengths):
        scan.characters += lengths[int(value)]
    elif kind == "e":
        scan.errors.append(place)
    scan.characters += len(value)
    scan.last = max(scan.last[0], place[0]), max(scan.last[1], place[1])
    if is_hidden and (not scan.hidden or scan.hidden[-1][0] != place[0]):  # one cell a row is enough to find it
        scan.hidden.append(place)
