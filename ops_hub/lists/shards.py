"""Lists put aside on disk one after another, and taken up again in shards: each the entries of neighbouring name blocks.

Reach for `Aside` where lists are compiled that are larger than memory. Of all entries it holds key, block and weight;
which block a name belongs to, and what is made of a shard, is left to those who call.
"""

from __future__ import annotations

from pathlib import Path

import polars as pl

from ops_hub.lists.delta import lists_of
from ops_hub.lists.info import ListInfo, ListRead
from ops_hub.lists.reading import joined, refuse_double
from ops_hub.lists.snapshot import KEY

_HELD = [*KEY, "entry_hash"]


class Aside:
    """Lists on disk, in a folder that whoever made it clears away."""

    def __init__(self, folder: Path) -> None:
        """Begin with nothing."""
        self._folder = folder
        self._held: list[pl.DataFrame] = []
        self._lists: dict[str, ListInfo] = {}

    def put(self, read: ListRead, blocks: pl.Series) -> None:
        """Put a list, or a piece of one, aside.

        Args:
            read: its entries.
            blocks: for each entry the name block that it belongs to, a text.

        Raises:
            ConfigError: another list of the same id is here already.
        """
        known = self._lists.get(read.info.list_id)
        self._lists[read.info.list_id] = read.info if known is None else joined(known, read.info)
        read.entries.write_ipc(self._file(len(self._held)), compression="zstd")
        weight = pl.col("names").list.len() + pl.col("documents").list.len()
        self._held.append(
            read.entries.select(*_HELD, blocks.alias("block"), weight.cast(pl.Int64).clip(1).alias("weight"))
        )

    @property
    def keys(self) -> pl.DataFrame:
        """list_id, entry_id and entry_hash of all entries.

        Raises:
            ConfigError: an entry stands in two files of a list.
        """
        keys = pl.concat([each.select(_HELD) for each in self._held])
        refuse_double(keys)
        return keys

    @property
    def lists(self) -> tuple[ListInfo, ...]:
        """What is said about each list, by id."""
        return tuple(self._lists[name] for name in sorted(self._lists))

    def allotted(self, shards: int) -> list[pl.Series]:
        """Return, for each file, the shard (from 0) of every entry (see `allotted`), and hold no keys any more."""
        shard, found = allotted(pl.concat(self._held), shards), list[pl.Series]()
        for each in self._held:
            found.append(shard.head(each.height))
            shard = shard.slice(each.height)
        self._held = []
        return found

    def taken(self, allotted: list[pl.Series], shard: int) -> list[ListRead]:
        """Return all lists with their entries of one shard, few or none as these may be."""
        files = enumerate(allotted)
        own = [pl.read_ipc(self._file(at)).filter(each == shard) for at, each in files]
        return lists_of(pl.concat(own), self.lists)

    def _file(self, number: int) -> Path:
        return self._folder / f"{number}.arrow"


def allotted(entries: pl.DataFrame, shards: int) -> pl.Series:
    """Return the shard (from 0) of each entry: all entries in the order of their blocks, cut into runs of equal weight.

    So shards are as large as each other whatever the blocks are, a block stays together but for where the cut falls,
    one that is larger than a shard fills several, and the same entries always come to the same shards.

    Args:
        entries: list_id, entry_id, block and weight, in any order.
        shards: how many; where entries are fewer, some get none.
    """
    ordered = entries.select(*KEY, "block", "weight").with_row_index("row").sort("block", *KEY)
    before = pl.col("weight").cum_sum() - pl.col("weight")
    shard = (before * shards // pl.col("weight").sum()).cast(pl.UInt32).alias("shard")
    return ordered.select("row", shard).sort("row")["shard"]
