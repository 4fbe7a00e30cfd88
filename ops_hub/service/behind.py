"""What is costly to work out: worked out behind while people look at what there is, and never more often than said.

Reach for `Behind`, kept by `Centre.kept`. Whoever asks gets what was worked out last, with its time, and need not wait.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import datetime
from typing import Generic, TypeVar

from ops_hub.errors import OpsHubError

Made = TypeVar("Made")


class Behind(Generic[Made]):
    """Something that is made behind, and made again when it is asked for and is older than so many seconds."""

    def __init__(self, make: Callable[[], Made], clock: Callable[[], datetime], seconds: float) -> None:
        """Prepare; nothing is made before somebody asks.

        Args:
            make: makes it.
            clock: the hub's time.
            seconds: that it holds.
        """
        self._make, self._clock, self._seconds = make, clock, seconds
        self._lock, self._ready = threading.Lock(), threading.Event()
        self._running = False
        self._tried = float("-inf")
        self._made: tuple[Made, datetime] | None = None
        self._error: Exception | None = None

    def told(self, wait: float = 0.0) -> tuple[Made, datetime] | None:
        """Return what there is and when it was made; None where the first is still being made.

        Args:
            wait: seconds to wait for the first.

        Raises:
            OpsHubError: it could not be made the last time, and there is none from before.
        """
        with self._lock:
            if not self._running and time.monotonic() - self._tried > self._seconds:
                self._running = True
                threading.Thread(target=self._work, daemon=True).start()
        if self._made is None:
            self._ready.wait(wait)
        if self._made is None and self._error is not None:
            raise self._error
        return self._made

    def _work(self) -> None:
        try:
            at = self._clock()
            self._made, self._error = (self._make(), at), None
        except Exception as error:  # told to whoever asks; a bug is theirs to see, too
            self._error = error
            if isinstance(error, OpsHubError):
                self._made = None  # what held before holds no longer
        finally:
            with self._lock:
                self._running, self._tried = False, time.monotonic()
            self._ready.set()
