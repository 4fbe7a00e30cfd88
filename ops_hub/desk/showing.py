"""Cases to readers: only what `casework.handling` lets through, and never before the audit log knows.

Reach for `listed()` and `shown()`.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ops_hub.casework.case import FORGOTTEN, Actor
from ops_hub.casework.story import story
from ops_hub.desk.filing import Desk, no_case, story_of
from ops_hub.desk.sight import CONTENT, Sight, seen, seen_of
from ops_hub.store import cases as store
from ops_hub.store.audit import record


def listed(desk: Desk, reader: Actor, *, done: bool = False, status: str | None = None) -> list[dict[str, Any]]:
    """Return what a reader may see of the cases, the least time left first; who the travellers are is left to `shown`.

    Args:
        desk: the hub's desk.
        reader: who asks.
        done: those as well in which nothing is left to do.
        status: only those in this state.
    """
    names = [name for name, each in desk.table.states.items() if done or status or not each.done]
    numbers = store.of_state(desk.hub, reader.state, names)
    found = [each for each in seen_of(desk, numbers, reader).values() if status in (None, each.told.get("status"))]
    # one that nobody decided before it was forgotten keeps its state, and is nobody's work
    found = [each for each in found if done or status or not each.case.forgotten]
    record(desk.hub, str(reader), "cases-listed", "cases", count=len(found))
    now = desk.hub.now()
    told = [_with_time(desk, each, now) for each in found]
    made = [{name: value for name, value in each.items() if name not in CONTENT} for each in told]
    return sorted(made, key=lambda each: (each["minutes_left"] is None, each["minutes_left"] or 0, each["case"]))


def shown(desk: Desk, number: int, reader: Actor, *, purpose: str = "", masked: bool = False) -> dict[str, Any]:
    """Return what a reader may see of a case, with its story.

    Args:
        desk: the hub's desk.
        number: of the case.
        reader: who asks.
        purpose: why, for the audit log.
        masked: retention hides who the traveller is: that is left out then.

    Raises:
        StoreError: there is none, or none for this reader.
    """
    found = seen(desk, number, reader, masked=masked)
    if found is None:
        record(desk.hub, str(reader), "case-refused", f"case {number}", purpose=purpose, wanted="show")
        raise no_case(number)
    record(desk.hub, str(reader), "case-shown", f"case {number}", purpose=purpose, missing=found.missing)
    made = _with_time(desk, found, desk.hub.now())
    made |= {"no_content_because": found.missing} if found.missing else {}
    if found.apart:
        return made
    events = story_of(desk.hub, found.case)
    return made | {"story": story(found.case, found.told, events, reader, desk.policy, words=not found.missing)}


def _with_time(desk: Desk, found: Sight, now: datetime) -> dict[str, Any]:
    """Return what is shown with the minutes left, None where nothing counts down."""
    deadline = found.case.deadline
    counts = deadline is not None and not found.apart and not desk.table.is_done(found.case.status)
    left = int((deadline - now).total_seconds() // 60) if counts and deadline is not None else None
    gone = {"no_content_because": FORGOTTEN} if found.case.forgotten else {}
    return found.told | {"minutes_left": left} | gone
