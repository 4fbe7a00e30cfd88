"""Owners whose work meets in one network: each told in its own mailbox, none of the other's content.

Reach for `tell()` to tell them, and for `notices_for()` for what one reader sees of it. The comparison is the machine's, on
the whole network: nobody reads along, and what comes of it for an owner holds its own entries alone. What goes to
protection desks, and what the centre may not know of, takes no part.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import dataclass, replace

import polars as pl

from ops_hub.casework.case import CENTRE, Actor
from ops_hub.casework.notices import language_of, network_text
from ops_hub.casework.policy import Policy, Terms, terms_of
from ops_hub.casework.sight import PROTECTIVE, kept_from
from ops_hub.engines.live.sharing import secret_of, tell_once
from ops_hub.errors import ConfigError
from ops_hub.graph.analyses.cross import Meeting, meetings
from ops_hub.graph.net import Network
from ops_hub.graph.settings import Moves
from ops_hub.store import audit
from ops_hub.store.hub import Hub

TELLERS = ("officer", "supervisor")
_REFERENCE = 8  # signs of a mark by which people speak of a meeting


@dataclass(frozen=True)
class Told:
    """An owner that was told: of which find, by which reference, and whether now or before."""

    number: int
    owner: str
    reference: str
    is_new: bool


def tell(hub: Hub, net: Network, by: Actor, settings: Moves, policy: Policy) -> list[Told]:
    """Put a notice into the mailbox of every owner whose work meets another's; of the same work once, however often told.

    Args:
        hub: the hub that the network was built from.
        net: the whole network, not one cut to a reader.
        by: who asks: of the centre.
        settings: rules/graph.toml [moves].
        policy: what the region agreed on; the centre's own desk stands for owners that are no home states.

    Raises:
        ConfigError: it is not for this person, the network is not the hub's, or there is no text for it.
    """
    if by.state != CENTRE or by.role not in TELLERS:
        raise ConfigError(str(by), "owners are told by the centre", f"ask the centre's {' or '.join(TELLERS)}")
    if not of_hub(net):
        raise ConfigError("--tell", "this network was not built from the hub", "ops-hub graph build --hub makes one")
    found = meetings(_as_agreed(net, policy), settings)
    said = {
        id(each): _said(hub, each, policy) for each in found
    }  # a text that is missing is found before anybody is told
    owners = sorted({each.owner for each in found})
    audit.record(
        hub, str(by), "network-compared", f"network {net.about.get('name')}", owners=owners, notices=len(found)
    )
    return [_tell(hub, each, by, policy, *said[id(each)]) for each in found]


def notices_for(net: Network, reader: Actor, settings: Moves, policy: Policy) -> list[tuple[str, str]]:
    """Return what a reader sees of the comparison, (owner, words): its own notices; the centre whom else there is to tell.

    Args:
        net: the whole network.
        reader: who asks; protection desks have no part in it.
        settings: rules/graph.toml [moves].
        policy: what the region agreed on.
    """
    if reader.role in PROTECTIVE:
        return []
    shown = []
    for each in meetings(_as_agreed(net, policy), settings):
        if policy.is_custodian(reader.state, each.owner):
            shown.append((each.owner, _text(policy, each, str(net.about.get("as_of") or ""))))
        elif reader.state == CENTRE and reader.role in TELLERS:
            shown.append((each.owner, f"find {each.number} of the whole network meets its work; --tell tells its desk"))
    return shown


def of_hub(net: Network) -> bool:
    """Return whether a network holds what the hub keeps."""
    return "hub" in (net.about.get("inputs") or {})


def _as_agreed(net: Network, policy: Policy) -> Network:
    """Return the network with what caveats come to: protected work marked so, and none that the centre may not know of."""
    is_work = (pl.col("link") == "hit") | pl.col("grade").is_not_null()
    works = net.edges.filter(is_work)
    terms: dict[tuple[str, tuple[str, ...]], Terms] = {}
    marks, kept = [], []
    for handling, caveats in works.select("handling", "caveats").iter_rows():
        asked = (handling or "protect", tuple(caveats or ()))
        said = terms.setdefault(asked, terms_of(policy, *asked, frozenset()))
        marks.append("protect" if said.protected else handling)
        kept.append(said.protected or not kept_from(said, CENTRE))
    works = works.with_columns(pl.Series("handling", marks, dtype=pl.String)).filter(pl.Series(kept, dtype=pl.Boolean))
    return replace(net, edges=pl.concat([works, net.edges.filter(~is_work)]))


def _said(hub: Hub, meeting: Meeting, policy: Policy) -> tuple[str, str]:
    """Return the mark that a meeting is known again by, and its words.

    The mark is of what the owner may know to be there: where something joins that is hidden from it, nothing is told.
    """
    content = json.dumps([meeting.owner, meeting.known]).encode()
    mark = hmac.new(secret_of(hub), b"network " + content, hashlib.sha256).hexdigest().upper()
    return mark, _text(policy, meeting, mark[:_REFERENCE])


def _text(policy: Policy, meeting: Meeting, reference: str) -> str:
    language = language_of(policy, _desk(policy, meeting.owner))
    return network_text(policy, reference, meeting.own, language, has_own_intelligence=meeting.has_own_intelligence)


def _desk(policy: Policy, owner: str) -> str:
    return owner if owner in policy.states.by_code else CENTRE


def _tell(hub: Hub, meeting: Meeting, by: Actor, policy: Policy, mark: str, text: str) -> Told:
    state, reference = _desk(policy, meeting.owner), mark[:_REFERENCE]
    said = {"meeting": reference, "kind": "network", "text": text, "language": language_of(policy, state)}
    line = audit.line(str(by), "network-told", f"meeting {reference}", owner=meeting.owner, desk=state)
    return Told(meeting.number, meeting.owner, reference, tell_once(hub, f"network:{mark}", state, said, line))
