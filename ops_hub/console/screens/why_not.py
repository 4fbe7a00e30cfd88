"""The screen of why not: a form that is sent, never an address, so that nobody's name stands in a history or a log."""

from __future__ import annotations

from typing import Any

import msgspec
from starlette.responses import Response

from ops_hub.console.asked import Asked, screen
from ops_hub.errors import AccessError
from ops_hub.service.matching.whynot import Question

_FIELDS = [each.name for each in msgspec.structs.fields(Question) if each.name != "limit"]


@screen("/why-not")
def ask(asked: Asked) -> Response:
    """Show the form."""
    if not asked.may("whynot.ask"):
        raise AccessError("/why-not", f"the role {asked.user.role} may not do this", "ask somebody whose role may")
    return asked.page("why_not.html", asked=_said({}), answer=None, lists=_lists(asked))


@screen("/why-not", methods=("POST",))
def answer(asked: Asked) -> Response:
    """Show the answer beside the form; the answer alone where htmx asks."""
    said = _said(asked.form)
    told = asked.ask("whynot.ask", **said)
    if asked.partial:
        return asked.page("why_not_answer.html", answer=told)
    return asked.page("why_not.html", asked=said, answer=told, lists=_lists(asked))


def _said(form: Any) -> dict[str, str]:
    """Return the fields of the form as text; what is not text counts as empty."""
    return {name: str(form.get(name, "")).strip() if isinstance(form.get(name, ""), str) else "" for name in _FIELDS}


def _lists(asked: Asked) -> list[Any]:
    """Return lists to choose from, where this role may see which there are."""
    return list(asked.ask("match.catalog").datasets) if asked.may("match.catalog") else []
