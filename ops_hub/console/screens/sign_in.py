"""Signing in and out, and taking another password."""

from __future__ import annotations

from anyio import CapacityLimiter
from anyio.to_thread import run_sync
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from ops_hub.access.passwords import LEAST
from ops_hub.console.asked import Asked, screen
from ops_hub.console.pages import render
from ops_hub.console.signed_in import (
    address_of,
    browser_of,
    cookie_of,
    give_browser,
    give_cookie,
    strangers,
    take_cookie,
)
from ops_hub.console.spoken import language_of
from ops_hub.errors import AccessError, ConfigError
from ops_hub.service.centre import Centre
from ops_hub.service.people.entering import Shut, enter
from ops_hub.store import browsers, sessions
from ops_hub.store.audit import record

_AT_ONCE = 4  # passwords take long to check: a crowd at the door must not take the threads of those inside


async def _door(request: Request) -> Response:
    if request.method != "POST":
        await run_in_threadpool(strangers, request)
        return the_door(request, request.query_params.get("next", "/"))
    await run_in_threadpool(strangers, request)
    async with request.form(max_files=0, max_fields=10) as form:
        sent = {name: str(form.get(name, "")) for name in ("name", "password", "next")}
    return await run_sync(_enter, request, sent, limiter=_crowd(request))


def _crowd(request: Request) -> CapacityLimiter:
    state = request.app.state
    if not hasattr(state, "crowd"):
        state.crowd = CapacityLimiter(_AT_ONCE)
    crowd: CapacityLimiter = state.crowd
    return crowd


def the_door(request: Request, following: str, status: int = 200, said: str = "", wait: int = 0) -> Response:
    """Return the page to sign in at.

    Args:
        request: whose language it is in.
        following: where to go then.
        status: of HTTP.
        said: wrong, shut or elsewhere, for what was refused; '' for nothing.
        wait: seconds until a next try is worth it.
    """
    provider = request.app.state.settings.provider
    page = render(
        "sign_in.html",
        language_of(request),
        following=following,
        said=said,
        wait=wait,
        elsewhere=provider.words if provider else "",
    )
    return HTMLResponse(page, status_code=status, headers={"retry-after": str(wait)} if wait else None)


def _enter(request: Request, sent: dict[str, str]) -> Response:
    centre: Centre = request.app.state.centre
    browser = browser_of(request)
    try:
        token, _, account = enter(centre.hub, sent["name"], sent["password"], address_of(request), browser)
    except Shut as error:
        return the_door(request, sent["next"], 429, "shut", error.seconds)
    except AccessError:
        return the_door(request, sent["next"], 401, "wrong")
    answer = let_in(request, token, "/password" if account.must_change else sent["next"])
    give_browser(answer, request.app.state.settings, browsers.remember(centre.hub, browser, account.name))
    return answer


def let_in(request: Request, token: str, following: str) -> Response:
    """Return the answer to somebody who has signed in: the session's cookie, and where they wanted to go."""
    sessions.end(request.app.state.centre.hub, cookie_of(request))  # whoever had this browser before is out
    answer = RedirectResponse(inside(following), status_code=303)
    give_cookie(answer, request.app.state.settings, token)
    return answer


def inside(path: str) -> str:
    """Return a path of this console: / in place of whatever leads elsewhere."""
    safe = path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable() and len(path) < 2000
    return path if safe else "/"


door = Route("/sign-in", _door, methods=["GET", "POST"])


@screen("/sign-out", methods=("POST",))
def leave(asked: Asked) -> Response:
    """End the session; or all sessions of this person."""
    if asked.form.get("all"):
        asked.ask("me.sign-out")
    sessions.end(asked.centre.hub, cookie_of(asked.request))
    record(asked.centre.hub, str(asked.user), "signed-out", "console")
    answer = asked.go("/sign-in")
    take_cookie(answer, asked.request.app.state.settings)
    return answer


@screen("/password")
def password(asked: Asked) -> Response:
    """Show the form for another password."""
    return _form(asked)


@screen("/password", methods=("POST",))
def take_password(asked: Asked) -> Response:
    """Take another password; whoever did begins a new session."""
    new = str(asked.form.get("new", ""))
    try:
        if new != str(asked.form.get("again", "")):
            raise ConfigError("password", "the two new ones differ", "type it twice alike")
        asked.ask("me.password", old=str(asked.form.get("old", "")), new=new)
    except (AccessError, ConfigError) as error:
        wrong = isinstance(error, AccessError) and not isinstance(error, Shut)
        return _form(asked, error, wrong, 429 if isinstance(error, Shut) else 422)
    answer = asked.go("/sign-in")
    take_cookie(answer, asked.request.app.state.settings)
    return answer


def _form(asked: Asked, error: Exception | None = None, wrong: bool = False, status: int = 200) -> Response:
    return asked.page("password.html", status, error=error, wrong=wrong, must_change=asked.must_change, least=LEAST)
