"""A network for who asks: whole where it was built from files, cut to its reader where it holds what the hub keeps.

Reach for `network_for()` in every command that shows a network, for `asked()` to put a question to it, and for `found_for()`
where notices to owners are shown as well.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import click

from ops_hub.casework.case import Actor
from ops_hub.casework.policy import sharing_policy
from ops_hub.cli.persons import person
from ops_hub.desk.networks import for_reader
from ops_hub.engines.live.meetings import notices_for, of_hub
from ops_hub.engines.network import opened
from ops_hub.graph.analyses.finding import Finding
from ops_hub.graph.analyses.table import FINDERS
from ops_hub.graph.analyses.which import which
from ops_hub.graph.net import Network
from ops_hub.graph.settings import Settings, graph_settings
from ops_hub.states import home_states

folder_argument = click.argument("folder", metavar="DIR", type=click.Path(path_type=Path, exists=True, file_okay=False))


def reader_of(net: Network, who: str | None, rules: Path | None) -> Actor | None:
    """Return who asks; None where the network was built from files alone and nobody was named: it is theirs, and whole."""
    if who is None and not of_hub(net):
        return None
    return person(who, home_states(rules))


def network_for(folder: Path, who: str | None, rules: Path | None) -> Network:
    """Return the network of a folder as the person may see it.

    Raises:
        StoreError: the folder holds none, or one that is not whole.
        ConfigError: networks are not for the role.
    """
    net = opened(folder)
    reader = reader_of(net, who, rules)
    if reader is None:
        return net
    freed = ((net.about.get("inputs") or {}).get("hub") or {}).get("released") or {}
    released = [(record, entry) for record, entry in freed.get(reader.state, ())]
    return for_reader(net, reader, sharing_policy(rules), released=released)


def asked(
    net: Network, kind: str, settings: Settings, *, around: Sequence[str] = (), hops: int | None = None, top: int | None = None
) -> Finding:  # fmt: skip
    """Return what an analysis finds, its arguments checked.

    Raises:
        click.UsageError: an argument says nothing to this analysis, or one is missing.
        ConfigError: no node, or several, are called what `around` says.
    """
    finder = FINDERS[kind]
    for name, given in (("around", around), ("hops", hops)):
        if given and name not in finder.takes:
            raise click.UsageError(f"--{name} says nothing to {kind}; leave it out")
    if finder.begins and not around:
        raise click.UsageError(f"{kind} needs a place to begin: give --around NODE")
    starts = [which(net, text) for text in around] or None
    return finder(net, settings, around=starts, hops=hops, top=top)


def found_for(
    folder: Path, who: str | None, rules: Path | None, kind: str, *, around: Sequence[str] = (), hops: int | None = None,
    top: int | None = None,
) -> Finding:  # fmt: skip
    """Return what an analysis finds in the network as the person may see it; notices compare the whole of it.

    With `around` there are no notices: what is near what somebody sees is not told of the rest.

    Raises:
        click.UsageError, ConfigError, StoreError: as `network_for` and `asked`.
    """
    net, settings = opened(folder), graph_settings(rules)
    reader = reader_of(net, who, rules)
    if reader is None:
        return asked(net, kind, settings, around=around, hops=hops, top=top)
    policy = sharing_policy(rules)
    found = asked(for_reader(net, reader, policy), kind, settings, around=around, hops=hops, top=top)
    if kind != "cross":
        return found
    said = [] if around else notices_for(net, reader, settings.moves, policy)
    words = (
        *found.words,
        "Notices come of the machine's comparison of the whole network; all else is what you may see.",
    )
    return replace(found, words=words, notices=tuple(said))
