"""The screen of the hub's health."""

from __future__ import annotations

from starlette.responses import Response

from ops_hub.console.asked import Asked, screen


@screen("/health")
def health(asked: Asked) -> Response:
    """Show what waits, how fast it goes, who works, and what needs a person."""
    return asked.page("part_health.html" if asked.partial else "health.html", health=asked.ask("health.show"))
