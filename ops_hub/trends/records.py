"""TRAVELLERS into RECORDS: the few things that are counted, and hashes in place of all that tells who somebody is.

Reach for `records()`, batch by batch: what it gives takes a tenth of the memory. Crew are left out.
"""

from __future__ import annotations

import polars as pl

from ops_hub.papers import plain
from ops_hub.ports import state_of
from ops_hub.schemas import check
from ops_hub.trends.frames import RECORDS

_TITLE = r"\s*\b(MR|MRS|MSTR|MISS|MS|CHD|INF|DR)$"
_BEGINNING = r"^[^\p{L}]*(\p{L}{1,4})"
_LEAD = {24: "under 24 hours", 72: "1 to 3 days", 336: "4 to 14 days"}  # hours below which: name
_LONGEST = "over 14 days"


def records(travellers: pl.DataFrame) -> pl.DataFrame:
    """Return RECORDS of all who are not crew.

    Args:
        travellers: TRAVELLERS.
    """
    papers = pl.col("documents")
    passports = papers.list.filter(pl.element().struct.field("type").str.starts_with("P"))
    paper = pl.coalesce(passports.list.first(), papers.list.first()).struct
    number = plain(paper.field("number"))
    at = pl.coalesce("departs_at", "arrives_at")
    flight = _plain("flight").str.replace_all(" ", "").str.replace(r"^([A-Z][A-Z0-9]|[0-9][A-Z])0+([0-9])", "${1}${2}")
    given = pl.col("given_names").str.to_uppercase().str.replace(_TITLE, "")
    whole = pl.concat_str(pl.coalesce("family_name", "full_name"), given, ignore_nulls=True)
    name = whole.str.to_uppercase().str.replace_all(r"[^\p{L}]", "").replace("", None)
    brief = pl.concat_str(
        pl.coalesce("family_name", "full_name").str.to_uppercase().str.extract(_BEGINNING, 1),
        given.str.extract(r"(\p{L})", 1),
        ignore_nulls=True,
    )
    ports = [pl.coalesce(_plain(person), _plain(leg)) for person, leg in (("embark_port", "from_port"), ("debark_port", "to_port"))]  # fmt: skip
    sizes = [port.str.len_chars() for port in ports]
    is_booking = pl.col("booking_ref").is_not_null()
    is_crew = pl.col("role").is_in(["crew", "transit-crew"]).fill_null(value=False)
    found = travellers.lazy().filter(~is_crew).select(
        record_key(),
        pl.struct("source", "message_ref").hash().alias("message"),
        at.dt.date().alias("day"),
        pl.struct(flight, at.dt.date().alias("day"), _plain("from_port")).hash().alias("flown"),
        pl.when(number.str.len_chars() > 0).then(pl.struct(paper.field("issuer").alias("issuer"), number.alias("number")).hash()).alias("document"),
        pl.when(name.is_not_null()).then(name.hash()).alias("name"),
        pl.when(brief != "").then(brief.hash()).alias("brief"),
        pl.when(is_booking).then(pl.struct(_plain("carrier"), "booking_ref").hash()).alias("booking"),
        ports[0].alias("embarkation"),
        ports[1].alias("destination"),
        pl.coalesce(_plain("carrier"), flight.str.extract(r"^([A-Z][A-Z0-9]|[0-9][A-Z])[0-9]")).alias("carrier"),
        pl.when((sizes[0] == 3) & (sizes[1] == 3)).then(pl.lit("air"))
        .when(pl.any_horizontal(size.is_not_null() & (size != 3) for size in sizes)).then(pl.lit("sea")).alias("transport"),
        _plain("nationality"),
        paper.field("type").str.to_uppercase().alias("document_type"),
        paper.field("issuer").str.to_uppercase().alias("document_issuer"),
        _lead().alias("lead"),
        _trip().alias("trip"),
        _payment().alias("payment"),
        pl.when(pl.col("agency").is_not_null()).then(pl.lit("agency")).when(is_booking).then(pl.lit("none named")).alias("agency"),
    )  # fmt: skip
    return check(found.collect(), RECORDS, "records")


def record_key() -> pl.Expr:
    """Return what tells a record, in TRAVELLERS, HITS and FINDINGS alike: a feed's own ids may come again every day."""
    return pl.struct("record_id", "position", "flight", "departs_at").hash().alias("record")


def _plain(column: str) -> pl.Expr:
    return pl.col(column).str.strip_chars().str.to_uppercase().replace("", None)


def _lead() -> pl.Expr:
    hours = (pl.col("departs_at") - pl.col("booked_at")).dt.total_minutes() / 60
    named: pl.Expr = pl.when(hours >= 0).then(pl.lit(_LONGEST))
    for below, name in reversed(_LEAD.items()):
        named = pl.when((hours >= 0) & (hours < below)).then(pl.lit(name)).otherwise(named)
    return named


def _trip() -> pl.Expr:
    """Return round trip, one way (it ends in another state) or other, where a booking's itinerary was sent."""
    legs = pl.col("legs")
    ends = [legs.list.first().struct.field("from_port"), legs.list.last().struct.field("to_port")]
    first, last = (state_of(end) for end in ends)
    # a passenger list names the legs of its flight, a booking those of the person; so does a table with times of booking
    of_booking = (pl.col("message_type") == "pnrgov") | (
        (pl.col("message_type") != "paxlst") & pl.col("booked_at").is_not_null()
    )
    known = of_booking.fill_null(value=False) & (legs.list.len() > 0)
    return (
        pl.when(known & (ends[0] == ends[1]))
        .then(pl.lit("round trip"))
        .when(known & (first != last))
        .then(pl.lit("one way"))
        .when(known & ends[0].is_not_null() & ends[1].is_not_null())
        .then(pl.lit("other"))
    )


def _payment() -> pl.Expr:
    kinds = pl.col("payments").list.eval(pl.element().struct.field("kind"))
    cash = kinds.list.eval(pl.element().str.contains(r"(?i)^\s*(CA|CASH)\b")).list.any()
    return pl.when(cash).then(pl.lit("cash")).when(kinds.list.len() > 0).then(pl.lit("other means"))
