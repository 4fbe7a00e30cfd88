"""The list side of screening: entries compiled into an index, and parts of a snapshot made ready to be searched.

Reach for `compiled()` when lists are compiled and `ready()` before screening. A snapshot in shards, or one that was added
to, has several parts (see `lists.delta`): each is searched by itself, and no entry holds in two.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ops_hub.config import MatchingConfig
from ops_hub.errors import ConfigError
from ops_hub.lists.snapshot import Snapshot
from ops_hub.matching.documents import Papers, keyed, papers
from ops_hub.matching.index import Index, bearer_days, build_index, open_index, stored
from ops_hub.normalise.people import entries_people
from ops_hub.normalise.tables import NameTables


@dataclass(frozen=True)
class Knowledge:
    """What screening knows besides lists: name tables, settings, how many cores it may use."""

    tables: NameTables
    config: MatchingConfig
    threads: int = 1

    def digest(self) -> str:
        """Return the name of the part of this that an index is built for: tables and name settings."""
        return hashlib.blake2b(f"{self.tables.digest}{self.config.names}".encode(), digest_size=8).hexdigest()


@dataclass(frozen=True)
class Part:
    """Entries that were compiled together, ready to be screened against.

    Attributes:
        first: number of its first entry among those of all parts.
        entries: ENTRIES.
        withdrawn: for each entry whether a later part withdrew it; None where none is.
        index: finds their names.
        documents: of the entries, without those withdrawn.
        evidence: births, sex, nationalities and validity of each entry.
    """

    first: int
    entries: pl.DataFrame
    withdrawn: NDArray[np.bool_] | None
    index: Index
    documents: Papers
    evidence: pl.DataFrame

    def holds(self, entry: NDArray[np.uint32]) -> NDArray[np.bool_]:
        """Return whether each of the entries (rows of ENTRIES) still holds."""
        return np.ones(len(entry), np.bool_) if self.withdrawn is None else ~self.withdrawn[entry]

    def rows_of(self, entry_id: str) -> pl.Series:
        """Return the entries (rows of ENTRIES) of this id, or LIST/ID, that still hold."""
        wanted = (pl.col("entry_id") == entry_id) | (pl.concat_str("list_id", pl.lit("/"), "entry_id") == entry_id)
        rows = self.entries.select(wanted.arg_true().cast(pl.UInt32).alias("entry"))["entry"]
        return rows.filter(pl.Series(self.holds(rows.to_numpy())))


@dataclass(frozen=True)
class Lists:
    """Compiled lists ready to be screened against, in parts: one for each shard, and for each time entries were added.

    Attributes:
        snapshot: what they were opened from.
        parts: the oldest first; engines that hold some elsewhere have the others only.
    """

    snapshot: Snapshot
    parts: tuple[Part, ...]

    def ranked(self, found: Iterable[tuple[int, int, float]]) -> list[tuple[int, int, float]]:
        """Return entry (its number), place and score, best first; equal ones by list and entry id."""

        def key(each: tuple[int, int, float]) -> tuple[float, str, str, int]:
            part, row = self._part(each[0])
            return -each[2], part.entries["list_id"][row], part.entries["entry_id"][row], each[1]

        if len(self.parts) == 1:  # its entries are in this order
            return sorted(found, key=lambda each: (-each[2], *each))
        return sorted(found, key=key)

    def _part(self, number: int) -> tuple[Part, int]:
        part = next(each for each in reversed(self.parts) if each.first <= number)
        return part, number - part.first

    def entry(self, number: int) -> dict[str, Any]:
        """Return an entry, a row of ENTRIES, by its number as `pipeline.look_up` gives it."""
        part, row = self._part(number)
        return part.entries.row(row, named=True)

    def entry_of(self, list_id: str, entry_id: str) -> dict[str, Any]:
        """Return an entry, a row of ENTRIES, by its list and id.

        Raises:
            KeyError: there is none.
        """
        for part in self.parts:
            for row in part.rows_of(entry_id):
                found = part.entries.row(row, named=True)
                if found["list_id"] == list_id:
                    return found
        raise KeyError((list_id, entry_id))


FEW = 500  # rows up to which slices are quicker than a gather: at 1,000,000 entries 0.5 ms against 20


def taken(frame: pl.DataFrame, rows: pl.Series) -> pl.DataFrame:
    """Return the rows of these numbers: a gather of lists costs by the length of the frame, slices by their number."""
    if not 0 < len(rows) <= FEW < frame.height:
        return frame[rows]
    each, place = np.unique(rows.to_numpy(), return_inverse=True)
    return pl.concat([frame.slice(row, 1) for row in each.tolist()])[place]


def compiled(
    entries: pl.DataFrame, knowledge: Knowledge
) -> tuple[Mapping[str, NDArray[np.generic]], Mapping[str, pl.DataFrame]]:
    """Return the index of ENTRIES as named arrays and frames, for a snapshot to keep."""
    people = entries_people(entries, knowledge.tables, knowledge.config.names)
    bearing = _bearing(people.rows, entries)
    return stored(build_index(people.names, bearing, knowledge.tables, knowledge.config))


def _bearing(rows: pl.DataFrame, entries: pl.DataFrame) -> pl.DataFrame:
    """Return name, entry and place of every name of every entry, whether it is a weak one, and the day of birth."""
    weak = entries.lazy().select(pl.col("names").explode(empty_as_null=False)).unnest("names")
    flat = weak.select((pl.col("quality") == "weak").fill_null(False).alias("weak")).collect()
    born = entries.select(bearer_days(pl.col("births")).alias("day"))["day"]
    return pl.concat(
        [rows.select("name", pl.col("person").alias("entry"), "place"), flat], how="horizontal"
    ).with_columns(born.gather(rows["person"]))


def same_rules(snapshot: Snapshot, knowledge: Knowledge) -> None:
    """Check that a snapshot was compiled with these name tables and settings.

    Raises:
        ConfigError: it was not.
    """
    if snapshot.config_digest != knowledge.digest():
        raise ConfigError(
            str(snapshot.place or "snapshot"),
            "it was compiled with other name tables or settings",
            "compile the lists again with these rules",
        )


def ready(snapshot: Snapshot, withdrawn: NDArray[np.bool_] | None, first: int, knowledge: Knowledge) -> Part:
    """Return a part ready for screening.

    Args:
        snapshot: what was compiled together; what it stands on is a part of its own.
        withdrawn: for each entry whether it no longer holds; None where all do.
        first: number of its first entry among those of all parts.
        knowledge: the same that it was compiled with.

    Raises:
        ConfigError: it was compiled with other name tables or settings.
    """
    same_rules(snapshot, knowledge)
    entries = snapshot.entries.with_row_index("entry")
    index = open_index(snapshot.arrays, snapshot.frames, knowledge.tables)
    listed = keyed(entries, "entry")
    if withdrawn is not None:
        listed = listed.filter(~pl.Series(withdrawn).gather(listed["entry"]))
    evidence = entries.select("births", "sex", "nationalities", "valid_from", "valid_until")
    return Part(first, snapshot.entries, withdrawn, index, papers(listed), evidence)
