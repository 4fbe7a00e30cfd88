"""Retention of what could not be read: rejects and dead letters. Nobody knows whose they are: the centre's days hold.

Reach for `let_go()`. They stand in the hub alone, by the hub's day on which they came there, and go with the event that
says so; what they were sealed with is a key of the way (docs/keeping.md), which stays.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from ops_hub.casework.case import CENTRE
from ops_hub.store import audit
from ops_hub.store.held import all_holds
from ops_hub.store.hub import Hub, key, partition_of

STREAMS = ("rejects", "dead")
_PAGE = 500


@dataclass(frozen=True)
class Due:
    """A day of a state that is past one of its limits."""

    state: str
    day: str
    rows: int
    rule: str
    holds: tuple[int, ...] = ()


def let_go(hub: Hub, days: int, today: date, done: list[Due], *, dry_run: bool, by: str) -> bool:
    """Delete rejects and dead letters that are more than so many days old; return whether any were.

    Args:
        hub: whose.
        days: how long the centre keeps.
        today: the hub's day (UTC).
        done: takes what was deleted, one a stream and day.
        dry_run: only say what would be.
        by: who runs it, for the log.
    """
    held = {day for hold in all_holds(hub) if hold.is_whole for state, day in hold.places if state == CENTRE}
    gone = False
    for name in STREAMS:
        for stream, day, ids, rows in _all_days(hub, name, today - timedelta(days=days)):
            if day in held:
                continue
            due = Due(CENTRE, f"{name} {day}", rows, f"{CENTRE} delete_days={days}")
            done.append(due)
            if not dry_run:
                _delete(hub, stream, ids, due, by)
                gone = True
    return gone


def _all_days(hub: Hub, name: str, before: date) -> Iterator[tuple[str, str, list[bytes], int]]:
    """Yield the same of the stream of each partition, with its key."""
    for stream in hub.streams(name):
        yield from ((stream, *found) for found in _days(hub, stream, before))


def _days(hub: Hub, stream: str, before: date) -> Iterator[tuple[str, list[bytes], int]]:
    """Yield day, ids and rows of what came to a stream before a day."""
    end = str(int(datetime.combine(before, time(), UTC).timestamp() * 1000) - 1)
    day, ids, rows, last = "", list[bytes](), 0, "-"
    while page := hub.of(stream).xrange(stream, last, end, count=_PAGE):
        for item, fields in page:
            own = datetime.fromtimestamp(int(item.split(b"-")[0]) / 1000, UTC).date().isoformat()
            if ids and own != day:
                yield day, ids, rows
                ids, rows = [], 0
            day, rows = own, rows + int(fields.get(b"rows", fields.get(b"f:rows", 1)))
            ids.append(item)
        last = f"({page[-1][0].decode()}"
    if ids:
        yield day, ids, rows


def _delete(hub: Hub, stream: str, ids: list[bytes], due: Due, by: str) -> None:
    event = audit.line(
        by, "retention-deleted", f"{due.state} {due.day}", purpose="retention", rows=due.rows, entries=len(ids), rule=due.rule
    )  # fmt: skip
    with hub.of(stream).pipeline(transaction=True) as pipe:
        for first in range(0, len(ids), _PAGE):
            pipe.xdel(stream, *ids[first : first + _PAGE])
        pipe.xadd(key("audit", partition=partition_of(stream)), event)  # in the same step
        pipe.execute()
