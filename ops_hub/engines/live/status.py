"""How the hub is doing, in figures; nothing here names anybody.

Reach for `status()` for everything, `pulse()` for what screens show all the time, `dead_letters()` and `reject_rows()` for what needs a person.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, NamedTuple

import polars as pl
import redis

from ops_hub.schemas import REJECTS
from ops_hub.store.archive import published, published_rules
from ops_hub.store.hub import Hub, key
from ops_hub.store.keyring import CENTRE
from ops_hub.store.queue import ALIVE_SECONDS, GROUP, QUARTER
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
    counts = {name.decode(): int(many) for name, many in client.hgetall(key("counts")).items()}
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
        "dead_letters": client.xlen(key("dead")),
        "workers": len(workers := _workers(hub, now)),
        "oldest_seconds": queued["oldest_seconds"],
        "by_time_left": queued["by_time_left"],
        **_rates(hub, now),
        "worker": workers,
        "snapshot": published(hub),
        "ruleset": published_rules(hub),
        "alarms": [_alarm(each) for each in client.xrevrange(key("alarms"), count=5)],
        "behind": {name: client.xlen(key(name)) for name in ("screened", "kept", "audit")},
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
    counts = {name.decode(): int(many) for name, many in hub.client.hgetall(key("counts")).items()}
    queued, rates = _queued(hub, now), _rates(hub, now)
    return Pulse(
        queued["units"], queued["oldest_seconds"], counts.get("accepted", 0), counts.get("screened", 0),
        counts.get("rejected", 0), hub.client.xlen(key("dead")), rates["travellers_per_second"], rates["lag_ms"],
    )  # fmt: skip


def dead_letters(hub: Hub) -> Iterator[dict[str, Any]]:
    """Yield id, stream, source, tries and reason of each dead letter; never what it holds."""
    for name, fields in _entries(hub, key("dead")):
        yield {
            "id": name.decode(),
            "at": _at(name).isoformat(timespec="seconds"),
            "stream": fields[b"stream"].decode().removeprefix(key()),
            "source": fields.get(b"f:source", b"").decode(),
            "tries": int(fields[b"tries"]),
            "reason": fields[b"reason"].decode(),
        }


def reject_rows(hub: Hub) -> Iterator[pl.DataFrame]:
    """Yield REJECTS of each unit that has any, with the time of screening in front."""
    for name, fields in _entries(hub, key("rejects")):
        blob = hub.keyring.unseal(CENTRE, "rejects", fields[b"blob"], fields[b"screening_id"])
        yield unpacked(blob, REJECTS, "rejects").select(pl.lit(_at(name)).alias("at"), pl.all())


def _entries(hub: Hub, stream: str) -> Iterator[tuple[bytes, dict[bytes, bytes]]]:
    last = "-"
    while page := hub.client.xrange(stream, last, "+", count=_PAGE):
        yield from page
        last = f"({page[-1][0].decode()}"


def _at(name: bytes) -> datetime:
    return datetime.fromtimestamp(int(name.split(b"-")[0]) / 1000, UTC)


def _held(hub: Hub, stream: str) -> int:
    """Return how many units of a stream a worker holds; none where the last of them was stored meanwhile."""
    try:
        return int(hub.client.xpending(stream, GROUP)["pending"])
    except redis.ResponseError:
        return 0


def _queued(hub: Hub, now: datetime) -> dict[str, Any]:
    """Count units by the time that is left to departure or arrival, whichever comes next."""
    units = pending = 0
    oldest: datetime | None = None
    lines: list[dict[str, Any]] = []
    quarter = int(now.timestamp()) // QUARTER
    for bucket in hub.client.zrange(key("buckets"), 0, -1):
        stream = key("in", bucket.decode())
        many = hub.client.xlen(stream)
        if not many:
            continue
        first = hub.client.xrange(stream, count=1)
        accepted = datetime.fromtimestamp(int(first[0][1][b"at"]) / 1e6, UTC) if first else now
        units, pending = units + many, pending + _held(hub, stream)
        oldest = accepted if oldest is None else min(oldest, accepted)
        times = [int(part) for part in bucket.decode().split("-") if part != "x"]
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
        for name, many in hub.client.hgetall(key("minute", minute)).items():
            sums[name.decode()] = sums.get(name.decode(), 0) + int(many)
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
    memory, kept = hub.client.info("memory"), hub.client.info("persistence")
    return {
        "memory_mb": round(memory["used_memory"] / 1e6, 1),
        "server_rss_mb": round(memory["used_memory_rss"] / 1e6, 1),
        "log_mb": round(kept.get("aof_current_size", 0) / 1e6, 1),
        "server": "embedded" if hub.embedded else "external",
    }
