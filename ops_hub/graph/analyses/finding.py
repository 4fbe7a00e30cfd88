"""What an analysis returns: words that a planner can use, a table, and the nodes to draw.

Reach for `Finding`. An analysis is a function from a Network (and its settings) to one of these; it never decides who may
see it: networks are cut to their reader before they are asked.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl


@dataclass(frozen=True)
class Finding:
    """The answer to one question.

    Attributes:
        kind: name of the analysis, e.g. organisers.
        words: what was looked for, what was found, and how to read it: one sentence each, for a planner.
        table: one row a find, best first; ids of nodes in columns that end in _id or _ids, and a column `why` that says in
            one sentence what speaks for it.
        ids: nodes of the network that show it: `net.part(network, ids)` is the chart.
        notices: for findings that concern several owners: what each may be told (owner, words), nothing of the others'.
    """

    kind: str
    words: tuple[str, ...]
    table: pl.DataFrame
    ids: tuple[str, ...] = ()
    notices: tuple[tuple[str, str], ...] = ()
