"""A carrier's question: hand a feed in, and wait for what is answered about it.

Reach for `ask()`. How a feed is handed in is an argument; the answers are those of the carrier's stream.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path

from ops_hub.errors import FeedError, StoreError
from ops_hub.store import answered as book
from ops_hub.store.hub import Hub
from ops_hub.store.queue import Queue

# Hands a file in for a carrier that waits for answers; returns the units that it was cut into, known ones too.
Submit = Callable[[Hub, Path, str], Sequence[str]]
_STEP = 1.0  # seconds of one wait: a unit of several messages is told by more than one answer


def ask(hub: Hub, feed: Path, carrier: str, seconds: float, submit: Submit) -> list[dict[str, str]]:
    """Return the answers about a feed, in its order.

    A message that was answered before is asked about anew: what was true then may not be true any more.

    Args:
        hub: the hub.
        feed: file of messages.
        carrier: who asks.
        seconds: to wait at most.
        submit: hands the feed in.

    Raises:
        ConfigError: this is no code of a carrier.
        FeedError: nothing in the feed can be asked about.
        StoreError: not everything was answered in that time.
    """
    since = book.last_id(hub, carrier)
    units = list(dict.fromkeys(submit(hub, feed, carrier)))
    if not units:
        raise FeedError(str(feed), "no message is in it", "check what was sent")
    before = {unit: found for unit in units if _is_whole(found := book.entries_about(hub, carrier, unit))}
    old = {entry["id"] for found in before.values() for entry in found if _order(entry["id"]) <= _order(since)}
    if old:
        Queue(hub).forget(carrier, [unit for unit, found in before.items() if found[0]["id"] in old])
        submit(hub, feed, carrier)
    until = time.monotonic() + seconds
    while True:
        answers = {
            unit: [entry for entry in book.entries_about(hub, carrier, unit) if entry["id"] not in old]
            for unit in units
        }
        waiting = sum(not _is_whole(found) for found in answers.values())
        left = until - time.monotonic()
        if not waiting:
            return [entry for found in answers.values() for entry in found]
        if left <= 0:
            raise StoreError(
                f"answer to {carrier}",
                f"{waiting} of {len(units)} messages not answered in {seconds:g} s; they are in the hub, ask again",
                "see `ops-hub hub status`: start the hub with `ops-hub hub up`, or look for dead letters",
            )
        new = book.wait(hub, carrier, since, min(left, _STEP))
        since = new[-1]["id"] if new else since


def _is_whole(found: Sequence[dict[str, str]]) -> bool:
    """Return whether all messages of a unit were answered."""
    return bool(found) and len(found) >= int(found[0]["of"])


def _order(name: str) -> tuple[int, int]:
    millisecond, _, number = name.partition("-")
    return int(millisecond), int(number)
