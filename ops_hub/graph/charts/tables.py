"""A chart into one CSV, in the layout that i2 and spreadsheets import: one row a link, both ends typed and labelled.

Reach for `links_csv()`. A node without any link has a row of its own, with its side only.
"""

from __future__ import annotations

import csv
import io

from ops_hub.graph.charts.model import Chart
from ops_hub.graph.charts.plain import cited, plain, text

_ENDS = ("type", "kind", "label", "first_seen", "last_seen", "minor", "find")
_LINK = ("link", "label", "first_seen", "last_seen", "count", "band", "handling", "owner", "grade", "crime_types", "states", "caveats")  # fmt: skip
COLUMNS = (
    *("from_id", *(f"from_{name}" for name in _ENDS)),
    *_LINK,
    *("to_id", *(f"to_{name}" for name in _ENDS)),
    *("record_id", "source", "message_ref", "position", "cites", "chart_caveats"),
)
_RISKY = ("=", "+", "-", "@", "\t", "\r")  # a spreadsheet would take it for a formula


def links_csv(chart: Chart) -> bytes:
    """Return the table; the chart's caveats are the last column of every row."""
    nodes = {row["node_id"]: plain(row) for row in chart.marked().iter_rows(named=True)}
    caveats = " ".join(chart.foot())
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for row in chart.edges.iter_rows(named=True):
        cites = row.pop("cites") or []
        said = plain(row)
        for side in ("from", "to"):
            said |= {f"{side}_{name}": value for name, value in nodes[row[f"{side}_id"]].items()}
        first = plain(cites[0]) if cites else {}
        said |= first | {"cites": "; ".join(map(cited, cites)), "chart_caveats": caveats}
        writer.writerow([_cell(said.get(name, "")) for name in COLUMNS])
    tied = {*chart.edges["from_id"], *chart.edges["to_id"]}
    for node, row in sorted(nodes.items()):
        if node not in tied:
            said = {f"from_{name}": value for name, value in row.items()} | {"from_id": node, "chart_caveats": caveats}
            writer.writerow([_cell(said.get(name, "")) for name in COLUMNS])
    return out.getvalue().encode("utf-8")


def _cell(value: object) -> object:
    if not isinstance(value, str):
        return value
    value = text(value)
    return f"'{value}" if value.startswith(_RISKY) else value
