"""What is turned away before anything is read: other names than ours, and what other pages send.

Reach for `Gate`, a plain ASGI middleware. A browser tells where a request comes from (Sec-Fetch-Site, else Origin), and no
page can forge that: so no other page can send a form here, that of the door included (OWASP, cross-site request forgery).
"""

from __future__ import annotations

import ipaddress

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Receive, Scope, Send

from ops_hub.console.settings import Settings

_SAFE = ("GET", "HEAD", "OPTIONS")


class Gate:
    """Let through what is meant for this console, and does not come from another page."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self.app, self.settings = app, settings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] == "http":
            headers = Headers(scope=scope)
            host = headers.get("host", "").lower()
            if self.settings.hosts and not self._ours(host, scope):
                raise HTTPException(400, "this console is not reached by that name (ops-hub console --host-name)")
            if scope["method"] not in _SAFE and not self._from_here(headers, host, scope):
                raise HTTPException(403, "this was sent from another page")
        await self.app(scope, receive, send)

    def _ours(self, host: str, scope: Scope) -> bool:
        name = _name(host)
        if name in self.settings.hosts:
            return True
        server = scope.get("server")  # whoever names the very address that they came to was not lured by a name
        return server is not None and _is_address(name) and name == str(server[0]).lower()

    def _from_here(self, headers: Headers, host: str, scope: Scope) -> bool:
        site, origin = headers.get("sec-fetch-site"), headers.get("origin")
        if site is not None:
            return site in ("same-origin", "none")
        scheme = "https" if self.settings.secure else scope.get("scheme", "http")
        return origin is None or origin.lower() == f"{scheme}://{host}"


def _name(host: str) -> str:
    """Return the name in a Host header, without the port."""
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.rpartition(":")[0] if host.count(":") == 1 else host


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
