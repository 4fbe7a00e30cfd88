"""Why two persons travel together, where the records themselves tell: a booking, payment, contact, document or family name.

Reach for `explained()` with pairs. A value that so many share that it is damped explains nothing; a network in which
people are tied by it is left to others.
"""

from __future__ import annotations

import polars as pl

from ops_hub.graph.net import Network
from ops_hub.graph.settings import Moves

TIES = ("booking_ids", "payment_ids", "contact_ids", "document_ids")
_SHORTEST = 3  # letters of a part of a family name: DE and LA are in too many


def damped(net: Network, settings: Moves) -> pl.Series:
    """Return the ids of values that too many share to tie two of them; a booking ties, however large the group is."""
    return net.nodes.filter((pl.col("weight") < settings.tied_from) & (pl.col("type") != "booking"))["node_id"]


def tied(net: Network, settings: Moves, by: tuple[str, ...] = TIES) -> pl.DataFrame:
    """Return person_id, flight_id and value: what ties a person to others, on which trip; damped values left out."""
    each = [net.trips.select("person_id", "flight_id", pl.col(name).alias("value")) for name in by]
    one = pl.concat(each).explode("value", empty_as_null=False).drop_nulls("value").unique()
    return one.join(damped(net, settings).to_frame("value"), on="value", how="anti")


def explained(net: Network, settings: Moves, pairs: pl.DataFrame) -> pl.DataFrame:
    """Return those of the pairs (person_id, other_id) whose company the records explain."""
    either = pl.concat([pairs["person_id"], pairs["other_id"]]).unique().to_frame("person_id")
    values = tied(net, settings).join(either, on="person_id", how="semi").select("person_id", "value").unique()
    named = net.nodes.join(either, left_on="node_id", right_on="person_id", how="semi")
    names = named.select(pl.col("node_id").alias("person_id"), family_names(pl.col("label")).alias("value"))
    all_of = pl.concat([values, names.explode("value", empty_as_null=False).drop_nulls("value")])
    other = all_of.rename({"person_id": "other_id"})
    both = pairs.join(all_of, on="person_id").join(other, on=("other_id", "value"), how="semi")
    return both.select("person_id", "other_id").unique()


def family_names(label: pl.Expr) -> pl.Expr:
    """Return the parts of a family name, of a label 'FAMILY, GIVEN'; a label without a comma has none that is known."""
    family = pl.when(label.str.contains(",", literal=True)).then(label.str.to_uppercase().str.split(",").list.first())
    parts = family.str.split(" ").list.eval(pl.element().filter(pl.element().str.len_chars() >= _SHORTEST))
    return parts.list.eval(pl.lit("name:") + pl.element())
