"""No pair of people that can still be a hit is missed: names and birth dates against brute force."""

import random
from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from ops_hub.matching import candidates as search_room
from ops_hub.matching.births import KINDS, NONE, agreement, packed, unpacked
from ops_hub.matching.candidates import Queries, search
from ops_hub.matching.compare import name_scores, side_of
from ops_hub.matching.evidence import floors
from ops_hub.matching.index import build_index
from tests.matching.helpers_names import names_of, people_names
from tests.matching.test_lossless import variants

SEVERAL = -1


def days(rng, n):
    """Few years, months and days, so that many agree nearly; some unknown or several."""
    made = [
        rng.randint(1969, 1981) * 10000 + rng.randint(1, 12) * 100 + rng.choice([1, 2, 11, 12, 21]) for _ in range(n)
    ]
    return np.array([rng.choice([NONE, SEVERAL]) if rng.random() < 0.1 else day for day in made], dtype=np.int32)


@pytest.mark.parametrize(
    ("chunk", "points"),
    [(8192, {}), (64, {}), (64, {"birth_near": -0.02, "birth_one_digit": -0.2}), (64, {"birth_near": 0.1})],
    ids=["as shipped", "small chunks", "near dates count little", "near dates count for it"],
)
def test_no_pair_within_reach_of_its_birth_dates_is_missed(knowledge, monkeypatch, chunk, points):
    monkeypatch.setattr(search_room, "CHUNK", chunk)  # places found before are kept from query to query, or not
    config = replace(knowledge.config, evidence=replace(knowledge.config.evidence, **points))
    rng = random.Random(5)
    texts = people_names(400, 5)
    # each listed four times over, born on other days, so that words have more bearers than are looked at one by one
    listed = names_of(texts, knowledge)
    rows = np.repeat(np.arange(len(listed), dtype=np.uint32), 4)
    listed_days = days(rng, len(rows))
    bearing = pl.DataFrame({"name": rows, "entry": np.arange(len(rows), dtype=np.uint32), "day": listed_days})
    bearing = bearing.with_columns(pl.lit(0, dtype=pl.UInt32).alias("place"), pl.lit(False).alias("weak"))
    index = build_index(listed, bearing, knowledge.tables, config)
    asked = names_of(texts + variants(texts, rng), knowledge)
    born = days(rng, len(asked))
    born[born == SEVERAL] = NONE
    lowest = floors(config)
    queries = Queries(np.arange(len(asked)), born, born)
    names = knowledge.tables, config.names
    found = search(asked, queries, index, names, floors=lowest, threads=2)
    entries = index.name_entries["entry"].to_numpy()
    got = {(int(q), int(entries[b])) for q, b in found.select("query", "bearer").iter_rows()}
    every = np.stack(np.meshgrid(np.arange(len(asked)), np.arange(len(listed)), indexing="ij"), axis=-1).reshape(-1, 2)
    scores = name_scores(*(side_of(side, knowledge.tables) for side in (asked, listed)), every, config.names)
    wanted = set()
    for (query, name), score in zip(every[scores >= lowest.min()], scores[scores >= lowest.min()], strict=True):
        for entry in np.flatnonzero(rows == name):
            day, mine = int(listed_days[entry]), int(born[query])
            kind = 0 if NONE in (day, mine) else len(KINDS) if day < 0 else int(agreement(mine, mine, day, day))
            if score >= (lowest.min() if kind == len(KINDS) else lowest[kind]):
                wanted.add((int(query), int(entry)))
    assert len(wanted) > 500
    assert wanted - got == set()


def test_packed_days_keep_their_order_and_come_back():
    rng = random.Random(7)
    some = sorted(rng.randint(1, 8191) * 10000 + rng.randint(1, 12) * 100 + rng.randint(1, 31) for _ in range(500))
    bits = [packed(day) for day in some]
    assert [unpacked(each) for each in bits] == some
    assert bits == sorted(bits)
    assert [unpacked(packed(code)) for code in (NONE, SEVERAL)] == [NONE, SEVERAL]
