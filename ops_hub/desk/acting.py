"""What people do with cases: allowed by the table, told to the audit log, stored in one step, never over another's head.

Reach for `act()`, and for `check()` where an act is to be done later. Who may not see a case is told that there is none.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import msgspec

from ops_hub.casework.case import CENTRE, FORGOTTEN, Actor, Case, Event
from ops_hub.casework.fold import acted, applied, decided
from ops_hub.casework.identity import anchors
from ops_hub.casework.memory import REGION, Remembered, entry_parts, person_parts
from ops_hub.desk.filing import Desk, audit_line, bundle_of, change, no_case, story_of
from ops_hub.desk.opening import pair_key
from ops_hub.desk.sight import seen
from ops_hub.errors import ConfigError, ConflictError
from ops_hub.store import cases as store
from ops_hub.store.audit import record

_TRIES = 50  # where others do something all the time that changes nothing for who acts
_HARMLESS = ("note", "escalated", "departed")
_Pairs = list[tuple[int, str, list[str]]]


def act(desk: Desk, number: int, by: Actor, verb: str, detail: Mapping[str, Any] | None = None) -> Case:
    """Do something with a case and return it as it is then.

    Args:
        desk: the hub's desk.
        number: of the case.
        by: who does it.
        verb: of rules/cases.toml.
        detail: reason; to (refer: a state; release: states); outcome, scope, days (decide); hits (release); `once`: an id
            of this act: what the same person did with it before is not done again.

    Raises:
        MissingError: there is no such case, or this person may not see it.
        ConflictError: somebody else changed it meanwhile.
        ConfigError: it is not allowed.
    """
    said = dict(detail or {})
    for _ in range(_TRIES):
        before = visible(desk, number, by, verb)
        if said.get("once") and _is_done(desk, before, by, said["once"]):
            return before
        event, remembered, last = _planned(desk, before, by, verb, said)
        after = applied(before, event, desk.table)
        step = store.Step(
            changes=[change(desk.hub, before, after, [event])], remembered=remembered, last_remembered=last,
            audit=[audit_line(before, event)],
        )  # fmt: skip
        if store.commit(desk.hub, step):
            return after
        since = [e for e in story_of(desk.hub, before, before.events + 1) if e.kind not in _HARMLESS]
        if since and verb != "note":
            told = "; ".join(f"{each.kind} by {each.by} at {each.at:%H:%M:%S} UTC" for each in since)
            raise ConflictError(f"case {number}", f"somebody was quicker: {told}", "look at it again before you go on")
    raise ConflictError(f"case {number}", "it is changed all the time", "try again")


def check(desk: Desk, number: int, by: Actor, verb: str, detail: Mapping[str, Any] | None = None) -> Case:
    """Refuse what `act` would refuse now, with the same errors; do nothing, and return the case."""
    case = visible(desk, number, by, verb)
    _planned(desk, case, by, verb, dict(detail or {}))
    return case


def _planned(desk: Desk, case: Case, by: Actor, verb: str, said: dict[str, Any]) -> tuple[Event, _Pairs, int]:
    """Return the event of an act, and what is remembered of it."""
    return _remembering(desk, case, acted(case, verb, by, desk.hub.now(), said, desk.table))


def _is_done(desk: Desk, case: Case, by: Actor, once: str) -> bool:
    told = (msgspec.json.decode(each, type=Event) for each in store.stories(desk.hub, case.id)[: case.events])
    return any(each.by == by and each.detail.get("once") == once for each in told)


def visible(desk: Desk, number: int, reader: Actor, what: str) -> Case:
    """Return a case that this reader may see.

    Raises:
        MissingError: there is none, or none for this reader; both in the same words.
        ConfigError: it was forgotten: nobody does anything with it any more.
    """
    found = seen(desk, number, reader)
    if found is None:
        record(desk.hub, str(reader), "case-refused", f"case {number}", wanted=what)
        raise no_case(number)
    if found.case.forgotten:
        raise ConfigError(f"case {number}", FORGOTTEN, "nothing is left to do")
    return found.case


def _remembering(desk: Desk, case: Case, event: Event) -> tuple[Event, _Pairs, int]:
    """Return the event with the numbers of what is remembered of it, and those decisions with the keys of their pairs."""
    outcome = decided(case, event, desk.table)
    if outcome is None or not outcome.remember:
        return event, [], 0
    scope, days = _scope(desk, case, event), int(event.detail.get("days") or desk.table.memory.days)
    if not 0 < days <= desk.table.memory.most_days:
        most = desk.table.memory.most_days
        raise ConfigError(f"case {case.id}", f"it cannot hold for {days} days", f"give 1 to {most}")
    bundle, last = bundle_of(desk.hub, case), store.last_number(desk.hub, "memory")
    people = bundle.travellers.to_dicts()
    entries = {(e["list_id"], e["entry_id"], e["entry_hash"]): e for e in bundle.entries.to_dicts()}
    about = b"decision"
    reason = desk.hub.keyring.seal(CENTRE, "memory", str(event.detail.get("reason", "")).encode(), about=about)
    found: _Pairs = []
    known = set()
    for hit in case.live:
        entry = entries.get((hit.list_id, hit.entry_id, hit.entry_hash))
        for row in people if entry is not None else []:
            assert entry is not None
            keys = [pair_key(each, hit.list_id, hit.entry_id, desk.hidden) for each in anchors(row)]
            person, parts = person_parts(row, desk.hidden), entry_parts(entry, desk.hidden)
            same = (hit.list_id, hit.entry_id, *sorted(person.items()), *sorted(parts.items()))
            if not keys or same in known:
                continue
            known.add(same)
            decision = Remembered(
                number=last + len(found) + 1, list_id=hit.list_id, entry_id=hit.entry_id, case=case.id, by=str(event.by),
                state=event.by.state, at=event.at, expires=event.at + timedelta(days=days), scope=scope, person=person,
                entry=parts, reason=base64.b64encode(reason).decode(),
            )  # fmt: skip
            found.append((decision.number, msgspec.json.encode(decision).decode(), keys))
    said = {"scope": scope, "remembered": [number for number, *_ in found]}
    return msgspec.structs.replace(event, detail=event.detail | said), found, last


def _scope(desk: Desk, case: Case, event: Event) -> str:
    """Return for whom a decision holds: the region, or the state of who decided."""
    wanted = event.detail.get("scope") or (REGION if event.by.state == CENTRE else "state")
    if wanted not in (REGION, "state"):
        raise ConfigError(f"case {case.id}", f"{wanted} is no scope", "write region or state")
    if wanted == REGION and not case.parties(event.by.state) & set(desk.table.memory.region_by):
        allowed = " or ".join(desk.table.memory.region_by)
        raise ConfigError(f"case {case.id}", f"a decision for the region is for the {allowed}", "leave the scope out")
    return REGION if wanted == REGION else event.by.state
