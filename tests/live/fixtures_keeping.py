"""What tests of keeper and retention share: the hub and travellers of tests/store, the states, people of their desks."""

from __future__ import annotations

from ops_hub.casework.case import Actor
from ops_hub.states import home_states
from ops_hub.store.hub import key

from ..store.fixtures_keeping import kept, kept_hub, people

__all__ = ["ANN", "BEN", "STATES", "hand_over", "kept", "kept_hub", "people"]

STATES = home_states()
ANN, BEN = Actor("BRB", "ann", "officer"), Actor("BRB", "ben", "supervisor")


def hand_over(hub, state, day, screening, frame):
    """Put travellers on the stream that the keeper reads, as a worker does."""
    item = kept(hub, state, day, screening, frame)
    fields = {"state": state, "day": day, "rows": item.rows, "screening_id": screening, "blob": item.blob}
    hub.client.xadd(key("kept"), fields)
