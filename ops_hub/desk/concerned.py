"""Which states a journey and its hits concern, and what counts down. Pure.

Reach for `concerned_by()` and `times_of()`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from ops_hub.casework.case import CENTRE
from ops_hub.states import States


def concerned_by(row: Mapping[str, Any], owners: Sequence[str], states: States) -> dict[str, list[str]]:
    """Return what the journey and the lists make of each home state: owner, departure, transit, destination.

    Lists of bodies that are no home state (UN, USA) are kept by the centre, which stands for their owner.

    Args:
        row: of TRAVELLERS.
        owners: of the lists that were met.
        states: the home states.
    """
    begin, end = row["embark_port"] or row["from_port"], row["debark_port"] or row["to_port"]
    legs = row["legs"] or []
    via = [row["from_port"], row["to_port"], *(leg[part] for leg in legs for part in ("from_port", "to_port"))]
    ends = {states.of_port(begin), states.of_port(end)}
    told = [("departure", begin), ("destination", end)]
    told += [("transit", port) for port in via if states.of_port(port) not in ends]
    found: dict[str, list[str]] = {}
    for role, port in told:
        state = states.of_port(port)
        if state is not None and state in states.by_code:
            found.setdefault(state, []).append(role)
    for owner in owners:
        found.setdefault(owner if owner in states.by_code else CENTRE, []).append("owner")
    return together([found])


def together(parts: Sequence[Mapping[str, list[str]]]) -> dict[str, list[str]]:
    """Return what all of these make of each state."""
    found: dict[str, set[str]] = {}
    for each in parts:
        for state, roles in each.items():
            found.setdefault(state, set()).update(roles)
    return {state: sorted(found[state]) for state in sorted(found)}


def times_of(
    kept: Sequence[Mapping[str, Any]], concerned: Mapping[str, list[str]], now: datetime, *, late: bool
) -> dict[str, datetime | None]:
    """Return departs_at, arrives_at and deadline: the departure from a home state while it is to come, else the arrival.

    Args:
        kept: what keeping told of each record.
        concerned: what the case is to each state.
        now: the hub's time.
        late: found by a change of a list: where the journey is over, nothing counts down.
    """
    departs = next((utc(each["departs_utc"]) for each in kept if each["departs_utc"]), None)
    arrives = next((utc(each["arrives_utc"]) for each in kept if each["arrives_utc"]), None)
    outbound = any("departure" in roles for roles in concerned.values())
    first = departs if outbound and departs is not None and departs > now else None
    deadline = first or arrives or departs
    if late and deadline is not None and deadline <= now:
        deadline = None
    return {"departs_at": departs, "arrives_at": arrives, "deadline": deadline}


def utc(at: datetime) -> datetime:
    """Return a time with its zone, UTC."""
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
