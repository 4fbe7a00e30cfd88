"""Routes of an operation as a map: what a template draws, with all places in px.

Reach for `route_map()`. Each way is a curve that bends to its left, so that ways there and back are two; its width is how
many travel on it. A number on the curve is that of the row in the table beside it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from ops_hub.console.basemap import Frame, Point, frame, land
from ops_hub.service.operations.results import Place, Routes, Way

_BEND, _DOT, _HEAD = 0.16, 6.0, 11.0
_LETTER, _LINE = 8.5, 15.0  # px of a label's sign, and its height


@dataclass(frozen=True)
class Curve:
    """A way as it is drawn."""

    number: int
    priority: int
    path: str
    head: str
    width: float
    middle: Point
    tip: Point


@dataclass(frozen=True)
class Dot:
    """A port as it is drawn, with its code."""

    port: str
    priority: int | None
    at: Point
    label: Point
    anchor: str


@dataclass(frozen=True)
class RouteMap:
    """A map; `unplaced` are ports that nobody knows the place of."""

    width: int
    height: int
    land: Sequence[tuple[str, str]]
    curves: Sequence[Curve]
    dots: Sequence[Dot]
    unplaced: Sequence[str]


def route_map(told: Routes) -> RouteMap:
    """Return the map of an operation's routes and ports."""
    placed = {each.port: each for each in told.ports if each.lat is not None and each.lon is not None}
    window = frame([(each.lon or 0.0, each.lat or 0.0) for each in placed.values()])
    spots = {port: window.at(each.lon or 0.0, each.lat or 0.0) for port, each in placed.items()}
    curves = [
        _curve(way, spots[way.from_port], spots[way.to_port])
        for way in sorted(told.routes, key=lambda each: -each.priority)
        if way.from_port in spots and way.to_port in spots and spots[way.from_port] != spots[way.to_port]
    ]
    unplaced = [each.port for each in told.ports if each.port not in placed]
    dots = _dots(
        [placed[port] for port in spots], spots, [spot for each in curves for spot in (each.middle, each.tip)], window
    )
    return RouteMap(window.width, window.height, land(window), curves, dots, unplaced)


def _curve(way: Way, start: Point, end: Point) -> Curve:
    (x, y), (u, v) = start, end
    length = math.hypot(u - x, v - y)
    bend = min(_BEND * length, 90.0)
    knee = ((x + u) / 2 + (v - y) / length * bend, (y + v) / 2 - (u - x) / length * bend)
    # the line ends before the port, where its head begins
    into = math.hypot(u - knee[0], v - knee[1]) or 1.0
    along = ((u - knee[0]) / into, (v - knee[1]) / into)
    tip = (u - along[0] * _DOT, v - along[1] * _DOT)
    back = (tip[0] - along[0] * _HEAD, tip[1] - along[1] * _HEAD)
    side = (-along[1] * _HEAD * 0.5, along[0] * _HEAD * 0.5)
    head = " ".join(
        f"{px:.1f},{py:.1f}"
        for px, py in (tip, (back[0] + side[0], back[1] + side[1]), (back[0] - side[0], back[1] - side[1]))
    )
    middle = ((x + 2 * knee[0] + u) / 4, (y + 2 * knee[1] + v) / 4)
    path = f"M{x:.1f} {y:.1f}Q{knee[0]:.1f} {knee[1]:.1f} {back[0]:.1f} {back[1]:.1f}"
    return Curve(way.number, way.priority, path, head, _width(way), middle, tip)


def _width(way: Way) -> float:
    count = way.travellers if isinstance(way.travellers, int) else 1
    return round(min(9.0, 2.0 + 1.7 * math.log10(max(1, count))), 1)


def _dots(ports: Sequence[Place], spots: dict[str, Point], marks: Sequence[Point], window: Frame) -> list[Dot]:
    """Return ports with their labels where they cover the least of `marks` and each other."""
    taken = [_box(x, y, 9.0) for x, y in marks] + [_box(x, y, _DOT) for x, y in spots.values()]
    dots = []
    for each in ports:
        (x, y), wide = spots[each.port], _LETTER * len(each.port)
        sides = (
            ((x + 10, y + 5), "start", (x + 9, y - 8, x + 9 + wide, y + 8)),
            ((x - 10, y + 5), "end", (x - 9 - wide, y - 8, x - 9, y + 8)),
            ((x, y - 11), "middle", (x - wide / 2, y - 10 - _LINE, x + wide / 2, y - 9)),
            ((x, y + 21), "middle", (x - wide / 2, y + 9, x + wide / 2, y + 10 + _LINE)),
        )
        label, anchor, box = min(sides, key=lambda side: _covered(side[2], taken, window))
        taken.append(box)
        dots.append(Dot(each.port, each.priority, (x, y), label, anchor))
    return dots


Box = tuple[float, float, float, float]


def _box(x: float, y: float, half: float) -> Box:
    return x - half, y - half, x + half, y + half


def _covered(box: Box, taken: Sequence[Box], window: Frame) -> float:
    over = sum(
        max(0.0, min(box[2], each[2]) - max(box[0], each[0])) * max(0.0, min(box[3], each[3]) - max(box[1], each[1]))
        for each in taken
    )
    outside = box[0] < 0 or box[1] < 0 or box[2] > window.width or box[3] > window.height
    return over + (10_000 if outside else 0)
