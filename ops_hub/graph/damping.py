"""How much it says that people share a value: everything where few do, next to nothing where the whole world does.

Reach for `weighed()`. Two things make a weight smaller, both without a jump: very many unrelated parties (an airline's
office address), and going with one agency both ways (its telephone). Limits in rules/graph.toml; nothing is removed, and
each reason is told in words.
"""

from __future__ import annotations

import polars as pl

from ops_hub.graph.settings import Damping

SHARING = ("booking", "document", "phone", "email", "address", "payment")  # what ties persons to each other
_OWN = ("phone", "email", "address", "payment")  # what an agency may give for its customers
_BY_PARTY = (*_OWN, "document", "agency")


def weighed(said: pl.DataFrame, kinds: pl.Series, records: pl.DataFrame, settings: Damping) -> pl.DataFrame:
    """Return node, persons, weight, damped (why it is below 1, else null); one row a node that records name.

    Args:
        said: node and r: which record names which node, each pair once.
        kinds: type of each node.
        records: by r: root (of the person), booking and agency (numbers or null).
        settings: limits.
    """
    party = pl.coalesce(pl.col("booking"), pl.col("root").cast(pl.UInt64).hash())
    told = said.with_columns(records["root"].gather(said["r"]).alias("root"), kinds.gather(said["node"]).alias("type"))
    once = told.select("node", "root").unique()
    counted = once.group_by("node").agg(pl.len().cast(pl.Int64).alias("persons"))
    counted = counted.with_columns(kinds.gather(counted["node"]).alias("type"))
    known = records.with_columns(party.alias("party"))
    shared = counted.filter((pl.col("persons") > 1) & pl.col("type").is_in(_BY_PARTY)).select("node")
    by_party = told.join(shared, on="node", how="semi").select("node", "r", "type")
    by_party = by_party.with_columns(known[name].gather(by_party["r"]).alias(name) for name in ("party", "agency"))
    parties = by_party.select("node", "party").unique().group_by("node").agg(pl.len().cast(pl.Int64).alias("parties"))
    own = _of_agencies(by_party.filter(pl.col("type").is_in(_OWN)), known, parties)
    made = counted.join(parties, on="node", how="left").join(own, on="node", how="left")
    return _weights(made, settings)


def _of_agencies(named: pl.DataFrame, records: pl.DataFrame, parties: pl.DataFrame) -> pl.DataFrame:
    """Return node, agency, agreed (how far the value and an agency go together, both ways) and how often that is."""
    met = named.drop_nulls("agency").select("node", "agency", "party").unique().group_by("node", "agency").len("both")
    size = records.drop_nulls("agency").select("agency", "party").unique().group_by("agency").len("bookings")
    compared = met.join(size, on="agency").join(parties, on="node")
    share = [pl.col("both") / pl.col(whole) for whole in ("parties", "bookings")]
    compared = compared.with_columns(pl.min_horizontal(share).alias("agreed"))
    best = compared.sort("node", "agreed", "bookings", descending=[False, True, True])
    return best.unique("node", keep="first", maintain_order=True).select("node", "agreed", "both", "bookings")


def _weights(made: pl.DataFrame, settings: Damping) -> pl.DataFrame:
    most = pl.col("type").replace_strict(settings.many, default=None, return_dtype=pl.Float64)
    shared = pl.min_horizontal("persons", "parties")  # of nodes that go by party; a family in one booking is one party
    volume = pl.min_horizontal(1.0, most / shared).fill_null(1.0)
    sure = pl.col("both") / (pl.col("both") + settings.few)
    own = (1 - sure * pl.col("agreed") ** settings.steepness).fill_null(1.0)
    weight = (volume * own).clip(settings.least, 1.0)
    percent = (pl.col("agreed") * 100).round(0).cast(pl.Int64)
    many = pl.format("shared by {} persons in {} parties; up to {} would count in full", "persons", pl.coalesce("parties", "persons"), most.cast(pl.Int64))  # fmt: skip
    agencys = pl.format("goes with one agency both ways ({} % of its {} bookings and of these): looks like the agency's own", percent, "bookings")  # fmt: skip
    # a weight of 0.995 is no news to anybody
    return made.select(
        "node", "persons", weight.alias("weight"),
        pl.when(weight < 0.995).then(
            pl.concat_str(pl.when(volume < 0.995).then(many), pl.when(own < 0.995).then(agencys), separator="; ", ignore_nulls=True)
        ).alias("damped"),
    )  # fmt: skip


def companions(said: pl.DataFrame, weighed: pl.DataFrame, kinds: pl.Series, root: pl.Series, most: int) -> pl.DataFrame:
    """Return root and persons: how many others each person shares a value of the types SHARING with.

    Args:
        said: node and r.
        weighed: what `weighed` gave.
        kinds: type of each node.
        root: of the person of each record.
        most: values that more persons share are left out.
    """
    few = weighed.filter(pl.col("persons").is_between(2, most)).select("node")
    few = few.filter(kinds.gather(few["node"]).is_in(list(SHARING)))
    some = said.join(few, on="node", how="semi")
    borne = some.select("node", root.gather(some["r"]).alias("root")).unique()
    pairs = borne.join(borne, on="node").select("root", pl.col("root_right").alias("other"))
    pairs = pairs.filter(pl.col("root") != pl.col("other")).unique()
    return pairs.group_by("root").agg(pl.len().cast(pl.Int64).alias("persons"))
