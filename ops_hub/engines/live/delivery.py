"""Notices out of the hub: by e-mail, webhook and whatever else the library apprise speaks, tried again until they arrive.

Reach for `run()`. A notice holds a number, a time and a desk, so that it may pass through anybody's servers. One
that does not arrive is tried again later and later; after the last try it lies with the dead letters, and `hub requeue`
sends it on its way again. A process that dies just after sending sends once more: twice is better than never.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from importlib import import_module
from typing import Any

from ops_hub.casework.policy import Policy, sharing_policy
from ops_hub.errors import ConfigError
from ops_hub.store.audit import record
from ops_hub.store.consume import Item, Reader
from ops_hub.store.hub import Hub, key
from ops_hub.store.mail import PROTECTION

OUTBOX = key("delivery")
_LATER = key("delivery-later")
MOST_TRIES = 8  # with pauses of 15 s, doubled: the last one half an hour after the first
_PAUSE = 15.0
_TITLE = "ops-hub"

# What waited long enough goes back into the stream, each once though several look.
_DUE = """
local due = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', ARGV[1], 'LIMIT', 0, 100)
for _, each in ipairs(due) do
  redis.call('ZREM', KEYS[1], each)
  redis.call('XADD', KEYS[2], '*', unpack(cjson.decode(each)))
end
return #due
"""


def run(
    hub: Hub, stop: Callable[[], bool], policy: Policy | None = None, *, pause: float = _PAUSE, name: str = "delivery"
) -> int:
    """Deliver notices until `stop` is set; return how many arrived.

    Args:
        hub: the hub.
        stop: set it to end.
        policy: addresses; the shipped rules by default, which have none.
        pause: seconds before the second try; each further one waits twice as long.
        name: of this process among those that do the same.

    Raises:
        ConfigError: there are addresses but the library is not installed, or an address cannot be used.
    """
    policy = policy or sharing_policy()
    send = _sender(policy)
    reader = Reader(hub, OUTBOX, "delivery", name, idle_ms=60_000)
    arrived = 0
    while not stop():
        hub.client.eval(_DUE, 2, _LATER, OUTBOX, hub.now().timestamp())
        for item in reader.take(20, block_ms=1000 if pause >= 1 else 50):
            fields = {field.decode(): value.decode() for field, value in item.fields.items()}
            left = send(fields["state"], fields["channel"], fields["text"], json.loads(fields.get("left", "null")))
            if not left:
                arrived += 1
                reader.done(item)
            else:
                _again(hub, reader, item, fields, left, pause)
    return arrived


def addresses(policy: Policy, state: str, channel: str) -> list[str]:
    """Return where notices of a desk go; of a protection desk only where its own addresses say.

    Raises:
        ConfigError: an address is an environment variable that is not set.
    """
    said = policy.sharing.delivery
    if channel == PROTECTION:
        return [_address(text) for text in said.protection.get(state, [])]
    found = [_address(text) for text in said.states.get(state, [])]
    contact = policy.states.contact(state)
    if said.mail and contact:
        found.append(_address(said.mail).replace("{email}", contact.email))
    return found


def _address(text: str) -> str:
    if not text.startswith("$"):
        return text
    held = os.environ.get(text[1:])
    if not held:
        raise ConfigError(
            "rules/sharing.toml [delivery]", f"the environment has no {text[1:]}", "set it to the address"
        )
    return held


_Send = Callable[[str, str, str, list[int] | None], list[int]]


def _sender(policy: Policy) -> _Send:
    """Return what sends a text to the addresses of a desk, or to those of them that are left, and says which failed."""
    said = policy.sharing.delivery
    desks = [(s, c) for s in policy.states.by_code for c in ("ordinary", PROTECTION)]
    known = {desk: found for desk in desks if (found := addresses(policy, *desk))}
    if not (known or said.mail or said.states or said.protection):
        return lambda state, channel, text, left: []
    apprise = _library()
    targets = {desk: [_target(apprise, address, desk[0]) for address in found] for desk, found in known.items()}

    def send(state: str, channel: str, text: str, left: list[int] | None) -> list[int]:
        mine = targets.get((state, channel), [])
        wanted = range(len(mine)) if left is None else [k for k in left if k < len(mine)]
        return [k for k in wanted if not mine[k].notify(title=_TITLE, body=text)]

    return send


def _target(apprise: Any, address: str, state: str) -> Any:
    target = apprise.Apprise(asset=apprise.AppriseAsset(storage_mode=apprise.PersistentStoreMode.MEMORY))
    if not target.add(address):
        kind = address.partition(":")[0]  # the rest may hold a password
        raise ConfigError(
            f"rules/sharing.toml [delivery] {state}",
            f"an address of kind {kind} cannot be used",
            "see apprise's list of addresses, and write it as there",
        )
    return target


def _library() -> Any:
    try:
        return import_module("apprise")
    except ModuleNotFoundError:
        raise ConfigError("delivery", "the library apprise is not installed", "pip install 'ops-hub[notify]'") from None


def _again(hub: Hub, reader: Reader, item: Item, fields: dict[str, str], left: list[int], pause: float) -> None:
    """Put a notice aside for later, or to the dead letters."""
    tries = int(fields.get("tries", "0")) + 1
    if tries >= MOST_TRIES:
        reader.bury(Item(item.id, item.fields, tries), f"not delivered to {fields['state']} in {tries} tries")
        record(
            hub,
            "CENTRE/delivery:system",
            "notice-undelivered",
            f"case {fields['case']}" if "case" in fields else f"meeting {fields['meeting']}",
            state=fields["state"],
            tries=tries,
        )
        return
    fields |= {"tries": str(tries), "left": json.dumps(left), "first": fields.get("first", item.id.decode())}
    flat = json.dumps([part for pair in fields.items() for part in pair])
    with hub.client.pipeline(transaction=True) as pipe:
        pipe.zadd(_LATER, {flat: hub.now().timestamp() + pause * 2 ** (tries - 1)})
        pipe.xack(OUTBOX, "delivery", item.id)
        pipe.xdel(OUTBOX, item.id)
        pipe.execute()
