"""Units of work that wait to be screened, the most urgent first, each done exactly once.

Reach for `Queue`. A unit is one message, or a slice of a table, sealed. It is handed in once (`submit`), handed out
until it is done (`take`, `reclaim`), and done once (`commit`, which stores the results in the same step as it takes the
unit off the queue). What cannot be done goes to the dead letters (`bury`) and comes back with `requeue`.

Each partition has a queue of its own, and all of a flight's units are in one. Workers go round: what is urgent comes
first within a partition. Partition 0 knows who works and what is published, and has the bell that wakes idle workers:
whoever hands in rings it afterwards, so that a death between the two costs a second, until they look by themselves.
"""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import redis
import zstandard

from ops_hub.store import queue_scripts as lua
from ops_hub.store.cluster import replicas_asked
from ops_hub.store.consume import MOST_TRIES
from ops_hub.store.hub import Hub, key
from ops_hub.store.keyring import CENTRE

GROUP = "workers"
_REPLICATION_MS = 2_000  # for replicas to have what is handed in
QUARTER = 900  # seconds of a bucket
KNOWN_SECONDS = 7 * 86_400  # that a unit handed in again is known as a duplicate
IDLE_MS = 15_000  # that a unit is held without a sign of life before others take it
ALIVE_SECONDS = 15  # that a worker counts after its last sign of life
BEAT_SECONDS = 3.0
BELL, _RINGS = key("wake"), 64  # a worker wakes at each ring
_LETTER = re.compile(r"(\d{1,20}-\d{1,20})(?:@(\d{1,3}))?")
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
        flight: flight and day, told by the bytes alone; empty where they do not say.
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
    flight: str = ""


@dataclass(frozen=True)
class Taken:
    """A unit that was handed out: where it stands, how often it was, when it was accepted; `data` once it is opened."""

    bucket: str
    id: bytes
    fields: dict[bytes, bytes]
    tries: int
    partition: int = 0

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


def place_of(unit: Unit, partitions: int) -> int:
    """Return the partition of a unit: that of its flight, else by its content; the same bytes have the same one."""
    return zlib.crc32((unit.flight or unit.id).encode()) % partitions


def letter_name(letter: bytes, partition: int) -> str:
    """Return the name of a dead letter among those of all partitions."""
    return letter.decode() + (f"@{partition}" if partition else "")


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
        self._commit, self._hold, self._beat = register(lua.COMMIT), register(lua.HOLD), register(lua.BEAT)
        self._abandon, self._requeue, self._look = register(lua.ABANDON), register(lua.REQUEUE), register(lua.LOOK)
        self._look_and_take = register(lua.LOOK_AND_TAKE)
        self._replicas = replicas_asked(hub.address)
        self._turn = zlib.crc32(name.encode())  # workers begin at different partitions

    def submit(self, units: Iterable[Unit]) -> tuple[int, int]:
        """Hand units in, in one exchange a partition; return how many were accepted and how many were known already.

        Raises:
            redis.ConnectionError: they are not on as many replicas as the address asks for; handed in again they are known.
        """
        pack = zstandard.ZstdCompressor().compress
        groups: dict[int, list[Unit]] = {}
        for unit in units:
            groups.setdefault(place_of(unit, len(self._hub.partitions)), []).append(unit)
        accepted = 0
        for partition in sorted(groups, reverse=True):  # 0 comes last: it has the bell
            with self._hub.at(partition).pipeline(transaction=False) as pipe:
                for unit in groups[partition]:
                    sealed = self._hub.keyring.seal(CENTRE, "intake", pack(unit.data), unit.id.encode())
                    self._hand_in(unit, sealed, partition, pipe)
                if partition == 0:
                    _ring(pipe, sum(map(len, groups.values())))
                if self._replicas:
                    pipe.execute_command("WAIT", self._replicas, _REPLICATION_MS)
                found = pipe.execute()
            if self._replicas and found[-1] < self._replicas:
                raise redis.ConnectionError(
                    f"partition {partition} is on {found[-1]} replicas, not on {self._replicas}"
                )
            accepted += sum(found[: len(groups[partition])])
        if groups and 0 not in groups:
            with self._hub.client.pipeline(transaction=False) as pipe:
                _ring(pipe, sum(map(len, groups.values())))
                pipe.execute()
        return accepted, sum(map(len, groups.values())) - accepted

    def _hand_in(self, unit: Unit, sealed: bytes, partition: int, pipe: Any) -> None:
        bucket = bucket_of(unit.departs, unit.arrives)
        fields: dict[str, Any] = {
            "unit": unit.id, "kind": unit.kind, "source": unit.source, "rows": unit.rows, "shift": unit.shift,
            "reply_to": unit.reply_to or "", "payload": sealed,
        }  # fmt: skip
        known = ["seen", *([unit.reply_to] if unit.reply_to else []), unit.id]  # a question is asked anew
        names = (known, ["buckets"], ["in", bucket], ["counts"])
        keys = [key(*parts, partition=partition) for parts in names]
        self._submit(keys, [bucket, KNOWN_SECONDS, *_flat(fields)], client=pipe)

    def forget(self, reply_to: str, units: Iterable[str]) -> None:
        """Let a carrier's questions be asked anew: the same ones are accepted again."""
        for unit in units:
            for partition in self._hub.partitions:  # the id does not tell which
                self._hub.at(partition).delete(key("seen", reply_to, unit, partition=partition))

    def take(self, held: str, refused: str = "", *, units: int = 32, rows: int = 5_000) -> Hand:
        """Return the most urgent units of a partition that nobody has, of the next one where it has none.

        None come where something else is published than what the worker holds, unless it has refused that.

        Args:
            held: "SNAPSHOT RULESET" that this worker screens with; empty: none, it must not take any.
            refused: the same of what it could not open.
            units: at most so many.
            rows: no further one once there are so many travellers.
        """
        known = [key("snapshot"), key("ruleset"), key("workers")]
        if len(self._hub.partitions) == 1:
            buckets, streams = _queue(0)
            words = [ALIVE_SECONDS, streams, self.name, units, rows, held, refused]
            second, micro, lists, rules, items = self._look_and_take([*known, buckets], words)
            taken = tuple(_taken(each, 0) for each in items)
            return Hand(taken, _moment(second, micro), lists.decode(), rules.decode())
        second, micro, lists, rules, others = self._look(known, [ALIVE_SECONDS])
        names = lists.decode(), rules.decode()
        for partition in self._round() if held and " ".join(names) in (held, refused) else ():
            buckets, streams = _queue(partition)
            words = [others, streams, self.name, units, rows]
            second, micro, items = self._take([buckets], words, client=self._hub.at(partition))
            if items:
                self._turn += 1  # the next time another partition is first
                return Hand(tuple(_taken(each, partition) for each in items), _moment(second, micro), *names)
        return Hand((), _moment(second, micro), *names)

    def reclaim(self, idle_ms: int = IDLE_MS) -> Taken | None:
        """Return a unit whose worker gave no sign of life for so long, to be done alone; None where there is none."""
        for partition in self._round():
            buckets, streams = _queue(partition)
            found = self._reclaim([buckets], [streams, self.name, idle_ms], client=self._hub.at(partition))
            if found:
                return _taken(found, partition)
        return None

    def _round(self) -> list[int]:
        many = len(self._hub.partitions)
        return [(self._turn + step) % many for step in range(many)]

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
            done: unit, entries to be added to streams of its partition, what to count.
            minute: of the hub's time, for rates.
        """
        first: dict[int, bool] = {}
        for partition in sorted({item.partition for item, _, _ in done}):
            mine = [place for place, (item, _, _) in enumerate(done) if item.partition == partition]
            with self._hub.at(partition).pipeline(transaction=False) as pipe:
                for place in mine:
                    self._store(*done[place], minute, pipe)
                first |= zip(mine, map(bool, pipe.execute()), strict=True)
        return [first[place] for place in range(len(done))]

    def _store(self, item: Taken, adds: Adds, counts: dict[str, int], minute: int, pipe: Any) -> None:
        targets = sorted({stream for stream, _ in adds})
        words: list[Any] = [item.id, item.bucket, len(counts), *_flat(counts)]
        for stream, fields in adds:
            words += [targets.index(stream) + 1, 2 * len(fields), *_flat(fields)]
        names = (["in", item.bucket], ["buckets"], ["counts"], ["minute", minute])
        keys = [key(*parts, partition=item.partition) for parts in names]
        self._commit([*keys, *targets], words, client=pipe)

    def bury(self, item: Taken, reason: str, minute: int) -> None:
        """Put a unit to the dead letters, with the reason (which names nobody)."""
        letter: dict[str, Any] = {
            "stream": key("in", item.bucket, partition=item.partition), "reason": reason[:2000], "tries": item.tries,
            "id": item.id,
        }  # fmt: skip
        kept = {"f:" + name.decode(): value for name, value in item.fields.items()}
        self.commit([(item, [(key("dead", partition=item.partition), letter | kept)], {"buried": 1})], minute)

    def beat(self, said: dict[str, object], held: Iterable[Taken]) -> None:
        """Give a sign of life, for this worker and the units that it holds."""
        mine = [key("workers"), key("worker", self.name)]
        self._beat(mine, [self.name, ALIVE_SECONDS, json.dumps(said, default=str)])
        units: dict[int, list[Any]] = {}
        for item in held:
            units.setdefault(item.partition, []).extend((item.bucket, item.id))
        for partition, words in units.items():
            buckets, streams = _queue(partition)
            self._hold([buckets], [streams, self.name, *words], client=self._hub.at(partition))

    def abandon(self, name: str, item: Taken | None = None) -> int:
        """Free what a worker holds, or one unit of it, for others to take at once; return how many units."""
        one = [item.bucket, item.id] if item is not None else []
        many = 0
        for partition in self._hub.partitions if item is None else [item.partition]:
            buckets, streams = _queue(partition)
            many += int(self._abandon([buckets], [streams, name, *one], client=self._hub.at(partition)))
        if item is None:
            self._hub.client.zrem(key("workers"), name)
            self._hub.client.delete(key("worker", name))
        return many

    def requeue(self, letters: Iterable[str | bytes]) -> int:
        """Bring dead letters back to where they were, their tries forgotten; return how many there were."""
        many = 0
        for letter in letters:
            found = _LETTER.fullmatch(letter if isinstance(letter, str) else letter.decode())
            if found is None or int(found[2] or 0) not in self._hub.partitions:
                continue
            partition = int(found[2] or 0)
            buckets, streams = _queue(partition)
            keys = [key("dead", partition=partition), buckets]
            many += int(self._requeue(keys, [found[1], streams], client=self._hub.at(partition)))
        if many:
            _ring(self._hub.client, many)
        return many


def units_waiting(hub: Hub) -> int:
    """Return how many units are in the queues of all partitions, those that workers hold among them."""
    return sum(hub.at(partition).xlen(stream) for partition, _, stream in streams_of_units(hub))


def streams_of_units(hub: Hub) -> Iterator[tuple[int, str, str]]:
    """Yield partition, bucket and key of each stream of units."""
    for partition in hub.partitions:
        for bucket in hub.at(partition).zrange(key("buckets", partition=partition), 0, -1):
            yield partition, bucket.decode(), key("in", bucket.decode(), partition=partition)


def is_worn(item: Taken) -> bool:
    """Return whether a unit was handed out too often."""
    return item.tries > MOST_TRIES


def _ring(client: Any, many: int) -> None:
    client.lpush(BELL, *["1"] * min(many, _RINGS))
    client.ltrim(BELL, 0, _RINGS - 1)


def _queue(partition: int) -> tuple[str, str]:
    """Return the key of a partition's buckets, and how the names of its streams of units begin."""
    return key("buckets", partition=partition), key("in", partition=partition) + ":"


def _flat(fields: dict[str, Any]) -> list[Any]:
    return [part for pair in fields.items() for part in pair]


def _moment(second: bytes, micro: bytes) -> datetime:
    return datetime.fromtimestamp(int(second), UTC).replace(microsecond=int(micro))


def _taken(answer: list[Any], partition: int) -> Taken:
    bucket, name, fields, tries = answer
    return Taken(bucket.decode(), name, dict(zip(fields[::2], fields[1::2], strict=True)), int(tries), partition)
