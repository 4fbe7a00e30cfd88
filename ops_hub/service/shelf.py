"""Costly things kept a while, so that a second question about them is quick: bounded, made once each.

Reach for `Shelf`. While one thing is made, others are given without waiting; who asks for that one waits for it alone.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

Kept = TypeVar("Kept")


@dataclass
class _Place:
    lock: threading.Lock = field(default_factory=threading.Lock)
    weight: int = 0
    made_at: float | None = None
    value: Any = None


def _one(_: Any) -> int:
    return 1


class Shelf(Generic[Kept]):
    """Things by what they are of; what was not asked for longest goes first when they become too heavy together.

    Args:
        most: weight of all together; the one asked for last stays, however heavy.
        seconds: after which one is made anew.
    """

    def __init__(self, most: int, seconds: float = float("inf")) -> None:
        self._most, self._seconds = most, seconds
        self._lock = threading.Lock()
        self._places: OrderedDict[Hashable, _Place] = OrderedDict()

    def get(self, of: Hashable, make: Callable[[], Kept], weigh: Callable[[Kept], int] = _one) -> Kept:
        """Return the thing of something.

        Args:
            of: all that it depends on: what has changed is of something else.
            make: makes it; what it raises is raised here, and the next one who asks tries again.
            weigh: tells its weight; each counts as one by default.
        """
        with self._lock:
            place = self._places.setdefault(of, _Place())
            self._places.move_to_end(of)
        with place.lock:
            if place.made_at is None or time.monotonic() - place.made_at > self._seconds:
                try:
                    place.value = make()
                except BaseException:
                    with self._lock:
                        if self._places.get(of) is place:
                            del self._places[of]
                    raise
                place.weight, place.made_at = weigh(place.value), time.monotonic()
                self._fit(place)
            made: Kept = place.value
            return made

    def _fit(self, newest: _Place) -> None:
        with self._lock:
            weight = sum(each.weight for each in self._places.values())
            for of, each in list(self._places.items()):
                if weight <= self._most:
                    return
                if each is not newest and each.made_at is not None:
                    weight -= each.weight
                    del self._places[of]
