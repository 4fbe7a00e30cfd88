"""Workbooks for tests, and the sample of the maritime form: `python -m tests.feeds.forms` writes it anew."""

from __future__ import annotations

import io
import zipfile
from datetime import date, datetime

from openpyxl import Workbook
from openpyxl.styles import Font

from tests.conftest import ROOT

SAMPLE = ROOT / "sample_feeds" / "maritime-form.xlsx"
_LONG_AGO = datetime(2026, 11, 1)

CALL = [
    ("Name of ship", "MV Windward Heron"),
    ("IMO number", "9999993"),
    ("Call sign", "J8ZZ9"),
    ("Flag State of ship", "Saint Vincent and the Grenadines"),
    ("Voyage number", "WH112"),
    ("Operator", "Windward Heron Lines"),
    ("Arrival or departure", "Arrival"),
    ("Port of arrival/departure", "Castries (LCCAS)"),
    ("Date and time of arrival", datetime(2026, 11, 24, 7, 30)),
    ("Last port of call", "Kingstown (VCKTN)"),
    ("Date and time of departure", datetime(2026, 11, 24, 2, 45)),
    ("Next port of call", "Fort-de-France (MQFDF)"),
]
PERSON = [
    "Nationality", "Date of birth", "Place of birth", "Sex", "Nature of identity document", "Number of identity document",
    "Issuing State of identity document", "Expiry date of identity document",
]  # fmt: skip
CREW = ["No.", "Family name", "Given names", "Rank or rating", *PERSON]
PASSENGERS = ["No.", "Family name", "Given names", *PERSON, "Port of embarkation", "Port of disembarkation", "Transit passenger or not", "Visa number if appropriate"]  # fmt: skip
SAMPLE_CREW = [
    (1, "OLLIVIERRE-QUOW", "Terrence", "Master", "VCT", date(1971, 5, 2), "Bequia", "M", "Seaman's book", "VC004417", "VCT", date(2029, 1, 31)),
    (2, "GELLIZEAU", "Marlon Ash", "Mate", "VCT", date(1984, 10, 19), "Kingstown", "M", "Passport", "R0771204", "VCT", date(2031, 6, 30)),
    (3, "FEVRIERE-DOXILLY", "Kurtlyn", "Engineer", "LCA", date(1990, 12, 7), "Soufriere", "F", "Passport", "A0092213", "LCA", date(2028, 3, 14)),
    (4, "BACCHUS-LEDLUM", "Ozani", "Deckhand", "GUY", date(2001, 8, 23), "Anna Regina", "M", "Passport", "R0655018", "GUY", date(2030, 9, 9)),
]  # fmt: skip
SAMPLE_PASSENGERS = [
    (1, "THORNHILL-PAYNE", "Isolde Grace", "BRB", date(1959, 2, 11), "Speightstown", "F", "Passport", "M0440187", "BRB", date(2032, 5, 1), "VCKTN", "LCCAS", "no", None),
    (2, "DELACROIX-NOIRTIER", "Aurelien", "FRA", date(1988, 7, 30), "Le Marin", "M", "Passport", "21QX40931", "FRA", date(2031, 2, 17), "VCKTN", "MQFDF", "yes", None),
    (3, "DELACROIX-NOIRTIER", "Maelys", "FRA", date(2016, 4, 5), "Le Marin", "F", "Identity card", "T7Q2Z91X4", "FRA", date(2029, 8, 20), "VCKTN", "MQFDF", "yes", None),
    (4, "HUIZENGA-OOSTERWAL", "Tjitske", "NLD", date(1995, 11, 28), "Franeker", "F", "Passport", "NX7R4K218", "NLD", date(2033, 10, 2), "VCKTN", "LCCAS", "no", "LC26-00419"),
    (5, "QUINTANAR ESPLUGAS", "Baltasar", "ESP", date(1979, 1, 16), "Vinaroz", "M", "Passport", "PAK220981", "ESP", date(2027, 12, 12), "VCKTN", "LCCAS", "no", None),
]  # fmt: skip


def workbook(sheets, call=()):
    """A workbook of {name: rows}; labels and values of the call above each table."""
    book = Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in [*call, *([()] if call else []), *rows]:
            sheet.append(list(row))
    return book


def packed(book, *, macros=False):
    """The workbook as bytes that are the same each time."""
    book.properties.created = book.properties.modified = _LONG_AGO
    first, out = io.BytesIO(), io.BytesIO()
    book.save(first)
    with zipfile.ZipFile(first) as made, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as kept:
        for name in sorted(made.namelist(), key=lambda name: (name != "[Content_Types].xml", name)):
            data = made.read(name)
            if name == "docProps/core.xml":
                data = data.replace(data.partition(b"<dcterms:modified")[2].partition(b">")[2].partition(b"<")[0], b"2026-11-01T00:00:00Z")  # fmt: skip
            kept.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)
        if macros:
            kept.writestr("xl/vbaProject.bin", b"not to be looked at")
    return out.getvalue()


def sample():
    """The sample: a crew list and a passenger list of one call."""
    book = Workbook()
    book.remove(book.active)
    for name, title, head, people in (
        ("Crew", "CREW LIST", CREW, SAMPLE_CREW),
        ("Passengers", "PASSENGER LIST", PASSENGERS, SAMPLE_PASSENGERS),
    ):
        sheet = book.create_sheet(name)
        sheet.append([title])
        for label, value in CALL:
            sheet.append([label, None, value])
            sheet.merge_cells(start_row=sheet.max_row, end_row=sheet.max_row, start_column=1, end_column=2)
        sheet.append([])
        sheet.append(head)
        for cell in (sheet["A1"], *sheet[sheet.max_row]):
            cell.font = Font(bold=True)
        for person in people:
            sheet.append(person)
        sheet.append(["Total", len(people)])
        for column in "BCDEFGHIJKLMNO":
            sheet.column_dimensions[column].width = 18
        for row in sheet.iter_rows():
            for cell in row:
                if isinstance(cell.value, datetime):
                    cell.number_format = "yyyy-mm-dd hh:mm"
                elif isinstance(cell.value, date):
                    cell.number_format = "yyyy-mm-dd"
                elif isinstance(cell.value, str):
                    cell.number_format = "@"
    return book


if __name__ == "__main__":
    SAMPLE.write_bytes(packed(sample()))
