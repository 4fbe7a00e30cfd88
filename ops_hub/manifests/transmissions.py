"""Messages into transmissions: parts joined, lost ones named, earlier ones of a transaction marked as replaced.

Reach for `transmissions()`. Nothing here depends on the order in which messages are handed in: they are ordered by when
they were prepared.
"""

from __future__ import annotations

import polars as pl

from ops_hub.manifests.duties import Duties
from ops_hub.manifests.frames import TRANSMISSIONS
from ops_hub.manifests.legs import designator
from ops_hub.schemas import MESSAGES, check, conform

_SHARED = ("sender", "access_ref", "message_function", "transaction", "revision")
_WHOLE = ("list", "on-board", "not-on-board")  # effects whose later transmission says all that the earlier one did
_MASTER = r"MCL\s*$"  # in place of a flight number: a list of all crew of a carrier, whatever the code of the message
_ONE_FLIGHT_HOURS = 12  # a corrected time of one flight; most flights of one number are a day apart
_BROKEN = ("truncated",)
_JOURNEY = ("carrier", "flight", "from_port", "to_port", "departs_at", "arrives_at")


def transmissions(messages: pl.DataFrame, duties: Duties) -> pl.DataFrame:
    """Return TRANSMISSIONS of MESSAGES; a message that was delivered twice counts once.

    Parts of one transmission share sender, common access reference, function, transaction, revision, flight and day;
    where a part was sent again, the later one counts. Parts without a common reference are joined by transaction.
    Flight and day belong to it since careless senders use one reference for several flights.
    """
    check(messages, MESSAGES, "transmissions")
    sources = messages.group_by("message_id").agg(pl.col("source").unique().sort().alias("sources"))
    single = messages.sort("message_id", "source", "position").unique("message_id", keep="first", maintain_order=True)
    told = single.join(
        duties.effects_of(single["message_function"]), on="message_function", how="left", nulls_equal=True
    )
    is_master = (pl.col("kind") == "crew") & pl.col("flight").str.to_uppercase().str.contains(_MASTER)
    told = told.with_columns(pl.when(is_master).then(pl.lit("aside")).otherwise("effect").alias("effect"))
    told = told.join(sources, on="message_id").with_columns(_about(duties))
    told = _with_sender(told).with_columns(_transmission_id())
    told = _timed(told).sort(_by_time())
    is_part = pl.col("transmission_id") != pl.col("message_id")
    latest = pl.col("message_id") == pl.col("message_id").last().over("transmission_id", "part")
    joined = _joined(told.filter(~is_part | latest).with_row_index("_at")).sort("_at").with_row_index("order")
    return conform(_replaced(joined).lazy(), TRANSMISSIONS).collect()


def of_tables(travellers: pl.DataFrame, rejects: pl.DataFrame) -> pl.DataFrame:
    """Return MESSAGES for travellers without any: a table counts as one message for each of its journeys.

    What was rejected of a file, and notes about it, count to its journey where it has only one.

    Args:
        travellers: journey columns of TRAVELLERS, `message_id` as `table_id()` makes it.
        rejects: REJECTS of the same files.
    """
    of_source = rejects.group_by("source").agg(
        (pl.col("kind") == "record").sum().cast(pl.Int64).alias("lost"),
        pl.col("reason").filter(pl.col("kind") == "note").unique().sort().alias("faults"),
    )
    whole = travellers.group_by("message_id", "source", "message_type", maintain_order=True).agg(
        pl.col(*_JOURNEY).drop_nulls().first(), pl.len().cast(pl.Int64).alias("people")
    )
    is_only = pl.len().over("source") == 1
    told = whole.join(of_source, on="source", how="left", maintain_order="left").with_columns(
        pl.when(is_only).then("lost").fill_null(0).alias("lost"),
        pl.when(is_only).then("faults").fill_null(pl.lit([], dtype=MESSAGES["faults"].dtype)).alias("faults"),
        *(pl.lit([], dtype=MESSAGES[name].dtype).alias(name) for name in ("legs", "named", "empty_bookings")),
    )
    return conform(told.lazy(), MESSAGES).collect()


def table_id() -> pl.Expr:
    """Return the id of the message that a row of a table counts to: its file and journey."""
    journey = (pl.col(name).cast(pl.String).fill_null("") for name in ("flight", "from_port", "to_port", "departs_at"))
    return pl.concat_str(pl.lit("table"), "source", *journey, separator="|")


def _timed(told: pl.DataFrame) -> pl.DataFrame:
    """Return the messages with `_time`: when they were prepared, a revision never before the ones below it."""
    key = ["sender", "transaction", "_flight", "_day", "revision"]
    told = told.with_columns(pl.col("prepared_at").fill_null(pl.datetime(1, 1, 1)).alias("_time"))
    of_revision = told.drop_nulls(["transaction", "revision"]).group_by(key).agg(pl.col("_time").max().alias("_below"))
    below = of_revision.sort(key, nulls_last=True).with_columns(
        pl.col("_below").cum_max().shift(1).over(key[:-1]),
        pl.int_range(pl.len()).over(key[:-1]).alias("_rank"),
    )
    joined = told.join(below, on=key, how="left", nulls_equal=True, maintain_order="left")
    after = pl.col("_below") + pl.duration(microseconds="_rank")
    is_clamped = (pl.col("_time") <= pl.col("_below")).fill_null(False)
    return joined.with_columns(pl.when(is_clamped).then(after).otherwise("_time").alias("_time")).drop(
        "_below", "_rank"
    )


def _by_time() -> list[pl.Expr]:
    """Order of messages: prepared earlier, then by the sender's own numbering, then by content."""
    return [
        pl.col("_time"),
        pl.col("interchange_ref").fill_null("").str.zfill(35),
        pl.col("place").fill_null(0),
        pl.col("message_id"),
    ]


def _transmission_id() -> pl.Expr:
    several = (pl.col("part") > 1) | (pl.col("part_flag") == "C")
    reference = pl.coalesce("access_ref", "transaction")
    parts = [
        reference if name == "access_ref" else pl.col(name).cast(pl.String) for name in (*_SHARED, "_flight", "_day")
    ]
    shared = pl.concat_str(pl.lit("parts"), *(part.fill_null("") for part in parts), separator="|")
    return pl.when(several.fill_null(False)).then(shared).otherwise("message_id").alias("transmission_id")


def _about(duties: Duties) -> list[pl.Expr]:
    """Return the flight in one form and its day, as `_flight` and `_day`."""
    flight = designator(pl.col("flight"), pl.col("carrier"), duties)
    return [flight.alias("_flight"), pl.coalesce("departs_at", "arrives_at").dt.date().alias("_day")]


def _with_sender(told: pl.DataFrame) -> pl.DataFrame:
    """Give parts without a sender, of an interchange that was cut into files, the only one known of their transmission."""
    key = ["access_ref", "message_function", "_flight", "_day"]
    known = told.drop_nulls(["sender", "access_ref"]).group_by(key).agg(pl.col("sender").unique())
    only = known.filter(pl.col("sender").list.len() == 1).with_columns(pl.col("sender").list.first().alias("_sender"))
    joined = told.join(only.drop("sender"), on=key, how="left", nulls_equal=True, maintain_order="left")
    return joined.with_columns(pl.coalesce("sender", "_sender").alias("sender")).drop("_sender")


def _joined(kept: pl.DataFrame) -> pl.DataFrame:
    """Return one row for each transmission; what its messages say differently is taken from the latest."""
    is_part = pl.col("transmission_id") != pl.col("message_id")
    whole = kept.group_by("transmission_id", maintain_order=True).agg(
        *(pl.col(name).drop_nulls().last() for name in (*_SHARED, "kind", "effect", *_JOURNEY, "_flight")),
        pl.col("passengers_total", "crew_total").drop_nulls().last(),
        pl.col("legs").last(),
        pl.col("prepared_at").min().alias("first_at"),
        pl.col("prepared_at").max().alias("last_at"),
        pl.col("_at").max(),
        pl.col("part").filter(is_part).drop_nulls().sort().alias("parts"),
        pl.col("part").filter(pl.col("part_flag") == "F").max().alias("_ended"),
        pl.col("people", "lost").sum(),
        pl.col("message_id").sort().alias("message_ids"),
        *(_all(name).sort() for name in ("faults", "empty_bookings")),
        _all("named"),
        _all("sources").unique().sort(),
    )
    until = pl.coalesce("_ended", pl.col("parts").list.max()).fill_null(0)
    is_part = pl.col("parts").list.len() > 0
    lost = pl.when(is_part).then(pl.int_ranges(1, until + 1).list.set_difference("parts").list.sort())
    whole = whole.with_columns(pl.coalesce(lost, pl.lit([], dtype=pl.List(pl.Int64))).alias("lost_parts"))
    return whole.with_columns(
        (
            (pl.col("lost_parts").list.len() == 0)
            & (~is_part | pl.col("_ended").is_not_null())
            & (pl.col("faults").list.set_intersection(pl.lit(list(_BROKEN))).list.len() == 0)
        ).alias("is_complete")
    )


def _all(name: str) -> pl.Expr:
    return pl.col(name).list.explode(keep_nulls=False, empty_as_null=False)


def _replaced(joined: pl.DataFrame) -> pl.DataFrame:
    """Mark each transmission that a later complete one of the same transaction replaces, by that one's order.

    Both are about one flight, of about the same time: a reference that is used again on another day replaces nothing. A
    higher revision is later, whatever the clock says. Without a higher one, lists of one person each are an
    interactive carrier's, whose flight shares one reference: they replace a person, not each other.
    """
    group = ["sender", "transaction", "kind", "effect", "_flight"]
    ranked = joined.filter(pl.col("transaction").is_not_null() & pl.col("effect").is_in(_WHOLE)).select(
        "transmission_id", *group, "order", "is_complete", "people", pl.col("revision").fill_null(0),
        pl.coalesce("departs_at", "arrives_at").alias("at"),
    )  # fmt: skip
    pairs = ranked.join(ranked.filter("is_complete"), on=group, how="inner", nulls_equal=True, suffix="_later")
    same = pl.col("revision_later") == pl.col("revision")
    several = (pl.col("people_later") > 1) | (pl.col("people") == 0)
    near = (pl.col("at") - pl.col("at_later")).abs() < pl.duration(hours=_ONE_FLIGHT_HOURS)
    pairs = pairs.filter(near.fill_null(True))
    is_later = (pl.col("revision_later") > pl.col("revision")) | (
        same & (pl.col("order_later") > pl.col("order")) & several
    )
    latest = pairs.filter(is_later).group_by("transmission_id").agg(pl.col("order_later").max().alias("replaced_order"))
    return joined.join(latest, on="transmission_id", how="left", maintain_order="left")
