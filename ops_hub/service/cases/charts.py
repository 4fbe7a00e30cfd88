"""The small link chart around a case, drawn by the server: who shares what with its traveller, cut to who asks."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any

import msgspec
import polars as pl
from msgspec import Meta

from ops_hub.casework.policy import sharing_policy
from ops_hub.desk.filing import no_case
from ops_hub.desk.networks import for_reader
from ops_hub.desk.sight import seen
from ops_hub.engines.live.case_network import DAYS, around
from ops_hub.engines.live.retention import is_masked
from ops_hub.graph.analyses.neighbours import neighbours
from ops_hub.graph.chart import described
from ops_hub.graph.charts.drawn import drawn
from ops_hub.graph.charts.folding import within
from ops_hub.graph.charts.looks import look
from ops_hub.graph.charts.model import of_network
from ops_hub.graph.charts.sheet import Line, Mark, Sheet, Words, drawing
from ops_hub.graph.net import Network, part
from ops_hub.graph.settings import graph_settings
from ops_hub.service.centre import Centre
from ops_hub.service.shelf import Shelf
from ops_hub.service.table import Caller, operation

MOST = 60  # nodes
_STEPS = 2
_SECONDS = 60  # a chart is kept; releases and decisions change what may be seen
_LINK = dict.fromkeys(("label", "first", "last", "owner", "grade"), None)  # what a row always has
_SPREAD = 1.5  # of few nodes with words on all of them
_KEPT = 2_000  # nodes of charts kept


class Numbered(msgspec.Struct, forbid_unknown_fields=True):
    """A case."""

    case: Annotated[int, Meta(ge=1, le=2**53)]


class Sketch(msgspec.Struct):
    """Lines, signs and words at places of a field, to be drawn back to front: [x1, y1, x2, y2], [x, y] and their looks."""

    left: float
    top: float
    width: float
    height: float
    lines: list[dict[str, Any]]
    marks: list[dict[str, Any]]
    words: list[dict[str, Any]]


class CaseChart(msgspec.Struct):
    """The chart of a case: the drawing, and the same as rows."""

    case: int
    days: int
    looked_at: int
    skipped: int
    missing: str
    left_out: str
    foot: list[str]
    kinds: list[dict[str, Any]]
    nodes: list[dict[str, Any]]
    links: list[dict[str, Any]]
    sketch: Sketch | None


@operation("networks.case", "GET", "/cases/{case}/chart", personal=True)
def around_case(centre: Centre, by: Caller, asked: Numbered) -> CaseChart:
    """Show who shares a booking, document, contact or payment with the traveller of a case, within seven days of the journey."""
    reader, desk, rules = by.actor, centre.desk, centre.rules
    sight = seen(desk, asked.case, reader)
    if sight is None:
        raise no_case(asked.case)
    now = centre.hub.now()
    masked = is_masked(centre.hub, desk.states, sight.case.keeper, sight.case.day, now)
    missing = sight.missing or ("masked by retention" if masked else "")
    if missing:
        return CaseChart(asked.case, DAYS, 0, 0, missing, "", [], [], [], [], None)
    key = (asked.case, sight.case.events, str(rules), reader.state, reader.role, int(now.timestamp()) // _SECONDS)
    shelf: Shelf[CaseChart] = centre.kept("case-charts", None, lambda: Shelf(_KEPT))

    def make() -> CaseChart:
        found = around(desk, sight.case, sight.bundle, rules)
        freed = found.released.get(reader.state, set())
        net = for_reader(found.net, reader, sharing_policy(rules), released=sorted(freed))
        net = replace(net, about={**net.about, "reader": f"{reader.state}, {reader.role}"})
        return _charted(asked.case, _near(net, sight.case.records, centre), found.looked_at, found.skipped)

    return shelf.get(key, make, lambda made: len(made.nodes) + 1)


def _near(net: Network, records: tuple[str, ...], centre: Centre) -> Network:
    """Return what is within two steps of the traveller, as far as the reader knows which person that is."""
    persons = net.resolved.filter(pl.col("record_id").is_in(list(records)))["person_id"].unique().sort().to_list()
    if not persons:
        return net
    near = neighbours(net, graph_settings(centre.rules), around=persons, hops=_STEPS)
    return part(net, near.ids[:MOST])


def _charted(case: int, net: Network, looked_at: int, skipped: int) -> CaseChart:
    if not net.nodes.height:
        return CaseChart(case, DAYS, looked_at, skipped, "", "", [], [], [], [], None)
    chart = within(of_network(net, title=f"case {case}"), MOST)
    nodes, links = described(chart)
    labels = {each["id"]: each.get("label") or each["id"] for each in nodes}
    links = [
        _LINK | each | {"source_label": labels[each["source"]], "target_label": labels[each["target"]]}
        for each in links
    ]
    kinds = [_sign(kind) for kind in dict.fromkeys(each["kind"] for each in nodes)]
    foot = [line for line in chart.foot() if line != chart.left_out]
    return CaseChart(
        case,
        DAYS,
        looked_at,
        skipped,
        "",
        chart.left_out,
        foot,
        kinds,
        nodes,
        links,
        _sketched(drawing(drawn(chart), _SPREAD)),
    )


def _sign(kind: str) -> dict[str, Any]:
    its = look(kind)
    return {
        "kind": kind,
        "words": its.words,
        "colour": its.colour,
        "points": " ".join(f"{x},{y}" for x, y in its.shape),
    }


def _sketched(sheet: Sheet) -> Sketch:
    """Return a sheet as plain values."""
    lines, marks, words = [], [], []
    for item in sheet.items:
        if isinstance(item, Line):
            lines.append({"ends": list(item.ends), "colour": item.colour, "width": item.width, "dashed": item.dashed})
        elif isinstance(item, Mark):
            points = " ".join(f"{item.x + x * item.half:.1f},{item.y + y * item.half:.1f}" for x, y in item.shape)
            ring = item.ring or ("none", False, 0.0)
            marks.append({
                "x": item.x, "y": item.y, "half": item.half, "colour": item.colour, "points": points, "node": item.node,
                "ring": ring[0], "dashed": ring[1], "width": ring[2],
            })  # fmt: skip
        elif isinstance(item, Words) and item.text:
            words.append({"x": item.x, "y": item.y, "size": item.size, "text": item.text, "bold": item.bold})
    return Sketch(sheet.left, sheet.top, sheet.width, sheet.height, lines, marks, words)
