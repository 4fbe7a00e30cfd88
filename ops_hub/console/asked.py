"""What a screen is given: who asks, what, and the way to the operations.

Reach for `@screen` to declare one: a plain function of `Asked` that returns a response. Sessions, forms, the check that a
form is the console's own, and errors are dealt with before and after it.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from ops_hub.access.accounts import User
from ops_hub.console.nav import entries
from ops_hub.console.pages import render
from ops_hub.console.signed_in import COOKIE, account_of
from ops_hub.errors import AccessError, ConfigError, ConflictError, FeedError, MissingError, OpsHubError
from ops_hub.service.centre import Centre
from ops_hub.service.index import OPERATIONS
from ops_hub.service.table import call
from ops_hub.store import sessions
from ops_hub.store.sessions import Session

Screen = Callable[["Asked"], Response]


@dataclass(frozen=True)
class Asked:
    """A request to a screen.

    Attributes:
        request: as Starlette has it; its path parameters and query.
        centre: for operations.
        user: who is signed in.
        session: their session.
        form: fields of a form that was sent, several of one name as a list; files as (name, bytes).
    """

    request: Request
    centre: Centre
    user: User
    session: Session
    form: Mapping[str, Any]

    @property
    def query(self) -> dict[str, Any]:
        """The query of the address; several of one name as a list."""
        return _many(list(self.request.query_params.multi_items()))

    @property
    def path(self) -> dict[str, Any]:
        """The parts of the address that the route names."""
        return dict(self.request.path_params)

    @property
    def partial(self) -> bool:
        """Whether htmx asks for a part of a page, not a whole one."""
        return "hx-request" in self.request.headers and "hx-history-restore-request" not in self.request.headers

    def may(self, name: str) -> bool:
        """Return whether this person's role may do an operation: to leave out what would be refused."""
        return self.centre.roles.may(self.user.role, name)

    def ask(self, name: str, /, purpose: str | None = None, **arguments: Any) -> Any:
        """Carry out an operation by its name, with the purpose of the session where no other is given."""
        return call(self.centre, self.user, OPERATIONS[name], arguments, self._purpose(name, purpose))

    def _purpose(self, name: str, purpose: str | None) -> str:
        if purpose is not None:
            return purpose
        return "" if OPERATIONS[name].export else self.session.purpose

    def page(self, template: str, status: int = 200, **context: Any) -> Response:
        """Return a page, or where htmx asks and the template has a part of that name, what it asks for."""
        told = self.given() | context
        return HTMLResponse(render(template, self.user.language, **told), status_code=status)

    def given(self) -> dict[str, Any]:
        """Return what every page is given."""
        return {
            "user": self.user, "csrf": self.session.csrf, "purpose": self.session.purpose, "partial": self.partial,
            "nav": entries(self.may), "here": self.request.url.path, "may": self.may, "now": self.centre.hub.now(),
        }  # fmt: skip

    def go(self, path: str) -> Response:
        """Return the answer to a form: look at another page."""
        if self.partial:
            return Response(status_code=204, headers={"HX-Redirect": path})
        return RedirectResponse(path, status_code=303)


def screen(path: str, *, methods: tuple[str, ...] = ("GET",), open_to_all: bool = False) -> Callable[[Screen], Route]:
    """Declare a screen at a path. See `Asked` for what it is given.

    Args:
        path: of the address, as Starlette writes it.
        methods: of HTTP; every one but GET needs the token of the session's forms.
        open_to_all: whoever is signed in or not; only to sign in.
    """

    def declared(show: Screen) -> Route:
        async def endpoint(request: Request) -> Response:
            form = await _form(request)
            return await run_in_threadpool(_answer, request, form, show)

        return Route(path, endpoint, methods=list(methods), name=f"{show.__module__}.{show.__name__}")

    return declared


def _answer(request: Request, form: Mapping[str, Any], show: Screen) -> Response:
    centre: Centre = request.app.state.centre
    token = request.cookies.get(COOKIE, "")
    found = account_of(centre.hub, token)
    if found is None:
        return _sign_in(request)
    user, session = found
    asked = Asked(request, centre, user, session, form)
    if request.method not in ("GET", "HEAD"):
        sent = str(request.headers.get("x-csrf-token") or form.get("csrf") or "")
        if not hmac.compare_digest(sent.encode(), session.csrf.encode()):
            return _told(asked, AccessError("form", "it is not one of this session", "open the page anew"))
    try:
        return show(asked)
    except OpsHubError as error:
        return _told(asked, error)


def status_of(error: OpsHubError) -> int:
    """Return the status of HTTP that an error is told with."""
    if isinstance(error, AccessError):
        return 403
    if isinstance(error, MissingError):
        return 404
    if isinstance(error, ConflictError):
        return 409
    return 422 if isinstance(error, ConfigError | FeedError) else 503


def _told(asked: Asked, error: OpsHubError) -> Response:
    """Return an error as a page, or as a part of one; in words of the error, which name place and remedy."""
    template = "part_error.html" if asked.partial else "error.html"
    return asked.page(template, status_of(error), error=error)


def _sign_in(request: Request) -> Response:
    """Send somebody who is not signed in to the door, and back afterwards."""
    target = "/sign-in?next=" + quote(request.url.path if request.method == "GET" else "/")
    if "hx-request" in request.headers:
        return Response(status_code=401, headers={"HX-Redirect": target})
    return RedirectResponse(target, status_code=303)


async def _form(request: Request) -> Mapping[str, Any]:
    if request.method in ("GET", "HEAD"):
        return {}
    found = []
    async with request.form(max_files=20, max_fields=1000) as sent:
        for name, value in sent.multi_items():
            found.append((name, (value.filename or "", await value.read()) if isinstance(value, UploadFile) else value))
    return _many(found)


def _many(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return pairs by name, those of one name as a list."""
    made: dict[str, list[Any]] = {}
    for name, value in pairs:
        made.setdefault(name, []).append(value)
    return {name: values[0] if len(values) == 1 else values for name, values in made.items()}


def keep_purpose(asked: Asked, purpose: str) -> None:
    """Keep, for the session, why this person looks at what they look at."""
    token = asked.request.cookies[COOKIE]
    session = Session(asked.session.name, asked.session.csrf, asked.session.since, " ".join(purpose.split())[:200])
    sessions.change(asked.centre.hub, token, session)
