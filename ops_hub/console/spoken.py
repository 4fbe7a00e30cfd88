"""The language of somebody who is not signed in: the first that their browser asks for and the console speaks.

Reach for `language_of()`.
"""

from __future__ import annotations

from starlette.requests import Request

from ops_hub.console.settings import LANGUAGES


def language_of(request: Request) -> str:
    """Return en, es, fr or nl."""
    asked = []
    for place, each in enumerate(request.headers.get("accept-language", "").split(",")[:20]):
        code, _, weight = each.strip().partition(";q=")
        try:
            asked.append((-float(weight or 1), place, code[:2].lower()))
        except ValueError:
            continue
    return next((code for _, _, code in sorted(asked) if code in LANGUAGES), "en")
