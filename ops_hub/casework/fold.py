"""A case from its events, and what people may do with it: pure, clock and actor are arguments.

Reach for `fold()`, or `applied()` for one event more; `acted()` makes the event of what a person does, or says why it is
not allowed. Who may see a case at all is told by `handling`, and must be asked before.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import msgspec

from ops_hub.casework.case import CENTRE, PROTECTION, Actor, Case, Event, Hit
from ops_hub.casework.clock import next_at
from ops_hub.casework.results import check_result, kept_in, with_result
from ops_hub.casework.table import Outcome, Table
from ops_hub.errors import ConfigError

_ELSE = "see `ops-hub case show`"


def fold(events: Iterable[Event], table: Table) -> Case:
    """Return the case that events make; the first one opens it."""
    case: Case | None = None
    for event in events:
        case = applied(case, event, table)
    assert case is not None, "a case begins with an event"
    return case


def applied(case: Case | None, event: Event, table: Table) -> Case:
    """Return the case after one event more."""
    if case is None:
        made = msgspec.convert(event.detail["case"], Case)
        after = msgspec.structs.replace(made, status=table.cases.first, opened_at=event.at, since=event.at)
    elif event.kind in _BY_THE_HUB:
        after = _BY_THE_HUB[event.kind](case, event, table)
    else:
        after = _by_people(case, event, table)
    if case is not None and after.status != case.status:
        after = msgspec.structs.replace(after, since=event.at, told=0)
    after = msgspec.structs.replace(after, events=event.number)
    return msgspec.structs.replace(after, escalates_at=next_at(after, table))


def acted(case: Case, verb: str, by: Actor, at: datetime, detail: dict[str, Any], table: Table) -> Event:
    """Return the event of a verb that a person does.

    Raises:
        ConfigError: it is not allowed: to this person, in this state, or as it is said.
    """
    where, wanted = f"case {case.id}", table.verbs[verb]
    allowed = table.allowed_roles(verb, case.channel)
    if by.role not in allowed and case.channel == PROTECTION:  # not a word of which desk, nor why
        raise ConfigError(where, "another desk handles this traveller", "speak to it before you act")
    if by.role not in allowed:
        raise ConfigError(where, f"{verb} is not for the role {by.role}", f"it is for {', '.join(allowed)}")
    if wanted.parties and not case.parties(by.state) & set(wanted.parties):
        raise ConfigError(where, f"{verb} is for the {' or '.join(wanted.parties)}", "ask them: ops-hub case ask-owner")
    # a result that was wrong is wrong whatever became of the case since
    if wanted.sources and case.status not in wanted.sources and not (verb == "result" and detail.get("retract")):
        raise ConfigError(
            where, f"it is {_told(case)}; {verb} is for cases that are {', '.join(wanted.sources)}", _ELSE
        )
    if wanted.reason and not str(detail.get("reason", "")).strip():
        raise ConfigError(where, f"{verb} needs a reason", "say why: --reason")
    if case.pending is not None and verb not in ("confirm", "decline", "note"):
        raise ConfigError(
            where, f"a decision of {case.pending['by']} waits for a second person", "confirm or decline it first"
        )
    holder = case.claimed_by
    held = wanted.holder and table.states[case.status].held and holder is not None
    if held and holder is not None and not _same(holder, by) and by.role != "supervisor":
        raise ConfigError(where, f"it is claimed by {holder}", "agree with them, or ask a supervisor")
    checked = _CHECKS.get(verb)
    if checked is not None:
        detail = checked(case, by, detail, table)
    return Event(case.events + 1, at, verb, by, detail)


def decided(case: Case, event: Event, table: Table) -> Outcome | None:
    """Return the outcome that an event gives a case for good: decided by one, or confirmed by a second person."""
    if event.kind == "decide" and "pending" not in event.detail:
        return table.outcomes[event.detail["outcome"]]
    if event.kind == "confirm" and case.pending is not None and case.pending["verb"] == "decide":
        return table.outcomes[case.pending["outcome"]]
    return None


def stands(case: Case, table: Table) -> str | None:
    """Return an outcome that two persons agreed on: only a person takes it away, or that somebody needs protection."""
    outcome = table.outcomes.get(case.outcome or "")
    return case.outcome if outcome is not None and outcome.second and case.channel in outcome.channels else None


def _same(one: Actor, other: Actor) -> bool:
    return (one.state, one.name.strip().casefold()) == (other.state, other.name.strip().casefold())


def _told(case: Case) -> str:
    return f"{case.status} by {case.claimed_by}" if case.claimed_by is not None else case.status


# What must hold for some verbs beyond the table, and what their events say.


def _check_refer(case: Case, by: Actor, detail: dict[str, Any], table: Table) -> dict[str, Any]:
    to = detail.get("to")
    if to != CENTRE and to not in case.concerned:
        known = ", ".join(sorted({CENTRE, *case.concerned}))
        raise ConfigError(f"case {case.id}", f"{to} is not concerned by this case", f"refer it to one of {known}")
    return detail


def _check_decide(case: Case, by: Actor, detail: dict[str, Any], table: Table) -> dict[str, Any]:
    where, outcome = f"case {case.id}", table.outcomes.get(str(detail.get("outcome")))
    if outcome is None or outcome.system:
        names = ", ".join(name for name, each in table.outcomes.items() if not each.system)
        raise ConfigError(where, f"{detail.get('outcome')} is no outcome", f"outcomes are {names}")
    protects = any(hit.handling == "protect" and not hit.withdrawn for hit in case.hits)
    if case.channel not in outcome.channels or (protects and outcome.enforcement):
        channel = case.channel
        raise ConfigError(
            where, f"a case of the {channel} channel cannot end in {outcome.name}", "choose another outcome"
        )
    if case.status not in outcome.sources:
        raise ConfigError(
            where, f"it is {case.status}; {outcome.name} is for cases that are {', '.join(outcome.sources)}", _ELSE
        )
    if outcome.parties and not case.parties(by.state) & set(outcome.parties):
        raise ConfigError(
            where, f"{outcome.name} is for the {' or '.join(outcome.parties)}", "refer the case: ops-hub case refer"
        )
    return detail | ({"pending": True} if outcome.second else {})


def _check_second(case: Case, by: Actor, detail: dict[str, Any], table: Table) -> dict[str, Any]:
    """Check the second person: another one, of the same state or the centre, as the table says."""
    where, pending = f"case {case.id}", case.pending
    if pending is None:
        raise ConfigError(where, "nothing waits for a second person", _ELSE)
    first = msgspec.convert(pending["actor"], Actor)
    if first.name.strip().casefold() == by.name.strip().casefold():
        raise ConfigError(where, f"{by.name} cannot confirm what {by.name} decided", "a second person must")
    kinds = {"same"} if by.state == first.state else {"centre"} if by.state == CENTRE else {"other"}
    if not kinds & set(table.cases.second_person_from):
        raise ConfigError(
            where, f"{by.state} cannot confirm what {first.state} decided", f"somebody of {first.state} must"
        )
    verb = pending["verb"]
    parties = table.verbs[verb].parties
    if parties and "same" not in kinds and not case.parties(by.state) & set(parties):
        raise ConfigError(
            where, f"confirming this is for the {' or '.join(parties)}", f"somebody of {first.state} must"
        )
    return detail | {"of": pending["event"]}


def _check_decline(case: Case, by: Actor, detail: dict[str, Any], table: Table) -> dict[str, Any]:
    if case.pending is None:
        raise ConfigError(f"case {case.id}", "nothing waits for a second person", _ELSE)
    return detail | {"of": case.pending["event"]}


def _check_release(case: Case, by: Actor, detail: dict[str, Any], table: Table) -> dict[str, Any]:
    """Check what is released: own hits only, to states that the case concerns."""
    where = f"case {case.id}"
    own = [hit for hit in case.hits if by.state == (hit.owner if hit.owner in case.concerned else CENTRE)]
    wanted = detail.get("hits") or [hit.hit_id for hit in own]
    chosen = [hit for hit in own if hit.hit_id in wanted]
    if not chosen or len(chosen) != len(set(wanted)):
        raise ConfigError(where, f"{by.state} does not own these hits", "release hits of your own lists")
    to = list(detail.get("to") or [])
    wrong = sorted(set(to) - (set(case.concerned) - {by.state}))
    if wrong or not to:
        known = ", ".join(sorted(set(case.concerned) - {by.state})) or "nobody else"
        raise ConfigError(
            where, f"{', '.join(wrong) or 'nobody'} is not concerned by this case", f"it concerns {known}"
        )
    controlled = any(set(hit.caveats) & set(table.cases.originator_controlled) for hit in chosen)
    said = detail | {"to": to, "hits": [hit.hit_id for hit in chosen]}
    return said | ({"pending": True} if controlled else {})


_CHECKS = {
    "refer": _check_refer, "decide": _check_decide, "confirm": _check_second, "decline": _check_decline,
    "release": _check_release, "result": check_result,
}  # fmt: skip


# What people do.


def _by_people(case: Case, event: Event, table: Table) -> Case:
    detail, put = event.detail, msgspec.structs.replace
    to = table.verbs[event.kind].to
    after = put(case, status=to) if to else case
    if event.kind == "claim":
        return put(after, claimed_by=event.by, referred_to=None)
    if event.kind in ("release-claim", "answer"):
        return put(after, claimed_by=None)
    if event.kind == "refer":
        return put(after, claimed_by=None, referred_to=detail["to"])
    if event.kind == "reopen":
        return _begun_again(after, event, table)
    if event.kind in ("decide", "release") and detail.get("pending"):
        waits: dict[str, Any] = {name: detail[name] for name in ("outcome", "to", "hits") if name in detail}
        actor = msgspec.to_builtins(event.by)
        waits |= {"verb": event.kind, "by": str(event.by), "actor": actor, "event": event.number}
        return put(after, pending=waits)
    if event.kind == "decide":
        return _ended(after, detail["outcome"], table)
    if event.kind == "release":
        return _released(after, detail)
    if event.kind == "result":
        return with_result(after, event)
    if event.kind in ("confirm", "decline"):
        pending, after = case.pending, put(after, pending=None)
        if event.kind == "decline" or pending is None:
            return after
        return _ended(after, pending["outcome"], table) if pending["verb"] == "decide" else _released(after, pending)
    return after


def _ended(case: Case, name: str, table: Table) -> Case:
    """Return the case with an outcome; where its state is not done, the outcome is still to come, or stands since before."""
    to = table.outcomes[name].to
    outcome = name if table.is_done(to) else case.outcome
    return msgspec.structs.replace(case, status=to, outcome=outcome, pending=None)


def _ended_by_the_hub(case: Case, name: str, table: Table) -> Case:
    """Return the case with an outcome that nobody decided; what two persons agreed on stands."""
    return msgspec.structs.replace(_ended(case, name, table), outcome=stands(case, table) or name)


def _released(case: Case, detail: dict[str, Any]) -> Case:
    released = {state: list(ids) for state, ids in case.released.items()}
    for state in detail["to"]:
        released[state] = sorted({*released.get(state, []), *detail["hits"]})
    return msgspec.structs.replace(case, released=released)


def _begun_again(case: Case, event: Event, table: Table) -> Case:
    """Return the case as it is when it begins again; where its journey is over, nothing counts down.

    A denial stands meanwhile, unless a person began the case again for its own sake: nobody boards because of one hit more.
    """
    over = case.deadline is not None and case.deadline <= event.at
    return msgspec.structs.replace(
        case, status=table.cases.first, outcome=None if event.kind == "reopen" else stands(case, table),
        claimed_by=None, pending=None, referred_to=None, deadline=None if over else case.deadline,
    )  # fmt: skip


# What the hub does itself.


def _joined(case: Case, event: Event, table: Table) -> Case:
    """Hits, records and what the journey is now; a new hit begins a case again that was done.

    `settled` hits do not: the same was decided in this case, of the same entry and traveller.
    """
    detail = event.detail
    new = [msgspec.convert(hit, Hit) for hit in detail.get("hits", [])]
    known = {hit.hit_id for hit in case.hits}
    again = {hit.hit_id: hit for hit in new}  # of those that were withdrawn: their entries are listed again
    concerned = {each: sorted({*case.concerned.get(each, []), *roles}) for each, roles in detail["concerned"].items()}
    after = msgspec.structs.replace(
        case,
        hits=(
            *(again.get(hit.hit_id, hit) if hit.withdrawn else hit for hit in case.hits),
            *(hit for hit in new if hit.hit_id not in known),
        ),
        records=tuple(dict.fromkeys((*case.records, *detail.get("records", [])))),
        concerned=case.concerned | concerned,
        minor=case.minor or bool(detail.get("minor")),
        reply_to=detail.get("reply_to") or case.reply_to,
        **msgspec.convert(detail.get("times", {}), dict[str, datetime | None]),
    )
    for state, ids in detail.get("released", {}).items():
        after = _released(after, {"to": [state], "hits": ids})
    fresh = any(hit.live and hit.hit_id not in detail.get("settled", []) for hit in new)
    return _begun_again(after, event, table) if fresh and table.is_done(case.status) else after


def _moved(case: Case, event: Event, table: Table) -> Case:
    """Into the protection channel: what others decided and claimed there no longer holds."""
    channel = event.detail["channel"]
    after = msgspec.structs.replace(case, channel=channel, pending=None, results=kept_in(case, channel, table))
    if not table.is_done(after.status):
        after = msgspec.structs.replace(after, outcome=stands(after, table))
    holder = case.claimed_by
    if holder is not None and holder.role not in table.allowed_roles("claim", after.channel):
        back = table.states[case.status].held
        after = msgspec.structs.replace(after, claimed_by=None, status=table.cases.first if back else case.status)
    return after


def _suppressed(case: Case, event: Event, table: Table) -> Case:
    numbers = event.detail["hits"]
    hits = tuple(
        msgspec.structs.replace(hit, suppressed_by=numbers[hit.hit_id]) if hit.hit_id in numbers else hit
        for hit in case.hits
    )
    after = msgspec.structs.replace(case, hits=hits)
    return after if after.live or table.is_done(case.status) else _ended_by_the_hub(after, "suppressed", table)


def _heard_again(case: Case, event: Event, table: Table) -> Case:
    """A decision that made hits quiet was revoked: they ask again."""
    ids = event.detail["hits"]
    hits = tuple(msgspec.structs.replace(h, suppressed_by=None) if h.hit_id in ids else h for h in case.hits)
    after = msgspec.structs.replace(case, hits=hits)
    return _begun_again(after, event, table) if table.is_done(case.status) else after


def _withdrawn(case: Case, event: Event, table: Table) -> Case:
    ids = event.detail["hits"]
    hits = tuple(msgspec.structs.replace(h, withdrawn=True) if h.hit_id in ids else h for h in case.hits)
    after = msgspec.structs.replace(case, hits=hits)
    return after if after.live or table.is_done(case.status) else _ended_by_the_hub(after, "withdrawn", table)


def _escalated(case: Case, event: Event, table: Table) -> Case:
    return msgspec.structs.replace(case, told=case.told + 1, since=event.at)


def _departed(case: Case, event: Event, table: Table) -> Case:
    return msgspec.structs.replace(case, deadline=case.arrives_at)


def _missed(case: Case, event: Event, table: Table) -> Case:
    return _ended_by_the_hub(case, "missed", table)


def _merged(case: Case, event: Event, table: Table) -> Case:
    return msgspec.structs.replace(_ended(case, "merged", table), hits=(), records=(), claimed_by=None)


_BY_THE_HUB = {
    "joined": _joined, "changed": _joined, "moved": _moved, "suppressed": _suppressed, "heard-again": _heard_again,
    "withdrawn": _withdrawn, "escalated": _escalated, "departed": _departed, "missed": _missed, "merged": _merged,
}  # fmt: skip
