"""Lists against a snapshot: what is new in them, to be compiled alone and to stand on that snapshot, its base.

Reach for `changes()` before compiling, for `parts()` to search a snapshot with all that it stands on, and for `whole()`
to look at its entries. A changed entry is the old one withdrawn and the new one added, so that no entry stands in two
parts, and what is found in each part is together what is found in all.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ops_hub.errors import ConfigError
from ops_hub.lists.info import ListInfo, ListRead, differing
from ops_hub.lists.snapshot import KEPT, KEY, Snapshot
from ops_hub.schemas import REJECTS, rows

_COUNTED = ("person", "document")


@dataclass(frozen=True)
class Changes:
    """What lists change in a base.

    Attributes:
        entries: ENTRIES that are new or changed, by list and entry id.
        withdrawn: KEY of entries of the base that were changed or removed.
        lists: what is said about each list, the base's too.
        keys: list_id, entry_id and entry_hash of all entries that hold now.
    """

    entries: pl.DataFrame
    withdrawn: pl.DataFrame
    lists: tuple[ListInfo, ...]
    keys: pl.DataFrame


def changes(base: Snapshot, read: Sequence[ListRead], *, replace: bool) -> Changes:
    """Return what the lists read change in a base.

    Args:
        base: what they are compared with; its keys are enough.
        read: lists, or new and changed entries of them.
        replace: the lists are whole: entries of the base that are missing from them are removed.

    Raises:
        ConfigError: entries are added to a list on other terms than the base has it.
    """
    given = pl.concat([each.entries for each in read])
    held = _held(base)
    met = held.join(given, on=KEY, how="semi")  # few of many, so that what follows is quick
    new = given.select(KEPT).join(met, on=[*KEY, "entry_hash"], how="anti")
    dropped = met.join(new, on=KEY, how="semi")
    if replace:
        own = held.filter(pl.col("list_id").is_in([each.info.list_id for each in read]))
        dropped = pl.concat([dropped, own.join(given.select(KEY), on=KEY, how="anti")])
    left = held.join(dropped, on=KEY, how="anti") if dropped.height else held
    entries = given.join(new.select(KEY), on=KEY, how="semi").sort(KEY)
    lists = {info.list_id: info for info in base.lists}
    for each in read:
        known = lists.get(each.info.list_id)
        is_part = known is not None and not replace
        lists[each.info.list_id] = _joined(known, each.info, new, dropped) if known and is_part else each.info
    keys = pl.concat([left, new]).select(*KEY, "entry_hash")
    return Changes(entries, dropped.select(KEY).sort(KEY), tuple(lists[name] for name in sorted(lists)), keys)


def _joined(known: ListInfo, given: ListInfo, new: pl.DataFrame, dropped: pl.DataFrame) -> ListInfo:
    """Return what is said about a list that some entries are added to: its terms stay, its counts follow."""
    term = differing(known, given)
    if term is not None:
        was, now = getattr(known, term), getattr(given, term)
        raise ConfigError(
            known.list_id,
            f"its {term} is {now!r} here and {was!r} in the snapshot",
            "put its list.toml beside the entries, or give the whole list with --replace",
        )
    counts = dict(known.counts)
    for kind in _COUNTED:
        more, less = (
            frame.filter((pl.col("list_id") == known.list_id) & (pl.col("kind") == kind)).height
            for frame in (new, dropped)
        )
        if more or less:
            counts[f"{kind}s"] = counts.get(f"{kind}s", 0) + more - less
    files = known.files + tuple(each for each in given.files if each not in known.files)
    day = given.generated_on or known.generated_on
    return ListInfo(**{**known.__dict__, "counts": counts, "files": files, "generated_on": day})


def layers(snapshot: Snapshot) -> list[Snapshot]:
    """Return a snapshot and all that it stands on, the latest first."""
    return [snapshot, *(layers(snapshot.base.snapshot) if snapshot.base is not None else [])]


def parts(snapshot: Snapshot) -> list[tuple[Snapshot, NDArray[np.bool_] | None]]:
    """Return a snapshot with all that it stands on, the oldest first, and which entries of each a later one withdrew.

    One that consists of shards is as many parts. Parts without entries are left out, but for the oldest.
    """
    found: list[tuple[Snapshot, NDArray[np.bool_] | None]] = []
    withdrawn: list[pl.DataFrame] = []
    for each in layers(snapshot):
        own = each.shards[::-1] or (each,)
        found += [(part, _gone(part.entries, withdrawn)) for part in own if part.entries.height or each.base is None]
        if each.base is not None:
            withdrawn.append(each.base.withdrawn)
    return found[::-1]


def _gone(entries: pl.DataFrame, withdrawn: list[pl.DataFrame]) -> NDArray[np.bool_] | None:
    keys = pl.concat(withdrawn).unique() if withdrawn else None
    if keys is None or not keys.height:
        return None
    near = entries.select(KEY).with_row_index("row").filter(pl.col("entry_id").is_in(keys["entry_id"].implode()))
    rows = near.join(keys, on=KEY, how="semi")["row"].to_numpy()
    gone = np.zeros(entries.height, np.bool_)
    gone[rows] = True
    return gone if len(rows) else None


def _held(snapshot: Snapshot) -> pl.DataFrame:
    return pl.concat([_holding(each.entries.select(KEPT), gone) for each, gone in parts(snapshot)])


def whole(snapshot: Snapshot) -> pl.DataFrame:
    """Return ENTRIES of a snapshot with all that it stands on, part by part."""
    return pl.concat([_holding(each.entries, gone) for each, gone in parts(snapshot)])


def lists_in(snapshot: Snapshot) -> list[ListRead]:
    """Return the lists of a snapshot with all that it stands on, as if they had just been read."""
    return lists_of(whole(snapshot), snapshot.lists)


def each_in(snapshot: Snapshot) -> Iterator[ListRead]:
    """Yield the same list after list, so that one at a time is held in memory."""
    for info in snapshot.lists:
        yield from lists_of(whole(snapshot).filter(pl.col("list_id") == info.list_id), (info,))


def lists_of(entries: pl.DataFrame, lists: Sequence[ListInfo]) -> list[ListRead]:
    """Return ENTRIES and what is said about their lists as if these had just been read."""
    own = entries.partition_by("list_id", as_dict=True)
    nothing = entries.clear()
    return [ListRead(each, own.get((each.list_id,), nothing), rows(REJECTS, [])) for each in lists]


def _holding(entries: pl.DataFrame, gone: NDArray[np.bool_] | None) -> pl.DataFrame:
    return entries if gone is None else entries.filter(pl.Series(~gone))


def counts(snapshot: Snapshot) -> dict[str, int]:
    """Return how many entries a snapshot with a base added, changed and removed there."""
    if snapshot.base is None:
        return {}
    changed = snapshot.entries.select(KEY).join(snapshot.base.withdrawn, on=KEY, how="semi").height
    return {
        "added": snapshot.entries.height - changed,
        "changed": changed,
        "removed": snapshot.base.withdrawn.height - changed,
    }
