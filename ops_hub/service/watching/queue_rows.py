"""What queues are made of, as it stands in the hub: rows of cases for each reader, and the stream of what changed.

Reach for `worked_out()` and `read()`. What a reader may see of a case comes from `desk.sight`; a case is opened once for all.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from ops_hub.casework.case import Actor
from ops_hub.desk.filing import Desk
from ops_hub.desk.sight import seen_by
from ops_hub.service.watching.rows import Row, is_hidden, row_of
from ops_hub.store import cases as store
from ops_hub.store.hub import Hub

Reader = tuple[str, str]  # state and role
PAGE = 5000  # changes read at a time
START = "0-0"


def worked_out(desk: Desk, numbers: Sequence[int], readers: Sequence[Reader]) -> dict[Reader, dict[int, Row | None]]:
    """Return the rows of cases for each reader; None where the queue of that reader does not have the case."""
    actors = {reader: Actor(reader[0], "queue", reader[1]) for reader in readers}
    made: dict[Reader, dict[int, Row | None]] = {reader: dict.fromkeys(numbers) for reader in readers}
    if not readers or not numbers:
        return made
    told = seen_by(desk, numbers, list(actors.values()))
    hidden: dict[int, bool] = {}
    now = desk.hub.now()
    for reader, actor in actors.items():
        for number, sight in told[actor].items():
            if desk.table.is_done(sight.case.status) or sight.case.forgotten:
                continue
            if number not in hidden:
                hidden[number] = is_hidden(desk, sight.case, now)
            made[reader][number] = row_of(desk, sight, masked=hidden[number])
    return made


def open_ones(desk: Desk, state: str) -> list[int]:
    """Return the open cases that concern a state."""
    return store.of_state(desk.hub, state, [name for name, each in desk.table.states.items() if not each.done])


def read(hub: Hub, after: str) -> tuple[str, str, list[tuple[str, int]]]:
    """Return the oldest id of the stream, the newest, and what came after one."""
    with hub.client.pipeline(transaction=True) as pipe:
        pipe.xrange(store.FEED, "-", "+", count=1)
        pipe.xrevrange(store.FEED, "+", "-", count=1)
        pipe.xrange(store.FEED, f"({after}", "+", count=PAGE)
        oldest, newest, found = pipe.execute()
    return _id(oldest, ""), _id(newest, START), [(name.decode(), int(fields[b"case"])) for name, fields in found]


def since(hub: Hub, after: str) -> list[tuple[str, int]]:
    """Return all that came into the stream after an id."""
    return [(name.decode(), int(fields[b"case"])) for name, fields in hub.client.xrange(store.FEED, f"({after}", "+")]


def newest(hub: Hub) -> str:
    """Return the newest id of the stream."""
    return _id(hub.client.xrevrange(store.FEED, "+", "-", count=1), START)


def _id(found: Sequence[Any], other: str) -> str:
    return str(found[0][0].decode()) if found else other


def place_of(name: str) -> tuple[int, int]:
    """Return an id in a form that is ordered as the stream is."""
    milliseconds, _, number = name.partition("-")
    return int(milliseconds), int(number or 0)


def is_place(text: str) -> bool:
    """Return whether a text is an id of the stream."""
    milliseconds, dash, number = text.partition("-")
    parts: Iterable[str] = (milliseconds, number)
    return bool(dash) and len(text) <= 40 and all(part.isascii() and part.isdigit() for part in parts)
