"""A chart into GraphML and GEXF, as networkx writes them and Gephi, yEd and Cytoscape read them.

Reach for `graphml()` and `gexf()`. Nodes keep their places where the chart has not too many to be laid out.
"""

from __future__ import annotations

import io
from xml.etree import ElementTree

import networkx as nx

from ops_hub.graph.charts.drawn import drawn
from ops_hub.graph.charts.folding import IN_FILE, IN_TOOLS, within
from ops_hub.graph.charts.layout import Place
from ops_hub.graph.charts.model import Chart
from ops_hub.graph.charts.plain import plain, text


def placed(chart: Chart) -> dict[str, Place]:
    """Return where nodes stand; nothing where there are too many to be laid out."""
    return dict(drawn(chart).places) if 0 < chart.nodes.height <= IN_FILE else {}


def _graph(chart: Chart) -> nx.MultiGraph:
    graph = nx.MultiGraph(title=text(chart.title), caveats=text(" ".join(chart.foot())), reader=text(chart.reader))
    for row in chart.marked().iter_rows(named=True):
        graph.add_node(text(row.pop("node_id")), **plain(row))
    for row in chart.edges.iter_rows(named=True):
        graph.add_edge(text(row.pop("from_id")), text(row.pop("to_id")), **plain(row))
    return graph


def graphml(chart: Chart) -> bytes:
    """Return GraphML; caveats stand as data of the graph, places as x and y."""
    chart = within(chart, IN_TOOLS)
    graph = _graph(chart)
    for node, (x, y) in placed(chart).items():
        if text(node) in graph:
            graph.nodes[text(node)].update(x=float(x), y=float(y))
    out = io.BytesIO()
    nx.write_graphml_xml(graph, out)
    return out.getvalue()


def gexf(chart: Chart) -> bytes:
    """Return GEXF; caveats stand in its description, places as its own positions (y upwards)."""
    chart = within(chart, IN_TOOLS)
    graph = _graph(chart)
    graph.graph = {"name": text(chart.title)}
    for node, (x, y) in placed(chart).items():
        if text(node) in graph:
            graph.nodes[text(node)]["viz"] = {"position": {"x": float(x), "y": -float(y), "z": 0.0}}
    writer = nx.readwrite.gexf.GEXFWriter(version="1.2draft")
    writer.add_graph(graph)
    meta = writer.xml.find("meta")
    del meta.attrib["lastmodifieddate"]  # the same chart gives the same file on any day
    ElementTree.SubElement(meta, "description").text = text(" ".join(chart.foot()))
    return b'<?xml version="1.0" encoding="utf-8"?>\n' + bytes(ElementTree.tostring(writer.xml, encoding="utf-8"))
