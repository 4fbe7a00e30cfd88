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
        generation: of the account when they signed in; the session is over when the account has another one.
    """

    name: str
    csrf: str
    since: float
    purpose: str = ""
    generation: int = 0


def begin(hub: Hub, name: str, generation: int = 0) -> tuple[str, Session]:
    """Begin a session and return the token for its cookie, and the session."""
    token = secrets.token_urlsafe(32)
    session = Session(name, secrets.token_urlsafe(24), hub.now().timestamp(), generation=generation)
    hub.client.set(_key(token), _sealed(hub, token, session), ex=IDLE_SECONDS)
    return token, session


def held(hub: Hub, token: str, *, keep: bool = True) -> Session | None:
    """Return the session of a token, and keep it going; None where it ended, or ran out.

    Args:
        hub: where it is.
        token: of the cookie.
        keep: somebody is there; False for what a page asks by itself, which must not keep the session of an empty chair.
    """
    name = _key(token)
    with hub.client.pipeline(transaction=False) as pipe:
        if keep:
            pipe.getex(name, ex=IDLE_SECONDS)
        else:
            pipe.get(name)
        pipe.time()
        kept, (now, _) = pipe.execute()
    if kept is None:
        return None
    session = msgspec.json.decode(hub.keyring.unseal(CENTRE, "sessions", kept, about=name.encode()), type=Session)
    if now - session.since > MOST_SECONDS:
        hub.client.delete(name)
        return None
    return session


def change(hub: Hub, token: str, session: Session) -> None:
    """Keep a session as it is now; one that ended meanwhile stays ended."""
    hub.client.set(_key(token), _sealed(hub, token, session), ex=IDLE_SECONDS, xx=True)


def end(hub: Hub, token: str) -> None:
    """End a session."""
    hub.client.delete(_key(token))


def _sealed(hub: Hub, token: str, session: Session) -> bytes:
    return hub.keyring.seal(CENTRE, "sessions", msgspec.json.encode(session), about=_key(token).encode())


def _key(token: str) -> str:
    return key("console", "session", hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest())
