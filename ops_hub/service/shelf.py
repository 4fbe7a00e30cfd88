"""Costly things that are kept for a while, a few at a time: what one reader may see of a network, sums over cases.

Reach for `Shelf`. Whoever asks for what is being made waits for it; who asks for something else does not.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

Made = TypeVar("Made")


class Shelf(Generic[Made]):
    """Things by what they are of.

    Args:
        most: how many are kept; those that were not asked for the longest go first.
        seconds: after which one is made anew.
    """

    def __init__(self, most: int, seconds: float) -> None:
        self._most, self._seconds = most, seconds
        self._held: OrderedDict[Hashable, tuple[float, Made]] = OrderedDict()
        self._making: dict[Hashable, threading.Lock] = {}
        self._lock = threading.Lock()

    def get(self, of: Hashable, make: Callable[[], Made]) -> Made:
        """Return what is kept of something, made where it is not there or too old."""
        with self._lock:
            found = self._fresh(of)
            if found is not None:
                return found[1]
            making = self._making.setdefault(of, threading.Lock())
        with making:
            with self._lock:
                found = self._fresh(of)
            if found is not None:  # somebody else made it meanwhile
                return found[1]
            made = make()
            with self._lock:
                self._held[of] = (time.monotonic(), made)
                self._making.pop(of, None)
                while len(self._held) > self._most:
                    self._held.popitem(last=False)
            return made

    def _fresh(self, of: Hashable) -> tuple[float, Made] | None:
        found = self._held.get(of)
        if found is None or time.monotonic() - found[0] > self._seconds:
            return None
        self._held.move_to_end(of)
        return found
