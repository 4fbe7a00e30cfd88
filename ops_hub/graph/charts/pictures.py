"""A sheet into a picture file: SVG, written here, or PNG, painted by matplotlib.

Reach for `svg()` and `png()`. The SVG holds the places of its nodes, so that a later chart can keep them.
"""

from __future__ import annotations

import importlib
import io
import json
import warnings
from collections.abc import Iterator
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from ops_hub.errors import ConfigError
from ops_hub.graph.charts.drawn import Drawn
from ops_hub.graph.charts.plain import text
from ops_hub.graph.charts.sheet import INK, Line, Mark, Sheet, Words, sheet

_FONT = "system-ui,'Segoe UI','Noto Sans',sans-serif"
PIXELS = 2400  # width of a PNG


def svg(picture: Drawn) -> bytes:
    """Return the chart as SVG."""
    page = sheet(picture)
    shown = min(page.width, 1600.0)
    held = escape(json.dumps({node: list(place) for node, place in sorted(picture.places.items())}))
    head = (
        '<?xml version="1.0" encoding="UTF-8"?>\n<svg xmlns="http://www.w3.org/2000/svg" '
        f'viewBox="{page.left:.1f} {page.top:.1f} {page.width:.1f} {page.height:.1f}" '
        f'width="{shown:.0f}" height="{shown * page.height / page.width:.0f}" font-family={quoteattr(_FONT)} fill="{INK}">\n'
        f"<title>{escape(text(page.title))}</title>\n"
        f'<rect x="{page.left:.1f}" y="{page.top:.1f}" width="{page.width:.1f}" height="{page.height:.1f}" fill="#ffffff"/>\n'
    )
    tail = f'\n<metadata id="places">{held}</metadata>\n</svg>\n'
    return (head + "\n".join(_elements(page)) + tail).encode("utf-8")


def _elements(page: Sheet) -> Iterator[str]:
    for item in page.items:
        if isinstance(item, Line):
            x1, y1, x2, y2 = item.ends
            dashes = ' stroke-dasharray="7 4"' if item.dashed else ""
            yield f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{item.colour}" stroke-width="{item.width:.1f}"{dashes}/>'
        elif isinstance(item, Mark):
            yield _mark(item)
        elif item.text:
            more = (' text-anchor="middle" paint-order="stroke" stroke="#ffffff" stroke-width="3"' if item.middle else "") + (' font-weight="bold"' if item.bold else "")  # fmt: skip
            yield f'<text x="{item.x:.1f}" y="{item.y:.1f}" font-size="{item.size:.1f}"{more}>{escape(text(item.text))}</text>'  # fmt: skip


def _mark(mark: Mark) -> str:
    ring = ""
    if mark.ring:
        colour, dashed, width = mark.ring
        ring = f' stroke="{colour}" stroke-width="{width:.1f}"' + (' stroke-dasharray="6 4"' if dashed else "")
    name = f" data-node={quoteattr(text(mark.node))}" if mark.node else ""
    if not mark.shape:
        return f'<circle cx="{mark.x:.1f}" cy="{mark.y:.1f}" r="{mark.half:.1f}" fill="{mark.colour}"{ring}{name}/>'
    corners = " ".join(f"{mark.x + x * mark.half:.1f},{mark.y + y * mark.half:.1f}" for x, y in mark.shape)
    return f'<polygon points="{corners}" fill="{mark.colour}"{ring}{name}/>'


def png(picture: Drawn) -> bytes:
    """Return the chart as PNG.

    Raises:
        ConfigError: matplotlib is not installed.
    """
    try:
        figures, collections, patches = (importlib.import_module(f"matplotlib.{name}") for name in ("figure", "collections", "patches"))  # fmt: skip
    except ImportError:
        raise ConfigError(
            "png", "painting pictures needs matplotlib", "pip install 'ops-hub[trends]', or write svg"
        ) from None
    page = sheet(picture)
    inches = (12.0, 12.0 * page.height / page.width)
    points = 72.0 * inches[0] / page.width  # of one unit of the sheet
    figure = figures.Figure(figsize=inches, dpi=PIXELS / inches[0], facecolor="white")
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_axis_off()
    axes.set_xlim(page.left, page.left + page.width)
    axes.set_ylim(page.top + page.height, page.top)
    lines = [item for item in page.items if isinstance(item, Line)]
    axes.add_collection(
        collections.LineCollection(
            [(line.ends[:2], line.ends[2:]) for line in lines],
            colors=[line.colour for line in lines],
            linewidths=[line.width * points for line in lines],
            linestyles=["--" if line.dashed else "-" for line in lines],
            zorder=1,
        )
    )
    for item in page.items:
        if isinstance(item, Mark):
            axes.add_patch(_patch(patches, item, points))
        elif isinstance(item, Words) and item.text:
            # no mathematics in names: a dollar sign is a dollar sign
            axes.text(item.x, item.y, text(item.text), fontsize=item.size * points, color=INK, parse_math=False, zorder=3,
                      ha="center" if item.middle else "left", weight="bold" if item.bold else "normal")  # fmt: skip
    out = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # letters that the painter's fonts lack are drawn as boxes; the SVG has them
        figure.savefig(out, format="png", metadata={"Software": None, "Description": " ".join(picture.chart.foot())})
    return out.getvalue()


def _patch(patches: Any, mark: Mark, points: float) -> Any:
    colour, dashed, width = mark.ring or (mark.colour, False, 0.0)
    more = {"facecolor": mark.colour, "edgecolor": colour, "linewidth": width * points, "linestyle": "--" if dashed else "-", "zorder": 2}  # fmt: skip
    if not mark.shape:
        return patches.Circle((mark.x, mark.y), mark.half, **more)
    return patches.Polygon([(mark.x + x * mark.half, mark.y + y * mark.half) for x, y in mark.shape], **more)
