"""The queue as a stream of server-sent events, for screens (rows as HTML) and the API (as JSON).

Reach for `Streams`, one an application, and its `routes()`. One thread follows the hub for all streams of a process; what
changed is written once for all readers of one state, role and language; a stream itself is a coroutine that waits.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field
from typing import Any

import msgspec
import redis
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from ops_hub.access.accounts import User
from ops_hub.console.asked import status_of
from ops_hub.console.faults import fault, problem
from ops_hub.console.pages import render
from ops_hub.console.signed_in import bearer_of, cookie_of, still_signed_in, who
from ops_hub.errors import OpsHubError
from ops_hub.service.centre import Centre
from ops_hub.service.table import call
from ops_hub.service.watching.queue import Delta, queues_of
from ops_hub.service.watching.queue_rows import Reader
from ops_hub.service.watching.rows import Row
from ops_hub.service.watching.watch import counted, follow, told_now
from ops_hub.store import cases, waiting
from ops_hub.store.hub import Hub

_PACE = 1.0  # seconds: changes are told no more often
_COUNTERS = 5.0
_SESSIONS = 3.0
_HEARTBEAT = 15.0
_BEHIND = 64  # events that a slow reader may be behind; then it is told to look anew
_MOST = 20  # streams of one person
_JSON = ""  # stands where a language stands

Channel = tuple[str, str, str]  # state, role, language


@dataclass(eq=False)
class Listener:
    """One open stream."""

    user: User
    token: str
    bearer: bool
    channel: Channel
    loop: asyncio.AbstractEventLoop
    events: asyncio.Queue[bytes | None] = field(default_factory=lambda: asyncio.Queue(_BEHIND))

    def offer(self, data: bytes | None) -> None:
        """Give it an event, None for the end; in its own loop."""
        if self.events.full():
            while not self.events.empty():
                self.events.get_nowait()
            self.events.put_nowait(event("whole", {}))
        self.events.put_nowait(data)


def event(name: str, said: Any, at: str = "") -> bytes:
    """Return an event as it goes over the wire."""
    head = f"id: {at}\n" if at else ""
    return f"{head}event: {name}\ndata: {msgspec.json.encode(said).decode()}\n\n".encode()


def row_html(centre: Centre, reader: Reader, row: Row, language: str) -> str:
    """Return a row for the screen, written once for all of a state, role and language."""
    return queues_of(centre).written(reader, row, language, lambda row: render("watch_row.html", language, row=row))


class Streams:
    """All open streams of a process."""

    def __init__(self, centre: Centre) -> None:
        self._centre = centre
        self._lock = threading.Lock()
        self._listeners: set[Listener] = set()
        self._following = False
        self._places: dict[Channel, str] = {}

    def routes(self) -> list[Route]:
        """Return the routes of the screen and of the API."""
        return [Route("/watch/events", self._html), Route("/api/v1/watch/events", self._json)]

    def close(self) -> None:
        """End all streams: the process is to end."""
        self._end(list(self._listeners))

    async def _html(self, request: Request) -> Response:
        return await self._open(request, as_json=False)

    async def _json(self, request: Request) -> Response:
        return await self._open(request, as_json=True)

    async def _open(self, request: Request, *, as_json: bool) -> Response:
        loop = asyncio.get_running_loop()
        opened = await run_in_threadpool(self._joined, request, loop, as_json)
        if isinstance(opened, Response):
            return opened
        return StreamingResponse(
            self._told(opened), media_type="text/event-stream", headers={"x-accel-buffering": "no"}
        )

    def _joined(self, request: Request, loop: asyncio.AbstractEventLoop, as_json: bool) -> Listener | Response:
        signed = who(request)
        if signed is None or signed.must_change:
            return problem(401, "sign in, or send a token", "nobody is signed in")
        user, bearer = signed.user, bearer_of(request)
        since = request.headers.get("last-event-id") or request.query_params.get("since", "")
        purpose = request.headers.get("x-purpose", "") or (signed.session.purpose if signed.session else "")
        if self._many(user) >= _MOST:
            return self._too_many()
        try:
            begun = call(self._centre, user, follow, {"since": since}, purpose)
            role = self._centre.roles.find(user.role)
            channel = (user.state, role.acts_as if role else "", _JSON if as_json else user.language)
            listener = Listener(user, bearer or cookie_of(request), bearer is not None, channel, loop)
            if not self._join(listener, begun.at):
                return self._too_many()
        except OpsHubError as error:
            return problem(status_of(error), str(error), type(error).__name__)
        return listener

    def _many(self, user: User) -> int:
        with self._lock:
            return sum(1 for each in self._listeners if each.user.name == user.name)

    def _too_many(self) -> Response:
        return problem(429, f"{_MOST} streams of yours are open; close one", "too many streams")

    def _join(self, listener: Listener, since: str) -> bool:
        """Let a stream begin; return False, with nothing done, where others of the same person were quicker."""
        reader = listener.channel[:2]
        with self._lock:  # before it is asked what changed, so that nothing falls between
            if sum(1 for each in self._listeners if each.user.name == listener.user.name) >= _MOST:
                return False
            self._listeners.add(listener)
            delta = queues_of(self._centre).after(reader, since)
            self._places.setdefault(listener.channel, delta.at)
            begin = not self._following
            self._following = True
        first = [self._written(listener.channel, delta), self._counted(reader)]
        listener.loop.call_soon_threadsafe(listener.offer, b"retry: 2000\n\n" + b"".join(first))
        if begin:
            threading.Thread(target=self._follow, name="watch-events", daemon=True).start()
        return True

    async def _told(self, listener: Listener) -> AsyncIterator[bytes]:
        try:
            while True:
                try:
                    async with asyncio.timeout(_HEARTBEAT):
                        data = await listener.events.get()
                except TimeoutError:
                    data = b": still here\n\n"
                if data is None:
                    return
                yield data
        finally:
            with self._lock:
                self._listeners.discard(listener)

    def _follow(self) -> None:
        """Follow the hub while anybody listens."""
        hub = self._centre.hub
        reading = hub.waiting(2.0)
        known: dict[str, str] = {}
        last, counted_at, looked_at = 0.0, 0.0, 0.0
        try:
            while self._goes_on():
                try:
                    known = known or {name: _newest(hub, name) for name in (cases.FEED, waiting.REFUSED)}
                    for stream, items in reading.xread(known, count=1000, block=1000) or []:
                        name = stream.decode()
                        known[name] = items[-1][0].decode()
                        if name == waiting.REFUSED:
                            self._refused(items[0][0].decode())
                    time.sleep(max(0.0, last + _PACE - time.monotonic()))
                    last = time.monotonic()
                    self._changed()
                    if last - counted_at >= _COUNTERS:
                        counted_at = last
                        self._count()
                    if last - looked_at >= _SESSIONS:
                        looked_at = last
                        self._end(each for each in list(self._listeners) if not still_signed_in(self._centre, each.token, each.user, bearer=each.bearer))  # fmt: skip
                except (redis.RedisError, OpsHubError):
                    self._send(list(self._listeners), event("away", {}))
                    counted_at = 0.0  # so that who looks hears at once when it is back
                    time.sleep(_PACE)
                except Exception as error:  # without this thread all screens would stand still and say nothing
                    fault(error, "streams of events")
                    self._send(list(self._listeners), event("whole", {}))
                    time.sleep(_PACE)
        finally:
            reading.close()

    def _goes_on(self) -> bool:
        with self._lock:
            if not self._listeners:
                self._following = False
                self._places.clear()
            return self._following

    def _by_channel(self) -> dict[Channel, list[Listener]]:
        made: dict[Channel, list[Listener]] = {}
        with self._lock:
            for each in self._listeners:
                made.setdefault(each.channel, []).append(each)
        return made

    def _changed(self) -> None:
        """Tell each channel what changed since it was told last."""
        for channel, listeners in self._by_channel().items():
            with self._lock:
                place = self._places.get(channel)
            if place is None:
                continue
            delta = queues_of(self._centre).after(channel[:2], place)
            with self._lock:
                self._places[channel] = delta.at
            if delta.rows or delta.gone or delta.is_whole:
                self._send(listeners, self._written(channel, delta))

    def _count(self) -> None:
        told: dict[Reader, bytes] = {}
        for channel, listeners in self._by_channel().items():
            reader = channel[:2]
            if reader not in told:
                told[reader] = self._counted(reader)
            self._send(listeners, told[reader])

    def _counted(self, reader: Reader) -> bytes:
        return event("counters", counted(self._centre, queues_of(self._centre), reader))

    def _refused(self, first: str) -> None:
        """Tell people what of theirs could not be done."""
        for person, words in waiting.refused(self._centre.hub, first):
            mine = [each for each in list(self._listeners) if each.user.name == person]
            self._send(mine, event("refused", msgspec.Raw(words)))

    def _written(self, channel: Channel, delta: Delta) -> bytes:
        if delta.is_whole:
            return event("whole", {}, delta.at)
        rows = told_now(self._centre, delta)
        if channel[2] == _JSON:
            return event("rows", {"rows": rows, "gone": delta.gone}, delta.at)
        made = [{"case": row.case, "html": row_html(self._centre, channel[:2], row, channel[2])} for row in rows]
        return event("rows", {"rows": made, "gone": delta.gone}, delta.at)

    def _end(self, listeners: Iterable[Listener]) -> None:
        for each in listeners:
            self._send([each], event("ended", {}))
            self._send([each], None)

    def _send(self, listeners: list[Listener], data: bytes | None) -> None:
        for each in listeners:
            if not each.loop.is_closed():
                each.loop.call_soon_threadsafe(each.offer, data)


def _newest(hub: Hub, stream: str) -> str:
    found = hub.client.xrevrange(stream, "+", "-", count=1)
    return str(found[0][0].decode()) if found else "0-0"
