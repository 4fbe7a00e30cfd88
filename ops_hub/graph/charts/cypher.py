"""A chart into Cypher statements for a property-graph store (Neo4j, Memgraph).

Reach for `cypher()`. Loading the file twice changes nothing: every statement merges by id. Names reach the store as text,
whatever is in them; labels and relationship types are letters, digits and underscores only.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from ops_hub.graph.charts.model import Chart
from ops_hub.graph.charts.plain import plain, text

BATCH = 500  # rows of one statement
_ESCAPES = {"\\": "\\\\", "'": "\\'", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\u2028": "\\u2028", "\u2029": "\\u2029"}
_SPECIAL = re.compile("\\\\u|[\\\\'\n\r\t\u2028\u2029]")


def cypher(chart: Chart) -> bytes:
    """Return the statements: a constraint, nodes by type, relationships by what ties them, caveats as comment and node."""
    lines = [f"// {' '.join(text(sentence).split())}" for sentence in (chart.title, *chart.foot())]
    lines.append("CREATE CONSTRAINT ops_hub_id IF NOT EXISTS FOR (n:OpsHub) REQUIRE n.id IS UNIQUE;")
    about = plain({"title": chart.title, "caveats": " ".join(chart.foot()), "reader": chart.reader or None})
    lines.append(f"MERGE (c:OpsHubChart {{title: {_quoted(chart.title)}}}) SET c += {_map(about)};")
    nodes: dict[str, list[str]] = {}
    for row in chart.marked().sort("node_id").iter_rows(named=True):
        node = row.pop("node_id")
        nodes.setdefault(_label(row["type"]), []).append(f"{{id: {_quoted(node)}, said: {_map(plain(row))}}}")
    for label, rows in sorted(nodes.items()):
        for batch in _batches(rows):
            lines.append(f"UNWIND [{batch}] AS row\nMERGE (n:OpsHub {{id: row.id}}) SET n:`{label}`, n += row.said;")
    edges: dict[str, list[str]] = {}
    order = ["link", "from_id", "to_id", "owner", "label"]
    for row in chart.edges.sort(order, nulls_last=True).iter_rows(named=True):
        one, other = row.pop("from_id"), row.pop("to_id")
        # what may stand twice between the same two: other owners, other hits
        key = "|".join(str(row[name] or "") for name in ("link", "owner", "label"))
        ends = f"a: {_quoted(one)}, b: {_quoted(other)}, key: {_quoted(key)}"
        edges.setdefault(_label(row["link"]).upper(), []).append(f"{{{ends}, said: {_map(plain(row))}}}")
    for kind, rows in sorted(edges.items()):
        for batch in _batches(rows):
            lines.append(
                f"UNWIND [{batch}] AS row\nMATCH (a:OpsHub {{id: row.a}}), (b:OpsHub {{id: row.b}})\n"
                f"MERGE (a)-[r:`{kind}` {{key: row.key}}]->(b) SET r += row.said;"
            )
    return ("\n".join(lines) + "\n").encode("utf-8")


def _batches(rows: list[str]) -> list[str]:
    return [",\n  ".join(rows[k : k + BATCH]) for k in range(0, len(rows), BATCH)]


def _label(name: str) -> str:
    return re.sub(r"\W+", "_", text(name)).strip("_").capitalize() or "Other"


def _map(said: Mapping[str, str | int | float | bool]) -> str:
    return "{" + ", ".join(f"{name}: {_value(value)}" for name, value in said.items()) + "}"


def _value(value: str | int | float | bool) -> str:
    return str(value).lower() if isinstance(value, bool) else _quoted(value) if isinstance(value, str) else repr(value)


def _quoted(value: str) -> str:
    # some readers turn \\uXXXX into a character before they look for the end of the text, so that a name with \\u0027 in it
    # could end it: the u after a backslash is written as its own code
    return "'" + _SPECIAL.sub(lambda m: "\\\\\\u0075" if m[0] == "\\u" else _ESCAPES[m[0]], text(value)) + "'"
