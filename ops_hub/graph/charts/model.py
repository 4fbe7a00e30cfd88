"""What a link chart is made of, whatever it is made from and whatever it is written to.

Reach for `Chart`; `of_network()` makes one of a network or a part of one, `of_links()` of the LINKS of a run. Cutting a
network to its reader comes before: what a reader may not see is not in the chart, so no format has to hide it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from ops_hub.graph.charts.looks import GREEN, KIND, PROTECTED
from ops_hub.graph.net import Network
from ops_hub.graph.nodes import BANDS, nearest
from ops_hub.schemas import EDGES, LINKS, NODES, check, conform

CAUTION = "A hit is a lead for a person to verify, never an identity and never a verdict. Protected persons are to be helped, not pursued."
PROTECT = (
    "Green: people to be protected (listed, perhaps so, or minors). They go to protection desks and are not suspects."
)
NUMBERS = "Numbers are finds of an analysis, best first: leads to verify."
CITES = 5  # kept of each edge: the first ones and the last one

Places = Mapping[str, tuple[float, float]]


@dataclass(frozen=True)
class Chart:
    """Everything that a writer needs.

    Attributes:
        nodes: NODES.
        edges: EDGES; every end is a node.
        title: heading.
        subtitle: one line beside it.
        caveats: handling caveats of the whole, in words; those of single nodes and edges are added to the foot.
        reader: for whom it was made, e.g. BRB; empty where nobody was named.
        left_out: one sentence on what is not in it and why, or empty.
        focus: node ids that it is about; they are the last to be folded or left out.
        places: where nodes stood in an older chart: they stay there.
        finds: of nodes that an analysis found: the number of the find, best first, and why.
    """

    nodes: pl.DataFrame
    edges: pl.DataFrame
    title: str
    subtitle: str = ""
    caveats: tuple[str, ...] = ()
    reader: str = ""
    left_out: str = ""
    focus: tuple[str, ...] = ()
    places: Places = field(default_factory=dict)
    finds: Mapping[str, tuple[int, str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        check(self.nodes, NODES, "chart")
        check(self.edges, EDGES, "chart")

    def marked(self) -> pl.DataFrame:
        """Return the nodes with `kind` (how they look), and `find` and `why` of those that were found."""
        found = [(node, number, why) for node, (number, why) in self.finds.items()]
        finds = pl.DataFrame(found, schema={"node_id": pl.String, "find": pl.Int64, "why": pl.String}, orient="row")
        return self.nodes.with_columns(KIND).join(finds, on="node_id", how="left", maintain_order="left")

    def foot(self) -> tuple[str, ...]:
        """Return the sentences that stand on the chart in every format."""
        lines = [CAUTION]
        kinds = self.nodes.select(KIND.unique()).to_series().to_list()
        if set(GREEN) & set(kinds):
            lines.append(PROTECT)
        if self.finds:
            lines.append(NUMBERS)
        if self.reader:
            lines.append(f"Made for {self.reader}; it holds only what {self.reader} may see.")
        lines += [*self.caveats, *self._owners()]
        if self.left_out:
            lines.append(self.left_out)
        return tuple(dict.fromkeys(lines))

    def _owners(self) -> list[str]:
        """Return one sentence an owner: the caveats on its content."""
        said = pl.concat([frame.select("owner", "caveats") for frame in (self.nodes, self.edges)])
        each = said.explode("caveats").drop_nulls("caveats").unique().sort("owner", "caveats")
        owners = each.group_by("owner", maintain_order=True).agg("caveats")
        return [f"Caveats of {owner or 'content'}: {', '.join(words)}." for owner, words in owners.iter_rows()]


def numbered(row: Mapping[str, Any]) -> str:
    """Return what a row of `Chart.marked` is called on a chart: '1. NAME' for a find."""
    label = row["label"] or row["node_id"]
    return f"{row['find']}. {label}" if row["find"] else str(label)


def of_network(
    net: Network,
    *,
    title: str,
    subtitle: str = "",
    caveats: Sequence[str] = (),
    reader: str = "",
    left_out: str = "",
    focus: Sequence[str] = (),
    places: Places | None = None,
) -> Chart:
    """Return the chart of a network, or of a part of one (`net.part`); the arguments are those of Chart.

    A network that was cut to its reader says who that is and which caveats hold; they are taken from there.
    """
    whole = [str(each) for each in net.about.get("caveats", ())]
    return Chart(
        net.nodes,
        net.edges,
        title,
        subtitle,
        tuple(dict.fromkeys([*whole, *caveats])),
        reader or str(net.about.get("reader") or ""),
        left_out,
        tuple(focus),
        places or {},
    )


def of_links(
    links: pl.DataFrame | pl.LazyFrame,
    *,
    title: str,
    subtitle: str = "",
    caveats: Sequence[str] = (),
    most: int | None = None,
    places: Places | None = None,
) -> Chart:
    """Return the chart of LINKS; of more than `most` nodes those nearest to hits, and it says so."""
    links = check(links.lazy(), LINKS, "chart")
    shown, beyond = (links.collect(), 0) if most is None else nearest(links, most)
    left_out = f"{beyond:,} nodes farthest from any hit are not in it; see links.parquet for all." if beyond else ""
    return Chart(_nodes(shown), _edges(shown), title, subtitle, tuple(caveats), "", left_out, (), places or {})


def _nodes(links: pl.DataFrame) -> pl.DataFrame:
    """Return NODES of LINKS: protect before all other handling, the strongest band."""
    rank = pl.col("band").replace_strict(dict(zip(BANDS, range(3), strict=True)), default=None, return_dtype=pl.Int64)
    ends = [
        links.select(
            node_id=f"{end}_id", type=f"{end}_type", label=f"{end}_label", rank=rank, handling="handling", at="at",
            record_id="record_id",
        )
        for end in ("from", "to")
    ]  # fmt: skip
    found = (
        pl.concat(ends)
        .group_by("node_id")
        .agg(
            pl.col("type", "label").last(),
            pl.col("rank").min(),
            pl.when((pl.col("handling") == "protect").any()).then(pl.lit("protect")).otherwise(pl.col("handling").min()).alias("handling"),
            pl.col("at").min().alias("first_seen"),
            pl.col("at").max().alias("last_seen"),
            pl.col("record_id").n_unique().alias("records"),
        )
        .with_columns(
            pl.col("type").replace(PROTECTED, "entry"),
            pl.col("rank").replace_strict(dict(enumerate(BANDS)), default=None, return_dtype=pl.String).alias("band"),
            weight=pl.lit(1.0),
        )
    )  # fmt: skip
    return conform(_listed(found, NODES).lazy(), NODES).sort("node_id").collect()


def _edges(links: pl.DataFrame) -> pl.DataFrame:
    """Return EDGES of LINKS: what several records say of the same two ends is one edge that cites them."""
    same = ["from_id", "to_id", "link", "label", "band", "handling"]
    cite = pl.struct("record_id", "source", "message_ref", pl.lit(None, pl.Int64).alias("position"))
    found = (
        links.sort("at", "record_id", "source", nulls_last=True)
        .group_by(same)
        .agg(
            pl.col("at").min().alias("first_seen"),
            pl.col("at").max().alias("last_seen"),
            pl.col("record_id").n_unique().alias("count"),
            cite.unique(maintain_order=True).alias("cites"),
        )
        .with_columns(
            pl.when(pl.col("cites").list.len() > CITES)
            .then(pl.concat_list(pl.col("cites").list.head(CITES - 1), pl.col("cites").list.tail(1)))
            .otherwise("cites")
            .alias("cites"),
            weight=pl.lit(1.0),
        )
    )
    order = ("link", "from_id", "to_id", "label")
    return conform(_listed(found, EDGES).lazy(), EDGES).sort(order, nulls_last=True).collect()


def _listed(frame: pl.DataFrame, schema: Mapping[str, object]) -> pl.DataFrame:
    """Return the frame with empty lists where the schema has lists that it has not."""
    lists = [name for name in ("crime_types", "caveats", "states") if name in schema]
    return frame.with_columns([pl.lit([], pl.List(pl.String)).alias(name) for name in lists])
