"""Passwords: which are good enough, and how they are kept.

Reach for `checked()`, `hashed()`, `matches()` and `stale()`. Source: NIST SP 800-63B-4, 3.1.1.2: a least length, no rules of
composition, no change without cause; what is common, expected or made of the account's own name is refused. Kept as
Argon2id, in the strength of the OWASP password storage cheat sheet (19 MiB, two passes, one lane).
"""

from __future__ import annotations

import os
import re
import secrets
import threading
import unicodedata
from functools import cache
from importlib.resources import files

from cryptography.exceptions import InvalidKey
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from ops_hub.errors import ConfigError

LEAST, MOST = 12, 256
_MEMORY = 19456  # KiB
_PASSES, _LANES, _LENGTH = 2, 1, 32
_STRENGTH = f"m={_MEMORY},t={_PASSES},p={_LANES}"
_OURS = ("ops-hub", "opshub", "console")  # words of this service itself
_AT_ONCE = threading.BoundedSemaphore(2)  # each takes memory and a core: a crowd at the door must not take all of both
_GIVEN_SIGNS = "abcdefghjkmnpqrstuvwxyz23456789"  # none that is mistaken for another when read aloud


def checked(password: str, name: str) -> str:
    """Return a password that is good enough for an account.

    Args:
        password: what is to be the password.
        name: of the account.

    Raises:
        ConfigError: it is too short or long, common, or made of the account's name.
    """
    if not LEAST <= len(_same(password)) <= MOST:
        raise ConfigError(
            "password", f"it must have {LEAST} to {MOST} signs", "take some words that belong together for you alone"
        )
    bare = _same(password).casefold()
    if _made_of(bare, name.casefold()):
        raise ConfigError(
            "password",
            "it is made of the account's name, or of this service's",
            "take words that others would not guess",
        )
    if bare in _common() or _core(bare) in _common() or _repeats(bare) or _runs(bare):
        raise ConfigError(
            "password", "it is common, or simple to guess", "take some words that belong together for you alone"
        )
    return password


def given() -> str:
    """Return a password for a first sign-in: random, and can be read aloud."""
    return "-".join("".join(secrets.choice(_GIVEN_SIGNS) for _ in range(4)) for _ in range(5))


def hashed(password: str) -> str:
    """Return the hash of a password, with its salt and strength, as a PHC string."""
    with _AT_ONCE:
        made = Argon2id(
            salt=os.urandom(16), length=_LENGTH, iterations=_PASSES, lanes=_LANES, memory_cost=_MEMORY
        ).derive_phc_encoded(_bytes(password))
    return made if isinstance(made, str) else made.decode()


def matches(password: str, kept: str) -> bool:
    """Return whether a password is the one whose hash was kept.

    Where nothing was kept ('': no such account, or one without a password) the same work is done, so that the time that it
    takes does not tell who has an account.
    """
    with _AT_ONCE:
        try:
            Argon2id.verify_phc_encoded(_bytes(password), kept or _nobodys())
        except (InvalidKey, ValueError):
            return False
    return bool(kept)


def stale(kept: str) -> bool:
    """Return whether a hash was made with another strength than that of today."""
    return _STRENGTH not in kept.split("$")


@cache
def _nobodys() -> str:
    made = Argon2id(
        salt=os.urandom(16), length=_LENGTH, iterations=_PASSES, lanes=_LANES, memory_cost=_MEMORY
    ).derive_phc_encoded(os.urandom(32))
    return made if isinstance(made, str) else made.decode()


def _same(password: str) -> str:
    """Return a password so that keyboards that write one sign in two ways agree."""
    return unicodedata.normalize("NFC", password)


def _bytes(password: str) -> bytes:
    return _same(password[: 4 * MOST]).encode("utf-8", "surrogatepass")


@cache
def _common() -> frozenset[str]:
    text = (files("ops_hub.access") / "common_passwords.txt").read_text(encoding="utf-8")
    return frozenset(line for line in text.splitlines() if line and not line.startswith("#"))


def _core(bare: str) -> str:
    """Return what is left of a password without the digits and signs that people put around a word."""
    return re.sub(r"^[\W\d_]+|[\W\d_]+$", "", bare)


def _made_of(bare: str, name: str) -> bool:
    """Whether little is left when the name, or a name of this service, is taken out; a short name is no hint of itself."""
    for word in (name, *re.split(r"[._@-]", name), *_OURS):
        if len(word) >= 3 and word in bare and len(_core(bare.replace(word, ""))) < 6:
            return True
    return False


def _repeats(bare: str) -> bool:
    return re.fullmatch(r"(.{1,6}?)\1+.{0,5}", bare, re.DOTALL) is not None


def _runs(bare: str) -> bool:
    """Whether most signs follow the one before, up or down, as in 123456789012."""
    steps = [ord(after) - ord(before) for before, after in zip(bare, bare[1:], strict=False)]
    return max(steps.count(1), steps.count(-1), steps.count(0)) > 0.7 * len(steps)
