"""The completeness statement: for each manifest what was expected, received, screened, boarded, and when.

Reach for `summary()`.
"""

from __future__ import annotations

import polars as pl

from ops_hub.manifests.boarding import closings
from ops_hub.manifests.clocks import sent_at, with_duties
from ops_hub.manifests.directions import directions
from ops_hub.manifests.duties import Duties
from ops_hub.manifests.frames import MANIFESTS
from ops_hub.manifests.quality import in_words, quality
from ops_hub.schemas import conform
from ops_hub.states import States

_LISTS = ("list", "change", "on-board", "change-flight")


def summary(
    people: pl.DataFrame,
    sent: pl.DataFrame,
    journeys: pl.DataFrame,
    elsewhere: pl.DataFrame,
    known: tuple[Duties, States],
    *,
    is_run_given: bool,
) -> pl.DataFrame:
    """Return MANIFESTS with the columns of the quality's parts.

    Args:
        people: rows of `boarding.boarded` with `is_screened` and `screened_ever`.
        sent: TRANSMISSIONS on legs.
        journeys: (manifest_id, order, is_reported and the journey's columns) of everything about each leg.
        elsewhere: (manifest_id, is_crew, elsewhere): how many the same messages name who are on other legs only; they
            are in the control total.
        known: what carriers owe, and the home states.
        is_run_given: whether what was screened is known.
    """  # fmt: skip
    duties, states = known
    whole = with_duties(_legs(journeys), duties, states)
    active = sent.filter(pl.col("replaced_order").is_null())
    counted = _counts(people, is_run_given=is_run_given)
    for told in (counted, _sent(active), _expected(people, active, elsewhere), _times(sent, active, whole, states)):
        whole = whole.join(told, on="manifest_id", how="left", maintain_order="left")
    listed = people.filter(pl.col("is_listed") & (pl.col("state") != "cancelled"))
    whole = whole.join(
        quality(listed, active, _agrees(whole, active), duties), on="manifest_id", how="left", maintain_order="left"
    )
    whole = whole.with_columns(
        _status(),
        in_words(),
        _late("list_at", "due_at").alias("late_minutes"),
        _late("crew_at", "crew_due_at").alias("crew_late_minutes"),
        directions(whole.with_columns(embark_port="from_port", debark_port="to_port"), states),
        _mode(),
        pl.col("rejected").fill_null(0),
        pl.col("is_reported").fill_null(False),
    )
    sums = [
        "passengers",
        "transit",
        "crew",
        "booked_only",
        "cancelled",
        "replaced",
        "boarded",
        "no_show",
        "offloaded",
        "never_announced",
        "transmissions",
        "boarded_passengers",
        "unsure",
    ]
    whole = whole.with_columns(pl.col(sums).fill_null(0))
    parts = [name for name in whole.columns if name.endswith("_part")]
    beside = ["arrived_passengers", "arrived_crew", "boarded_passengers", "unsure", "form_total_differs"]
    kept = whole.select("manifest_id", "close_due_at", *beside, *parts)
    told = conform(whole.lazy(), MANIFESTS).collect()
    return told.join(kept, on="manifest_id", maintain_order="left").sort("departure_date", "departs_at", "manifest_id")  # fmt: skip


def _mode() -> pl.Expr:
    """Return air or sea: some ports have one code for both, so a vessel that is named decides."""
    is_airport = (pl.col("from_port").str.len_chars() == 3) | (pl.col("to_port").str.len_chars() == 3)
    is_air = pl.coalesce(~pl.col("is_vessel"), is_airport)
    return pl.when(is_air).then(pl.lit("air")).otherwise(pl.lit("sea")).alias("mode")


def _legs(journeys: pl.DataFrame) -> pl.DataFrame:
    last = ("carrier", "flight", "departure_date", "from_port", "to_port", "departs_at", "arrives_at", "known_as", "is_vessel")  # fmt: skip
    return (
        journeys.sort("order")
        .group_by("manifest_id", maintain_order=True)
        .agg(*(pl.col(name).drop_nulls().last() for name in last), pl.col("is_reported").any())
    )


def _counts(people: pl.DataFrame, *, is_run_given: bool) -> pl.DataFrame:
    lives = pl.col("state") != "cancelled"
    on_list = lives & pl.col("is_listed").fill_null(False)
    on_board = pl.col("on_board").fill_null(False)
    screened = pl.col("is_screened").fill_null(False)
    told = people.group_by("manifest_id").agg(
        (on_list & (pl.col("role") == "passenger")).sum().alias("passengers"),
        (on_list & (pl.col("role") == "transit")).sum().alias("transit"),
        (lives & pl.col("is_crew")).sum().alias("crew"),
        (lives & ~on_list & pl.col("announced_by").list.contains("pnr")).sum().alias("booked_only"),
        (~lives).sum().alias("cancelled"),
        (pl.col("revision").fill_null(0) > 0).sum().alias("replaced"),
        on_board.sum().alias("boarded"),
        (on_board & ~pl.col("is_crew")).sum().alias("boarded_passengers"),
        (pl.col("_unsure").is_not_null() & pl.col("on_board").is_null() & lives).sum().alias("unsure"),
        (pl.col("state") == "no-show").sum().alias("no_show"),
        (pl.col("state") == "offloaded").sum().alias("offloaded"),
        pl.col("is_unknown").fill_null(False).sum().alias("never_announced"),
        (lives & screened).sum().alias("screened"),
        (lives & ~screened).sum().alias("not_screened"),
        (on_board & ~screened).sum().alias("boarded_not_screened"),
        (pl.col("screened_ever").fill_null(False) & (pl.col("on_board") == False).fill_null(False)).sum().alias("screened_not_boarded"),  # noqa: E712
    )  # fmt: skip
    if is_run_given:
        return told
    unknown = ("screened", "not_screened", "boarded_not_screened", "screened_not_boarded")
    return told.with_columns(pl.lit(None, dtype=pl.UInt32).alias(name) for name in unknown)


def _sent(active: pl.DataFrame) -> pl.DataFrame:
    lost = pl.col("lost_parts").cast(pl.List(pl.String)).list.join(", ")
    ended = (
        pl.when(pl.col("lost_parts").list.len() > 0)
        .then(
            pl.concat_str(
                pl.when(pl.col("lost_parts").list.len() == 1).then(pl.lit("part ")).otherwise(pl.lit("parts ")), lost
            )
        )
        .otherwise(pl.lit("the last part"))
    )
    what = pl.concat_str(pl.coalesce("access_ref", "transaction", pl.lit("a transmission")), pl.lit(": "), ended)
    ended = pl.when(pl.col("faults").list.contains("truncated")).then(pl.lit("the message breaks off")).otherwise(ended)
    is_cut = ~pl.col("is_complete")
    return active.group_by("manifest_id").agg(
        pl.len().alias("transmissions"),
        pl.col("lost").sum().alias("rejected"),
        what.filter(is_cut).sort().alias("lost_parts"),
        ((pl.col("kind") == "table") & pl.col("faults").list.contains("count-differs")).any().alias("form_total_differs"),
        (pl.col("order").filter(pl.col("effect") == "cancel-flight")).max().alias("_cancelled"),
        (pl.col("order").filter(pl.col("effect").is_in([*_LISTS, "push"]))).max().alias("_listed"),
    )  # fmt: skip


def _expected(people: pl.DataFrame, active: pl.DataFrame, elsewhere: pl.DataFrame) -> pl.DataFrame:
    """Return the latest control totals, and how many of those known at that time they compare with."""
    totals = []
    for kind, name, columns in (
        ("api", "passengers", ("passengers_total", "crew_total")),
        ("crew", "crew", ("crew_total", "passengers_total")),
    ):
        # some senders count passengers under the qualifier of crew, and the reverse
        said = active.filter((pl.col("kind") == kind) & (pl.col("effect") == "list")).with_columns(
            pl.coalesce(columns).alias("_total")
        )
        interactive = (pl.col("people").max() <= 1) & (pl.len() > 1) & (pl.col("_total").max() <= 1)
        latest = (
            said.sort("order")
            .group_by("manifest_id")
            .agg(
                pl.when(~interactive).then(pl.col("_total").drop_nulls().last()).alias(f"expected_{name}"),
                pl.col("order").filter(pl.col("_total").is_not_null()).last().alias("_at"),
            )
        )
        about = people.filter(pl.col("is_crew") == (kind == "crew")).join(latest, on="manifest_id")
        gone = (pl.col("cancel_order") <= pl.col("_at")).fill_null(False) & (pl.col("state") == "cancelled")
        gone = gone | (pl.col("unlisted_order") <= pl.col("_at")).fill_null(False)
        then = about.filter((pl.col("first_listed") <= pl.col("_at")) & ~gone)
        count = then.group_by("manifest_id").agg(pl.len().cast(pl.Int64).alias(f"arrived_{name}"))
        more = elsewhere.filter(pl.col("is_crew") == (kind == "crew")).drop("is_crew")
        both = latest.drop("_at").join(count, on="manifest_id", how="left").join(more, on="manifest_id", how="left")
        arrived = pl.col(f"arrived_{name}").fill_null(0) + pl.col("elsewhere").fill_null(0).cast(pl.Int64)
        totals.append(both.with_columns(arrived.alias(f"arrived_{name}")).drop("elsewhere"))
    return totals[0].join(totals[1], on="manifest_id", how="full", coalesce=True)


def _agrees(whole: pl.DataFrame, active: pl.DataFrame) -> pl.DataFrame:
    """Return (manifest_id, total_agrees); null where only tables came, which hold no total."""
    listed = active.filter(pl.col("kind").is_in(["api", "crew"])).select("manifest_id").unique()
    pairs = [
        (pl.col(f"expected_{name}") == pl.col(f"arrived_{name}").fill_null(0)).fill_null(pl.lit(None))
        for name in ("passengers", "crew")
    ]
    agrees = pl.min_horizontal(*pairs).fill_null(False)
    return whole.join(listed, on="manifest_id", how="semi").select("manifest_id", agrees.alias("total_agrees"))


def _times(sent: pl.DataFrame, active: pl.DataFrame, whole: pl.DataFrame, states: States) -> pl.DataFrame:
    lists = sent.filter(pl.col("effect").is_in(_LISTS) & (pl.col("people") > 0))
    first = [
        lists.filter(pl.col("kind") == kind).group_by("manifest_id").agg(pl.col("first_at").min().alias(name))
        for kind, name in (("api", "list_at"), ("crew", "crew_at"))
    ]
    closed = closings(active).filter(~pl.col("is_crew")).select("manifest_id", "closed_at", "all_parts")
    told = whole.select("manifest_id", "from_port", "clock")
    for each in (*first, closed):
        told = told.join(each, on="manifest_id", how="left", maintain_order="left")
    told = told.with_columns(sent_at(told, name, states) for name in ("list_at", "crew_at", "closed_at"))
    return told.drop("from_port", "clock")


def _late(at: str, due: str) -> pl.Expr:
    minutes = (pl.col(at) - pl.col(due)).dt.total_minutes()
    return pl.when(minutes > 0).then(minutes).when(minutes.is_not_null()).then(0)


def _status() -> pl.Expr:
    is_off = (pl.col("_cancelled") > pl.col("_listed")).fill_null(pl.col("_cancelled").is_not_null())
    closed = pl.col("all_parts").fill_null(False)
    return (
        pl.when(is_off).then(pl.lit("cancelled")).when(closed).then(pl.lit("closed")).otherwise(pl.lit("open"))
    ).alias("status")
