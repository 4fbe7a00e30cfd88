"""The everyday rows of our own CSV list format, all at once in columns.

Reach for `plain_rows()` before reading row by row: lists of a million entries are made of rows that need no second
look. Every row that does, and every file whose lines do not add up, is left to `native`, whose result is the same.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl

from ops_hub.schemas import ENTRIES

ROW = "__row"
MIN_BYTES = 1 << 20  # smaller files are read row by row: nothing is gained
_PAPER = r"^([A-Z]{1,2}):([A-Z0-9]+):([A-Z]{3})$"
_TEXTS = ("purpose", "owner", "remarks")
_TWO_FORMS = ("family_name", "given_names")

Reader = Callable[[str], Any]


def plain_rows(path: Path, delimiter: str, readers: dict[str, Reader]) -> tuple[pl.DataFrame, pl.DataFrame] | None:
    """Return the everyday rows (columns of ENTRIES and ROW, the line of each) and the other rows as text.

    Args:
        path: a CSV file whose heading has been looked at.
        delimiter: between its fields.
        readers: for birth_date, sex, nationality, handling, crime_types, caveats, and days: a cell's text to a value;
            ValueError sends its rows to be read one by one.

    Returns:
        None where the file must be read row by row: small, quoted oddly, ragged, blank lines, repeated ids.
    """
    data = path.read_bytes()
    if len(data) < MIN_BYTES or data.count(b"\r") != data.count(b"\r\n"):
        return None
    try:
        table = pl.read_csv(data, separator=delimiter, infer_schema=False).with_columns(pl.all().fill_null(""))
    except pl.exceptions.PolarsError:
        return None
    table = table.rename({column: column.strip().lower() for column in table.columns})
    lines = data.count(b"\n") + (not data.endswith(b"\n"))
    quoted = table.select(pl.any_horizontal(pl.all().str.contains('"', literal=True).any())).item()
    inside = table.select(pl.sum_horizontal(pl.all().str.count_matches(delimiter, literal=True).sum())).item()
    ragged = data.count(delimiter.encode()) != (table.height + 1) * (table.width - 1) + inside
    table = table.with_columns(pl.all().str.strip_chars())
    if quoted or ragged or table.height + 1 != lines or _repeats(table["entry_id"]):
        return None
    table = table.with_row_index(ROW, offset=2).with_columns(pl.col(ROW).cast(pl.Int64))
    made, plain = _columns(table, readers)
    rows = table.select(ROW, *made).filter(plain)
    return rows, table.filter(~plain)


def _repeats(ids: pl.Series) -> bool:
    return bool(ids.filter(ids != "").is_duplicated().any())


def _columns(table: pl.DataFrame, readers: dict[str, Reader]) -> tuple[list[pl.Expr | pl.Series], pl.Series]:
    """Return the columns of ENTRIES, and which rows are everyday ones."""
    have = set(table.columns)
    nothing = pl.lit(None, dtype=pl.String)
    text = {c: _filled(c) if c in have else nothing for c in (*_TEXTS, "name", *_TWO_FORMS, "documents", "kind")}
    made: list[pl.Expr | pl.Series] = [
        pl.col("entry_id"),
        text["kind"].fill_null("person").alias("kind"),
        *(text[column].alias(column) for column in _TEXTS),
        _names(text["name"], have).alias("names"),
    ]
    one_form = pl.all_horizontal(text[column].is_null() for column in _TWO_FORMS)
    plain = (pl.col("entry_id") != "") & text["kind"].fill_null("person").is_in(["person", "document"]) & one_form
    plain = plain & (text["name"].is_not_null() | text["documents"].is_not_null())
    if "birth_place" in have:
        place = pl.when(_filled("birth_place").is_not_null()).then(pl.concat_list("birth_place"))
        made.append(place.alias("birth_places"))
    paper = text["documents"].str.extract_groups(_PAPER)
    is_paper = paper.struct.field("1").is_not_null()
    made.append(_documents(table, paper, is_paper, readers["country"]))
    plain = plain & (text["documents"].is_null() | is_paper)
    flags = table.select(plain.alias("plain"))["plain"]
    names = {"birth_date": "births", "nationality": "nationalities"}
    for column, read in readers.items():
        if column in have:
            target = names.get(column, column)
            values, usable = _by_value(table[column], read, ENTRIES[target].dtype)
            made.append(values.alias(target))
            flags = flags & usable
    return made, flags


def _filled(column: str) -> pl.Expr:
    return pl.when(pl.col(column) != "").then(pl.col(column))


def _by_value(column: pl.Series, read: Reader, dtype: Any) -> tuple[pl.Series, pl.Series]:
    """Read each distinct text once: dates, states and words repeat over the rows."""
    texts = column.unique()
    values, usable = [], []
    for text in texts:
        try:
            values.append(read(text))
            usable.append(True)
        except ValueError:
            values.append(None)
            usable.append(False)
    known = pl.DataFrame(
        {"text": texts, "value": pl.Series(values, dtype=dtype), "usable": pl.Series(usable, dtype=pl.Boolean)}
    )
    found = column.rename("text").to_frame().join(known, on="text", how="left", maintain_order="left")
    return found["value"], found["usable"]


def _names(primary: pl.Expr, have: set[str]) -> pl.Expr:
    """Return the list of names: the primary one, then strong and weak aliases."""
    lists = [pl.when(primary.is_not_null()).then(pl.concat_list(_name(primary, "primary")))]
    empty = pl.lit([], dtype=ENTRIES["names"].dtype)
    for column, quality in (("aliases", "strong"), ("weak_aliases", "weak")):
        if column in have:
            each = (
                pl.col(column)
                .str.split(";")
                .list.eval(_name(pl.element().str.strip_chars(), quality).filter(pl.element().str.strip_chars() != ""))
            )
            lists.append(pl.when(pl.col(column) != "").then(each))
    return pl.concat_list(each.fill_null(empty) for each in lists)


def _name(full: pl.Expr, quality: str) -> pl.Expr:
    """Return a name as a struct; 'FAMILY, Given' is split (as `entries.name` does)."""
    parts = full.str.splitn(",", 2)
    head, tail = parts.struct.field("field_0").str.strip_chars(), parts.struct.field("field_1").str.strip_chars()
    split = (head != "") & (tail.fill_null("") != "")
    return pl.struct(
        full.alias("full"),
        pl.when(split).then(head).alias("family"),
        pl.when(split).then(tail).alias("given"),
        pl.lit(quality).alias("quality"),
    )


def _documents(table: pl.DataFrame, paper: pl.Expr, is_paper: pl.Expr, state: Reader) -> pl.Series:
    parts = table.select(
        *(paper.struct.field(str(k)).alias(name) for k, name in ((1, "type"), (2, "number"), (3, "issuer"))),
        is_paper.fill_null(False).alias("is_paper"),
    )
    issuer, _ = _by_value(parts["issuer"].fill_null(""), state, pl.String)
    nothing = pl.lit(None, dtype=pl.String)
    document = pl.struct("type", "number", nothing.alias("number_to"), "issuer", nothing.alias("status"))
    made = parts.with_columns(issuer.alias("issuer")).select(pl.when("is_paper").then(pl.concat_list(document)))
    return made.to_series().alias("documents")
