"""Which node is meant: by id, or by text that only one label has.

Reach for `which()`.
"""

from __future__ import annotations

import polars as pl

from ops_hub.errors import ConfigError
from ops_hub.graph.analyses.compiled import called
from ops_hub.graph.net import Network

_TOLD = 8


def which(net: Network, text: str) -> str:
    """Return the id of the node meant: that has this id, or this label, or alone has the text in its label (any case).

    Raises:
        ConfigError: none is meant, or several are: then it tells some of them.
    """
    nodes = net.nodes
    if (nodes["node_id"] == text).any():
        return text
    label, wanted = pl.col("label").str.to_lowercase(), text.lower()
    for met in (label == wanted, label.str.contains(wanted, literal=True)):
        found = nodes.filter(met)
        if found.height == 1:
            return str(found["node_id"][0])
        if found.height:
            some = ", ".join(f"{row['node_id']} ({called(row)})" for row in found.head(_TOLD).iter_rows(named=True))
            more = f" and {found.height - _TOLD:,} more" if found.height > _TOLD else ""
            raise ConfigError(
                f"node '{text}'", f"it may be any of {some}{more}", "give the id of the one that is meant"
            )
    raise ConfigError(f"node '{text}'", "no id or label of the network has it", "give a node id, or text of a label")
