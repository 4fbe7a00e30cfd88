"""Signing in elsewhere: out to the provider of OIDC, and back."""

from __future__ import annotations

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from ops_hub.access.accounts import named
from ops_hub.access.oidc import BACK, Provider
from ops_hub.console import oidc
from ops_hub.console.screens.sign_in import inside, let_in, the_door
from ops_hub.console.signed_in import account_of, address_of, cookie_of, strangers
from ops_hub.errors import AccessError, ConfigError, OpsHubError
from ops_hub.service.centre import Centre
from ops_hub.service.people.entering import DOOR, from_provider
from ops_hub.store.audit import record


async def _out(request: Request) -> Response:
    return await run_in_threadpool(_leave, request)


async def _back(request: Request) -> Response:
    return await run_in_threadpool(_arrive, request)


def _leave(request: Request) -> Response:
    strangers(request)
    centre, provider = request.app.state.centre, _provider(request)
    try:
        address, state = oidc.begun(centre.hub, provider, inside(request.query_params.get("next", "/")))
    except OpsHubError:
        return the_door(request, "/", 503, "elsewhere")
    answer = RedirectResponse(address, status_code=303)
    secure = request.app.state.settings.secure
    answer.set_cookie(
        _cookie(request), state, max_age=oidc.SECONDS, httponly=True, samesite="lax", secure=secure, path="/"
    )
    return answer


def _arrive(request: Request) -> Response:
    strangers(request)
    centre: Centre = request.app.state.centre
    provider, ways = _provider(request), {"address": address_of(request)}
    try:
        claims, following = oidc.ended(
            centre.hub, provider, request.query_params, request.cookies.get(_cookie(request), "")
        )
        name = named(str(claims.get(provider.name_claim, "")))
        subject = f"{claims['iss']} {claims['sub']}"
        signed = account_of(centre.hub, cookie_of(request), keep=False)
        here = signed[0].name if signed else ""
        token, _, _ = from_provider(centre, subject, name, provider.place(claims), ways, here)
    except (AccessError, ConfigError) as error:
        record(centre.hub, DOOR, "sign-in-refused", "oidc", reason=error.reason, **ways)
        answer = the_door(request, "/", 401, "elsewhere")
    except OpsHubError:
        answer = the_door(request, "/", 503, "elsewhere")
    else:
        answer = let_in(request, token, following)
    answer.delete_cookie(
        _cookie(request), path="/", secure=request.app.state.settings.secure, httponly=True, samesite="lax"
    )
    return answer


def _provider(request: Request) -> Provider:
    provider: Provider | None = request.app.state.settings.provider
    if provider is None:
        raise HTTPException(404)
    return provider


def _cookie(request: Request) -> str:
    return "__Host-ops_hub_oidc" if request.app.state.settings.secure else "ops_hub_oidc"


out = Route("/sign-in/oidc", _out, methods=["GET"])
back = Route(BACK, _back, methods=["GET"])
