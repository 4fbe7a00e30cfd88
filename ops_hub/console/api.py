"""The JSON API under /api/v1: every operation of the service, one route each, made of its table.

Reach for `routes()`. Errors are problem documents (RFC 9457).
"""

from __future__ import annotations

import hmac
from contextlib import nullcontext
from typing import Any
from urllib.parse import unquote

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ops_hub.console.asked import status_of
from ops_hub.console.faults import problem
from ops_hub.console.handing_out import handed_out
from ops_hub.console.openapi import described
from ops_hub.console.signed_in import Signed, who
from ops_hub.errors import AccessError, ConfigError, OpsHubError
from ops_hub.service.centre import Centre, one_answer
from ops_hub.service.index import OPERATIONS
from ops_hub.service.table import Document, Operation, call

_SAFE = ("GET", "HEAD")


def routes() -> list[Route]:
    """Return a route for each operation, and one for what all of them are."""
    return [_described(), *(_route(each) for each in sorted(OPERATIONS.values(), key=_precise))]


def _precise(asked_for: Operation[Any, Any]) -> list[tuple[bool, str]]:
    """Return what routes are sorted by: /cases/held comes before /cases/{case}, which would take it for a case."""
    return [(part.startswith("{"), part) for part in asked_for.path.split("/")]


def _described() -> Route:
    """Return the route of the OpenAPI document, for everybody who is signed in."""

    def told(request: Request) -> Response:
        if who(request) is None:
            return _nobody()
        return Response(msgspec.json.encode(described(request.app.state.centre)), media_type="application/json")

    async def endpoint(request: Request) -> Response:
        return await run_in_threadpool(told, request)

    return Route("/openapi.json", endpoint, methods=["GET"], name="openapi")


def _route(asked_for: Operation[Any, Any]) -> Route:
    most = "max_upload" if _takes_files(asked_for) else "max_json"

    async def endpoint(request: Request) -> Response:
        if request.method in _SAFE:
            return await run_in_threadpool(_answer, request, None, b"", asked_for)
        signed = await run_in_threadpool(who, request)  # before anything is read of what a stranger sends
        if signed is None:
            return _nobody()
        body = await _body(request, getattr(request.app.state.settings, most))
        return await run_in_threadpool(_answer, request, signed, body, asked_for)

    return Route(asked_for.path, endpoint, methods=[asked_for.method], name=asked_for.name)


def _takes_files(asked_for: Operation[Any, Any]) -> bool:
    return any(
        bytes in (each.type, *getattr(each.type, "__args__", ())) for each in msgspec.structs.fields(asked_for.asked)
    )


async def _body(request: Request, most: int) -> bytes:
    made = bytearray()
    async for each in request.stream():
        made += each
        if len(made) > most:
            raise HTTPException(413, f"at most {most:,} bytes may be sent here")
    return bytes(made)


def _nobody() -> Response:
    made = problem(401, "sign in, or send a token", "nobody is signed in")
    made.headers["www-authenticate"] = "Bearer"
    return made


def _answer(request: Request, signed: Signed | None, body: bytes, asked_for: Operation[Any, Any]) -> Response:
    centre: Centre = request.app.state.centre
    signed = who(request) if signed is None else signed
    if signed is None:
        return _nobody()
    try:
        _allowed(request, signed)
        with one_answer() if asked_for.method == "GET" else nullcontext():
            told = call(centre, signed.user, asked_for, _arguments(request, body), _purpose(request))
    except OpsHubError as error:
        return problem(status_of(error), str(error), type(error).__name__)
    if isinstance(told, Document):
        return handed_out(told)
    return Response(msgspec.json.encode(told), media_type="application/json")


def _allowed(request: Request, signed: Signed) -> None:
    """Check what a session must bring along; a token of the API is sent by no browser of itself, and needs nothing else.

    Raises:
        AccessError: it lacks that.
    """
    if signed.session is not None and request.method not in _SAFE:
        sent = request.headers.get("x-csrf-token", "")
        if not hmac.compare_digest(sent.encode("utf-8", "replace"), signed.session.csrf.encode()):
            raise AccessError("request", "it is not one of this session", "send its token as X-CSRF-Token")
    if signed.must_change and request.scope["route"].name != "me.password":
        raise AccessError(
            "password", "it was given by an administrator", "take another one first: POST /api/v1/me/password"
        )


def _purpose(request: Request) -> str:
    """Return why is asked: printable, as it stands or percent-encoded UTF-8.

    Raises:
        ConfigError: it cannot be read.
    """
    try:
        said = unquote(request.headers.get("x-purpose", ""), errors="strict")
    except UnicodeDecodeError:
        said = "\0"
    if not said.isprintable() or len(said) > 200:
        raise ConfigError(
            "X-Purpose", "it is no line of at most 200 printable signs", "write it as percent-encoded UTF-8"
        )
    return said


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
