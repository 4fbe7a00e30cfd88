"""The walk of a passenger through the rooms, on one screen: lists in, travellers in, explained hits out.

Reach for `compile_lists()` and `open_lists()` once, then `screen()` for every batch, message or single query:
there is no other way to a hit. No clock, disk or environment in here: what is needed is an argument.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import date

import numpy as np
import polars as pl

from ops_hub.errors import ConfigError
from ops_hub.lists.delta import changes, parts
from ops_hub.lists.info import ListRead
from ops_hub.lists.snapshot import Base, Snapshot, snapshot_hash
from ops_hub.matching.births import NONE
from ops_hub.matching.candidates import Queries, found_pairs
from ops_hub.matching.compare import name_scores, side_of
from ops_hub.matching.evidence import band, floors, is_hit
from ops_hub.normalise.names import distinct_names, name_columns
from ops_hub.schemas import ENTRIES, HITS, TRAVELLERS, check
from ops_hub.screening.blocks import name_blocks
from ops_hub.screening.hits import by_person, hits, hitting, is_valid, united, weighed_pairs
from ops_hub.screening.listed import Knowledge, Lists, Part, compiled, ready, same_rules
from ops_hub.screening.pairs import Asked, asked_for, given_pairs, pairs
from ops_hub.targeting.documents.findings import document_findings
from ops_hub.targeting.documents.formats import DocumentRules
from ops_hub.targeting.documents.names import NAME

__all__ = [
    "Asked",
    "Knowledge",
    "Lists",
    "Watch",
    "add_lists",
    "against",
    "check_documents",
    "compile_lists",
    "look_up",
    "merged",
    "name_blocks",
    "open_lists",
    "partial",
    "prepared",
    "screen",
    "screened",
]

Watch = Callable[[str], AbstractContextManager[object]]
"""Times a stage: `with watch("candidates"): ...`; engines hand one in."""


def unwatched(stage: str) -> AbstractContextManager[object]:
    """Return a watch that times nothing."""
    return nullcontext()


def compile_lists(read: Sequence[ListRead], knowledge: Knowledge) -> Snapshot:
    """Return the lists as one snapshot, index included."""
    entries = check(pl.concat([each.entries for each in read]).sort("list_id", "entry_id"), ENTRIES, "lists")
    lists, digest = tuple(each.info for each in read), knowledge.digest()
    arrays, frames = compiled(entries, knowledge)
    return Snapshot(snapshot_hash(entries, lists, digest), lists, entries, frames, arrays, digest)


def add_lists(base: Snapshot, read: Sequence[ListRead], knowledge: Knowledge, *, replace: bool = False) -> Snapshot:
    """Return a snapshot that stands on `base`: only what is new or changed in the lists is compiled.

    Screening finds what it would find had all been compiled together, and the hash is the same, too.

    Args:
        base: what is added to.
        read: lists, or new and changed entries of them.
        knowledge: the same that the base was compiled with.
        replace: the lists are whole: entries of the base that are missing from them are removed.

    Raises:
        ConfigError: the base was compiled with other name tables or settings, or has a list on other terms.
    """
    same_rules(base, knowledge)
    new = changes(base, read, replace=replace)
    arrays, frames = compiled(check(new.entries, ENTRIES, "lists"), knowledge) if new.entries.height else ({}, {})
    digest, below = knowledge.digest(), Base(base, new.withdrawn)
    return Snapshot(snapshot_hash(new.keys, new.lists, digest), new.lists, new.entries, frames, arrays, digest, below)


def open_lists(snapshot: Snapshot, knowledge: Knowledge, *, only: Collection[int] | None = None) -> Lists:
    """Return a snapshot ready for screening.

    Args:
        snapshot: what to screen against.
        knowledge: the same that it was compiled with.
        only: which of its parts (places in `lists.delta.parts`), for engines that hold the others elsewhere and merge
            what `partial` finds in each; None: all.

    Raises:
        ConfigError: it was compiled with other name tables or settings.
    """
    made: list[Part] = []
    for number, (each, withdrawn) in enumerate(parts(snapshot)):
        if only is not None and number not in only:
            continue
        first = made[-1].first + made[-1].entries.height if made else 0
        made.append(ready(each, withdrawn, first, knowledge))
    return Lists(snapshot, tuple(made))


def prepared(travellers: pl.DataFrame, knowledge: Knowledge) -> Asked:
    """Return TRAVELLERS ready for `screen`: their names and births as they are compared.

    For engines that do this beside the screening of the travellers before; `screen` does it itself where it is not done.
    """
    return asked_for(check(travellers, TRAVELLERS, "screen"), knowledge)


def screen(
    travellers: pl.DataFrame | Asked, lists: Lists, knowledge: Knowledge, *, today: date, watch: Watch = unwatched
) -> pl.DataFrame:
    """Return HITS of TRAVELLERS against the lists, in the order of the travellers, best first.

    Args:
        travellers: TRAVELLERS, prepared or not.
        lists: what to screen against.
        knowledge: how names and people are compared.
        today: entries not valid on this day are passed over.
        watch: times the stages.
    """
    return pl.concat(list(screened(travellers, lists, knowledge, today=today, watch=watch)))


def screened(
    travellers: pl.DataFrame | Asked, lists: Lists, knowledge: Knowledge, *, today: date, watch: Watch = unwatched
) -> Iterator[pl.DataFrame]:
    """Yield what `screen` returns, piece by piece: for engines, whose memory must hold when a name is listed a thousand times."""
    for piece in partial(travellers, lists, knowledge, today=today, watch=watch):
        yield merged([piece])


def partial(
    travellers: pl.DataFrame | Asked, lists: Lists, knowledge: Knowledge, *, today: date, watch: Watch = unwatched
) -> Iterator[pl.DataFrame]:
    """Yield HITS in any order with `person` (row of the travellers) beside, for `merged`.

    For engines that hold some of the lists here and some elsewhere. All hits of a person are in one piece.
    """
    if not isinstance(travellers, Asked):
        with watch("normalise"):
            travellers = prepared(travellers, knowledge)
    asked, found = travellers, []
    for part in lists.parts:
        with watch("candidates"):
            met = pairs(asked, part, knowledge)
        with watch("score"):
            found.append(hitting(met, asked, part, knowledge, today))
    for mine in by_person(found):
        with watch("explain"):
            told = [hits(each, asked, part, knowledge) for each, part in zip(mine, lists.parts, strict=True)]
        yield pl.concat(told)


def merged(found: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """Return the HITS of travellers, in their order, of what `partial` gave for each part of the lists.

    Args:
        found: HITS with `person`; entries of no two of them are the same.
    """
    return check(united(found), HITS, "screen")


def check_documents(
    travellers: pl.LazyFrame, entries: pl.LazyFrame | None, rules: DocumentRules, knowledge: Knowledge, *, today: date
) -> pl.LazyFrame:
    """Return FINDINGS about the documents of TRAVELLERS, given ENTRIES; names are compared by the engine's one score."""
    tables, settings = knowledge.tables, knowledge.config.names

    def likeness(pairs: pl.DataFrame) -> pl.Series:
        ends = [[pl.col(part + end) for part in NAME] for end in ("", "_other")]
        names = [pairs.select(name_columns(family, given, full)) for family, given, full in ends]
        one, other = (side_of(distinct_names(each, tables, settings, cut=True), tables) for each in names)
        rows = np.arange(pairs.height)
        return pl.Series(name_scores(one, other, np.column_stack((rows, rows)), settings), dtype=pl.Float64)

    return document_findings(travellers, entries, likeness, rules, today=today)


def against(
    travellers: pl.DataFrame, entry_id: str, lists: Lists, knowledge: Knowledge, *, today: date
) -> pl.DataFrame:
    """Return HITS of each traveller against the entries of this id, hits or not; the band of no hit is 'none'.

    Args:
        travellers: TRAVELLERS, few.
        entry_id: id of an entry, or LIST/ID.
        lists: where the entry stands.
        knowledge: how names and people are compared.
        today: entries not valid on this day are no hits.

    Raises:
        ConfigError: no list has such an entry.
    """
    bands, asked = knowledge.config.bands, asked_for(travellers, knowledge)
    found = []
    for part in lists.parts:
        met = given_pairs(asked, part.rows_of(entry_id), part, knowledge)
        scored = weighed_pairs(met, asked, part, knowledge)
        shown = is_hit(bands) & is_valid(scored["entry"], part, today)
        scored = scored.with_columns(pl.when(shown).then(band(bands)).otherwise(pl.lit("none")).alias("band"))
        found.append(hits(scored, asked, part, knowledge))
    if travellers.height and not any(each.height for each in found):
        raise ConfigError(entry_id, "no list here has this entry", "give the entry's id, or LIST/ID")
    return check(united(found), HITS, "against")


def look_up(
    family: str | None, given: str, lists: Lists, knowledge: Knowledge, *, born: date | None = None
) -> list[tuple[int, int, float]]:
    """Return entry (see `Lists.entry`), place (in its names) and name score of everyone who could be this person, best first.

    For programs that ask very often and explain later: names and birth date only, no frames. `screen` gives hits.

    Args:
        family: family name; None where the name is not split.
        given: given names, or the whole name.
        lists: what to look in.
        knowledge: how names are compared.
        born: birth date, when known.
    """
    frame = pl.DataFrame({"family": [family], "given": [given]}, schema={"family": pl.String, "given": pl.String})
    names = distinct_names(frame, knowledge.tables, knowledge.config.names, cut=True)
    day = np.array([NONE if born is None else born.year * 10000 + born.month * 100 + born.day], dtype=np.int32)
    known, least = (knowledge.tables, knowledge.config.names), floors(knowledge.config)
    asked = Queries(np.zeros(1, np.int64), day, day)
    found: list[tuple[int, int, float]] = []
    for part in lists.parts:
        _, bearers, scores = found_pairs(names, asked, part.index, known, floors=least, threads=1)
        entry, place = (each[bearers] for each in part.index.places)
        holds = part.holds(entry)
        columns = (entry[holds].astype(np.int64) + part.first, place[holds], scores[holds])
        found += zip(*(each.tolist() for each in columns), strict=True)
    return lists.ranked(found)
