"""A case as its reader may see it, for operations that tell more of it than `cases.show` does.

Reach for `opened()`: whoever may not see a case is told that there is none, and the audit log knows before anything is
told. `Number` is a case's number wherever one is asked for.
"""

from __future__ import annotations

from typing import Annotated

import msgspec

from ops_hub.casework.case import CENTRE, Actor
from ops_hub.casework.handling import JOURNEY
from ops_hub.desk.filing import no_case
from ops_hub.desk.sight import Sight, seen
from ops_hub.engines.live.requests import masking
from ops_hub.service.centre import Centre
from ops_hub.service.table import Caller
from ops_hub.store.audit import record

Number = Annotated[int, msgspec.Meta(ge=1, le=10**15)]

_ROLES = ("officer", "supervisor", "protection")  # whose work is with a whole flight


class OfCase(msgspec.Struct, forbid_unknown_fields=True):
    """Which case."""

    case: Number


def opened(centre: Centre, by: Caller, number: int, action: str = "") -> Sight:
    """Return what somebody may see of a case; content is missing where retention masks it.

    Args:
        centre: what it is read with.
        by: who asks.
        number: of the case.
        action: word for the audit log, with the purpose; '' where nobody's data are told.

    Raises:
        MissingError: there is no such case, or none for this reader; both in the same words.
        AccessError: cases are none of this account's business.
    """
    desk, reader = centre.desk, by.actor
    found = seen(desk, number, reader, masked=masking(desk)(number, reader))
    if found is None:
        record(desk.hub, str(reader), "case-refused", f"case {number}", purpose=by.purpose, wanted=action or "show")
        raise no_case(number)
    if action:
        record(desk.hub, str(reader), action, f"case {number}", purpose=by.purpose, missing=found.missing)
    return found


def on_journey(found: Sight, reader: Actor) -> bool:
    """Return whether the journey itself makes a case a reader's state's; the centre screened it."""
    return reader.state == CENTRE or bool(found.case.parties(reader.state) & set(JOURNEY))


def may_look_around(found: Sight, reader: Actor) -> bool:
    """Return whether a reader may know who else travels: by their work, and because the journey is their state's."""
    return reader.role in _ROLES and on_journey(found, reader)
