"""The door, and what concerns the person: language and purpose."""

from __future__ import annotations

import msgspec
from starlette.responses import Response

from ops_hub.access.accounts import Account
from ops_hub.console.asked import Asked, keep_purpose, screen
from ops_hub.console.settings import LANGUAGES
from ops_hub.store import accounts


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
        kept = accounts.find(asked.centre.hub, asked.user.name)
        if kept is not None:
            account = msgspec.json.decode(kept, type=Account)
            changed = msgspec.structs.replace(account, language=language)
            accounts.put(asked.centre.hub, account.name, msgspec.json.encode(changed))
    if "purpose" in asked.form:
        keep_purpose(asked, str(asked.form["purpose"]))
    back = str(asked.form.get("back", "/"))
    return asked.go(back if back.startswith("/") and not back.startswith("//") else "/")
