"""Which list entries somebody may read without a case, and the lists ready to be searched for them.

Reach for `matcher()` and `Reading`. Who types a name has no journey to show for it, so what a case would tell as hit/no-hit is
told here not at all: an entry is read by its owner, by the centre as custodian, and by those whom its caveats let read
it once they are concerned. Of all others nothing is told, not even that they exist.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import polars as pl

from ops_hub.casework.case import Actor
from ops_hub.casework.policy import Policy, terms_of
from ops_hub.casework.sight import Sight, sight_of
from ops_hub.config import matching_config
from ops_hub.lists.info import ListInfo
from ops_hub.normalise.tables import name_tables
from ops_hub.pipeline import Knowledge, Lists, open_lists
from ops_hub.service.centre import Centre

NEEDED = ("list_id", "entry_id", "owner", "handling", "caveats", "nationalities")  # of an entry, to ask `Reading.may`
_TERMS = ("list_id", "owner", "handling", "caveats")
_SOME_STATE = frozenset({"?"})  # stands for a nationality that is nobody's


def matcher(centre: Centre, least: float | None = None) -> tuple[Lists, Knowledge]:
    """Return the lists that hold, ready to be searched, and how names are compared.

    Args:
        centre: whose.
        least: score from which on pairs are found; that of the rules where none is given.

    Raises:
        ConfigError: no lists are published.
    """
    snapshot, rules = centre.snapshot, centre.rules

    def made() -> tuple[Lists, Knowledge]:
        knowledge = Knowledge(name_tables(rules), matching_config(rules))
        return open_lists(snapshot, knowledge), knowledge

    lists, knowledge = centre.kept("matcher", (snapshot.hash, rules), made)
    if least is None:
        return lists, knowledge
    bands = replace(knowledge.config.bands, threshold=least, high=max(least, knowledge.config.bands.high))
    return lists, replace(knowledge, config=replace(knowledge.config, bands=bands))


@dataclass(frozen=True)
class Reading:
    """What one reader may read of the lists.

    Attributes:
        policy: what the region agreed on.
        reader: who asks; state and role decide.
        released: entries (list, id) whose content a case already gives this reader.
    """

    policy: Policy
    reader: Actor
    released: frozenset[tuple[str, str]] = frozenset()
    _known: dict[tuple[Any, ...], bool] = field(default_factory=dict, repr=False)

    def may(self, entry: Mapping[str, Any], about: frozenset[str] = frozenset()) -> bool:
        """Return whether the content of an entry may be read.

        Args:
            entry: with the columns NEEDED.
            about: states whose national the person asked about is said to be. They can only take away: who may not know
                of their own people must not be able to ask for them as somebody else's.
        """
        listed = frozenset(entry["nationalities"] or ())
        released = (entry["list_id"], entry["entry_id"]) in self.released
        key = (entry["owner"], entry["handling"], tuple(entry["caveats"] or ()), listed, about, released)
        if key not in self._known:
            self._known[key] = self._may(*key)
        return self._known[key]

    def _may(
        self, owner: str, handling: str, caveats: tuple[str, ...], listed: frozenset[str], about: frozenset[str],
        released: bool,
    ) -> bool:  # fmt: skip
        said = terms_of(self.policy, handling, caveats, listed | about if listed else frozenset())
        owns = self.policy.is_custodian(self.reader.state, owner)
        return sight_of(said, self.reader, owns=owns, released=released, on_journey=True) is Sight.CONTENT


@dataclass(frozen=True)
class Readable:
    """A list of which something may be read, and how many of its entries."""

    info: ListInfo
    entries: int


def readable(centre: Centre, reading: Reading) -> list[Readable]:
    """Return the lists of which somebody may read something, by id.

    Raises:
        ConfigError: no lists are published.
    """
    lists, _ = matcher(centre)
    terms = centre.kept("terms-of-lists", lists.snapshot.hash, lambda: _terms(lists))
    counts: dict[str, int] = {}
    for row in terms:
        alike = row | {"entry_id": "", "nationalities": _SOME_STATE}
        if reading.may(alike):
            counts[row["list_id"]] = counts.get(row["list_id"], 0) + row["entries"]
    found = {info.list_id: info for info in lists.snapshot.lists}
    return [Readable(found[list_id], counts[list_id]) for list_id in sorted(counts) if list_id in found]


def _terms(lists: Lists) -> list[dict[str, Any]]:
    """Return list, owner, handling and caveats that occur together, and in how many entries."""
    kept = []
    for part in lists.parts:
        held = part.entries.select(*_TERMS)
        if part.withdrawn is not None:
            held = held.filter(pl.Series(~part.withdrawn))
        kept.append(held.with_columns(pl.col("caveats").fill_null([]).list.sort().list.join("\x1f")))
    counted = pl.concat(kept).group_by(_TERMS).len("entries")
    return [
        row | {"caveats": [each for each in row["caveats"].split("\x1f") if each]}
        for row in counted.iter_rows(named=True)
    ]
