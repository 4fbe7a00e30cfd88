"""All analyses by name, for the command line and whoever asks by name.

Reach for `FINDERS`. One line registers an analysis; what it does is in its own module.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ops_hub.graph.analyses.broken import broken
from ops_hub.graph.analyses.brokers import brokers
from ops_hub.graph.analyses.communities import communities
from ops_hub.graph.analyses.cotravel import cotravel
from ops_hub.graph.analyses.cross import cross
from ops_hub.graph.analyses.finding import Finding
from ops_hub.graph.analyses.handovers import handovers
from ops_hub.graph.analyses.minors import minors
from ops_hub.graph.analyses.money import money
from ops_hub.graph.analyses.mules import mules
from ops_hub.graph.analyses.neighbours import neighbours
from ops_hub.graph.analyses.organisers import organisers, payers


@dataclass(frozen=True)
class Finder:
    """An analysis: called with the network, the settings, and those of `top`, `around`, `hops` that `takes` names.

    `begins` says that it needs a place to begin: `around` must be given.
    """

    find: Callable[..., Finding]
    help: str
    takes: frozenset[str] = frozenset({"top"})
    begins: bool = False

    def __call__(self, net: Any, settings: Any, **asked: Any) -> Finding:
        """Return the finding; arguments that are None, or that it does not take, are left out."""
        return self.find(net, settings, **{k: v for k, v in asked.items() if k in self.takes and v is not None})


def _of_journeys(find: Callable[..., Finding], help: str) -> Finder:
    """Return an analysis that is set by the section [moves] alone; it may be kept to what is around some nodes."""
    return Finder(lambda net, settings, **asked: find(net, settings.moves, **asked), help, frozenset({"top", "around"}))


FINDERS = {
    "neighbours": Finder(neighbours, "what is within some steps of persons or values (--around)", frozenset({"around", "hops"}), begins=True),
    "organisers": Finder(organisers, "who may stand behind many travellers, persons or unknown ones"),
    "payers": Finder(payers, "payments that paid for many"),
    "communities": Finder(communities, "groups that hang together"),
    "brokers": Finder(brokers, "who ties groups together"),
    "mules": Finder(mules, "documents of several persons, or in two places at once"),
    "minors": Finder(minors, "adults who take minors out and come back without them"),
    "cotravel": _of_journeys(cotravel, "who travels together more often than their routes explain"),
    "handovers": _of_journeys(handovers, "travellers brought to a port by one and taken on by another"),
    "broken": _of_journeys(broken, "journeys with a part that no feed tells of, stitched across islands and sea"),
    "cross": _of_journeys(cross, "one group met by several crimes or regions: each owner told without the other's content"),
    "money": _of_journeys(money, "who pays for whom, for a financial investigation beside"),
}  # fmt: skip
