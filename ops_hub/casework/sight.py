"""How much of one hit a reader sees: the one rule of need to know, for cases and networks alike.

Reach for `sight_of()`. What a case shows of it is left to `handling`, what a network does to `desk.networks`.
"""

from __future__ import annotations

from enum import IntEnum

from ops_hub.casework.case import CENTRE, Actor
from ops_hub.casework.policy import Terms

PROTECTIVE = ("protection", "services")

# Terms of a hit that a reader has nothing to do with.
SHUT = Terms("never", frozenset(), frozenset(), hidden=True, protected=True, onward=False, unknown=())


class Sight(IntEnum):
    """How much of a hit a reader sees."""

    NOTHING = 0
    ELSEWHERE = 1  # that another desk handles the traveller, and only where something else of the case is seen
    EXISTS = 2  # hit/no-hit
    CONTENT = 3


def sight_of(
    said: Terms, reader: Actor, *, owns: bool, released: bool, on_journey: bool, minor: bool = False
) -> Sight:  # fmt: skip
    """Return how much of a hit a reader sees; each line that passes says what is allowed from there on.

    Args:
        said: what handling and caveats of the hit come to.
        reader: who asks; state and role decide.
        owns: the reader's state answers for the entry.
        released: its owner released the content to the reader's state.
        on_journey: the journey itself makes the hit the reader's.
        minor: the traveller is, or may be, under age.
    """
    if not (owns or released or on_journey):
        return Sight.NOTHING
    if not (owns or released) and kept_from(said, reader.state):
        return Sight.NOTHING
    if said.protected and reader.role not in PROTECTIVE and not (reader.role == "prosecutor" and released):
        return Sight.ELSEWHERE
    if not said.protected and reader.role in PROTECTIVE:
        # of a child the protection desk is told whatever the list is for
        return Sight.EXISTS if minor and reader.role == "protection" else Sight.ELSEWHERE
    if reader.role == "list-owner" and not owns:
        return Sight.NOTHING
    if reader.role in ("auditor", "system"):
        return Sight.EXISTS
    if owns:
        return Sight.CONTENT
    if said.content == "never" or said.unknown:
        return Sight.EXISTS
    allowed = released or said.content == "concerned" or reader.state in said.content_to
    return Sight.CONTENT if allowed else Sight.EXISTS


def kept_from(said: Terms, state: str) -> bool:
    """Return whether a state may not know that there is a hit; the centre is no state that anybody has for theirs."""
    return bool(said.unknown) or state in said.hidden_from or (said.hidden and state != CENTRE)
