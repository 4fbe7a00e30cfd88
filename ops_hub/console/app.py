"""The console put together: screens, JSON API, static files, and what stands before them.

Reach for `create_app()`.
"""

from __future__ import annotations

from importlib.resources import files

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from ops_hub.console import api
from ops_hub.console.background import at_work
from ops_hub.console.events import Streams
from ops_hub.console.faults import Faults, told
from ops_hub.console.gate import Gate
from ops_hub.console.headers import Headers
from ops_hub.console.limits import Limits, Turns
from ops_hub.console.screens import (
    accounts,
    api_pages,
    audit,
    cases,
    health,
    home,
    lists,
    manifests,
    network,
    oidc,
    operations,
    rules,
    sign_in,
    trends,
    watch,
    why_not,
)
from ops_hub.console.settings import Settings
from ops_hub.service.centre import Centre

_SCREENS = (
    home, sign_in, oidc, watch, cases, why_not, network, operations, trends, manifests, lists, rules, audit, accounts, health,
    api_pages,
)  # fmt: skip


def create_app(centre: Centre, settings: Settings | None = None) -> Starlette:
    """Return the application.

    Args:
        centre: what operations work with.
        settings: how it is run.
    """
    settings = settings or Settings()
    routes = [each for module in _SCREENS for each in vars(module).values() if isinstance(each, Route)]
    static = StaticFiles(directory=str(files("ops_hub.console") / "static"))
    streams = Streams(centre)
    app = Starlette(
        routes=[*streams.routes(), *routes, Mount("/api/v1", routes=api.routes()), Mount("/static", static)],
        middleware=[
            Middleware(Headers, secure=settings.secure),
            Middleware(Limits, settings=settings),
            Middleware(Faults),
            Middleware(Turns, settings=settings),
            Middleware(Gate, settings=settings),
        ],
        exception_handlers={HTTPException: told},
        lifespan=at_work,
    )
    app.state.centre = centre
    app.state.settings = settings
    app.state.streams = streams
    return app
