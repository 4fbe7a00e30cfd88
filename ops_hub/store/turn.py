"""A stream of the hub to its only reader: every item, in the order of the stream, and never given up.

Reach for `InOrder` where order counts and nothing may go to the dead letters (audit log, lake); many readers share a
stream with `consume.Reader`. What the reader had taken when it died comes first when it is back. That there is only one
at a time is the caller's promise (a lock on the home folder).
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import redis

from ops_hub.store.consume import Item
from ops_hub.store.hub import Hub, partition_of


class InOrder:
    """The one reader of a group."""

    def __init__(self, hub: Hub, stream: str, group: str) -> None:
        """Join the group, which is made where it is not there."""
        self.stream, self._group = stream, group
        self._client, self._waiting = hub.of(stream), hub.waiting(5.0, partition_of(stream))
        self._again = True  # what was taken and not acknowledged is read first
        with suppress(redis.ResponseError):  # it is there already
            self._client.xgroup_create(stream, group, id="0", mkstream=True)

    def take(self, count: int, block_ms: int = 1000) -> list[Item]:
        """Return the next items, waiting for them so long; none are handed out again before `done` or `again`."""
        if self._again:
            found = self.pending(count)
            if found:
                return found
            self._again = False
        return self._read(">", count, **({"block": block_ms} if block_ms else {}))

    def pending(self, count: int) -> list[Item]:
        """Return the first of what was taken and not acknowledged."""
        return self._read("0", count)

    def again(self) -> None:
        """Hand out once more what was taken and not acknowledged."""
        self._again = True

    def done(self, items: list[Item], also: Callable[[Any], object] | None = None) -> None:
        """Acknowledge items and let them go, together with other commands (`also` is given the transaction)."""
        ids = [item.id for item in items]
        if ids:
            with self._client.pipeline(transaction=True) as pipe:
                pipe.xack(self.stream, self._group, *ids)
                pipe.xdel(self.stream, *ids)
                if also is not None:
                    also(pipe)
                pipe.execute()

    def close(self) -> None:
        """Let go of the connection."""
        self._waiting.close()

    def _read(self, after: str, count: int, **options: int) -> list[Item]:
        found = self._waiting.xreadgroup(self._group, "only", {self.stream: after}, count=count, **options)
        # an item that was deleted while it was pending has no fields
        return [Item(name, fields) for _, items in found or [] for name, fields in items if fields]
