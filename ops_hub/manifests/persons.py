"""Which records of one leg are the same traveller, and what a later record changed.

Reach for `with_persons()` and `changes()`. This tells re-sent records of one list apart from further people; whether
two people of different journeys are one is left to matching and graph.
"""

from __future__ import annotations

import polars as pl

_TITLE = r"\s*(MR|MRS|MSTR|MISS|MS|CHD|INF|DR)$"
_PLACE = ("manifest_id", "is_crew")
COMPARED = (
    "role", "family_name", "given_names", "birth_date", "sex", "nationality", "document", "embark_port", "debark_port",
    "booking_ref", "passenger_ref", "seat",
)  # fmt: skip


def with_persons(records: pl.DataFrame) -> pl.DataFrame:
    """Return the records with `person_id`, the record_id of the first record about the same person on the same leg.

    Records meet by the carrier's passenger reference, a document with birth date or name, booking (or the one that it was
    split from) and name, name and birth date, or by the name where nothing else was sent. A value that two records of one message share tells nobody apart and is not used (an infant on its
    mother's passport, a reference that each booking numbers anew); two records of one message are never one person.

    Args:
        records: one row for a record on a leg: columns of TRAVELLERS, `manifest_id`, `message_id`, `kind`, `order`,
            `is_crew`.
    """
    known = records.sort("order", "message_id", "position", "record_id", *_PLACE).with_row_index("_row")
    known = known.with_columns(
        pl.struct(_PLACE).rank("dense").alias("_place"), pl.col("message_id").rank("dense").alias("_message")
    )
    edges: list[pl.DataFrame] = []
    for key in _keys():
        before = sum(each.height for each in edges)  # no more meetings than rows: their numbers stay apart
        edges.append(_edges(known, key).with_columns((pl.col("_meeting") + before).alias("_meeting")))
    whole = _components(known.select("_row", "_message"), pl.concat(edges))
    person = ["_group", "_twin"]
    return (
        known.join(whole, on="_row", how="left", maintain_order="left")
        .with_columns(pl.col("record_id").first().over(person).alias("person_id"))
        .drop("_row", "_place", "_message", *person)
    )


def changes(latest: pl.DataFrame, earlier: pl.DataFrame) -> pl.DataFrame:
    """Return (manifest_id, person_id, changed): what the latest record says otherwise than the one before it.

    Args:
        latest: one record a person.
        earlier: at most one record a person, of the same kind.
    """
    keys = ["manifest_id", "person_id"]
    one, other = (frame.select(*keys, *_said()) for frame in (latest, earlier))
    both = one.join(other, on=keys, suffix="_before")
    said = [
        pl.when(pl.col(name).ne_missing(pl.col(f"{name}_before"))).then(
            pl.concat_str(
                pl.lit(f"{name}: "),
                pl.col(f"{name}_before").fill_null("-"),
                pl.lit(" > "),
                pl.col(name).fill_null("-"),
            )
        )
        for name in COMPARED
    ]
    return both.select(*keys, pl.concat_str(*said, separator="; ", ignore_nulls=True).alias("changed"))


def _said() -> list[pl.Expr]:
    document = pl.col("documents").list.first().struct
    return [
        *(pl.col(name) for name in COMPARED if name not in ("document", "seat")),
        pl.concat_str(*(document.field(part).fill_null("") for part in ("type", "number", "issuer")), separator=":").alias("document"),
        pl.col("seats").list.join("/").alias("seat"),
    ]  # fmt: skip


def squeezed(name: pl.Expr) -> pl.Expr:
    """Return a name as capitals without accents, blanks and signs; null where nothing is left."""
    plain = name.str.normalize("NFKD").str.to_uppercase().str.replace_all(r"[^\p{L}\p{N}]", "")
    return plain.replace("", None)


def _keys() -> list[pl.Expr]:
    family = squeezed(pl.coalesce("family_name", "full_name"))
    given = pl.col("given_names").str.to_uppercase().str.replace(_TITLE, "")
    first = squeezed(given.str.extract(r"^\s*(\S+)", 1)).fill_null("")
    document = pl.col("documents").list.first().struct
    paper = pl.concat_str(
        document.field("number").str.replace_all(r"\W", ""), document.field("issuer").fill_null(""), separator="|"
    )
    api_ref = pl.when(pl.col("kind") != "pnr").then(pl.col("passenger_ref"))
    nothing_else = pl.all_horizontal(pl.col("birth_date", "booking_ref", "passenger_ref").is_null(), paper.is_null())
    return [
        pl.col("record_id"),  # the same message sent again
        pl.when(nothing_else).then(pl.concat_str(family, squeezed(given), separator="|")),
        api_ref,
        pl.concat_str("booking_ref", "passenger_ref", separator="|"),
        pl.concat_str(paper, "birth_date", separator="|"),
        pl.concat_str(paper, family, first, separator="|"),
        pl.concat_str("booking_ref", family, first, separator="|"),
        *(pl.concat_str(pl.coalesce(_other_locator(k), "booking_ref"), family, first, separator="|") for k in (1, 2)),
        pl.concat_str(family, squeezed(given).fill_null(""), "birth_date", separator="|"),
    ]  # fmt: skip


def _other_locator(place: int) -> pl.Expr:
    """Return another locator that a booking bears: that of the booking which it was split from, among others."""
    return pl.col("extra").str.extract(r'"other_locators": *\["([^"]+)"(?:, *"([^"]+)")?', place)


def _edges(known: pl.DataFrame, key: pl.Expr) -> pl.DataFrame:
    """Return (row, meeting) for the values of one key that tell the people of each message apart.

    A meeting is the number of a value that the key has in one place.
    """
    keyed = known.select("_row", "_place", "_message", key.alias("_key")).drop_nulls("_key")
    keyed = keyed.filter(~pl.col("_key").str.ends_with("|"))
    counted = keyed.group_by("_place", "_key", "_message").len()
    useful = (
        counted.group_by("_place", "_key")
        .agg(pl.col("len").max().alias("_most"), pl.len().alias("_messages"))
        .filter((pl.col("_most") == 1) & (pl.col("_messages") > 1))
        .select("_place", "_key")
        .with_row_index("_meeting")
    )
    return keyed.join(useful, on=["_place", "_key"]).select("_row", "_meeting")


def _components(known: pl.DataFrame, edges: pl.DataFrame) -> pl.DataFrame:
    """Return (row, group, twin): rows that meet directly or by way of others; twins of one message kept apart."""
    labels = known.select("_row", pl.col("_row").alias("_group"))
    while edges.height:
        met = edges.join(labels, on="_row")
        least = met.group_by("_meeting").agg(pl.col("_group").min().alias("_least"))
        nearest = edges.join(least, on="_meeting").group_by("_row").agg(pl.col("_least").min())
        after = labels.join(nearest, on="_row", how="left", maintain_order="left").select(
            "_row", pl.coalesce("_least", "_group").alias("_group")
        )
        if after.equals(labels):
            break
        labels = after
    whole = known.join(labels, on="_row", maintain_order="left")
    twin = pl.int_range(pl.len(), dtype=pl.UInt32).over("_group", "_message")
    return whole.select("_row", "_group", twin.alias("_twin"))
