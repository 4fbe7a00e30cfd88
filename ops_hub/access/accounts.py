"""An account, and the passwords that open it.

Reach for `Account`, `User`, `hashed()` and `matches()`. Passwords are kept as Argon2id, in the strength of the OWASP
password storage cheat sheet (19 MiB, two passes, one lane).
"""

from __future__ import annotations

import os
from datetime import datetime

import msgspec
from cryptography.exceptions import InvalidKey
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

_MEMORY = 19456  # KiB
_PASSES, _LANES, _LENGTH = 2, 1, 32


class User(msgspec.Struct, frozen=True):
    """Who is signed in.

    Attributes:
        name: of the account.
        state: alpha-3 of a home state, or CENTRE.
        role: of rules/roles.toml.
        language: en, es, fr or nl.
    """

    name: str
    state: str
    role: str
    language: str = "en"

    def __str__(self) -> str:
        return f"{self.state}/{self.name}:{self.role}"


class Account(msgspec.Struct, frozen=True):
    """An account.

    Attributes:
        name: what its owner signs in with, unique.
        state: alpha-3 of a home state, or CENTRE.
        role: of rules/roles.toml.
        password: its Argon2id hash; '' where the owner signs in elsewhere (OIDC).
        created_at: when.
        language: of the screens.
        disabled: nobody signs in with it.
    """

    name: str
    state: str
    role: str
    password: str
    created_at: datetime
    language: str = "en"
    disabled: bool = False

    @property
    def user(self) -> User:
        """Who signs in with it."""
        return User(self.name, self.state, self.role, self.language)


def hashed(password: str) -> str:
    """Return the hash of a password, with its salt and strength, as a PHC string."""
    made = Argon2id(
        salt=os.urandom(16), length=_LENGTH, iterations=_PASSES, lanes=_LANES, memory_cost=_MEMORY
    ).derive_phc_encoded(password.encode())
    return made if isinstance(made, str) else made.decode()


def matches(password: str, kept: str) -> bool:
    """Return whether a password is the one whose hash was kept."""
    try:
        Argon2id.verify_phc_encoded(password.encode(), kept)
    except (InvalidKey, ValueError):
        return False
    return True
