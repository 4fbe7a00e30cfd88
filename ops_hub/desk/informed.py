"""What each state may be told of persons whom an operation is about: tasks are made at the centre, for all states.

Reach for `informed()`. A state on somebody's next journey gets that person's hits once the journey is screened, so it is
asked here as if the journey were its own already; caveats and nationality rules hold as they do in cases.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from ops_hub.casework.case import CENTRE, Actor
from ops_hub.casework.policy import Policy
from ops_hub.casework.sight import Sight, sight_of
from ops_hub.desk.networks import Statement, statements
from ops_hub.graph.net import Network
from ops_hub.operations.tasking import Informed


def informed(net: Network, states: Iterable[str], persons: Collection[str], policy: Policy) -> Informed:
    """Return what states, and the centre, may be told of persons.

    Args:
        net: the whole network.
        states: participating states.
        persons: ids.
        policy: what the region agreed on.
    """
    asked = [CENTRE, *states]
    handling: dict[tuple[str, str], str] = {}
    said: set[str] = set()  # of whom something says that they are to be protected
    helps: set[tuple[str, str]] = set()
    wanted = set(persons)
    for each in statements(net, policy):
        for person in wanted.intersection(each.persons):
            if each.terms.protected:
                said.add(person)
            for state in asked:
                if not _may_know(each, state, policy):
                    continue
                if each.terms.protected:
                    helps.add((state, person))
                # who asks that nobody be stopped is heard first
                elif handling.get((state, person)) != "discreet":
                    handling[state, person] = each.edge["handling"] or "discreet"
    nations = dict(net.nodes.select("node_id", "nationalities").iter_rows())
    own = dict(net.nodes.select("node_id", "nationality").iter_rows())
    # a minor, or a case without its hit: nobody's list forbids it, but the state whose national it is, is not told
    helps |= {
        (state, person)
        for person in wanted - said
        for state in asked
        if state not in {*(nations.get(person) or ()), own.get(person)}
    }
    return Informed(handling, frozenset(helps))


def _may_know(each: Statement, state: str, policy: Policy) -> bool:
    """Return whether the desk whose work it is may know that there is a statement, on a journey of its state."""
    desk = Actor(state, "tasks", "protection" if each.terms.protected else "officer")
    owns = policy.is_custodian(state, each.edge["owner"] or "")
    sight = sight_of(each.terms, desk, owns=owns, released=False, on_journey=True, minor=each.minor)
    return sight is Sight.CONTENT or (sight is Sight.EXISTS and each.edge["link"] == "hit")
