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
from typing import Any

import polars as pl

from ops_hub.graph.nodes import nearest, nodes

MAX_NODES = 2500  # drawn at once; beyond, the nodes farthest from any hit are left out and the page says so
CAUTION = "A hit is a lead for a person to verify, never an identity and never a verdict. Protected persons are to be helped, not pursued."
# What is said of an edge; to the drawing library, source is where it begins.
_SAID = {name: name for name in ("link", "label", "band", "handling", "record_id")}
_SAID |= {"source": "feed", "message_ref": "message_ref", "at": "at"}
_SCRIPTS = ("cytoscape.min.js", "layout-base.js", "cose-base.js", "cytoscape-fcose.js", "chart.js")


def chart_html(links: pl.DataFrame | pl.LazyFrame, *, title: str, subtitle: str, notes: Sequence[str] = ()) -> str:
    """Return the page.

    Args:
        links: LINKS.
        title: heading and window title.
        subtitle: one line beside it.
        notes: further lines for the foot of the page, e.g. handling caveats.
    """
    shown, left_out = nearest(links.lazy(), MAX_NODES)
    drawn = nodes(shown)
    lines = [CAUTION, *notes]
    if left_out:
        lines.append(
            f"{left_out} nodes farthest from any hit are not drawn ({MAX_NODES} are); see links.parquet for all."
        )
    assets = files("ops_hub.graph") / "assets"
    parts = {
        "title": html.escape(title),
        "subtitle": html.escape(subtitle),
        "count": str(len(drawn)),
        "css": (assets / "chart.css").read_text(encoding="utf-8"),
        "notes": html.escape(" ".join(lines)),
        "data": _data(drawn, shown),
        "scripts": "\n".join(
            f"<script>{_script((assets / name).read_text(encoding='utf-8'))}</script>" for name in _SCRIPTS
        ),
    }
    page = (assets / "chart.html").read_text(encoding="utf-8")
    head, *pieces = page.split("{{")
    return head + "".join(parts[name] + rest for name, rest in (piece.split("}}", 1) for piece in pieces))


def _script(text: str) -> str:
    return text.replace("</script", "<\\/script")


def _data(drawn: dict[str, dict[str, Any]], links: pl.DataFrame) -> str:
    """Return nodes and edges as JSON that cannot end the element it stands in."""
    said = [
        {"id": node, **{key: value for key, value in data.items() if value is not None}}
        for node, data in sorted(drawn.items())
    ]
    edges = [_edge(row) for row in links.sort("from_id", "to_id", "link", "record_id", "label").iter_rows(named=True)]
    text = json.dumps({"nodes": said, "edges": edges}, ensure_ascii=True)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _edge(row: dict[str, Any]) -> dict[str, Any]:
    edge = {key: row[name] for name, key in _SAID.items() if row[name] is not None}
    if row["at"] is not None:
        edge["at"] = row["at"].isoformat(" ", "minutes")
    return edge | {"source": row["from_id"], "target": row["to_id"]}
