"""Audit events from their stream into the log on disk: each once, in order, also when the scribe dies in between.

Reach for `Scribe`. There is one on a home folder: a second one waits for the first (a lock that dies with its process).
An event is acknowledged after it is on disk. The hub's head of the log never stands behind lines that may come again, so
that these are known: in partition 0 acknowledging and the new head are one step; those of other partitions are
acknowledged first, and what was left half done is finished before anything new is written.
"""

from __future__ import annotations

import fcntl
import json
import os
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from ops_hub.store.audit import record
from ops_hub.store.chain import EVERY, PER_FILE, Chain, Head
from ops_hub.store.consume import Item, taken
from ops_hub.store.files import cannot_write
from ops_hub.store.hub import Hub, key, partition_of
from ops_hub.store.place import claim, is_here
from ops_hub.store.proof import Fault, Verdict, verify
from ops_hub.store.turn import InOrder

HEAD = key("audit", "head")
_TAKE = 500


def folder_of(home: Path) -> Path:
    """Return where the log of a home folder lies."""
    return home / "audit"


def hub_head(hub: Hub) -> Head | None:
    """Return the head of the log as the hub has it; None where nothing was ever written."""
    found = hub.client.hgetall(HEAD)
    return Head(int(found[b"seq"]), found[b"hash"].decode()) if found else None


def verified(
    hub: Hub, heads: tuple[Head, ...] = (), check: Callable[[Path, str, list[Head]], Verdict] = verify
) -> Verdict:
    """Check the log against its own hashes, the centre's signatures, the hub's head, and heads that were written down.

    Args:
        hub: whose log.
        heads: that were written down.
        check: does it; `proof.verify`, or the same somewhere else.
    """
    is_here(hub)
    told = hub_head(hub)  # before the files are read: a scribe may go on writing
    verdict = check(folder_of(hub.home), hub.keyring.public_key(), [*heads, *([told] if told else [])])
    if told is None and verdict.files:
        reason = "it has no head of this log, as if it were new: whether lines are missing at the end cannot be told"
        return replace(verdict, faults=(*verdict.faults, Fault("the hub", 0, reason)))
    return verdict


class Scribe:
    """The one who writes the log."""

    def __init__(self, hub: Hub, *, every: int = EVERY, per_file: int = PER_FILE) -> None:
        """Prepare; nothing is touched before `open`."""
        self._hub, self._every, self._per_file = hub, every, per_file
        self._lock = -1
        self._chain: Chain | None = None
        self._readers: list[InOrder] = []
        self._is_settled = False

    def open(self, stop: Callable[[], bool] = lambda: False) -> bool:
        """Become the scribe, waiting for another one to end; return False where `stop` said so first.

        Raises:
            StoreError: the log's folder cannot be written, or the log is kept in another home folder.
        """
        claim(self._hub)
        folder = folder_of(self._hub.home)
        if self._lock < 0 and not self._locked(folder, stop):
            return False
        self._readers = [InOrder(self._hub, stream, "scribe") for stream in self._hub.streams("audit")]
        self._is_settled = False
        self._chain = Chain(folder, self._hub.keyring.sign, hub_head(self._hub), self._every, self._per_file)
        if self._chain.is_cut:
            record(self._hub, "CENTRE/scribe:system", "audit-cut-short", str(self._chain.head))
        return True

    def _locked(self, folder: Path, stop: Callable[[], bool]) -> bool:
        """Wait for the lock; return whether it was got."""
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            handle = os.open(folder / ".lock", os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise cannot_write(folder, error) from None
        while self._lock < 0:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                self._lock = handle
            except BlockingIOError:
                if stop():
                    os.close(handle)
                    return False
                time.sleep(0.05)
        return True

    def step(self, block_ms: int = 0) -> int:
        """Write what waits, up to some hundred events; return how many.

        Raises:
            StoreError: the disk does not take them; they are not acknowledged, and come again.
        """
        assert self._readers, "open() comes first"
        if not self._is_settled:
            self._settle()
        many = 0
        for reader, items in taken(self._readers, _TAKE, block_ms):
            self._written(reader, items, moves_on=True)
            many += len(items)
        return many

    def _settle(self) -> None:
        """Finish what was taken before and not acknowledged, all of it before the head moves on."""
        assert self._chain is not None
        for reader in self._readers:
            while items := reader.pending(_TAKE):
                self._written(reader, items, moves_on=False)
        self._chain.recent.clear()
        self._is_settled = True
        if self._chain.head.seq:
            self._hub.client.hset(HEAD, mapping=self._head_to())

    def _head_to(self) -> dict[str, str | int]:
        assert self._chain is not None
        return {"seq": self._chain.head.seq, "hash": self._chain.head.hash}

    def _written(self, reader: InOrder, items: list[Item], *, moves_on: bool) -> None:
        """Write items that the log does not have yet, acknowledge all of them, and let the head move on."""
        chain, partition = self._chain, partition_of(reader.stream)
        assert chain is not None
        self._is_settled, was = False, self._is_settled  # until all of this is done
        names = [item.id.decode() + (f"@{partition}" if partition else "") for item in items]
        told = zip(names, items, strict=True)
        new = [(name, _event(item.fields)) for name, item in told if name not in chain.recent]
        if new:
            chain.append(new)
        chain.recent.update(name for name, _ in new)
        if not moves_on:
            reader.done(items)
        elif partition == 0:
            reader.done(items, lambda pipe: pipe.hset(HEAD, mapping=self._head_to()))
        else:
            reader.done(items)
            self._hub.client.hset(HEAD, mapping=self._head_to())
        if moves_on:
            chain.recent.clear()
        self._is_settled = was

    def drain(self) -> int:
        """Write all that waits; return how many."""
        total = 0
        while count := self.step():
            total += count
        return total

    def close(self) -> None:
        """Let the next one write."""
        for reader in self._readers:
            reader.close()
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1


def _event(fields: dict[bytes, bytes]) -> Any:
    """Return the event of an item; what is none is kept as it came."""
    text = fields.get(b"event", b"").decode(errors="replace")
    try:
        event = json.loads(text)
    except ValueError:
        return {"by": "", "action": "unreadable", "about": text[:2000]}
    return event if isinstance(event, dict) else {"by": "", "action": "unreadable", "about": text[:2000]}
