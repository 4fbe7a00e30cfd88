"""Payments and contacts that many travel on, those that go together as one, and the person who stands behind them.

Reach for `groups()`. What speaks for or against somebody who pays for many is `signs`; the score is `organisers`.
"""

from __future__ import annotations

from dataclasses import dataclass

import networkx as nx
import polars as pl

from ops_hub.graph.net import Network
from ops_hub.graph.settings import Roles

MEANS = ("payment", "phone", "email")
"""Types of values that one may lend to those who travel."""


@dataclass(frozen=True)
class Groups:
    """Who travels on what.

    Attributes:
        values: node_id, group, ring, agency_share: how far it is an agency's own number, 0 to 1.
        uses: one row a group and trip: group and all columns of `legs`, with `alone` (nobody else of the ring on the
            flight) and `regular` (the person stands behind the group or escorts it: no client).
        behind: group, person_id: who travels on it like its owner; at most one a group.
        escorts: group, person_id: who went out with clients and came back without, or stands behind another group.
    """

    values: pl.DataFrame
    uses: pl.DataFrame
    behind: pl.DataFrame
    escorts: pl.DataFrame


def groups(net: Network, trips: pl.DataFrame, roles: Roles, *, kinds: tuple[str, ...] = MEANS, together: bool = True) -> Groups:  # fmt: skip
    """Return the values of these kinds that at least `roles.clients` persons travelled on.

    Args:
        net: the network.
        trips: what `legs` gave.
        roles: settings.
        kinds: types of values.
        together: make values that are used on the same trips, or that one person stands behind, one group.
    """
    shared = net.nodes.filter(pl.col("type").is_in(kinds) & (pl.col("persons") >= roles.clients)).select("node_id")
    each = (
        trips.lazy()
        .select("trip", "person_id", "agency_ids", pl.concat_list("payment_ids", "contact_ids").alias("node_id"))
        .explode("node_id", empty_as_null=False)
        .drop_nulls("node_id")
        .join(shared.lazy(), on="node_id", how="semi")
        .unique(["trip", "node_id"])
        .collect()
    )
    values = _agencies(each, trips)
    values = values.join(_together(each, values), on="node_id")
    if not together:
        values = values.with_columns(group="node_id")
    uses = _uses(each, values, trips)
    behind = _behind(net, uses, values, _borne(each, values))
    if together:
        again = _same_person(behind)
        values = _renamed(values, again)
        uses = _uses(each, values, trips)
        behind = _renamed(behind, again).unique(["group", "person_id"]).sort("group")
    escorts = _escorts(uses, behind)
    elsewhere = uses.select("group", "person_id").unique().join(behind.select("person_id"), on="person_id", how="semi")
    escorts = pl.concat([escorts, elsewhere]).unique().join(behind, on=["group", "person_id"], how="anti")
    escorts = escorts.sort("group", "person_id")
    regular = pl.concat([behind, escorts]).with_columns(pl.lit(True).alias("regular"))
    uses = uses.join(regular, on=["group", "person_id"], how="left").with_columns(pl.col("regular").fill_null(False))
    return Groups(values.sort("node_id"), uses.sort("group", "trip"), behind, escorts)


def _agencies(each: pl.DataFrame, trips: pl.DataFrame) -> pl.DataFrame:
    """Return node_id and agency_share: the part of an agency's trips that bear the value, where nearly all its own do."""
    of_agency = (
        trips.lazy().select(pl.col("agency_ids").alias("agency")).explode("agency", empty_as_null=False).drop_nulls()
    )
    whole = of_agency.group_by("agency").agg(pl.len().alias("whole"))
    used = each.lazy().group_by("node_id").agg(pl.len().alias("used"))
    both = each.lazy().explode("agency_ids", empty_as_null=False).drop_nulls("agency_ids")
    met = both.group_by("node_id", agency="agency_ids").agg(pl.len().alias("met"))
    share = pl.when(pl.col("met") >= 0.8 * pl.col("used")).then(pl.col("met") / pl.col("whole")).otherwise(0.0)
    owned = met.join(whole, on="agency").join(used, on="node_id").group_by("node_id").agg(share.max().alias("agency_share"))  # fmt: skip
    found = used.join(owned, on="node_id", how="left").select("node_id", "used", pl.col("agency_share").fill_null(0.0))
    return found.sort("node_id").collect()


def _together(each: pl.DataFrame, values: pl.DataFrame) -> pl.DataFrame:
    """Return node_id, group and ring.

    Values of which one is mostly used together with the other are one group; those used together twice or more, by
    whomever, are one ring: the means of people who work together.
    """
    mine = each.join(values.filter(pl.col("agency_share") < 0.5), on="node_id").select("trip", "node_id", "used")
    pairs = (
        mine.lazy()
        .join(mine.lazy(), on="trip", suffix="_2")
        .filter(pl.col("node_id") < pl.col("node_id_2"))
        .group_by("node_id", "node_id_2")
        .agg(pl.len().alias("both"), pl.col("used").first(), pl.col("used_2").first())
        .filter(pl.col("both") > 1)
        .collect()
    )
    less, more = pl.min_horizontal("used", "used_2"), pl.max_horizontal("used", "used_2")
    mostly = pairs.filter((pl.col("both") >= 0.5 * less) & (more <= 10 * less))
    ids = values["node_id"].to_list()
    return pl.DataFrame({"node_id": ids, "group": _joined(ids, mostly), "ring": _joined(ids, pairs)}, schema=dict.fromkeys(("node_id", "group", "ring"), pl.String))  # fmt: skip


def _joined(ids: list[str], pairs: pl.DataFrame) -> list[str]:
    """Return of each id the smallest one that pairs join it with."""
    graph = nx.Graph(pairs.select("node_id", "node_id_2").rows())
    named = {node: first for part in nx.connected_components(graph) for first in [min(part)] for node in part}
    return [named.get(each, each) for each in ids]


def _uses(each: pl.DataFrame, values: pl.DataFrame, trips: pl.DataFrame) -> pl.DataFrame:
    """Return one row a group and trip; `alone` where nobody else whose means are of the same ring is on the flight."""
    on = each.select("node_id", "trip").join(values, on="node_id").join(trips, on="trip")
    aboard = pl.col("person_id").n_unique().over("ring", "flight_id") > 1
    on = on.with_columns((~aboard | pl.col("flight_id").is_null()).alias("alone"))
    alone = on.group_by("group", "trip").agg(pl.col("alone").all())
    return alone.join(trips, on="trip")


def _borne(each: pl.DataFrame, values: pl.DataFrame) -> pl.DataFrame:
    """Return group, person_id and bears: how many trips there are on the group's values that the person travelled on."""
    on = each.select("node_id", "person_id").unique().join(values.select("node_id", "group", "used"), on="node_id")
    return on.group_by("group", "person_id").agg(pl.col("used").sum().cast(pl.Int64).alias("bears"))


def _behind(net: Network, uses: pl.DataFrame, values: pl.DataFrame, borne: pl.DataFrame) -> pl.DataFrame:
    """Return group and person_id: who travels on it as an owner does: alone, more than once, and comes back.

    One point each for a trip alone, for travelling along with nobody, for coming back, for several days; two where intelligence
    ties the person to one of the values, which is enough. Else three are needed and to have come back; always an adult who
    travels along on fewer than half of their journeys: who goes out to a party, along with it, and comes back alone is an escort. Of several the one with most points
    counts, then the one on whose means there are most trips, then with fewest days (couriers travel more); where these are equal, nobody.
    """
    known = _known(net, values)
    trips = pl.len()
    people = uses.group_by("group", "person_id").agg(
        trips.alias("trips"), pl.col("alone").sum().alias("alone"), pl.col("came_back").any().alias("came_back"),
        pl.col("journey").n_unique().cast(pl.Int64).alias("journeys"),
        pl.col("journey").filter(~pl.col("alone")).n_unique().cast(pl.Int64).alias("along"),
        pl.col("minor").any().fill_null(False).alias("minor"), pl.col("departs_at").dt.date().n_unique().alias("days"),
    )  # fmt: skip
    people = people.join(known, on=["group", "person_id"], how="full", coalesce=True).with_columns(
        pl.col("known").fill_null(False),
        pl.col("minor").fill_null(False),
        pl.col("trips", "alone", "days", "journeys", "along").fill_null(0),
    )
    points = (
        (pl.col("alone") > 0).cast(pl.Int64) + pl.col("came_back").fill_null(False).cast(pl.Int64)
        + (pl.col("days") > 1).cast(pl.Int64) + 2 * pl.col("known").cast(pl.Int64)
        + (pl.col("along") == 0).cast(pl.Int64)
    )  # fmt: skip
    apart = pl.col("along") * 2 < pl.max_horizontal("journeys", pl.lit(1))
    people = people.join(borne, on=["group", "person_id"], how="left").with_columns(pl.col("bears").fill_null(0))
    likely = people.with_columns(points.alias("points")).filter(~pl.col("minor") & apart)
    likely = likely.filter(pl.col("known") | (pl.col("came_back").fill_null(False) & (pl.col("points") >= 3)))
    rank = pl.struct("points", "bears", -pl.col("days").cast(pl.Int64)).rank("min", descending=True).over("group")
    best = likely.with_columns(rank.alias("rank")).filter(pl.col("rank") == 1)
    return best.filter(pl.len().over("group") == 1).select("group", "person_id").sort("group")


def _known(net: Network, values: pl.DataFrame) -> pl.DataFrame:
    """Return group, person_id and known: persons whom intelligence ties to a value."""
    told = net.edges.lazy().filter(pl.col("grade").is_not_null())
    both = pl.concat(
        [
            told.select(person_id="from_id", node_id="to_id"),
            told.select(person_id="to_id", node_id="from_id"),
        ]
    )
    mine = both.join(values.lazy().select("node_id", "group"), on="node_id").filter(pl.col("person_id").str.starts_with("person:"))  # fmt: skip
    return mine.select("group", "person_id", pl.lit(True).alias("known")).unique().collect()


def _same_person(behind: pl.DataFrame) -> pl.DataFrame:
    """Return group and its name after those that one person stands behind became one."""
    return behind.select("group", pl.col("group").min().over("person_id").alias("named"))


def _renamed(frame: pl.DataFrame, names: pl.DataFrame) -> pl.DataFrame:
    named = frame.join(names, on="group", how="left").with_columns(pl.coalesce("named", "group").alias("group"))
    return named.drop("named")


def _escorts(uses: pl.DataFrame, behind: pl.DataFrame) -> pl.DataFrame:
    """Return group and person_id of adults who went along with clients on several days and came back without them."""
    along = (~pl.col("alone") & ~pl.col("is_return")).fill_null(False)
    people = uses.group_by("group", "person_id").agg(
        pl.col("departs_at").filter(along).dt.date().n_unique().alias("out"),
        (pl.col("alone") & pl.col("is_return")).any().alias("back_alone"),
        pl.col("minor").any().fill_null(False).alias("minor"),
    )
    found = people.filter((pl.col("out") >= 2) & pl.col("back_alone") & ~pl.col("minor"))
    return (
        found.select("group", "person_id")
        .join(behind, on=["group", "person_id"], how="anti")
        .sort("group", "person_id")
    )
