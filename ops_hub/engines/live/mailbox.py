"""Requests of the states' desks, carried out at the centre.

Reach for `run()`. What a desk asks lies sealed in its mailbox; which state asks is told by the mailbox, whatever the
request says, and which roles a person may have by its channel. A request is carried out once: after a death in the
middle of one, its desk is told that nobody knows whether it was done, and looks for itself.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import msgspec

from ops_hub.casework.case import Actor
from ops_hub.casework.policy import Policy, sharing_policy
from ops_hub.errors import ConfigError, OpsHubError, StoreError
from ops_hub.store.audit import record
from ops_hub.store.consume import Item, Reader
from ops_hub.store.hub import Hub, key
from ops_hub.store.mail import CHANNELS, mailbox_key, place, roles_of, seal, told_of, unseal, user_of

Act = Callable[[Actor, str, dict[str, Any]], dict[str, Any]]
"""Carries out a verb for somebody and returns the answer; raises OpsHubError where that is not allowed."""

_KEPT = 3600  # seconds that an answer waits
_REMEMBERED = 7 * 24 * 3600  # seconds that a request's id is remembered
_ID = re.compile(rb"[0-9a-f]{32}")
_SWEEP = 10  # rounds of a second between looks for what a dead process left
_IDLE_MS = 60_000  # a request that takes longer was its process's last
_MOST_NAME = 64


class _Request(msgspec.Struct, forbid_unknown_fields=True):
    """What a desk asks."""

    verb: str
    arguments: dict[str, Any]
    person: str
    role: str


def run(hub: Hub, stop: Callable[[], bool], act: Act, policy: Policy | None = None, *, name: str = "mailbox") -> int:
    """Carry out requests until `stop` is set; return how many.

    Args:
        hub: the hub.
        stop: set it to end.
        act: carries out a verb.
        policy: whose mailboxes there are; those of the shipped rules by default.
        name: of this process among those that do the same.
    """
    states = (policy or sharing_policy()).states.by_code
    boxes = {place(s, c, "requests"): (s, c) for s in sorted(states) for c in CHANNELS}
    readers = {stream: Reader(hub, stream, "mailbox", name, idle_ms=_IDLE_MS) for stream in boxes}
    heard, waiting, done, rounds = dict.fromkeys(boxes, "0"), hub.waiting(1.0), 0, 0
    try:
        while not stop():
            rung = {stream.decode(): items for stream, items in waiting.xread(heard, block=1000)}
            heard |= {stream: items[-1][0] for stream, items in rung.items()}
            # what a dead process had taken rings no bell
            for stream in boxes if rounds % _SWEEP == 0 else rung:
                while items := readers[stream].take(20, block_ms=0):
                    for item in items:
                        done += _carry_out(hub, boxes[stream], item, act)
                        readers[stream].done(item)
            rounds += 1
    finally:
        waiting.close()
    return done


def _carry_out(hub: Hub, box: tuple[str, str], item: Item, act: Act) -> bool:
    """Carry out one request and put the answer into the mailbox; return whether it was carried out now."""
    state, channel = box
    user, name = user_of(state, channel), item.fields.get(b"id", b"")
    if not _ID.fullmatch(name):
        record(hub, "CENTRE/mailbox:system", "request-refused", f"mailbox {user}", reason="no id")
        return False
    mark, answers = key("asked", user, name.decode()), place(state, channel, "answers", name.decode())
    if not hub.client.set(mark, "begun", nx=True, ex=_REMEMBERED):
        if hub.client.get(mark) == b"begun" and item.tries > 1:
            lost = StoreError("the centre", "it is not known whether this was done", "look at the case, then ask again")
            _answer(hub, user, name, answers, mark, {"error": told_of(lost)})
        return False
    _answer(hub, user, name, answers, mark, _answered(hub, box, item, act))
    return True


def _answered(hub: Hub, box: tuple[str, str], item: Item, act: Act) -> dict[str, Any]:
    state, channel = box
    user, name = user_of(state, channel), item.fields[b"id"].decode()
    try:
        body = unseal(mailbox_key(hub, user)[0], f"request {user} {name}", item.fields.get(b"sealed", b""))
        asked = msgspec.json.decode(body, type=_Request)
        return {"answer": act(_actor(state, channel, asked), asked.verb, asked.arguments)}
    except msgspec.DecodeError:
        return {"error": told_of(ConfigError("request", "cannot be read", "use the ops-hub of the centre's version"))}
    except OpsHubError as error:
        record(hub, f"{state}/desk:{channel}", "request-refused", f"mailbox {user}", request=name)
        return {"error": told_of(error)}
    except Exception as error:  # one desk's request must not stop the others'; what it was about is in nobody's log
        record(
            hub, "CENTRE/mailbox:system", "request-failed", f"mailbox {user}", request=name, kind=type(error).__name__
        )
        return {"error": told_of(StoreError("the centre", "failed on this request", f"tell it the number {name}"))}


def _actor(state: str, channel: str, asked: _Request) -> Actor:
    """Return who asks: the mailbox's state, in a role of its channel."""
    if not asked.person.isprintable() or not 0 < len(asked.person) <= _MOST_NAME or set(asked.person) & set("/:"):
        raise ConfigError("person", f"a name has up to {_MOST_NAME} signs, none of them / or :", "correct the name")
    if asked.role not in roles_of(channel):
        raise ConfigError(
            f"role {asked.role}",
            f"nobody has it by the {channel} mailbox",
            f"use one of {', '.join(roles_of(channel))}, or the other desk's credentials",
        )
    return Actor(state, asked.person, asked.role)


def _answer(hub: Hub, user: str, name: bytes, answers: str, mark: str, answer: dict[str, Any]) -> None:
    body = json.dumps(answer, ensure_ascii=False, default=lambda value: getattr(value, "isoformat", value.__str__)())
    sealed = seal(mailbox_key(hub, user)[0], f"answer {user} {name.decode()}", body.encode())
    with hub.client.pipeline(transaction=True) as pipe:
        pipe.xadd(answers, {"sealed": sealed})
        pipe.expire(answers, _KEPT)
        pipe.set(mark, "done", ex=_REMEMBERED)
        pipe.execute()
