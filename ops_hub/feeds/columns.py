"""A table with a feed's own columns into TRAVELLERS and REJECTS, by expressions.

Reach for `travellers()` with any frame whose columns have been told apart by `mapping.targets_of`. Reading
files is left to `tabular`. Values that are no date are set to null and noted; a row with neither name nor
document is a rejected record.
"""

from __future__ import annotations

from collections.abc import Mapping as Table
from dataclasses import dataclass

import polars as pl

from ops_hub.feeds.converting import birth, by_value, day_of, filled, moment, objects, sex, state
from ops_hub.feeds.fares import NUMBER, fare_of
from ops_hub.feeds.mapping import Mapping, targets_of
from ops_hub.feeds.parsed import Source, hide_cards, payment_token
from ops_hub.schemas import CONTACT, DOCUMENT, LEG, PAYMENT, REJECTS, TRAVELLERS, conform, empty

_NESTED = (pl.List(DOCUMENT), pl.List(CONTACT), pl.List(PAYMENT), pl.List(LEG))
_LISTS = {"seats", "tickets", "bag_tags"}
_MOMENTS = {"departs_at", "arrives_at", "booked_at"}
_COUNTRIES = {"nationality", "residence"}
_DAYS = {"document_expires", "document_issued"}
_BY_VALUE = {"birth_date", "sex", "document_type", "document_issuer"} | _MOMENTS | _COUNTRIES | _DAYS


@dataclass(frozen=True)
class Slice:
    """Rows of one file: where they come from and the number of the first one, counted from 1."""

    source: Source
    sha256: str
    kind: str  # csv, ndjson, parquet
    first_row: int


def travellers(
    frame: pl.DataFrame, rows: pl.Series | None, part: Slice, mapping: Mapping | None
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the TRAVELLERS and the REJECTS of a slice.

    Args:
        frame: the feed's own columns.
        rows: line or row number of each row; None counts on from `part.first_row`.
        part: file and kind.
        mapping: the centre's mapping, if any.
    """
    targets = targets_of(frame.columns, mapping)
    numbers = rows if rows is not None else pl.int_range(part.first_row, part.first_row + frame.height, eager=True)
    frame = frame.with_columns(numbers.cast(pl.Int64).alias("__row"))
    fixed = mapping.constants if mapping is not None else {}
    forms = mapping.formats if mapping is not None else {}
    made = {
        name: _expression(name, targets[name], frame.schema[targets[name]], forms)
        for name in TRAVELLERS
        if name in targets
    }
    made |= {name: pl.lit(value) for name, value in fixed.items() if name in TRAVELLERS and name not in made}
    trimmed = _trimmed(frame, targets)
    made |= _composed(trimmed, targets, part, forms)
    nested = {
        column for target, column in targets.items() if TRAVELLERS.get(target) and TRAVELLERS[target].dtype in _NESTED
    }
    texts = {
        column for column in nested if not frame.schema[column].is_nested()
    }  # kept in `extra` too: they may be no JSON
    if "fare_currency" in targets:
        texts.add(targets["fare_currency"])  # perhaps it is the currency of something else
    spare = [name for name in frame.columns if (name not in targets.values() or name in texts) and name != "__row"]
    said, bad_fares = _with_fare(frame, spare, targets, fixed, part)
    made["extra"] = _extra(frame, said)
    given = made.pop("record_id", pl.lit(None, dtype=pl.String))
    out = trimmed.lazy().select(
        *(expression.alias(name) for name, expression in made.items()),
        given.alias("record_id"),
        pl.lit(part.source.name).alias("source"),
        pl.lit(part.kind).alias("message_type"),
        pl.col("__row").alias("position"),
    )
    whole = _numbered(conform(out, TRAVELLERS).collect(), part)
    notes = pl.concat([_bad_dates(frame, whole, targets, part), bad_fares])
    return _without_name(whole, frame, part, notes)


def _trimmed(frame: pl.DataFrame, targets: dict[str, str]) -> pl.DataFrame:
    """Return the frame with plain texts without blanks at their ends, null where nothing is left.

    Once for a column here, not in each expression that uses it; what is converted value by value does so itself.
    """
    others = _BY_VALUE | {name for name, column in TRAVELLERS.items() if column.dtype in _NESTED}
    plain = [column for target, column in targets.items() if target not in others and frame.schema[column] == pl.String]
    plain = list(dict.fromkeys(plain))
    frame = frame.with_columns(pl.col(plain).str.strip_chars())
    is_empty = frame.select((pl.col(plain) == "").any()).row(0, named=True) if plain else {}
    emptied = [column for column in plain if is_empty[column]]
    return frame.with_columns(pl.when(pl.col(column) != "").then(pl.col(column)) for column in emptied)


def _numbered(made: pl.DataFrame, part: Slice) -> pl.DataFrame:
    """Give an id to every row without one: the file's hash and the row's number."""
    if made["record_id"].null_count() == 0:
        return made
    own = pl.concat_str(pl.lit(part.sha256[:16] + "-"), pl.col("position").cast(pl.String))
    return made.with_columns(pl.coalesce("record_id", own).alias("record_id"))


def _expression(name: str, column: str, dtype: pl.DataType, forms: Table[str, str]) -> pl.Expr:
    value = pl.col(column)
    wanted = TRAVELLERS[name].dtype
    if dtype == wanted and name not in ("birth_date", "sex", *_COUNTRIES):
        return value
    if wanted in _NESTED:
        if dtype.is_nested():
            return value.cast(wanted, strict=False)
        return value.cast(pl.String).map_elements(lambda text: objects(text, wanted), return_dtype=wanted)
    if dtype.is_temporal() and name == "birth_date":
        return value.dt.to_string("%Y-%m-%d")
    if dtype.is_temporal() and name in _MOMENTS:
        return value.cast(pl.Datetime("us"))
    if name == "birth_date":
        return by_value(value.cast(pl.String), lambda text: birth(text, forms.get(name)), wanted)
    if name in _MOMENTS:
        return by_value(value.cast(pl.String), lambda text: moment(text, forms.get(name)), wanted)
    if name in _LISTS:
        return value.cast(wanted, strict=False) if dtype.is_nested() else filled(value.cast(pl.String)).str.split(";")
    if name == "sex":
        return by_value(value.cast(pl.String), sex, wanted)
    if name in _COUNTRIES:
        return by_value(value.cast(pl.String), state, wanted)
    return filled(value.cast(pl.String)).cast(wanted, strict=False)


def _composed(frame: pl.DataFrame, targets: dict[str, str], part: Slice, forms: Table[str, str]) -> dict[str, pl.Expr]:
    """Return documents, contacts and payments made from flat columns."""
    made: dict[str, pl.Expr] = {}

    def sent(name: str) -> pl.Expr:
        return pl.col(targets[name]).cast(pl.String) if name in targets else pl.lit(None, dtype=pl.String)

    def text(name: str) -> pl.Expr:
        is_trimmed = name in targets and frame.schema[targets[name]] == pl.String
        return sent(name) if is_trimmed else filled(sent(name))

    def day(name: str) -> pl.Expr:
        if name not in targets:
            return pl.lit(None, dtype=pl.Date)
        if frame.schema[targets[name]].is_temporal():
            return pl.col(targets[name]).cast(pl.Date)
        return by_value(sent(name), lambda each: day_of(filled(each), forms.get(name)), pl.Date())

    if "document_number" in targets and "documents" not in targets:
        number = text("document_number")
        if frame.select(number.str.contains(r"\s").any()).item():
            number = number.str.replace_all(r"\s+", "")
        kind = by_value(sent("document_type"), lambda each: filled(each).str.to_uppercase(), pl.String())
        document = pl.struct(
            pl.coalesce(kind, pl.lit("P")).alias("type"),
            number.alias("number"),
            by_value(sent("document_issuer"), state, pl.String()).alias("issuer"),
            day("document_expires").alias("expires"),
            day("document_issued").alias("issued"),
            pl.lit(None, dtype=pl.Boolean).alias("verified"),
        )
        none = pl.lit([], dtype=pl.List(DOCUMENT))
        is_everywhere = frame.select(number.is_not_null().all()).item()
        one = pl.concat_list(document)
        made["documents"] = one if is_everywhere else pl.when(number.is_not_null()).then(one).otherwise(none)
    kinds = [kind for kind in ("phone", "email", "address") if kind in targets]
    if kinds and "contacts" not in targets:
        each = [
            pl.when(text(kind).is_not_null())
            .then(pl.concat_list(pl.struct(pl.lit(kind).alias("kind"), text(kind).alias("value"))))
            .otherwise(pl.lit([], dtype=pl.List(CONTACT)))
            for kind in kinds
        ]
        made["contacts"] = pl.concat_list(*each)
    if {"card_number", "payment_kind"} & targets.keys() and "payments" not in targets:
        token = text("card_number").map_elements(
            lambda number: payment_token(number, part.source.hash_key), return_dtype=pl.String
        )
        kind = pl.coalesce(text("payment_kind"), pl.when(token.is_not_null()).then(pl.lit("CC")))
        made["payments"] = (
            pl.when(kind.is_not_null())
            .then(pl.concat_list(pl.struct(kind.alias("kind"), token.alias("token"))))
            .otherwise(pl.lit([], dtype=pl.List(PAYMENT)))
        )
    return made


def _with_fare(
    frame: pl.DataFrame, spare: list[str], targets: dict[str, str], fixed: Table[str, str], part: Slice
) -> tuple[list[pl.Expr], pl.DataFrame]:
    """Return what `extra` holds, the fare in one form where it can be read, else as sent; and notes of damaged fares."""
    if "fare" not in targets or frame.schema[targets["fare"]].is_nested():
        kept = [*spare, targets["fare"]] if "fare" in targets else spare
        return [pl.col(name) for name in kept], empty(REJECTS)
    sent = filled(pl.col(targets["fare"]).cast(pl.String))
    currency = pl.col(targets["fare_currency"]).cast(pl.String) if "fare_currency" in targets else pl.lit(fixed.get("fare_currency"), pl.String)  # fmt: skip
    read = fare_of(sent, currency)
    others = [pl.col(name).alias(_free("fare_sent", spare) if name == "fare" else name) for name in spare]
    bad = frame.select(pl.col("__row").alias("position"), sent.alias("value"), read.alias("read")).filter(
        pl.col("read").is_null() & ~pl.col("value").str.contains(f"^(?:{NUMBER})$")  # an amount alone may be anything
    )
    bad = bad.with_columns(pl.col("value").map_elements(hide_cards, return_dtype=pl.String))  # columns may be shifted
    detail = pl.concat_str(pl.lit("fare "), pl.col("value").str.slice(0, 40), pl.lit(" is no amount with a currency; left as sent"))  # fmt: skip
    return [*others, pl.coalesce(read, sent).alias("fare")], _rejects(bad, "note", "bad-amount", detail, part)


def _free(name: str, taken: list[str]) -> str:
    while name in taken:
        name += "_"
    return name


def _extra(frame: pl.DataFrame, spare: list[pl.Expr]) -> pl.Expr:
    """Return what the schema cannot hold as JSON; null where there is nothing."""
    if not spare:
        return pl.lit(None, dtype=pl.String)
    something = pl.any_horizontal(each.is_not_null() for each in spare)
    said = pl.struct(spare).struct.json_encode()
    cards = said.str.contains(r"\d(?:[ -]?\d){11,}")
    hidden = pl.when(cards).then(said).map_elements(hide_cards, return_dtype=pl.String)
    return pl.when(something).then(pl.when(cards).then(hidden).otherwise(said))


def _bad_dates(frame: pl.DataFrame, made: pl.DataFrame, targets: dict[str, str], part: Slice) -> pl.DataFrame:
    """Return notes for dates that were sent and are none."""
    notes = [empty(REJECTS)]
    for name in ("birth_date", *sorted(_MOMENTS)):
        if name not in targets or frame.schema[targets[name]] != pl.String:
            continue
        sent = frame.filter(made[name].is_null()).select(
            pl.col("__row").alias("position"), pl.col(targets[name]).str.strip_chars().alias("value")
        )
        bad = sent.filter(pl.col("value") != "")
        if bad.height:
            detail = pl.concat_str(
                pl.lit(f"{name} "), pl.col("value").str.slice(0, 40), pl.lit(" is not a date; left open")
            )
            notes.append(_rejects(bad, "note", "bad-date", detail, part))
    return pl.concat(notes)


def _without_name(
    made: pl.DataFrame, frame: pl.DataFrame, part: Slice, notes: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame]:
    named = pl.any_horizontal(pl.col(name).is_not_null() for name in ("family_name", "given_names", "full_name"))
    kept = made.select(keep=named | (pl.col("documents").list.len() > 0).fill_null(False))["keep"]
    if kept.all():
        return made, notes
    lost = frame.filter(~kept)
    shown = lost.select(
        pl.col("__row").alias("position"), pl.struct(pl.exclude("__row")).struct.json_encode().alias("value")
    )
    lost_rows = _rejects(
        shown,
        "record",
        "no-name",
        pl.lit("a row with neither name nor document cannot be screened; ask the carrier for them"),
        part,
    )
    return made.filter(kept), pl.concat([notes.filter(~pl.col("position").is_in(lost["__row"].implode())), lost_rows])


def _rejects(frame: pl.DataFrame, kind: str, reason: str, detail: pl.Expr, part: Slice) -> pl.DataFrame:
    return frame.select(
        pl.lit(part.source.name).alias("source"),
        pl.lit(None, dtype=pl.String).alias("message_ref"),
        pl.col("position").cast(pl.Int64),
        pl.lit(kind).alias("kind"),
        pl.lit(reason).alias("reason"),
        detail.alias("detail"),
        pl.col("value").str.slice(0, 4000).alias("raw"),
    )
