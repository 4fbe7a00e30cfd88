"""Plots as the numbers that an <svg> is drawn with; templates draw them, so that words stay where they are translated.

Reach for `plot()`. Gaps are where a number may not be told; a line is never drawn across one.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

WIDTH, HEIGHT = 320, 110
_LEFT, _RIGHT, _TOP, _BOTTOM = 38, 8, 8, 18
_STEPS = (1, 2, 2.5, 5, 10)


@dataclass(frozen=True)
class Level:
    """The level before or after a change: a line from x1 to x2 at a height."""

    x1: float
    x2: float
    y: float


@dataclass(frozen=True)
class Plot:
    """What is drawn.

    Attributes:
        lines: points of each unbroken line.
        dots: numbers that stand alone between two gaps.
        rows: (height, value) of the lines across.
        days: (place, day) below.
        change: place of the first period of a new level; None where nothing changed.
        levels: of the series before and after it, where they may be told.
        is_share: values are shares of 1, else counts.
    """

    lines: list[str]
    dots: list[tuple[float, float]]
    rows: list[tuple[float, float]]
    days: list[tuple[float, date]]
    change: float | None
    levels: list[Level]
    is_share: bool


def plot(
    values: Sequence[float | None],
    periods: Sequence[date],
    *,
    is_share: bool,
    changed: date | None = None,
    levels: tuple[float | None, float | None] = (None, None),
) -> Plot:
    """Return a plot of one series.

    Args:
        values: None where a number may not be told.
        periods: their first days.
        is_share: values are shares of 1.
        changed: first period of a new level.
        levels: before and after it.
    """
    top = _top(max([value for value in (*values, *levels) if value is not None], default=0.0), is_share)
    place = list(periods).index(changed) if changed is not None and changed in periods else None
    right = WIDTH - _RIGHT
    cut = None if place is None else (_x(place, len(periods)) + _x(place - 1, len(periods))) / 2
    flat = []
    if cut is not None:
        for value, x1, x2 in ((levels[0], float(_LEFT), cut), (levels[1], cut, float(right))):
            if value is not None:
                flat.append(Level(round(x1, 1), round(x2, 1), _y(value, top)))
    lines, dots = _drawn(values, top)
    count = 4 if len(periods) > 3 else len(periods)
    at = sorted({round(k * (len(periods) - 1) / max(1, count - 1)) for k in range(count)}) if periods else []
    return Plot(
        lines,
        dots,
        [(_y(value, top), value) for value in (0.0, top / 2, top)],
        [(round(_x(k, len(periods)), 1), periods[k]) for k in at],
        None if cut is None else round(cut, 1),
        flat,
        is_share,
    )


def _drawn(values: Sequence[float | None], top: float) -> tuple[list[str], list[tuple[float, float]]]:
    lines: list[str] = []
    dots: list[tuple[float, float]] = []
    run: list[tuple[float, float]] = []
    for k, value in enumerate([*values, None]):
        if value is not None:
            run.append((round(_x(k, len(values)), 1), _y(value, top)))
        elif len(run) == 1:
            dots, run = dots + run, []
        elif run:
            lines.append(" ".join(f"{x},{y}" for x, y in run))
            run = []
    return lines, dots


def _x(k: float, count: int) -> float:
    return _LEFT + (WIDTH - _LEFT - _RIGHT) * (k / (count - 1) if count > 1 else 0.5)


def _y(value: float, top: float) -> float:
    return round(HEIGHT - _BOTTOM - (HEIGHT - _TOP - _BOTTOM) * min(1.0, value / top), 1)


def _top(highest: float, is_share: bool) -> float:
    """Return a round number that nothing is above."""
    if highest <= 0:
        return 0.1 if is_share else 10.0
    size = 10.0 ** math.floor(math.log10(highest))
    found = next(step * size for step in _STEPS if step * size >= highest * (1 - 1e-9))
    return min(found, 1.0) if is_share else found
