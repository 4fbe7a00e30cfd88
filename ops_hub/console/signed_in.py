"""Who asks: from a cookie, or a token of the API, to an account; and whether they ask too often.

Reach for `who()` in whatever answers a request.
"""

from __future__ import annotations

from dataclasses import dataclass

import msgspec
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from ops_hub.access.accounts import Account, User
from ops_hub.console.settings import Settings
from ops_hub.service.centre import Centre
from ops_hub.store import accounts, browsers, sessions, throttle, tokens
from ops_hub.store.hub import Hub
from ops_hub.store.sessions import Session

COOKIE = "ops_hub_session"
BROWSER = "ops_hub_browser"  # says that somebody signed in with this browser before; it opens nothing
BY_ITSELF = "x-by-itself"  # header of what a page asks without anybody touching it: it keeps no session going
_SECURE = "__Host-"  # browsers take such a cookie by HTTPS alone, from this very host, for all of it


@dataclass(frozen=True)
class Signed:
    """Somebody who is signed in.

    Attributes:
        user: who.
        session: theirs; None where a token of the API was sent.
        must_change: they take another password before anything else.
    """

    user: User
    session: Session | None
    must_change: bool = False


def who(request: Request) -> Signed | None:
    """Return who asks; None where nobody is signed in. It may wait for the hub: call it in a thread.

    Raises:
        HTTPException: they ask too often (429).
    """
    hub, settings = request.app.state.centre.hub, request.app.state.settings
    bearer, cookie = bearer_of(request), cookie_of(request)
    sent, address = bearer or cookie or "", address_of(request)
    if not sent:
        _in_time(hub, [("stranger", address, settings.paces.stranger)])
        return None
    _in_time(hub, [("session", sent, settings.paces.session), ("address", address, settings.paces.address)])
    found = _of_token(hub, bearer) if bearer is not None else _of_cookie(hub, sent, BY_ITSELF not in request.headers)
    if found is None:
        _in_time(hub, [("stranger", address, settings.paces.stranger)])
    return found


def strangers(request: Request) -> None:
    """Count somebody at the door.

    Raises:
        HTTPException: from their address it is tried too often (429).
    """
    _in_time(
        request.app.state.centre.hub, [("stranger", address_of(request), request.app.state.settings.paces.stranger)]
    )


def account_of(hub: Hub, token: str, *, keep: bool = True) -> tuple[User, Session] | None:
    """Return the person and session of a cookie's token; None where it is none, or the account may not be used so.

    Args:
        hub: where sessions are.
        token: of the cookie.
        keep: somebody is there; False for streams and whatever a page asks by itself.
    """
    found = _of_cookie(hub, token, keep)
    return None if found is None or found.session is None or found.must_change else (found.user, found.session)


def still_signed_in(centre: Centre, sent: str, user: User, *, bearer: bool) -> bool:
    """Return whether somebody who follows the queue still may, as who they were; this keeps no session going.

    Args:
        centre: where accounts and roles are.
        sent: their token.
        user: who they were.
        bearer: it is a token of the API, not that of a cookie.
    """
    found = _of_token(centre.hub, sent) if bearer else _of_cookie(centre.hub, sent, keep=False)
    if found is None or found.must_change or (found.user.state, found.user.role) != (user.state, user.role):
        return False
    return centre.roles.may(user.role, "watch.follow")


def bearer_of(request: Request) -> str | None:
    """Return the token of the API that was sent; None where none was."""
    way, _, told = request.headers.get("authorization", "").partition(" ")
    return told.strip() if way.lower() == "bearer" else None


def cookie_of(request: Request) -> str:
    """Return the token in the cookie; '' for none."""
    return request.cookies.get(cookie_name(request.app.state.settings), "")


def cookie_name(settings: Settings) -> str:
    """Return the name of the cookie of sessions."""
    return _named(COOKIE, settings)


def _named(cookie: str, settings: Settings) -> str:
    return _SECURE + cookie if settings.secure else cookie


def give_cookie(answer: Response, settings: Settings, token: str) -> None:
    """Put a session's cookie into an answer."""
    answer.set_cookie(cookie_name(settings), token, httponly=True, samesite="lax", secure=settings.secure, path="/")


def take_cookie(answer: Response, settings: Settings) -> None:
    """Take the session's cookie back."""
    answer.delete_cookie(cookie_name(settings), path="/", httponly=True, samesite="lax", secure=settings.secure)


def browser_of(request: Request) -> str:
    """Return the token of a browser that somebody signed in with before; '' for none."""
    return request.cookies.get(_named(BROWSER, request.app.state.settings), "")


def give_browser(answer: Response, settings: Settings, token: str) -> None:
    """Put into an answer that somebody signed in with this browser."""
    answer.set_cookie(
        _named(BROWSER, settings), token, max_age=browsers.SECONDS, httponly=True, samesite="lax", secure=settings.secure,
        path="/",
    )  # fmt: skip


def address_of(request: Request) -> str:
    """Return the address that a request comes from."""
    return request.client.host if request.client else "unknown"


def _in_time(hub: Hub, subjects: list[tuple[str, str, throttle.Pace]]) -> None:
    wait = throttle.pace(hub, subjects)
    if wait:
        raise HTTPException(429, "too many requests", {"retry-after": str(int(wait) + 1)})


def _of_cookie(hub: Hub, token: str, keep: bool) -> Signed | None:
    session = sessions.held(hub, token, keep=keep) if token else None
    account = _account(hub, session.name) if session else None
    if session is None or account is None or account.disabled:
        return None
    if account.generation != session.generation:
        sessions.end(hub, token)
        return None
    return Signed(account.user, session, account.must_change)


def _of_token(hub: Hub, told: str) -> Signed | None:
    token = tokens.held(hub, told)
    account = _account(hub, token.account) if token else None
    return None if account is None or account.disabled else Signed(account.user, None)


def _account(hub: Hub, name: str) -> Account | None:
    kept = accounts.find(hub, name)
    return None if kept is None else msgspec.json.decode(kept, type=Account)
