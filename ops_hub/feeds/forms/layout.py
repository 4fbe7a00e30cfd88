"""Where things stand on a crew or passenger list: labels with the vessel's call, then a table of people.

Reach for `laid_out()`. A sheet may hold several lists, one below the other, of one vessel or of several. Words are data
(`words`); what the values mean is left to `values`.

Source: IMO FAL forms 5 and 6, ICAO general declaration, and how small carriers fill them in.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from ops_hub.feeds.forms.sheets import Place, Sheet, Value, as_text
from ops_hub.feeds.forms.words import Words, folded

_NAMES = {"family_name", "given_names", "full_name"}
_NUMBERS = {"document_number", "passport_number", "document", "seaman_book"}
_TELLING = _NAMES | _NUMBERS | {"birth_date", "birth"}  # a row with two of these is a person, whatever it begins with
_VESSEL = {"vessel", "registration", "imo_number", "call_sign"}
_FEW = 2  # cells of a total, a signature, a label with its value
_AHEAD = 20  # rows that labels above a table may take


@dataclass(frozen=True)
class Fact:
    """A value of the call, its label and its cell; None where another sheet says it."""

    value: Value
    label: str
    place: Place | None


@dataclass
class Table:
    """One list of people on a sheet.

    Attributes:
        facts: of the vessel's call, by what their labels ask for.
        role: crew, passenger, transit or transit-crew, where title or sheet says so.
        row: the row of its headings.
        width: cells of that row.
        columns: column of the sheet to what it means.
        headings: column of the sheet to its heading as written.
        body: rows of people.
        totals: rows with a total.
    """

    facts: dict[str, Fact]
    role: str | None
    row: int
    width: int
    columns: dict[int, str]
    headings: dict[int, str]
    body: list[int] = field(default_factory=list)
    totals: list[int] = field(default_factory=list)


@dataclass
class Layout:
    """All lists of a sheet; `loose` are rows that belong to none, `facts` what the sheet says of the call at its end."""

    tables: list[Table] = field(default_factory=list)
    loose: list[int] = field(default_factory=list)
    facts: dict[str, Fact] = field(default_factory=dict)


def laid_out(sheet: Sheet, words: Words) -> Layout:
    """Return the lists of a sheet."""
    return _Reader(sheet, words).read()


class _Reader:
    """One walk down a sheet."""

    def __init__(self, sheet: Sheet, words: Words) -> None:
        self.sheet = sheet
        self.words = words
        self.texts = [sheet.texts(row) for row in range(len(sheet.rows))]
        self.heads = {row: head for row in range(len(self.texts)) if (head := self._heading(row))}
        self.out = Layout()

    def read(self) -> Layout:
        row, begin = 0, 0
        while row < len(self.texts):
            head = self.heads.get(row)
            if head is None:
                row += 1
                continue
            height, columns, headings = head
            facts, role = self._block(range(begin, row))
            if not _VESSEL & facts.keys():  # another list of the same call
                facts = {**self.out.facts, **facts}
            self.out.facts = facts
            role = role or self.words.role(self.sheet.name)
            table = Table(facts, role, row, len(self.sheet.rows[row]), columns, headings)
            row = begin = self._body(table, row + height)
        if not self.out.tables:
            self.out.facts, _ = self._block(range(len(self.texts)))
        return self.out

    def _body(self, table: Table, row: int) -> int:
        """Take the people of a table; return the row after it."""
        self.out.tables.append(table)
        while row < len(self.texts) and row not in self.heads:
            texts = list(self.texts[row].values())
            if all(table.columns.get(at) == "number" and len(text) < 6 for at, text in self.texts[row].items()):
                row += 1  # nothing but its number: forms are printed with numbered empty rows
                continue
            is_title = len(texts) == 1 and folded(texts[0]) in self.words.title
            if self._begins_block(row, table, is_title=is_title):
                return row
            ends = self._ends(texts)
            if not ends and (self._telling(row, table) > 1 or len(texts) > _FEW):
                table.body.append(row)
            elif is_title:  # people of another kind go on under the same headings
                table = replace(table, role=self.words.role(texts[0]), body=[], totals=[])
                self.out.tables.append(table)
            elif ends == "total":
                table.totals.append(row)
            elif ends == "signature" or self._is_labelled(row):
                for what, fact in self._block(range(row, row + 1))[0].items():
                    table.facts.setdefault(what, fact)
                self.out.loose.append(row)
            else:
                table.body.append(row)
            row += 1
        return row

    def _ends(self, texts: list[str]) -> str | None:
        """Return total or signature for a row that stands beneath a list; who is called Total or Note is a person."""
        what = self.words.ends(texts[0]) if len(texts) <= _FEW else None
        is_sure = len(texts) == 1 or " " in folded(texts[0]) or not any(sign.isalpha() for sign in texts[-1])
        return what if is_sure else None

    def _telling(self, row: int, table: Table) -> int:
        return len({table.columns.get(column) for column in self.texts[row]} & _TELLING)

    def _begins_block(self, row: int, table: Table, *, is_title: bool) -> bool:
        """Whether a row below a table is the first label or title of another one."""
        until = next((each for each in range(row, min(row + _AHEAD, len(self.texts))) if each in self.heads), None)
        if until is None:
            return False
        if is_title:
            after = next(each for each in range(row + 1, until + 1) if self.texts[each])
            return after == until or self._is_labelled(after)
        if not self._is_labelled(row):
            return False
        first = next(iter(self.texts[row].values()))
        if " " in folded(first) or ":" in first:
            return True
        filled = [each for each in range(row, until) if self.texts[each]]
        labelled = sum(self._is_labelled(each) for each in filled)
        return self._telling(row, table) < 3 and labelled > 1 and labelled * 2 > len(filled)

    def _is_labelled(self, row: int) -> bool:
        first = next(iter(self.texts[row].values()), "")
        return self._label(first) is not None

    def _label(self, text: str) -> str | None:
        return self.words.call_label(text) or self.words.call_label(text.partition(":")[0])

    def _block(self, rows: range) -> tuple[dict[str, Fact], str | None]:
        """Return what labels in some rows say of the call, and the role that a title there names.

        A value stands in the label's own cell behind a colon, else beside it, else below it.
        """
        facts: dict[str, Fact] = {}
        role: str | None = None
        taken: set[Place] = set()
        for row in rows:
            if len(self.texts[row]) >= 3 and not any(self._label(text) for text in self.texts[row].values()):
                if not any((row, column) in taken for column in self.texts[row]):
                    self.out.loose.append(row)
                continue
            for column, text in self.texts[row].items():
                if (row, column) in taken:
                    continue
                what, found = self._label(text), None
                if what is None:
                    role = self.words.role(text) or role
                    continue
                for value, place in self._values(row, column, rows):
                    if what.endswith("_total") and not any(sign.isdigit() for sign in as_text(value)):
                        continue
                    found = Fact(value, text, place)
                    taken.add(place)
                    break
                if found is not None:
                    facts.setdefault(what, found)
        return facts, role

    def _values(self, row: int, column: int, rows: range) -> Iterator[tuple[Value, Place]]:
        """Yield where the value of a label may stand, best first."""
        label, colon, value = self.sheet.text(row, column).partition(":")
        if colon and value.strip() and self.words.call_label(label):
            yield value.strip(), (row, column)
        beside = next((each for each in sorted(self.texts[row]) if each > column), None)
        for place in ((row, beside), (row + 1, column)):
            if place[1] is None or place[0] not in rows:
                continue
            text = self.sheet.text(place[0], place[1])
            is_label = self._label(text) is not None or folded(text) in self.words.title
            is_move = self.words.answer.get(folded(text)) in ("arrival", "departure")
            if text and (not is_label or (is_move and self._label(label) == "movement")):
                yield self.sheet.value(place[0], place[1]), (place[0], place[1])

    def _heading(self, row: int) -> tuple[int, dict[int, str], dict[int, str]] | None:
        """Return height, columns and headings of a table that begins in a row; None where none does."""
        top = {column: self.sheet.text(*self._first(row, column)) for column in range(len(self.sheet.rows[row]))}
        top = {column: text for column, text in top.items() if text}
        if len(top) < _FEW:
            return None
        one = {column: what for column, text in top.items() if (what := self.words.column_label(text))}
        best = (1, one, top) if _is_table(one, top) else None
        below = self.texts[row + 1] if row + 1 < len(self.texts) else {}
        if one and below:  # a heading in two rows: groups above, columns below
            both = {**top, **{column: f"{top.get(column, '')} {text}".strip() for column, text in below.items()}}
            two = {
                column: what
                for column in both
                if (what := self.words.column_label(both[column]) or self.words.column_label(below.get(column, "")))
            }
            if below.keys() <= two.keys() and len(set(two.values())) > len(set(one.values())) and _is_table(two, both):
                best = (2, two, both)
        return best

    def _first(self, row: int, column: int) -> Place:
        return self.sheet.merged.get((row, column), (row, column))


def _is_table(columns: dict[int, str], headings: dict[int, str]) -> bool:
    meant = set(columns.values()) - {"number"}
    is_sure = len(meant) >= 4 or len(columns) * 2 > len(headings)
    return bool(meant & (_NAMES | _NUMBERS)) and len(meant) >= 2 and is_sure
