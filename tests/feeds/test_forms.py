"""Crew and passenger lists of small carriers: every row is a person or a named reject, whatever the sheet looks like."""

import io
import random
import zipfile
from datetime import date, datetime, time

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

from ops_hub.feeds.forms.values import day, document, imo_number, moment, number, order_of, port
from ops_hub.feeds.forms.words import words
from tests.conftest import TODAY
from tests.feeds.forms import SAMPLE, packed, sample, workbook
from tests.feeds.test_reading import read_one

HEAD = ["Family name", "Given names", "Nationality", "Date of birth", "Number of identity document"]
ANA = ["GARCIA", "Ana", "HND", date(1990, 4, 3), "A0012345"]
BEN = ["BYNOE", "Ben", "BRB", date(1985, 12, 25), "B7654321"]
SHIP = [
    ("Name of ship", "Pelican"),
    ("Voyage number", "7"),
    ("Port of arrival", "LCCAS"),
    ("Date of arrival", "2026-11-24"),
]


def read_book(tmp_path, book, name="a.xlsx", **how):
    return read_one(tmp_path / name, packed(book, **how) if isinstance(book, Workbook) else book)


def notes_of(rejects, kind="note"):
    found = rejects.filter(pl.col("kind") == kind)
    return dict(zip(found["reason"].to_list(), found["detail"].to_list(), strict=True))


def test_the_shipped_sample_is_what_the_helper_writes(tmp_path):
    kept, again = (load_workbook(file) for file in (SAMPLE, io.BytesIO(packed(sample()))))
    assert kept.sheetnames == again.sheetnames
    for name in kept.sheetnames:
        one, other = ([[cell.value for cell in row] for row in book[name].iter_rows()] for book in (kept, again))
        assert one == other


def test_crew_and_passengers_of_one_call_are_read_from_two_sheets(tmp_path):
    book = workbook({"Crew": [HEAD, ANA], "Passengers": [HEAD, BEN]}, SHIP)
    travellers, rejects, account = read_book(tmp_path, book)
    assert travellers["role"].to_list() == ["crew", "passenger"]
    assert set(travellers["flight"]) == {"Pelican 7"}
    assert travellers.select("to_port", "arrives_at").row(0) == ("LCCAS", datetime(2026, 11, 24))
    assert travellers["record_id"].n_unique() == 2
    assert (account.format, account.records_in, rejects.height) == ("xlsx", 2, 0)


def test_one_sheet_with_a_column_of_roles_is_as_good(tmp_path):
    rows = [
        [*HEAD, "Role"],
        [*ANA, "Crew member"],
        [*BEN, "pasajero"],
        [*BEN[:1], "Bea", *BEN[2:4], "C1", "Owner's cat"],
    ]
    travellers, rejects, _ = read_book(tmp_path, workbook({"List": rows}, SHIP))
    assert travellers["role"].to_list() == ["crew", "passenger", "crew"]
    assert "List!F9: Owner's cat is neither crew nor passenger" in notes_of(rejects)["unknown-role"]


def test_two_lists_below_each_other_and_people_who_go_on_under_a_new_title(tmp_path):
    rows = [["CREW LIST"], HEAD, ANA, [], ["Passengers"], HEAD, BEN, ["In transit"], ["CRUZ", "Eva", "MEX", None, "M1"]]
    travellers, rejects, _ = read_book(tmp_path, workbook({"Sheet1": rows}, SHIP))
    assert travellers.select("family_name", "role").rows() == [
        ("GARCIA", "crew"), ("BYNOE", "passenger"), ("CRUZ", "transit"),
    ]  # fmt: skip
    assert rejects.is_empty()


def test_several_vessels_in_one_workbook_are_told_apart(tmp_path):
    other = [("Name of ship", "Heron"), ("Port of arrival", "VCKTN"), ("Date of arrival", "2026-11-25")]
    book = workbook({"A": [*SHIP, HEAD, ANA, [], *other, HEAD, BEN], "B": [HEAD, [*ANA[:4], "Z1"]]})
    travellers, rejects, _ = read_book(tmp_path, book)
    assert travellers.select("flight", "to_port").rows() == [("Pelican 7", "LCCAS"), ("Heron", "VCKTN"), (None, None)]
    assert notes_of(rejects)["no-vessel"].startswith("sheet B: the form names no vessel")


def test_a_cover_sheet_speaks_for_the_lists_where_they_name_no_vessel(tmp_path):
    book = workbook({"Voyage": SHIP, "Crew": [HEAD, ANA]})
    travellers, rejects, _ = read_book(tmp_path, book)
    assert travellers["flight"].to_list() == ["Pelican 7"]
    assert rejects.is_empty()


def test_what_is_wrong_on_a_cover_sheet_is_told_whatever_the_size_of_the_others(tmp_path):
    cover = [[]] * 30 + [*SHIP[:2], ("IMO number", "9999994"), ("Date of arrival", "03/04/2026"), ("Number of crew", 7)]
    travellers, rejects, _ = read_book(tmp_path, workbook({"Voyage": cover, "Crew": [HEAD, ANA]}))
    assert travellers.height == 1
    assert {"check-digit", "ambiguous-date"} <= set(rejects["reason"])


def test_totals_above_the_table_are_compared_with_who_is_listed(tmp_path):
    book = workbook({"Crew": [HEAD, ANA]}, [*SHIP, ("Number of crew", 3), ("Number of passengers", "none")])
    assert "the form says 3" in notes_of(read_book(tmp_path, book)[1])["count-differs"]


def test_a_table_may_name_the_vessel_in_a_column(tmp_path):
    rows = [["Vessel", *HEAD], ["Tern", *ANA], ["Osprey", *BEN]]
    travellers, _, _ = read_book(tmp_path, workbook({"x": rows}))
    assert travellers["flight"].to_list() == ["Tern", "Osprey"]


LANGUAGES = {
    "es": (["Nombre del buque", "Puerto de llegada", "Fecha de llegada"], ["Apellidos", "Nombres", "Nacionalidad", "Fecha de nacimiento", "Sexo", "N° de pasaporte"], ["H", "M"]),
    "fr": (["Nom du navire", "Port d'arrivée", "Date d'arrivée"], ["Nom", "Prénom(s)", "Nationalité", "Date de naissance", "Sexe", "N° de passeport"], ["H", "F"]),
    "nl": (["Naam van het schip", "Haven van aankomst", "Datum van aankomst"], ["Achternaam", "Voornamen", "Nationaliteit", "Geboortedatum", "Geslacht", "Paspoortnummer"], ["M", "V"]),
    "pt": (["Nome do navio", "Porto de chegada", "Data de chegada"], ["Apelidos", "Nomes próprios", "Nacionalidade", "Data de nascimento", "Sexo", "Número do passaporte"], ["M", "F"]),
    "both": (["Ship / Buque", "Port of arrival / Puerto de llegada", "Date of arrival / Fecha de llegada"], ["7. Family name / Apellidos", "8. Given names / Nombres", "Nationality / Nacionalidad", "Date of birth / Fecha de nacimiento", "Sex / Sexo", "Passport No. / Pasaporte"], ["M", "F"]),
}  # fmt: skip


@pytest.mark.parametrize("language", LANGUAGES)
def test_forms_in_five_languages_say_the_same(tmp_path, language):
    labels, head, letters = LANGUAGES[language]
    call = list(zip(labels, ["Pelican", "Castries", "24.11.2026"], strict=True))
    rows = [head, ["GARCIA", "Luis", "HND", "3 abr 1990", letters[0], "A1"], ["BYNOE", "Bea", "BRB", "25/12/1985", letters[1], "B2"]]  # fmt: skip
    travellers, rejects, _ = read_book(tmp_path, workbook({"x": rows}, call))
    assert travellers.select("family_name", "given_names", "nationality", "birth_date", "sex").rows() == [
        ("GARCIA", "Luis", "HND", "1990-04-03", "M"), ("BYNOE", "Bea", "BRB", "1985-12-25", "F"),
    ]  # fmt: skip
    assert travellers.select("flight", "to_port", "arrives_at").row(0) == ("Pelican", "LCCAS", datetime(2026, 11, 24))
    assert [each[0]["number"] for each in travellers["documents"].to_list()] == ["A1", "B2"]
    assert rejects.is_empty()


def test_the_layout_of_the_imo_forms_with_values_below_and_headings_in_two_rows(tmp_path):
    rows = [
        ["IMO CREW LIST", None, "Arrival", "X", "Departure", None],
        ["1.1 Name of ship", None, "1.2 IMO number", None, "1.3 Call sign"],
        ["Pelican", None, "IMO 9999993", None, "J8ZZ9"],
        ["2. Port of arrival/departure", None, "3. Date of arrival/departure", None, "5. Last port of call"],
        ["Castries (LCCAS)", None, datetime(2026, 11, 24, 7, 30), None, "Kingstown"],
        ["6. No.", "7. Family name", "8. Given names", "11. Date of birth", "Identity document", None, None],
        [None, None, None, None, "Nature", "Number", "Expiry date"],
        [1, "GARCIA", "Ana", date(1990, 4, 3), "Passport", "A1", date(2030, 1, 1)],
        [2], [3],
        ["12. Date and signature by master, authorized agent or officer"],
    ]  # fmt: skip
    book = workbook({"FAL 5": rows})
    book["FAL 5"].merge_cells("E6:G6")
    travellers, rejects, account = read_book(tmp_path, book)
    row = travellers.row(0, named=True)
    assert (row["flight"], row["from_port"], row["to_port"], row["arrives_at"], row["role"]) == (
        "Pelican", "VCKTN", "LCCAS", datetime(2026, 11, 24, 7, 30), "crew",
    )  # fmt: skip
    assert row["documents"] == [{"type": "P", "number": "A1", "issuer": None, "expires": date(2030, 1, 1), "issued": None, "verified": None}]  # fmt: skip
    assert '"call_sign":"J8ZZ9"' in row["extra"]
    assert (account.records_in, list(notes_of(rejects))) == (1, ["loose-text"])


def test_a_form_of_departure_goes_from_its_port_to_the_next(tmp_path):
    call = [("Ship", "Pelican"), ("Arrival or departure", "Departure"), ("Port", "Castries"), ("Date", "2026-11-24 18:00"), ("Next port of call", "MQFDF")]  # fmt: skip
    travellers, _, _ = read_book(tmp_path, workbook({"Crew": [HEAD, ANA]}, call))
    assert travellers.select("from_port", "to_port", "departs_at", "arrives_at").row(0) == (
        "LCCAS", "MQFDF", datetime(2026, 11, 24, 18), None,
    )  # fmt: skip


def test_a_general_declaration_of_a_private_aircraft_fits(tmp_path):
    call = [("Marks of nationality and registration", "N512ZZ"), ("Departure from", "TBPB"), ("Arrival at", "LCCAS"), ("Date of departure", "24-NOV-2026")]  # fmt: skip
    travellers, _, _ = read_book(tmp_path, workbook({"General declaration": [["Crew"], HEAD, ANA]}, call))
    assert travellers.select("flight", "from_port", "to_port", "departs_at", "role").row(0) == (
        "N512ZZ", "TBPB", "LCCAS", datetime(2026, 11, 24), "crew",
    )  # fmt: skip


def test_merged_labels_are_read_and_merged_data_cells_hold_for_every_row(tmp_path):
    book = workbook({"Crew": [["Name of ship", None, "Pelican"], HEAD, ANA, BEN, ["ROW", None, "VCT", None, "X9"]]})
    sheet = book["Crew"]
    sheet.merge_cells("A1:B1")
    sheet.merge_cells("C3:C4")
    sheet.merge_cells("A5:B5")
    travellers, rejects, _ = read_book(tmp_path, book)
    assert travellers["flight"][0] == "Pelican"
    assert travellers["nationality"].to_list() == ["HND", "HND", "VCT"]
    assert "Crew!C3" in notes_of(rejects)["merged-cells"]
    assert "Crew!A5" in notes_of(rejects)["merged-beside"]


def test_a_person_merged_over_two_rows_is_one_person(tmp_path):
    book = workbook({"Crew": [HEAD, ANA, [], BEN]}, SHIP)
    for column in "ABCDE":
        book["Crew"].merge_cells(f"{column}7:{column}8")
    travellers, _, account = read_book(tmp_path, book)
    assert travellers["family_name"].to_list() == ["GARCIA", "BYNOE"]
    assert account.records_in == 2


def test_hidden_rows_and_sheets_are_read_and_told(tmp_path):
    book = workbook({"Crew": [HEAD, ANA, BEN], "Old": [HEAD, [*ANA[:4], "Q1"]]}, SHIP)
    book["Crew"].row_dimensions[8].hidden = True
    book["Old"].sheet_state = "hidden"
    travellers, rejects, _ = read_book(tmp_path, book)
    assert travellers.height == 3
    assert sorted(rejects["detail"]) == [
        "Crew!A8: these in hidden rows or columns; read all the same", "sheet Old: the sheet is hidden; it was read all the same",
    ]  # fmt: skip


def test_errors_and_formulas_never_worked_out_are_named_and_the_person_kept(tmp_path):
    book = workbook({"Crew": [HEAD, ANA, BEN]}, SHIP)
    book["Crew"]["C7"], book["Crew"]["C8"] = "#N/A", "=C7"
    book["Crew"]["C7"].data_type = "e"
    travellers, rejects, _ = read_book(tmp_path, book)
    assert travellers["nationality"].to_list() == [None, None]
    assert "Crew!C7" in notes_of(rejects)["excel-error"]
    assert "Crew!C8" in notes_of(rejects)["no-value"]


def test_empty_rows_lie_between_people_and_a_total_is_nobody(tmp_path):
    rows = [["No.", *HEAD], [1, *ANA], [], [2], [], [3, *BEN], ["Total", 2]]
    travellers, rejects, _ = read_book(tmp_path, workbook({"Crew": rows}, SHIP))
    assert travellers["family_name"].to_list() == ["GARCIA", "BYNOE"]
    assert rejects.is_empty()
    rows[-1] = ["Total crew:", 5]
    _, rejects, _ = read_book(tmp_path, workbook({"Crew": rows}, SHIP))
    assert notes_of(rejects)["count-differs"] == "Crew!A12: the form says 5; the list has 2 people, the file 2"


def test_a_person_named_like_a_label_a_total_or_a_title_is_a_person(tmp_path):
    people = [[name, "Jean", "FRA", date(1990, 1, k), f"N{k}"] for k, name in enumerate(["PORT", "TOTAL", "SHIP", "NOTE", "CREW", "DATE"], 1)]  # fmt: skip
    travellers, rejects, _ = read_book(tmp_path, workbook({"x": [HEAD, *people, HEAD, ANA]}, SHIP))
    assert travellers.height == 7
    assert rejects.is_empty()


def test_numbers_that_a_spreadsheet_spoiled_are_told_and_never_used_wrong(tmp_path):
    values = [123456789.0, 1.23e8, "1.23E+08", "1.23456789E+08", 12345678901234567890, date(2026, 3, 12), "0012345"]
    people = [[f"P{k}", "Ana", "HND", date(1990, 1, 1), value] for k, value in enumerate(values)]
    travellers, rejects, _ = read_book(tmp_path, workbook({"Crew": [HEAD, *people]}, SHIP))
    found = [each[0]["number"] if each else None for each in travellers["documents"].to_list()]
    assert found == ["123456789", "123000000", None, "123456789", None, None, "0012345"]
    told = rejects.filter(pl.col("reason") == "damaged-number")
    assert told["position"].to_list() == [9, 11, 12]
    assert told["detail"][0].startswith("Crew!E9: 1.23E+08 was changed by the spreadsheet")
    assert notes_of(rejects.filter(pl.col("reason") == "number-cell"))["number-cell"].startswith("Crew!E7, Crew!E8, Crew!E10: these hold a bare number")  # fmt: skip


def test_a_date_that_may_be_two_days_gives_its_year_unless_the_heading_says_how_it_is_written(tmp_path):
    texts = ["03/04/1990", "25/12/1985", "12/25/1985", "31/02/1990", 32966, "04/04/1990"]
    people = [[f"P{k}", "Ana", "HND", text, f"N{k}"] for k, text in enumerate(texts)]
    travellers, rejects, _ = read_book(tmp_path, workbook({"x": [HEAD, *people]}, SHIP))
    assert travellers["birth_date"].to_list() == ["1990", "1985-12-25", "1985-12-25", None, "1990-04-03", "1990-04-04"]
    assert "x!D7: 03/04/1990 may be two days" in notes_of(rejects)["ambiguous-date"]
    assert "x!D10: 31/02/1990 is not a date" in notes_of(rejects)["bad-date"]
    head = [*HEAD[:3], "Date of birth (dd/mm/yyyy)", HEAD[4]]
    travellers, rejects, _ = read_book(tmp_path, workbook({"x": [head, people[0]]}, SHIP))
    assert travellers["birth_date"].to_list() == ["1990-04-03"]
    assert rejects.is_empty()


@pytest.mark.parametrize(
    ("value", "order", "found"),
    [
        ("1990-04-03", None, ("1990-04-03", "")), ("3 April 1990", None, ("1990-04-03", "")), ("3-abr-90", None, ("1990-04-03", "")),
        ("April 3, 1990", None, ("1990-04-03", "")), ("3 de abril de 1990", None, ("1990-04-03", "")), ("1er août 1990", None, ("1990-08-01", "")),
        ("03APR90", None, ("1990-04-03", "")), ("1990", None, ("1990", "")), ("1990-04", None, ("1990-04", "")), ("03.04.1990", None, ("1990-04-03", "")),
        ("03/04/1990", "MDY", ("1990-03-04", "")), ("03/04/90", "DMY", ("1990-04-03", "")), ("13/13/1990", None, ("", "bad-date")),
        ("unknown", None, ("", "bad-date")), ("0000-00-00", None, ("", "bad-date")), (True, None, ("", "bad-date")), ("", None, ("", "")),
        (datetime(1990, 4, 3, 5), None, ("1990-04-03", "")), (time(9), None, ("", "bad-date")), (1e300, None, ("", "bad-date")),
    ],
)  # fmt: skip
def test_days_are_understood_as_people_write_them(value, order, found):
    assert day(value, words(), TODAY, order=order) == found


def test_other_values_are_understood_as_people_write_them():
    known = words()
    assert [order_of(text) for text in ("Born (dd/mm/yyyy)", "Né(e) le (jj/mm/aaaa)", "Geboren dd-mm-jjjj", "DOB mm/dd/yyyy", "Date")] == ["DMY", "DMY", "DMY", "MDY", None]  # fmt: skip
    assert moment("24 Nov 2026 0730 LT", known, TODAY, None, None) == ("2026-11-24T07:30", "")
    assert moment(date(2026, 11, 24), known, TODAY, "07h30", None) == ("2026-11-24T07:30", "")
    assert [port(text, known) for text in ("Castries", "Castries (LCCAS)", "LC CAS", "Port Castries, St Lucia", "TLPC Castries", "Bequia")] == [*["LCCAS"] * 5, "Bequia"]  # fmt: skip
    assert [document(text, known) for text in ("Passport No. A 123", "A123", "seaman's book 77")] == [("P", "A123"), (None, "A123"), ("S", "77")]  # fmt: skip
    assert [imo_number(text) for text in ("IMO 9999993", "9999994", "none")] == [("9999993", True), ("9999994", False), ("none", False)]  # fmt: skip
    assert number("AB 12 34") == ("AB1234", "")


def test_a_repeated_heading_and_a_column_without_one_lose_nothing(tmp_path):
    rows = [["Family name", "Family name", *HEAD[1:]], ["GARCIA", "LOPEZ", *ANA[1:], "note of the mate"]]
    travellers, rejects, _ = read_book(tmp_path, workbook({"x": rows}, SHIP))
    assert travellers["family_name"].to_list() == ["GARCIA"]
    assert '"LOPEZ"' in travellers["extra"][0]
    assert '"note of the mate"' in travellers["extra"][0]
    assert {"duplicate-heading", "no-heading"} <= notes_of(rejects).keys()


def test_several_documents_of_one_person_are_all_kept(tmp_path):
    head = [*HEAD[:4], "Seaman's book No.", "Passport number", "Visa number"]
    travellers, _, _ = read_book(tmp_path, workbook({"Crew": [head, [*ANA[:4], "SB1", "A1", "V1"]]}, SHIP))
    assert [(each["type"], each["number"]) for each in travellers["documents"][0]] == [("P", "A1"), ("S", "SB1"), ("V", "V1")]  # fmt: skip


def test_other_columns_of_tables_are_known_in_a_workbook_too(tmp_path):
    head = [
        "surname",
        "first_name",
        "dob",
        "passport",
        "flight",
        "from_port",
        "to_port",
        "departs_at",
        "phone",
        "booking_ref",
    ]
    row = ["GARCIA", "ANA", "1990-02-03", "X1", "BW432", "POS", "BGI", "2026-11-20T10:45", "+504 1234", "LOC1"]
    travellers, rejects, _ = read_book(tmp_path, workbook({"Sheet1": [head, row]}))
    found = travellers.row(0, named=True)
    assert [found[name] for name in ("flight", "from_port", "to_port", "departs_at", "booking_ref")] == ["BW432", "POS", "BGI", datetime(2026, 11, 20, 10, 45), "LOC1"]  # fmt: skip
    assert found["contacts"] == [{"kind": "phone", "value": "+504 1234"}]
    assert "no-vessel" not in notes_of(rejects)


def test_a_row_without_name_and_document_is_rejected_with_its_row(tmp_path):
    travellers, rejects, _ = read_book(tmp_path, workbook({"Crew": [HEAD, ANA, [None, None, "HND", date(1990, 1, 1), None]]}, SHIP))  # fmt: skip
    assert travellers.height == 1
    assert rejects.select("kind", "reason", "message_ref", "position").row(0) == ("record", "no-name", "Crew", 8)
    assert rejects["detail"][0].startswith("Crew, row 8: ")


def test_sheets_that_hold_no_list_are_named_and_a_workbook_without_any_is_rejected(tmp_path):
    book = workbook({"Crew": [*SHIP, HEAD, ANA], "Stores": [["Rope", 3, "m"], ["Paint", 2, "l"]]})
    travellers, rejects, _ = read_book(tmp_path, book)
    assert travellers.height == 1
    assert any("Stores" in detail for detail in rejects["detail"])
    _, rejects, account = read_book(tmp_path, workbook({"Stores": [["Rope", 3]]}))
    assert (account.rejected, notes_of(rejects, "record").keys()) == (1, {"no-known-column"})


# Files that are no good


def test_macros_are_not_run_and_the_cells_are_read(tmp_path):
    travellers, rejects, _ = read_book(tmp_path, workbook({"Crew": [HEAD, ANA]}, SHIP), "a.xlsm", macros=True)
    assert travellers.height == 1
    assert list(notes_of(rejects)) == ["macros"]


def bomb():
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(packed(workbook({"Crew": [HEAD, ANA]})))) as good, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as bad:  # fmt: skip
        for name in good.namelist():
            data = good.read(name)
            bad.writestr(name, data + b" " * (200 << 20) if name.endswith("sheet1.xml") else data)
    return out.getvalue()


def far_away():
    book = workbook({"Crew": [HEAD, ANA], "Other": [*SHIP, HEAD, BEN]})
    book["Crew"]["XFD1048576"] = "far"
    return packed(book)


def as_excel_writes(cells, texts):
    """A workbook whose texts are shared by the cells, as Excel and not as our helper writes it."""
    space = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    relation = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    sheet = "".join(f'<row r="{row}">{inner}</row>' for row, inner in cells.items())
    parts = {
        "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>',
        "xl/workbook.xml": f'<workbook {space} xmlns:r="{relation}"><sheets><sheet name="Crew" sheetId="1" r:id="rId1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="{relation}/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="rId2" Type="{relation}/sharedStrings" Target="sharedStrings.xml"/></Relationships>',
        "xl/sharedStrings.xml": f"<sst {space}>{''.join(f'<si><t>{text}</t></si>' for text in texts)}</sst>",
        "xl/worksheets/sheet1.xml": f"<worksheet {space}><sheetData>{sheet}</sheetData></worksheet>",
    }  # fmt: skip
    return zipped({name: data.encode() for name, data in parts.items()})


def shared_text():
    """One long text that many cells share."""
    cells = {row: "".join('<c t="s"><v>0</v></c>' for _ in range(50)) for row in range(1, 60)}
    return as_excel_writes(cells, ["x" * 32000])


def test_texts_that_cells_share_and_cells_without_a_name_are_read(tmp_path):
    texts = ["Name of ship", "Pelican", "Family name", "Given names", "GARCIA", "Ana", "Passport number", "A1"]
    cells = {row: "".join(f'<c t="s"><v>{text}</v></c>' for text in line) for row, line in {2: (0, 1), 4: (2, 3, 6), 6: (4, 5, 7)}.items()}  # fmt: skip
    travellers, rejects, _ = read_one(tmp_path / "a.xlsx", as_excel_writes(cells, texts))
    assert travellers.select("family_name", "given_names", "flight", "position", "role").row(0) == ("GARCIA", "Ana", "Pelican", 6, "crew")  # fmt: skip
    assert travellers["documents"][0][0]["number"] == "A1"
    assert rejects.is_empty()


@pytest.mark.parametrize(
    ("content", "reason", "said"),
    [
        (lambda: packed(sample())[:4000], "broken-workbook", "breaks off or is damaged; ask for it again"),
        (lambda: packed(sample()).replace(b"\x00", b"\x01", 40), "broken-workbook", ""),
        (bomb, "too-large", "unpacks to more than"),
        (far_away, "too-large", "sheet Crew: the sheet reaches to XFD1048576; delete"),
        (shared_text, "too-large", "characters; split it"),
        (lambda: b"\xd0\xcf\x11\xe0" + b"\x00" * 600 + "EncryptedPackage".encode("utf-16-le"), "protected", "save it without one"),
        (lambda: b"\xd0\xcf\x11\xe0" + b"\x00" * 600, "not-a-feed", "an old office document (xls, doc); save the sheet as .xlsx or CSV"),
        (lambda: zipped({"content.xml": b"<a/>"}), "not-a-feed", "another kind of office document"),
        (lambda: zipped({"xl/workbook.xml": b"<a/>"}), "broken-workbook", ""),
        (lambda: zipped({"xl/workbook.xml": b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", "xl/_rels/workbook.xml.rels": b"<a/>"}), "broken-workbook", ""),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_read_is_one_reject_that_says_what_to_do(tmp_path, content, reason, said):
    travellers, rejects, account = read_one(tmp_path / "a.xlsx", content())
    lost = rejects.filter(pl.col("kind") == "record")
    assert (account.rejected, lost["reason"].to_list()) == (1, [reason])
    assert said in lost["detail"][0]
    assert travellers["family_name"].to_list() == (["BYNOE"] if content is far_away else [])


def zipped(parts):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed_:
        for name, data in parts.items():
            packed_.writestr(name, data)
    return out.getvalue()


# CSV in the form's layout


def as_csv(rows, sign=","):
    return "\r\n".join(sign.join("" if value is None else str(value) for value in row) for row in rows) + "\r\n"


ROWS = [["CREW LIST"], *SHIP, [], HEAD, ["GARCÍA", "Ana", "HND", "1990-04-03", "A0012345"], ["BYNOE", "Ben", "BRB", "1985-12-25", "B7"], ["Total", "2", "", "", ""]]  # fmt: skip


@pytest.mark.parametrize("sign", [",", ";", "\t", "|"])
@pytest.mark.parametrize("code", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_a_csv_in_the_layout_of_the_form_reads_like_the_workbook(tmp_path, sign, code):
    travellers, rejects, account = read_one(tmp_path / "a.csv", as_csv(ROWS, sign).encode(code))
    assert travellers.select("family_name", "role", "flight", "position").rows() == [("GARCÍA", "crew", "Pelican 7", 8), ("BYNOE", "crew", "Pelican 7", 9)]  # fmt: skip
    assert (account.format, account.records_in, rejects.height) == ("csv", 2, 0)


def test_broken_lines_of_a_csv_form_are_rejected_by_line_and_the_good_ones_go_on(tmp_path):
    rows = [*ROWS[:7], 'ODD,"quote', ["A", "B", "C"], ["LOPEZ, JR", "Ana", "HND", "1990-04-03", "A1"], *ROWS[7:9]]
    text = "\n".join(row if isinstance(row, str) else ",".join(row) for row in rows)
    travellers, rejects, _ = read_one(tmp_path / "a.csv", text)
    assert travellers["family_name"].to_list() == ["GARCÍA", "BYNOE"]
    assert sorted(rejects.filter(pl.col("kind") == "record").select("position", "reason").rows()) == [
        (8, "unclosed-quote"), (9, "field-count"), (10, "field-count"),
    ]  # fmt: skip


def test_a_table_that_begins_with_its_columns_is_still_a_table(tmp_path):
    travellers, _, _ = read_one(tmp_path / "a.csv", "family_name,given_names,flight\nGARCIA,ANA,BW1\n")
    assert travellers["record_id"][0].endswith("-2")
    assert travellers["flight"].to_list() == ["BW1"]


# Whatever comes

CELLS = st.one_of(
    st.none(), st.text(max_size=8).map(lambda text: ILLEGAL_CHARACTERS_RE.sub("", text)), st.integers(-(10**20), 10**20),
    st.floats(allow_nan=False, allow_infinity=False), st.booleans(), st.dates(date(1900, 3, 1), date(2200, 1, 1)), st.times(),
    st.sampled_from(["Total", "Passengers", "Name of ship", "Port", "Ship:", "Date and signature", "#N/A", "=1/0", "Family name", "X"]),
)  # fmt: skip


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.lists(CELLS, max_size=6), max_size=8), st.lists(CELLS, max_size=5), st.integers(0, 10**6))
def test_random_workbooks_never_crash_the_reader_and_lose_no_person(tmp_path, rows, values, seed):
    rng = random.Random(seed)
    people = [[f"FAMILY{k}", f"Given{k}", None, None, f"DOC{k}", *values] for k in range(rng.randint(0, 5))]
    body = [*people, *rows]
    rng.shuffle(body)
    book = workbook({"Crew": [HEAD, *body], "Other": rows}, SHIP)
    for _ in range(rng.randint(0, 2)):
        row, column = rng.randint(1, 20), rng.randint(6, 8)
        book["Crew"].merge_cells(start_row=row, end_row=row + rng.randint(0, 3), start_column=column, end_column=column + rng.randint(0, 2))  # fmt: skip
    travellers, _, _ = read_book(tmp_path, book)
    found = set(travellers["family_name"].to_list())
    assert {person[0] for person in people} <= found


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.integers(0, 10**9))
def test_damaged_workbooks_never_crash_the_reader(tmp_path, seed):
    rng = random.Random(seed)
    data = bytearray(SAMPLE.read_bytes())
    if rng.random() < 0.5:  # inside the parts, where the packing cannot notice it
        with zipfile.ZipFile(io.BytesIO(bytes(data))) as good:
            parts = {name: bytearray(good.read(name)) for name in good.namelist()}
        name = rng.choice([name for name in parts if name.startswith("xl/")])
        for _ in range(rng.randint(1, 6)):
            at = rng.randrange(len(parts[name]))
            parts[name][at : at + rng.randint(0, 4)] = rng.randbytes(rng.randint(0, 3)) if rng.random() < 0.5 else rng.choice([b"9", b"<", b'"', b"r=", b"4294967295"])  # fmt: skip
        data = bytearray(zipped({name: bytes(part) for name, part in parts.items()}))
    else:
        for _ in range(rng.randint(1, 4)):
            at = rng.randrange(len(data))
            data[at : at + rng.randint(0, 9)] = rng.randbytes(rng.randint(0, 9))
    read_one(tmp_path / "a.xlsx", bytes(data))


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.text(alphabet='abcXYZ019,;|\t"\n\r:é /-', max_size=200))
def test_any_text_around_a_csv_form_loses_no_person(tmp_path, noise):
    noise = noise.replace('"', "")
    text = as_csv(ROWS[:9]) + noise
    travellers, _, _ = read_one(tmp_path / "a.csv", text)
    assert {"GARCÍA", "BYNOE"} <= set(travellers["family_name"].to_list())
