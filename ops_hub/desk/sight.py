"""What a reader may see of cases: the one place in which the desk asks `casework.handling`.

Reach for `seen()`, `seen_of()` and, for many readers at once, `seen_by()`. Whether a state may know of a case can depend on who the traveller is, so content is
always opened first; where it is gone for ever, only those see what is left who may know in any event.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from ops_hub.casework.case import CENTRE, PROTECTION, Actor, Bundle, Case
from ops_hub.casework.handling import all_terms, view
from ops_hub.desk.filing import EMPTY, Desk, opened_bundle
from ops_hub.errors import StoreError
from ops_hub.store import cases as store

CONTENT = ("content", "traveller")  # what of a view says who somebody is


@dataclass(frozen=True)
class Sight:
    """A case, its content, what the reader may see of it, and why content is missing."""

    case: Case
    bundle: Bundle
    told: dict[str, Any]
    missing: str = ""

    @property
    def apart(self) -> bool:
        """Whether another desk leads the case: how it stands is not told."""
        return self.told.get("status") != self.case.status


def seen(desk: Desk, number: int, reader: Actor, *, masked: bool = False) -> Sight | None:
    """Return what a reader may see of a case, None where there is none, or none for them.

    Args:
        desk: the hub's desk.
        number: of the case.
        reader: who asks.
        masked: retention hides who the traveller is.
    """
    return seen_of(desk, [number], reader, masked=masked).get(number)


def seen_of(desk: Desk, numbers: Sequence[int], reader: Actor, *, masked: bool = False) -> dict[int, Sight]:
    """Return the same of many cases, by number."""
    return seen_by(desk, numbers, [reader], masked=masked)[reader]


def seen_by(
    desk: Desk, numbers: Sequence[int], readers: Sequence[Actor], *, masked: bool = False
) -> dict[Actor, dict[int, Sight]]:
    """Return the same to many readers; each case is opened once."""
    found: dict[Actor, dict[int, Sight]] = {reader: {} for reader in readers}
    openers: dict[tuple[str, str], Callable[[bytes, bytes], bytes]] = {}  # a key is asked for once, and kept no longer

    def unseal(owner: str, period: str, sealed: bytes, about: bytes) -> bytes:
        if (owner, period) not in openers:
            openers[owner, period] = desk.hub.keyring.opener(owner, period)
        return openers[owner, period](sealed, about)

    for number, kept in store.stored(desk.hub, numbers).items():
        case = msgspec.json.decode(kept.case, type=Case)
        try:
            bundle, missing = opened_bundle(desk.hub, case, kept.content, unseal), ""
        except StoreError as error:
            bundle, missing = EMPTY, error.reason
        missing = missing or ("masked by retention" if masked else "")
        known = all_terms(case, bundle, desk.policy) if len(readers) > 1 else None
        for reader in readers:
            knows = bundle is not EMPTY or _knows_anyway(case, reader)
            told = view(case, bundle, reader, desk.policy, known=known) if knows else None
            if told is not None:
                hidden: dict[str, Any] = {name: [] for name in CONTENT if name in told and missing}
                found[reader][number] = Sight(case, bundle, told | hidden, missing)
    return found


def _knows_anyway(case: Case, reader: Actor) -> bool:
    return reader.state == CENTRE or "owner" in case.parties(reader.state) or case.channel != PROTECTION
