"""What a desk is told when something happens to a case: that it is needed and by when, never about whom.

Reach for `kind_for()` and `text()`, and for `network_text()` where no case is the reason. Notices travel by streams, e-mail and telephones, so they hold a case's number, a
time and a desk's address, whatever happened; of networks a reference and the numbers of the reader's own entries, without
the list: its name says what somebody is listed for.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from ops_hub.casework.case import CENTRE, Event
from ops_hub.casework.policy import Policy
from ops_hub.errors import ConfigError


def kind_for(policy: Policy, event: Event, state: str, told: Mapping[str, Any]) -> str | None:
    """Return the kind of notice that an event makes for a state, None where it makes none.

    Args:
        policy: which event makes which notice.
        event: what happened to a case.
        state: whose desk.
        told: the desk's view of the case; who has none gets no notice.
    """
    rule = policy.sharing.notices.get(event.kind)
    if rule is None:
        return None
    if event.detail.get("pending") and rule.pending:  # a colleague must agree, or the centre
        return rule.pending if state in (event.by.state, CENTRE) else None
    if rule.to == "to":
        return rule.kind if state in _named(event.detail) else None
    if event.by.state == state and event.by.role != "system":
        return None  # nobody needs to be told what they did themselves
    if rule.to == "owner":
        own = any(policy.is_custodian(state, lead["owner"]) for lead in told["leads"])
        return rule.kind if own else None
    return rule.kind


def _named(detail: Mapping[str, Any]) -> set[str]:
    """Return the states that an event names."""
    found: set[str] = set()
    for name in ("to", "state"):
        said = detail.get(name)
        found |= {said} if isinstance(said, str) else {str(each) for each in said} if isinstance(said, list) else set()
    return found


def language_of(policy: Policy, state: str) -> str:
    """Return the language of a state's notices: the first of its own that there are texts in, else English."""
    known = policy.states.by_code.get(state)
    return next((each for each in known.languages if each in policy.sharing.texts), "en") if known else "en"


def text(policy: Policy, kind: str, case: int, language: str, *, now: datetime, deadline: datetime | None) -> str:
    """Return a notice in words.

    Args:
        policy: the texts.
        kind: which notice.
        case: number of the case.
        language: of the reader.
        now: the hub's time; a deadline of the same day is told without its date.
        deadline: when it must be done, UTC; left out where that is over.
    """
    texts = policy.sharing.texts[language]
    if deadline is not None and deadline <= now:  # nobody is needed by a time that is over
        deadline = None
    shown = "" if deadline is None else f"{deadline:%H:%M} UTC"
    if deadline is not None and deadline.date() != now.date():
        shown = f"{deadline:%Y-%m-%d %H:%M} UTC"
    return texts[kind].format(case=case, by=texts["by"].format(time=shown) if shown else "")


def meeting_text(policy: Policy, case: int, what: str, contact: Mapping[str, str], language: str) -> str:
    """Return the words for: another desk works on the same person, document or telephone; contact point only."""
    texts = policy.sharing.texts[language]
    return texts["other"].format(case=case, what=texts[what], contact=_desk(contact))


def network_text(
    policy: Policy, meeting: str, own: Iterable[str], language: str, *, has_own_intelligence: bool
) -> str:  # fmt: skip
    """Return the words for: another owner's work looks like it concerns the same group; speak to the centre.

    Args:
        policy: the texts.
        meeting: what the centre knows the meeting by.
        own: node ids of the reader's own entries, entry:LIST/NUMBER.
        language: of the reader.
        has_own_intelligence: its own intelligence is in it as well.

    Raises:
        ConfigError: these rules have no such text.
    """
    texts = policy.sharing.texts[language]
    if lacking := sorted({"network", "intelligence"} - texts.keys()):
        raise ConfigError(f"rules/sharing.toml [texts.{language}]", f"no text for {', '.join(lacking)}", "write them")
    numbers = sorted({node.partition("/")[2] for node in own})
    told = ", ".join([*numbers, *[texts["intelligence"]] * has_own_intelligence])
    return texts["network"].format(meeting=meeting, own=told, contact=_desk(policy.contact(CENTRE)))


def _desk(contact: Mapping[str, str]) -> str:
    return ", ".join(part for part in (contact["desk"], contact["email"], contact["duty_phone"]) if part)
