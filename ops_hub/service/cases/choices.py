"""What somebody's role may do with cases: verbs, and what they may decide; what one case allows is told when it is done."""

from __future__ import annotations

import msgspec

from ops_hub.casework.case import CENTRE, CHANNELS, PROTECTION
from ops_hub.casework.table import Outcome, Table
from ops_hub.service.centre import Centre
from ops_hub.service.table import Caller, operation


class Nothing(msgspec.Struct, forbid_unknown_fields=True):
    """Nothing has to be told."""


class Choice(msgspec.Struct):
    """An outcome that may be decided: in which states of a case, and whether a second person must confirm it."""

    name: str
    sources: list[str]
    second: bool


class Choices(msgspec.Struct):
    """What a role may do.

    Attributes:
        verbs: of rules/cases.toml.
        claim_from: states that a case can be claimed in.
        outcomes: in the order of rules/cases.toml; those that the hub alone says are left out.
        needs_reason: whether words must be given with a decision.
    """

    verbs: list[str]
    claim_from: list[str]
    outcomes: list[Choice]
    needs_reason: bool


@operation("cases.choices", "GET", "/cases/choices")
def choices(centre: Centre, by: Caller, asked: Nothing) -> Choices:
    """Tell what your role may do with cases, and what it may decide."""
    table, actor = centre.desk.table, by.actor
    verbs = [verb for verb in table.verbs if any(actor.role in table.allowed_roles(verb, each) for each in CHANNELS)]
    found = [
        Choice(each.name, each.sources or list(table.verbs["decide"].sources), each.second)
        for each in table.outcomes.values()
        if _is_for(table, each, actor.role, actor.state)
    ]
    return Choices(verbs, list(table.verbs["claim"].sources), found, table.verbs["decide"].reason)


def _is_for(table: Table, outcome: Outcome, role: str, state: str) -> bool:
    """Return whether a role of a state may ever decide an outcome: states can be any party, the centre is only itself."""
    if outcome.system or (outcome.parties and state == CENTRE and "centre" not in outcome.parties):
        return False
    channels = [each for each in outcome.channels if not (outcome.enforcement and each == PROTECTION)]
    return any(role in table.allowed_roles("decide", each) for each in channels)
