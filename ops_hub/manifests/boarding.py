"""Who went on board, from close-outs: by name, by reference, or by not being among those left behind.

Reach for `boarded()`. A close-out of which a part is lost proves who is on board, never who is not.
"""

from __future__ import annotations

import polars as pl

from ops_hub.manifests.references import PERSON, by_reference

_CLOSING = ("on-board", "not-on-board", "closed")


def closings(sent: pl.DataFrame) -> pl.DataFrame:
    """Return what closes each manifest's passengers and crew: (manifest_id, is_crew, close_order, has_*, all_parts, closed_at).

    Args:
        sent: TRANSMISSIONS on legs.
    """
    closing = sent.filter(pl.col("effect").is_in(_CLOSING) & pl.col("replaced_order").is_null())
    return closing.group_by("manifest_id", is_crew=pl.col("kind") == "crew").agg(
        pl.col("order").max().alias("close_order"),
        (pl.col("effect") == "on-board").any().alias("has_on"),
        (pl.col("effect") == "not-on-board").any().alias("has_off"),
        pl.col("is_complete").all().alias("all_parts"),
        pl.col("last_at").max().alias("closed_at"),
    )


def boarded(people: pl.DataFrame, records: pl.DataFrame, sent: pl.DataFrame) -> pl.DataFrame:
    """Return the people with `on_board` and `state`, and rows for those named on board whom nothing announced.

    Args:
        people: rows of `standing`.
        records: rows of `with_end`, of which close-outs name people.
        sent: TRANSMISSIONS on legs.
    """
    closing = sent.filter(pl.col("effect").is_in(_CLOSING) & pl.col("replaced_order").is_null())
    matched, rest, unsure = by_reference(records.filter("names"), closing)
    unknown = _unknown(rest.filter(pl.col("effect") == "on-board"))
    named = pl.concat(
        [
            records.filter(pl.col("effect").is_in(_CLOSING[:2]) & pl.col("replaced_order").is_null()).select(*PERSON, "effect", "order"),
            matched,
        ]
    )  # fmt: skip
    latest = named.sort("order").group_by(PERSON).agg(pl.col("effect").last().alias("_named"))
    whole = people.join(latest, on=PERSON, how="left", maintain_order="left")
    whole = whole.join(unsure, on=["manifest_id", "booking_ref"], how="left", maintain_order="left")
    whole = whole.join(closings(sent), on=["manifest_id", "is_crew"], how="left", maintain_order="left")
    whole = whole.with_columns(_on_board().alias("on_board"))
    whole = whole.with_columns(_state(), _reason())
    return pl.concat([whole, unknown], how="diagonal")


def _on_board() -> pl.Expr:
    was_known = (pl.col("live_order") <= pl.col("close_order")).fill_null(False)
    return (
        pl.when(pl.col("_named") == "on-board").then(True)
        .when(pl.col("_named") == "not-on-board").then(False)
        .when(~was_known).then(None)
        .when(pl.col("has_on") & pl.col("all_parts") & pl.col("_unsure").is_null()).then(False)
        .when(pl.col("has_on")).then(None)
        .when(pl.col("has_off") & pl.col("all_parts")).then(~pl.col("is_cancelled"))
        .when(pl.col("has_off")).then(None)
        .otherwise(pl.col("is_listed") & ~pl.col("is_cancelled"))
    )  # fmt: skip


def _state() -> pl.Expr:
    return (
        pl.when(pl.col("on_board") & pl.col("all_parts")).then(pl.lit("closed"))
        .when(pl.col("on_board")).then(pl.lit("boarded"))
        .when(pl.col("is_cancelled")).then(pl.lit("cancelled"))
        .when(~pl.col("on_board") & pl.col("is_listed")).then(pl.lit("offloaded"))
        .when(~pl.col("on_board")).then(pl.lit("no-show"))
        .when(pl.col("is_listed")).then(pl.lit("checked-in"))
        .otherwise(pl.lit("booked"))
        .alias("state")
    )  # fmt: skip


def _reason() -> pl.Expr:
    returned = pl.when(pl.col("on_board") & pl.col("is_cancelled")).then(
        pl.concat_str(pl.col("reason").fill_null("not on any list"), pl.lit("; named on board all the same"))
    )
    unsure = pl.when(pl.col("on_board").is_null() & pl.col("_unsure").is_not_null()).then("_unsure")
    return pl.coalesce(returned, unsure, "reason").alias("reason")


def _unknown(refs: pl.DataFrame) -> pl.DataFrame:
    """Return a row for each reference on board that no list or booking bears."""
    reference = pl.coalesce("passenger_ref", "booking_ref")
    return (
        refs.with_columns(pl.concat_str(pl.lit("ref:"), reference).alias("person_id"))
        .unique(PERSON, keep="first", maintain_order=True)
        .select(
            *PERSON,
            "passenger_ref",
            "booking_ref",
            "first_at",
            pl.lit("passenger").alias("role"),
            pl.lit(False).alias("is_crew"),
            pl.lit("boarded").alias("state"),
            pl.lit(True).alias("on_board"),
            pl.lit("named on board by reference; on no list and in no booking").alias("reason"),
            pl.lit([], dtype=pl.List(pl.String)).alias("announced_by"),
            pl.col("sources").list.first().alias("source"),
            pl.lit(False).alias("is_screened"),
            pl.lit(True).alias("is_unknown"),
        )
    )
