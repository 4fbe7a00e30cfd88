"""Signing in and out."""

from __future__ import annotations

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from ops_hub.access.accounts import Account, matches
from ops_hub.console.asked import Asked, screen
from ops_hub.console.pages import render
from ops_hub.console.signed_in import COOKIE
from ops_hub.service.centre import Centre
from ops_hub.store import accounts, sessions
from ops_hub.store.audit import record


async def _door(request: Request) -> Response:
    following = request.query_params.get("next", "/")
    if request.method == "GET":
        return HTMLResponse(render("sign_in.html", "en", following=following, failed=False))
    async with request.form() as form:
        sent = {name: str(form.get(name, "")) for name in ("name", "password", "next")}
    return await run_in_threadpool(_enter, request, sent)


def _enter(request: Request, sent: dict[str, str]) -> Response:
    centre: Centre = request.app.state.centre
    kept = accounts.find(centre.hub, sent["name"])
    account = msgspec.json.decode(kept, type=Account) if kept else None
    if account is None or account.disabled or not matches(sent["password"], account.password):
        record(centre.hub, "CENTRE/console:system", "sign-in-refused", "console")
        page = render("sign_in.html", "en", following=sent["next"], failed=True)
        return HTMLResponse(page, status_code=401)
    token, _ = sessions.begin(centre.hub, account.name)
    record(centre.hub, str(account.user), "signed-in", "console")
    following = sent["next"]
    safe = following if following.startswith("/") and not following.startswith(("//", "/\\")) else "/"
    answer = RedirectResponse(safe, status_code=303)
    answer.set_cookie(COOKIE, token, httponly=True, samesite="lax", secure=request.app.state.settings.secure, path="/")
    return answer


door = Route("/sign-in", _door, methods=["GET", "POST"])


@screen("/sign-out", methods=("POST",))
def leave(asked: Asked) -> Response:
    """End the session."""
    sessions.end(asked.centre.hub, asked.request.cookies.get(COOKIE, ""))
    record(asked.centre.hub, str(asked.user), "signed-out", "console")
    answer = asked.go("/sign-in")
    answer.delete_cookie(COOKIE, path="/")
    return answer
