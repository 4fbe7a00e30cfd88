"""A CSV file in the layout of a form (labels and values first, then a table) as one sheet of cells.

Reach for `looks_like_form()` and `read_form_csv()`. A CSV file that begins with the names of its columns is read by
`tabular`.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from ops_hub.feeds.columns import Slice
from ops_hub.feeds.forms.layout import laid_out
from ops_hub.feeds.forms.reading import read_forms
from ops_hub.feeds.forms.sheets import Sheet, Value
from ops_hub.feeds.forms.words import words
from ops_hub.feeds.lines import Part, lines, long_lines, no_travellers
from ops_hub.feeds.mapping import Mapping, targets_of
from ops_hub.feeds.parsed import Row, record
from ops_hub.feeds.tabular import sniff_delimiter
from ops_hub.schemas import REJECTS, rows
from ops_hub.textlines import as_text, records

_SIGNS = ",;\t|"
_HEAD = 200  # lines in which the table of a form begins
_PEOPLE = {"family_name", "given_names", "full_name", "document_number", "documents"}


def looks_like_form(head: bytes, mapping: Mapping | None) -> bool:
    """Whether text is a form: its first line names no columns, and a table of people begins further down.

    Args:
        head: the beginning of the file.
        mapping: the centre's names of columns, if any; a first line that it knows is a table's.
    """
    listed = list(enumerate(as_text(head.split(b"\n"))[:_HEAD], 1))
    first = next((line for _, line in listed if line.strip("\ufeff \t;,|")), "")
    if _PEOPLE & targets_of(first.lstrip("\ufeff").split(sniff_delimiter(first)), mapping).keys():
        return False
    return _delimiter(listed) is not None


def read_form_csv(path: Path, part: Slice) -> Iterator[Part]:
    """Yield TRAVELLERS and REJECTS of a form; the number of a row is that of its line."""
    listed: list[tuple[int, str]] = []
    lost: list[Row] = []
    for first, block, long in lines(path):
        listed += enumerate(as_text(block), first)
        lost += long_lines(part, long)
    sheet, broken = _sheet(listed, _delimiter(listed[:_HEAD]) or ",", part)
    if lost or broken:
        yield no_travellers(part), rows(REJECTS, lost + broken)
    yield from read_forms([sheet], part)


def _delimiter(listed: list[tuple[int, str]]) -> str | None:
    """Return the delimiter with which most columns of a table are understood; None where none gives a table."""
    found: dict[str, int] = {}
    for sign in _SIGNS:
        if any(sign in line for _, line in listed):
            sheet, _ = _sheet(listed, sign, None)
            found[sign] = max((len(table.columns) for table in laid_out(sheet, words()).tables), default=0)
    best = max(found, key=found.__getitem__, default=None)
    return best if best is not None and found[best] else None


def _sheet(listed: list[tuple[int, str]], delimiter: str, part: Slice | None) -> tuple[Sheet, list[Row]]:
    """Return the lines as rows of cells, and those that are none."""
    found: list[list[Value]] = []
    numbers: list[int] = []
    lost: list[Row] = []
    clean = [(number, line.replace("\x00", "").lstrip("\ufeff")) for number, line in listed]
    width = 1 + max((line.count(delimiter) for _, line in clean), default=0)
    for each in records(clean, delimiter, width, ragged=True):
        if each.cells is not None:
            found.append([*each.cells])
            numbers.append(each.number)
        elif part is not None:
            detail = f"line {each.number}: {each.detail}; correct it"
            lost.append(record(part.source.name, each.reason, detail, raw=each.raw, position=each.number))
    return Sheet("", found, numbers), lost
