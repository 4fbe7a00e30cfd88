"""Plots of a bulletin as SVG that can stand inside a page: no fonts, no addresses, no dates, the same every time.

Reach for `plot()`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from io import StringIO

from ops_hub.trends.extra import library

_SIZE = (3.05, 1.42)  # inches
# Colours that the colour-blind can tell apart (Okabe and Ito), with dashes for those who print in grey.
_LOOKS = (("#0072b2", "-"), ("#d55e00", "--"), ("#009e73", ":"), ("#555555", "-."))
MOST_LINES = len(_LOOKS)
_SETTINGS = {
    "svg.fonttype": "none",
    "svg.hashsalt": "ops-hub",
    "font.family": "sans-serif",
    "font.size": 6.5,
    "axes.linewidth": 0.5,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "xtick.major.width": 0.5,
    "ytick.major.width": 0.5,
    "lines.linewidth": 1.0,
}


@dataclass(frozen=True)
class Line:
    """One line: its name, shares of 1 (None where they may not be told), and the first period of a new level."""

    name: str
    values: Sequence[float | None]
    changed: date | None


def plot(lines: Sequence[Line], periods: Sequence[date], key: str) -> str:
    """Return an <svg> element.

    Args:
        lines: at most MOST_LINES.
        periods: first days of the periods.
        key: what all ids in the element begin with; another one for each plot of a page.
    """
    figures, dates, ticker = (library(f"matplotlib.{name}") for name in ("figure", "dates", "ticker"))
    with library("matplotlib").rc_context(_SETTINGS):
        figure = figures.Figure(figsize=_SIZE, layout="constrained")
        axes = figure.subplots()
        for line, (colour, dash) in zip(lines, _LOOKS, strict=False):
            values = [float("nan") if value is None else value for value in line.values]
            axes.plot(periods, values, color=colour, linestyle=dash, label=line.name, marker=".", markersize=1.6)
            if line.changed is not None:
                axes.axvline(line.changed, color=colour, linewidth=0.6, linestyle=dash, alpha=0.6)
        axes.set_ylim(bottom=0)
        axes.margins(x=0.02)
        axes.yaxis.set_major_locator(ticker.MaxNLocator(4))
        axes.yaxis.set_major_formatter(ticker.FuncFormatter(lambda value, _: f"{100 * value:g}%"))
        locator = dates.AutoDateLocator(minticks=2, maxticks=6)
        axes.xaxis.set_major_locator(locator)
        axes.xaxis.set_major_formatter(dates.ConciseDateFormatter(locator, show_offset=False))
        figure.legend(
            loc="outside upper left",
            ncols=2 if max(len(line.name) for line in lines) > 12 else 4,
            frameon=False,
            fontsize=6,
            handlelength=2.2,
            borderaxespad=0.1,
            columnspacing=1,
        )
        return _inlined(_svg(figure), key)


def _svg(figure: object) -> str:
    text = StringIO()
    figure.savefig(text, format="svg", metadata={"Date": None, "Creator": None})  # type: ignore[attr-defined]
    return str(text.getvalue())


def _inlined(text: str, key: str) -> str:
    """Return the element alone, hidden from readers of the screen (words stand beside it), with ids of its own."""
    text = text[text.index("<svg") :]
    text = re.sub(r"<metadata>.*?</metadata>", "", text, flags=re.DOTALL)
    text = re.sub(r'\bid="', f'id="{key}-', text)
    text = re.sub(r'(href="|url\()#', rf"\1#{key}-", text)
    return text.replace("<svg", '<svg aria-hidden="true" focusable="false"', 1).strip()
