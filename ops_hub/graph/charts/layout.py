"""Where nodes stand: the same network gives the same picture, and a grown one keeps old nodes in place.

Reach for `laid_out()`. It draws a map: each group of nodes is laid out alone, groups are placed like countries that keep near
those they have links with, and parts without any link between them are packed like boxes on shelves, the largest first.
Nodes with an old place keep it; new ones settle around them. All formats take their places from here, so that page, picture
and i2 chart of one network look alike.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from hashlib import blake2b

import numpy as np
import rustworkx as rx

from ops_hub.graph.charts.stress import Flags, Floats, arranged, parted

LINK = 90.0  # usual length of a link
APART = 46.0  # centres of two nodes are no nearer, so that shapes do not touch
GAP = 80.0  # between groups and between parts
TIGHTER = 4  # times that groups are pushed together
WIDER = 1.6  # than high: the whole picture
CROWD = 12  # nodes with no other link that stand around their one neighbour in a disc
EXACT = 400  # nodes whose distances are summed link by link; of more, links are counted
SETTLE = 300  # new nodes that hang together and settle around old ones; more are a picture of their own

Place = tuple[float, float]
Pairs = Sequence[tuple[int, int]]


def laid_out(
    ids: Iterable[str],
    edges: Iterable[tuple[str, str]],
    groups: Mapping[str, str] | None = None,
    old: Mapping[str, Place] | None = None,
) -> dict[str, Place]:
    """Return a place for each node.

    Args:
        ids: nodes.
        edges: their links; doubles and ends that are no nodes are passed over.
        groups: the group of a node; who has none is in a group with the others that have none.
        old: places that hold.
    """
    groups, old = groups or {}, old or {}
    names = sorted(set(ids))
    number = {name: k for k, name in enumerate(names)}
    known = ((number[a], number[b]) for a, b in edges if a in number and b in number and a != b)
    ends = sorted({(min(pair), max(pair)) for pair in known})
    placed = {name: old[name] for name in names if name in old}
    new, settling = [], dict[str, Place]()
    for nodes, inside, anchors in _parts(names, ends, placed):
        if anchors and len(nodes) <= SETTLE:
            settling |= _settled(names, nodes, anchors, ends, placed)
        else:
            new.append(_mapped(names, nodes, inside, groups))
    if settling:
        placed |= _apart(settling, placed)
    return placed | packed(new, placed)


def _parts(names: Sequence[str], ends: Pairs, placed: Mapping[str, Place]) -> list[tuple[list[int], Pairs, list[int]]]:
    """Return, for each part that hangs together among nodes without a place: nodes, links inside, placed neighbours."""
    graph = rx.PyGraph(multigraph=False)
    graph.add_nodes_from(names)
    graph.add_edges_from_no_data([(a, b) for a, b in ends if names[a] not in placed and names[b] not in placed])
    parts = [sorted(part) for part in rx.connected_components(graph) if names[next(iter(part))] not in placed]
    parts.sort(key=lambda part: (-len(part), part[0]))
    home = {node: part for part, nodes in enumerate(parts) for node in nodes}
    inside: list[list[tuple[int, int]]] = [[] for _ in parts]
    anchors: list[set[int]] = [set() for _ in parts]
    for one, other in ends:
        if one in home and other in home:
            inside[home[one]].append((one, other))
        elif one in home:
            anchors[home[one]].add(other)
        elif other in home:
            anchors[home[other]].add(one)
    return [(nodes, links, sorted(near)) for nodes, links, near in zip(parts, inside, anchors, strict=True)]


def _mapped(names: Sequence[str], nodes: Sequence[int], links: Pairs, groups: Mapping[str, str]) -> dict[str, Place]:
    """Return places of one part: groups alone, then the groups."""
    members: dict[str, list[int]] = {}
    for node in nodes:
        members.setdefault(groups.get(names[node], ""), []).append(node)
    country = {node: k for k, group in enumerate(members.values()) for node in group}
    inside: list[list[tuple[int, int]]] = [[] for _ in members]
    for one, other in links:
        if country[one] == country[other]:
            inside[country[one]].append((one, other))
    maps = [_alone(names, group, pairs) for group, pairs in zip(members.values(), inside, strict=True)]
    if len(maps) == 1:
        return maps[0]
    half = np.array([[(right - left + GAP) / 2, (low - top + GAP) / 2] for left, top, right, low in map(_box, maps)])
    half += APART / 2
    across = sorted({(min(c), max(c)) for c in ((country[a], country[b]) for a, b in links) if c[0] != c[1]})
    radius = np.sqrt(half[:, 0] * half[:, 1])
    free = np.zeros(len(maps), np.bool_)
    far = _distances(range(len(maps)), [(a, b, radius[a] + radius[b]) for a, b in across])
    centres = arranged(far, np.array([_chance(min(part), LINK) for part in maps]), free)
    centres = parted(centres * np.array([1.15, 0.8]), free, half)
    for _ in range(TIGHTER):  # empty land between countries is of no use
        centres = parted(centres * 0.85, free, half)
    moved: dict[str, Place] = {}
    for part, (x, y) in zip(maps, centres, strict=True):
        left, top, right, low = _box(part)
        shift = (x - (left + right) / 2, y - (top + low) / 2)
        moved |= {name: (round(px + shift[0]), round(py + shift[1])) for name, (px, py) in part.items()}
    return moved


def _alone(names: Sequence[str], nodes: Sequence[int], links: Pairs) -> dict[str, Place]:
    """Return places of one group, as if there were nothing else; what does not hang together is packed."""
    graph = rx.PyGraph(multigraph=False)
    local = {node: k for k, node in enumerate(nodes)}
    graph.add_nodes_from(nodes)
    graph.add_edges_from_no_data([(local[a], local[b]) for a, b in links])
    parts = sorted((sorted(part) for part in rx.connected_components(graph)), key=lambda part: (-len(part), part[0]))
    made = []
    for part in parts:
        its = [nodes[k] for k in part]
        within = set(its)
        made.append(_together(names, its, [pair for pair in links if pair[0] in within]))
    return made[0] if len(made) == 1 else packed(made)


def _together(names: Sequence[str], nodes: Sequence[int], links: Pairs) -> dict[str, Place]:
    """Return places of nodes that hang together; a crowd that hangs on one node alone stands around it."""
    if len(nodes) == 1:
        return {names[nodes[0]]: (0.0, 0.0)}
    met = Counter(node for link in links for node in link)
    hub, most = max(met.items(), key=lambda each: each[1])
    if most == len(links) == len(nodes) - 1 <= CROWD:
        return _wheel(names[hub], [names[node] for node in nodes if node != hub])
    hangs = {a: b for one, other in links for a, b in ((one, other), (other, one)) if met[a] == 1 and met[b] > 1}
    crowds = {hub: count for hub, count in Counter(hangs.values()).items() if count > CROWD}
    outside: dict[int, list[int]] = {hub: [] for hub in crowds}
    for node in nodes:
        if hangs.get(node) in crowds:
            outside[hangs[node]].append(node)
    core = [node for node in nodes if hangs.get(node) not in crowds]
    inside = set(core)
    room = {hub: 0.8 * APART * math.sqrt(count) for hub, count in crowds.items()}
    start = np.array([_chance(names[node], LINK * math.sqrt(len(core))) for node in core])
    relaxed = _relaxed(
        core, [pair for pair in links if inside.issuperset(pair)], start, np.zeros(len(core), np.bool_), room
    )
    places: dict[str, Place] = {names[node]: (float(x), float(y)) for node, (x, y) in zip(core, relaxed, strict=True)}
    for hub, crowd in outside.items():
        places |= spiral(places[names[hub]], [names[node] for node in crowd])
    settled = parted(
        np.array(list(places.values())), np.zeros(len(places), np.bool_), np.full((len(places), 2), APART / 2)
    )
    return {name: (float(x), float(y)) for name, (x, y) in zip(places, settled, strict=True)}


def _wheel(hub: str, rim: Sequence[str]) -> dict[str, Place]:
    """Return places of a node and all that it alone is linked to: what relaxing comes to, without the turns."""
    turn = 2 * math.pi / len(rim)
    radius = LINK if len(rim) < 3 else max(LINK, APART / (math.sqrt(2) * math.sin(turn / 2)))  # shapes do not touch
    spokes = {name: (radius * math.cos(k * turn), radius * math.sin(k * turn)) for k, name in enumerate(rim)}
    return {hub: (0.0, 0.0), **spokes}


def _relaxed(
    nodes: Sequence[int], links: Pairs, start: Floats, fixed: Flags, room: Mapping[int, float] | None = None
) -> Floats:
    """Return places that agree with the links; what many are linked to gets room around it for all of them."""
    met, room = Counter(node for link in links for node in link), room or {}
    lengths = [
        (a, b, LINK * max(1.0, math.sqrt(max(met[a], met[b]) / 10)) + room.get(a, 0.0) + room.get(b, 0.0))
        for a, b in links
    ]
    return arranged(_distances(nodes, lengths), start, fixed)


def _distances(nodes: Sequence[int], lengths: Iterable[tuple[int, int, float]]) -> Floats:
    local = {node: k for k, node in enumerate(nodes)}
    graph = rx.PyGraph(multigraph=False)
    graph.add_nodes_from(nodes)
    graph.add_edges_from([(local[a], local[b], length) for a, b, length in lengths])
    if len(nodes) <= EXACT:
        far: Floats = rx.floyd_warshall_numpy(graph, weight_fn=float)
    else:
        far = LINK * rx.distance_matrix(graph, null_value=np.inf)
    # what does not hang together here (new nodes that settle around several old ones) is neither near nor far
    reached = far[np.isfinite(far)].max(initial=LINK)
    return np.where(np.isfinite(far), far, reached + LINK)


def _settled(
    names: Sequence[str], nodes: Sequence[int], anchors: Sequence[int], ends: Pairs, placed: Mapping[str, Place]
) -> dict[str, Place]:
    """Return places of new nodes around the old ones that they are linked to."""
    new, both = set(nodes), {*nodes, *anchors}
    links = [pair for pair in ends if (pair[0] in new or pair[1] in new) and pair[0] in both and pair[1] in both]
    everyone = [*nodes, *anchors]
    middle = np.mean([placed[names[node]] for node in anchors], axis=0)
    start = [placed.get(names[node]) or tuple(middle + _chance(names[node], LINK)) for node in everyone]
    fixed = np.array([node not in new for node in everyone])
    places = _relaxed(everyone, links, np.array(start, np.float64), fixed)
    return {names[node]: (float(x), float(y)) for node, (x, y) in zip(nodes, places, strict=False)}


def _apart(settling: Mapping[str, Place], placed: Mapping[str, Place]) -> dict[str, Place]:
    """Return the new places moved off the old ones and off each other."""
    names = [*settling, *placed]
    fixed = np.array([name in placed for name in names])
    places = np.array([settling.get(name) or placed[name] for name in names], np.float64)
    moved = parted(places, fixed, np.full((len(names), 2), APART / 2))
    return {name: (round(x), round(y)) for name, (x, y) in zip(settling, moved.tolist(), strict=False)}


def packed(parts: Sequence[Mapping[str, Place]], beside: Mapping[str, Place] | None = None) -> dict[str, Place]:
    """Return the parts moved so that none lies on another: shelves from left to right, below what is there already."""
    boxes = [(part, *_box(part)) for part in parts]
    area = sum((right - left + GAP) * (low - top + GAP) for _, left, top, right, low in boxes)
    widest = max([math.sqrt(area * WIDER), *(right - left + GAP for _, left, _, right, _ in boxes)], default=0)
    x, y, high = 0.0, 0.0, 0.0
    if beside:
        x, _, _, y = _box(beside)
        y += GAP
    begin = x
    placed: dict[str, Place] = {}
    for part, left, top, right, low in boxes:
        if x > begin and x + right - left > begin + widest:
            x, y, high = begin, y + high + GAP, 0.0
        placed |= {name: (round(px - left + x), round(py - top + y)) for name, (px, py) in part.items()}
        x, high = x + right - left + GAP, max(high, low - top)
    return placed


def boxed(ids: Iterable[str], edges: Iterable[tuple[str, str]], groups: Mapping[str, str]) -> dict[str, Place]:
    """Return places where each group stands in a box of its own, wherever its links go; who has no group comes last."""
    names = sorted(set(ids))
    number = {name: k for k, name in enumerate(names)}
    members: dict[str, list[int]] = {}
    for name in names:
        members.setdefault(groups.get(name, ""), []).append(number[name])
    inside: dict[str, set[tuple[int, int]]] = {group: set() for group in members}
    for one, other in edges:
        group = groups.get(one, "")
        if one != other and one in number and other in number and group == groups.get(other, ""):
            inside[group].add((min(number[one], number[other]), max(number[one], number[other])))
    order = sorted(members, key=lambda group: (not group, -len(members[group]), group))
    return packed([_alone(names, members[group], sorted(inside[group])) for group in order])


def spiral(around: Place, names: Sequence[str]) -> dict[str, Place]:
    """Return places around a point, the same room for each, as seeds stand in a sunflower: members of a folded group."""
    turn = math.pi * (3 - math.sqrt(5))
    return {
        name: (
            round(around[0] + APART * math.sqrt(k + 1) * math.cos(k * turn)),
            round(around[1] + APART * math.sqrt(k + 1) * math.sin(k * turn)),
        )
        for k, name in enumerate(names)
    }


def _chance(name: str, spread: float) -> Place:
    """Return a place that only the name decides."""
    one, other = np.frombuffer(blake2b(name.encode(errors="replace"), digest_size=8).digest(), "<u4") / 2**32 - 0.5
    return float(one * spread), float(other * spread)


def _box(part: Mapping[str, Place]) -> tuple[float, float, float, float]:
    xs, ys = zip(*part.values(), strict=True)
    return min(xs), min(ys), max(xs), max(ys)
