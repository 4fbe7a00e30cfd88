"""How the console is run; read once by the command, passed down."""

from __future__ import annotations

from dataclasses import dataclass

LANGUAGES = {"en": "English", "es": "Español", "fr": "Français", "nl": "Nederlands"}


@dataclass(frozen=True)
class Settings:
    """How the console is run.

    Attributes:
        secure: browsers reach it by HTTPS: cookies are sent over nothing else.
        max_body: bytes of a request.
        max_upload: bytes of a request with a file in it.
    """

    secure: bool = False
    max_body: int = 1_000_000
    max_upload: int = 64_000_000
