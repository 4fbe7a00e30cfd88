"""What is in doubt on a form, as notes that name sheet and cell and say what to do.

Reach for `Notes`, one a sheet. A doubt about a person or the call is a note of its own; what concerns many cells alike is
one note that names the first ones.
"""

from __future__ import annotations

import polars as pl

from ops_hub.feeds.forms.sheets import Place, Sheet
from ops_hub.feeds.parsed import Row, Source, note
from ops_hub.schemas import REJECTS, rows

_SHOWN = 6  # cells that a note names
_ONE = {
    "ambiguous-date": "may be two days; only what is sure was taken, write it as 1990-04-03 or as a date cell",
    "bad-date": "is not a date; left open",
    "future-birth": "lies after the day of reading; kept, check it",
    "damaged-number": "was changed by the spreadsheet (rounded, or taken for a date); left open, store it as text and send it again",
    "bad-sex": "is no sex that is known; left open",
    "bad-transit": "says neither yes nor no; taken for no",
    "unknown-role": "is neither crew nor passenger; taken from the title, else for crew",
}
_ALIKE = {
    "number-cell": "hold a bare number: zeros in front may be lost (and a day is counted as spreadsheets do); store it as text",
    "merged-cells": "are merged: their value was taken for each row; give each person a value",
    "merged-beside": "are merged over several columns: the value was taken for the first; split them",
    "no-heading": "stand in a column without a heading; kept beside the person, name the column",
    "duplicate-heading": "repeat a heading; the first column counts, the other is kept beside the person",
    "loose-text": "stand outside any list; not read as people",
}


class Notes:
    """Notes about one sheet, in the order of its rows."""

    def __init__(self, source: Source, sheet: Sheet) -> None:
        self.source, self.sheet = source, sheet
        self._alike: dict[str, dict[Place, str]] = {}
        self._notes: list[Row] = []

    def one(self, reason: str, place: Place, text: str) -> None:
        """Note a doubt about one cell."""
        if reason in _ALIKE:
            self.alike(reason, place, text)
        else:
            self.said(reason, f"{text[:60]} {_ONE[reason]}", place, text)

    def alike(self, reason: str, place: Place, text: str = "") -> None:
        """Note one of several cells of which the same is to be said."""
        self._alike.setdefault(reason, {})[place] = text

    def said(self, reason: str, detail: str, place: Place | None, text: str = "") -> None:
        """Note something in words of its own."""
        where = self.sheet.cell(*place) if place else f"sheet {self.sheet.name}" if self.sheet.name else "the form"
        at = self.sheet.numbers[place[0]] if place else None
        ref = self.sheet.name or None
        made = note(self.source.name, reason, f"{where}: {detail}", raw=text, ref=ref, position=at)
        if made not in self._notes:  # several lists of one call share its cells
            self._notes.append(made)

    def frame(self) -> pl.DataFrame:
        """Return all of it as REJECTS of kind note."""
        for fault in self.sheet.faults:
            self._many(fault.reason, list(fault.cells), fault.detail, "")
        for reason, cells in self._alike.items():
            self._many(
                reason,
                sorted(cells),
                _ALIKE[reason],
                "\n".join(cells[place] for place in sorted(cells) if cells[place]),
            )
        self._alike = {}
        return rows(REJECTS, self._notes)

    def _many(self, reason: str, cells: list[Place], detail: str, text: str) -> None:
        names = ", ".join(self.sheet.cell(*place) for place in cells[:_SHOWN] if place[0] < len(self.sheet.numbers))
        more = f" and {len(cells) - _SHOWN} more" if len(cells) > _SHOWN else ""
        at = self.sheet.numbers[cells[0][0]] if cells and cells[0][0] < len(self.sheet.numbers) else None
        where = f"{names}{more}: these" if cells else f"sheet {self.sheet.name}:"
        self._notes.append(note(self.source.name, reason, f"{where} {detail}", raw=text, ref=self.sheet.name or None, position=at))  # fmt: skip
