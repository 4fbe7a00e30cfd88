"""Legal holds as they stand in the hub, and the content of cases that only a hold still keeps past its time.

Reach for `all_holds()`, and for `content_of()` where the key of a case's day is gone. Who may order a hold, and what is
put aside under it, is decided by engines.live.holds.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime

import msgspec

from ops_hub.errors import StoreError
from ops_hub.store.hub import Hub, key

HOLDS = key("retention", "holds")


class Hold(msgspec.Struct, frozen=True, kw_only=True):
    """A legal hold.

    Attributes:
        id: its number.
        about: what people call it: "BRB 2026-11-23", "record R", "case 7".
        places: (state, day) that it is about.
        is_whole: all of these; else only the records, and the case's content.
        reason: why, sealed; `holds.why()` opens it.
    """

    id: int
    about: str
    places: tuple[tuple[str, str], ...]
    is_whole: bool
    reason: str
    by: str
    at: datetime
    records: tuple[str, ...] = ()
    case: int | None = None

    @property
    def period(self) -> str:
        """The period of the key that what it keeps is sealed with."""
        return f"hold-{self.id}"


def all_holds(hub: Hub) -> list[Hold]:
    """Return the holds that stand."""
    found = [msgspec.json.decode(value, type=Hold) for value in hub.client.hvals(HOLDS)]
    return sorted(found, key=lambda hold: hold.id)


def put_aside(hub: Hub, hold: Hold, state: str, name: str, data: bytes) -> None:
    """Keep a part of a case's content under the key of a hold; the same name again replaces it."""
    sealed = hub.keyring.seal(state, hold.period, data, f"{hold.about} {name}".encode())
    hub.client.hset(key("retention", hold.period), name, sealed)


def content_of(hub: Hub, case: int) -> dict[str, bytes]:
    """Return the content of a case that holds keep, by the name of its part: fields of the case, and `event N`."""
    found: dict[str, bytes] = {}
    for hold in all_holds(hub):
        if hold.case == case:
            for name, data in hub.client.hgetall(key("retention", hold.period)).items():
                for state in {state for state, _ in hold.places}:
                    with suppress(StoreError):
                        about = f"{hold.about} {name.decode()}".encode()
                        found[name.decode()] = hub.keyring.unseal(state, hold.period, data, about)
    return found
