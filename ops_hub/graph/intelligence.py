"""What a state knows of links, from its CSV into INTELLIGENCE: who employs, pays, meets or belongs to whom.

Reach for `read_intelligence()`. Every line is checked before anything is built: both ends must be something that can be a
node, and not the same; dates must be possible. Columns are explained in docs/network.md. Which persons of it are persons
of the records is told by `known`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from typing import Any

import polars as pl

from ops_hub.graph.gather import called, whole_date
from ops_hub.graph.values import SHORTEST, contact_key, document_key
from ops_hub.papers import MIN_NUMBER
from ops_hub.reference import states
from ops_hub.schemas import INTELLIGENCE, rows
from ops_hub.textlines import records

COLUMNS = (
    "from_type", "from", "from_born", "from_document", "link", "to_type", "to", "to_born", "to_document", "since", "until",
    "grade", "owner", "handling", "crime_types", "caveats", "note",
)  # fmt: skip
REQUIRED = ("from_type", "from", "link", "to_type", "to", "owner", "handling")
TYPES = (
    "person", "organisation", "crime", "document", "phone", "email", "address", "payment", "agency", "booking", "flight",
    "vessel", "port", "entry",
)  # fmt: skip
HANDLINGS = ("enforce", "discreet", "protect")
BODIES = ("UN", "CARICOM", "INTERPOL", "CENTRE")  # owners that are no states
UNGRADED = "F6"  # neither source nor information can be judged
RESERVED = ("hit", "about", "travelled", "from", "to")  # links that are made here, of what others said
_GRADE = re.compile(r"^[A-F][1-6]$")
_TRUST = {
    "A": 1.0,
    "B": 0.8,
    "C": 0.6,
    "D": 0.4,
    "E": 0.2,
    "F": 0.5,
    "1": 1.0,
    "2": 0.8,
    "3": 0.6,
    "4": 0.4,
    "5": 0.2,
    "6": 0.5,
}
# What each type must look like, and how to write it.
_FORMS = {
    "booking": (r"^[^/]*/[^/]+$", "CARRIER/REFERENCE"),
    "flight": (r"^[^/]+/\d{4}-\d\d-\d\d/[A-Z]{3}([A-Z2-9]{2})?$", "NUMBER/DATE/PORT, e.g. BW432/2026-11-20/POS"),
    "vessel": (r"^[^/]+/\d{4}-\d\d-\d\d/[A-Z]{3}([A-Z2-9]{2})?$", "NAME/DATE/PORT"),
    "port": (r"^[A-Z]{3}$|^[A-Z]{2}[A-Z2-9]{3}$", "an IATA code or UN/LOCODE"),
    "entry": (r"^[^/]+/.+$", "LIST/ENTRY"),
    "document": (r"^[^/]+(/[A-Z0-9]{1,3})?$", "NUMBER/ISSUER"),
    "email": (r"^[^@\s]+@[^@\s]+$", "an e-mail address"),
}


def trust(grade: str | None) -> float:
    """Return how much weight a grade gives, 0 to 1: that of its source or its information, whichever is lower.

    >>> trust("A1"), trust("B2"), trust("A5"), trust(None)
    (1.0, 0.8, 0.2, 0.5)
    """
    return min(_TRUST[sign] for sign in grade or UNGRADED)


def read_intelligence(text: str, name: str, today: date) -> tuple[pl.DataFrame, list[str]]:
    """Return INTELLIGENCE of the good lines of a CSV, and what is wrong with each of the others: file, line, remedy.

    Args:
        text: of the file.
        name: of the file.
        today: dates after it are impossible.
    """
    listed = [(number, line) for number, line in enumerate(text.lstrip("\ufeff").splitlines(), 1) if line.strip()]
    heading = [cell.strip() for cell in listed[0][1].split(",")] if listed else []
    wrong = [each for each in REQUIRED if each not in heading] + [each for each in heading if each not in COLUMNS]
    if wrong or len(set(heading)) < len(heading):
        problem = f"the heading lacks or does not know: {', '.join(wrong) or 'one name for one column'}"
        return rows(INTELLIGENCE, []), [f"{name}:1: {problem}; the columns are {','.join(COLUMNS)}"]
    found, problems = [], []
    for each in records(listed[1:], ",", len(heading)):
        cells = dict(zip(heading, (cell.strip() for cell in each.cells), strict=True)) if each.cells else {}
        row = {column: cells.get(column) or None for column in COLUMNS}
        said = [each.detail] if each.cells is None else list(_wrong(row, today))
        if said:
            problems.append(f"{name}:{each.number}: {'; '.join(said)}")
        else:
            found.append(row | {"source": name, "line": each.number})
    whole, circular = _with_ids(found)
    return whole, problems + circular


def _wrong(row: dict[str, Any], today: date) -> Iterator[str]:
    for column in REQUIRED:
        if row[column] is None and not (column in ("from", "to") and row[f"{column}_document"]):
            yield f"{column} is empty; fill it in"
    if row["link"] in RESERVED:
        yield f"link {row['link']} is a word of the network's own; say it in others"
    for end in ("from", "to"):
        yield from _wrong_end(row, end, today)
    days: dict[str, date] = {}
    for column in ("since", "until"):
        try:
            if row[column]:
                days[column] = date.fromisoformat(row[column])
        except ValueError:
            yield f"{column} {row[column]} is no date; write for example 2026-11-23"
        else:
            if column in days and days[column] > today:
                yield f"{column} {row[column]} is in the future (today is {today}); correct it or leave it out"
    if len(days) == 2 and days["until"] < days["since"]:
        yield f"until {row['until']} is before since {row['since']}; exchange or correct them"
    if row["grade"] and not _GRADE.match(row["grade"]):
        yield f"grade {row['grade']} is none; write source A to F and information 1 to 6, e.g. B2"
    if row["handling"] and row["handling"] not in HANDLINGS:
        yield f"handling {row['handling']} is none; write {', '.join(HANDLINGS)}"
    if row["owner"] and row["owner"] not in BODIES and row["owner"] not in states():
        yield f"owner {row['owner']} is no state; write its alpha-3 code, or one of {', '.join(BODIES)}"


def _wrong_end(row: dict[str, Any], end: str, today: date) -> Iterator[str]:
    kind, value, born, paper = row[f"{end}_type"], row[end], row[f"{end}_born"], row[f"{end}_document"]
    if kind is not None and kind not in TYPES:
        yield f"{end}_type {kind} is none; write one of {', '.join(TYPES)}"
        return
    if kind != "person" and (born or paper):
        yield f"{end}_born and {end}_document belong to persons, not to a {kind}; leave them empty"
    if born:
        try:
            if not re.match(r"^\d{4}-\d\d-\d\d$", born) or not date(1880, 1, 1) <= date.fromisoformat(born) <= today:
                raise ValueError
        except ValueError:
            yield f"{end}_born {born} is no birth date; write for example 1990-02-03, or leave it empty"
    if value is None and not paper:
        return
    form, words = _FORMS.get(kind or "", ("", ""))
    dangling = f"names nothing that could be a {kind}; write"
    if value and form and not re.match(form, value):
        yield f"{end} {value} {dangling} {words}"
    numbers = [each for each in (value if kind == "document" else None, paper) if each]
    if any(len(re.sub("[^A-Z0-9]", "", each.partition("/")[0].upper())) < MIN_NUMBER for each in numbers):
        yield f"{end}: document {numbers[0]} {dangling} NUMBER/ISSUER"
    if kind == "phone" and len(re.sub("[^0-9]", "", value or "").lstrip("0")) < SHORTEST:
        yield f"{end} {value} {dangling} the number with its country code"
    if kind in ("person", "organisation") and value and not re.search(r"[^\W\d_]", value):
        yield f"{end} {value} {dangling} a name"


def _with_ids(found: list[dict[str, Any]]) -> tuple[pl.DataFrame, list[str]]:
    """Return INTELLIGENCE of rows as written, and what is wrong with those whose ends are one node."""
    lists = {column: pl.List(pl.String) for column in ("crime_types", "caveats")}
    raw = pl.DataFrame(found, schema={**dict.fromkeys(COLUMNS, pl.String), "source": pl.String, "line": pl.Int64}, orient="row")  # fmt: skip
    made = raw.with_columns(
        *(pl.col(day).str.to_date("%Y-%m-%d", strict=False) for day in ("since", "until")),
        *(
            pl.col(name).fill_null("").str.split(";").list.eval(pl.element().str.strip_chars().filter(pl.element() != ""))
            .list.unique().list.sort().cast(kind).alias(name)
            for name, kind in lists.items()
        ),
        *(_document(pl.col(f"{end}_document")).alias(f"{end}_document") for end in ("from", "to")),
    ).with_columns(each for end in ("from", "to") for each in _end(end))  # fmt: skip
    made = made.select(INTELLIGENCE.keys())
    is_circle = made["from_id"] == made["to_id"]
    said = [
        f"{row['source']}:{row['line']}: both ends are {row['from_id']}; a link ties two different things, correct one"
        for row in made.filter(is_circle).iter_rows(named=True)
    ]
    return made.filter(~is_circle), said


def _document(text: pl.Expr) -> pl.Expr:
    number, issuer = text.str.extract(r"^([^/]*)"), text.str.extract(r"/(.*)$")
    return pl.when(text.is_not_null()).then(pl.concat_str(pl.lit("document:"), document_key(number, issuer)))


def _end(end: str) -> Iterator[pl.Expr]:
    kind, text, born = pl.col(f"{end}_type"), pl.col(end), whole_date(pl.col(f"{end}_born"))
    paper = pl.col(f"{end}_document").str.strip_prefix("document:")
    name = called(end)
    known = pl.coalesce(
        paper,
        pl.concat_str(name, pl.lit("/"), born),
        pl.concat_str("owner", pl.lit(":"), name),  # a name alone: whoever another owner calls so may be somebody else
    )
    words = text.str.to_uppercase().str.replace_all(r"\s+", " ").str.strip_chars()
    key = (
        pl.when(kind == "person").then(pl.concat_str(pl.lit("known/"), known))
        .when(kind.is_in(["phone", "email", "address"])).then(contact_key(kind, text))
        .when(kind == "document").then(_document(text).str.strip_prefix("document:"))
        .when(kind == "organisation").then(words)
        .when(kind == "crime").then(words.str.to_lowercase())
        .otherwise(text)
    )  # fmt: skip
    yield pl.concat_str(kind, pl.lit(":"), key).alias(f"{end}_id")
    yield pl.coalesce(text, paper).alias(f"{end}_label")
