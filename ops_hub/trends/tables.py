"""JOURNEYS into the tables of a bulletin: CELLS that may be shown, and BASES that they are shares of.

Reach for `counted()`. Tables that divide one another stand in one tree, each block of at least k persons: points of
embarkation, routes in them, nationalities in those. Destinations are sums of the routes shown, since a second way of
dividing the same routes would allow to work out small ones.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from ops_hub.schemas import check, dtypes
from ops_hub.trends.folding import folded
from ops_hub.trends.frames import BASES, CELLS, OTHERS, UNKNOWN

ALL = "all journeys"
MARKED = {"hits": "with a hit", "hit routes": "with a hit", "findings": "with a finding"}  # table: its category


@dataclass(frozen=True)
class Table:
    """A table: its heading, the section of the bulletin it stands in, and what its numbers are shares of."""

    title: str
    section: str
    share_of: str


_ROUTES, _CARRIERS, _METHODS, _PAPERS, _HITS = "routes", "carriers", "methods", "documents", "hits"
SECTIONS = {
    _ROUTES: "Points of embarkation and destination, routes",
    _CARRIERS: "Carriers and means of transport",
    _METHODS: "Methods: how journeys are booked",
    _PAPERS: "Documents and their misuse",
    _HITS: "Hits on the lists",
}
_KNOWN = "journeys of which it is known"
TABLES = {
    "volume": Table("Journeys in all", _ROUTES, "counts"),
    "embarkation": Table("Embarkation", _ROUTES, _KNOWN),
    "destination": Table("Destination (routes shown)", _ROUTES, _KNOWN),
    "routes": Table("Route", _ROUTES, _KNOWN),
    "nationality": Table("Nationality on a route", _ROUTES, "the route's journeys"),
    "carrier": Table("Carrier", _CARRIERS, _KNOWN),
    "transport": Table("Means of transport", _CARRIERS, _KNOWN),
    "lead": Table("Booked before departure", _METHODS, _KNOWN),
    "trip": Table("Trip", _METHODS, _KNOWN),
    "payment": Table("Payment", _METHODS, _KNOWN),
    "agency": Table("Agency", _METHODS, _KNOWN),
    "party": Table("Party of", _METHODS, _KNOWN),
    "document_type": Table("Document type", _PAPERS, _KNOWN),
    "document_issuer": Table("Issuer", _PAPERS, _KNOWN),
    "findings": Table("Document check", _PAPERS, ALL),
    "checks": Table("Finding", _PAPERS, ALL),
    "hits": Table("Hit rate", _HITS, ALL),
    "purposes": Table("Purpose of the list", _HITS, ALL),
    "hit routes": Table("Hit rate on a route", _HITS, "the route's journeys"),
}
_ROW = ("period", "group", "category")
_REST = ("group", "category", "period", "journeys", "is_small")
_PLAIN = ("carrier", "transport", "lead", "trip", "payment", "agency", "party", "document_type", "document_issuer")


@dataclass(frozen=True)
class Counted:
    """CELLS and BASES of all tables; `totals` (period, journeys) of the periods that have k persons."""

    totals: pl.DataFrame
    cells: pl.DataFrame
    bases: pl.DataFrame


def counted(journeys: pl.DataFrame, k: int, *, hits: bool, findings: bool) -> Counted:
    """Return all tables.

    Args:
        journeys: JOURNEYS.
        k: least number of persons of a cell.
        hits: whether hits are known.
        findings: whether findings are known.
    """
    people = pl.min_horizontal(pl.col("person").n_unique(), pl.col("name").n_unique())
    per_period = journeys.group_by("period").agg(pl.len().cast(pl.Int64).alias("journeys"), people.alias("people"))
    totals = per_period.filter(pl.col("people") >= k).select("period", "journeys").sort("period")
    shown = journeys.lazy().join(totals.lazy().select("period"), on="period", how="semi")
    routed = _routed(shown, k).collect().lazy()
    cells = [_volume(totals), *_route_tables(routed, k)]
    cells += [_divided(shown, "", column, k, table=column) for column in _PLAIN]
    if hits:
        cells += [*_marked(routed, "hits", "hit", "purposes", k), _hit_routes(routed, k)]
    if findings:
        cells += _marked(routed, "findings", "finding", "checks", k)
    whole = pl.concat([each.collect() for each in cells]).sort("table", "group", "category", "period")
    return Counted(totals, check(whole, CELLS, "trends"), check(_bases(whole, totals), BASES, "trends"))


def _routed(journeys: pl.LazyFrame, k: int) -> pl.LazyFrame:
    """Return the journeys with `from`, `to` and `route` as they may be told (the name, or others), and why not: is_small."""
    first = _labels(folded(journeys, ["period"], "embarkation", k), "from")
    placed = journeys.join(first, on=["period", "embarkation"], how="left")
    named = placed.filter(pl.col("from") != OTHERS)
    then = _labels(folded(named, ["period", "from"], "destination", k), "to")
    both = placed.join(then, on=["period", "from", "destination"], how="left")
    is_route = (pl.col("from") != OTHERS) & (pl.col("to") != OTHERS)
    is_route &= (pl.col("from") != UNKNOWN) & (pl.col("to") != UNKNOWN)
    return both.with_columns(
        pl.when(is_route).then(pl.format("{}-{}", "from", "to")).otherwise(pl.lit(OTHERS)).alias("route"),
        pl.coalesce("to", pl.lit(OTHERS)).alias("to"),
        pl.coalesce("to is_small", "from is_small").alias("is_small"),
    )


def _labels(named: pl.LazyFrame, name: str) -> pl.LazyFrame:
    return named.drop("journeys").rename({"label": name, "is_small": f"{name} is_small"})


def _route_tables(routed: pl.LazyFrame, k: int) -> list[pl.LazyFrame]:
    on_route = routed.filter(pl.col("route") != OTHERS)
    return [
        _divided(routed, "", "embarkation", k, table="embarkation"),
        _summed(routed, "to", "destination"),
        _summed(routed, "route", "routes"),
        _hidden_routes(routed),
        _divided(on_route, "route", "nationality", k, table="nationality"),
    ]


def _divided(journeys: pl.LazyFrame, group: str, by: str, k: int, *, table: str) -> pl.LazyFrame:
    """Return CELLS of a table that divides all journeys of a period, or those of a group."""
    within = ["period", group] if group else ["period"]
    return _cells(folded(journeys, within, by, k), pl.col(group) if group else pl.lit(""), by, table)


def _cells(named: pl.LazyFrame, group: pl.Expr, by: str, table: str) -> pl.LazyFrame:
    """Return CELLS from what `folded` gave: a row for each label, and one without number for each category folded."""
    is_folded = pl.col("label").is_null() | ((pl.col("label") == OTHERS) & (pl.col(by) != OTHERS))
    placed = named.select(by, "period", "journeys", "label", "is_small", group.alias("group"))
    shown = (
        placed.drop_nulls("label")
        .group_by("period", "group", pl.col("label").alias("category"))
        .agg(pl.col("journeys").sum())
    )
    return pl.concat([
        shown.select(*_ROW, "journeys", pl.lit(value=False).alias("is_small")),
        placed.filter(is_folded).select("period", "group", pl.col(by).alias("category"), pl.lit(None, pl.Int64).alias("journeys"), "is_small"),
    ]).select(pl.lit(table).alias("table"), *_REST)  # fmt: skip


def _summed(routed: pl.LazyFrame, label: str, table: str) -> pl.LazyFrame:
    """Return CELLS that are sums of routes shown."""
    return routed.group_by("period", label).agg(pl.len().cast(pl.Int64).alias("journeys")).select(
        pl.lit(table).alias("table"), pl.lit("").alias("group"), pl.col(label).alias("category"), "period", "journeys",
        pl.lit(value=False).alias("is_small"),
    )  # fmt: skip


def _hidden_routes(routed: pl.LazyFrame) -> pl.LazyFrame:
    """Return CELLS of routes without number: those folded for being small, and those folded to cover these."""
    name = pl.format("{}-{}", "embarkation", "destination").alias("category")
    hidden = routed.filter(pl.col("route") == OTHERS).group_by("period", name).agg(pl.col("is_small").all())
    return hidden.with_columns(
        pl.lit("routes").alias("table"), pl.lit("").alias("group"), pl.lit(None, pl.Int64).alias("journeys")
    ).select(*dtypes(CELLS))


def _volume(totals: pl.DataFrame) -> pl.LazyFrame:
    return totals.lazy().select(
        pl.lit("volume").alias("table"), pl.lit("").alias("group"), pl.lit(ALL).alias("category"), "period", "journeys",
        pl.lit(value=False).alias("is_small"),
    )  # fmt: skip


def _marked(journeys: pl.LazyFrame, table: str, mark: str, parts: str, k: int) -> list[pl.LazyFrame]:
    """Return CELLS of journeys that are marked, and of the parts of these; none where k are not marked, or not unmarked."""
    one = journeys.with_columns(pl.lit(MARKED[table]).alias("one"))
    named = folded(one, ["period"], "one", k, mark)
    told = one.filter(pl.col(mark).is_not_null()).join(
        named.filter(pl.col("label").is_not_null() & (pl.col("label") != OTHERS)), on="period", how="semi"
    )
    return [_cells(named, pl.lit(""), "one", table), _divided(told, "", mark, k, table=parts)]


def _hit_routes(routed: pl.LazyFrame, k: int) -> pl.LazyFrame:
    named = folded(routed, ["period"], "route", k, "hit")
    cells = _cells(named, pl.lit(""), "route", "hit routes")
    return cells.select(
        "table", pl.col("category").alias("group"), pl.lit(MARKED["hit routes"]).alias("category"), "period", "journeys", "is_small"
    )  # fmt: skip


def _bases(cells: pl.DataFrame, totals: pl.DataFrame) -> pl.DataFrame:
    """Return what cells are shares of: the sum of the group's cells without those of which nothing is known."""
    whole = cells.filter(~pl.col("table").is_in([*MARKED, "purposes", "checks"]))
    is_unknown = pl.col("category") == UNKNOWN
    # where 'not known' is folded only to cover another one, how many are known cannot be told
    summed = whole.group_by("table", "group", "period").agg(
        pl.col("journeys").filter(~is_unknown).sum().alias("of"),
        (is_unknown & pl.col("journeys").is_null() & ~pl.col("is_small")).any().alias("is_open"),
    )
    parts = summed.filter(~pl.col("is_open") & (pl.col("of") > 0)).drop("is_open")
    by_all = [
        totals.select(pl.lit(table).alias("table"), pl.lit("").alias("group"), "period", pl.col("journeys").alias("of"))
        for table in ("hits", "purposes", "findings", "checks")
    ]
    of_routes = cells.filter(pl.col("table") == "routes").select(
        pl.lit("hit routes").alias("table"), pl.col("category").alias("group"), "period", pl.col("journeys").alias("of")
    )
    found = pl.concat([parts, *by_all, of_routes.filter(pl.col("group") != OTHERS)])
    return found.select(*dtypes(BASES)).sort("table", "group", "period")
