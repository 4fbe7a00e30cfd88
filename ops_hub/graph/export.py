"""A network into files for other tools: GraphML, GEXF, CSV.

Reach for `export()`; FORMATS names what there is. A new format is one function and one line there.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Mapping

import networkx as nx

from ops_hub.errors import ConfigError

_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")  # not allowed in XML 1.0
_COLUMNS = (
    "from_type",
    "from_label",
    "from_id",
    "link",
    "label",
    "band",
    "handling",
    "to_type",
    "to_label",
    "to_id",
    "at",
    "record_id",
    "source",
    "message_ref",
)


def export(graph: nx.MultiGraph, kind: str) -> bytes:
    """Return the network in one of FORMATS.

    Raises:
        ConfigError: the format is not known.
    """
    if kind not in FORMATS:
        raise ConfigError(kind, "this format is not known", f"use one of {', '.join(FORMATS)}, html")
    return FORMATS[kind](graph)


def _plain(graph: nx.MultiGraph) -> nx.MultiGraph:
    """Return a copy with nothing that XML writers refuse or garble: no nulls, dates or control characters."""
    copy = nx.MultiGraph()
    for node, data in sorted(graph.nodes(data=True)):
        copy.add_node(_text(node), **{k: _text(v) for k, v in data.items() if v is not None})
    for one, other, data in sorted(graph.edges(data=True), key=lambda e: (e[0], e[1], str(e[2]))):
        copy.add_edge(_text(one), _text(other), **{k: _text(v) for k, v in data.items() if v is not None})
    return copy


def _text(value: object) -> str:
    return _CONTROL.sub("\ufffd", str(value))


def _graphml(graph: nx.MultiGraph) -> bytes:
    out = io.BytesIO()
    nx.write_graphml_xml(_plain(graph), out)
    return out.getvalue()


def _gexf(graph: nx.MultiGraph) -> bytes:
    out = io.BytesIO()
    nx.write_gexf(_plain(graph), out)
    return out.getvalue()


def _csv(graph: nx.MultiGraph) -> bytes:
    """Return one line a link, both ends typed and labelled (an i2 import layout)."""
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, _COLUMNS, extrasaction="ignore")
    writer.writeheader()
    plain = _plain(graph)
    for one, other, data in plain.edges(data=True):
        ends = {"from_id": one, "to_id": other}
        for side, node in (("from", one), ("to", other)):
            ends |= {f"{side}_type": plain.nodes[node]["type"], f"{side}_label": plain.nodes[node]["label"]}
        writer.writerow({key: _cell(value) for key, value in (data | ends).items()})
    return out.getvalue().encode("utf-8")


def _cell(text: str) -> str:
    return f"'{text}" if text[:1] in ("=", "+", "-", "@") else text


FORMATS: Mapping[str, Callable[[nx.MultiGraph], bytes]] = {"graphml": _graphml, "gexf": _gexf, "csv": _csv}
