"""An offline map of land and borders: compact outlines that ship with the console, drawn as SVG paths in a window.

Reach for `frame()` to choose a window around places, then `land()` for what is drawn under them; `compact()` is how the
outlines were made of the registry package world-atlas (Natural Earth, public domain): see static/vendor/README.md.
Outlines are fine where the home states lie and coarse elsewhere; borders of two states are one line in both.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any

Point = tuple[float, float]
_FILE = "basemap.json"
_GRID = 0.01  # degrees
# Where outlines are fine: the Caribbean, Central America and the north of South America.
_HOME = (-95.0, 3.0, -56.0, 29.0)
_FINE, _COARSE = 0.012, 0.14  # degrees that an outline may be off
_LEAST = 0.35  # square degrees of an island that is drawn far from home
_POLE = 75.0  # beyond this Mercator stretches too far
_MARGIN = 20.0  # px beyond the window that outlines go on for, so that its edges show no border
_NEAR = 0.7  # px between two points of an outline


@dataclass(frozen=True)
class Frame:
    """A window of the map: a Mercator projection and its size in px."""

    west: float
    north: float  # Mercator
    scale: float  # px a degree
    width: int
    height: int

    def at(self, lon: float, lat: float) -> Point:
        """Return where a place is drawn, in px."""
        return (lon - self.west) * self.scale, (self.north - _mercator(lat)) * self.scale


def frame(places: Sequence[Point], width: int = 960, tallest: int = 620, least: float = 9.0) -> Frame:
    """Return a window around places with some air.

    Args:
        places: longitude and latitude of each.
        width: px.
        tallest: px that it may be high.
        least: degrees that it shows at least.
    """
    lons = [lon for lon, _ in places] or [-75.0]
    ups = [_mercator(lat) for _, lat in places] or [14.0]
    middle, centre = (min(lons) + max(lons)) / 2, (min(ups) + max(ups)) / 2
    wide, high = max(max(lons) - min(lons), least) * 1.3, max(max(ups) - min(ups), least * 0.5) * 1.35
    height = min(tallest, max(320, round(width * high / wide)))
    scale = min(width / wide, height / high)
    return Frame(
        round(middle - width / scale / 2, 3), round(centre + height / scale / 2, 3), round(scale, 4), width, height
    )


@lru_cache(maxsize=32)
def land(window: Frame) -> tuple[tuple[str, str], ...]:
    """Return what is drawn: the name of each country in the window, and its outline as the data of an SVG path."""
    found = []
    for name, rings in _outlines():
        drawn = "".join(_drawn(ring, window, turn) for ring in rings for turn in (-360.0, 0.0, 360.0))
        if drawn:
            found.append((name, drawn))
    return tuple(found)


def _drawn(ring: Sequence[Point], window: Frame, turn: float) -> str:
    points = [window.at(lon + turn, lat) for lon, lat in ring]
    box = (-_MARGIN, -_MARGIN, window.width + _MARGIN, window.height + _MARGIN)
    if max(x for x, _ in points) < box[0] or min(x for x, _ in points) > box[2]:
        return ""
    inside = _thinned(_clipped(points, box))
    if len(inside) < 3:
        return ""
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in inside) + "Z"


def _thinned(points: Sequence[Point]) -> list[Point]:
    kept: list[Point] = []
    for point in points:
        if not kept or abs(point[0] - kept[-1][0]) + abs(point[1] - kept[-1][1]) >= _NEAR:
            kept.append(point)
    return kept


def _clipped(points: Sequence[Point], box: tuple[float, float, float, float]) -> list[Point]:
    """Return a ring within a box (Sutherland and Hodgman)."""
    west, north, east, south = box
    ring = list(points)
    for axis, edge, sign in ((0, west, 1), (0, east, -1), (1, north, 1), (1, south, -1)):
        if not ring:
            return []
        kept: list[Point] = []
        before = ring[-1]
        for point in ring:
            here, there = (point[axis] - edge) * sign >= 0, (before[axis] - edge) * sign >= 0
            if here != there:
                share = (edge - before[axis]) / (point[axis] - before[axis])
                kept.append((before[0] + share * (point[0] - before[0]), before[1] + share * (point[1] - before[1])))
            if here:
                kept.append(point)
            before = point
        ring = kept
    return ring


def _mercator(lat: float) -> float:
    bounded = max(-_POLE, min(_POLE, lat))
    return math.degrees(math.log(math.tan(math.pi / 4 + math.radians(bounded) / 2)))


@cache
def _outlines() -> list[tuple[str, list[list[Point]]]]:
    told = json.loads((files("ops_hub.console") / "static" / "vendor" / _FILE).read_text(encoding="utf-8"))
    return [(each["name"], [_decoded(ring) for ring in each["rings"]]) for each in told["countries"]]


def _decoded(steps: Sequence[int]) -> list[Point]:
    x = y = 0
    ring = []
    for place in range(0, len(steps), 2):
        x, y = x + steps[place], y + steps[place + 1]
        ring.append((x * _GRID, y * _GRID))
    return ring


def compact(source: Path) -> bytes:
    """Return the outlines of countries-10m.json of world-atlas as they ship: simplified, on a grid of 0.01 degrees."""
    atlas = json.loads(source.read_text(encoding="utf-8"))
    arcs = [_simplified(_unpacked(arc, atlas["transform"])) for arc in atlas["arcs"]]
    countries = []
    for each in atlas["objects"]["countries"]["geometries"]:
        polygons = [each["arcs"]] if each["type"] == "Polygon" else each["arcs"]
        rings = [_joined(ring, arcs) for polygon in polygons for ring in polygon]
        kept = [_steps(ring) for ring in rings if _is_worth(ring)]
        if kept:
            countries.append({"name": each["properties"]["name"], "rings": [ring for ring in kept if len(ring) >= 6]})
    said = {"source": "Natural Earth by world-atlas 2.0.2, countries-10m.json", "grid": _GRID, "countries": countries}
    return json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode()


def _unpacked(arc: Sequence[Sequence[int]], transform: dict[str, Any]) -> list[Point]:
    (wide, high), (west, south) = transform["scale"], transform["translate"]
    x = y = 0
    points = []
    for step in arc:
        x, y = x + step[0], y + step[1]
        points.append((x * wide + west, y * high + south))
    return points


def _joined(ring: Iterable[int], arcs: Sequence[Sequence[Point]]) -> list[Point]:
    """Return a ring of the arcs that it names; one below 0 runs backward."""
    points: list[Point] = []
    for place in ring:
        arc = list(arcs[place]) if place >= 0 else list(reversed(arcs[~place]))
        points += arc[1:] if points else arc
    return points


def _near_home(point: Point) -> bool:
    west, south, east, north = _HOME
    return west <= point[0] <= east and south <= point[1] <= north


def _is_worth(ring: Sequence[Point]) -> bool:
    """Return whether a ring is drawn: all near home but rocks, and what is large elsewhere; the Antarctic is left out."""
    area = abs(sum(a[0] * b[1] - b[0] * a[1] for a, b in zip(ring, [*ring[1:], ring[0]], strict=True))) / 2
    if max(lat for _, lat in ring) < -60:
        return False
    return area > (0.0006 if any(map(_near_home, ring)) else _LEAST)


def _simplified(points: list[Point]) -> list[Point]:
    """Return an arc with fewer points (Douglas and Peucker); its ends stay, so that neighbours still meet."""
    least = _FINE if any(map(_near_home, points)) else _COARSE
    if points[0] == points[-1] and len(points) > 3:  # an island: its two ends are one, so it is cut in the middle
        half = max(range(len(points)), key=lambda k: math.dist(points[0], points[k]))
        return _kept(points[: half + 1], least)[:-1] + _kept(points[half:], least)
    return _kept(points, least)


def _kept(points: Sequence[Point], least: float) -> list[Point]:
    keep = {0, len(points) - 1}
    parts = [(0, len(points) - 1)]
    while parts:
        first, last = parts.pop()
        if last - first < 2:
            continue
        farthest = max(range(first + 1, last), key=lambda k: _off(points[k], points[first], points[last]))
        if _off(points[farthest], points[first], points[last]) > least:
            keep.add(farthest)
            parts += [(first, farthest), (farthest, last)]
    return [points[k] for k in sorted(keep)]


def _off(point: Point, one: Point, other: Point) -> float:
    """Return how far a point is from a line between two others."""
    (x, y), (dx, dy) = (point[0] - one[0], point[1] - one[1]), (other[0] - one[0], other[1] - one[1])
    length = dx * dx + dy * dy
    along = max(0.0, min(1.0, (x * dx + y * dy) / length)) if length else 0.0
    return math.hypot(x - along * dx, y - along * dy)


def _steps(ring: Sequence[Point]) -> list[int]:
    """Return a ring as steps on the grid, without points that fall together."""
    steps: list[int] = []
    before = (0, 0)
    for lon, lat in ring[:-1]:
        here = (round(lon / _GRID), round(lat / _GRID))
        if not steps or here != before:
            steps += [here[0] - before[0], here[1] - before[1]]
            before = here
    return steps
