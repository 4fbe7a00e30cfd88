"""A chart as a sheet for a briefing: lines, shapes and words at places, before anybody says in which format.

Reach for `sheet()`; `pictures` writes it; `drawing()` is its middle alone. It has what the page has: title, nodes as they stand there, legend, caveats.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TypeAlias

import polars as pl

from ops_hub.graph.charts.drawn import Drawn
from ops_hub.graph.charts.folding import words
from ops_hub.graph.charts.looks import BANDS, GROUP, KIND, LOOKS, Shape, look
from ops_hub.graph.charts.model import numbered

GREY, VIOLET = "#93a3b1", "#5b3d8a"  # links: of records, of intelligence
INK = "#1b2733"
LABELS = 150  # nodes that are all labelled; of more as many as can be read


@dataclass(frozen=True)
class Line:
    """A link."""

    ends: tuple[float, float, float, float]
    colour: str
    width: float
    dashed: bool = False


@dataclass(frozen=True)
class Mark:
    """A node, or its sign in the legend: half is half of its width; ring: colour, dashed, width."""

    x: float
    y: float
    half: float
    colour: str
    shape: Shape
    ring: tuple[str, bool, float] | None = None
    node: str = ""


@dataclass(frozen=True)
class Words:
    """A line of text: its base line, where it begins or its middle."""

    x: float
    y: float
    size: float
    text: str
    bold: bool = False
    middle: bool = False


Item: TypeAlias = Line | Mark | Words


@dataclass(frozen=True)
class Sheet:
    """Everything to draw, back to front, in a field from (left, top)."""

    left: float
    top: float
    width: float
    height: float
    items: tuple[Item, ...]
    title: str


def sheet(picture: Drawn) -> Sheet:
    """Return the sheet of a chart; what is folded stands as one."""
    chart, fold_of = picture.chart, picture.stands_for
    kinds: dict[str, str] = dict(chart.nodes.select("node_id", KIND).iter_rows())
    shown = [picture.places[fold_of.get(node, node)] for node in kinds] or [(0.0, 0.0), (600.0, 100.0)]
    xs, ys = [x for x, _ in shown], [y for _, y in shown]
    width = max(max(xs) - min(xs) + 220, 760.0)
    left, unit = (min(xs) + max(xs) - width) / 2, max(13.0, width / 85)
    top = min(ys) - 50 - 3.4 * unit
    items: list[Item] = [
        *_lines(picture),
        *_marks(picture, kinds, unit),
        Words(left + 20, top + 2.0 * unit, 1.5 * unit, _short(chart.title, int(width / unit * 1.1)), bold=True),
        Words(left + 20, top + 3.6 * unit, unit, _short(chart.subtitle, int(width / unit * 1.7))),
    ]
    y = max(ys) + 70 + unit
    present = [kind for kind in LOOKS if kind in set(kinds.values()) or (kind == GROUP and picture.folds)]
    bands = [band for band in BANDS if band in set(chart.nodes["band"])]
    x = left + 20
    for mark, said in _legend(present, bands, unit):
        wide = unit * (2.6 + 0.56 * len(said))
        if x + wide > left + width:
            x, y = left + 20, y + 1.8 * unit
        items += [Mark(x + 0.7 * unit, y - 0.35 * unit, 0.6 * unit, *mark), Words(x + 1.7 * unit, y, unit, said)]
        x += wide
    y += 0.8 * unit
    for sentence in chart.foot():
        for line in textwrap.wrap(sentence, max(40, int(width / unit * 1.75))):
            y += 1.3 * unit
            items.append(Words(left + 20, y, 0.95 * unit, line))
    return Sheet(left, top, width, y + unit - top, tuple(items), chart.title)


def drawing(picture: Drawn, spread: float = 1.0) -> Sheet:
    """Return nodes and links of a chart alone, for pages that say the rest beside it; spread: how much farther apart."""
    picture = replace(picture, places={node: (x * spread, y * spread) for node, (x, y) in picture.places.items()})
    kinds: dict[str, str] = dict(picture.chart.nodes.select("node_id", KIND).iter_rows())
    items = (*_lines(picture), *_marks(picture, kinds, 13.0))
    shown = [(item.x, item.y) for item in items if isinstance(item, Mark)] or [(0.0, 0.0)]
    xs, ys = [x for x, _ in shown], [y for _, y in shown]
    return Sheet(
        min(xs) - 110, min(ys) - 50, max(xs) - min(xs) + 220, max(ys) - min(ys) + 130, items, picture.chart.title
    )


def _lines(picture: Drawn) -> Iterator[Item]:
    fold_of, drawn = picture.stands_for, set[tuple[str, str]]()
    edges = picture.chart.edges.select("from_id", "to_id", "band", "grade", "label").iter_rows()
    for one, other, band, grade, label in edges:
        ends = (fold_of.get(one, one), fold_of.get(other, other))
        if ends[0] == ends[1] or (ends in drawn and not band):
            continue
        drawn.add(ends)
        (x1, y1), (x2, y2) = picture.places[ends[0]], picture.places[ends[1]]
        colour, dashed, width = BANDS.get(band, (VIOLET if grade else GREY, bool(grade), 1.4))
        yield Line((x1, y1, x2, y2), colour, width * 0.75 if band else width, dashed)
        if (band and label) or grade:
            yield Words((x1 + x2) / 2, (y1 + y2) / 2, 10, label if band and label else grade, middle=True)


def _marks(picture: Drawn, kinds: dict[str, str], unit: float) -> Iterator[Item]:
    chart, fold_of = picture.chart, picture.stands_for
    many = chart.nodes.height > LABELS
    ends = pl.concat([chart.edges["from_id"], chart.edges["to_id"]]).value_counts()
    links = dict(ends.iter_rows())
    labels: list[
        tuple[int, int, str, list[Words]]
    ] = []  # the most telling first: finds, hits, folded ones, the best linked
    for row in chart.marked().iter_rows(named=True):
        node, band, find = row["node_id"], row["band"], row["find"]
        if node not in fold_of:
            x, y = picture.places[node]
            its, half = look(kinds[node]), 20 if band or find else 14
            if find:
                yield Mark(x, y, half + 8, INK, its.shape)
                yield Mark(x, y, half + 5, "#ffffff", its.shape)
            yield Mark(x, y, half, its.colour, its.shape, BANDS.get(band), node)
            size = max(16.0 if band or find else 12.0, unit * (0.7 if find else 0.55) if many else 0)
            said_ = _under(x, y + half + (8 if find else 0), size, _short(numbered(row)), bool(band or find))
            labels.append((0 if find else 1 if band else 3, find or -links.get(node, 0), node, said_))
    for fold, members in picture.folds.items():
        x, y = picture.places[fold]
        half = 15 + 2 * len(members) ** 0.5
        yield Mark(x, y, half, LOOKS[GROUP].colour, LOOKS[GROUP].shape, ("#51606e", False, 3), fold)
        said = words([kinds[node] for node in members])
        labels.append((2, -len(members), fold, _under(x, y + half, max(12.0, unit * 0.45), said, False)))
    yield from _readable(sorted(labels, key=lambda each: each[:3]), many)


def _under(x: float, y: float, size: float, label: str, bold: bool) -> list[Words]:
    lines = textwrap.wrap(label, 24)[:3]
    return [Words(x, y + size * (k + 1), size, line, bold, middle=True) for k, line in enumerate(lines)]


def _readable(labels: list[tuple[int, int, str, list[Words]]], many: bool) -> Iterator[Words]:
    """Return the labels; of many only those that do not lie on a more telling one."""
    taken: list[tuple[float, float, float, float]] = []
    for *_, lines in labels:
        if not lines:
            continue
        half = max(len(line.text) for line in lines) * lines[0].size * 0.31
        box = (lines[0].x - half, lines[0].y - lines[0].size, lines[0].x + half, lines[-1].y)
        if many and any(box[0] < b[2] and b[0] < box[2] and box[1] < b[3] and b[1] < box[3] for b in taken):
            continue
        taken.append(box)
        yield from lines


def _legend(
    kinds: list[str], bands: list[str], unit: float
) -> Iterator[tuple[tuple[str, Shape, tuple[str, bool, float] | None], str]]:
    for kind in kinds:
        yield (look(kind).colour, look(kind).shape, ("#51606e", False, unit / 9) if kind == GROUP else None), look(kind).words  # fmt: skip
    for band in bands:
        colour, dashed, _ = BANDS[band]
        yield ("#ffffff", (), (colour, dashed, unit / 4)), f"hit: {band}"


def _short(label: str, most: int = 34) -> str:
    return label if len(label) <= most else f"{label[: most - 1]}…"
