"""A chart into one HTML file that opens anywhere, offline, and shows who is linked to what.

Reach for `chart_html()`; `page_data()` and `described()` are what its scripts draw, for pages that fetch it. Everything is
inside the file: scripts, styles and data; no request leaves it. Other formats are in `export`. The look is in assets/chart.*; assets/ also holds the drawing library (cytoscape.js) with its licence.
"""

from __future__ import annotations

import html
import json
import re
from importlib.resources import files
from typing import Any

from ops_hub.errors import FeedError
from ops_hub.graph.charts.drawn import Drawn, drawn
from ops_hub.graph.charts.folding import words
from ops_hub.graph.charts.layout import Place
from ops_hub.graph.charts.looks import BANDS, GROUP, LOOKS, OTHER
from ops_hub.graph.charts.model import Chart
from ops_hub.graph.charts.plain import text as safe

# What the page says of nodes and edges, besides ids; nulls and empty lists are left out.
_OF_NODE = (
    "kind", "type", "label", "band", "handling", "owner", "birth_date", "sex", "nationality", "minor", "records", "persons",
    "damped", "crime_types", "caveats", "states", "find", "why",
)  # fmt: skip
_OF_EDGE = ("link", "label", "band", "handling", "owner", "grade", "count", "crime_types", "caveats", "states")
_SCRIPTS = ("cytoscape.min.js", "chart.js", "chart-card.js", "chart-picture.js")
_FARTHEST = 1e7  # from the middle that a node can stand
_PLACES = re.compile(r'id="places">(.*?)</', re.DOTALL)


def chart_html(chart: Chart) -> str:
    """Return the page."""
    picture = drawn(chart)
    data, places = page_data(picture)
    assets = files("ops_hub.graph") / "assets"
    parts = {
        "title": html.escape(safe(chart.title)),
        "subtitle": html.escape(safe(chart.subtitle)),
        "count": f"{picture.chart.nodes.height:,}",
        "css": (assets / "chart.css").read_text(encoding="utf-8"),
        "foot": "\n".join(f"<p>{html.escape(line)}</p>" for line in picture.chart.foot()),
        "data": _json(data),
        "places": _json(places),
        "scripts": "\n".join(
            f"<script>{_script((assets / name).read_text(encoding='utf-8'))}</script>" for name in _SCRIPTS
        ),
    }
    page = (assets / "chart.html").read_text(encoding="utf-8")
    head, *pieces = page.split("{{")
    return head + "".join(parts[name] + rest for name, rest in (piece.split("}}", 1) for piece in pieces))


def read_places(text: str, source: str) -> dict[str, Place]:
    """Return where nodes stood: of a chart in HTML or SVG, or of the JSON alone.

    Raises:
        FeedError: no places are in it.
    """
    found = _PLACES.search(text)
    try:
        held = json.loads(html.unescape(found[1]) if found else text)
        places = {str(node): (float(x), float(y)) for node, (x, y) in held.items()}
        if not all(abs(x) < _FARTHEST and abs(y) < _FARTHEST for x, y in places.values()):  # nor what is no number
            raise ValueError("a place is nowhere")
        return places
    except (ValueError, TypeError, AttributeError):
        remedy = "name a chart that ops-hub chart wrote as html or svg, or JSON of the form {node id: [x, y]}"
        raise FeedError(source, "this is no chart with places of nodes", remedy) from None


def _script(text: str) -> str:
    return text.replace("</script", "<\\/script")


def _json(value: object) -> str:
    """Return JSON that cannot end the element it stands in."""
    text = json.dumps(value, ensure_ascii=True, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def page_data(picture: Drawn) -> tuple[dict[str, Any], dict[str, Place]]:
    """Return what the scripts of the page draw, as JSON can hold it, and where nodes stand."""
    fold_of, chart = picture.stands_for, picture.chart
    nodes, edges = described(chart)
    labels = {each["id"]: each.get("label") or each["id"] for each in nodes}
    kinds = {each["id"]: each["kind"] for each in nodes}
    for each in nodes:
        node = each["id"]
        inside = {"fold": fold_of.get(node), "group": picture.groups.get(node), "state": picture.states.get(node)}
        each |= {k: v for k, v in inside.items() if v}
    folds = [
        {
            "id": fold,
            "label": words([kinds[node] for node in members]),
            "group": picture.groups.get(members[0]),
            "state": picture.states.get(members[0]),
        }
        for fold, members in picture.folds.items()
    ]
    data = {
        "title": safe(chart.title),
        "foot": chart.foot(),
        "looks": {kind: [each.colour, each.shape, each.words] for kind, each in {**LOOKS, "other": OTHER}.items()},
        "bands": BANDS,
        "nodes": nodes,
        "folds": folds,
        "edges": edges,
        "groups": {best: f"around {labels[best]}" for best in sorted(set(picture.groups.values()))},
        "by_state": dict(picture.by_state),
        "group": GROUP,
    }
    return data, dict(picture.places)


def described(chart: Chart) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return what the scripts of the page say of nodes and of edges."""
    nodes = []
    for row in chart.marked().iter_rows(named=True):
        row["label"] = safe(row["label"] or "")
        nodes.append({"id": row["node_id"], **_said(row, _OF_NODE), **_when(row)})
    edges = [
        {"source": row["from_id"], "target": row["to_id"], **_said(row, _OF_EDGE), **_when(row), "cites": _cites(row)}
        for row in chart.edges.iter_rows(named=True)
    ]
    return nodes, edges


def _said(row: dict[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    return {name: row[name] for name in names if row[name] not in (None, [], "")}


def _when(row: dict[str, Any]) -> dict[str, str]:
    times = {"first": row["first_seen"], "last": row["last_seen"]}
    return {name: time.isoformat(" ", "minutes") for name, time in times.items() if time}


def _cites(row: dict[str, Any]) -> list[list[Any]]:
    return [[c["record_id"], c["source"], c["message_ref"], c["position"]] for c in row["cites"] or ()]
