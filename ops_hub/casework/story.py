"""What happened to a case, as far as a reader may know: whom they know of in the case, and words that are for them.

Reach for `story()`. An event of a state that the reader does not know of would say that it is there, one about a hit that
the reader does not see would say that there is one; the words of another state's officers are that state's, but for those
who were asked, answered or sent the case.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ops_hub.casework.case import CENTRE, Actor, Case, Event
from ops_hub.casework.handling import JOURNEY
from ops_hub.casework.policy import Policy
from ops_hub.casework.sight import PROTECTIVE
from ops_hub.casework.words import careful

_PLAIN = ("outcome", "level", "of", "pending", "role", "into", "result", "operation", "band", "retract")


def story(
    case: Case, told: Mapping[str, Any], events: Iterable[Event], reader: Actor, policy: Policy, *, words: bool = True
) -> list[dict[str, Any]]:
    """Return the events of a case that a reader may know, oldest first; numbers may be missing.

    Args:
        case: the case.
        told: the reader's view of it.
        events: all that happened, with what people wrote.
        reader: who asks.
        policy: words for what is left out.
        words: whether what people wrote is told: it may say who the traveller is.
    """
    known = {reader.state, CENTRE, *(lead["owner"] for lead in told["leads"])}
    if told["status"] == case.status:
        known |= {state for state, parts in case.concerned.items() if any(part in JOURNEY for part in parts)}
    else:  # another desk leads the case: only what the reader's own state did is told
        known = {reader.state} - {CENTRE}
    seen, every = {lead["hit_id"] for lead in told["leads"]}, list(events)
    return [
        _told(event, known, reader, policy, case)
        | _words(event, every, told, reader, policy, is_told=words and reader.role != "auditor")
        for event in every
        if event.by.state in known and _about(event, seen)
    ]


def _about(event: Event, seen: set[str]) -> bool:
    """Return whether an event is about the case, or about a hit that the reader sees."""
    hits = event.detail.get("hits") or []
    ids = {each["hit_id"] if isinstance(each, Mapping) else each for each in hits}
    return not ids or bool(ids & seen)


def _told(event: Event, known: set[str], reader: Actor, policy: Policy, case: Case) -> dict[str, Any]:
    mine, detail = event.by.state == reader.state, event.detail
    said: dict[str, Any] = {"number": event.number, "at": event.at, "kind": event.kind}
    said["by"] = str(event.by) if mine else f"{event.by.state}:{event.by.role}"
    said |= {name: detail[name] for name in _PLAIN if name in detail}
    named = detail.get("to") or []
    to = [state for state in ([named] if isinstance(named, str) else named) if state in known]
    if to:
        said["to"] = to
    # names of entries, and of cases about them, are their owners'
    own = [hit for hit in case.hits if policy.is_custodian(reader.state, hit.owner)]
    entries = {f"{hit.list_id}/{hit.entry_id}" for hit in own}
    gone = [each for each in detail.get("no_longer_met", []) if each in entries]
    ids = {hit.hit_id for hit in own}
    before = {hit: each for hit, each in detail.get("decided_before", {}).items() if hit in ids}
    return said | ({"no_longer_met": gone} if gone else {}) | ({"decided_before": before} if before else {})


def _words(
    event: Event, every: Sequence[Event], told: Mapping[str, Any], reader: Actor, policy: Policy, *, is_told: bool
) -> dict[str, Any]:
    reason = event.detail.get("reason")
    if not reason or not is_told or not _for_them(event, every, told, reader, policy):
        return {}
    return {"reason": careful(policy, reason) if reader.role in PROTECTIVE else reason}


def _for_them(
    event: Event, every: Sequence[Event], told: Mapping[str, Any], reader: Actor, policy: Policy
) -> bool:  # fmt: skip
    """Return whether the words of an event are for a reader: written by their state, or to it."""
    state = reader.state
    if event.by.state == state or state in (event.detail.get("to") or []) or state == event.detail.get("to"):
        return True
    if event.kind == "ask-owner":
        return any(policy.is_custodian(state, lead["owner"]) for lead in told["leads"])
    if event.kind == "answer":
        return any(each.kind == "ask-owner" and each.by.state == state for each in every if each.number < event.number)
    if event.kind in ("confirm", "decline"):  # to whom decided
        return any(each.by.state == state for each in every if each.number == event.detail.get("of"))
    return state == CENTRE and bool(event.detail.get("pending"))  # may be asked to be the second person
