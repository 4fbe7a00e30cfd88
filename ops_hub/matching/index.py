"""List names into the index that candidates are found by; built once for a snapshot and then only read.

Reach for `build_index()` when lists are compiled and `open_index()` when a snapshot is opened: everything
is arrays and two frames, so that it can be stored and memory-mapped. Looking names up is left to
`candidates`; entries and their other data stay in ENTRIES.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from queue import SimpleQueue
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ops_hub.config import MatchingConfig
from ops_hub.errors import ConfigError
from ops_hub.matching.alignment import WordArrays, word_arrays
from ops_hub.matching.births import NONE, SEVERAL
from ops_hub.matching.hashing import KeyTable
from ops_hub.matching.neighbours import Neighbourhood, neighbourhood
from ops_hub.matching.postings import Posting, postings
from ops_hub.matching.words import Words, words, words_from
from ops_hub.normalise.names import UNSPLIT, Names
from ops_hub.normalise.people import day_number
from ops_hub.normalise.tables import NameTables

Arrays = Mapping[str, NDArray[np.generic]]
_TABLES = ("spelling", "sound", "latin_bones", "abjad_bones")
_POSTINGS = ("bearer_names", "join_days")


@dataclass(frozen=True)
class Index:
    """n distinct list names with postings; `name_entries` tells which entries bear each name.

    Attributes:
        vocabulary: distinct tokens of the list side.
        names: the distinct names, tokens as ids into the vocabulary.
        is_split: for each name, whether its source told family from given names.
        word_arrays: the vocabulary as kernels take it.
        neighbourhood: finds similar tokens.
        arrays: postings and tables of hashes, by name (see `postings`).
        name_entries: one bearer a row: name (row of `names`), entry (row of ENTRIES), place (in its list of names).
        remembered: for query tokens seen before, the similar tokens and their similarities (see `candidates`).
        spare: working arrays that searches leave for the next one.
    """

    vocabulary: Words
    names: Names
    is_split: NDArray[np.bool_]
    word_arrays: WordArrays
    neighbourhood: Neighbourhood
    arrays: Arrays
    name_entries: pl.DataFrame
    remembered: dict[str, tuple[NDArray[np.int32], NDArray[np.float64]]] = field(
        default_factory=dict, compare=False, repr=False
    )
    spare: SimpleQueue[Any] = field(default_factory=SimpleQueue, compare=False, repr=False)

    @cached_property
    def places(self) -> tuple[NDArray[np.uint32], NDArray[np.uint32]]:
        """Entry of each bearer, and place in its list of names."""
        return self.name_entries["entry"].to_numpy(), self.name_entries["place"].to_numpy()


def bearer_days(births: pl.Expr) -> pl.Expr:
    """Return the day of birth of entries as a number (19700203), NONE without a date, SEVERAL with more or a range."""
    only = births.list.first()
    is_day = (births.list.len() == 1) & (only.struct.field("from") == only.struct.field("to"))
    day = day_number(only.struct.field("from"))
    return (
        pl.when(births.list.len().fill_null(0) == 0).then(NONE).when(is_day).then(day).otherwise(SEVERAL).cast(pl.Int32)
    )


def build_index(names: Names, name_entries: pl.DataFrame, tables: NameTables, config: MatchingConfig) -> Index:
    """Return the index of the distinct list names given.

    Args:
        names: distinct names of the entries.
        name_entries: which entries bear them: name, entry, place, and `day` of birth (see `bearer_days`).
        tables: name knowledge.
        config: settings; the index holds for exactly these.
    """
    # queries come by birth date: names of bearers born near each other lie near each other
    first_born = name_entries.group_by("name").agg(pl.col("day").min()).sort("day", "name")
    order = np.concatenate((first_born["name"].to_numpy(), np.setdiff1d(np.arange(len(names)), first_born["name"])))
    names = names.taken(order.astype(np.int64))
    place_of = np.empty(len(order), np.uint32)
    place_of[order] = np.arange(len(order))
    bearing = name_entries.with_columns(name=pl.Series(place_of).gather(name_entries["name"]))
    vocabulary = words(names.words, tables)
    arrays = word_arrays(vocabulary)
    bearing = bearing.sort("name", "entry", "place")
    borne = np.bincount(bearing["name"].to_numpy(), minlength=len(names))
    bearers = np.concatenate(([0], np.cumsum(borne))).astype(np.int64), bearing["day"].to_numpy()
    return Index(
        vocabulary,
        names,
        is_split(names),
        arrays,
        neighbourhood(vocabulary, config.names),
        postings(names, arrays, bearers, config),
        bearing.drop("day"),
    )


def stored(index: Index) -> tuple[dict[str, NDArray[np.generic]], dict[str, pl.DataFrame]]:
    """Return an index as named arrays and frames, for a snapshot to keep."""
    arrays = dict(index.arrays) | {
        "name_offsets": index.names.offsets,
        "name_tokens": index.names.tokens,
        "name_weights": index.names.weights,
        "name_parts": index.names.parts,
        "word_ints": index.word_arrays.ints,
        "word_hashes": index.word_arrays.hashes,
    }
    for table in _TABLES:
        found: KeyTable = getattr(index.neighbourhood, table)
        arrays |= {f"{table}_{part}": array for part, array in found._asdict().items()}
    vocabulary = index.vocabulary
    listed = pl.DataFrame(
        {"word": vocabulary.texts, "sound": vocabulary.folds, "bones": vocabulary.bones},
        schema=dict.fromkeys(("word", "sound", "bones"), pl.String),
    )
    return arrays, {"words": listed, "name_entries": index.name_entries}


def open_index(arrays: Arrays, frames: Mapping[str, pl.DataFrame], tables: NameTables) -> Index:
    """Return the index that `stored()` gave, its arrays as they are (memory-mapped or not).

    Raises:
        ConfigError: something is missing: the snapshot was made by another version.
    """
    try:
        table = {name: key_table_of(arrays, name) for name in _TABLES}
        vocabulary = words_from(frames["words"], tables)
        columns: Any = [arrays[f"name_{part}"] for part in ("offsets", "tokens", "weights", "parts")]
        names = Names(list(vocabulary.texts), *columns)
        return Index(
            vocabulary,
            names,
            is_split(names),
            WordArrays(arrays["word_ints"], arrays["word_hashes"]),  # type: ignore[arg-type]
            Neighbourhood(**table),
            {name: arrays[name] for name in _stored_names()},
            frames["name_entries"],
        )
    except KeyError as error:
        raise ConfigError(
            "snapshot", f"its index has no {error}", "compile the lists again with this version"
        ) from None


def key_table_of(arrays: Arrays, name: str) -> KeyTable:
    """Return one of the tables of hashes: word, join, or one of the neighbourhood's."""
    return KeyTable(*(arrays[f"{name}_{part}"] for part in KeyTable._fields))  # type: ignore[arg-type]


def _stored_names() -> list[str]:
    columns = [f"posting_{column}" for column in Posting._fields]
    return [*columns, *_POSTINGS, *(f"{table}_{part}" for table in ("word", "join") for part in KeyTable._fields)]


def is_split(names: Names) -> NDArray[np.bool_]:
    """Return for each name whether its source told family from given names."""
    split = np.ones(len(names), dtype=np.bool_)
    filled = np.diff(names.offsets) > 0
    split[filled] = names.parts[names.offsets[:-1][filled]] != UNSPLIT
    return split
