"""A chart into files for other tools and for briefings.

Reach for `export()`; FORMATS names what there is. A new format is one function of a Chart and one line there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ops_hub.errors import ConfigError
from ops_hub.graph.chart import chart_html
from ops_hub.graph.charts.anx import anx
from ops_hub.graph.charts.cypher import cypher
from ops_hub.graph.charts.drawn import drawn
from ops_hub.graph.charts.graphs import gexf, graphml
from ops_hub.graph.charts.model import Chart
from ops_hub.graph.charts.pictures import png, svg
from ops_hub.graph.charts.tables import links_csv

DRAWN = 600  # nodes of a sheet of paper; beyond, some stand as one
FORMATS: Mapping[str, Callable[[Chart], bytes]] = {
    "html": lambda chart: chart_html(chart).encode("utf-8"),
    "anx": anx,
    "graphml": graphml,
    "gexf": gexf,
    "csv": links_csv,
    "cypher": cypher,
    "svg": lambda chart: svg(drawn(chart, DRAWN)),
    "png": lambda chart: png(drawn(chart, DRAWN)),
}


def export(chart: Chart, kind: str) -> bytes:
    """Return the chart in one of FORMATS.

    Raises:
        ConfigError: the format is not known, or needs what is not installed.
    """
    if kind not in FORMATS:
        raise ConfigError(kind, "this format is not known", f"use one of {', '.join(FORMATS)}")
    return FORMATS[kind](chart)
