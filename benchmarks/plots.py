"""A Plot of a part into an SVG that can be read on light and dark pages, in grey print, and without a legend's colours.

Reach for `drawn()`. Every picture stands on a card of its own colour, which follows the reader's dark or light setting; series
differ by marker and dash as well as by colour, and are named where their lines end. Flame graphs are `flame`'s.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from io import StringIO

import matplotlib
import numpy as np
from matplotlib import ticker
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from benchmarks.flame import flame
from benchmarks.results import Plot

# Okabe and Ito, darkened where white would swallow them; marker and dash tell them apart without colour.
LOOKS = (
    ("#0072b2", "o", "-"),
    ("#c04e00", "s", "--"),
    ("#00795a", "^", "-."),
    ("#a3457e", "D", ":"),
    ("#555555", "v", (0, (5, 1))),
    ("#8a6d00", "P", (0, (3, 1, 1, 1))),
    ("#3f7fbf", "X", (0, (1, 1))),
    ("#7a3b2e", "*", (0, (8, 2))),
)
INK, FAINT, CARD = "#1f2328", "#d5d9de", "#fdfdfc"
# On a dark page: each colour of above as it is there.
DARK = {
    INK: "#e6e8eb",
    FAINT: "#3a4149",
    CARD: "#15191e",
    "#0072b2": "#58b0ee",
    "#c04e00": "#f08c4a",
    "#00795a": "#3cc79b",
    "#a3457e": "#dd8cbd",
    "#555555": "#b4b9bf",
    "#8a6d00": "#d9bb4a",
    "#3f7fbf": "#9cc4ea",
    "#7a3b2e": "#cf9080",
}
PERCENTILES = (50, 99)
_WIDTH = 7.2  # inches
_SETTINGS = {
    "svg.fonttype": "none",
    "svg.hashsalt": "ops-hub",
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": 9,
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "axes.facecolor": CARD,
    "figure.facecolor": CARD,
    "savefig.facecolor": CARD,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.linewidth": 0.7,
    "grid.color": FAINT,
    "grid.linewidth": 0.6,
    "axes.axisbelow": True,
}


def drawn(plot: Plot) -> str:
    """Return a plot as SVG, the same bytes for the same plot.

    Raises:
        KeyError: its kind is not known.
    """
    if plot.kind == "flame":
        return flame({stack: float(points[0][1]) for stack, points in plot.lines.items()}, plot.title, plot.x)
    kinds: dict[str, Callable[[Plot], Figure]] = {"line": _lines, "bar": _bars, "histogram": _histogram}
    with matplotlib.rc_context(_SETTINGS):
        figure = kinds[plot.kind](plot)
        figure.axes[0].set_title(plot.title, loc="left", fontsize=10.5, fontweight="bold", pad=10)
        return _svg(figure)


def _svg(figure: Figure) -> str:
    text = StringIO()
    figure.savefig(text, format="svg", metadata={"Date": None, "Creator": None})
    svg = text.getvalue()
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    return re.sub(r"(<svg[^>]*>)", lambda found: found[1] + dark_style(), svg, count=1)


def dark_style() -> str:
    """Return the style element that turns the colours of `DARK` where the reader's pages are dark."""
    rules = "".join(
        f'[style*="{what}: {light}"]{{{what}:{dark}!important}}'
        for light, dark in DARK.items()
        for what in ("fill", "stroke")
    )
    return f"<style>@media (prefers-color-scheme:dark){{{rules}}}</style>"


def _axes(height: float) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(_WIDTH, height), layout="constrained")
    return figure, figure.subplots()


def _lines(plot: Plot) -> Figure:
    figure, axes = _axes(3.6)
    names = list(plot.lines)
    for name, (colour, marker, dash) in zip(names, _looks(names), strict=True):
        x, y = zip(*plot.lines[name], strict=True)
        axes.plot(x, y, color=colour, marker=marker, linestyle=dash, linewidth=1.5, markersize=5)
    if "x" in plot.log:
        axes.set_xscale("log")
    if "y" in plot.log:
        axes.set_yscale("log")
    _scales(axes, plot)
    axes.grid(True, axis="y")
    ends = [(name, float(points[-1][0]), float(points[-1][1])) for name, points in plot.lines.items()]
    _name_ends(axes, ends, _looks(names))
    return figure


def _looks(names: Sequence[str]) -> list[tuple[str, str, object]]:
    """Return a look for each line; what is fitted to a line has its colour, dots and no marker."""
    found: dict[str, tuple[str, str, object]] = {}
    for name in names:
        of = name.removesuffix(", fitted")
        if of in found:
            found[name] = (found[of][0], "", ":")
        else:
            found[name] = LOOKS[sum(look[1] != "" for look in found.values()) % len(LOOKS)]
    return [found[name] for name in names]


def _scales(axes: Axes, plot: Plot) -> None:
    axes.set_xlabel(plot.x)
    axes.set_ylabel(plot.y)
    for axis, name in ((axes.xaxis, "x"), (axes.yaxis, "y")):
        if name in plot.log:
            low, high = axis.get_view_interval()
            few = high / max(low, 1e-12) < 200  # about two decades: numbers between the tens, too
            axis.set_major_locator(ticker.LogLocator(10, subs=(1, 2, 5) if few else (1,)))
        axis.set_major_formatter(ticker.FuncFormatter(lambda value, _: f"{value:,.10g}"))
        axis.set_minor_formatter(ticker.NullFormatter())


def _name_ends(axes: Axes, ends: Sequence[tuple[str, float, float]], looks: Sequence[tuple[str, str, object]]) -> None:
    """Write each line's name at its right end, moved up or down where names would lie on each other."""
    axes.figure.canvas.draw()  # type: ignore[union-attr]
    box, high = axes.get_window_extent(), 12.0
    places = [float(axes.transData.transform((x, y))[1]) - box.y0 for _, x, y in ends]
    for at, place in zip(np.argsort(places), apart(sorted(places), high), strict=True):
        name, x, y = ends[at]
        axes.annotate(
            name,
            xy=(x, y),
            xytext=(1.015, place / box.height),
            textcoords="axes fraction",
            color=looks[at][0],
            va="center",
            fontsize=8.5,
            arrowprops={"arrowstyle": "-", "color": looks[at][0], "linewidth": 0.5, "shrinkB": 4},
        )


def apart(places: Sequence[float], least: float) -> list[float]:
    """Return ascending places moved as little as needed for gaps of `least`."""
    groups: list[list[float]] = []  # sum of wished places of the first, members
    for place in places:
        groups.append([place, 1])
        while len(groups) > 1:
            (one, many), (other, more) = groups[-2], groups[-1]
            if one / many + (many + more) / 2 * least <= other / more + 1e-9:
                break
            groups[-2:] = [[one + other, many + more]]
    return [total / many + (at - (many - 1) / 2) * least for total, many in groups for at in range(int(many))]


def _bars(plot: Plot) -> Figure:
    """Rows for words: one bar each, or a mark for every series, which stays readable where bars would not."""
    words = list(dict.fromkeys(str(x) for points in plot.lines.values() for x, _ in points))
    rows = {word: len(words) - 1 - at for at, word in enumerate(words)}
    many = len(plot.lines)
    figure, axes = _axes(1.1 + (0.27 if many == 1 else 0.38) * len(words) + (0.2 if many > 1 else 0))
    for at, ((name, points), (colour, marker, _)) in enumerate(zip(plot.lines.items(), LOOKS * 3, strict=False)):
        lower = 0.7 * (at / (many - 1) - 0.5) if many > 1 else 0.0  # one under another, so that none hides the next
        y, values = [rows[str(x)] - lower for x, _ in points], [value for _, value in points]
        if len(plot.lines) == 1:
            axes.barh(y, values, color=colour, height=0.6)
        else:
            axes.plot(values, y, color=colour, marker=marker, linestyle="", markersize=4.5, alpha=0.9, label=name)
    if len(plot.lines) == 1:
        for word, value in next(iter(plot.lines.values())):
            axes.annotate(f"{value:.3g}", (value, rows[str(word)]), (3, 0), textcoords="offset points", va="center")
    else:
        figure.legend(loc="outside lower left", ncols=3, frameon=False, fontsize=8.5)
        for place in range(len(words) - 1):
            axes.axhline(place + 0.5, color=FAINT, linewidth=0.6, zorder=0)
    axes.set_yticks(list(rows.values()), list(rows))
    axes.tick_params(axis="y", length=0)
    # words are written beside the rows, whatever the part calls the axes
    axes.set_xlabel(plot.y)
    axes.grid(True, axis="x")
    axes.margins(x=0.06, y=0.02)
    return figure


def _histogram(plot: Plot) -> Figure:
    """Outlines of how often each value came, one row a series over one axis, with its percentiles."""
    figure = Figure(figsize=(_WIDTH, 0.9 + 1.25 * len(plot.lines)), layout="constrained")
    rows = figure.subplots(len(plot.lines), sharex=True, squeeze=False)[:, 0]
    every = np.array([value for points in plot.lines.values() for _, value in points])
    low, high = float(every.min()), float(every.max()) * 1.001
    bins = np.geomspace(low, high, 50) if "x" in plot.log else np.linspace(low, high, 50)
    for axes, (name, points), (colour, _, _) in zip(rows, plot.lines.items(), LOOKS * 3, strict=False):
        values = np.array([value for _, value in points])
        axes.hist(values, bins, histtype="stepfilled", facecolor=colour, edgecolor=colour, alpha=0.75)
        axes.set_ylabel(plot.y)
        top = axes.get_ylim()[1]
        axes.set_ylim(top=top * 1.3)
        for percentile in PERCENTILES:
            at = float(np.percentile(values, percentile))
            axes.plot([at, at], [0, top * 1.1], color=INK, linewidth=0.9, linestyle="--")
            axes.annotate(f"p{percentile} {at:.3g}", (at, top * 1.1), (3, 0), textcoords="offset points", fontsize=8.5)
        axes.set_title(name, loc="right", fontsize=9, pad=3)
        if "x" in plot.log:
            axes.set_xscale("log")
            _scales(axes, Plot("", "", plot.x, plot.y, {}, "x"))
        axes.set_xlabel(plot.x if axes is rows[-1] else "")
    return figure
