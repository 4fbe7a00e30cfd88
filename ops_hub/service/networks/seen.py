"""Networks under HOME/networks as each reader sees them, their finds and charts, kept while nothing changes.

Reach for `kept_names()`, then `seen()` for a reader's network, `finding()` for a question to it and `drawing()` for a
chart. What a reader sees hangs on the network's files (with the releases of the day it was built), the rules, and the
reader's state and role; all that is made of it is kept by these, and by the day, for retention ends by days.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ops_hub.casework.case import CENTRE, Actor
from ops_hub.casework.policy import sharing_policy
from ops_hub.desk.networks import READERS, for_reader
from ops_hub.engines.live.meetings import notices_for
from ops_hub.engines.live.old_networks import FOLDER
from ops_hub.engines.network import keep_until, opened
from ops_hub.errors import AccessError, ConfigError, MissingError, StoreError
from ops_hub.graph.analyses.finding import Finding
from ops_hub.graph.analyses.table import FINDERS
from ops_hub.graph.analyses.which import which
from ops_hub.graph.chart import page_data
from ops_hub.graph.charts.drawn import drawn
from ops_hub.graph.charts.folding import DRAWN, within
from ops_hub.graph.charts.model import Chart, of_network
from ops_hub.graph.charts.of_finding import of_finding
from ops_hub.graph.net import Network
from ops_hub.graph.settings import Settings, graph_settings
from ops_hub.service.centre import Centre
from ops_hub.service.shelf import Shelf
from ops_hub.store.graphs import ACCOUNT

_MOST = 8_000_000  # rows of frames and nodes of charts kept, about 2 GB at worst
_CHARTED = 50  # what a node of a chart weighs against a row of a frame
MOST_FOUND = 200  # rows of a table of finds


@dataclass(frozen=True)
class Seen:
    """A network as a reader sees it.

    Attributes:
        name: of its folder.
        net: what the reader sees.
        settings: rules/graph.toml.
        key: all that it depends on.
        whole: where the whole of it lies, for what machines compare.
        reader: who asks.
    """

    name: str
    net: Network
    settings: Settings
    key: tuple[Any, ...]
    whole: Path
    reader: Actor


@dataclass(frozen=True)
class View:
    """Which part of a network is looked at: what an analysis finds, what is near some nodes, or all."""

    find: str = ""
    around: tuple[str, ...] = ()
    hops: int | None = None
    top: int | None = None


@dataclass(frozen=True)
class Drawing:
    """A chart, as the page's scripts draw it."""

    chart: Chart
    words: tuple[str, ...]
    data: Mapping[str, Any]
    places: Mapping[str, Any]


def kept_names(centre: Centre) -> list[tuple[str, Mapping[str, Any]]]:
    """Return the names and accounts of networks that may be read today, the newest first."""
    today, found = centre.hub.now().date(), []
    for path in (centre.hub.home / FOLDER).glob(f"[!.]*/{ACCOUNT}"):
        try:
            about = _account(centre, path)
            end = keep_until(about, str(path))
        except StoreError:
            continue  # it is being written, or removed; `seen` says what is wrong with one that is asked for
        if end is None or today <= end:
            found.append((path.parent.name, about))
    return sorted(found, key=lambda each: (str(each[1].get("made_at") or ""), each[0]), reverse=True)


def seen(centre: Centre, reader: Actor, name: str) -> Seen:
    """Return a network as a reader may see it.

    Raises:
        AccessError: networks are not for the role.
        MissingError: there is none of this name, or its time is over.
        StoreError: its files are not whole.
    """
    if reader.role not in READERS:
        raise AccessError("networks", f"they are not for the role {reader.role}", f"they are for {', '.join(READERS)}")
    if name not in {each for each, _ in kept_names(centre)}:  # never a path that somebody thought of
        raise MissingError(f"network {name[:80]}", "there is none of this name", "choose one of the list")
    folder = centre.hub.home / FOLDER / name
    rules, today = centre.rules, centre.hub.now().date()
    key = ("network", name, _stamp(folder / ACCOUNT), str(rules), today, reader.state, reader.role)

    def cut() -> Network:
        whole = opened(folder, today)
        freed = ((whole.about.get("inputs") or {}).get("hub") or {}).get("released") or {}
        released = [(record, entry) for record, entry in freed.get(reader.state, ())]
        net = for_reader(whole, reader, sharing_policy(rules), released=released)
        return replace(
            net, about={**net.about, "reader": f"{reader.state}, {reader.role}"}
        )  # others share what is kept

    net = _shelf(centre).get(key, cut, lambda made: sum(f.height for f in (made.nodes, made.edges, made.trips, made.resolved)))  # fmt: skip
    return Seen(name, net, graph_settings(rules), key, folder, reader)


def finding(centre: Centre, of: Seen, view: View) -> Finding:
    """Return what an analysis finds in what the reader sees; owners' notices with `cross`, as far as they are theirs.

    Raises:
        ConfigError: there is no such analysis, it needs a place to begin, or takes none; or no node is meant.
    """
    kind = view.find or "neighbours"
    if kind not in FINDERS:
        raise ConfigError(f"analysis {kind[:40]}", "there is none of this name", f"use one of {', '.join(FINDERS)}")
    finder = FINDERS[kind]
    if view.around and "around" not in finder.takes:
        raise ConfigError(kind, "it looks at all of the network, not around a node", "leave the node out")
    if finder.begins and not view.around:
        raise ConfigError(kind, "it needs a place to begin", "choose a node")
    starts = [which(of.net, text) for text in view.around] or None

    def make() -> Finding:
        found = finder(of.net, of.settings, around=starts, hops=view.hops, top=view.top)
        if kind != "cross" or view.around:
            return found
        whole = opened(of.whole, centre.hub.now().date())
        said = notices_for(whole, of.reader, of.settings.moves, sharing_policy(centre.rules))
        return replace(found, notices=tuple(said))

    key = ("finding", of.key, kind, tuple(starts or ()), view.hops, view.top)
    told: Finding = _shelf(centre).get(key, make, lambda found: found.table.height + len(found.ids))
    return told


def drawing(centre: Centre, of: Seen, view: View) -> Drawing:
    """Return the chart of a view, with places: of all where neither find nor nodes are named. At most 2,000 nodes.

    Raises:
        ConfigError: as `finding`.
    """
    found = finding(centre, of, view) if view.find or view.around else None

    def make() -> Drawing:
        chart = within(chart_of(of, found), DRAWN)
        data, places = page_data(drawn(chart))
        return Drawing(chart, found.words if found else (), data, places)

    key = ("drawing", of.key, view)
    made: Drawing = _shelf(centre).get(
        key, make, lambda made: _CHARTED * (made.chart.nodes.height + made.chart.edges.height)
    )
    return made


def chart_of(of: Seen, found: Finding | None) -> Chart:
    """Return the chart of a find, or of all that the reader sees."""
    title, made = of.name, str(of.net.about.get("made_at") or "")[:10]
    if found is None:
        return of_network(of.net, title=title, subtitle=made)
    return of_finding(of.net, found, title=title, subtitle=f"{made}: {' '.join(found.words[1:2])}")


def size_for(account: Mapping[str, Any], reader: Actor, names: Sequence[str]) -> dict[str, int | None]:
    """Return counts of the whole for who may know them: the centre screened all journeys, others would learn of more than theirs."""
    counts = account.get("counts") or {}
    return {name: int(counts[name]) if reader.state == CENTRE and name in counts else None for name in names}


def _account(centre: Centre, path: Path) -> Mapping[str, Any]:
    def read() -> Mapping[str, Any]:
        try:
            found = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise StoreError(str(path), f"cannot be read ({type(error).__name__})", "build it again") from None
        if not isinstance(found, dict):
            raise StoreError(str(path), "is no account of a network", "build it again")
        hub = (found.get("inputs") or {}).get("hub")
        kept = {name: hub.get(name) for name in ("since", "until", "keep_until")} if isinstance(hub, dict) else None
        return {
            **{name: found.get(name) for name in ("made_at", "as_of", "counts")},
            "inputs": {} if kept is None else {"hub": kept},
        }

    said: Mapping[str, Any] = _shelf(centre).get(("account", str(path), _stamp(path)), read)
    return said


def _stamp(path: Path) -> tuple[int, int]:
    try:
        said = path.stat()
    except OSError:
        raise MissingError(path.parent.name, "this network is gone", "choose another") from None
    return said.st_mtime_ns, said.st_size


def _shelf(centre: Centre) -> Shelf[Any]:
    return centre.kept("networks", None, lambda: Shelf(_MOST))
