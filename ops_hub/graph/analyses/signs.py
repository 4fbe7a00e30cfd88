"""What speaks for or against somebody who pays for many, or whose telephone many give: one row a group, terms of 0 to 1.

Reach for `signs()`, then `scored()`. Each term is reasoned in docs/analyses.md. Clients are counted, never named.
"""

from __future__ import annotations

import msgspec
import polars as pl
from polars import selectors

from ops_hub.graph.analyses.groups import Groups
from ops_hub.graph.analyses.legs import excess
from ops_hub.graph.net import Network
from ops_hub.graph.settings import Roles

TERMS = tuple(f"term_{name}" for name in ("one_way", "once", "late", "reach", "unrelated", "hits", "spread", "routes", "apart", "means", "escorts", "documents", "no_agency"))  # fmt: skip
_SHOWN_ROUTES = 5
_FEW_AGAIN = 4  # a quarter of the clients seen again, and they are hardly smuggled


def signs(net: Network, found: Groups, trips: pl.DataFrame) -> pl.DataFrame:
    """Return one row a group, with counts of its clients and the terms before they are weighed.

    Args:
        net: the network.
        found: what `groups` gave.
        trips: what `legs` gave.
    """
    clients = found.uses.filter(~pl.col("regular"))
    people = (
        clients.lazy()
        .group_by("group", "person_id")
        .agg(
            excess("one_way").alias("one_way"),
            excess("late").alias("late"),
            pl.col("came_back").any(),
            pl.col("family", "nationality", "band").first(),
        )  # fmt: skip
    )
    of_people = people.group_by("group").agg(
        pl.len().alias("clients"), pl.col("one_way").mean(), pl.col("late").mean(), pl.col("came_back").mean(),
        pl.col("family").n_unique().alias("families"), pl.col("nationality").n_unique().alias("nationalities"),
        pl.col("band").count().alias("clients_with_hits"), pl.col("person_id").sort().alias("client_ids"),
    )  # fmt: skip
    route = pl.concat_str("from_port", pl.lit("-"), "to_port", ignore_nulls=True)
    of_trips = clients.lazy().group_by("group").agg(
        pl.col("party").n_unique().alias("parties"), pl.col("departs_at").dt.truncate("1w").n_unique().alias("weeks"),
        route.filter(~pl.col("is_return")).n_unique().alias("ways"),
        route.filter(~pl.col("is_return")).unique().sort().head(_SHOWN_ROUTES).str.join(" ").alias("routes"),
        pl.col("departs_at").min().alias("first_seen"), pl.col("departs_at").max().alias("last_seen"),
    )  # fmt: skip
    return (
        of_people.join(of_trips, on="group")
        .join(_of_values(net, found).lazy(), on="group")
        .join(_one_sided(clients), on="group")
        .join(found.behind.lazy(), on="group", how="left")
        .join(_own(found, clients), on="group", how="left")
        .join(_bands(net).lazy(), on="person_id", how="left")
        .join(found.escorts.lazy().group_by("group").agg(pl.len().alias("escorts"), pl.col("person_id").sort().alias("escort_ids")), on="group", how="left")
        .join(_documents(net, clients).lazy(), on="group", how="left")
        .with_columns(pl.col("own_trips", "own_along", "escorts", "shared_documents").fill_null(0))
        .with_columns(selectors.unsigned_integer().cast(pl.Int64))
        .with_columns(_terms(_usual_hits(trips)))
        .sort("group")
        .collect()
    )  # fmt: skip


def scored(table: pl.DataFrame, trips: pl.DataFrame, roles: Roles) -> pl.DataFrame:
    """Return the rows with their terms weighed, `score` their sum and `named`; best first.

    Where no trip at all has a booking date, lateness cannot be told: its weight goes to the other terms in proportion.
    """
    weights = msgspec.structs.asdict(roles.weights)
    if trips["late"].null_count() == trips.height:
        known = 1 - weights.pop("late")
        weights = {name: weight / known for name, weight in weights.items()} | {"late": 0.0}
    weighed = table.with_columns(pl.col(name) * weights[name.removeprefix("term_")] for name in TERMS)
    enough = (pl.col("clients") >= roles.clients) & (pl.min_horizontal("parties", "families") >= roles.parties)
    made = weighed.with_columns(pl.sum_horizontal(TERMS).round(9).alias("score")).with_columns(((pl.col("score") >= roles.named) & enough).alias("named"))  # fmt: skip
    return made.filter(pl.col("clients") >= roles.clients).sort(["score", "group"], descending=[True, False])


def _usual_hits(trips: pl.DataFrame) -> float:
    people = trips.select("person_id", "band").unique("person_id")
    return float(people["band"].count() / max(people.height, 1))


def _terms(usual_hits: float) -> list[pl.Expr]:
    clients = pl.col("clients")
    independent = pl.min_horizontal("parties", "families")
    sure = independent / (independent + 2)  # what few parties do may be chance
    with_hits = pl.col("clients_with_hits") / clients - 2 * usual_hits
    return [
        (pl.col("one_way").fill_null(0) ** 2 * sure * pl.col("one_sided") ** 2).alias("term_one_way"), (pl.col("late").fill_null(0) * sure).alias("term_late"),
        ((1 - _FEW_AGAIN * pl.col("came_back")).clip(0, 1) * sure * pl.col("one_sided") ** 2).alias("term_once"),
        (1 - (-(pl.col("families") - 1) / 6.0).exp()).clip(0, 1).alias("term_reach"),
        ((pl.col("families") - 1) / (pl.col("parties") - 1)).fill_nan(0).clip(0, 1).alias("term_unrelated"),
        pl.max_horizontal(pl.col("own_band").is_not_null().cast(pl.Float64), (with_hits * 5).clip(0, 1)).alias("term_hits"),
        _several("weeks", 6).alias("term_spread"),
        ((_several("ways", 4) + _several("nationalities", 3)) / 2).alias("term_routes"),
        (1 - pl.col("own_along") / pl.max_horizontal("parties", pl.lit(1))).clip(0, 1).alias("term_apart"),
        _several("means", 3).alias("term_means"), (pl.col("escorts") > 0).cast(pl.Float64).alias("term_escorts"),
        (pl.col("shared_documents") / 2).clip(0, 1).alias("term_documents"),
        (1 - pl.col("agency_share")).clip(0, 1).alias("term_no_agency"),
    ]  # fmt: skip


def _one_sided(clients: pl.DataFrame) -> pl.LazyFrame:
    """Return of each group how far its clients' ways go one way: 1 where nobody ends where others begin, 0 where as many do.

    Crews and staff who relieve each other look as if nobody came back; together they go both ways.
    """
    whole = clients.lazy().sort("departs_at").group_by("group", "person_id").agg(
        pl.col("from_port").drop_nulls().first().alias("begins"), pl.col("to_port").drop_nulls().last().alias("ends")
    )  # fmt: skip
    ends = [
        whole.select("group", pl.col(end).alias("port"), pl.lit(n).alias("n"))
        for end, n in (("begins", 1), ("ends", -1))
    ]
    net = pl.concat(ends).group_by("group", "port").agg(pl.col("n").sum().abs(), pl.len().alias("all"))
    return net.group_by("group").agg((pl.col("n").sum() / pl.col("all").sum()).alias("one_sided"))


def _several(name: str, full: int) -> pl.Expr:
    """Return 0 where there is one, 1 from `full` on."""
    return ((pl.col(name) - 1) / (full - 1)).clip(0, 1)


def _of_values(net: Network, found: Groups) -> pl.DataFrame:
    """Return of each group its values, how many of one type at most, and how far they are an agency's own."""
    typed = found.values.join(net.nodes.select("node_id", "type"), on="node_id")
    per_type = typed.group_by("group", "type").len().group_by("group").agg(pl.col("len").max().cast(pl.Int64).alias("means"))  # fmt: skip
    whole = typed.group_by("group").agg(pl.col("node_id").sort().alias("value_ids"), pl.col("agency_share").max())
    return whole.join(per_type, on="group")


def _own(found: Groups, clients: pl.DataFrame) -> pl.LazyFrame:
    """Return of each group the trips of the person behind, and how many of them were along with clients."""
    own = found.uses.lazy().join(found.behind.lazy(), on=["group", "person_id"])
    theirs = clients.lazy().select("group", "flight_id").drop_nulls().unique().with_columns(pl.lit(True).alias("along"))
    return own.join(theirs, on=["group", "flight_id"], how="left").group_by("group").agg(pl.len().alias("own_trips"), pl.col("along").count().alias("own_along"))  # fmt: skip


def _bands(net: Network) -> pl.DataFrame:
    return net.nodes.filter(pl.col("type") == "person").select(person_id="node_id", own_band="band")


def _documents(net: Network, clients: pl.DataFrame) -> pl.DataFrame:
    """Return of each group how many documents of its clients several persons showed."""
    shared = net.nodes.filter((pl.col("type") == "document") & (pl.col("persons") > 1)).select(document_ids="node_id")
    shown = clients.select("group", "document_ids").explode("document_ids", empty_as_null=False).unique()
    return shown.join(shared, on="document_ids", how="semi").group_by("group").agg(pl.len().alias("shared_documents"))
