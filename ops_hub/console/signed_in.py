"""Who is signed in: from a cookie to an account."""

from __future__ import annotations

import msgspec

from ops_hub.access.accounts import Account, User
from ops_hub.store import accounts, sessions
from ops_hub.store.hub import Hub
from ops_hub.store.sessions import Session

COOKIE = "ops_hub_session"


def account_of(hub: Hub, token: str) -> tuple[User, Session] | None:
    """Return the person and session of a cookie's token; None where it is none, or the account is gone or disabled."""
    session = sessions.held(hub, token) if token else None
    kept = accounts.find(hub, session.name) if session else None
    if session is None or kept is None:
        return None
    account = msgspec.json.decode(kept, type=Account)
    return None if account.disabled else (account.user, session)
