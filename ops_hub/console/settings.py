"""How the console is run; read once by the command, passed down."""

from __future__ import annotations

from dataclasses import dataclass, field

from ops_hub.access.oidc import Provider
from ops_hub.store.throttle import Pace

LANGUAGES = {"en": "English", "es": "Español", "fr": "Français", "nl": "Nederlands"}


@dataclass(frozen=True)
class Paces:
    """How often may be asked.

    Attributes:
        session: by one session, or one token.
        address: from one address; a proxy that does not say for whom it asks is one address.
        stranger: from one address without a session: above all at the door.
    """

    session: Pace = Pace(20, 300)
    address: Pace = Pace(300, 3000)
    stranger: Pace = Pace(2, 60)


@dataclass(frozen=True)
class Settings:
    """How the console is run.

    Attributes:
        secure: browsers reach it by HTTPS: cookies are sent over nothing else.
        max_body: bytes of a form.
        max_json: bytes of what comes by the API.
        max_upload: bytes of a request with a file in it.
        hosts: names that it is reached by; with none, any name will do (only for tests).
        proxies: addresses of proxies in front, whose word on who asks is taken.
        paces: how often may be asked.
        provider: of OIDC, where people may sign in elsewhere.
        header_seconds: in which the head of a request must be complete.
        body_seconds: in which its body must be, and a second more for each `body_rate` bytes.
        body_rate: bytes a second that a large body must come with.
        at_once: requests of one session or token that are answered at once.
        unread_seconds: that somebody may leave unread what was sent to them, before they are cut off.
    """

    secure: bool = False
    max_body: int = 1_000_000
    max_json: int = 8_000_000
    max_upload: int = 64_000_000
    hosts: frozenset[str] = frozenset()
    proxies: tuple[str, ...] = ("127.0.0.1", "::1")
    paces: Paces = field(default_factory=Paces)
    provider: Provider | None = None
    header_seconds: float = 10
    body_seconds: float = 30
    body_rate: int = 100_000
    at_once: int = 16
    unread_seconds: float = 60
