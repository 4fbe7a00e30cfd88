"""What a screen is given: who asks, what, and the way to the operations.

Reach for `@screen` to declare one: a plain function of `Asked` that returns a response. Sessions, forms, the check that a
form is the console's own, and errors are dealt with before and after it.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from ops_hub.access.accounts import User
from ops_hub.console.nav import entries
from ops_hub.console.pages import render
from ops_hub.console.signed_in import Signed, cookie_of, who
from ops_hub.errors import AccessError, ConfigError, ConflictError, FeedError, MissingError, OpsHubError
from ops_hub.service.centre import Centre, one_answer
from ops_hub.service.index import OPERATIONS
from ops_hub.service.table import call
from ops_hub.store import sessions
from ops_hub.store.sessions import Session

Screen = Callable[["Asked"], Response]
_SAFE = ("GET", "HEAD")
_FIRST = ("/password", "/sign-out")  # all that somebody may do who has to take another password


@dataclass(frozen=True)
class Asked:
    """A request to a screen.

    Attributes:
        request: as Starlette has it; its path parameters and query.
        centre: for operations.
        user: who is signed in.
        session: their session.
        form: fields of a form that was sent, several of one name as a list; files as (name, bytes).
        must_change: this person has to take another password first.
    """

    request: Request
    centre: Centre
    user: User
    session: Session
    form: Mapping[str, Any]
    must_change: bool = False

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
        roles, role = self.centre.roles, self.user.role  # looked up once, not for each screen of the head

        def may(name: str) -> bool:
            return roles.may(role, name)

        return {
            "user": self.user, "csrf": self.session.csrf, "purpose": self.session.purpose, "partial": self.partial,
            "nav": [] if self.must_change else entries(may), "here": self.request.url.path, "back": self._back(), "may": may,
            "now": self.centre.hub.now(),
        }  # fmt: skip

    def _back(self) -> str:
        """Return where to go on after a form in the head: here, as it is filtered; of what cannot be opened, the first screen."""
        return _here(self.request) if self.request.method in _SAFE else "/"

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
            if request.method in _SAFE:
                return await run_in_threadpool(_show, request, show)
            signed = await run_in_threadpool(who, request)  # before anything is read of what a stranger sends
            if signed is None:
                return _sign_in(request)
            form = await _form(request)
            return await run_in_threadpool(_answer, request, signed, form, show)

        return Route(path, endpoint, methods=list(methods), name=f"{show.__module__}.{show.__name__}")

    return declared


def _show(request: Request, show: Screen) -> Response:
    with one_answer():
        signed = who(request)
        return _sign_in(request) if signed is None else _answer(request, signed, {}, show)


def _answer(request: Request, signed: Signed, form: Mapping[str, Any], show: Screen) -> Response:
    if signed.session is None:  # a token is for the API: it has no forms, no purpose that is kept
        return _sign_in(request)
    asked = Asked(request, request.app.state.centre, signed.user, signed.session, form, signed.must_change)
    if request.method not in _SAFE:
        sent = str(request.headers.get("x-csrf-token") or form.get("csrf") or "")
        if not hmac.compare_digest(sent.encode("utf-8", "replace"), signed.session.csrf.encode()):
            return _told(asked, AccessError("form", "it is not one of this session", "open the page anew"))
    if signed.must_change and request.url.path not in _FIRST:
        return asked.go(_FIRST[0])
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


def _here(request: Request) -> str:
    """Return path and query of what is asked."""
    url = request.url
    return f"{url.path}?{url.query}" if url.query else url.path


def _sign_in(request: Request) -> Response:
    """Send somebody who is not signed in to the door, and back afterwards."""
    target = "/sign-in?next=" + quote(_here(request) if request.method == "GET" else "/", safe="/")
    if "hx-request" in request.headers:
        return Response(status_code=401, headers={"HX-Redirect": target})
    return RedirectResponse(target, status_code=303)


async def _form(request: Request) -> Mapping[str, Any]:
    if request.method in ("GET", "HEAD"):
        return {}
    found: list[tuple[str, Any]] = []
    async with request.form(max_files=20, max_fields=1000) as sent:
        for name, value in sent.multi_items():
            if isinstance(value, UploadFile):
                found.append((name, (_file_name(value.filename), await value.read())))
            else:
                found.append((name, value))
    return _many(found)


def _file_name(told: str | None) -> str:
    """Return the name of a file as it may be shown and kept: no folders, no signs that steer anything."""
    name = "".join(sign for sign in re.split(r"[/\\]", told or "")[-1] if sign.isprintable()).strip(" .")
    return name[-100:]


def _many(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return pairs by name, those of one name as a list."""
    made: dict[str, list[Any]] = {}
    for name, value in pairs:
        made.setdefault(name, []).append(value)
    return {name: values[0] if len(values) == 1 else values for name, values in made.items()}


def keep_purpose(asked: Asked, purpose: str) -> None:
    """Keep, for the session, why this person looks at what they look at."""
    said = "".join(sign for sign in " ".join(purpose.split()) if sign.isprintable())[:200]
    sessions.change(asked.centre.hub, cookie_of(asked.request), msgspec.structs.replace(asked.session, purpose=said))
