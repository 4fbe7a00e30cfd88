"""How the hub is doing, in figures; nothing here names anybody.

Reach for `status()` for everything, `pulse()` for what screens show all the time, `dead_letters()` and `reject_rows()` for what needs a person.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, NamedTuple

import polars as pl
import redis

from ops_hub.schemas import REJECTS
from ops_hub.store.archive import published, published_rules
from ops_hub.store.hub import Hub, key, partition_of
from ops_hub.store.keyring import CENTRE
from ops_hub.store.queue import ALIVE_SECONDS, GROUP, QUARTER, letter_name, streams_of_units
from ops_hub.store.receipt import unpacked

_MINUTES = 5  # that rates are of
_PAGE = 500  # entries of a stream read at a time


def status(hub: Hub) -> dict[str, Any]:
    """Return figures of the queue, the workers and the server.

    `waiting` units nobody has taken, `pending` ones that a worker holds; `lag_ms` is the mean from accepted to stored of
    the last minutes; `oldest_seconds` since the oldest unit was accepted that is not stored yet.
    """
    now = hub.now()
    client = hub.client
    counts = _summed(hub, "counts")
    queued = _queued(hub, now)
    return {
        "at": now.isoformat(timespec="seconds"),
        "waiting": queued["units"] - queued["pending"],
        "pending": queued["pending"],
        "screened": counts.get("screened", 0),
        "rejected": counts.get("rejected", 0),
        "hits": counts.get("hits", 0),
        "units": counts.get("units", 0),
        "accepted": counts.get("accepted", 0),
        "duplicates": counts.get("duplicates", 0),
        "dead_letters": _length(hub, "dead"),
        "workers": len(workers := _workers(hub, now)),
        "oldest_seconds": queued["oldest_seconds"],
        "by_time_left": queued["by_time_left"],
        **_rates(hub, now),
        "worker": workers,
        "snapshot": published(hub),
        "ruleset": published_rules(hub),
        "alarms": [_alarm(each) for each in client.xrevrange(key("alarms"), count=5)],
        "behind": {name: _length(hub, name) for name in ("screened", "kept", "audit")},
        **_server(hub),
    }


class Pulse(NamedTuple):
    """What screens show all the time; the words are those of `status`, `waiting` with what workers hold."""

    waiting: int
    oldest_seconds: float
    accepted: int
    screened: int
    rejected: int
    dead_letters: int
    travellers_per_second: float
    lag_ms: float


def pulse(hub: Hub) -> Pulse:
    """Return the few figures of `status` that change all the time."""
    now = hub.now()
    counts = _summed(hub, "counts")
    queued, rates = _queued(hub, now), _rates(hub, now)
    return Pulse(
        queued["units"], queued["oldest_seconds"], counts.get("accepted", 0), counts.get("screened", 0),
        counts.get("rejected", 0), _length(hub, "dead"), rates["travellers_per_second"], rates["lag_ms"],
    )  # fmt: skip


def dead_letters(hub: Hub) -> Iterator[dict[str, Any]]:
    """Yield id, stream, source, tries and reason of each dead letter; never what it holds."""
    for stream, name, fields in _entries(hub, "dead"):
        yield {
            "id": letter_name(name, partition_of(stream)),
            "at": _at(name).isoformat(timespec="seconds"),
            "stream": fields[b"stream"].decode().removeprefix(key(partition=partition_of(stream))),
            "source": fields.get(b"f:source", b"").decode(),
            "tries": int(fields[b"tries"]),
            "reason": fields[b"reason"].decode(),
        }


def reject_rows(hub: Hub) -> Iterator[pl.DataFrame]:
    """Yield REJECTS of each unit that has any, with the time of screening in front."""
    for _, name, fields in _entries(hub, "rejects"):
        blob = hub.keyring.unseal(CENTRE, "rejects", fields[b"blob"], fields[b"screening_id"])
        yield unpacked(blob, REJECTS, "rejects").select(pl.lit(_at(name)).alias("at"), pl.all())


def _entries(hub: Hub, of: str) -> Iterator[tuple[str, bytes, dict[bytes, bytes]]]:
    """Yield stream, id and fields of each entry of the streams of a name."""
    for stream in hub.streams(of):
        last = "-"
        while page := hub.of(stream).xrange(stream, last, "+", count=_PAGE):
            yield from ((stream, *each) for each in page)
            last = f"({page[-1][0].decode()}"


def _length(hub: Hub, of: str) -> int:
    return sum(hub.of(stream).xlen(stream) for stream in hub.streams(of))


def _summed(hub: Hub, *of: str | int) -> dict[str, int]:
    """Return the sums of counts over all partitions."""
    sums: dict[str, int] = {}
    for partition in hub.partitions:
        for name, many in hub.at(partition).hgetall(key(*of, partition=partition)).items():
            sums[name.decode()] = sums.get(name.decode(), 0) + int(many)
    return sums


def _at(name: bytes) -> datetime:
    return datetime.fromtimestamp(int(name.split(b"-")[0]) / 1000, UTC)


def _held(hub: Hub, stream: str) -> int:
    """Return how many units of a stream a worker holds; none where the last of them was stored meanwhile."""
    try:
        return int(hub.of(stream).xpending(stream, GROUP)["pending"])
    except redis.ResponseError:
        return 0


def _queued(hub: Hub, now: datetime) -> dict[str, Any]:
    """Count units by the time that is left to departure or arrival, whichever comes next."""
    units = pending = 0
    oldest: datetime | None = None
    lines: list[dict[str, Any]] = []
    quarter = int(now.timestamp()) // QUARTER
    for partition, bucket, stream in streams_of_units(hub):
        many = hub.at(partition).xlen(stream)
        if not many:
            continue
        first = hub.at(partition).xrange(stream, count=1)
        accepted = datetime.fromtimestamp(int(first[0][1][b"at"]) / 1e6, UTC) if first else now
        units, pending = units + many, pending + _held(hub, stream)
        oldest = accepted if oldest is None else min(oldest, accepted)
        times = [int(part) for part in bucket.split("-") if part != "x"]
        coming = [at for at in times if at >= quarter]
        left = (min(coming) if coming else max(times)) * QUARTER - now.timestamp() if times else None
        lines.append(
            {
                "minutes_left": None if left is None else round(left / 60),
                "units": many,
                "oldest_seconds": round((now - accepted).total_seconds(), 1),
            }
        )
    lines.sort(key=lambda each: (each["minutes_left"] is not None, each["minutes_left"] or 0))
    age = 0.0 if oldest is None else max(0.0, (now - oldest).total_seconds())
    return {"units": units, "pending": pending, "oldest_seconds": round(age, 1), "by_time_left": lines}


def _rates(hub: Hub, now: datetime) -> dict[str, float]:
    """Return figures of the last whole minutes and the one that runs, per second."""
    this = int(now.timestamp()) // 60
    sums: dict[str, int] = {}
    for minute in range(this - _MINUTES, this + 1):
        for name, many in _summed(hub, "minute", minute).items():
            sums[name] = sums.get(name, 0) + many
    seconds = _MINUTES * 60 + now.timestamp() % 60
    units = sums.get("units", 0)
    return {
        "travellers_per_second": round(sums.get("screened", 0) / seconds, 2),
        "units_per_second": round(units / seconds, 3),
        "lag_ms": round(sums.get("lag", 0) / units, 1) if units else 0.0,
    }


def _workers(hub: Hub, now: datetime) -> list[dict[str, Any]]:
    names = hub.client.zrangebyscore(key("workers"), now.timestamp() - ALIVE_SECONDS, "+inf")
    said = hub.client.mget([key("worker", name.decode()) for name in names]) if names else []
    return [json.loads(each) for each in said if each]


def _alarm(entry: tuple[bytes, dict[bytes, bytes]]) -> dict[str, str]:
    name, fields = entry
    return {"at": _at(name).isoformat(timespec="seconds")} | {
        field.decode(): value.decode() for field, value in fields.items()
    }


def _server(hub: Hub) -> dict[str, Any]:
    told: list[dict[str, Any]] = []
    servers = hub.servers()
    for server in servers:
        with suppress(redis.ConnectionError, redis.TimeoutError):  # one of a cluster may be away: `servers` tells
            told.append(server.info("memory") | server.info("persistence"))
    sums = {
        name: round(sum(each.get(of, 0) for each in told) / 1e6, 1)
        for name, of in (("memory_mb", "used_memory"), ("server_rss_mb", "used_memory_rss"), ("log_mb", "aof_current_size"))
    }  # fmt: skip
    kind = "embedded" if hub.embedded else "external"
    return sums | {
        "server": kind,
        "servers": len(told),
        "servers_away": len(servers) - len(told),
        "partitions": len(hub.partitions),
    }
