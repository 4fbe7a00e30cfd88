"""Keys that identity data are sealed with, one for each owner and period, so that deleting can be destroying a key.

Reach for `Keyring.seal()` and `unseal()`; `sign()` is the centre's signature. An owner is a state (alpha-3), the owner
of a list, or CENTRE; a period is a day (2026-11-21) or a name. What was sealed is lost for ever when its key is
destroyed. A period's key lies in the hub, wrapped with the owner's key, which lies in HOME/keys and nowhere else. Every
machine that runs workers needs that folder; docs/keeping.md says how keys and copies are to be handled.

Threads and forked processes may share a keyring. What it remembers never outlives a key: each use asks the hub whether
the key is still there, so that a process that has run for weeks can neither open nor seal with one that was destroyed.

Source: AES-256-GCM (NIST SP 800-38D), HMAC and Ed25519 (RFC 8032) as the package cryptography and Python have them;
nonces are random, 96 bits.
"""

from __future__ import annotations

import hmac
import os
import re
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import redis
from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from ops_hub.errors import StoreError
from ops_hub.store.keyfiles import secret

CENTRE = "CENTRE"
_KEYS = "oh:{0}:keys:"
_NONCE = 12
_OWNER = re.compile(r"[A-Za-z0-9_-]{1,32}")
_SIGNING = f"{CENTRE}.ed25519"
_REWRITE_SECONDS = 600.0


class Keyring:
    """The keys of a hub."""

    def __init__(self, home: Path, client: Any, servers: Callable[[], Sequence[Any]] | None = None) -> None:
        self._folder = home / "keys"
        self._client = client
        self._servers = servers or (lambda: [client])  # whose logs have held the keys
        # (owner, period): the key as the hub has it, and open. One assignment each: threads can only do work twice.
        self._open: dict[tuple[str, str], tuple[bytes, bytes]] = {}
        self._own: dict[str, AESGCM] = {}
        self._signing: Ed25519PrivateKey | None = None

    def seal(self, owner: str, period: str, data: bytes, about: bytes = b"") -> bytes:
        """Return data sealed with the key of an owner's period; the key is made when it is first needed.

        Args:
            owner: whose key.
            period: which of its keys.
            data: what to seal.
            about: what the sealed data belong to; they open only with the same.

        Raises:
            StoreError: the owner's key is not on this machine, or others may read it.
        """
        nonce = os.urandom(_NONCE)
        return nonce + AESGCM(self._key(owner, period, make=True)).encrypt(nonce, data, about)

    def unseal(self, owner: str, period: str, sealed: bytes, about: bytes = b"") -> bytes:
        """Return what was sealed.

        Raises:
            StoreError: the key was destroyed or is not on this machine, or the data were altered.
        """
        return self.opener(owner, period)(sealed, about)

    def opener(self, owner: str, period: str) -> Callable[[bytes, bytes], bytes]:
        """Return `unseal` of one period, for many pieces at once: (sealed, about) to data. Do not keep it.

        Raises:
            StoreError: the key was destroyed or is not on this machine.
        """
        key = AESGCM(self._key(owner, period, make=False))

        def open_(sealed: bytes, about: bytes) -> bytes:
            try:
                return key.decrypt(sealed[:_NONCE], sealed[_NONCE:], about)
            except (InvalidTag, ValueError):
                raise StoreError(f"{owner} {period}", "sealed data were altered", "restore them from a copy") from None

        return open_

    def derived(self, owner: str, period: str, purpose: str, *, make: bool = True) -> bytes:
        """Return 32 bytes that hang on a period's key and die with it, e.g. to hash ids with."""
        return hmac.digest(self._key(owner, period, make=make), b"ops-hub " + purpose.encode(), "sha256")

    def destroy(self, owner: str, period: str, proof: tuple[str, Mapping[str, str]] | None = None) -> bool:
        """Destroy the key of an owner's period; return whether there was one. `forget()` must follow, once for many.

        Args:
            owner: whose key.
            period: which.
            proof: stream and fields of an event, which stands if and only if this was done.
        """
        self._open.pop((owner, period), None)
        with self._client.pipeline(transaction=True) as pipe:
            pipe.hdel(_KEYS + owner, period)
            if proof is not None:
                pipe.xadd(*proof)
            return bool(pipe.execute()[0])

    def forget(self) -> None:
        """Let each server write its log anew, so that destroyed keys leave its disk as well; wait until that is done.

        Raises:
            StoreError: a server did not do it.
        """
        deadline = time.monotonic() + _REWRITE_SECONDS
        for server in self._servers():
            reason = "it did not finish"
            try:
                # one that runs already began before the keys went: it is waited for, and does not count
                if _rewritten(server, deadline):
                    server.bgrewriteaof()
                    done = _rewritten(server, deadline)
                    if done and server.info("persistence")["aof_last_bgrewrite_status"] == "ok":
                        continue
            except (redis.ResponseError, redis.ConnectionError, redis.TimeoutError) as error:
                reason = str(error)
            raise StoreError(
                "the server's log",
                f"destroyed keys may still stand in it: {reason}",
                "make room, then run BGREWRITEAOF",
            )

    def periods(self, owner: str) -> list[str]:
        """Return the periods of an owner whose keys are there."""
        return sorted(name.decode() for name in self._client.hkeys(_KEYS + owner))

    def owners(self) -> list[str]:
        """Return all owners that have keys in the hub."""
        return sorted(name.decode().removeprefix(_KEYS) for name in self._client.scan_iter(match=_KEYS + "*"))

    def have(self, owners: Iterable[str]) -> None:
        """Make sure that the keys of owners are on this machine; those that nobody has yet are made.

        Raises:
            StoreError: another machine has one and this has not, or the disk does not take it.
        """
        for owner in owners:
            self._owner_key(owner)

    def sign(self, data: bytes) -> bytes:
        """Return the centre's signature of data (Ed25519)."""
        return self._signer().sign(data)

    def public_key(self) -> str:
        """Return the key that the centre's signatures are checked with (PEM); anybody may have it."""
        form = serialization.PublicFormat.SubjectPublicKeyInfo
        return self._signer().public_key().public_bytes(serialization.Encoding.PEM, form).decode()

    def _signer(self) -> Ed25519PrivateKey:
        if self._signing is None:
            data = secret(self._folder, self._client, _SIGNING, lambda: os.urandom(32))
            self._signing = Ed25519PrivateKey.from_private_bytes(data)
        return self._signing

    def _key(self, owner: str, period: str, *, make: bool) -> bytes:
        wrapped = self._client.hget(_KEYS + owner, period)
        if wrapped is None and make:
            wrapped = self._made(owner, period)
        if wrapped is None:
            self._open.pop((owner, period), None)
            raise StoreError(
                f"{owner} {period}", "its key was destroyed: the data are gone for ever", "nothing is left to do"
            )
        held = self._open.get((owner, period))
        if held is not None and held[0] == wrapped:
            return held[1]
        try:
            key = self._owner_key(owner).decrypt(wrapped[:_NONCE], wrapped[_NONCE:], f"{owner}:{period}".encode())
        except InvalidTag:
            raise StoreError(
                f"{owner} {period}", "its key in the hub was altered", "restore the hub from a copy"
            ) from None
        self._open[owner, period] = (wrapped, key)
        return key

    def _made(self, owner: str, period: str) -> bytes | None:
        nonce, name = os.urandom(_NONCE), f"{owner}:{period}".encode()
        self._client.hsetnx(_KEYS + owner, period, nonce + self._owner_key(owner).encrypt(nonce, os.urandom(32), name))
        found = self._client.hget(_KEYS + owner, period)
        assert found is None or isinstance(found, bytes)
        return found

    def _owner_key(self, owner: str) -> AESGCM:
        """Return the key of an owner, from its file; it is made when it is first needed."""
        if owner not in self._own:
            if not _OWNER.fullmatch(owner):
                raise StoreError(owner, "this is no owner of keys", "use a state's code")
            self._own[owner] = AESGCM(secret(self._folder, self._client, f"{owner}.key", lambda: os.urandom(32)))
        return self._own[owner]


def _rewritten(server: Any, deadline: float) -> bool:
    """Wait until a server writes its log anew no more."""
    while time.monotonic() < deadline:
        told = server.info("persistence")
        if not told["aof_rewrite_in_progress"] and not told.get("aof_rewrite_scheduled"):
            return True
        time.sleep(0.02)
    return False


def verify(data: bytes, signature: bytes, public: str) -> bool:
    """Return whether a signature is that of data, by a public key (PEM)."""
    try:
        key = serialization.load_pem_public_key(public.encode())
        assert isinstance(key, Ed25519PublicKey)
        key.verify(signature, data)
    except (InvalidSignature, ValueError, AssertionError):
        return False
    return True
