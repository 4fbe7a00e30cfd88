"""What happened to a case, as far as a reader may know: whom they know of in the case, and words of their own state.

Reach for `story()`. An event of a state that the reader does not know of would say that it is there; the words of another
state's officers are that state's.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ops_hub.casework.case import CENTRE, Actor, Case, Event
from ops_hub.casework.handling import JOURNEY, PROTECTIVE
from ops_hub.casework.policy import Policy
from ops_hub.casework.words import careful

_PLAIN = ("outcome", "level", "of", "pending", "role")


def story(
    case: Case, told: Mapping[str, Any], events: Iterable[Event], reader: Actor, policy: Policy
) -> list[dict[str, Any]]:
    """Return the events of a case that a reader may know, oldest first; numbers may be missing.

    Args:
        case: the case.
        told: the reader's view of it.
        events: all that happened, with what people wrote.
        reader: who asks.
        policy: words for what is left out.
    """
    known = {reader.state, CENTRE, *(lead["owner"] for lead in told["leads"])}
    if told["status"] == case.status:
        known |= {state for state, parts in case.concerned.items() if any(part in JOURNEY for part in parts)}
    else:  # another desk leads the case: only what the reader's own state did is told
        known = {reader.state} - {CENTRE}
    return [_told(event, known, reader, policy) for event in events if event.by.state in known]


def _told(event: Event, known: set[str], reader: Actor, policy: Policy) -> dict[str, Any]:
    mine, detail = event.by.state == reader.state, event.detail
    said: dict[str, Any] = {"number": event.number, "at": event.at, "kind": event.kind}
    said["by"] = str(event.by) if mine else f"{event.by.state}:{event.by.role}"
    said |= {name: detail[name] for name in _PLAIN if name in detail}
    named = detail.get("to") or []
    to = [state for state in ([named] if isinstance(named, str) else named) if state in known]
    if to:
        said["to"] = to
    reason = detail.get("reason") if mine and reader.role != "auditor" else None
    if reason:
        said["reason"] = careful(policy, reason) if reader.role in PROTECTIVE else reason
    return said
