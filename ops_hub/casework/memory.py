"""What is remembered of "not the person": which pair is quiet, for whom, until when, and what changed since.

Reach for `Remembered`, `person_parts()` and `entry_parts()` for what a pair is made of, `holds()` and
`changed()` for whether it is quiet. Only keyed
hashes of what people and entries are stand in here.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import msgspec

from ops_hub.casework.case import CENTRE
from ops_hub.casework.identity import name_of, papers_of

REGION = "region"
Hidden = Callable[[str], str]
"""A keyed hash: what is hashed is not told."""
_ENTRY = ("names", "births", "documents", "nationalities", "sex", "handling")


class Remembered(msgspec.Struct, frozen=True):
    """A decision that a pair of a person and an entry is not the same person.

    Attributes:
        number: as people say it; from 1.
        list_id: the entry's list.
        entry_id: the entry.
        case: where it was decided.
        by: STATE/NAME:ROLE.
        state: of who decided.
        at: when, the hub's time.
        expires: when it no longer holds.
        scope: region, or the state that it holds for.
        person: keyed hash of each part of the traveller that was compared.
        entry: the same of the entry.
        reason: what was written, sealed.
        revoked: by, at, and the sealed reason.
    """

    number: int
    list_id: str
    entry_id: str
    case: int
    by: str
    state: str
    at: datetime
    expires: datetime
    scope: str
    person: dict[str, str]
    entry: dict[str, str]
    reason: str
    revoked: dict[str, Any] | None = None


def person_parts(row: Mapping[str, Any], hidden: Hidden) -> dict[str, str]:
    """Return keyed hashes of what a traveller is: a change in one of them is material."""
    parts = {
        "name": name_of(row), "birth": row["birth_date"], "sex": row["sex"], "nationality": row["nationality"],
        "documents": papers_of(row),
    }  # fmt: skip
    return {f"traveller's {name}": hidden(json.dumps(value)) for name, value in parts.items()}


def entry_parts(row: Mapping[str, Any], hidden: Hidden) -> dict[str, str]:
    """Return the same of an entry; what its owner remarks is not material."""
    return {f"entry's {name}": hidden(json.dumps(_ordered(row[name]), default=str)) for name in _ENTRY}


def _ordered(value: Any) -> Any:
    """Return a list in an order of its own, so that an owner may sort names anew."""
    return sorted(json.dumps(each, default=str, sort_keys=True) for each in value) if isinstance(value, list) else value


def changed(known: Remembered, person: Mapping[str, str], entry: Mapping[str, str]) -> list[str]:
    """Return what changed materially since the decision, in words; empty where nothing did."""
    before, now = known.person | known.entry, dict(person) | dict(entry)
    return [name for name in now if before.get(name) != now[name]]


def holds(known: Remembered, now: datetime, concerned: Mapping[str, list[str]]) -> bool:
    """Return whether a decision holds at this time for a case that concerns these states.

    One that holds for a state alone holds where no other state is concerned, besides owners of what was met.
    """
    if known.revoked is not None or now >= known.expires:
        return False
    if known.scope == REGION:
        return True
    others = {state for state, roles in concerned.items() if set(roles) - {"owner"}}
    return others - {CENTRE} <= {known.scope}
