"""Asking without a server: what any operation needs at the least, and an answer's head as soon as it comes.

An endless stream of events answers at once, too: it is left alone after its head.
"""

from __future__ import annotations

import asyncio
import datetime
import enum
import threading
import types
import typing
from dataclasses import dataclass
from functools import cache
from urllib.parse import quote

import msgspec

from ops_hub.console.signed_in import COOKIE

_FIRST = {str: "x", int: 1, float: 1.0, bool: False, bytes: b"x", type(None): None, datetime.date: "2026-11-20", datetime.datetime: "2026-11-20T00:00:00Z"}  # fmt: skip


def least(kind):
    """Return a value of a type, as small as it can be."""
    origin = typing.get_origin(kind)
    if origin is typing.Annotated:
        return _within(least(typing.get_args(kind)[0]), typing.get_args(kind)[1:])
    if origin is typing.Literal:
        return typing.get_args(kind)[0]
    if origin in (typing.Union, types.UnionType):
        return least(typing.get_args(kind)[0])
    if origin in (list, set, frozenset) or kind in (list, set):
        return []
    if origin is tuple:
        return [] if Ellipsis in typing.get_args(kind) else [least(each) for each in typing.get_args(kind)]
    if isinstance(origin, type) and issubclass(origin, typing.Mapping) or kind is dict:
        return {}
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return arguments_of(kind)
    if isinstance(kind, type) and issubclass(kind, enum.Enum):
        return next(iter(kind)).value
    return _FIRST.get(kind, "x")


def _within(value, metas):
    for meta in metas:
        if not isinstance(meta, msgspec.Meta):
            continue
        if isinstance(value, (int, float)) and meta.ge is not None:
            value = max(value, meta.ge)
        if isinstance(value, str) and meta.min_length:
            value = value.ljust(meta.min_length, "x")
        if isinstance(value, list) and meta.min_length:
            value = [*value, *["x"] * (meta.min_length - len(value))]
    return value


def arguments_of(asked):
    """Return the least that a Struct needs."""
    hints = typing.get_type_hints(asked, include_extras=True)
    return {each.name: least(hints[each.name]) for each in msgspec.structs.fields(asked) if each.required}


@cache
def _loop():
    """One loop for all that is asked, in a thread of its own: the browser's driver keeps one in the main thread."""
    made = asyncio.new_event_loop()
    threading.Thread(target=made.run_forever, daemon=True).start()
    return made


def _run(asked):
    return asyncio.run_coroutine_threadsafe(asked, _loop()).result()


@dataclass
class Told:
    """An answer: status, headers, body (of a stream: none)."""

    status: int
    headers: dict[str, str]
    body: bytes


class Person:
    """Somebody who asks: by cookie, by token, or nobody at all."""

    def __init__(self, app, token="", csrf="", bearer=""):
        self.app, self.csrf = app, csrf
        self.headers = {"host": "testserver"}
        if token:
            self.headers |= {"cookie": f"{COOKIE}={token}", "x-purpose": "check", "x-csrf-token": csrf}
        if bearer:
            self.headers |= {"authorization": f"Bearer {bearer}", "x-purpose": "check"}

    def ask(self, method, path, body=b"", query=b"", **headers):
        return _run(self._ask(method, path, body, query, headers))

    async def _ask(self, method, path, body, query, headers):
        sent = self.headers | {name.replace("_", "-"): value for name, value in headers.items()}
        if body:
            sent["content-length"] = str(len(body))
        scope = {
            "type": "http", "method": method, "path": path, "raw_path": quote(path, safe="/%").encode("ascii"),
            "query_string": query, "headers": [(n.encode(), v.encode("latin-1")) for n, v in sent.items() if v is not None],
            "http_version": "1.1", "scheme": "http", "server": ("testserver", 80), "client": ("192.0.2.7", 4711),
            "root_path": "", "asgi": {"version": "3.0"},
        }  # fmt: skip
        begun, ended, told, parts = asyncio.Event(), asyncio.Event(), {}, []

        async def receive():
            if told.setdefault("sent", 0) == 0:
                told["sent"] = 1
                return {"type": "http.request", "body": body, "more_body": False}
            await ended.wait()
            return {"type": "http.disconnect"}

        async def send(message):
            if message["type"] == "http.response.start":
                told.update(message)
                begun.set()
            else:
                parts.append(message.get("body", b""))
                if not message.get("more_body"):
                    ended.set()

        task = asyncio.ensure_future(self.app(scope, receive, send))
        try:
            await asyncio.wait_for(begun.wait(), 20)
            headers = {name.decode(): value.decode("latin-1") for name, value in told["headers"]}
            if "event-stream" not in headers.get("content-type", ""):
                await asyncio.wait_for(ended.wait(), 20)
        finally:
            ended.set()
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        return Told(told["status"], headers, b"".join(parts))
