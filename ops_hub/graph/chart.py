"""A network into one HTML file that opens anywhere, offline, and shows who is linked to what.

Reach for `chart_html()`. Everything is inside the file: scripts, styles and data; no request leaves it. Other
formats are in `export`. The look is in assets/chart.css and chart.js; assets/ also holds the drawing library
(cytoscape.js with fcose) with its licences.
"""

from __future__ import annotations

import html
import json
from collections.abc import Sequence
from importlib.resources import files

import networkx as nx
import polars as pl

from ops_hub.graph.network import nearest, network

MAX_NODES = 2500  # drawn at once; beyond, the nodes farthest from any hit are left out and the page says so
CAUTION = "A hit is a lead for a person to verify, never an identity and never a verdict. Protected persons are to be helped, not pursued."
_EDGE_KEYS = {"source": "feed"}  # to the drawing library, source is where an edge begins
_SCRIPTS = ("cytoscape.min.js", "layout-base.js", "cose-base.js", "cytoscape-fcose.js", "chart.js")


def chart_html(links: pl.DataFrame, *, title: str, subtitle: str, notes: Sequence[str] = ()) -> str:
    """Return the page.

    Args:
        links: LINKS.
        title: heading and window title.
        subtitle: one line beside it.
        notes: further lines for the foot of the page, e.g. handling caveats.
    """
    part, left_out = nearest(links, MAX_NODES)
    shown = network(part)
    lines = [CAUTION, *notes]
    if left_out:
        lines.append(
            f"{left_out} nodes farthest from any hit are not drawn ({MAX_NODES} are); see links.parquet for all."
        )
    assets = files("ops_hub.graph") / "assets"
    parts = {
        "title": html.escape(title),
        "subtitle": html.escape(subtitle),
        "count": str(shown.number_of_nodes()),
        "css": (assets / "chart.css").read_text(encoding="utf-8"),
        "notes": html.escape(" ".join(lines)),
        "data": _data(shown),
        "scripts": "\n".join(
            f"<script>{_script((assets / name).read_text(encoding='utf-8'))}</script>" for name in _SCRIPTS
        ),
    }
    page = (assets / "chart.html").read_text(encoding="utf-8")
    head, *pieces = page.split("{{")
    return head + "".join(parts[name] + rest for name, rest in (piece.split("}}", 1) for piece in pieces))


def _script(text: str) -> str:
    return text.replace("</script", "<\\/script")


def _data(graph: nx.MultiGraph) -> str:
    """Return nodes and edges as JSON that cannot end the element it stands in."""
    nodes = [
        {"id": node, **{k: v for k, v in data.items() if v is not None}}
        for node, data in sorted(graph.nodes(data=True))
    ]
    edges = [
        {
            **{
                _EDGE_KEYS.get(k, k): (v.isoformat(" ", "minutes") if k == "at" else v)
                for k, v in data.items()
                if v is not None
            },
            "source": one,
            "target": other,
        }
        for one, other, data in sorted(
            graph.edges(data=True),
            key=lambda edge: (edge[0], edge[1], str(edge[2]["link"]), str(edge[2]["record_id"])),
        )
    ]
    text = json.dumps({"nodes": nodes, "edges": edges}, ensure_ascii=True)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
