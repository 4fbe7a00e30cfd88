"""Two published states of the lists: what must be looked for in the past, and what must be taken back.

Reach for `between()`. Looked for is every entry that is new, was changed, or became valid since the last look; taken
back is what was found of entries that are no longer listed, or no longer in that form.
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
Pair = tuple[str, str]  # list_id, entry_id


@dataclass(frozen=True)
class Changed:
    """What a change of lists asks for.

    Attributes:
        lists: terms of all lists that hold now.
        entries: ENTRIES to be looked for, by list and entry id.
        removed: entries that are no longer listed.
        replaced: entries that are listed in another form now, with the hash of that form, which is among `entries`.
    """

    lists: tuple[ListInfo, ...]
    entries: pl.DataFrame
    removed: list[Pair]
    replaced: dict[Pair, str]

    @property
    def is_nothing(self) -> bool:
        """Whether there is nothing to look for and nothing to take back."""
        return not (self.entries.height or self.removed or self.replaced)

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
    removed = was.join(now, on=KEY, how="anti").select(KEY).sort(KEY).rows()
    replaced = added.join(was, on=KEY, how="semi").select(VERSION).sort(KEY).rows()
    return Changed(new.lists, wanted, removed, {(list_id, entry): form for list_id, entry, form in replaced})
