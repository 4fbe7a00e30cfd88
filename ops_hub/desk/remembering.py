"""What is remembered of "not the person": shown, and revoked.

Reach for `suppressed()` and `revoke()`. How it comes about is in `acting`, when it makes a hit quiet in `opening`.
"""

from __future__ import annotations

import base64
from datetime import datetime
from typing import Any

import msgspec

from ops_hub.casework.case import CENTRE, Actor, Event
from ops_hub.casework.fold import applied
from ops_hub.casework.memory import Remembered
from ops_hub.desk.filing import Desk, audit_line, cases_of, change
from ops_hub.desk.sight import Sight, seen_of
from ops_hub.errors import ConfigError, MissingError, StoreError
from ops_hub.store import cases as store
from ops_hub.store.audit import line, record

_TRIES = 5


def suppressed(desk: Desk, reader: Actor) -> list[dict[str, Any]]:
    """Return the decisions of cases that a reader may see, with how many hits each made quiet.

    Which entry it is, is for those who may read it; what was written, for the state that wrote it, owners, the centre.
    """
    seen = _seen(desk, reader)
    record(desk.hub, str(reader), "suppressed-listed", "decisions", count=len(seen))
    counts, now = store.quieted(desk.hub), desk.hub.now()
    return [_told(desk, known, sight, reader, now) | {"hits": counts.get(known.number, 0)} for known, sight in seen]


def _told(desk: Desk, known: Remembered, sight: Sight, reader: Actor, now: datetime) -> dict[str, Any]:
    readable = {(each.get("list_id"), each.get("entry_id")) for each in sight.told.get("content", [])}
    pair = (known.list_id, known.entry_id)
    near = reader.state in (known.state, CENTRE) or "owner" in sight.case.parties(reader.state)
    return {
        "number": known.number, "list_id": pair[0] if pair in readable else None,
        "entry_id": pair[1] if pair in readable else None, "case": known.case,
        "by": known.by if reader.state in (known.state, CENTRE) else known.state, "at": known.at, "expires": known.expires,
        "scope": known.scope, "state": _state(known, now), "reason": _words(desk, known.reason) if near else None,
        "revoked_by": (known.revoked or {}).get("by"),
    }  # fmt: skip


def revoke(desk: Desk, number: int, by: Actor, reason: str) -> list[int]:
    """End a decision; return the cases in which hits that it made quiet ask again: those whose journey is not over.

    Raises:
        StoreError: there is no such decision, or none that this person may see.
        ConfigError: no reason is given, it ended before, or it is not for this person.
    """
    where = f"decision {number}"
    for _ in range(_TRIES):
        known = next((each for each, _ in _seen(desk, by) if each.number == number), None)
        if known is None:
            raise MissingError(where, f"there is no decision {number}", "see those you have: ops-hub case suppressed")
        if not reason.strip():
            raise ConfigError(where, "revoking needs a reason", "say why: --reason")
        if known.revoked is not None:
            raise ConfigError(where, f"it was revoked by {known.revoked['by']}", "nothing is left to do")
        if by.state not in (known.state, CENTRE):
            raise ConfigError(where, f"it was made by {known.state}", f"ask {known.state}, or the centre")
        if _ended(desk, known, by, reason, cases := _quiet_cases(desk, known)):
            return cases
    raise StoreError(where, "its cases are changed all the time", "try again")


def _ended(desk: Desk, known: Remembered, by: Actor, reason: str, numbers: list[int]) -> bool:
    now = desk.hub.now()
    sealed = base64.b64encode(desk.hub.keyring.seal(CENTRE, "memory", reason.encode(), about=b"decision")).decode()
    ended = msgspec.structs.replace(known, revoked={"by": str(by), "at": now.isoformat(), "reason": sealed})
    step = store.Step(
        remembered=[(known.number, msgspec.json.encode(ended).decode(), [])],
        last_remembered=store.last_number(desk.hub, "memory"),
        audit=[line(str(by), "suppression-revoked", f"decision {known.number}", cases=len(numbers))["event"]],
    )
    for case in cases_of(desk.hub, numbers).values():
        hits = [hit.hit_id for hit in case.hits if hit.suppressed_by == known.number]
        event = Event(case.events + 1, now, "heard-again", by, {"hits": hits, "decision": known.number})
        step.changes.append(change(desk.hub, case, applied(case, event, desk.table), [event]))
        step.audit.append(audit_line(case, event))
    return store.commit(desk.hub, step)


def _quiet_cases(desk: Desk, known: Remembered) -> list[int]:
    """Return the cases with hits that a decision made quiet, whose journey is still to come or going on."""
    now = desk.hub.now()
    cases = cases_of(desk.hub, store.of_entry(desk.hub, known.list_id, known.entry_id))
    return [
        number
        for number, case in cases.items()
        if case.deadline is not None
        and case.deadline > now
        and any(hit.suppressed_by == known.number for hit in case.hits)
    ]


def _seen(desk: Desk, reader: Actor) -> list[tuple[Remembered, Sight]]:
    """Return the decisions whose case a reader may see, and what of it."""
    known = [msgspec.json.decode(each, type=Remembered) for each in store.decisions(desk.hub).values()]
    found = seen_of(desk, sorted({each.case for each in known}), reader)
    may = [(each, found[each.case]) for each in known if each.case in found and not found[each.case].apart]
    return sorted(may, key=lambda each: each[0].number)


def _state(known: Remembered, now: datetime) -> str:
    return "revoked" if known.revoked is not None else "expired" if now >= known.expires else "active"


def _words(desk: Desk, sealed: str) -> str:
    return desk.hub.keyring.unseal(CENTRE, "memory", base64.b64decode(sealed), about=b"decision").decode()
