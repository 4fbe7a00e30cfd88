"""The first screen, and what concerns the person: language and purpose."""

from __future__ import annotations

from starlette.responses import Response

from ops_hub.console.asked import Asked, keep_purpose, screen
from ops_hub.console.screens.sign_in import inside
from ops_hub.console.settings import LANGUAGES


@screen("/")
def home(asked: Asked) -> Response:
    """Lead to the first screen that this person may open."""
    nav = asked.given()["nav"]
    return asked.go(nav[0][0] if nav else "/me")


@screen("/me")
def me(asked: Asked) -> Response:
    """Show who is signed in, and what they may do."""
    return asked.page("me.html", me=asked.ask("me.show"))


@screen("/me", methods=("POST",))
def settle(asked: Asked) -> Response:
    """Keep language and purpose."""
    language = str(asked.form.get("language", ""))
    if language in LANGUAGES:
        asked.ask("me.settle", language=language)
    if "purpose" in asked.form:
        keep_purpose(asked, str(asked.form["purpose"]))
    return asked.go(inside(str(asked.form.get("back", "/"))))
