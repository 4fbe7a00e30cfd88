"""Who comes in: by name and password, by a token of the API, or as a provider of OIDC names them.

Reach for `enter()`, `welcome()` and `proved()`. What is refused is told in one manner, whatever the reason, and takes the same time.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from ops_hub.access.accounts import Account
from ops_hub.access.passwords import hashed, matches, stale
from ops_hub.errors import AccessError, MissingError
from ops_hub.service.centre import Centre
from ops_hub.service.people import staff
from ops_hub.store import accounts, browsers, sessions, throttle
from ops_hub.store.audit import record
from ops_hub.store.hub import Hub
from ops_hub.store.sessions import Session
from ops_hub.store.throttle import Patience

DOOR = "CENTRE/console:system"
PATIENCE = (
    Patience(),
    Patience(free=20, longest=300, forgotten=3600),
)  # of an account; of an address, which many may share


class Shut(AccessError):
    """Too many wrong passwords came: nobody is let in here for a while.

    Attributes:
        seconds: to wait.
    """

    def __init__(self, seconds: int) -> None:
        self.seconds = seconds
        super().__init__("sign-in", "too many wrong passwords came", f"wait {seconds} seconds, then try again")


def enter(hub: Hub, name: str, password: str, address: str, browser: str = "") -> tuple[str, Session, Account]:
    """Sign somebody in by name and password; return the token of their session, the session and the account.

    Args:
        hub: where accounts are.
        name: as it was typed; it is not told to the log unless there is such an account (people type passwords there).
        password: as it was typed.
        address: where they come from.
        browser: token of a browser that they may have signed in with before: its tries are counted apart, or whoever
            knows a name could shut its owner out.

    Raises:
        Shut: too many tries were wrong.
        AccessError: name and password do not belong together, or the account is disabled.
    """
    name = name.strip().lower()[:200]
    kept = accounts.find(hub, name)
    account = msgspec.json.decode(kept, type=Account) if kept else None
    proved(hub, account, name, password, address, apart=browsers.known(hub, browser, name))
    assert account is not None
    if stale(account.password):
        account = staff.replaced(hub, account.name, password=hashed(password))
    return welcome(hub, account, "password")


def proved(hub: Hub, account: Account | None, name: str, password: str, address: str, *, apart: str = "") -> None:
    """Check the password of an account, within what the account and the address may still try.

    Args:
        hub: where accounts are.
        account: whose password it may be; None where there is none of this name.
        name: of the account.
        password: as it was typed.
        address: where the try comes from.
        apart: of whom tries are counted apart from those of strangers: a browser, or a session, that the account's owner
            had before. It has no more tries than others, but only its own.

    Raises:
        Shut: too many tries were wrong.
        AccessError: the password is wrong, or nobody may sign in.
    """
    about = account.name if account else "(no such account)"
    subject, place = name, address
    if apart and account is not None:  # another password, another count
        subject = place = f"{name} {account.generation} {apart}"
    wait, last = throttle.attempt(hub, subject, place, PATIENCE)
    if wait:
        record(hub, DOOR, "sign-in-refused", about, reason="shut", address=address)
        raise Shut(wait)
    right = matches(password, account.password if account else "")
    if account is None or account.disabled or not right:
        record(hub, DOOR, "sign-in-refused", about, reason="disabled" if right else "wrong", address=address)
        if last:
            record(hub, DOOR, "sign-in-shut", about, address=address)
        raise AccessError("sign-in", "name and password do not belong together", "try again")
    throttle.passed(hub, subject, place)


def welcome(hub: Hub, account: Account, way: str) -> tuple[str, Session, Account]:
    """Begin a session for somebody who has proved who they are."""
    token, session = sessions.begin(hub, account.name, account.generation)
    record(hub, str(account.user), "signed-in", "console", way=way)
    return token, session, account


def from_provider(
    centre: Centre, subject: str, name: str, place: tuple[str, str] | None, ways: Mapping[str, str], here: str = ""
) -> tuple[str, Session, Account]:
    """Sign in whom a provider of OIDC names.

    Args:
        centre: where accounts are.
        subject: issuer and subject of the provider.
        name: of the account, as the claim has it.
        place: role and state that the provider's claims stand for; None where the file maps none that they have.
        ways: what else is told to the log.
        here: account that is signed in at this browser. One with a password is bound to nobody at the provider but by its
            owner, who signs in with the password first: names there are often their bearers' own choice.

    Raises:
        AccessError: there is no account for them, it is disabled, or it is somebody else's.
    """
    hub, name = centre.hub, name.strip().lower()
    try:
        account = staff.found(hub, name)
    except MissingError:
        account = None
    refused = None
    if account is None and place is None:
        refused = "no account"
    elif account is not None and account.disabled:
        refused = "disabled"
    elif account is not None and account.subject not in ("", subject):
        refused = "another subject"
    elif account is not None and not account.subject and account.password and not account.by_provider and here != name:
        refused = "not bound"
    elif account is not None and account.by_provider and place is None:
        refused = "no role"
    if refused is not None:
        record(hub, DOOR, "sign-in-refused", name if account else "(no such account)", reason=refused, **ways)
        raise AccessError("sign-in", "there is no account here for you", "ask an administrator of the centre")
    return welcome(hub, _as_told(centre, account, subject, name, place), "oidc")


def _as_told(
    centre: Centre, account: Account | None, subject: str, name: str, place: tuple[str, str] | None
) -> Account:
    """Return the account as it must be for what the provider says; one made by hand keeps role and state."""
    hub, rules = centre.hub, centre.rules
    if place is not None and (account is None or account.by_provider):
        if account is None:
            account, _ = staff.add(hub, rules, DOOR, name, place[0], place[1], password="")
            account = staff.replaced(hub, name, by_provider=True)
        elif (account.role, account.state) != place:
            account = staff.changed(hub, rules, DOOR, name, role=place[0], state=place[1])
    assert account is not None
    return account if account.subject else staff.replaced(hub, account.name, subject=subject)
