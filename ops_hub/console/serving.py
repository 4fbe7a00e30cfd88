"""The console as a process: uvicorn around the application, ended with grace.

Reach for `serve_console()`.
"""

from __future__ import annotations

import socket
from collections.abc import Callable

import uvicorn

from ops_hub.console.app import create_app
from ops_hub.console.settings import Settings
from ops_hub.service.centre import Centre

_GRACE = 5  # seconds for requests that run; streams of events end at once


def serve_console(centre: Centre, settings: Settings, host: str, port: int, say: Callable[[str], object]) -> None:
    """Serve until Ctrl-C or SIGTERM.

    Args:
        centre: what operations work with.
        settings: how it is run.
        host: to listen at.
        port: to listen at.
        say: tells the person at the keyboard.
    """
    app = create_app(centre, settings)
    config = uvicorn.Config(
        app, host=host, port=port, log_level="warning", access_log=False, server_header=False,
        timeout_graceful_shutdown=_GRACE, proxy_headers=settings.secure, h11_max_incomplete_event_size=32_768,
        limit_concurrency=1000,
    )  # fmt: skip
    say(f"console: http://{host}:{port}/ (Ctrl-C ends)")
    _Server(config).run()


class _Server(uvicorn.Server):
    """Ends streams of events first: it would wait for them."""

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self.config.app.state.streams.close()  # type: ignore[union-attr]
        await super().shutdown(sockets)
