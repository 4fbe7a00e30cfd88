"""Two published states of the lists: what must be looked for in the past, and what must be taken back.

Reach for `between()`. Looked for is every entry that is new, was changed, or became valid since the last look; taken
back is every version of an entry that no longer stands in the lists.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import polars as pl

from ops_hub.lists.delta import whole
from ops_hub.lists.info import ListInfo, ListRead
from ops_hub.lists.snapshot import KEY, Snapshot
from ops_hub.schemas import REJECTS, empty

VERSION = [*KEY, "entry_hash"]  # one version of an entry


@dataclass(frozen=True)
class Changed:
    """What a change of lists asks for.

    Attributes:
        lists: terms of all lists that hold now.
        entries: ENTRIES to be looked for, by list and entry id.
        removed: versions (list_id, entry_id, entry_hash) of entries that no longer stand there.
        replaced: versions that stand there in another form now; that form is among `entries`.
    """

    lists: tuple[ListInfo, ...]
    entries: pl.DataFrame
    removed: pl.DataFrame
    replaced: pl.DataFrame

    @property
    def is_nothing(self) -> bool:
        """Whether there is nothing to look for and nothing to take back."""
        return not (self.entries.height or self.removed.height or self.replaced.height)

    def read(self) -> list[ListRead]:
        """Return the entries to be looked for as lists, to be compiled; lists without one are left out."""
        own = self.entries.partition_by("list_id", as_dict=True)
        return [ListRead(each, own[(each.list_id,)], empty(REJECTS)) for each in self.lists if (each.list_id,) in own]


def between(old: Snapshot, new: Snapshot, *, since: date, today: date) -> Changed:
    """Return what the step from one published state of the lists to the next asks for.

    Args:
        old: the lists that history was screened against.
        new: the lists that hold now; may be the same, for entries that became valid meanwhile.
        since: day of the look before.
        today: day of this one: an entry valid from a day after `since` up to today could not be met before.
    """
    was, now = whole(old), whole(new)
    added = now.join(was, on=VERSION, how="anti")
    begun = now.filter((pl.col("valid_from") > since) & (pl.col("valid_from") <= today))
    wanted = pl.concat([added, begun.join(added, on=VERSION, how="anti")]).sort(KEY)
    gone = was.select(VERSION).join(now, on=VERSION, how="anti").sort(KEY)
    return Changed(
        new.lists, wanted, gone.join(now, on=KEY, how="anti").sort(KEY), gone.join(now, on=KEY, how="semi").sort(KEY)
    )
