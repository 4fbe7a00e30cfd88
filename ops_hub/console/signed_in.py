"""Who is signed in: from a cookie to an account."""

from __future__ import annotations

import msgspec

from ops_hub.access.accounts import Account, User
from ops_hub.service.centre import Centre
from ops_hub.store import accounts, sessions
from ops_hub.store.hub import Hub
from ops_hub.store.sessions import Session

COOKIE = "ops_hub_session"


def still_signed_in(centre: Centre, token: str, user: User) -> bool:
    """Return whether somebody who follows the queue still may, as who they were; this keeps no session going."""
    session = sessions.lasting(centre.hub, token)
    kept = accounts.find(centre.hub, session.name) if session else None
    account = msgspec.json.decode(kept, type=Account) if kept else None
    same = account is not None and not account.disabled and (account.state, account.role) == (user.state, user.role)
    return same and centre.roles.may(user.role, "watch.follow")


def account_of(hub: Hub, token: str) -> tuple[User, Session] | None:
    """Return the person and session of a cookie's token; None where it is none, or the account is gone or disabled."""
    session = sessions.held(hub, token) if token else None
    kept = accounts.find(hub, session.name) if session else None
    if session is None or kept is None:
        return None
    account = msgspec.json.decode(kept, type=Account)
    return None if account.disabled else (account.user, session)
