"""A column's text, as feeds write it, into days, moments, states and sexes: expressions.

Reach for it from `columns`. What is no value of its kind becomes null; what is said about that is left to the caller.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime

import polars as pl

from ops_hub.reference import country, country_codes

_MOMENT_FORMS = ("%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y%m%d%H%M")


def by_value(text: pl.Expr, convert: Callable[[pl.Expr], pl.Expr], wanted: pl.DataType) -> pl.Expr:
    """Convert each distinct value once: days, states and sexes come again and again in a feed."""

    def converted(column: pl.Series) -> pl.Series:
        found = column.unique().drop_nulls()
        values = found.to_frame("value").select(convert(pl.col("value")))["value"]
        return column.replace_strict(found, values, default=None, return_dtype=wanted)

    return text.map_batches(converted, return_dtype=wanted)


def objects(text: str, wanted: pl.List) -> list[dict[str, object]] | None:
    """Return a JSON list of objects with the fields known; None where the text is none (it stays in `extra`)."""
    try:
        found = json.loads(text)
    except ValueError:
        return None
    if not isinstance(found, list) or not all(isinstance(item, dict) for item in found):
        return None
    fields = {field.name: field.dtype for field in wanted.inner.fields}  # type: ignore[union-attr]
    return [{name: _value(item.get(name), dtype) for name, dtype in fields.items()} for item in found]


def _value(value: object, dtype: object) -> object:
    if value is None or (dtype == pl.Boolean and not isinstance(value, bool)):
        return None
    if dtype == pl.String or dtype == pl.Boolean:
        return value if isinstance(value, bool) and dtype == pl.Boolean else str(value)
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return moment.date() if dtype == pl.Date else moment.replace(tzinfo=None)


def filled(text: pl.Expr) -> pl.Expr:
    """Return the text without blanks at its ends, null where nothing is left."""
    text = text.str.strip_chars()
    return pl.when(text != "").then(text)


def sex(text: pl.Expr) -> pl.Expr:
    """Return M, F or X by the first letter; null for anything else."""
    known = ["M", "F", "X"]
    first = filled(text).str.to_uppercase().str.slice(0, 1)
    return first.replace_strict(known, known, default=None, return_dtype=pl.String)


def state(text: pl.Expr) -> pl.Expr:
    """Return alpha-3 for codes and names; what is not known stays as sent."""
    text = filled(text)
    named = pl.when(text.str.len_chars() > 3).then(text).map_elements(country, return_dtype=pl.String)
    return pl.coalesce(country_codes(text), named, text)


def birth(text: pl.Expr, form: str | None) -> pl.Expr:
    """Return an ISO date as precise as sent; null where it is no date."""
    text = filled(text)
    day = day_of(text, form)
    month = pl.when(text.str.contains(r"^\d{4}-(0[1-9]|1[0-2])$")).then(text)
    year = pl.when(text.str.contains(r"^(1[89]|20)\d{2}$")).then(text)
    return pl.coalesce(day.dt.to_string("%Y-%m-%d"), month, year)


def day_of(text: pl.Expr, form: str | None) -> pl.Expr:
    """Return the day; null where it is no date."""
    tried = (form,) if form else ("%Y-%m-%d", "%Y%m%d")
    return pl.coalesce(*(text.str.to_date(each, strict=False) for each in tried))


def moment(text: pl.Expr, form: str | None) -> pl.Expr:
    """Return the moment, midnight where only a day is sent; null where it is none."""
    text = filled(text).str.strip_suffix("Z")
    if form:
        return text.str.to_datetime(form, strict=False, time_unit="us")
    day = text.str.to_date("%Y-%m-%d", strict=False).cast(pl.Datetime("us"))
    return pl.coalesce(*(text.str.to_datetime(each, strict=False, time_unit="us") for each in _MOMENT_FORMS), day)
