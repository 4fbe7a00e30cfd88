"""The screen of accounts: who there is, one of them, and tokens. What opens is shown once, and is in no address."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from starlette.responses import Response

from ops_hub.console.asked import Asked, screen, status_of
from ops_hub.console.marking import _
from ops_hub.errors import OpsHubError

WORDS = (
    _("password"),
    _("provider"),
    _("password + provider"),
    _("centre"),
    _("state"),
)  # ways in, and where an account is
_ACTS = {
    "disable": "accounts.disable", "enable": "accounts.enable", "sign-out": "accounts.sign-out",
    "change": "accounts.change", "reset": "accounts.reset", "token": "accounts.token-make", "end-token": "accounts.token-end",
}  # fmt: skip
_FIELDS = {"change": ("role", "state"), "token": ("use", "days"), "end-token": ("token",)}


@screen("/accounts")
def accounts(asked: Asked) -> Response:
    """Show all accounts, and the form for another one."""
    return _list(asked)


@screen("/accounts", methods=("POST",))
def add(asked: Asked) -> Response:
    """Add an account; its first password is on the page that comes back, and nowhere else."""
    sent = {name: str(asked.form.get(name, "")) for name in ("name", "role", "state")}
    try:
        given = asked.ask("accounts.add", **sent, provider_only="provider_only" in asked.form)
    except OpsHubError as error:
        return _list(asked, status_of(error), error=error, sent=sent)
    return _one(asked, given.account.name, given=given)


@screen("/accounts/{name}")
def account(asked: Asked) -> Response:
    """Show one account and its tokens."""
    return _one(asked, asked.path["name"])


@screen("/accounts/{name}/{act}", methods=("POST",))
def act(asked: Asked) -> Response:
    """Do something to an account."""
    name, act = asked.path["name"], asked.path["act"]
    if act not in _ACTS:
        return asked.go(f"/accounts/{quote(name, safe='')}")
    sent = {field: str(asked.form.get(field, "")) for field in _FIELDS.get(act, ())}
    try:
        told = asked.ask(_ACTS[act], name=name, **sent)
    except OpsHubError as error:
        return _one(asked, name, status_of(error), error=error)
    if act in ("reset", "token"):
        return _one(asked, name, **{"given" if act == "reset" else "made": told})
    return asked.go(f"/accounts/{quote(name, safe='')}")


def _list(asked: Asked, status: int = 200, **more: Any) -> Response:
    told = {"error": None, "sent": {}} | more
    return asked.page(
        "accounts.html", status, accounts=asked.ask("accounts.list"), choices=asked.ask("accounts.choices"), **told
    )


def _one(asked: Asked, name: str, status: int = 200, **more: Any) -> Response:
    told = {"error": None, "given": None, "made": None} | more
    return asked.page(
        "account.html", status, account=asked.ask("accounts.show", name=name), tokens=asked.ask("accounts.tokens", name=name),
        choices=asked.ask("accounts.choices"), **told,
    )  # fmt: skip
