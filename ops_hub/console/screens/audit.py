"""The screen of audit: what was done, whether the log is whole, and its head.

What is searched for is sent as a form, never in the address: it could be somebody's name.
"""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from ops_hub.console.asked import Asked, screen

_FIELDS = ("by", "action", "about", "text", "since", "until")


@screen("/audit")
def show(asked: Asked) -> Response:
    """Show the newest lines."""
    return _page(asked, {}, "")


@screen("/audit", methods=("POST",))
def search(asked: Asked) -> Response:
    """Show the lines that were asked for."""
    return _page(asked, {name: _text(asked, name) for name in _FIELDS}, _text(asked, "before"))


@screen("/audit/verification")
def state(asked: Asked) -> Response:
    """Show how the verification stands; a page that is opened by hand is the whole screen."""
    if not asked.partial:
        return asked.go("/audit")
    return asked.page("audit_state.html", state=asked.ask("audit.verification"))


@screen("/audit/verification", methods=("POST",))
def verify(asked: Asked) -> Response:
    """Begin a verification."""
    begun = asked.ask("audit.verify", heads=_text(asked, "heads").split())
    return asked.page("audit_state.html", state=begun) if asked.partial else asked.go("/audit")


def _page(asked: Asked, said: dict[str, str], before: str) -> Response:
    lines = asked.ask("audit.search", **said, before=before)
    context: dict[str, Any] = {
        "asked": {name: said.get(name, "") for name in _FIELDS},
        "lines": lines,
        "later": bool(before),
    }
    if asked.partial:
        return asked.page("audit_lines.html", **context)
    head = asked.ask("audit.head") if asked.may("audit.head") else None
    return asked.page("audit.html", **context, head=head, state=asked.ask("audit.verification"))


def _text(asked: Asked, name: str) -> str:
    value = asked.form.get(name, "")
    return value.strip() if isinstance(value, str) else ""
