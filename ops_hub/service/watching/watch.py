"""The queue of cases as it is now, and what changes in it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Annotated

import msgspec

from ops_hub.engines.live.status import Pulse, pulse
from ops_hub.errors import ConfigError
from ops_hub.service.centre import Centre
from ops_hub.service.table import Caller, operation
from ops_hub.service.watching.queue import Delta, Queues, queues_of
from ops_hub.service.watching.queue_rows import Reader, is_place
from ops_hub.service.watching.rows import Row
from ops_hub.store.audit import record

PAGE = 100
SOON = 30  # minutes
_SECONDS = 2  # that figures of the hub are kept for all who look

Word = Annotated[str, msgspec.Meta(max_length=60)]


class Looked(msgspec.Struct, forbid_unknown_fields=True):
    """Which part of the queue; what is left empty does not count.

    Attributes:
        state: of a port of the route, or owner of a hit.
        port: where the journey begins or ends.
        band: of a hit.
        handling: of a hit, where the reader may know it.
        crime_type: of a hit, where the reader may know it.
        status: of the case.
        flight: part of its number.
        page: from 1; a page holds 100.
    """

    state: Word = ""
    port: Word = ""
    band: Word = ""
    handling: Word = ""
    crime_type: Word = ""
    status: Word = ""
    flight: Word = ""
    page: Annotated[int, msgspec.Meta(ge=1, le=100_000)] = 1


class Choices(msgspec.Struct):
    """What the queue can be filtered by: what stands in it now."""

    state: list[str]
    port: list[str]
    band: list[str]
    handling: list[str]
    crime_type: list[str]
    status: list[str]


class Shown(msgspec.Struct):
    """A page of the queue, the least time left first.

    Attributes:
        at: place in the stream of changes, to go on from with /watch/events?since=.
        now: the hub's time.
        open: cases in the queue.
        found: those that the filters leave.
        by_status: how many of those found.
        page, pages: which page this is, of how many.
        rows: of the page.
        choices: to filter by.
    """

    at: str
    now: datetime
    open: int
    found: int
    by_status: dict[str, int]
    page: int
    pages: int
    rows: list[Row]
    choices: Choices


class Nothing(msgspec.Struct, forbid_unknown_fields=True):
    """Nothing has to be told."""


class Counters(msgspec.Struct):
    """How far the hub has come, and what of it is the reader's.

    Attributes:
        lag_ms: mean from accepted to stored, of the last minutes.
        oldest_seconds: since the oldest message was accepted that is not stored yet.
        travellers_per_second: of the last minutes.
        waiting: units that are not screened yet.
        dead_letters: what could not be done, and waits for a person.
        completeness: of units that were accepted, the share that is done (travellers screened or told of as rejected):
            the hub counts units at the door and travellers only when they are read. None before the first.
        screened, rejected: travellers and records, since the hub began.
        open: cases in the reader's queue.
        due_soon: those with less than 30 minutes left.
    """

    now: datetime
    lag_ms: float
    oldest_seconds: float
    travellers_per_second: float
    waiting: int
    dead_letters: int
    completeness: float | None
    screened: int
    rejected: int
    open: int
    due_soon: int


class Since(msgspec.Struct, forbid_unknown_fields=True):
    """From which place of the stream on; '' for now."""

    since: Annotated[str, msgspec.Meta(max_length=40)] = ""


class Following(msgspec.Struct):
    """Where following begins."""

    at: str


def reader_of(by: Caller) -> Reader:
    """Return state and role that a person's queue is of."""
    return by.actor.state, by.actor.role


@operation("watch.show", "GET", "/watch", audited=True)
def show(centre: Centre, by: Caller, asked: Looked) -> Shown:
    """Tell a page of the queue of open cases, the least time left first; it names no traveller."""
    at, version, rows = queues_of(centre).ordered(reader_of(by))
    found = [row for row in rows if _fits(row, asked)]
    record(
        centre.hub, str(by.actor), "cases-listed", "cases", purpose=by.purpose, count=len(found),
        filters=sorted(name for name in ("state", "port", "band", "handling", "crime_type", "status", "flight") if getattr(asked, name)),
    )  # fmt: skip
    now, pages = centre.hub.now(), max(1, -(-len(found) // PAGE))
    page = min(asked.page, pages)
    told = [_at(row, now) for row in found[(page - 1) * PAGE : page * PAGE]]
    choices = centre.kept(f"watch-choices {reader_of(by)}", (at, version), lambda: _choices(rows))
    counts = dict(Counter(row.status for row in found))
    return Shown(at, now, len(rows), len(found), counts, page, pages, told, choices)


@operation("watch.counters", "GET", "/watch/counters")
def counters(centre: Centre, by: Caller, asked: Nothing) -> Counters:
    """Tell how far the hub has come, and how many cases are open and soon due in your queue."""
    return counted(centre, queues_of(centre), reader_of(by))


@operation("watch.follow", "GET", "/watch/events", audited=True)
def follow(centre: Centre, by: Caller, asked: Since) -> Following:
    """Follow the queue as it changes: a stream of server-sent events.

    Events are `rows` (rows that changed or came, cases that left), `counters`, `refused` (an act of yours could not be
    done), `whole` (too much was missed: look at the queue anew), `away` (the hub does not answer), `ended` (the session
    did). The id of an event, sent as Last-Event-ID or `since`, goes on from there.
    """
    if asked.since and not is_place(asked.since):
        raise ConfigError("since", "this is no place of the stream", "send the id of an event, or nothing")
    at, *_ = queues_of(centre).ordered(reader_of(by))
    record(centre.hub, str(by.actor), "cases-watched", "cases", purpose=by.purpose)
    return Following(asked.since or at)


def told_now(centre: Centre, delta: Delta) -> list[Row]:
    """Return the rows of a change with the minutes that are left now."""
    now = centre.hub.now()
    return [_at(row, now) for row in delta.rows]


def counted(centre: Centre, queues: Queues, reader: Reader) -> Counters:
    """Return the counters for a state and role."""
    _, _, rows = queues.ordered(reader)
    now = centre.hub.now()
    said = centre.kept("pulse", int(now.timestamp()) // _SECONDS, lambda: pulse(centre.hub))
    soon = sum(1 for row in rows if row.counts_to and 0 <= (row.counts_to - now).total_seconds() < SOON * 60)
    return Counters(
        now, said.lag_ms, said.oldest_seconds, said.travellers_per_second, said.waiting, said.dead_letters,
        _completeness(said), said.screened, said.rejected, len(rows), soon,
    )  # fmt: skip


def _completeness(said: Pulse) -> float | None:
    return None if not said.accepted else max(0.0, 1 - (said.waiting + said.dead_letters) / said.accepted)


def _at(row: Row, now: datetime) -> Row:
    left = None if row.counts_to is None else int((row.counts_to - now).total_seconds() // 60)
    return msgspec.structs.replace(row, minutes_left=left)


def _fits(row: Row, asked: Looked) -> bool:
    return (
        (not asked.status or row.status == asked.status)
        and (not asked.state or asked.state in row.states)
        and (not asked.port or asked.port in (row.from_port, row.to_port))
        and (not asked.band or asked.band in row.bands)
        and (not asked.handling or asked.handling in row.handlings)
        and (not asked.crime_type or asked.crime_type in row.crime_types)
        and (not asked.flight or asked.flight.strip().upper() in (row.flight or "").upper())
    )


def _choices(rows: list[Row]) -> Choices:
    def found(of: Callable[[Row], Iterable[str | None]]) -> list[str]:
        return sorted({each for row in rows for each in of(row) if each})

    return Choices(
        found(lambda row: row.states), found(lambda row: (row.from_port, row.to_port)), found(lambda row: row.bands),
        found(lambda row: row.handlings), found(lambda row: row.crime_types), found(lambda row: (row.status,)),
    )  # fmt: skip
