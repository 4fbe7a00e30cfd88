"""Seeing masked data again: one person asks and says why, another one, a supervisor of the same state, confirms.

Reach for `request()`, `confirm()` and `may_unmask()`; `shown()` is what a person may see of rows of the lake. Every step
is an event of the audit log. A grant is for the two of them, for one case or record, and ends by itself.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import msgspec
import polars as pl

from ops_hub.casework.case import FORGOTTEN, Actor
from ops_hub.engines.live.holds import case_of, sealed, why
from ops_hub.engines.live.retention import centre_rules, is_masked
from ops_hub.errors import ConfigError, StoreError
from ops_hub.states import States
from ops_hub.store import audit, lake
from ops_hub.store.hub import Hub, key

_ASKED, _GRANTED = key("unmask", "asked"), key("unmask", "granted")
_CONFIRM = """
if redis.call('HSETNX', KEYS[1], ARGV[1], ARGV[2]) == 0 then return 0 end
redis.call('XADD', KEYS[2], '*', 'event', ARGV[3])
return 1
"""


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody asks to see masked data; `reason` is sealed."""

    id: int
    state: str
    about: str
    reason: str
    by: Actor
    at: datetime


class Grant(msgspec.Struct, frozen=True, kw_only=True):
    """A second person confirmed it."""

    by: Actor
    at: datetime
    until: datetime


def request(hub: Hub, about: str, reason: str, by: Actor) -> Request:
    """Ask to see the data of "case N" or "record R".

    Raises:
        StoreError: nothing of it is kept.
        ConfigError: no reason, or the person's state does not keep the data.
    """
    if not reason.strip():
        raise ConfigError("--reason", "it is empty", "write why the masked data are needed")
    keepers = _keepers(hub, about)
    if by.state not in keepers:
        raise ConfigError(str(by), f"the data are kept by {', '.join(sorted(keepers))}", "ask that state's desk")
    made = Request(
        id=int(hub.client.incr(key("unmask", "last"))), state=by.state, about=about, reason=sealed(hub, reason), by=by, at=hub.now()
    )  # fmt: skip
    with hub.client.pipeline(transaction=True) as pipe:
        pipe.hset(_ASKED, made.id, msgspec.json.encode(made))
        pipe.xadd(audit.STREAM, audit.line(str(by), "unmask-asked", about, request=made.id, reason=made.reason))
        pipe.execute()
    return made


def confirm(hub: Hub, number: int, by: Actor, rules: Path | None = None) -> Grant:
    """Confirm a request, as the second person.

    Args:
        hub: the hub.
        number: of the request.
        by: the second person.
        rules: folder of rules, for how long a grant lasts; the shipped ones by default.

    Raises:
        ConfigError: there is no such request, it was confirmed before or is too old, or this person may not confirm it.
    """
    data = hub.client.hget(_ASKED, number)
    if data is None:
        raise ConfigError(f"request {number}", "there is no such request", "see `ops-hub retention show`")
    asked, now = msgspec.json.decode(data, type=Request), hub.now()
    until = now + timedelta(hours=centre_rules(rules).unmask.hours)
    if by.state != asked.state or by.role != "supervisor":
        raise ConfigError(str(by), f"this is confirmed by a supervisor of {asked.state}", "let one of them do it")
    if by.name.casefold() == asked.by.name.casefold():
        raise ConfigError(str(by), "who asked cannot confirm", "let another supervisor do it")
    if now - asked.at > until - now:
        raise ConfigError(f"request {number}", "it is too old", "ask anew")
    grant = Grant(by=by, at=now, until=until)
    event = audit.line(str(by), "unmask-confirmed", asked.about, request=number, asked_by=str(asked.by), until=until)
    script = hub.client.register_script(_CONFIRM)
    if not script(keys=[_GRANTED, audit.STREAM], args=[number, msgspec.json.encode(grant), event["event"]]):
        raise ConfigError(f"request {number}", "it was confirmed before", "ask anew when the grant has ended")
    return grant


def requests(hub: Hub) -> list[tuple[Request, Grant | None]]:
    """Return all requests, each with its grant."""
    granted = {
        int(number): msgspec.json.decode(data, type=Grant) for number, data in hub.client.hgetall(_GRANTED).items()
    }
    asked = [msgspec.json.decode(data, type=Request) for data in hub.client.hvals(_ASKED)]
    return [(each, granted.get(each.id)) for each in sorted(asked, key=lambda one: one.id)]


def may_unmask(hub: Hub, state: str, about: str, actor: Actor, now: datetime) -> bool:
    """Return whether a person may see masked data of "case N" or "record R" that a state keeps."""
    return any(
        grant is not None
        and asked.state == state == actor.state
        and asked.about == about
        and grant.at <= now < grant.until
        and actor.name in (asked.by.name, grant.by.name)
        for asked, grant in requests(hub)
    )


def shown(hub: Hub, states: States, rows: pl.DataFrame, actor: Actor, about: str, now: datetime) -> pl.DataFrame:
    """Return rows of `lake.find` as a person may see them: each masked where it must be.

    What is seen under a grant is an event of the log; that rows are looked at otherwise, the caller says.
    """
    parts, granted = [], 0
    for (state, day, record), part in rows.group_by("state", "day", "record_id", maintain_order=True):
        hidden = is_masked(hub, states, str(state), str(day), now, str(record))
        seen = hidden and may_unmask(hub, str(state), about, actor, now)
        parts.append(lake.masked(part) if hidden and not seen else part)
        granted += seen
    if granted:
        audit.record(hub, str(actor), "unmasked-shown", about, records=granted)
    return pl.concat(parts) if parts else rows


def reason_of(hub: Hub, asked: Request) -> str:
    """Return why somebody asked."""
    return why(hub, asked.reason)


def _keepers(hub: Hub, about: str) -> set[str]:
    kind, _, name = about.partition(" ")
    if kind == "case" and name.isdigit():
        case = case_of(hub, int(name))
        if case.forgotten:
            raise StoreError(about, FORGOTTEN, "nothing is left to see")
        return {case.keeper}
    if kind != "record":
        raise ConfigError(about, "this is neither a case nor a record", 'write "case 7" or "record R"')
    found = set(lake.find(hub, name)["state"].to_list())
    if not found:
        raise StoreError(about, "nothing is kept of it", "see `ops-hub retention show`")
    return found
