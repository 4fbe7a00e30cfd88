"""Which records about a person still hold: replaced, reduced, cancelled, left out of a later push.

Reach for `with_end()` and `standing()`. Whether the person went on board is left to `boarding`.
"""

from __future__ import annotations

import polars as pl

from ops_hub.manifests.references import PERSON, by_reference

_NAMING = ("list", "push", "change", "change-flight", "on-board")


def moved(frame: pl.DataFrame, sent: pl.DataFrame) -> pl.DataFrame:
    """Return the frame with the journey of each transaction as the latest change of flight has it.

    Args:
        frame: has `sender`, `transaction`, `order` and the journey's columns.
        sent: TRANSMISSIONS.
    """
    journey = ["carrier", "flight", "from_port", "to_port", "departs_at", "arrives_at", "legs"]
    keys = ["sender", "transaction"]
    after = (
        sent.filter((pl.col("effect") == "change-flight") & pl.col("transaction").is_not_null())
        .sort("order")
        .group_by(keys)
        .agg(pl.col("order").last().alias("_since"), *(pl.col(name).last().alias(f"_{name}") for name in journey))
    )
    joined = frame.join(after, on=keys, how="left", nulls_equal=True, maintain_order="left")
    is_moved = (pl.col("order") < pl.col("_since")).fill_null(False)
    return joined.with_columns(
        pl.when(is_moved).then(pl.col(f"_{name}")).otherwise(pl.col(name)).alias(name) for name in journey
    ).drop("_since", *(f"_{name}" for name in journey))


def with_end(records: pl.DataFrame, sent: pl.DataFrame) -> pl.DataFrame:
    """Return the records with `names` (the record says that the person travels) and `ended`, `ending`.

    `ended` is the order of the transmission after which the record no longer holds, null while it does; `ending` says
    why.

    Args:
        records: rows of `with_persons`, with `family` (pnr or list) and `is_reference` (a close-out's mere reference).
        sent: TRANSMISSIONS on legs, `manifest_id` among them.
    """
    known = records.with_columns(
        (pl.col("effect").is_in(_NAMING) & ~pl.col("is_reference")).alias("names"),
        pl.col("replaced_order").alias("ended"),
        pl.when(pl.col("replaced_order").is_not_null())
        .then(pl.lit("left out of a later list of the same transaction"))
        .alias("ending"),
    )
    is_pnr = pl.col("family") == "pnr"
    push = sent.filter((pl.col("effect") == "push") & pl.col("is_complete"))
    push = push.group_by("manifest_id", "sender").agg(pl.col("order").max().alias("_at"))
    known = _end(known, push, ["manifest_id", "sender"], is_pnr, "left out of a later push of all bookings")
    # a booking is always sent whole; where something of the message was lost, who is missing may be among it
    sound = sent.filter(pl.col("is_complete") & (pl.col("lost") == 0))
    latest = known.filter(is_pnr & pl.col("names") & pl.col("booking_ref").is_not_null())
    latest = latest.join(sound, on=["manifest_id", "transmission_id", "order"], how="semi")
    latest = latest.group_by("manifest_id", "sender", "booking_ref").agg(pl.col("order").max().alias("_at"))
    known = _end(
        known, latest, ["manifest_id", "sender", "booking_ref"], is_pnr, "left out of a later version of the booking"
    )
    empty = sent.select("manifest_id", "order", booking_ref="empty_bookings").explode("booking_ref").drop_nulls()
    empty = empty.group_by("manifest_id", "booking_ref").agg(pl.col("order").max().alias("_at"))
    known = _end(known, empty, ["manifest_id", "booking_ref"], is_pnr, "the booking came empty: cancelled or split off")
    cancels = sent.filter(pl.col("effect") == "cancel")
    named, _, _ = by_reference(known.filter("names"), cancels)
    named = named.group_by(PERSON).agg(pl.col("order").max().alias("_at"))
    known = _end(known, named, [*PERSON], pl.lit(True), "cancelled by the carrier")
    names_nobody = (pl.col("people") == 0) & (pl.col("lost") == 0) & (pl.col("named").list.len() == 0)
    whole = cancels.filter(names_nobody & pl.col("transaction").is_not_null())
    whole = whole.group_by("manifest_id", "sender", "transaction").agg(pl.col("order").max().alias("_at"))
    known = _end(known, whole, ["manifest_id", "sender", "transaction"], pl.lit(True), "the transaction was cancelled")
    return _without_booking(known)


def _end(known: pl.DataFrame, ends: pl.DataFrame, on: list[str], about: pl.Expr, why: str) -> pl.DataFrame:
    joined = known.join(ends, on=on, how="left", nulls_equal=True, maintain_order="left")
    is_ended = (about & pl.col("ended").is_null() & (pl.col("_at") > pl.col("order"))).fill_null(False)
    return joined.with_columns(
        pl.when(is_ended).then(pl.col("_at")).otherwise("ended").alias("ended"),
        pl.when(is_ended).then(pl.lit(why)).otherwise("ending").alias("ending"),
    ).drop("_at")


def _without_booking(known: pl.DataFrame) -> pl.DataFrame:
    """End list records that are older than the push in which the same person's booking is no longer found."""
    booked = known.filter((pl.col("family") == "pnr") & pl.col("names")).group_by(PERSON).agg(
        pl.col("ended").is_not_null().all().alias("_gone"), pl.col("ended").max().alias("_at"), pl.col("ending").last().alias("_why")
    )  # fmt: skip
    gone = booked.filter("_gone").drop("_gone")
    joined = known.join(gone, on=PERSON, how="left", maintain_order="left")
    is_ended = (pl.col("ended").is_null() & (pl.col("_at") > pl.col("order"))).fill_null(False)
    return joined.with_columns(
        pl.when(is_ended).then(pl.col("_at")).otherwise("ended").alias("ended"),
        pl.when(is_ended).then(pl.col("_why")).otherwise("ending").alias("ending"),
    ).drop("_at", "_why")


def standing(records: pl.DataFrame) -> pl.DataFrame:
    """Return one row a person: the record that counts, and `live_order`, `is_listed`, `is_cancelled`, `reason`, `revision`.

    Args:
        records: rows of `with_end`.
    """
    holds = pl.col("names") & pl.col("ended").is_null()
    is_list = pl.col("family") == "list"
    ranked = records.with_columns(holds.alias("_holds"), is_list.alias("_is_list")).sort(
        "names", "_holds", "_is_list", "order", "record_id", descending=[True, True, True, True, False]
    )
    first = ranked.unique(PERSON, keep="first", maintain_order=True)
    told = records.group_by(PERSON).agg(
        pl.col("order").filter(holds).max().alias("live_order"),
        pl.col("order").filter(pl.col("effect") == "cancel").max().alias("_cancel"),
        (holds & is_list).any().alias("is_listed"),
        pl.col("order").filter(pl.col("names") & is_list).min().alias("first_listed"),
        pl.max_horizontal(pl.col("order").filter(pl.col("effect") == "cancel").max(), pl.col("ended").max()).alias(
            "cancel_order"
        ),
        (pl.col("names") & is_list).any().alias("was_listed"),
        # the last list record ended, and the person may stand in a booking all the same
        pl.when(~(holds & is_list).any())
        .then(pl.col("ended").filter(pl.col("names") & is_list).max())
        .alias("unlisted_order"),
        pl.col("ending").filter(pl.col("ended") == pl.col("ended").max()).first().alias("_ending"),
        pl.col("kind").filter(pl.col("names")).unique().sort().alias("announced_by"),
        pl.col("prepared_at").min().alias("first_at"),
        pl.col("screened_ever").any().alias("screened_ever"),
    )
    joined = first.join(told, on=PERSON, how="left", maintain_order="left", suffix="_all")
    is_cancelled = pl.col("live_order").is_null() | (pl.col("_cancel") > pl.col("live_order")).fill_null(False)
    reason = pl.when(pl.col("_cancel").is_not_null() & (pl.col("_cancel") >= pl.col("live_order").fill_null(0)))
    return (
        joined.with_columns(
            is_cancelled.alias("is_cancelled"),
            pl.when(is_cancelled)
            .then(reason.then(pl.lit("cancelled by the carrier")).otherwise("_ending"))
            .alias("reason"),
        )
        .join(_revisions(records, first), on=PERSON, how="left", maintain_order="left")
        .drop("_cancel", "_ending", "_holds", "_is_list")
    )


def _revisions(records: pl.DataFrame, first: pl.DataFrame) -> pl.DataFrame:
    one = first.select(*PERSON, "family", pl.col("order").alias("_order"))
    before = records.filter("names").join(one, on=[*PERSON, "family"]).filter(pl.col("order") < pl.col("_order"))
    return before.group_by(PERSON).agg(pl.col("transmission_id").n_unique().cast(pl.UInt32).alias("revision"))


def before(records: pl.DataFrame, first: pl.DataFrame) -> pl.DataFrame:
    """Return the record of each person just before the one that counts, of the same family."""
    one = first.select(*PERSON, "family", pl.col("order").alias("_order"))
    earlier = records.filter("names").join(one, on=[*PERSON, "family"]).filter(pl.col("order") < pl.col("_order"))
    return earlier.sort("order", "record_id", descending=[True, False]).unique(
        PERSON, keep="first", maintain_order=True
    )
