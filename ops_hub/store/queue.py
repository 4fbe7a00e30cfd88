"""Units of work that wait to be screened, the most urgent first, each done exactly once.

Reach for `Queue`. A unit is one message, or a slice of a table, sealed. It is handed in once (`submit`), handed out
until it is done (`take`, `reclaim`), and done once (`commit`, which stores the results in the same step as it takes the
unit off the queue). What cannot be done goes to the dead letters (`bury`) and comes back with `requeue`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import zstandard

from ops_hub.store import queue_scripts as lua
from ops_hub.store.consume import MOST_TRIES
from ops_hub.store.hub import Hub, key
from ops_hub.store.keyring import CENTRE

GROUP = "workers"
QUARTER = 900  # seconds of a bucket
KNOWN_SECONDS = 7 * 86_400  # that a unit handed in again is known as a duplicate
IDLE_MS = 15_000  # that a unit is held without a sign of life before others take it
ALIVE_SECONDS = 15  # that a worker counts after its last sign of life
BEAT_SECONDS = 3.0
_STREAMS = key("in") + ":"
_LETTER = re.compile(r"\d{1,20}-\d{1,20}")
Adds = Sequence[tuple[str, dict[str, Any]]]  # (stream, fields) of entries to be added


@dataclass(frozen=True)
class Unit:
    """A unit of work as it is handed in.

    Attributes:
        id: hash of the bytes.
        kind: message (EDIFACT bytes) or rows (packed TRAVELLERS and REJECTS).
        source: name that it was handed in under.
        data: the bytes.
        rows: travellers in it, about.
        shift: what must be added to a position in it to have the position in the source.
        departs, arrives: UTC, None where not known.
        reply_to: carrier that waits for an answer.
    """

    id: str
    kind: str
    source: str
    data: bytes
    rows: int = 0
    shift: int = 0
    departs: datetime | None = None
    arrives: datetime | None = None
    reply_to: str | None = None


@dataclass(frozen=True)
class Taken:
    """A unit that was handed out: where it stands, how often it was, when it was accepted; `data` once it is opened."""

    bucket: str
    id: bytes
    fields: dict[bytes, bytes]
    tries: int

    @property
    def unit(self) -> str:
        """Id of the unit."""
        return self.fields[b"unit"].decode()

    @property
    def accepted_at(self) -> datetime:
        """When the hub accepted it, UTC."""
        return datetime.fromtimestamp(int(self.fields[b"at"]) / 1e6, UTC)


@dataclass(frozen=True)
class Hand:
    """What `take` gives: units, the hub's time, and what is published now."""

    items: tuple[Taken, ...]
    now: datetime
    snapshot: str
    ruleset: str


def bucket_of(departs: datetime | None, arrives: datetime | None) -> str:
    """Return the bucket of times (UTC): quarter hours of departure and arrival, x where one is not known."""
    return "-".join("x" if at is None else str(int(at.timestamp()) // QUARTER) for at in (departs, arrives))


class Queue:
    """The queue of a hub, as one worker (or none, for those who only hand in) sees it."""

    def __init__(self, hub: Hub, name: str = "") -> None:
        """Open the queue.

        Args:
            hub: where it is.
            name: of this worker, unlike all others.
        """
        self._hub, self.name = hub, name
        register = hub.client.register_script
        self._submit, self._take, self._reclaim = register(lua.SUBMIT), register(lua.TAKE), register(lua.RECLAIM)
        self._commit, self._beat = register(lua.COMMIT), register(lua.BEAT)
        self._abandon, self._requeue = register(lua.ABANDON), register(lua.REQUEUE)

    def submit(self, units: Iterable[Unit]) -> tuple[int, int]:
        """Hand units in, in one exchange; return how many were accepted and how many were known already."""
        pack = zstandard.ZstdCompressor().compress
        with self._hub.client.pipeline(transaction=False) as pipe:
            many = 0
            for unit in units:
                bucket = bucket_of(unit.departs, unit.arrives)
                sealed = self._hub.keyring.seal(CENTRE, "intake", pack(unit.data), unit.id.encode())
                fields: dict[str, Any] = {
                    "unit": unit.id, "kind": unit.kind, "source": unit.source, "rows": unit.rows, "shift": unit.shift,
                    "reply_to": unit.reply_to or "", "payload": sealed,
                }  # fmt: skip
                known = key("seen", *([unit.reply_to] if unit.reply_to else []), unit.id)  # a question is asked anew
                keys = [known, key("buckets"), key("in", bucket), key("wake"), key("counts")]
                self._submit(keys, [bucket, KNOWN_SECONDS, *_flat(fields)], client=pipe)
                many += 1
            accepted = sum(pipe.execute()) if many else 0
        return accepted, many - accepted

    def forget(self, reply_to: str, units: Iterable[str]) -> None:
        """Let a carrier's questions be asked anew: the same ones are accepted again."""
        for unit in units:
            self._hub.client.delete(key("seen", reply_to, unit))

    def take(self, held: str, refused: str = "", *, units: int = 32, rows: int = 5_000) -> Hand:
        """Return the most urgent units that nobody has.

        None come where something else is published than what the worker holds, unless it has refused that.

        Args:
            held: "SNAPSHOT RULESET" that this worker screens with; empty: none, it must not take any.
            refused: the same of what it could not open.
            units: at most so many.
            rows: no further one once there are so many travellers.
        """
        keys = [key("buckets"), key("snapshot"), key("ruleset"), key("workers")]
        second, micro, lists, rules, items = self._take(
            keys, [_STREAMS, self.name, units, rows, held, refused, ALIVE_SECONDS]
        )
        return Hand(tuple(map(_taken, items)), _moment(second, micro), lists.decode(), rules.decode())

    def reclaim(self, idle_ms: int = IDLE_MS) -> Taken | None:
        """Return a unit whose worker gave no sign of life for so long, to be done alone; None where there is none."""
        answer = self._reclaim([key("buckets")], [_STREAMS, self.name, idle_ms])
        return _taken(answer[2]) if len(answer) > 2 else None

    def opened(self, item: Taken) -> bytes:
        """Return the bytes of a unit.

        Raises:
            StoreError: they were altered, or the key is not on this machine.
        """
        sealed = self._hub.keyring.unseal(CENTRE, "intake", item.fields[b"payload"], item.fields[b"unit"])
        return zstandard.ZstdDecompressor().decompress(sealed)

    def commit(self, done: Sequence[tuple[Taken, Adds, dict[str, int]]], minute: int) -> list[bool]:
        """Store the results of units and let these go, each in one step; return for each whether this worker was the first.

        Args:
            done: unit, entries to be added, what to count.
            minute: of the hub's time, for rates.
        """
        with self._hub.client.pipeline(transaction=False) as pipe:
            for item, adds, counts in done:
                targets = sorted({stream for stream, _ in adds})
                words: list[Any] = [item.id, item.bucket, len(counts), *_flat(counts)]
                for stream, fields in adds:
                    words += [targets.index(stream) + 1, 2 * len(fields), *_flat(fields)]
                keys = [key("in", item.bucket), key("buckets"), key("counts"), key("minute", minute), *targets]
                self._commit(keys, words, client=pipe)
            return [bool(each) for each in pipe.execute()]

    def bury(self, item: Taken, reason: str, minute: int) -> None:
        """Put a unit to the dead letters, with the reason (which names nobody)."""
        letter: dict[str, Any] = {
            "stream": key("in", item.bucket), "reason": reason[:2000], "tries": item.tries, "id": item.id
        }  # fmt: skip
        kept = {"f:" + name.decode(): value for name, value in item.fields.items()}
        self.commit([(item, [(key("dead"), letter | kept)], {"buried": 1})], minute)

    def beat(self, said: dict[str, object], held: Iterable[Taken]) -> None:
        """Give a sign of life, for this worker and the units that it holds."""
        units = [word for item in held for word in (item.bucket, item.id)]
        keys = [key("buckets"), key("workers"), key("worker", self.name)]
        self._beat(keys, [_STREAMS, self.name, ALIVE_SECONDS, json.dumps(said, default=str), *units])

    def abandon(self, name: str, item: Taken | None = None) -> int:
        """Free what a worker holds, or one unit of it, for others to take at once; return how many units."""
        one = [item.bucket, item.id] if item is not None else []
        return int(self._abandon([key("buckets"), key("workers"), key("worker", name)], [_STREAMS, name, *one]))

    def requeue(self, letters: Iterable[str | bytes]) -> int:
        """Bring dead letters back to where they were, their tries forgotten; return how many there were."""
        keys = [key("dead"), key("buckets"), key("wake")]
        known = (
            letter for letter in letters if _LETTER.fullmatch(letter if isinstance(letter, str) else letter.decode())
        )
        return sum(int(self._requeue(keys, [letter, _STREAMS])) for letter in known)


def is_worn(item: Taken) -> bool:
    """Return whether a unit was handed out too often."""
    return item.tries > MOST_TRIES


def _flat(fields: dict[str, Any]) -> list[Any]:
    return [part for pair in fields.items() for part in pair]


def _moment(second: bytes, micro: bytes) -> datetime:
    return datetime.fromtimestamp(int(second), UTC).replace(microsecond=int(micro))


def _taken(answer: list[Any]) -> Taken:
    bucket, name, fields, tries = answer
    return Taken(bucket.decode(), name, dict(zip(fields[::2], fields[1::2], strict=True)), int(tries))
