"""The screen of trends: the bulletin as it stands now, its series drawn small beside one another."""

from __future__ import annotations

from datetime import date
from typing import Any

from starlette.responses import Response

from ops_hub.console.asked import Asked, screen
from ops_hub.console.marking import _
from ops_hub.console.plots import HEIGHT, WIDTH, Plot, plot
from ops_hub.service.moving.trends import SPANS
from ops_hub.trends import words

# Categories that a bulletin sorts journeys by, which the template shows by what they are.
WORDS = (
    _("air"), _("sea"), _("agency"), _("none named"), _("round trip"), _("one way"), _("other"), _("cash"), _("other means"),
    _("over 14 days"), _("10 and more"),
)  # fmt: skip
_FEWEST = 3  # periods of which something may be told, for a line
_DRAWN = 6  # series of a table that are drawn; all stand in its numbers


@screen("/trends")
def trends(asked: Asked) -> Response:
    """Show the bulletin, by day or week."""
    found = asked.ask("trends.show", **asked.query)
    said = found.bulletin
    context: dict[str, Any] = {"sections": [], "changed": []}
    if said is not None:
        context = {"sections": _sections(said), "changed": _changed(said), "volume": _volume(said)}
    return asked.page(
        "trends.html", found=found, said=said, spans=SPANS, width=WIDTH, height=HEIGHT, again=_again(asked), **context
    )  # fmt: skip


def _again(asked: Asked) -> str:
    """Return the address of this page, for looking again."""
    return f"{asked.request.url.path}?{asked.request.url.query}"


def _volume(said: dict[str, Any]) -> dict[str, Any] | None:
    table = next((each for each in said["tables"] if each["table"] == "volume"), None)
    return None if table is None else _series(table, table["series"][0], said["periods"], 0)


def _sections(said: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the sections with their tables, each with the series that are drawn: those that changed first."""
    found: dict[str, list[dict[str, Any]]] = {}
    for table in said["tables"]:
        if table["table"] == "volume":
            continue
        known = [
            row
            for row in table["series"]
            if sum(many is not None for many in row["journeys"]) >= _FEWEST and row["category"] != "not known"
        ]
        ordered = sorted(known, key=lambda row: (row["change"] is None, row["category"] == "others", -row["total"]))
        drawn = [_series(table, row, said["periods"], place) for place, row in enumerate(ordered[:_DRAWN])]
        numbers = [_numbers(row) for row in table["series"]]
        about = {name: table[name] for name in ("table", "title", "share_of")}
        found.setdefault(table["section"], []).append(about | {"drawn": drawn, "numbers": numbers})
    return [{"title": title, "tables": tables} for title, tables in found.items()]


def _series(table: dict[str, Any], row: dict[str, Any], periods: list[date], place: int) -> dict[str, Any]:
    shares = row["of"]
    values = row["journeys"]
    if shares is not None:
        pairs = zip(row["journeys"], shares, strict=True)
        values = [None if one is None or not of else one / of for one, of in pairs]
    return _numbers(row) | {"key": f"{table['table'].replace(' ', '-')}-{place}", "plot": _plot(row, values, periods)}


def _plot(row: dict[str, Any], values: list[float | None], periods: list[date]) -> Plot:
    change = row["change"]
    return plot(
        values,
        periods,
        is_share=row["of"] is not None,
        changed=change["at"] if change else None,
        levels=(change["before"], change["after"]) if change else (None, None),
    )


def _numbers(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "group": row["group"], "category": row["category"], "total": words.total(row), "share": words.share(row),
        "change": row["change"], "is_share": row["of"] is not None,
    }  # fmt: skip


def _changed(said: dict[str, Any]) -> list[dict[str, Any]]:
    """Return all changes, the plainest first, each with the key of its plot where it is drawn."""
    return [{"title": table["title"], "table": table["table"]} | _numbers(row) for table, row in words.notable(said)]
