"""Checks of documents over journeys: two used in turn by one person, and one seen where its bearer cannot have been.

Reach for `over_journeys()`. Times are those of the schedule: a person who missed a flight and was booked on another
seems to have made both, so that two journeys between the same ports are told as weaker.
"""

from __future__ import annotations

import polars as pl

from ops_hub.papers import plain
from ops_hub.ports import distance_km, universal
from ops_hub.targeting.documents.formats import DocumentRules
from ops_hub.targeting.documents.papers import found, journey, told
from ops_hub.targeting.documents.shared import is_keyed

SAME_JOURNEY_HOURS = 20  # two messages about one flight number within these are about one journey


def over_journeys(papers: pl.LazyFrame, rules: DocumentRules) -> list[pl.LazyFrame]:
    """Return FINDINGS of each check on documents over journeys."""
    return [_in_turn(papers, rules), _impossible(papers, rules)]


def _in_turn(papers: pl.LazyFrame, rules: DocumentRules) -> pl.LazyFrame:
    """Find A, B, A: a person (same name, same full date of birth) who goes back to an earlier passport.

    Going over from one to another is a renewal; going back is not. Whoever sends both at once hides neither.
    """
    tokens = pl.col("name").str.split(" ").list.sort().list.join(" ")
    person = pl.when(pl.col("birth_date").str.len_chars() == 10, pl.col("name").str.contains(" ")).then(
        pl.concat_str(tokens, "birth_date", separator="|")
    )
    shown = (
        papers.filter(pl.col("type").str.starts_with("P"), is_keyed(), pl.col("departs_at").is_not_null())
        .with_columns(person.alias("person"), pl.concat_str("plain", "issuer", separator="|").alias("key"))
        .drop_nulls(["person", "key"])
    )
    several = shown.group_by("person").agg(pl.col("key").n_unique().alias("n")).filter(pl.col("n") > 1)
    switching = shown.join(several, on="person", how="semi")
    alone = switching.filter(pl.len().over("row") == 1).sort("person", "departs_at", "row", "key")
    runs = alone.filter(pl.col("key").ne_missing(pl.col("key").shift().over("person")))
    before = pl.col("key").shift(2).over("person")
    back = runs.with_columns(
        (pl.col("key") == before).alias("back"),
        *(pl.col(name).shift(2).over("person").alias(f"{name}_first") for name in ("flight", "departs_at")),
        *(
            pl.col(name).shift().over("person").alias(f"{name}_between")
            for name in ("record_id", "paper", "issuer", "flight", "departs_at")
        ),
    ).filter("back")
    once = back.unique(["person", "key"], keep="first", maintain_order=True)
    two_states = pl.col("issuer") != pl.col("issuer_between")
    why = pl.when(two_states).then(pl.lit(" (nationals of two states may do so)")).otherwise(pl.lit(""))
    detail = told("Uses two passports in turn: ", pl.col("paper"), " (", journey("_first"), "), ", pl.col("paper_between"), " (", journey("_between"), ") and the first again (", journey(), ")", why, ".")  # fmt: skip
    named = once.with_columns(pl.col("record_id_between").alias("other_record_id"))
    return found(named, "documents-in-turn", detail, rules, is_weak=two_states)


def _impossible(papers: pl.LazyFrame, rules: DocumentRules) -> pl.LazyFrame:
    """Find a document on two journeys, one after another, between which there was no time to get to the second.

    The second leaves before the first arrives, or before anybody could get from the port where the first ends to the
    one where the second begins (great circle, fastest_km_per_hour). Times are compared at one port as they are, and
    between ports in universal time; where a time zone is not known, slack_hours are allowed.
    """
    key, ports = ["plain", "issuer"], ["from_port", "to_port"]
    known = papers.filter(
        is_keyed(), pl.col("departs_at").is_not_null(), pl.col("from_port").is_not_null(), pl.col("type") != "V"
    )
    often = known.group_by(key).agg(pl.len().alias("n")).filter(pl.col("n") > 1)
    journeys = known.join(often, on=key, how="semi", nulls_equal=True)
    placed = universal(universal(journeys, "departs_at", "from_port"), "arrives_at", "to_port")
    flown = pl.duration(
        seconds=(distance_km(*(pl.col(port) for port in ports)) / rules.settings.fastest_km_per_hour * 3600).cast(
            pl.Int64
        )
    )
    timed = placed.with_columns(
        pl.coalesce("utc_arrives_at", pl.col("utc_departs_at") + flown).alias("utc_arrives_at"),
        pl.coalesce("utc_departs_at", "departs_at").alias("order"),
    ).sort(*key, "order", "row")
    earlier = ("record_id", "flight", *ports, "departs_at", "arrives_at", "utc_arrives_at")
    pairs = timed.with_columns(pl.col(name).shift().alias(f"{name}_before") for name in (*key, *earlier))
    same_paper = pl.all_horizontal(pl.col(name).eq_missing(pl.col(f"{name}_before")) for name in key)
    pairs = pairs.filter(same_paper & ~_same_journey())
    rows = pairs.with_columns(_hours_missing(rules).alias("missing")).filter(pl.col("missing") > 0)
    same_ports = pl.all_horizontal(pl.col(port) == pl.col(f"{port}_before") for port in ports).fill_null(False)
    why = pl.when(same_ports).then(pl.lit(" (booked anew after a missed flight?)")).otherwise(pl.lit(""))
    detail = told("Document ", pl.col("paper"), " is on ", journey(), " from ", pl.col("from_port"), " at ", _hour("departs_at"), ", but on ", journey("_before"), " it left ", pl.col("from_port_before"), " for ", pl.col("to_port_before"), " at ", _hour("departs_at_before"), ": one person cannot have made both", why, ".")  # fmt: skip
    named = rows.with_columns(pl.col("record_id_before").alias("other_record_id"))
    return found(named, "impossible-journeys", detail, rules, is_weak=same_ports)


def _hour(name: str) -> pl.Expr:
    return pl.col(name).dt.to_string("%H:%M")


def _same_journey() -> pl.Expr:
    """Return whether two records are about one journey: one flight number, or one flight under two (codeshare)."""
    near = (pl.col("departs_at") - pl.col("departs_at_before")).abs() < pl.duration(hours=SAME_JOURNEY_HOURS)
    one_flight = (_bare("flight") == _bare("flight_before")) & near
    same = [pl.col(name) == pl.col(f"{name}_before") for name in ("from_port", "to_port", "departs_at")]
    return one_flight.fill_null(False) | pl.all_horizontal(same).fill_null(False)


def _bare(name: str) -> pl.Expr:
    """Return a flight number without leading zeros and signs: BW0432 is BW 432."""
    return plain(pl.col(name)).str.replace(r"^([A-Z0-9]{2}[A-Z]?)0+", "$1")


def _hours_missing(rules: DocumentRules) -> pl.Expr:
    """Return by how many hours the second journey leaves too early; 0 or less where one person can make both."""

    def hours(expr: pl.Expr) -> pl.Expr:
        return expr.dt.total_seconds() / 3600

    here, there = pl.col("from_port"), pl.col("to_port_before")
    at_one_port = hours(pl.col("arrives_at_before") - pl.col("departs_at"))
    needed = (distance_km(there, here) / rules.settings.fastest_km_per_hour).fill_null(0.0)
    in_utc = hours(pl.col("utc_arrives_at_before") - pl.col("utc_departs_at")) + needed
    local = at_one_port + needed - rules.settings.slack_hours
    return pl.when((here == there).fill_null(False)).then(at_one_port.fill_null(in_utc)).otherwise(pl.coalesce(in_utc, local)).fill_null(0.0)  # fmt: skip
