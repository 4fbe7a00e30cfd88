"""What a part of the benchmark found, as data: tables and plots that the report is written from.

Reach for `Section` in every part that `python -m benchmarks` runs. A part measures and returns sections; nothing but
`report` knows how they are written down, so that no figure is typed by hand.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Table:
    """Rows of figures; `head` names the columns with their units. A figure that was not reached says so in its row."""

    head: Sequence[str]
    rows: Sequence[Sequence[object]]


@dataclass(frozen=True)
class Plot:
    """Lines to be drawn.

    Attributes:
        name: of the file, without its ending.
        title, x, y: words on it, with units.
        lines: for each name the points (x, y).
        log: axes that are logarithmic: "", "x", "y" or "xy".
        kind: "line", "bar" (x are words) or "histogram" (y are values, x is not used).
    """

    name: str
    title: str
    x: str
    y: str
    lines: dict[str, Sequence[tuple[float | str, float]]]
    log: str = ""
    kind: str = "line"


@dataclass(frozen=True)
class Section:
    """A part of the report.

    Attributes:
        title: its heading.
        says: sentences that stand before the tables; what was measured, how, and what follows from it.
        tables: under it.
        plots: under it.
        command: what repeats this part alone.
    """

    title: str
    says: str
    tables: Sequence[Table] = ()
    plots: Sequence[Plot] = ()
    command: str = ""
    data: dict[str, object] = field(default_factory=dict)
