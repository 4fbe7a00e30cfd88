"""One row of a list into one person: columns of a table as `columns.travellers` takes them, and what is in doubt.

Reach for `person()`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from ops_hub.feeds.forms.sheets import Place, Value, as_text
from ops_hub.feeds.forms.values import day, document, number, port, sex
from ops_hub.feeds.forms.words import Words, folded
from ops_hub.reference import country

PLAIN = ("family_name", "given_names", "full_name", "birth_place", "rank")
_KINDS = {"passport_number": "P", "seaman_book": "S", "visa_number": "V"}


@dataclass(frozen=True)
class Doubt:
    """What is in doubt about a cell."""

    reason: str
    column: str  # what the column means
    place: Place
    text: str


@dataclass
class Cells:
    """The cells of a row by what their columns mean, and how those columns are to be read.

    Attributes:
        values: what the column means to value and cell.
        orders: how dates of a column are written, where that is known.
        letters: what one-letter sexes of the column mean.
        role: of the list.
    """

    values: dict[str, tuple[Value, Place]]
    orders: Mapping[str, str | None]
    letters: dict[str, str]
    role: str | None
    doubts: list[Doubt] = field(default_factory=list)

    def text(self, column: str) -> str:
        """Return a cell as text; '' where there is none."""
        return as_text(self.values[column][0]) if column in self.values else ""

    def doubt(self, reason: str, column: str) -> None:
        """Remember that a cell is in doubt."""
        self.doubts.append(Doubt(reason, column, self.values[column][1], self.text(column)))


def person(cells: Cells, words: Words, today: date) -> dict[str, Any]:
    """Return the row of a table: texts, and `documents` as in TRAVELLERS."""
    made: dict[str, Any] = {name: cells.text(name) or None for name in PLAIN}
    born, place = _birth(cells, words, today)
    nationality = cells.text("nationality")
    made |= {
        "birth_date": born,
        "birth_place": made["birth_place"] or place,
        "sex": _sex(cells, words),
        "nationality": country(nationality) or words.people.get(folded(nationality)) or nationality or None,
        "residence": cells.text("residence") or None,
        "documents": _documents(cells, words, today),
        "embark_port": port(cells.text("embark_port"), words) or None,
        "debark_port": port(cells.text("debark_port"), words) or None,
    }
    made["role"] = _role(cells, words)
    if "role" in cells.values and words.role(cells.text("role")) is None:
        made["rank"] = made["rank"] or cells.text("role")
    return made


def _birth(cells: Cells, words: Words, today: date) -> tuple[str | None, str | None]:
    if "birth_date" not in cells.values and "birth" in cells.values:  # 'date and place of birth'
        parts = cells.text("birth").replace(",", " ").split()
        for cut in range(len(parts), 0, -1):
            found, doubt = day(" ".join(parts[:cut]), words, today, order=cells.orders.get("birth"))
            if found:
                _told(cells, doubt, "birth")
                return found, " ".join(parts[cut:]) or None
        return _day(cells, "birth", words, today), None
    return _day(cells, "birth_date", words, today), None


def _day(cells: Cells, column: str, words: Words, today: date, *, is_future: bool = False) -> str | None:
    if column not in cells.values:
        return None
    found, doubt = day(cells.values[column][0], words, today, order=cells.orders.get(column), is_future=is_future)
    if found and not doubt and not is_future and found > today.isoformat():
        doubt = "future-birth"
    _told(cells, doubt, column)
    return found or None


def _told(cells: Cells, doubt: str, column: str) -> None:
    if doubt:
        cells.doubt(doubt, column)


def _sex(cells: Cells, words: Words) -> str | None:
    text = cells.text("sex")
    found = sex(text, cells.letters, words) if text else None
    if text and found is None:
        cells.doubt("bad-sex", "sex")
    return found


def _documents(cells: Cells, words: Words, today: date) -> list[dict[str, Any]]:
    """Return the identity document, then passport, seaman's book and visa where they have columns of their own."""
    expires = _whole(_day(cells, "document_expires", words, today, is_future=True))
    issued = _whole(_day(cells, "document_issued", words, today))
    issuer = cells.text("document_issuer")
    about = {
        "issuer": country(issuer) or words.people.get(folded(issuer)) or issuer or None,
        "expires": expires,
        "issued": issued,
    }
    made: list[dict[str, Any]] = []
    for column in ("document_number", "document", "passport_number", "seaman_book", "visa_number"):
        if column not in cells.values:
            continue
        written = cells.text("document_type")
        kind: str | None = words.document.get(folded(written)) or written.upper() or None
        if column == "document":
            named, text = document(cells.text(column), words)
            kind, doubt = named or kind, ""
        else:
            text, doubt = number(cells.values[column][0])
        _told(cells, doubt, column)
        if text and text not in {each["number"] for each in made}:
            own = about if not made and column != "visa_number" else {"issuer": None, "expires": None, "issued": None}
            made.append({"type": _KINDS.get(column) or kind or "P", "number": text, **own, "verified": None})
    return made


def _whole(text: str | None) -> date | None:
    return date.fromisoformat(text) if text and len(text) == 10 else None


def _role(cells: Cells, words: Words) -> str | None:
    """Return the role: the row's own, else the list's, else crew for whoever has a rank; in transit where it says so."""
    text = cells.text("role")
    role = words.role(text) if text else None
    if text and role is None:
        cells.doubt("unknown-role", "role")
    role = role or cells.role or ("crew" if text or cells.text("rank") else None)
    answer = folded(cells.text("transit"))
    if answer and (words.answer.get(answer) == "yes" or words.title.get(answer) == "transit"):
        return "transit-crew" if role in ("crew", "transit-crew") else "transit"
    if answer and words.answer.get(answer) != "no":
        cells.doubt("bad-transit", "transit")
    return role
