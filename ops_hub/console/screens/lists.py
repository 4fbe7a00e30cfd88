"""The screen of lists: how they are, the entries of one's own, and a new state of a list put in force."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from starlette.responses import Response

from ops_hub.console.asked import Asked, screen
from ops_hub.errors import ConfigError, MissingError

_NOTHING: Mapping[str, Any] = MappingProxyType({})


@screen("/lists")
def lists(asked: Asked) -> Response:
    """Show all lists, and what waits for somebody."""
    may = asked.may("lists.uploads") and bool(asked.session.purpose)
    return asked.page(
        "lists.html", told=asked.ask("lists.show"), uploads=asked.ask("lists.uploads") if may else [],
        history=asked.ask("lists.published")[:8] if asked.may("lists.published") else [],
    )  # fmt: skip


# Two segments under /lists/uploads, so that a list that is called "uploads" has its page as well.
@screen("/lists/uploads/{upload}")
def upload(asked: Asked) -> Response:
    """Show what an upload changes, and how it stands."""
    told = asked.ask("lists.upload", upload=asked.path["upload"])
    return asked.page("lists_part_upload.html" if asked.partial else "lists_upload.html", told=told)


@screen("/lists/uploads/{upload}", methods=("POST",))
def act(asked: Asked) -> Response:
    """Publish, confirm or withdraw an upload."""
    name, act = asked.path["upload"], str(asked.form.get("act", ""))
    if act == "publish":
        asked.ask("lists.publish", upload=name, reason=str(asked.form.get("reason", "")))
    elif act == "confirm":
        asked.ask("lists.confirm", upload=name)
    elif act == "withdraw":
        told = asked.ask("lists.withdraw", upload=name)
        return asked.go(f"/lists/{told.list_id}")
    else:
        raise ConfigError("act", "nothing that can be done is named", "use the buttons of the page")
    return asked.go(f"/lists/uploads/{name}")


@screen("/lists/{list_id}")
def one(asked: Asked) -> Response:
    """Show one list, and to who answers for it its entries."""
    return _one(asked)


@screen("/lists/{list_id}", methods=("POST",))
def send(asked: Asked) -> Response:
    """Take an upload and lead to its preview; what is wrong with it is told beside the form."""
    files = [_file(each) for name in ("file", "terms") for each in _several(asked.form.get(name)) if _is_sent(each)]
    try:
        told = asked.ask(
            "lists.preview", list_id=asked.path["list_id"], files=files, leave_out="leave_out" in asked.form
        )
    except ConfigError as error:
        return _one(asked, error=error, status=422)
    return asked.go(f"/lists/uploads/{told.id}")


@screen("/lists/{list_id}/entries", methods=("POST",))
def entries(asked: Asked) -> Response:
    """Show the entries that were looked for: by a form, for it may be somebody's name."""
    return _one(asked, asked.form)


def _one(
    asked: Asked, said: Mapping[str, Any] = _NOTHING, *, error: ConfigError | None = None, status: int = 200
) -> Response:
    name = asked.path["list_id"]
    told = asked.ask("lists.show")
    found = next((each for each in told.lists if each.health.list_id == name), None)
    if found is None:
        raise MissingError("list", "there is no such list among those published", "see the screen Lists")
    query = {key: said[key] for key in ("text", "never_hit", "first") if isinstance(said.get(key), str)}
    entries = None
    if found.yours and asked.may("lists.entries") and asked.session.purpose:
        entries = asked.ask("lists.entries", list_id=name, **query)
    return asked.page("lists_one.html", status, each=found, entries=entries, query=query, error=error)


def _several(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _is_sent(value: Any) -> bool:
    """Return whether a field is a file that was chosen: browsers send an empty one for a field that was left."""
    return isinstance(value, tuple) and (bool(value[0]) or bool(value[1]))


def _file(value: tuple[str, bytes]) -> dict[str, Any]:
    return {"name": value[0], "content": value[1]}
