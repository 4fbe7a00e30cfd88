"""What is told when something is wrong with a request, or with us: never more than who asks needs.

Reach for `Faults`, the middleware that stands around all others, and `told()`, which answers what they refuse. A fault of
ours is told with an id; the same id stands on stderr with the place in the code, and without what was in anybody's data.
"""

from __future__ import annotations

import http
import secrets
import sys
import traceback

import msgspec
import redis
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ops_hub.console.pages import render
from ops_hub.console.spoken import language_of
from ops_hub.errors import OpsHubError

_PROBLEM = "application/problem+json"


def problem(status: int, detail: str, title: str) -> Response:
    """Return an error as a problem document (RFC 9457)."""
    said = {"type": "about:blank", "title": title, "status": status, "detail": _sound(detail)}
    return Response(msgspec.json.encode(said), status_code=status, media_type=_PROBLEM)


def _sound(text: str) -> str:
    return text.encode("utf-8", "replace").decode()


async def told(request: Request, error: Exception) -> Response:
    """Answer what a part of the way refused: for programs as a problem, for people as a page."""
    assert isinstance(error, HTTPException)
    return answer(request, error.status_code, error.detail, dict(error.headers or {}))


def answer(request: Request, status: int, detail: str, headers: dict[str, str] | None = None) -> Response:
    """Return an error without anybody's account: that of a request which came to nothing."""
    if request.url.path.startswith("/api/"):
        made = problem(status, detail, http.HTTPStatus(status).phrase)
    else:
        template = "part_lost.html" if "hx-request" in request.headers else "lost.html"
        made = HTMLResponse(render(template, language_of(request), status=status, detail=detail), status_code=status)
    made.headers.update(headers or {})
    return made


class Faults:
    """Answer whatever nobody else answered."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        begun = False

        async def sending(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self.app(scope, receive, sending)
        except ClientDisconnect:
            return
        except Exception as error:
            if not begun:
                await self._answer(scope, error)(scope, receive, send)
            else:
                _said(scope, error)

    def _answer(self, scope: Scope, error: Exception) -> Response:
        request = Request(scope)
        if isinstance(error, HTTPException):
            return answer(request, error.status_code, error.detail, dict(error.headers or {}))
        if isinstance(error, redis.RedisError | OpsHubError):
            _said(scope, error)
            return answer(request, 503, "the hub does not answer; try again in a moment", {"retry-after": "5"})
        return answer(request, 500, f"this is a fault of ours, number {_said(scope, error)}; tell who runs the console")


def _said(scope: Scope, error: Exception) -> str:
    endpoint = getattr(scope.get("route"), "path", "") or getattr(scope.get("endpoint"), "__module__", "")
    return fault(error, f"{scope['method']} {endpoint}")


def fault(error: Exception, where: str) -> str:
    """Write a fault to stderr: its number, kind and place in the code; not its words, which may hold what was sent.

    Args:
        error: what went wrong.
        where: what was being done; nothing of anybody's data.

    Returns:
        Its number.
    """
    number = secrets.token_hex(4)
    places = [f"{each.filename}:{each.lineno} {each.name}" for each in traceback.extract_tb(error.__traceback__)[-12:]]
    lines = "".join(f"\n    {each}" for each in places)
    sys.stderr.write(f"ops-hub console: fault {number}: {where}: {type(error).__name__}{lines}\n")
    return number
