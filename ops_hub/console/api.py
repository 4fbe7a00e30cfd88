"""The JSON API under /api/v1: every operation of the service, one route each, made of its table.

Reach for `routes()`. Errors are problem documents (RFC 9457).
"""

from __future__ import annotations

import hmac
from typing import Any

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ops_hub.console.asked import status_of
from ops_hub.console.screens.api_pages import described
from ops_hub.console.signed_in import COOKIE, account_of
from ops_hub.errors import AccessError, ConfigError, OpsHubError
from ops_hub.service.centre import Centre
from ops_hub.service.index import OPERATIONS
from ops_hub.service.table import Document, Operation, call

_PROBLEM = "application/problem+json"


def routes() -> list[Route]:
    """Return a route for each operation, and one for what all of them are."""
    return [_described(_route(OPERATIONS["me.show"])), *(_route(each) for each in OPERATIONS.values())]


def _described(whoever: Route) -> Route:
    """Return the route of the OpenAPI document, for everybody who is told who they are."""

    async def endpoint(request: Request) -> Response:
        answer: Response = await whoever.endpoint(request)
        if answer.status_code != 200:
            return answer
        told = await run_in_threadpool(described, request.app.state.centre)
        return Response(msgspec.json.encode(told), media_type="application/json")

    return Route("/openapi.json", endpoint, methods=["GET"], name="openapi")


def _route(asked_for: Operation[Any, Any]) -> Route:
    async def endpoint(request: Request) -> Response:
        body = await request.body() if asked_for.method != "GET" else b""
        return await run_in_threadpool(_answer, request, body, asked_for)

    return Route(asked_for.path, endpoint, methods=[asked_for.method], name=asked_for.name)


def _answer(request: Request, body: bytes, asked_for: Operation[Any, Any]) -> Response:
    centre: Centre = request.app.state.centre
    found = account_of(centre.hub, request.cookies.get(COOKIE, ""))
    if found is None:
        return problem(401, "sign in, or send a token", "nobody is signed in")
    user, session = found
    try:
        if request.method != "GET":
            sent = request.headers.get("x-csrf-token", "")
            if not hmac.compare_digest(sent.encode(), session.csrf.encode()):
                raise AccessError("request", "it is not one of this session", "send its token as X-CSRF-Token")
        purpose = request.headers.get("x-purpose", "")
        told = call(centre, user, asked_for, _arguments(request, body), purpose)
    except OpsHubError as error:
        return problem(status_of(error), str(error), type(error).__name__)
    if isinstance(told, Document):
        named = told.name.replace('"', "")
        return Response(
            told.content, media_type=told.media_type, headers={"content-disposition": f'attachment; filename="{named}"'}
        )
    return Response(msgspec.json.encode(told), media_type="application/json")


def _arguments(request: Request, body: bytes) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for name, value in request.query_params.multi_items():
        made.setdefault(name, []).append(value)
    made = {name: values[0] if len(values) == 1 else values for name, values in made.items()}
    if body:
        try:
            sent = msgspec.json.decode(body)
        except (msgspec.DecodeError, RecursionError) as error:
            raise ConfigError("body", f"this is no JSON: {error}", "send a JSON object") from None
        if not isinstance(sent, dict):
            raise ConfigError("body", "this is no JSON object", "send names and values")
        made |= sent
    return made | dict(request.path_params)


def problem(status: int, detail: str, title: str) -> Response:
    """Return an error as a problem document."""
    said = {"type": "about:blank", "title": title, "status": status, "detail": detail}
    return Response(msgspec.json.encode(said), status_code=status, media_type=_PROBLEM)
