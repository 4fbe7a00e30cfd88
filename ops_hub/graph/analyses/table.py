"""All analyses by name, for the command line and whoever asks by name.

Reach for `FINDERS`. One line registers an analysis; what it does is in its own module.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ops_hub.graph.analyses.brokers import brokers
from ops_hub.graph.analyses.communities import communities
from ops_hub.graph.analyses.finding import Finding
from ops_hub.graph.analyses.minors import minors
from ops_hub.graph.analyses.mules import mules
from ops_hub.graph.analyses.neighbours import neighbours
from ops_hub.graph.analyses.organisers import organisers, payers


@dataclass(frozen=True)
class Finder:
    """An analysis: called with the network, the settings, and those of `top`, `around`, `hops` that `takes` names."""

    find: Callable[..., Finding]
    help: str
    takes: frozenset[str] = frozenset({"top"})

    def __call__(self, net: Any, settings: Any, **asked: Any) -> Finding:
        """Return the finding; arguments that are None, or that it does not take, are left out."""
        return self.find(net, settings, **{k: v for k, v in asked.items() if k in self.takes and v is not None})


FINDERS = {
    "neighbours": Finder(neighbours, "what is within some steps of persons or values (--around)", frozenset({"around", "hops"})),
    "organisers": Finder(organisers, "who may stand behind many travellers, persons or unknown ones"),
    "payers": Finder(payers, "payments that paid for many"),
    "communities": Finder(communities, "groups that hang together"),
    "brokers": Finder(brokers, "who ties groups together"),
    "mules": Finder(mules, "documents of several persons, or in two places at once"),
    "minors": Finder(minors, "adults who take minors out and come back without them"),
}  # fmt: skip
