"""What desks ask by their mailboxes, carried out with the desk's own functions: the same as at the centre's keyboard.

Reach for `carrying_out()` and hand what it returns to `mailbox.run`. Who may do or see what is decided where it always is.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import msgspec

from ops_hub.casework.case import Actor, Case
from ops_hub.desk.acting import act
from ops_hub.desk.filing import Desk, cases_of
from ops_hub.desk.remembering import revoke, suppressed
from ops_hub.desk.showing import listed, shown
from ops_hub.engines.live.mailbox import Act
from ops_hub.engines.live.retention import is_masked
from ops_hub.engines.live.unmask import may_unmask
from ops_hub.errors import ConfigError
from ops_hub.store.audit import record
from ops_hub.store.held import all_holds

_Form = TypeVar("_Form")


class _Listing(msgspec.Struct, forbid_unknown_fields=True):
    done: bool = False
    status: str | None = None


class _Showing(msgspec.Struct, forbid_unknown_fields=True):
    case: int
    purpose: str = ""


class _Revoking(msgspec.Struct, forbid_unknown_fields=True):
    number: int
    reason: str = ""


class _Acting(msgspec.Struct, forbid_unknown_fields=True):
    case: int
    detail: dict[str, Any] = {}


def hidden(desk: Desk, case: Case, reader: Actor) -> bool:
    """Return whether retention hides the traveller of a case from a reader, holds and grants to unmask considered."""
    now = desk.hub.now()
    if not any(is_masked(desk.hub, desk.states, case.keeper, case.day, now, each) for each in case.records or (None,)):
        return False
    if any(hold.case == case.id for hold in all_holds(desk.hub)):
        return False  # also where records joined the case after the hold was put
    if not may_unmask(desk.hub, case.keeper, f"case {case.id}", reader, now):
        return True
    record(desk.hub, str(reader), "unmasked-shown", f"case {case.id}")
    return False


def masking(desk: Desk) -> Callable[[int, Actor], bool]:
    """Return `hidden` by the number of a case; of one that is not there, who asks is told so anyway."""

    def masked(number: int, reader: Actor) -> bool:
        found = cases_of(desk.hub, [number])
        return number in found and hidden(desk, found[number], reader)

    return masked


def carrying_out(desk: Desk, masked: Callable[[int, Actor], bool] = lambda case, reader: False) -> Act:
    """Return what carries out list, show, suppressed, revoke and the verbs of rules/cases.toml.

    Args:
        desk: the hub's desk.
        masked: whether retention hides the traveller of a case from a reader.
    """

    def done(by: Actor, verb: str, arguments: dict[str, Any]) -> dict[str, Any]:
        if verb == "list":
            asked = _read(verb, arguments, _Listing)
            return {"cases": listed(desk, by, done=asked.done, status=asked.status)}
        if verb == "show":
            wanted = _read(verb, arguments, _Showing)
            return shown(desk, wanted.case, by, purpose=wanted.purpose, masked=masked(wanted.case, by))
        if verb == "suppressed":
            return {"decisions": suppressed(desk, by)}
        if verb == "revoke":
            ended = _read(verb, arguments, _Revoking)
            return {"revoked": ended.number, "cases": revoke(desk, ended.number, by, ended.reason)}
        if verb not in desk.table.verbs:
            raise ConfigError(verb[:40], "nobody can do that with a case", f"one of {', '.join(desk.table.verbs)}")
        said = _read(verb, arguments, _Acting)
        return _said(act(desk, said.case, by, verb, said.detail))

    return done


def _said(case: Case) -> dict[str, Any]:
    return {
        "case": case.id, "status": case.status, "outcome": case.outcome,
        "claimed_by": str(case.claimed_by) if case.claimed_by is not None else None,
        "waits_for_second_person": {name: case.pending[name] for name in ("verb", "by")} if case.pending else None,
        "events": case.events,
    }  # fmt: skip


def _read(verb: str, arguments: dict[str, Any], form: type[_Form]) -> _Form:
    try:
        return msgspec.convert(arguments, form)
    except msgspec.ValidationError as error:
        raise ConfigError(verb, f"its arguments are not as they must be: {error}", "see ops-hub case --help") from None
