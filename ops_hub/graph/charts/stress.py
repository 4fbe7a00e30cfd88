"""The arithmetic of the layout: moving nodes until the picture agrees with the links, and off each other.

Reach for `arranged()`, then `parted()`. A picture is good when every two nodes are as far apart on paper as along their links
(stress). It begins with the plane that keeps most of the distances (classical scaling) and then moves all nodes at once to
where their distances to all others want them, which makes it better at every turn (majorization: de Leeuw 1977; Gansner, Koren
and North 2004). No chance in it: the same links give the same picture.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Floats: TypeAlias = npt.NDArray[np.float64]
Flags: TypeAlias = npt.NDArray[np.bool_]

TURNS = 90  # of up to 200 nodes; of more fewer
STEP = 0.9
PUSHES = 50  # turns at most to get nodes off each other
SLACK = 1.0  # so far they may lie on each other
PAIRS = 1 << 20  # looked at together


def arranged(far: Floats, start: Floats, fixed: Flags) -> Floats:
    """Return positions that agree with distances.

    Args:
        far: distance of every two nodes along the links, shape (nodes, nodes), 0 on the diagonal only.
        start: where nodes are at first, shape (nodes, 2); without fixed nodes it only tells alike ones apart.
        fixed: nodes that stay there.
    """
    count = len(far)
    if count < 2 or fixed.all():
        return start.copy()
    places = start.copy() if fixed.any() else _scaled(far, start)
    with np.errstate(divide="ignore"):
        weights = np.where(far > 0, far**-2.0, 0.0)  # near ones count more
    pull, whole = weights * far, weights.sum(axis=1)[:, None]
    ratio, room = np.empty_like(far), np.empty_like(far)
    for _ in range(max(TURNS // 8, min(TURNS, TURNS * 200 // count))):
        np.divide(pull, _apart(places, ratio, room), out=ratio)
        wanted = weights @ places + ratio.sum(axis=1)[:, None] * places - ratio @ places
        places[~fixed] += STEP * (wanted / whole - places)[~fixed]
    return places


def _scaled(far: Floats, start: Floats) -> Floats:
    """Return the flat picture that keeps most of the distances, found by turning any picture towards it."""
    squares = far * far
    means = squares.mean(axis=0)
    centred = -0.5 * (squares - means[None, :] - means[:, None] + means.mean())
    flat = start - start.mean(axis=0)
    for _ in range(30):
        long = flat[:, 0] / max(float(np.hypot.reduce(flat[:, 0])), 1e-9)
        wide = flat[:, 1] - long * (long @ flat[:, 1])
        flat = centred @ np.stack([long, wide / max(float(np.hypot.reduce(wide)), 1e-9)], axis=1)
    size = np.sqrt(np.maximum(np.hypot.reduce(flat, axis=0), 1e-9))
    made: Floats = flat / size + start * 0.02  # who has the same distances as another stands beside it, not on it
    return made


def _apart(places: Floats, out: Floats, room: Floats) -> Floats:
    """Return how far apart every two nodes are, never 0, in `out`; both arrays are used again each turn, as fresh memory is dear."""
    np.subtract.outer(places[:, 0], places[:, 0], out=out)
    np.subtract.outer(places[:, 1], places[:, 1], out=room)
    np.multiply(out, out, out=out)
    np.multiply(room, room, out=room)
    np.add(out, room, out=out)
    np.sqrt(out, out=out)
    return np.maximum(out, 1e-9, out=out)


def parted(places: Floats, fixed: Flags, half: Floats) -> Floats:
    """Return places where boxes do not lie on each other.

    Args:
        places: centres, shape (boxes, 2).
        fixed: boxes that stay.
        half: half of each box's width and height, shape (boxes, 2).
    """
    places = places.copy()
    for turn in range(PUSHES):
        one, other = _met(places, half)
        loose = ~(fixed[one] & fixed[other])
        one, other = one[loose], other[loose]
        if not len(one):
            break
        gap = places[other] - places[one]
        inside = half[one] + half[other] - np.abs(gap)
        # out by the shorter way; who is still wedged between two after a while tries the other one
        axis = inside.argmin(axis=1) if turn % 12 < 9 else inside.argmax(axis=1)
        rows = np.arange(len(one))
        side = np.where(gap[rows, axis] < 0, -1.0, 1.0)
        push = (inside[rows, axis] + SLACK) * side
        moves, times = np.zeros_like(places), np.ones_like(places)
        for which, way in ((one, -1.0), (other, 1.0)):
            partner = other if way < 0 else one
            share = np.where(fixed[which], 0.0, np.where(fixed[partner], 1.0, 0.5))
            np.add.at(moves, (which, axis), way * share * push)
            np.add.at(times, (which, axis), 0.35)  # pushed from several sides it goes less far each
        places += moves / times
    return places


def _met(places: Floats, half: Floats) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return the pairs of boxes that lie on each other: each box, from left to right, with those that begin within it."""
    left = places[:, 0] - half[:, 0]
    order = np.argsort(left, kind="stable")
    left, low, tall = left[order], places[order, 1], half[order, 1]
    ends = np.searchsorted(left, (places + half)[order, 0] - SLACK)
    reach = np.maximum(ends - np.arange(1, len(left) + 1), 0)
    ones, others = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
    piece = np.cumsum(reach) // PAIRS  # not all pairs at once: boxes in one column all reach each other
    for rows in np.split(np.arange(len(left)), np.flatnonzero(np.diff(piece)) + 1):
        one = np.repeat(rows, reach[rows])
        other = one + 1 + np.arange(len(one)) - np.repeat(np.cumsum(reach[rows]) - reach[rows], reach[rows])
        near = np.flatnonzero(tall[one] + tall[other] - np.abs(low[other] - low[one]) > SLACK)
        one, other = order[one[near]], order[other[near]]
        meets = half[one, 0] + half[other, 0] - np.abs(places[other, 0] - places[one, 0]) > SLACK
        ones.append(one[meets])
        others.append(other[meets])
    return np.concatenate(ones), np.concatenate(others)
