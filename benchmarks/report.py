"""What is kept of each part into RESULTS.md and its plots.

Reach for `write()`. Every figure, date, version and sentence in the report comes from the outcomes, and the same outcomes give the
same report: it can be written again at any time. Judges nothing.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks.plots import drawn
from benchmarks.results import Outcome, Section, Table
from ops_hub.store.files import write_text

BUSY = 0.5  # processes that wanted to run before a part began; with more, the machine was not quiet
HEAD = """# Results of the benchmark

Written by `python -m benchmarks`; nothing in here is typed by hand, so do not edit it. To repeat all of it: `make bench`
(about 35 minutes on two quiet cores); a part alone: `python -m benchmarks PART`, which leaves the others as they are. What is measured, and how to
read it: [README.md](README.md). Every single figure that medians were made of is in [results/](results).
Everyone in the data is invented; the same seed makes the same data.
"""


def write(outcomes: Sequence[Outcome], out: Path) -> None:
    """Write OUT/RESULTS.md and OUT/plots, from outcomes in the order of the report."""
    plots = [plot for outcome in outcomes for section in outcome.sections for plot in section.plots]
    names = [plot.name for plot in plots]
    if twice := {name for name in names if names.count(name) > 1}:
        raise ValueError(f"plots of the same name: {', '.join(sorted(twice))}")
    for plot in plots:
        write_text(out / "plots" / f"{plot.name}.svg", drawn(plot))
    for old in (out / "plots").glob("*.svg"):
        if old.stem not in names:
            old.unlink()
    write_text(out / "RESULTS.md", text(outcomes))


def text(outcomes: Sequence[Outcome]) -> str:
    """Return the report."""
    parts = [HEAD, *_failures(outcomes), _in_short(outcomes), _circumstances(outcomes)]
    return "\n".join([*parts, *(_part(outcome) for outcome in outcomes)]).rstrip() + "\n"


def _failures(outcomes: Sequence[Outcome]) -> list[str]:
    failed = [each for each in outcomes if each.error]
    if not failed:
        return []
    rows = [f"- `{each.part}`, {each.failed}: {each.error}" for each in failed]
    return ["**Parts that failed when they were last tried; what stands below of them is older:**\n", *rows, ""]


def _in_short(outcomes: Sequence[Outcome]) -> str:
    rows = [
        f"- {section.data['verdict']}"
        for outcome in outcomes
        for section in outcome.sections
        if isinstance(section.data.get("verdict"), str)
    ]
    return "## In short\n\n" + "\n".join(rows or ["Nothing yet."]) + "\n"


def _circumstances(outcomes: Sequence[Outcome]) -> str:
    """Return machine, versions and, for each part, when and how; what differs between parts is told of each."""
    done = [each for each in outcomes if each.sections]
    lines = ["## Machine, versions, settings", ""]
    lines += _same("machine", {each.part: each.machine for each in done})
    lines += _same("versions", {each.part: each.versions for each in done})
    if len({each.commit for each in done}) > 1:
        lines += ["**The parts were measured on different commits; do not compare figures across them.**", ""]
    head = ("part", "measured, UTC", "commit", "seed and sizes", "took, min", "load before")
    rows = [
        (
            each.part,
            each.date,
            each.commit,
            ", ".join(f"{name} {told}" for name, told in each.asked.items()),
            f"{each.seconds / 60:.1f}",
            f"{each.load:.1f}" + (" (**not quiet**)" if each.load > BUSY else ""),
        )
        if each.sections
        else (each.part, "not run", "", "", "", "")
        for each in outcomes
    ]
    told = "Load: processes that wanted to run in the minute before a part began; what a part before it leaves counts, too.\n"
    return "\n".join([*lines, _table(Table(head, rows)), "", told])


def _same(what: str, found: Mapping[str, Mapping[str, str]]) -> list[str]:
    """Return a line of what holds for parts; one for each where they differ."""
    told: dict[str, list[str]] = {}
    for part, each in found.items():
        told.setdefault(", ".join(f"{name} {value}" for name, value in each.items()), []).append(part)
    if len(told) == 1:
        return [f"{what.capitalize()}: {next(iter(told))}.", ""]
    return [
        line for values, parts in told.items() for line in (f"{what.capitalize()} of {', '.join(parts)}: {values}.", "")
    ]


def _part(outcome: Outcome) -> str:
    if not outcome.sections:
        why = f"failed: {outcome.error}" if outcome.error else "not run yet"
        return f"## Part {outcome.part}\n\nNo figures: {why}. `python -m benchmarks {outcome.part}` makes them.\n"
    return "\n".join(_section(section) for section in outcome.sections)


def _section(section: Section) -> str:
    lines = [f"## {section.title}", "", section.says, ""]
    for table in section.tables:
        lines += [_table(table), ""]
    for plot in section.plots:
        lines += [f"![{plot.title}](plots/{plot.name}.svg)", ""]
    if section.command:
        lines += [f"Repeat: `{section.command}`", ""]
    return "\n".join(lines)


def _table(table: Table) -> str:
    cells = [[shown(value) for value in row] for row in table.rows]
    figures = [
        all(isinstance(row[at], int | float | None) for row in table.rows) if table.rows else False
        for at in range(len(table.head))
    ]
    rule = [" ---: " if right else " --- " for right in figures]
    rows = [[str(each) for each in table.head], *cells]
    lines = [f"| {' | '.join(each.replace('|', chr(92) + '|') for each in row)} |" for row in rows]
    return "\n".join([lines[0], f"|{'|'.join(rule)}|", *lines[1:]])


def shown(value: object) -> str:
    """Return a figure as it is printed: three digits that count, thousands parted; words as they are."""
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        digits = 2 - math.floor(math.log10(abs(value))) if value else 0
        return f"{value:,.{max(0, digits)}f}"
    return str(value).replace("\n", " ")
