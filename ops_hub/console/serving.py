"""The console as a process: uvicorn around the application, ended with grace.

Reach for `serve_console()`; `server_of()` is what it runs.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from typing import Any

import h11
import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from ops_hub.console.app import create_app
from ops_hub.console.settings import Settings
from ops_hub.service.centre import Centre

_GRACE = 5  # seconds for requests that run; streams of events end at once
_CONNECTIONS = 800  # many systems let a process have 1,024 files open
_HEAD = 32_768  # bytes


def serve_console(centre: Centre, settings: Settings, host: str, port: int, say: Callable[[str], object]) -> None:
    """Serve until Ctrl-C or SIGTERM.

    Args:
        centre: what operations work with.
        settings: how it is run.
        host: to listen at.
        port: to listen at.
        say: tells the person at the keyboard.
    """
    say(f"console: http://{host}:{port}/ (Ctrl-C ends)")
    server_of(create_app(centre, settings), settings, host, port).run()


def server_of(app: Any, settings: Settings, host: str, port: int) -> uvicorn.Server:
    """Return a server that is not begun yet; for its arguments see `serve_console`."""
    config = uvicorn.Config(
        app, host=host, port=port, log_level="warning", access_log=False, server_header=False, ws="none",
        timeout_graceful_shutdown=_GRACE, proxy_headers=settings.secure, forwarded_allow_ips=list(settings.proxies),
        h11_max_incomplete_event_size=_HEAD, limit_concurrency=_CONNECTIONS, backlog=256,
        http=_patient(settings.header_seconds, settings.unread_seconds),
    )  # fmt: skip
    return _Server(config)


class _Server(uvicorn.Server):
    """Ends streams of events first: it would wait for them."""

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self.config.app.state.streams.close()  # type: ignore[union-attr]
        await super().shutdown(sockets)


def _patient(seconds: float, unread: float) -> type[asyncio.Protocol]:
    """Return uvicorn's protocol with limits: a connection whose request does not come to a point is cut, and one that is not read."""

    class Patient(H11Protocol):
        waiting: asyncio.TimerHandle | None = None
        unread: asyncio.TimerHandle | None = None

        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
            super().connection_made(transport)
            if len(self.connections) > _CONNECTIONS:  # above that not even a refusal is worth a file
                transport.abort()
                return
            self._wait()

        def data_received(self, data: bytes) -> None:
            super().data_received(data)
            if self.conn.their_state is h11.IDLE:
                self._wait()
            else:
                self._stop()

        def pause_writing(self) -> None:
            super().pause_writing()
            self.unread = self.loop.call_later(unread, self.transport.abort)

        def resume_writing(self) -> None:
            super().resume_writing()
            self._read()

        def connection_lost(self, exc: Exception | None) -> None:
            self._stop()
            self._read()
            super().connection_lost(exc)

        def _read(self) -> None:
            if self.unread is not None:
                self.unread.cancel()
                self.unread = None

        def _wait(self) -> None:
            if self.waiting is None and not self.transport.is_closing():
                self.waiting = self.loop.call_later(seconds, self.transport.abort)

        def _stop(self) -> None:
            if self.waiting is not None:
                self.waiting.cancel()
                self.waiting = None

    return Patient
