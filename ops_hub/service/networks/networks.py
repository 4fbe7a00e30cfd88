"""Networks and their charts, cut to who asks: kept ones, a chart, finds, ways, neighbours, search, details, files."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any, Literal

import msgspec
import polars as pl
from msgspec import Meta

from ops_hub.errors import ConfigError, MissingError
from ops_hub.graph.analyses.finding import Finding
from ops_hub.graph.analyses.paths import paths
from ops_hub.graph.analyses.table import FINDERS
from ops_hub.graph.analyses.which import which
from ops_hub.graph.chart import described
from ops_hub.graph.charts.folding import DRAWN
from ops_hub.graph.charts.model import of_network
from ops_hub.graph.export import export as written
from ops_hub.graph.net import part
from ops_hub.graph.who import card, found
from ops_hub.service.centre import Centre
from ops_hub.service.networks.seen import (
    MOST_FOUND,
    Seen,
    View,
    chart_of,
    drawing,
    finding,
    seen,
)
from ops_hub.service.table import Caller, Document, operation

MOST_EXPORTED = 50_000  # nodes of a file made in a console; larger ones at the command line
_AT_ONCE = 100  # neighbours added, results of a search
_TOP = 20  # finds, where nobody says how many
_MEDIA = {
    "html": ("html", "text/html"), "svg": ("svg", "image/svg+xml"), "anx": ("anx", "application/xml"),
    "graphml": ("graphml", "application/xml"), "gexf": ("gexf", "application/xml"), "csv": ("csv", "text/csv"),
    "cypher": ("cypher", "text/plain"),
}  # fmt: skip

# What rows of a table always have, also where there is nothing to say.
_NODE = dict.fromkeys(("label", "find", "why", "band", "handling", "owner", "first", "last"), None) | {"states": []}
_LINK = dict.fromkeys(("label", "band", "handling", "owner", "grade", "first", "last"), None)

Name = Annotated[str, Meta(max_length=100, description="Name of the network.")]
NodeId = Annotated[str, Meta(min_length=1, max_length=500)]
Text = Annotated[str, Meta(min_length=1, max_length=200)]
Kind = Annotated[str, Meta(max_length=40, description=f"One of {', '.join(FINDERS)}.")]
Top = Annotated[int, Meta(ge=1, le=MOST_FOUND)]


class Looked(msgspec.Struct, forbid_unknown_fields=True):
    """Which part of a network: what an analysis finds, what is near some nodes, or all."""

    network: Name
    find: Kind = ""
    around: list[NodeId] | NodeId = []
    hops: Annotated[int, Meta(ge=1, le=6)] | None = None
    top: Top | None = None

    @property
    def view(self) -> View:
        """The same, as charts are kept by."""
        around = [self.around] if isinstance(self.around, str) else self.around
        if len(around) > 20:
            raise ConfigError("around", "these are too many nodes to begin at", "name 20 at most")
        return View(self.find, tuple(around), self.hops, self.top or (_TOP if self.find else None))


class Charted(msgspec.Struct):
    """A chart: nodes and links of `data`, `places` of nodes, sentences to read beside it, and how large the whole is."""

    name: str
    made_at: str
    reader: str
    all_nodes: int
    all_links: int
    words: list[str]
    foot: list[str]
    data: dict[str, Any]
    places: dict[str, Any]


@operation("networks.show", "GET", "/networks/{network}/chart", personal=True)
def show(centre: Centre, by: Caller, asked: Looked) -> Charted:
    """Show a chart of a network: of all that the reader sees, of what an analysis finds, or of what is near some nodes.

    At most 2,000 nodes are drawn, those nearest to what it is about and to hits; it says how many are not.
    """
    of = seen(centre, by.actor, asked.network)
    made = drawing(centre, of, asked.view)
    about = of.net.about
    return Charted(
        of.name, str(about.get("made_at") or ""), str(about["reader"]), of.net.nodes.height, of.net.edges.height,
        list(made.words), list(made.chart.foot()), dict(made.data), dict(made.places),
    )  # fmt: skip


class Page(msgspec.Struct):
    """Nodes and links of a chart as rows, for who does not look at pictures."""

    name: str
    words: list[str]
    foot: list[str]
    all_nodes: int
    all_links: int
    after: int
    nodes: list[dict[str, Any]]
    links: list[dict[str, Any]]


class Leafed(Looked, forbid_unknown_fields=True):
    """A part of a network, and from which row on."""

    after: Annotated[int, Meta(ge=0, le=1_000_000)] = 0


@operation("networks.table", "GET", "/networks/{network}/table", personal=True)
def table(centre: Centre, by: Caller, asked: Leafed) -> Page:
    """Show the same as a chart does as rows: 100 nodes, best linked first, with all links of these."""
    of = seen(centre, by.actor, asked.network)
    made = drawing(centre, of, asked.view)
    degree: dict[str, int] = {}
    for link in made.data["edges"]:
        for end in (link["source"], link["target"]):
            degree[end] = degree.get(end, 0) + 1
    rank = sorted(
        made.data["nodes"], key=lambda n: (n.get("find") or 10_000, not n.get("band"), -degree.get(n["id"], 0), n["id"])
    )
    nodes = [_NODE | each | {"links": degree.get(each["id"], 0)} for each in rank[asked.after : asked.after + _AT_ONCE]]
    shown, labels = {each["id"] for each in nodes}, {each["id"]: each.get("label") or each["id"] for each in rank}
    links = [
        _LINK | link | {"source_label": labels[link["source"]], "target_label": labels[link["target"]]}
        for link in made.data["edges"]
        if link["source"] in shown or link["target"] in shown
    ]
    return Page(of.name, list(made.words), list(made.chart.foot()), len(rank), len(made.data["edges"]), asked.after, nodes, links[:2000])  # fmt: skip


class Found(msgspec.Struct):
    """What was found: sentences, rows with `why`, the nodes that show it, and what owners are told of it."""

    kind: str
    words: list[str]
    rows: list[dict[str, Any]]
    more: int
    ids: list[str]
    notices: list[dict[str, str]]


class Search(msgspec.Struct, forbid_unknown_fields=True):
    """What is looked for: a name, a number, an address, a document, a node id."""

    network: Name
    text: Text


class Node(msgspec.Struct):
    """A node that was found."""

    id: str
    type: str
    label: str
    band: str | None
    handling: str | None
    birth_date: str | None
    nationality: str | None
    records: int
    persons: int


class Results(msgspec.Struct):
    """Nodes that a text may mean."""

    nodes: list[Node]
    more: int


# asked by POST, as all that people type about somebody: addresses are written down on the way, and in browsers
@operation("networks.search", "POST", "/networks/{network}/search", personal=True)
def search(centre: Centre, by: Caller, asked: Search) -> Results:
    """Find nodes by name, number, address, document or id."""
    of = seen(centre, by.actor, asked.network)
    met = found(of.net, asked.text.strip())
    columns = [each.name for each in msgspec.structs.fields(Node)]
    rows = met.head(_AT_ONCE).rename({"node_id": "id"}).select(columns).iter_rows(named=True)
    return Results([Node(**row | {"label": row["label"] or row["id"]}) for row in rows], max(0, met.height - _AT_ONCE))


class Question(msgspec.Struct, forbid_unknown_fields=True):
    """An analysis, and where it begins."""

    network: Name
    kind: Kind
    around: list[NodeId] | NodeId = []
    hops: Annotated[int, Meta(ge=1, le=6)] | None = None
    top: Top = _TOP


@operation("networks.find", "GET", "/networks/{network}/finds/{kind}", personal=True)
def find(centre: Centre, by: Caller, asked: Question) -> Found:
    """Ask a network: organisers, payers, groups, those who travel together and so on, in what the reader sees of it."""
    of = seen(centre, by.actor, asked.network)
    view = Looked(asked.network, asked.kind, asked.around, asked.hops, asked.top).view
    return _found(finding(centre, of, view))


class Way(msgspec.Struct, forbid_unknown_fields=True):
    """Two nodes: ids, or text that only one label has; `everything` also goes by flights, vessels, ports, agencies and crimes."""

    network: Name
    one: NodeId
    other: NodeId
    everything: bool = False
    top: Annotated[int, Meta(ge=1, le=20)] = 5


@operation("networks.path", "POST", "/networks/{network}/path", personal=True)
def path(centre: Centre, by: Caller, asked: Way) -> Found:
    """Tell how two are tied: the shortest ways and the strongest ones, each with who says so."""
    of = seen(centre, by.actor, asked.network)
    ends = which(of.net, asked.one), which(of.net, asked.other)
    if ends[0] == ends[1]:
        raise ConfigError("path", "both ends are the same node", "choose two different nodes")
    return _found(paths(of.net, of.settings, *ends, most=asked.top, everything=asked.everything))


class One(msgspec.Struct, forbid_unknown_fields=True):
    """A node."""

    network: Name
    node: NodeId


@operation("networks.node", "GET", "/networks/{network}/node", personal=True)
def node(centre: Centre, by: Caller, asked: One) -> dict[str, Any]:
    """Tell all that a network holds of a node: what ties it to whom and who says so, its trips and records."""
    of = seen(centre, by.actor, asked.network)
    return card(of.net, _one(of, asked.node))


class Wider(msgspec.Struct, forbid_unknown_fields=True):
    """A node, the nodes that are drawn already, and after how many of its neighbours to go on."""

    network: Name
    node: NodeId
    drawn: Annotated[list[NodeId], Meta(max_length=2 * DRAWN)] = []
    after: Annotated[int, Meta(ge=0, le=1_000_000)] = 0


class Nearby(msgspec.Struct):
    """Nodes and links to be drawn beside what is there, and how many neighbours are left."""

    nodes: list[dict[str, Any]]
    edges: list[dict[str, Any]]
    more: int


@operation("networks.expand", "POST", "/networks/{network}/expand", personal=True)
def expand(centre: Centre, by: Caller, asked: Wider) -> Nearby:
    """Tell the neighbours of a node that are not drawn yet, the strongest ties first, with their links to what is drawn."""
    of = seen(centre, by.actor, asked.network)
    here = _one(of, asked.node)
    beside = of.net.edges.filter((pl.col("from_id") == here) | (pl.col("to_id") == here))
    other = pl.when(pl.col("from_id") == here).then("to_id").otherwise("from_id").alias("node_id")
    ranked = beside.select(other, "weight").group_by("node_id").agg(pl.col("weight").max()).sort(["weight", "node_id"], descending=[True, False])  # fmt: skip
    have = {here, *asked.drawn}  # the node itself is told too where it is not drawn
    beyond = [each for each in ranked["node_id"] if each not in have]
    fresh = beyond[asked.after : asked.after + _AT_ONCE]
    added = part(of.net, [*fresh, *have])
    news = pl.Series([*fresh, *({here} - set(asked.drawn))], dtype=pl.String).implode()
    links = added.edges.filter(pl.col("from_id").is_in(news) | pl.col("to_id").is_in(news))
    ends = {*links["from_id"], *links["to_id"], *fresh, here}
    nodes, edges = described(of_network(replace(part(of.net, ends), edges=links), title=of.name))
    wanted = {*fresh, here} - set(asked.drawn)
    return Nearby(
        [each for each in nodes if each["id"] in wanted], edges, max(0, len(beyond) - asked.after - len(fresh))
    )


class Export(Looked, forbid_unknown_fields=True):
    """A part of a network, and the form of the file."""

    form: Literal["html", "svg", "anx", "graphml", "gexf", "csv", "cypher"] = "html"


@operation("networks.export", "GET", "/networks/{network}/export", personal=True, export=True, about=("form", "find"))
def export(centre: Centre, by: Caller, asked: Export) -> Document:
    """Write a chart as a file: for a browser, a briefing, i2, Gephi, a graph database or a table. It needs a purpose of its own."""
    of, view = seen(centre, by.actor, asked.network), asked.view
    found = finding(centre, of, view) if view.find or view.around else None
    chart = replace(chart_of(of, found), reader=str(by.actor))
    if chart.nodes.height > MOST_EXPORTED:
        problem = f"it has {chart.nodes.height:,} nodes, and a console writes {MOST_EXPORTED:,} at most"
        raise ConfigError("export", problem, "choose a find or a node, or use ops-hub chart")
    ending, media = _MEDIA[asked.form]
    about = f"-{view.find or 'around'}" if found else ""
    return Document(f"{of.name}{about}.{ending}", media, written(chart, asked.form))


def _one(of: Seen, node_id: str) -> str:
    if not (of.net.nodes["node_id"] == node_id).any():
        raise MissingError(f"node {node_id[:80]}", "this network has none of this id", "search for it")
    return node_id


def _found(made: Finding) -> Found:
    rows = made.table.head(MOST_FOUND).to_dicts()
    notices = [{"owner": owner, "words": words} for owner, words in made.notices]
    return Found(made.kind, list(made.words), rows, made.table.height - len(rows), list(made.ids[:DRAWN]), notices)
