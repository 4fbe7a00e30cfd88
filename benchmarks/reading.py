"""How quickly messages are read: bytes of PAXLST and PNRGOV, 200 passengers a message, to TRAVELLERS.

    python -m benchmarks.reading [--messages 20] [--runs 5]

Prints JSON: passengers a second and milliseconds a message, medians of several runs, for messages read one by one (as
in live screening, where each has its own frame) and all in one go (a file of them). One core reads; people are invented.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta

import polars as pl

from benchmarks.timing import MESSAGE, TODAY, median
from ops_hub.exercise.generate import ExerciseSpec, generate
from ops_hub.exercise.paxlst_writer import paxlst
from ops_hub.exercise.pnrgov_writer import pnrgov
from ops_hub.feeds.messages import parse_edifact
from ops_hub.feeds.parsed import Source
from ops_hub.schemas import MESSAGES, REJECTS, TRAVELLERS, rows

LEAVES = datetime(2026, 11, 24, 10)
WRITERS: dict[str, Callable[[pl.DataFrame, date], Iterator[str]]] = {"paxlst": paxlst, "pnrgov": pnrgov}


def feed(messages: int) -> pl.DataFrame:
    """Return invented travellers, each flight full, with what a booking says of them."""
    travellers = generate(ExerciseSpec(messages * MESSAGE, 10, seed=1, planted=1)).feed
    return travellers.with_columns(
        carrier=pl.lit("BW"),
        flight=pl.format("BW{}", pl.int_range(pl.len()) // MESSAGE + 100),
        from_port=pl.lit("POS"),
        to_port=pl.lit("BGI"),
        departs_at=LEAVES,
        arrives_at=LEAVES + timedelta(hours=1),
        booked_at=LEAVES - timedelta(days=30),
        agency=pl.lit("76301234"),
        payments=pl.lit([{"kind": "CA"}]),
        card_number=pl.lit("4111111111111111"),
        phone=pl.format("1868555{}", pl.int_range(pl.len()) % 9000 + 1000),
        email=pl.format("T{}@EXAMPLE.COM", pl.int_range(pl.len())),
        bags=pl.lit(1),
    ).with_columns(legs=pl.concat_list(pl.struct("flight", "from_port", "to_port", "departs_at", "arrives_at")))


def into_frames(message: bytes) -> int:
    """Read a message as live screening does and return how many travellers it holds."""
    found = parse_edifact(message, Source("benchmark", TODAY, b"key"))
    rows(REJECTS, found.rejects)
    rows(MESSAGES, found.headers)
    return rows(TRAVELLERS, found.travellers).height


def figures(messages: list[bytes], runs: int) -> dict[str, float]:
    """Return what reading these messages costs, one by one and in one go."""
    people = sum(into_frames(message) for message in messages)
    singly = median(runs, lambda: [into_frames(message) for message in messages])
    together = median(runs, lambda: into_frames(b"".join(messages)))
    return {
        "people": people,
        "ms_a_message": round(singly / len(messages) * 1e3, 2),
        "people_a_second": round(people / singly),
        "people_a_second_in_one_go": round(people / together),
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--messages", type=int, default=20)
    parser.add_argument("--runs", type=int, default=5)
    asked = parser.parse_args()
    people = feed(asked.messages)
    found = {
        name: figures([text.encode() for text in write(people, TODAY)], asked.runs) for name, write in WRITERS.items()
    }
    print(json.dumps(found, indent=2))


if __name__ == "__main__":
    main()
