"""Sessions in the hub: a cookie's token is never kept, only its hash.

Reach for `begin()`, `held()`, `change()` and `end()`. Keys: console:session:HASH, gone after a while without use.
"""

from __future__ import annotations

import hashlib
import secrets

import msgspec

from ops_hub.store.hub import Hub, key
from ops_hub.store.keyring import CENTRE

IDLE_SECONDS = 30 * 60
MOST_SECONDS = 12 * 3600


class Session(msgspec.Struct, frozen=True):
    """A person at a screen.

    Attributes:
        name: of the account.
        csrf: what forms must bring along.
        since: seconds since 1970 when they signed in.
        purpose: why they look at what they look at, for the audit log.
    """

    name: str
    csrf: str
    since: float
    purpose: str = ""


def begin(hub: Hub, name: str) -> tuple[str, Session]:
    """Begin a session and return the token for its cookie, and the session."""
    token = secrets.token_urlsafe(32)
    session = Session(name, secrets.token_urlsafe(24), hub.now().timestamp())
    _put(hub, token, session)
    return token, session


def held(hub: Hub, token: str) -> Session | None:
    """Return the session of a token, and keep it going; None where it ended, or ran out."""
    name = _key(token)
    return _opened(hub, name, hub.client.getex(name, ex=IDLE_SECONDS))


def lasting(hub: Hub, token: str) -> Session | None:
    """Return the same without keeping it going: for streams, which are open when nobody is there any more."""
    name = _key(token)
    return _opened(hub, name, hub.client.get(name))


def _opened(hub: Hub, name: str, kept: bytes | None) -> Session | None:
    if kept is None:
        return None
    session = msgspec.json.decode(hub.keyring.unseal(CENTRE, "sessions", kept, about=name.encode()), type=Session)
    if hub.now().timestamp() - session.since > MOST_SECONDS:
        hub.client.delete(name)
        return None
    return session


def change(hub: Hub, token: str, session: Session) -> None:
    """Keep a session as it is now."""
    _put(hub, token, session)


def end(hub: Hub, token: str) -> None:
    """End a session."""
    hub.client.delete(_key(token))


def _put(hub: Hub, token: str, session: Session) -> None:
    name = _key(token)
    sealed = hub.keyring.seal(CENTRE, "sessions", msgspec.json.encode(session), about=name.encode())
    hub.client.set(name, sealed, ex=IDLE_SECONDS)


def _key(token: str) -> str:
    return key("console", "session", hashlib.sha256(token.encode()).hexdigest())
