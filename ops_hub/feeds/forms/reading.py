"""Crew and passenger lists, as workbooks or as CSV in the form's layout, into TRAVELLERS and REJECTS.

Reach for `read_forms()`. Every row of a list is a traveller or a rejected record; what is in doubt about one is a note
that names sheet and cell. Where things stand on a form is found in `layout`, what values mean in `people` and
`call`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl

from ops_hub.feeds.columns import Slice, travellers
from ops_hub.feeds.forms.call import JOURNEY, KEPT, VESSEL, call_of
from ops_hub.feeds.forms.layout import Fact, Layout, Table, laid_out
from ops_hub.feeds.forms.notes import Notes
from ops_hub.feeds.forms.people import Cells, person
from ops_hub.feeds.forms.sheets import Place, Sheet, Value, as_text, column_name
from ops_hub.feeds.forms.values import order_of, sexes
from ops_hub.feeds.forms.words import Words, folded, words
from ops_hub.feeds.forms.xlsx import Unreadable, has_macros, read_workbook
from ops_hub.feeds.lines import Part, no_travellers, nothing
from ops_hub.feeds.mapping import SYNONYMS
from ops_hub.feeds.parsed import Row, note, record
from ops_hub.schemas import REJECTS, TRAVELLERS, dtypes, rows

_Values = dict[int, tuple[Value, Place]]  # column to its value and the cell that holds it
_TEXTS = (
    "record_id", "message_ref", "role", "family_name", "given_names", "full_name", "birth_date", "sex", "nationality", "residence",
    "birth_place", "embark_port", "debark_port", "rank", *JOURNEY, *KEPT,
)  # fmt: skip

_TAKEN = {
    *_TEXTS,
    "documents",
    "document_type",
    "document_number",
    "document_issuer",
    "document_expires",
    "document_issued",
}


def read_workbook_forms(path: Path, part: Slice) -> Iterator[Part]:
    """Yield TRAVELLERS and REJECTS of a workbook; one that cannot be opened is one rejected record."""
    try:
        yield from read_forms(read_workbook(path), part)
    except Unreadable as why:
        yield nothing(part, why.reason, why.detail)
    if has_macros(path):
        detail = "the workbook holds macros; they were not run, only its cells were read"
        yield no_travellers(part), rows(REJECTS, [note(part.source.name, "macros", detail)])


def read_forms(sheets: Iterable[Sheet | tuple[str, Unreadable]], part: Slice) -> Iterator[Part]:
    """Yield TRAVELLERS and REJECTS of the lists in a workbook or CSV file, one part a list.

    Args:
        sheets: what was read of the file; a sheet that could not be read is one rejected record.
        part: file and kind; rows are numbered as in the sheets.
    """
    known = words()
    laid: list[tuple[Sheet, Layout]] = []
    lost: list[Row] = []
    for each in sheets:
        if isinstance(each, Sheet):
            laid.append((each, laid_out(each, known)))
        else:
            lost.append(record(part.source.name, each[1].reason, f"sheet {each[0]}: {each[1].detail}", ref=each[0]))
    if lost:
        yield no_travellers(part), rows(REJECTS, lost)
    if not any(layout.tables for _, layout in laid):
        if not lost:
            detail = "no table with columns of names and documents was found; use the form of docs/maritime.md"
            yield nothing(part, "no-known-column", detail)
        return
    _share(laid)
    counts: Counter[str] = Counter()
    for ordinal, (sheet, layout) in enumerate(laid, 1):
        notes = Notes(part.source, sheet)
        for table in layout.tables:
            made, rejected = _List(table, sheet, known, notes).read(part, ordinal)
            roles = made["role"].fill_null("passenger").to_list()
            counts.update("crew" if role.endswith("crew") else "passengers" for role in roles)
            yield made, rejected
        for row in layout.loose:
            texts = sheet.texts(row)
            notes.alike("loose-text", (row, min(texts)), "; ".join(texts.values()))
        if not layout.tables and not layout.facts and any(sheet.texts(row) for row in range(len(sheet.rows))):
            notes.said("no-table", "holds no list of people that could be made out; nothing of it was read", None)
        yield no_travellers(part), notes.frame()
    yield no_travellers(part), rows(REJECTS, _totals(laid, counts, part))


def _share(laid: list[tuple[Sheet, Layout]]) -> None:
    """Give lists without a vessel what another sheet says of the call, where all that name one name the same."""
    told = [facts for _, layout in laid for facts in (*(table.facts for table in layout.tables), layout.facts)]
    named = [facts for facts in told if set(VESSEL) & facts.keys()]
    if len({_vessel(facts) for facts in named}) == 1:
        for facts in told:
            if not set(VESSEL) & facts.keys():
                facts |= {what: replace(fact, place=None) for what, fact in named[0].items() if what not in facts}


def _vessel(facts: dict[str, Fact]) -> tuple[str, ...]:
    return tuple(folded(as_text(facts[what].value)) if what in facts else "" for what in VESSEL)


def _totals(laid: list[tuple[Sheet, Layout]], counts: Counter[str], part: Slice) -> list[Row]:
    """Note totals of the form that are neither those of a list nor those of the whole file."""
    found: list[Row] = []
    for sheet, layout in laid:
        for table in layout.tables:
            fits = {
                len(table.body),
                sum(len(each.body) for each in layout.tables),
                *counts.values(),
                sum(counts.values()),
            }
            said = [(row, text, fits) for row in table.totals for text in sheet.texts(row).values()]
            for what, fact in table.facts.items():
                if what.endswith("_total") and fact.place is not None:
                    said.append((fact.place[0], as_text(fact.value), {counts[what.removesuffix("_total")]}))
            for row, text, allowed in said:
                digits = "".join(sign for sign in text if sign.isdecimal())[:9]
                if digits and int(digits) not in allowed:
                    detail = f"{sheet.cell(row, 0)}: the form says {text}; the list has {len(table.body)} people, the file {sum(counts.values())}"
                    made = note(
                        part.source.name, "count-differs", detail, ref=sheet.name or None, position=sheet.numbers[row]
                    )
                    found += [made] if made not in found else []
    return found


class _List:
    """One list of people while it is read."""

    def __init__(self, table: Table, sheet: Sheet, known: Words, notes: Notes) -> None:
        self.table, self.sheet, self.known, self.notes = table, sheet, known, notes
        self.columns: dict[str, int] = {}  # what a column means to its place
        self.spare: dict[int, str] = {}  # other columns to a heading of their own
        for column, heading in table.headings.items():
            what = table.columns.get(column) or known.call_label(heading)
            if what is not None and what not in self.columns:
                self.columns[what] = column
                continue
            if what is not None:
                notes.alike("duplicate-heading", (table.row, column), heading)
            self._keep(column, heading)
        self.calls: dict[tuple[str, ...], dict[str, str | None]] = {}

    def _keep(self, column: int, heading: str) -> str:
        if column not in self.spare:
            name = " ".join(heading.split()) or f"column {column_name(column)}"
            plain = name.lower().replace(" ", "_").replace("-", "_")
            is_taken = not {plain, SYNONYMS.get(plain)}.isdisjoint(_TAKEN) or name in self.spare.values()
            self.spare[column] = f"{name} ({column_name(column)})" if is_taken else name
        return self.spare[column]

    def read(self, part: Slice, ordinal: int) -> Part:
        lost: list[Row] = []
        people: list[tuple[int, _Values]] = []
        for row in self.table.body:
            values = self._values(row)
            width = len(self.sheet.rows[row])
            if (
                not self.sheet.name and width != self.table.width
            ):  # a delimiter too many or too few: fields may have moved
                detail = f"{self.sheet.cell(row, 0)}: {width} fields instead of {self.table.width}; not read, for fields may have moved"
                raw = "; ".join(as_text(value) for value in self.sheet.rows[row])
                lost.append(record(part.source.name, "field-count", detail, raw=raw, position=self.sheet.numbers[row]))
            elif any(
                place == (row, column) for column, (_, place) in values.items()
            ):  # else all merged with the row above
                people.append((row, values))
        letters = {
            folded(as_text(values[at][0])) for _, values in people if (at := self.columns.get("sex", -1)) in values
        }
        reading = (
            {what: order_of(self.table.headings[column]) for what, column in self.columns.items()},
            sexes({each for each in letters if len(each) == 1}, self.known),
        )
        made = [self._person(values, reading, part) for _, values in people]
        for (row, _), each in zip(people, made, strict=True):
            number = self.sheet.numbers[row]
            each["record_id"] = (
                f"{part.sha256[:16]}-{ordinal}.{number}" if self.sheet.name else f"{part.sha256[:16]}-{number}"
            )
            each["message_ref"] = self.sheet.name or None
        return self._framed(made, [self.sheet.numbers[row] for row, _ in people], lost, part)

    def _values(self, row: int) -> _Values:
        """Return the values of a row; one merged over several rows holds for each of them."""
        found: _Values = {}
        for column in range(max(len(self.sheet.rows[row]), self.table.width)):
            first = self.sheet.merged.get((row, column), (row, column))
            place = first if first[1] == column else (row, column)
            value = self.sheet.value(*place)
            if value is None:
                continue
            found[column] = (value, place)
            if place != (row, column):
                self.notes.alike("merged-cells", place, as_text(value))
            elif self.sheet.merged.get((row, column + 1)) == place:
                self.notes.alike("merged-beside", place, as_text(value))
            if column not in self.table.headings:
                self._keep(column, "")
                self.notes.alike("no-heading", place, as_text(value))
        return found

    def _person(
        self, values: _Values, reading: tuple[dict[str, str | None], dict[str, str]], part: Slice
    ) -> dict[str, Any]:
        by_name = {what: values[column] for what, column in self.columns.items() if column in values}
        cells = Cells(by_name, *reading, self.table.role)
        made = person(cells, self.known, part.source.today)
        for doubt in cells.doubts:
            self.notes.one(doubt.reason, doubt.place, doubt.text)
        about = {
            what: Fact(value, self.table.headings[self.columns[what]], place)
            for what, (value, place) in by_name.items()
            if self.columns[what] not in self.table.columns
        }
        more = {heading: as_text(values[column][0]) for column, heading in self.spare.items() if column in values}
        return {**more, **made, **self._call(about, part)}

    def _call(self, about: dict[str, Fact], part: Slice) -> dict[str, str | None]:
        """Return the call of the list, or that of a row where the table has columns for it."""
        key = tuple(f"{what} {fact.value}" for what, fact in about.items())
        if key not in self.calls:
            call = call_of({**self.table.facts, **about}, self.known, part.source.today)
            for reason, detail, place, text in call.doubts:
                self.notes.said(reason, detail, place, text)
            self.calls[key] = call.columns
        return self.calls[key]

    def _framed(self, made: list[dict[str, Any]], numbers: list[int], lost: list[Row], part: Slice) -> Part:
        schema = {name: pl.String for name in (*_TEXTS, *self.spare.values())}
        frame = pl.DataFrame(made, schema={**schema, "documents": dtypes(TRAVELLERS)["documents"]}, orient="row")
        frame = frame.drop(name for name in KEPT if frame[name].null_count() == frame.height)
        whole, rejected = travellers(frame, pl.Series(numbers, dtype=pl.Int64), part, None)
        where = f"{self.sheet.name}, row " if self.sheet.name else "line "
        rejected = rejected.with_columns(
            pl.lit(self.sheet.name or None, dtype=pl.String).alias("message_ref"),
            pl.concat_str(pl.lit(where), "position", pl.lit(": "), "detail").alias("detail"),
        )
        return whole, pl.concat([rows(REJECTS, lost), rejected])
