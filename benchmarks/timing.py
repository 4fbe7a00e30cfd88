"""What is timed inside one process, and with what clock.

    python -m benchmarks.timing library '{"feed": "ex/feed.parquet", "snapshot": "ex.snapshot", "runs": 5}'

Prints JSON. `benchmarks.screening` runs each of these in a process of its own, so that the memory of one measurement
is never in another. Seconds throughout.
"""

from __future__ import annotations

import json
import math
import os
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from datetime import date
from functools import partial
from pathlib import Path

import numpy as np
import polars as pl
from rapidfuzz import fuzz, process

from benchmarks.peers.records import in_order, keys
from ops_hub.config import matching_config
from ops_hub.feeds.reading import ReadOptions, read
from ops_hub.lists.snapshot import open_snapshot
from ops_hub.normalise.tables import name_tables
from ops_hub.pipeline import Knowledge, Lists, look_up, open_lists, screen

Figures = dict[str, float]
Waits = dict[str, list[float]]
TODAY = date(2026, 11, 23)  # the day of the exercises
QUERIES, MESSAGES, MESSAGE = 1_000, 50, 200  # single queries, messages, and travellers in a message
CUTOFF = 85
PIECE = 200_000_000  # pairs that brute force holds at a time, a byte each
SLACK = 1.3  # a sample is larger by this than what took the wanted seconds when tried


def timed(work: Callable[[], object]) -> float:
    """Return the seconds that one call takes."""
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


def median(runs: int, work: Callable[[], object]) -> float:
    """Return the median of the seconds that `runs` calls take."""
    return statistics.median(timed(work) for _ in range(runs))


def sorted_names(feed: str, listed: str) -> tuple[pl.Series, pl.Series]:
    """Return the travellers' and the list's names, tokens in order: what plain comparisons need."""
    one = pl.read_parquet(feed, columns=["family_name", "given_names"])
    other = pl.read_csv(listed, columns=["name"])["name"].str.replace(",", "")
    return keys(one), in_order(other)


def all_pairs(asked: Sequence[str], known: Sequence[str]) -> None:
    """Score every pair by token_sort_ratio on all cores."""
    size = max(1, PIECE // len(known))
    for first in range(0, len(asked), size):
        some = asked[first : first + size]
        process.cdist(some, known, scorer=fuzz.token_sort_ratio, score_cutoff=CUTOFF, workers=-1, dtype=np.uint8)


def enough(asked: Sequence[str], known: Sequence[str], least: float) -> int:
    """Return how many travellers brute force needs to be busy for this long; all, where they do not suffice."""
    tried = min(len(asked), 16)
    took = timed(partial(all_pairs, asked[:tried], known))
    while took < least / 8 and tried < len(asked):
        tried = min(len(asked), tried * 4)
        took = timed(partial(all_pairs, asked[:tried], known))
    return min(len(asked), math.ceil(tried * SLACK * least / took))


def compare(feed: str, listed: str, runs: int, sample: int, least: float) -> Figures:
    """Return what other ways of matching the same names take.

    Args:
        feed: Parquet of an exercise.
        listed: its list.
        runs: medians of so many.
        sample: travellers compared by brute force; 0 for as many as keep it busy for `least` seconds.
        least: see there.
    """
    asked, known = sorted_names(feed, listed)
    mixed, every = asked.sample(fraction=1, shuffle=True, seed=1).to_list(), known.to_list()
    some = mixed[: sample or enough(mixed, every, least)]
    busy = median(runs, lambda: all_pairs(some, every))
    one, other = pl.DataFrame({"name": asked}), pl.DataFrame({"name": known})
    named = pl.read_parquet(feed, columns=["family_name", "given_names"])
    return {
        "sample": len(some),
        "busy": busy,
        "brute": busy * len(asked) / len(some),
        "join": median(runs, lambda: one.join(other, on="name")),
        "keyed_join": median(runs, lambda: pl.DataFrame({"name": keys(named)}).join(other, on="name")),
        "joined": one.join(other, on="name").height,
    }


def library(feed: str, snapshot: str, runs: int) -> Figures:
    """Return what a program waits for that holds the lists open: opening them, single queries, messages."""
    found = waits(feed, snapshot, runs)
    queries, messages = found["query"], found["message"]
    return {
        "open": statistics.median(found["open"]),
        "verified": statistics.median(found["verified"]),
        "queries": len(queries),
        "query": statistics.median(queries),
        "query_p99": float(np.quantile(queries, 0.99)),
        "messages": len(messages),
        "message": statistics.median(messages),
        "message_p99": float(np.quantile(messages, 0.99)),
    }


def waits(feed: str, snapshot: str, runs: int) -> Waits:
    """Return every second that `library` tells the medians of: `query`, `message`, and `runs` of `open`, `verified`."""
    known, place = Knowledge(name_tables(), matching_config(), os.cpu_count() or 1), Path(snapshot)
    lists = open_lists(open_snapshot(place), known)
    batch = next(iter(read([Path(feed)], ReadOptions(TODAY, b"key")))).travellers  # an exercise is in no order
    return {
        "query": _queries(batch, lists, known),
        "message": _messages(batch, lists, known),
        "open": [timed(lambda: open_lists(open_snapshot(place), known)) for _ in range(runs)],
        "verified": [timed(lambda: open_lists(open_snapshot(place, verify=True), known)) for _ in range(runs)],
    }


def _queries(batch: pl.DataFrame, lists: Lists, known: Knowledge) -> list[float]:
    some = batch.sample(min(QUERIES, batch.height), seed=1).select("family_name", "given_names", "birth_date")

    def ask(family: str | None, given: str | None, born: date | None) -> float:
        return timed(lambda: look_up(family, given or "", lists, known, born=born))

    each = [(family, given, _day(born)) for family, given, born in some.iter_rows()]
    ask(*each[0])  # the first one reads compiled code from disk
    return [ask(*query) for query in each]


def _messages(batch: pl.DataFrame, lists: Lists, known: Knowledge) -> list[float]:
    starts = range(0, min(MESSAGES * MESSAGE, batch.height), MESSAGE)

    def ask(message: pl.DataFrame) -> float:
        return timed(lambda: screen(message, lists, known, today=TODAY))

    ask(batch.head(MESSAGE))
    return [ask(batch.slice(first, MESSAGE)) for first in starts]


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text and len(text) == 10 else None


def main() -> None:
    what: dict[str, Callable[..., Figures | Waits]] = {"compare": compare, "library": library, "waits": waits}
    print(json.dumps(what[sys.argv[1]](**json.loads(sys.argv[2]))))


if __name__ == "__main__":
    main()
