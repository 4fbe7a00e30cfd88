"""What concerns who asks: their account, and why they look at what they look at."""

from __future__ import annotations

import msgspec

from ops_hub.service.centre import Centre
from ops_hub.service.table import Caller, operation


class Nothing(msgspec.Struct, forbid_unknown_fields=True):
    """Nothing has to be told."""


class Me(msgspec.Struct):
    """Who asks, and what they may do."""

    name: str
    state: str
    role: str
    language: str
    operations: list[str]


@operation("me.show", "GET", "/me")
def show(centre: Centre, by: Caller, asked: Nothing) -> Me:
    """Tell who is signed in."""
    role = centre.roles.find(by.user.role)
    return Me(by.user.name, by.user.state, by.user.role, by.user.language, list(role.may if role else []))
