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

TURNS = 90
STEP = 0.9


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
    for _ in range(TURNS):
        ratio = pull / np.maximum(_apart(places), 1e-9)
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


def _apart(places: Floats) -> Floats:
    x, y = places[:, 0], places[:, 1]
    return np.hypot(x[:, None] - x[None, :], y[:, None] - y[None, :])


def parted(places: Floats, fixed: Flags, half: Floats) -> Floats:
    """Return places where boxes do not lie on each other.

    Args:
        places: centres, shape (boxes, 2).
        fixed: boxes that stay.
        half: half of each box's width and height, shape (boxes, 2).
    """
    places = places.copy()
    free = np.flatnonzero(~fixed)
    for _ in range(80):
        gap = places[None, :, :] - places[free][:, None, :]
        inside = half[None, :, :] + half[free][:, None, :] - np.abs(gap)
        meets = (inside > 1e-6).all(axis=2)
        meets[np.arange(len(free)), free] = False
        one, other = np.nonzero(meets)
        if not len(one):
            break
        axis = inside[one, other].argmin(axis=1)  # out by the shorter way
        ahead = gap[one, other, axis]
        side = np.where(ahead == 0, np.where(free[one] < other, 1.0, -1.0), np.sign(ahead))
        push = (inside[one, other, axis] + 0.5) * np.where(fixed[other], 1.0, 0.5) * -side
        moves, times = np.zeros_like(places), np.ones_like(places)
        np.add.at(moves, (free[one], axis), push)
        np.add.at(times, (free[one], axis), 0.35)  # pushed from several sides it goes less far each
        places += moves / times
    return places
