"""Cases to readers: only what `casework.handling` lets through, and never before the audit log knows.

Reach for `listed()` and `shown()`.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ops_hub.casework.case import Actor, Case
from ops_hub.casework.handling import view
from ops_hub.desk.acting import visible
from ops_hub.desk.filing import EMPTY, Desk, bundle_of, cases_of, story_of
from ops_hub.errors import StoreError
from ops_hub.store import cases as store
from ops_hub.store.audit import record


def listed(desk: Desk, reader: Actor, *, done: bool = False, status: str | None = None) -> list[dict[str, Any]]:
    """Return what a reader may see of the cases, the least time left first.

    Args:
        desk: the hub's desk.
        reader: who asks.
        done: those as well in which nothing is left to do.
        status: only those in this state.
    """
    names = [name for name, each in desk.table.states.items() if done or not each.done]
    numbers = store.of_state(desk.hub, reader.state, [status] if status else names)
    cases = cases_of(desk.hub, numbers)
    seen = [(case, found) for case in cases.values() if (found := view(case, EMPTY, reader)) is not None]
    record(desk.hub, str(reader), "cases-listed", "cases", count=len(seen))
    now = desk.hub.now()
    made = [with_time(found, case, now) for case, found in seen]
    return sorted(made, key=lambda each: (each["minutes_left"] is None, each["minutes_left"], each["case"]))


def shown(desk: Desk, number: int, reader: Actor, *, purpose: str = "", masked: bool = False) -> dict[str, Any]:
    """Return what a reader may see of a case, with its story.

    Args:
        desk: the hub's desk.
        number: of the case.
        reader: who asks.
        purpose: why, for the audit log.
        masked: the traveller's data are masked by retention: they are left out.

    Raises:
        StoreError: there is none, or none for this reader.
    """
    case = visible(desk, number, reader, "show")
    record(desk.hub, str(reader), "case-shown", f"case {number}", purpose=purpose, masked=masked)
    bundle, missing = EMPTY, "masked" if masked else ""
    if not masked:
        try:
            bundle = bundle_of(desk.hub, case)
        except StoreError as error:
            missing = error.reason
    found = view(case, bundle, reader)
    assert found is not None, "it was visible"
    made = with_time(found, case, desk.hub.now())
    made |= {"no_content_because": missing} if missing else {}
    return made if "story" in made else made | {"story": _story(desk, case, reader)}


def with_time(found: dict[str, Any], case: Case, now: datetime) -> dict[str, Any]:
    """Return what is shown with the minutes left, None where nothing counts down."""
    counts = case.deadline is not None and case.escalates_at is not None
    left = int((case.deadline - now).total_seconds() // 60) if counts and case.deadline is not None else None
    return found | {"minutes_left": left}


def _story(desk: Desk, case: Case, reader: Actor) -> list[dict[str, Any]]:
    """Return what happened: who did what, when. What people wrote is for those whose state or the centre wrote or owns it."""
    told = []
    owns = "owner" in case.parties(reader.state) or "centre" in case.parties(reader.state)
    for event in story_of(desk.hub, case):
        said = {
            name: event.detail[name] for name in ("outcome", "pending", "into", "level", "of") if name in event.detail
        }
        said |= {"to": event.detail["to"]} if event.kind in ("refer", "release") else {}
        reason = event.detail.get("reason")
        said |= {"reason": reason} if reason and (owns or event.by.state == reader.state) else {}
        told.append({"number": event.number, "at": event.at, "kind": event.kind, "by": str(event.by)} | said)
    return told
