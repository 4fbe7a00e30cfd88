"""Acts that wait some seconds before they are done, so that whoever did them can take them back.

Reach for `hold()`, `undo()` and `carry_out()`. Until it is carried out nobody else is told anything. It is carried out
with the rights that the person has then, by the functions that the keyboard uses; what is refused then is told to them.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Annotated, Any

import msgspec
import redis

from ops_hub.access.accounts import Account, User
from ops_hub.desk.acting import check
from ops_hub.engines.live.requests import carrying_out
from ops_hub.errors import AccessError, ConfigError, ConflictError, MissingError, OpsHubError
from ops_hub.service.centre import Centre
from ops_hub.service.table import Caller, operation
from ops_hub.store import accounts, waiting
from ops_hub.store.audit import record

SECONDS = 10
_MOST_BYTES = 20_000
_AT_ONCE = 50  # due acts of one round
_TOLD_HOURS = 12


class Held(msgspec.Struct, frozen=True):
    """An act that waits: its id, and when it will be done."""

    id: str
    until: datetime


class Mine(msgspec.Struct, frozen=True):
    """An act of one's own that waits."""

    id: str
    case: int
    verb: str
    outcome: str
    until: datetime


class Refused(msgspec.Struct, frozen=True):
    """An act of one's own that could not be done when its time had come."""

    case: int
    verb: str
    outcome: str
    why: str
    at: datetime


class _Act(msgspec.Struct, frozen=True):
    user: User
    case: int
    verb: str
    detail: dict[str, Any]
    purpose: str
    until: datetime


class Nothing(msgspec.Struct, forbid_unknown_fields=True):
    """Nothing has to be told."""


class Which(msgspec.Struct, forbid_unknown_fields=True):
    """Which act that waits."""

    id: Annotated[str, msgspec.Meta(max_length=60)]


def hold(centre: Centre, by: Caller, case: int, verb: str, detail: Mapping[str, Any]) -> Held:
    """Hold an act on a case for some seconds; what would be refused now is refused at once.

    Args:
        centre: what operations work with.
        by: who does it.
        case: its number.
        verb: of rules/cases.toml.
        detail: as `desk.acting.act` takes it.

    Raises:
        ConfigError: it would not be allowed.
        MissingError: there is no such case, or not for this person.
        ConflictError: an act of theirs on this case waits already.
    """
    desk, said = centre.desk, dict(detail)
    if verb not in desk.table.verbs:
        raise ConfigError(verb[:40], "nobody can do that with a case", f"one of {', '.join(desk.table.verbs)}")
    said.pop("once", None)
    try:
        check(desk, case, by.actor, verb, said)
    except (TypeError, ValueError, OverflowError):
        raise ConfigError(f"case {case}", f"what {verb} is told is not as it must be", "see /api/v1/docs") from None
    until = desk.hub.now() + timedelta(seconds=SECONDS)
    packed = msgspec.json.encode(_Act(by.user, case, verb, said, by.purpose, until))
    if len(packed) > _MOST_BYTES:
        raise ConfigError(f"case {case}", "that are too many words", "say it in fewer")
    name = waiting.put(centre.hub, packed, _place(by.user, case), until.timestamp())
    if name is None:
        raise ConflictError(f"case {case}", "an act of yours on it waits already", "take it back first, or wait")
    record(centre.hub, str(by.actor), "act-held", f"case {case}", purpose=by.purpose, verb=verb)
    return Held(name, until)


@operation("cases.held", "GET", "/cases/held")
def held(centre: Centre, by: Caller, asked: Nothing) -> list[Mine]:
    """Tell which acts of yours wait, and until when they can be taken back."""
    found = [(name, msgspec.json.decode(each, type=_Act)) for name, each in waiting.waiting(centre.hub).items()]
    mine = [
        Mine(name, act.case, act.verb, str(act.detail.get("outcome", "")), act.until)
        for name, act in found
        if act.user.name == by.user.name
    ]
    return sorted(mine, key=lambda each: each.until)


@operation("cases.held_told", "GET", "/cases/held/refused")
def held_told(centre: Centre, by: Caller, asked: Nothing) -> list[Refused]:
    """Tell which acts of yours could not be done when their time had come, in the last hours."""
    since = centre.hub.now() - timedelta(hours=_TOLD_HOURS)
    first = f"{int(since.timestamp() * 1000)}-0"
    found = [words for person, words in waiting.refused(centre.hub, first) if person == by.user.name]
    return [msgspec.json.decode(each, type=Refused) for each in found]


@operation("cases.undo", "DELETE", "/cases/held/{id}")
def undo(centre: Centre, by: Caller, asked: Which) -> Mine:
    """Take an act of yours back while it waits."""
    kept = waiting.find(centre.hub, asked.id)
    act = msgspec.json.decode(kept, type=_Act) if kept is not None else None
    if act is None or act.user.name != by.user.name:  # of others' it is not even told that there is one
        raise MissingError("act", "no act of yours waits by this name", "it may be done already: look at the case")
    if not waiting.take_back(centre.hub, asked.id):
        raise ConflictError(f"case {act.case}", "it is done already", "look at the case")
    record(centre.hub, str(by.actor), "act-taken-back", f"case {act.case}", purpose=by.purpose, verb=act.verb)
    return Mine(asked.id, act.case, act.verb, str(act.detail.get("outcome", "")), act.until)


def carry_out(centre: Centre) -> int:
    """Do what is due, each act exactly once however many consoles do this, or die at it; return how many there were.

    An act that was taken by a console that died is taken over. It is done under its id (`once`), so that what was done
    already, and only not yet crossed out, is not done again.
    """
    done = 0
    while done < _AT_ONCE and (taken := waiting.due(centre.hub)) is not None:
        name, token, packed = taken
        done += 1
        if not packed:  # its key is gone, or it was altered: nobody can know whose it was
            waiting.finished(centre.hub, name, token)
            continue
        try:
            act = msgspec.json.decode(packed, type=_Act)
        except msgspec.MsgspecError:  # of another release of this: it would come back for ever
            waiting.finished(centre.hub, name, token)
            continue
        refusal = ""
        try:
            _do(centre, act, name)
        except OpsHubError as error:
            refusal = str(error)
        except (TypeError, ValueError, OverflowError):
            refusal = f"case {act.case}: what {act.verb} is told is not as it must be"
        except redis.RedisError:  # the hub is away: it waits
            raise
        except Exception as error:  # it would come back for ever, and its owner could do nothing else with the case
            refusal = f"case {act.case}: a fault of ours ({type(error).__name__}); tell who runs the console"
        if waiting.finished(centre.hub, name, token) and refusal:
            outcome = str(act.detail.get("outcome", ""))
            told = Refused(act.case, act.verb, outcome, refusal, centre.hub.now())
            waiting.refuse(centre.hub, act.user.name, msgspec.json.encode(told))
            record(centre.hub, str(act.user), "act-refused", f"case {act.case}", purpose=act.purpose, verb=act.verb)
    return done


def _do(centre: Centre, act: _Act, name: str) -> None:
    """Do an act with the rights that the person has now."""
    kept = accounts.find(centre.hub, act.user.name)
    account = msgspec.json.decode(kept, type=Account) if kept is not None else None
    role = centre.roles.find(account.role) if account is not None else None
    if account is None or account.disabled or role is None or not centre.roles.may(account.role, "cases.act"):
        raise AccessError(f"case {act.case}", "the account may not do this any more", "speak to an administrator")
    actor = Caller(account.user, act.purpose, role.acts_as).actor
    carrying_out(centre.desk)(actor, act.verb, {"case": act.case, "detail": act.detail | {"once": name}})


def _place(user: User, case: int) -> str:
    return f"{case} {user.name}"
