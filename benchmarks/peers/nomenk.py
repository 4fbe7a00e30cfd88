"""nomenklatura: its blocking index for candidates, and LogicV2, its scorer for screening, for each of them.

Reach for it as every peer is reached for (see `benchmarks.peers`); `scores` compares given pairs. Entities are made
from the columns inside the clock for passengers, before it for the list.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import polars as pl
from followthemoney import Dataset, StatementEntity
from nomenklatura.blocker import Index
from nomenklatura.matching import LogicV2
from nomenklatura.resolver import Linker
from nomenklatura.store import MemoryStore
from numpy.typing import NDArray

from benchmarks.peers.records import Told

GENDER = {"M": "male", "F": "female"}
DATASET = Dataset.make({"name": "list", "title": "list"})


@dataclass(frozen=True)
class Known:
    """The list as entities by their id, the blocking index of it, and the folder that goes with it."""

    entities: dict[str, StatementEntity]
    index: Index
    folder: TemporaryDirectory[str]


def entity(identity: str, **properties: list[str]) -> StatementEntity:
    """Return a person; values are cleaned as nomenklatura cleans them."""
    data = {"id": identity, "schema": "Person", "properties": properties}
    return StatementEntity.from_data(DATASET, data, cleaned=False)


def people(records: pl.DataFrame, row: str) -> list[StatementEntity]:
    """Return records as persons."""
    columns = (row, "family_name", "given_names", "birth_date", "sex", "nationality")
    return [
        entity(
            f"{row}-{at}",
            name=[" ".join(part for part in (given, family) if part)],
            firstName=[given] if given else [],
            lastName=[family] if family else [],
            birthDate=[born] if born else [],
            gender=[GENDER[sex]] if sex in GENDER else [],
            nationality=[state] if state else [],
        )
        for at, family, given, born, sex, state in records.select(columns).iter_rows()
    ]


def prepare(listed: pl.DataFrame, told: Told) -> Known:
    """Return the list as entities and their index, built on disk as nomenklatura does."""
    entities = people(listed, "entry")
    store: MemoryStore[Dataset, StatementEntity] = MemoryStore(DATASET, Linker({}))
    with store.writer() as writer:
        for each in entities:
            writer.add_entity(each)
    folder = TemporaryDirectory(dir=told.place, ignore_cleanup_errors=True)
    index = Index(store.default_view(), Path(folder.name))
    index.con.execute(f"SET threads = {told.threads}")
    index.build()
    return Known({str(each.id): each for each in entities}, index, folder)


def find(asked: pl.DataFrame, index: Known, threshold: float, told: Told) -> pl.DataFrame:
    """Return passenger, entry and LogicV2's score of candidates at or above the threshold."""
    queries = {str(each.id): each for each in people(asked, "passenger")}
    config = LogicV2.default_config()
    made: list[tuple[int, int, float]] = []
    for identity, candidates in index.index.match_entities(queries.values()):
        query = queries[identity.id]
        for candidate, _ in candidates:
            score = LogicV2.compare(query, index.entities[candidate.id], config).score
            if score >= threshold:
                made.append((_row(identity.id), _row(candidate.id), score))
    schema = {"passenger": pl.UInt32, "entry": pl.UInt32, "score": pl.Float64}
    return pl.DataFrame(made, schema=schema, orient="row")


def scores(queries: Sequence[str], candidates: Sequence[str], told: Told) -> NDArray[np.float64]:
    """Return LogicV2's score of each pair of names."""
    config = LogicV2.default_config()
    pairs = zip(queries, candidates, strict=True)
    # LogicV2 remembers the names of an entity by its id: none may come twice
    both = ((entity(f"a-{at}", name=[a]), entity(f"b-{at}", name=[b])) for at, (a, b) in enumerate(pairs))
    return np.array([LogicV2.compare(one, other, config).score for one, other in both])


def _row(identity: str) -> int:
    return int(identity.rpartition("-")[2])
