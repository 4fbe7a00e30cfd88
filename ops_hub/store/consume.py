"""A stream of the hub to its reader: each item is handed on until it was done, also when the reader dies.

Reach for `Reader`, and `taken()` for those of all partitions. Items are acknowledged by the caller, after their results are stored; what a dead reader had taken
comes to another one. An item that was taken too often goes to the dead letters, with the reason, and waits there.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol, TypeVar

import redis

from ops_hub.store.hub import Hub, key, partition_of

MOST_TRIES = 5
_FIELDS = dict[bytes, bytes]


@dataclass(frozen=True)
class Item:
    """An item of a stream: its id, its fields, how often it was handed out."""

    id: bytes
    fields: _FIELDS
    tries: int = 1


class Reader:
    """One reader among those of a group."""

    def __init__(self, hub: Hub, stream: str, group: str, name: str, *, idle_ms: int = 10_000) -> None:
        """Join the group, which is made where it is not there.

        Args:
            hub: where the stream is.
            stream: its key.
            group: readers that share the work.
            name: this reader, unlike all others.
            idle_ms: an item that nobody acknowledged for so long is handed out again.
        """
        self.stream, self._group, self._name, self._idle = stream, group, name, idle_ms
        self._client, self._waiting = hub.of(stream), hub.waiting(5.0, partition_of(stream))
        with suppress(redis.ResponseError):  # it is there already
            self._client.xgroup_create(stream, group, id="0", mkstream=True)

    def take(self, count: int, block_ms: int = 1000) -> list[Item]:
        """Return items to be done: abandoned ones first, else new ones, waiting for them so long."""
        abandoned = self._abandoned()
        if abandoned:
            return abandoned
        options = {"block": block_ms} if block_ms else {}
        found = self._waiting.xreadgroup(self._group, self._name, {self.stream: ">"}, count=count, **options)
        return [Item(name, fields) for _, items in found or [] for name, fields in items]

    def done(self, *items: Item) -> None:
        """Acknowledge items and let them go."""
        ids = [item.id for item in items]
        if ids:
            with self._client.pipeline(transaction=True) as pipe:
                pipe.xack(self.stream, self._group, *ids)
                pipe.xdel(self.stream, *ids)
                pipe.execute()

    def bury(self, item: Item, reason: str) -> None:
        """Put an item to the dead letters, with the reason; `hub requeue` brings it back."""
        dead = key("dead", partition=partition_of(self.stream))
        letter = {"stream": self.stream, "reason": reason[:2000], "tries": item.tries, "id": item.id}
        with self._client.pipeline(transaction=True) as pipe:
            pipe.xadd(dead, letter | {b"f:" + name: value for name, value in item.fields.items()})
            pipe.xack(self.stream, self._group, item.id)
            pipe.xdel(self.stream, item.id)
            pipe.execute()

    def _abandoned(self) -> list[Item]:
        """Return an item that somebody took and did not finish; one that was tried too often is buried.

        One at a time: where it ends its reader, no other is counted as tried.
        """
        _, claimed, *_ = self._client.xautoclaim(
            self.stream, self._group, self._name, min_idle_time=self._idle, start_id="0-0", count=1
        )
        items = []
        for name, fields in claimed:
            if fields is None:
                continue
            told = self._client.xpending_range(self.stream, self._group, name, name, 1)
            tries = int(told[0]["times_delivered"]) if told else 1
            item = Item(name, fields, tries)
            if tries > MOST_TRIES:
                self.bury(item, f"taken {tries - 1} times and never finished")
            else:
                items.append(item)
        return items


class Taking(Protocol):
    """A reader of a stream, of this module or of `turn`."""

    def take(self, count: int, block_ms: int = 1000) -> list[Item]:
        """Return items to be done, waiting for them so long."""


R = TypeVar("R", bound=Taking)


def taken(readers: Sequence[R], count: int, block_ms: int = 0) -> Iterator[tuple[R, list[Item]]]:
    """Yield what the readers of all partitions have to do, one reader after the other; wait so long where none has any.

    No command waits for streams of two servers: they are waited for one after the other, each its part of the time.
    """
    many = len(readers)
    found = False
    for each in readers:
        if items := each.take(count, 0 if many > 1 else block_ms):
            found = True
            yield each, items
    for each in readers if many > 1 and block_ms and not found else ():
        if items := each.take(count, max(1, block_ms // many)):
            yield each, items
            return
