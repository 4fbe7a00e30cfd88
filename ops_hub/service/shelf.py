"""Costly things kept a while, so that a second question about them is quick: bounded by weight, made once each.

Reach for `Shelf`. While one thing is made, others are given without waiting; who asks for that one waits for it alone.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Any, TypeVar

Made = TypeVar("Made")


@dataclass
class _Place:
    lock: threading.Lock = field(default_factory=threading.Lock)
    weight: int = 0
    is_made: bool = False
    value: Any = None


class Shelf:
    """Things by key; what was not asked for longest goes first when they become too heavy together.

    Args:
        most: weight of all together; the one asked for last stays, however heavy.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._places: OrderedDict[Hashable, _Place] = OrderedDict()

    def get(self, key: Hashable, make: Callable[[], Made], weigh: Callable[[Made], int]) -> Made:
        """Return the thing of a key.

        Args:
            key: all that it depends on: what has changed has another key.
            make: makes it; what it raises is raised here, and the next one who asks tries again.
            weigh: tells its weight.
        """
        with self._lock:
            place = self._places.setdefault(key, _Place())
            self._places.move_to_end(key)
        with place.lock:
            if not place.is_made:
                try:
                    place.value = make()
                except BaseException:
                    with self._lock:
                        if self._places.get(key) is place:
                            del self._places[key]
                    raise
                place.weight, place.is_made = weigh(place.value), True
                self._fit(place)
            made: Made = place.value
            return made

    def _fit(self, newest: _Place) -> None:
        with self._lock:
            weight = sum(each.weight for each in self._places.values())
            for key, each in list(self._places.items()):
                if weight <= self._most:
                    return
                if each is not newest and each.is_made:
                    weight -= each.weight
                    del self._places[key]
