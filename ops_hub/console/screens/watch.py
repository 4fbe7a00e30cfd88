"""The screen of the queue, and the part that decides, which the screen of a case shows as well."""

from __future__ import annotations

from urllib.parse import urlencode

from markupsafe import Markup
from starlette.responses import Response

from ops_hub.console.asked import Asked, screen
from ops_hub.console.events import row_html

FILTERS = ("status", "band", "handling", "crime_type", "state", "port", "flight")


@screen("/watch")
def queue(asked: Asked) -> Response:
    """Show the queue, filtered as the address says."""
    wanted = {name: asked.query[name] for name in (*FILTERS, "page") if asked.query.get(name)}
    shown = asked.ask("watch.show", **wanted)
    filters = {name: str(wanted.get(name, "")) for name in FILTERS}
    kept = urlencode({name: value for name, value in filters.items() if value})
    role = asked.centre.roles.find(asked.user.role)
    reader = (asked.user.state, role.acts_as if role else "")
    rows = [Markup(row_html(asked.centre, reader, row, asked.user.language)) for row in shown.rows]
    return asked.page(
        "watch.html", queue=shown, rows=rows, counters=asked.ask("watch.counters"), filters=filters,
        links="/watch?" + kept + ("&" if kept else ""), acting=_choices(asked),
    )  # fmt: skip


@screen("/acting")
def acting(asked: Asked) -> Response:
    """Show what this person may decide."""
    return asked.page("part_acting.html", acting=_choices(asked))


def _choices(asked: Asked) -> object:
    return asked.ask("cases.choices") if asked.may("cases.choices") else None
