"""A sheet of cells, whether of a workbook or of a CSV file, and the names of its cells.

Reach for `Sheet` between the readers of files (`xlsx`, `reading`) and the layout of forms (`layout`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

Value = str | float | int | bool | date | datetime | time | timedelta | None
Place = tuple[int, int]  # row and column, both from 0


@dataclass(frozen=True)
class Fault:
    """What is wrong with some cells of a sheet; their values were left open or taken as they are."""

    reason: str
    cells: tuple[Place, ...]
    detail: str  # what is wrong and what to do, after the names of the cells


@dataclass(frozen=True)
class Sheet:
    """One sheet.

    Attributes:
        name: of the sheet; empty for CSV.
        rows: values from cell A1 on; rows may differ in length; None and '' are empty.
        numbers: of each row: the row of the sheet, or the line of the file.
        merged: cells within a merged range to its first cell, which holds the value.
        faults: found while reading.
    """

    name: str
    rows: list[list[Value]]
    numbers: list[int]
    merged: Mapping[Place, Place] = field(default_factory=dict)
    faults: tuple[Fault, ...] = ()

    def value(self, row: int, column: int) -> Value:
        """Return a cell's own value, None where it is empty or outside."""
        if not 0 <= row < len(self.rows) or not 0 <= column < len(self.rows[row]):
            return None
        found = self.rows[row][column]
        return None if isinstance(found, str) and not found.strip() else found

    def text(self, row: int, column: int) -> str:
        """Return a cell's own value as text without blanks at its ends; '' where it is empty."""
        return as_text(self.value(row, column))

    def texts(self, row: int) -> dict[int, str]:
        """Return {column: text} of the cells of a row that hold something."""
        return {column: text for column in range(len(self.rows[row])) if (text := self.text(row, column))}

    def cell(self, row: int, column: int) -> str:
        """Return the name of a cell, e.g. Crew!B7; for CSV the line and the field."""
        if not self.name:
            return f"line {self.numbers[row]}, field {column + 1}"
        return f"{self.name}!{column_name(column)}{self.numbers[row]}"


def as_text(value: Value) -> str:
    """Return a value as text: whole numbers without a point, days as ISO 8601."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, datetime):
        return value.isoformat(sep=" ", timespec="minutes")
    return str(value).strip()


def column_name(column: int) -> str:
    """Return the letters of a column counted from 0: A, B ... Z, AA ..."""
    name = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        name = chr(ord("A") + rest) + name
    return name
