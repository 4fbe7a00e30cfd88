"""The talk with a provider of OpenID Connect: authorization code flow with PKCE, state and nonce.

Reach for `begun()` and `ended()`. What must be known again when the browser comes back lies sealed in the hub for ten
minutes, and is taken out once. Key: console:oidc:HASH. Needs the extra `oidc` (authlib, httpx).

Source: OpenID Connect Core 1.0, 3.1 (what must be checked: 3.1.3.7); RFC 7636 (PKCE); RFC 9207 (issuer in the answer);
RFC 9700 (current practice).
"""

from __future__ import annotations

import hashlib
import secrets
import time
from collections.abc import Mapping
from functools import lru_cache
from importlib import import_module
from typing import Any

import msgspec

from ops_hub.access.oidc import BACK, Provider
from ops_hub.errors import AccessError, ConfigError, StoreError
from ops_hub.store.hub import Hub, key
from ops_hub.store.keyring import CENTRE

SECONDS = 600
_ALGORITHMS = [
    "RS256",
    "PS256",
    "ES256",
    "ES384",
    "EdDSA",
    "Ed25519",
]  # signatures only: a secret that two know signs nothing
_LEEWAY = 60  # seconds that clocks may differ
_KEPT = 600  # seconds that the provider's own description is believed


class Begun(msgspec.Struct, frozen=True):
    """A sign-in that is on its way."""

    nonce: str
    verifier: str
    following: str


def begun(hub: Hub, provider: Provider, following: str) -> tuple[str, str]:
    """Begin a sign-in; return the address to send the browser to, and the state for its cookie.

    Args:
        hub: where it is kept until the browser comes back.
        provider: where people sign in.
        following: where they want to go then.

    Raises:
        StoreError: the provider does not answer.
    """
    state, held = secrets.token_urlsafe(32), Begun(secrets.token_urlsafe(32), secrets.token_urlsafe(48), following)
    with _client(provider) as client:
        address, _ = client.create_authorization_url(
            _described(provider)["authorization_endpoint"], state=state, nonce=held.nonce, code_verifier=held.verifier
        )
    name = _key(state)
    hub.client.set(
        name, hub.keyring.seal(CENTRE, "sessions", msgspec.json.encode(held), about=name.encode()), ex=SECONDS
    )
    return address, state


def ended(hub: Hub, provider: Provider, query: Mapping[str, Any], state: str) -> tuple[Mapping[str, Any], str]:
    """Return the claims of somebody who comes back from the provider, and where they wanted to go.

    Args:
        hub: where the sign-in was kept.
        provider: where they signed in.
        query: what the address has that they came back to.
        state: of this browser, from its cookie.

    Raises:
        AccessError: what came is not what was begun here, or is not signed as it must be.
        StoreError: the provider does not answer.
    """
    held = _taken(hub, state) if state and query.get("state") == state else None
    if held is None:
        raise _refused("it was not begun here, or too long ago")
    if query.get("error") or not query.get("code") or query.get("iss", provider.issuer) != provider.issuer:
        raise _refused("the provider did not let you in")
    told = _exchanged(provider, str(query["code"]), held.verifier)
    return _claims(provider, told, held.nonce), held.following


def _exchanged(provider: Provider, code: str, verifier: str) -> Mapping[str, Any]:
    base = import_module("authlib.integrations.base_client")
    with _client(provider) as client:
        try:
            told = client.fetch_token(_described(provider)["token_endpoint"], code=code, code_verifier=verifier)
        except (base.OAuthError, ValueError):
            raise _refused("the provider does not know this sign-in") from None
        except import_module("httpx").HTTPError as error:
            raise _away(error) from None
    if not isinstance(told.get("id_token"), str):
        raise _refused("the provider did not say who you are")
    return dict(told)


def _claims(provider: Provider, told: Mapping[str, Any], nonce: str) -> Mapping[str, Any]:
    """Return the claims of a token that the provider signed, for this console, now, and for this sign-in."""
    jwt, errors = import_module("joserfc.jwt"), import_module("joserfc.errors")
    core = import_module("authlib.oidc.core")
    wanted = {
        "iss": {"essential": True, "value": provider.issuer},
        "aud": {"essential": True, "value": provider.client_id},
    }
    for fresh in (False, True):  # the provider may have changed its keys since we asked
        try:
            token = jwt.decode(told["id_token"], _keys(provider, fresh), algorithms=_ALGORITHMS)
            claims = core.CodeIDToken(
                token.claims, token.header, wanted,
                {"nonce": nonce, "client_id": provider.client_id, "access_token": told.get("access_token")},
            )  # fmt: skip
            claims.validate(leeway=_LEEWAY)
        except (errors.JoseError, ValueError, TypeError, KeyError) as error:
            if fresh or not isinstance(error, errors.InvalidKeyIdError | errors.BadSignatureError | ValueError):
                raise _refused("what the provider said is not signed for this sign-in") from None
        else:
            return dict(claims)
    raise AssertionError


def _described(provider: Provider, fresh: bool = False) -> Mapping[str, Any]:
    return _asked(provider, int(time.monotonic()) // _KEPT if not fresh else secrets.randbits(62))[0]


def _keys(provider: Provider, fresh: bool) -> Any:
    told = _asked(provider, int(time.monotonic()) // _KEPT if not fresh else secrets.randbits(62))[1]
    return import_module("joserfc.jwk").KeySet.import_key_set(told)


@lru_cache(maxsize=4)
def _asked(provider: Provider, now: int) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """Return what the provider says of itself, and its keys."""
    httpx = import_module("httpx")
    try:
        with httpx.Client(timeout=10, verify=_trusted()) as client:
            said = (
                client.get(provider.issuer.rstrip("/") + "/.well-known/openid-configuration").raise_for_status().json()
            )
            if said["issuer"] != provider.issuer:
                raise StoreError(
                    provider.issuer, "it calls itself by another name", "write the issuer as the provider does"
                )
            return said, client.get(said["jwks_uri"]).raise_for_status().json()
    except (httpx.HTTPError, ValueError, KeyError, TypeError) as error:
        raise _away(error) from None


@lru_cache(maxsize=1)
def _trusted() -> Any:
    """Return whose certificates are taken; reading them costs more than the rest of a sign-in."""
    return import_module("httpx").create_ssl_context()


def _client(provider: Provider) -> Any:
    try:
        client = import_module("authlib.integrations.httpx_client").OAuth2Client
    except ImportError:
        raise ConfigError("oidc", "the packages for it are not installed", "pip install 'ops-hub[oidc]'") from None
    return client(
        provider.client_id, provider.client_secret or None, scope=provider.scope, redirect_uri=provider.address + BACK,
        code_challenge_method="S256", verify=_trusted(), timeout=10,
        token_endpoint_auth_method="client_secret_basic" if provider.client_secret else "none",
    )  # fmt: skip


def _taken(hub: Hub, state: str) -> Begun | None:
    name = _key(state)
    kept = hub.client.getdel(name)
    return (
        None
        if kept is None
        else msgspec.json.decode(hub.keyring.unseal(CENTRE, "sessions", kept, about=name.encode()), type=Begun)
    )


def _key(state: str) -> str:
    return key("console", "oidc", hashlib.sha256(state.encode("utf-8", "surrogatepass")).hexdigest())


def _refused(reason: str) -> AccessError:
    return AccessError("sign-in", reason, "begin again")


def _away(error: Exception) -> StoreError:
    return StoreError(
        "sign-in", f"the provider does not answer as it should ({type(error).__name__})", "try again in a moment"
    )
