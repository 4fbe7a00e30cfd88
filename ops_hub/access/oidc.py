"""Signing in elsewhere: what the centre says of its provider of OpenID Connect.

Reach for `provider_of()`, and `Provider.place()` for what somebody's claims make of them here. The talk itself is in
console.oidc.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec

from ops_hub.access.accounts import placed
from ops_hub.access.roles import Roles
from ops_hub.errors import ConfigError

BACK = "/sign-in/oidc/back"
_LOCAL = ("localhost", "127.0.0.1", "::1")


class Mapped(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whoever has this value in this claim gets this role at this state."""

    claim: str
    value: str
    role: str
    state: str


class Provider(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A provider of OpenID Connect, as the file says.

    Attributes:
        issuer: its address, as it stands in what it signs.
        client_id: how it knows this console.
        client_secret: $NAME of an environment variable; '' for a client without one.
        address: where browsers reach this console, such as https://console.example.
        name_claim: claim that names the account.
        scope: what is asked for.
        words: on the button of the door.
        map: roles and states by claims; with none, only accounts that administrators made are opened.
    """

    issuer: str
    client_id: str
    address: str
    client_secret: str = ""
    name_claim: str = "preferred_username"
    scope: str = "openid profile"
    words: str = "Sign in with your organisation"
    map: tuple[Mapped, ...] = ()

    def place(self, claims: Mapping[str, Any]) -> tuple[str, str] | None:
        """Return role and state that somebody's claims stand for: those of the first line that fits, None for none."""
        for each in self.map:
            said = claims.get(each.claim)
            if said == each.value or (isinstance(said, list) and each.value in said):
                return each.role, each.state
        return None


def provider_of(path: Path, roles: Roles, home_states: Mapping[str, object]) -> Provider:
    """Read the file of a provider; its secret comes from the environment.

    Args:
        path: a TOML file.
        roles: the table of roles.
        home_states: by code.

    Raises:
        ConfigError: it cannot be read, or says what is not allowed.
    """
    try:
        made = msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8")), Provider)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise ConfigError(str(path), str(error), "correct it; see docs/console/access.md") from None
    for what in ("issuer", "address"):
        at = urlsplit(getattr(made, what))
        if at.scheme != "https" and not (at.scheme == "http" and at.hostname in _LOCAL):
            raise ConfigError(str(path), f"{what} is no https address", "only on this machine itself may it be http")
    for each in made.map:
        placed(roles, each.role, each.state, list(home_states))
    return msgspec.structs.replace(
        made, client_secret=_secret(path, made.client_secret), address=made.address.rstrip("/")
    )


def _secret(path: Path, told: str) -> str:
    if not told:
        return ""
    held = os.environ.get(told.removeprefix("$"), "")
    if not told.startswith("$") or not held:
        raise ConfigError(
            str(path),
            "client_secret does not name an environment variable that is set",
            'write for example "$OPS_HUB_OIDC_SECRET"',
        )
    return held
