"""Browsers that somebody has signed in with, kept as hashes: what strangers try at an account must not shut its owner out.

Reach for `known()` and `remember()`. Keys: console:browser:HASH, gone after a while without a sign-in.

Source: OWASP, Slow down online guessing attacks with device cookies.
"""

from __future__ import annotations

import hashlib
import secrets

from ops_hub.store.hub import Hub, key

SECONDS = 90 * 86_400


def known(hub: Hub, token: str, account: str) -> str:
    """Return what names a browser that an account was signed in with before; '' where it was not.

    Args:
        hub: where browsers are.
        token: of the browser's cookie.
        account: its name.
    """
    if not token or hub.client.get(_key(token)) != _of(token, account):
        return ""
    return _key(token)


def remember(hub: Hub, token: str, account: str) -> str:
    """Keep that an account was signed in with a browser, and return the token for its cookie: a new one where it is unknown."""
    told = token if known(hub, token, account) else secrets.token_urlsafe(32)
    hub.client.set(_key(told), _of(told, account), ex=SECONDS)
    return told


def _of(token: str, account: str) -> bytes:
    """Return the account as it is kept: nobody who reads the hub learns which it is."""
    return hashlib.sha256(f"{token} {account}".encode("utf-8", "surrogatepass")).hexdigest().encode()


def _key(token: str) -> str:
    return key("console", "browser", hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest())
