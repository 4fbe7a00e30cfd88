"""What is not known or not right about manifests, one sentence each, for an officer to follow up.

Reach for `gaps()`.
"""

from __future__ import annotations

from datetime import date

import polars as pl

from ops_hub.manifests.frames import GAPS
from ops_hub.schemas import conform


def gaps(manifests: pl.DataFrame, *, since: date | None = None, until: date | None = None) -> pl.DataFrame:
    """Return GAPS of manifests whose scheduled departure is in the period, by departure.

    Args:
        manifests: as `assemble` returns them.
        since: first day of departure; None: from the first.
        until: last day; None: to the last.
    """
    day = pl.col("departure_date")
    inside = [day >= since] if since else []
    inside += [day <= until] if until else []
    about = manifests.filter(*inside) if inside else manifests
    told = [
        about.filter(when.fill_null(False)).select(
            "manifest_id",
            "departs_at",
            "carrier",
            pl.lit(code).alias("gap"),
            people.cast(pl.Int64).alias("people"),
            detail.alias("detail"),
        )
        for code, when, people, detail in _kinds()
    ]
    return conform(pl.concat(told).lazy(), GAPS).collect().sort("departs_at", "manifest_id", "gap", nulls_last=True)


def _said(*parts: str | pl.Expr) -> pl.Expr:
    return pl.concat_str(*(pl.lit(part) if isinstance(part, str) else part for part in parts))


def _remedy(is_more: pl.Expr) -> pl.Expr:
    ask = pl.lit("; ask the carrier ")
    return pl.concat_str(ask, pl.when(is_more).then(pl.lit("which number is right")).otherwise(pl.lit("for the rest")))


def _kinds() -> list[tuple[str, pl.Expr, pl.Expr, pl.Expr]]:
    """Return (code, when, how many people, sentence) of every kind of gap."""
    goes = pl.col("status") != "cancelled"
    reported = goes & pl.col("is_reported")
    arrived = pl.col("arrived_passengers").fill_null(0)
    arrived_crew = pl.col("arrived_crew").fill_null(0)
    expected, expected_crew = pl.col("expected_passengers"), pl.col("expected_crew")
    on_lists = pl.col("passengers") + pl.col("transit")
    nobody = pl.lit(None, dtype=pl.Int64)
    column = pl.col
    return [
        ("total-differs", goes & (expected != arrived), (expected - arrived).abs(),
         _said("the control total says ", expected, " passengers on the flight, ", arrived, " arrived", _remedy(arrived > expected))),
        ("total-differs", goes & column("form_total_differs"), nobody,
         _said("a total that the form states is not that of the people on it; see rejects.csv of the run")),
        ("crew-total-differs", goes & (expected_crew != arrived_crew), (expected_crew - arrived_crew).abs(),
         _said("the control total says ", expected_crew, " crew, ", arrived_crew, " arrived", _remedy(arrived_crew > expected_crew))),
        ("lost-part", column("lost_parts").list.len() > 0, nobody,
         _said("parts of what was sent are missing (", column("lost_parts").list.join("; "), "); ask the carrier to send it again")),
        ("rejected", column("rejected") > 0, column("rejected"),
         _said(column("rejected"), " records could not be read and were never screened; see rejects.csv of the run")),
        ("boarded-not-screened", column("boarded_not_screened") > 0, column("boarded_not_screened"),
         _said(column("boarded_not_screened"), " are on board and were never screened; screen them before arrival")),
        ("not-screened", goes & (column("not_screened") > column("boarded_not_screened")), column("not_screened") - column("boarded_not_screened"),
         _said(column("not_screened") - column("boarded_not_screened"), " are announced and not screened; run ops-hub screen on the feed")),
        ("screened-not-boarded", column("screened_not_boarded") > 0, column("screened_not_boarded"),
         _said(column("screened_not_boarded"), " were screened and are not on board (", column("no_show"), " no-show, ", column("offloaded"), " offloaded on the manifest)")),
        ("never-announced", column("never_announced") > 0, column("never_announced"),
         _said(column("never_announced"), " are named on board by reference only and are on no list; ask the carrier who they are")),
        ("not-said-who", column("unsure") > 0, column("unsure"),
         _said(column("unsure"), " are in bookings of which the close-out names some by the booking alone; ask the carrier who is on board")),
        ("late", column("late_minutes") > 0, on_lists,
         _said("the passenger list came ", column("late_minutes"), " minutes after it was due")),
        ("crew-late", column("crew_late_minutes") > 0, column("crew"),
         _said("the crew list came ", column("crew_late_minutes"), " minutes after it was due")),
        ("no-passenger-list", reported & (on_lists == 0) & (column("boarded_passengers") == 0), column("booked_only"),
         _said("no passenger list holds anybody (", column("booked_only"), " known from bookings)")),
        ("not-reported", goes & ~column("is_reported"), on_lists + column("booked_only"),
         _said("no message is about this leg; it is known only from messages about other legs")),
    ]  # fmt: skip
