"""How large a request may be, and how slow: counted while it is read, whatever it says of itself.

Reach for `Limits`, a plain ASGI middleware, and for `Turns`: how many requests of one person are answered at once. Who is turned away with a body still on its way is cut off, not listened to.
"""

from __future__ import annotations

import asyncio
from collections import Counter

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ops_hub.console.settings import Settings
from ops_hub.console.signed_in import bearer_of, cookie_name

_STREAMS = "/watch/events"
_FILES = "/lists/"  # the one screen that takes files
_DOOR = 20_000  # bytes at the door: a name, a password, where to go


class Turns:
    """Refuse (429) what one session or token asks beyond so many at once: whoever asks costly things leaves threads to others.

    Streams of events wait in no thread, and are counted where they are opened.
    """

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self.app, self.settings = app, settings
        self._running: Counter[str] = Counter()  # of this process, in its one loop

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on in its turn."""
        who = "" if scope["type"] != "http" or scope["path"].endswith(_STREAMS) else self._who(scope)
        if not who:
            await self.app(scope, receive, send)
            return
        if self._running[who] >= self.settings.at_once:
            raise HTTPException(429, "too many requests at once", {"retry-after": "1"})
        self._running[who] += 1
        try:
            await self.app(scope, receive, send)
        finally:
            self._running[who] -= 1
            if self._running[who] <= 0:
                del self._running[who]

    def _who(self, scope: Scope) -> str:
        request = Request(scope)
        return bearer_of(request) or request.cookies.get(cookie_name(self.settings), "")


class Limits:
    """Refuse what is too large (413) or comes too slowly (408)."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self.app, self.settings = app, settings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, its body counted."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        body = _Body(scope, receive, self.settings)
        await self.app(scope, body.receive, body.sending(send))


class _Body:
    """The body of one request while it comes."""

    def __init__(self, scope: Scope, receive: Receive, settings: Settings) -> None:
        headers = Headers(scope=scope)
        self._receive, self._settings = receive, settings
        self._most = _most(scope["path"], headers.get("content-type", ""), settings)
        told = headers.get("content-length", "")
        self._told = int(told) if told.isdecimal() else 0
        self._whole = not self._told and "transfer-encoding" not in headers
        self._came = 0
        self._since: float | None = None

    async def receive(self) -> Message:
        if self._whole:
            return await self._receive()
        if max(self._told, self._came) > self._most:
            raise HTTPException(413, f"at most {self._most:,} bytes may be sent here")
        now = asyncio.get_running_loop().time()
        self._since = now if self._since is None else self._since
        due = self._since + self._settings.body_seconds + self._came / self._settings.body_rate
        try:
            message = await asyncio.wait_for(self._receive(), max(0.0, due - now))
        except TimeoutError:
            raise HTTPException(408, "what was sent came too slowly") from None
        self._came += len(message.get("body", b""))
        self._whole = not message.get("more_body", False)
        if self._came > self._most:
            raise HTTPException(413, f"at most {self._most:,} bytes may be sent here")
        return message

    def sending(self, send: Send) -> Send:
        async def sent(message: Message) -> None:
            if message["type"] == "http.response.start" and not self._whole:
                MutableHeaders(scope=message)["connection"] = "close"
            await send(message)

        return sent


def _most(path: str, kind: str, settings: Settings) -> int:
    if path.startswith("/sign-in"):
        return _DOOR
    files = kind.lower().startswith("multipart/form-data") and path.startswith(_FILES)
    if files or path.startswith("/api/"):  # the API knows itself which of its operations take files
        return settings.max_upload
    return settings.max_body
