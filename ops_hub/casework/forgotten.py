"""A case and its events into what counts alone: how it ended, which states acted, and nothing to recognise anybody by.

Reach for `reduced()` when the time of a case is over. Figures stay as they were; the journey's day becomes a month, people
become their state and role, hits keep their list and lose their entry. When that is done is told by retention.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec

from ops_hub.casework.case import HUB, Actor, Case, Event, Hit
from ops_hub.casework.policy import Policy

UNKNOWN = (
    "(unknown)"  # stands for caveats that nobody knows: their words are an owner's own, and count as the strictest
)
_ENDED = ("missed", "withdrawn", "suppressed", "merged")  # by the hub itself
_EACH = (
    "decide",
    "confirm",
    "decline",
    "answer",
    "result",
    "reopen",
)  # counted one by one; of others one a state will do
_SAID = ("outcome", "pending", "of", "result", "operation", "band", "retract")
_NOBODY = "forgotten"


def reduced(case: Case, events: Iterable[Event], now: datetime, policy: Policy) -> tuple[Case, list[Event]]:
    """Return what stays of a case and of its events; the last of these says that the rest was forgotten.

    Of the times, days stay (an account of an operation counts by day): those of opening, decisions and results.

    Args:
        case: the case.
        events: all that happened.
        now: the hub's time.
        policy: which caveats are known.
    """
    ids = {hit.hit_id: str(place) for place, hit in enumerate(case.hits, 1)}
    holder = case.claimed_by
    made = Case(
        id=case.id, key="", status=case.status, channel=case.channel, concerned=case.concerned, keeper=case.keeper,
        day=case.day[:7], opened_at=_day(case.opened_at), flight=None, from_port=None, to_port=None, departs_at=None,
        arrives_at=None, deadline=None, hits=tuple(_hit(hit, ids, policy) for hit in case.hits),
        claimed_by=_nameless(holder) if holder is not None else None, outcome=case.outcome, minor=case.minor,
        released={state: [ids[hit] for hit in hits if hit in ids] for state, hits in case.released.items()},
        referred_to=case.referred_to, events=case.events + 1, forgotten=True,
        results=tuple(msgspec.structs.replace(each, at=_day(each.at)) for each in case.results),
    )  # fmt: skip
    return made, [*_counted(events, ids), Event(made.events, _day(now), "forgotten", HUB)]


def _hit(hit: Hit, ids: Mapping[str, str], policy: Policy) -> Hit:
    known = {each if each.partition(":")[0] in policy.sharing.caveats else UNKNOWN for each in hit.caveats}
    return Hit(
        hit_id=ids[hit.hit_id], record_id="", list_id=hit.list_id, entry_id="", entry_hash="", owner=hit.owner,
        handling=hit.handling, band=hit.band, score=0.0, snapshot="", screening_id="", caveats=tuple(sorted(known)),
        withdrawn=hit.withdrawn, suppressed_by=None if hit.suppressed_by is None else 0,
    )  # fmt: skip


def _counted(events: Iterable[Event], ids: Mapping[str, str]) -> Iterable[Event]:
    """Yield the events that figures are made of, in their order and with their numbers."""
    known = set()
    for event in events:
        by_hub = event.by.role == HUB.role
        hits = sorted({ids.get(each, "0") for each in _hits(event)})  # 0: of no hit, as before
        said = (event.kind, event.by.state, *hits)
        if event.kind in (_ENDED if by_hub else _EACH) or not (by_hub or said in known):
            known.add(said)
            detail: dict[str, Any] = {name: event.detail[name] for name in _SAID if name in event.detail}
            detail |= {"hits": hits} if hits else {}
            yield Event(event.number, _day(event.at), event.kind, _nameless(event.by), detail)


def _hits(event: Event) -> Iterable[str]:
    return [each["hit_id"] if isinstance(each, Mapping) else each for each in event.detail.get("hits") or ()]


def _nameless(by: Actor) -> Actor:
    return by if by.role == HUB.role else Actor(by.state, _NOBODY, by.role)


def _day(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
