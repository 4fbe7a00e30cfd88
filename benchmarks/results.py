"""What a part of the benchmark found, as data: tables and plots that the report is written from.

Reach for `Section` in every part that `python -m benchmarks` runs. A part measures and returns sections; nothing but
`report` knows how they are written down, so that no figure is typed by hand.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from ops_hub.store.files import write_text


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


@dataclass(frozen=True)
class Outcome:
    """What is kept of a part: its sections, and under which circumstances they came about.

    Attributes:
        part: its name.
        sections: what it returned; after a failure those of its last success.
        date: day and time (UTC) of these sections, "" where there are none.
        commit: of the code that was measured.
        machine, versions: what it ran on and with.
        asked: sizes, seed and runs.
        load: processes that wanted to run in the minute before it began.
        seconds: that it took.
        error: why the last try failed; "" where it did not.
        failed: day and time (UTC) of that failure.
    """

    part: str
    sections: Sequence[Section] = ()
    date: str = ""
    commit: str = ""
    machine: dict[str, str] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)
    asked: dict[str, str] = field(default_factory=dict)
    load: float = 0.0
    seconds: float = 0.0
    error: str = ""
    failed: str = ""


def save(outcome: Outcome, folder: Path) -> None:
    """Write an outcome to FOLDER/PART.json, in the place of an earlier one."""
    folder.mkdir(parents=True, exist_ok=True)
    text = msgspec.json.format(msgspec.json.encode(outcome), indent=1)
    write_text(folder / f"{outcome.part}.json", text.decode() + "\n")


def kept(part: str, folder: Path) -> Outcome:
    """Return what is kept of a part; one without sections where nothing is."""
    place = folder / f"{part}.json"
    return msgspec.json.decode(place.read_bytes(), type=Outcome) if place.exists() else Outcome(part)
