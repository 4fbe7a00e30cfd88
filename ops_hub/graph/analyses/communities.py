"""Persons who hang together more than with others, each group described for a planner.

Reach for `communities()`. How groups are found in a large part is `spreading`; who ties groups together is `brokers`.
"""

from __future__ import annotations

from typing import Any

import networkx as nx
import polars as pl

from ops_hub.graph.analyses.compiled import Compiled, called, compiled
from ops_hub.graph.analyses.finding import Finding
from ops_hub.graph.analyses.spreading import spread
from ops_hub.graph.net import Network
from ops_hub.graph.settings import Settings

_WHOLE = 12  # persons of a part that is one group as it stands
_CLIQUE = 30  # persons sharing a value who are all tied to each other; more are tied in a chain
_BUDGET = 150_000  # ties between persons that Louvain works on: about ten seconds
_SEED = 20261101  # so that the same network gives the same groups
_ROUTES = 5


def communities(net: Network, settings: Settings, top: int = 20) -> Finding:
    """Return groups of at least `roles.smallest_community` persons: those with most hits first, then the largest.

    Parts of the network that nothing ties are apart. A small part is one group; one of up to `roles.louvain_nodes` persons is
    divided by Louvain on ties between persons (a value shared by k gives each pair weight / (k - 1)), parts with hits first;
    larger ones, and what is too much, by label propagation over persons and values. Values of less weight than `roles.carries` tie nobody.
    """
    roles = settings.roles
    arrays = compiled(net, roles.carries)
    ties = _ties(arrays)
    people = arrays.nodes.filter(pl.col("type") == "person").select("at", "node_id", "label", "type", "band", "minor", "nationality", "crime_types", "first_seen", "last_seen")  # fmt: skip
    people = people.with_columns(pl.Series("part", arrays.components()[people["at"].to_numpy()]))
    people = people.filter(pl.len().over("part") >= roles.smallest_community)
    group, methods = _divided(people, ties, roles.louvain_nodes)
    people = people.join(group, on="at").filter(pl.len().over("group") >= roles.smallest_community)
    table = _described(net, people, ties, arrays).head(top)
    words = (
        "Looked for persons who share payments, contacts, bookings and documents more with each other than with others.",
        f"Found {people['group'].n_unique():,} groups of {roles.smallest_community} persons or more; those with most hits come first. "
        f"Divided: {methods['louvain']:,} parts by Louvain, {methods['spread']:,} by label propagation, {methods['whole']:,} were groups as they stood.",
        "A group may be a family, a club, a crew or a network of smugglers; those in it who were smuggled are to be protected.",
    )  # fmt: skip
    shown = people.join(table.select("group"), on="group", how="semi") if table.height else people.clear()
    ids = [*shown["node_id"].to_list(), *(node for row in table["value_ids"].to_list() for node in row)]
    return Finding("communities", words, table.drop("group"), tuple(dict.fromkeys(ids)))


def _ties(arrays: Compiled) -> pl.DataFrame:
    """Return person, other (a value or person that carries ties) and weight: the ties that hold groups together."""
    typed = arrays.nodes.select("at", (pl.col("type") == "person").alias("is"), pl.Series("counts", arrays.carries))
    both = (
        arrays.edges.lazy()
        .select("one", "other", "weight")
        .join(typed.lazy().select(one="at", one_is="is", one_counts="counts"), on="one")
        .join(typed.lazy().select(other="at", other_is="is", other_counts="counts"), on="other")
        .filter("one_counts", "other_counts")
    )
    there = both.filter("one_is").select(person="one", value="other", weight="weight", is_person="other_is")
    back = both.filter(pl.col("other_is") & ~pl.col("one_is")).select(person="other", value="one", weight="weight", is_person="one_is")  # fmt: skip
    return pl.concat([there, back]).group_by("person", "value", "is_person").agg(pl.col("weight").max()).sort("person", "value").collect()  # fmt: skip


def _divided(people: pl.DataFrame, ties: pl.DataFrame, most: int) -> tuple[pl.DataFrame, dict[str, int]]:
    """Return at and group of the persons, and how many parts were divided in which way."""
    parts = people.group_by("part").agg(pl.len().alias("size"), pl.col("band").count().alias("hits"))
    whole = parts.filter(pl.col("size") <= _WHOLE)
    middle = parts.filter(pl.col("size").is_between(_WHOLE + 1, most)).sort(["hits", "size", "part"], descending=[True, True, False])  # fmt: skip
    between = _between_persons(people.join(middle.select("part"), on="part", how="semi"), ties)
    middle = middle.join(between.group_by("part").agg(pl.len().alias("ties")), on="part", how="left", maintain_order="left")  # fmt: skip
    middle = middle.with_columns((pl.col("ties").fill_null(0).cum_sum() <= _BUDGET).alias("now"))
    now = middle.filter("now").select("part")
    pieces = [people.join(whole.select("part"), on="part", how="semi").select("at", group="part")]
    for key, edges in between.join(now, on="part", how="semi").partition_by("part", as_dict=True).items():
        members = people.filter(pl.col("part") == key[0])["at"].to_list()
        pieces.append(_louvain(members, edges))
    done = pl.concat([whole.select("part"), now])
    rest = people.join(done, on="part", how="anti")
    if rest.height:
        pieces.append(spread(ties.join(rest.select(person="at"), on="person", how="semi")).select(at="person", group="label"))  # fmt: skip
    count = {"whole": whole.height, "louvain": now.height, "spread": parts.height - done.height}
    return pl.concat(piece.cast(pl.Int64) for piece in pieces), count


def _between_persons(people: pl.DataFrame, ties: pl.DataFrame) -> pl.DataFrame:
    """Return part, person, other and weight; no value gives more ties than a chain of all who share it, or a small clique."""
    mine = ties.join(people.select(person="at", part="part"), on="person")
    direct = mine.filter("is_person").select("part", "person", pl.col("value").alias("other"), "weight")
    by_value = mine.filter(~pl.col("is_person")).with_columns(pl.len().over("value").alias("sharing")).filter(pl.col("sharing") > 1)  # fmt: skip
    few, many = by_value.filter(pl.col("sharing") <= _CLIQUE), by_value.filter(pl.col("sharing") > _CLIQUE)
    pairs = few.join(few.select("value", other="person"), on="value").filter(pl.col("person") < pl.col("other"))
    pairs = pairs.with_columns(pl.col("weight") / (pl.col("sharing") - 1)).select(direct.columns)
    chain = many.sort("value", "person").with_columns(pl.col("person").shift(-1).over("value").alias("other")).drop_nulls("other")  # fmt: skip
    made = pl.concat([direct, pairs, chain.select(direct.columns)])
    return made.group_by("part", "person", "other").agg(pl.col("weight").sum()).sort("part", "person", "other")


def _louvain(members: list[int], edges: pl.DataFrame) -> pl.DataFrame:
    graph = nx.Graph()
    graph.add_nodes_from(members)
    graph.add_weighted_edges_from(edges.select("person", "other", "weight").rows())
    found = nx.community.louvain_communities(graph, seed=_SEED)
    return pl.DataFrame([(at, min(group)) for group in found for at in sorted(group)], schema=["at", "group"], orient="row")  # fmt: skip


def _described(net: Network, people: pl.DataFrame, ties: pl.DataFrame, arrays: Compiled) -> pl.DataFrame:
    """Return one row a group, those with most hits first."""
    rows = people.group_by("group").agg(
        pl.len().cast(pl.Int64).alias("persons"), pl.col("minor").sum().cast(pl.Int64).alias("minors"),
        pl.col("nationality").n_unique().cast(pl.Int64).alias("nationalities"), pl.col("band").count().cast(pl.Int64).alias("hits"),
        pl.col("crime_types").explode(empty_as_null=False).drop_nulls().unique().sort().str.join(" ").alias("crime_types"),
        pl.col("first_seen").min(), pl.col("last_seen").max(), pl.col("node_id").sort().alias("person_ids"),
    )  # fmt: skip
    rows = rows.sort(["hits", "persons", "group"], descending=[True, True, False]).head(1000)
    members = people.join(rows.select("group"), on="group", how="semi").select("at", "group", "node_id")
    route = pl.concat_str("from_port", pl.lit("-"), "to_port", ignore_nulls=True)
    ways = net.trips.lazy().join(members.lazy().select("group", person_id="node_id"), on="person_id").group_by("group", route.alias("route")).len()  # fmt: skip
    ways = ways.sort(["group", "len", "route"], descending=[False, True, False])
    first = pl.col("route").drop_nulls().head(_ROUTES).str.join(" ").alias("routes")
    routes = ways.group_by("group", maintain_order=True).agg(first).collect()
    values = _shared(members, ties, arrays)
    rows = rows.join(routes, on="group", how="left", maintain_order="left").join(values, on="group", how="left", maintain_order="left")  # fmt: skip
    rows = rows.with_columns(pl.col("value_ids").fill_null([]))
    return rows.with_columns(pl.Series("why", [_why(row) for row in rows.iter_rows(named=True)], dtype=pl.String))


def _shared(members: pl.DataFrame, ties: pl.DataFrame, arrays: Compiled) -> pl.DataFrame:
    """Return of each group the values that hold it together, who shares most, and what part the values play."""
    mine = ties.join(members.select("group", person="at"), on="person")
    held = mine.filter(~pl.col("is_person")).group_by("group", "value").agg(pl.len().alias("sharing")).filter(pl.col("sharing") > 1)  # fmt: skip
    held = held.join(arrays.nodes.select("node_id", "type", "label", value="at"), on="value").sort(["group", "sharing", "node_id"], descending=[False, True, False])  # fmt: skip
    role = pl.format("{} {} shared by {}", "type", "label", "sharing")
    values = held.group_by("group", maintain_order=True).agg(role.head(3).str.join(", ").alias("roles"), pl.col("node_id").alias("value_ids"))  # fmt: skip
    ties_of = mine.join(held.select("group", "value", "sharing"), on=["group", "value"]).group_by("group", "person").agg((pl.col("sharing") - 1).sum().alias("ties"))  # fmt: skip
    centre = ties_of.sort(["group", "ties", "person"], descending=[False, True, False]).unique("group", keep="first", maintain_order=True)  # fmt: skip
    named = centre.join(arrays.nodes.select(person="at", centre_id="node_id", centre="label", centre_minor="minor", centre_handling="handling"), on="person")  # fmt: skip
    calls = [called({"type": "person", "minor": row["centre_minor"], "handling": row["centre_handling"], "label": row["centre"]}) for row in named.iter_rows(named=True)]  # fmt: skip
    named = named.with_columns(pl.Series("centre", calls, dtype=pl.String)).select("group", "centre_id", "centre")
    return values.join(named, on="group", how="left")


def _why(row: dict[str, Any]) -> str:
    said = [f"{row['persons']} persons of {row['nationalities']} nationalities"]
    if row["minors"]:
        said[0] += f", {row['minors']} of them minors (protect)"
    if row["roles"]:
        said.append(f"held together by {row['roles']}")
    if row["centre"]:
        said.append(f"most tied: {row['centre']}")
    if row["hits"]:
        said.append(f"{row['hits']} with hits, leads to verify" + (f" ({row['crime_types']})" if row["crime_types"] else ""))  # fmt: skip
    span = f"{row['first_seen']:%Y-%m-%d} to {row['last_seen']:%Y-%m-%d}" if row["first_seen"] else "days not known"
    said.append(f"{span}, {row['routes'] or 'no route known'}")
    return "; ".join(said)
