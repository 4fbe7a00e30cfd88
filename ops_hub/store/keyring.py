"""Keys that identity data are sealed with, one for each owner and period, so that deleting can be destroying a key.

Reach for `Keyring.seal()` and `unseal()`. An owner is a state (alpha-3), the owner of a list, or CENTRE; a period is a
day (2026-11-21) or a name. What was sealed is lost for ever when its key is destroyed. A period's key lies in the hub,
wrapped with the owner's key, which lies in HOME/keys and nowhere else. Every machine that runs workers needs that folder.

Source: AES-256-GCM (NIST SP 800-38D) as the package cryptography has it; nonces are random, 96 bits.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from ops_hub.errors import StoreError

CENTRE = "CENTRE"
_KEYS = "oh:{0}:keys:"
_NONCE = 12
_OWNER = re.compile(r"[A-Za-z0-9_-]{1,32}")


class Keyring:
    """The keys of a hub."""

    def __init__(self, home: Path, client: Any) -> None:
        self._folder = home / "keys"
        self._client = client
        self._open: dict[tuple[str, str], AESGCM] = {}

    def seal(self, owner: str, period: str, data: bytes, about: bytes = b"") -> bytes:
        """Return data sealed with the key of an owner's period; the key is made when it is first needed.

        Args:
            owner: whose key.
            period: which of its keys.
            data: what to seal.
            about: what the sealed data belong to; they open only with the same.
        """
        nonce = os.urandom(_NONCE)
        return nonce + self._key(owner, period, make=True).encrypt(nonce, data, about)

    def unseal(self, owner: str, period: str, sealed: bytes, about: bytes = b"") -> bytes:
        """Return what was sealed.

        Raises:
            StoreError: the key was destroyed or is not on this machine, or the data were altered.
        """
        try:
            return self._key(owner, period, make=False).decrypt(sealed[:_NONCE], sealed[_NONCE:], about)
        except InvalidTag:
            raise StoreError(f"{owner} {period}", "sealed data were altered", "restore them from a copy") from None

    def destroy(self, owner: str, period: str) -> bool:
        """Destroy the key of an owner's period; return whether there was one. The caller sees to the server's log."""
        self._open.pop((owner, period), None)
        return bool(self._client.hdel(_KEYS + owner, period))

    def _key(self, owner: str, period: str, *, make: bool) -> AESGCM:
        held = self._open.get((owner, period))
        if held is not None:
            return held
        own = AESGCM(self._owner_key(owner))
        name = f"{owner}:{period}".encode()
        wrapped = self._client.hget(_KEYS + owner, period)
        if wrapped is None:
            if not make:
                raise StoreError(
                    f"{owner} {period}", "its key was destroyed: the data are gone for ever", "nothing is left to do"
                )
            nonce = os.urandom(_NONCE)
            self._client.hsetnx(_KEYS + owner, period, nonce + own.encrypt(nonce, os.urandom(32), name))
            wrapped = self._client.hget(_KEYS + owner, period)
        assert isinstance(wrapped, bytes)
        key = AESGCM(own.decrypt(wrapped[:_NONCE], wrapped[_NONCE:], name))
        self._open[owner, period] = key
        return key

    def _owner_key(self, owner: str) -> bytes:
        """Return the key of an owner, from its file; it is made when it is first needed."""
        if not _OWNER.fullmatch(owner):
            raise StoreError(owner, "this is no owner of keys", "use a state's code")
        path = self._folder / f"{owner}.key"
        if not path.is_file():
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            aside = path.with_name(f".{owner}.{os.getpid()}.part")
            aside.touch(mode=0o600)
            aside.write_bytes(os.urandom(32))
            try:
                os.link(aside, path)  # fails where another process was first
            except FileExistsError:
                pass
            finally:
                aside.unlink()
        return path.read_bytes()
