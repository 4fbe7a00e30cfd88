"""A live screening, repeated: the unit as it is retained, the lists, rules and engine of its receipt, and what comes of it.

Reach for `screening_of()` to find what a record was screened by, and `replayed()` to repeat it. A unit (a message, a slice
of a table) is repeated whole: only so can its receipt, which has hashes over all its records and hits, prove or disprove
what is said to have been found. What is told names no person.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

import polars as pl

from ops_hub.engines.replay import Difference, differences
from ops_hub.errors import StoreError
from ops_hub.lists.snapshot import Snapshot
from ops_hub.pipeline import Knowledge, open_lists, screen
from ops_hub.schemas import HITS, TRAVELLERS, empty
from ops_hub.store.receipt import Receipt, digest_of, digest_of_records

# Columns that say who the traveller is: that they differ is told, not how.
_UNTOLD = {
    "family_name", "given_names", "birth_date", "sex", "nationality", "passenger_ref", "matched_name", "matched_document",
    "tokens", "explanation",
}  # fmt: skip
_GONE = "retention deleted or masked it; nothing is left to do"


@dataclass(frozen=True)
class Kept:
    """What repeating needs of the hub's other parts.

    Attributes:
        find: rows of a record (TRAVELLERS, screening_id, day), of a day where that is known.
        days: days that anything is retained of.
        read: TRAVELLERS of a day and their screening_id, with identities, slice by slice.
        receipt_of: receipt of a screening; None where there is none.
        hits_of: HITS of a screening as cases hold them, given its record ids; None where no case does.
        snapshot: opens the lists of a hash.
        knowledge: how names and people are compared by the rules of a digest, with a threshold.
    """

    find: Callable[[str, str | None], pl.DataFrame]
    days: Callable[[], Sequence[str]]
    read: Callable[[str], Iterator[pl.DataFrame]]
    receipt_of: Callable[[str], Receipt | None]
    hits_of: Callable[[Receipt, Sequence[str]], pl.DataFrame | None]
    snapshot: Callable[[str], Snapshot]
    knowledge: Callable[[str, float], Knowledge]


@dataclass(frozen=True)
class Screening:
    """What a record was screened by: its receipt, the day it is kept under, other screenings of the same record."""

    record_id: str
    receipt: Receipt
    day: str
    others: tuple[str, ...]


@dataclass(frozen=True)
class Replayed:
    """What came of a repetition.

    Attributes:
        identical: whether records and hits have the hashes of the receipt, and cases hold the same hits.
        found: hits now, in the whole unit.
        of_record: hits now of the record that was asked about.
        differences: hit by hit, where what was found then is still held by cases.
        notes: what could not be compared.
    """

    identical: bool
    found: int
    of_record: int
    differences: list[Difference]
    notes: tuple[str, ...]


def screening_of(record_id: str, day: str | None, kept: Kept, *, screening: str | None = None) -> Screening:
    """Return what a record was screened by: the last time, unless another screening is named.

    Raises:
        StoreError: the record or the receipt is not there.
    """
    rows = kept.find(record_id, day)
    if not rows.height:
        raise StoreError(f"record {record_id}", "no such record is retained", _GONE)
    told = [(kept.receipt_of(each), each) for each in rows["screening_id"].unique(maintain_order=True)]
    receipts = sorted((each for each, _ in told if each is not None), key=lambda each: each.screened_at)
    chosen = [each for each in receipts if screening in (None, each.screening_id)]
    if not chosen:
        missing = screening or ", ".join(name for _, name in told)
        raise StoreError(
            f"record {record_id}", f"there is no receipt of its screening {missing}", "check the audit log"
        )
    receipt = chosen[-1]
    place = rows.filter(pl.col("screening_id") == receipt.screening_id)["day"][0]
    others = tuple(name for _, name in told if name != receipt.screening_id)
    return Screening(record_id, receipt, place, others)


def replayed(asked: Screening, kept: Kept) -> Replayed:
    """Repeat a screening, in the engine of its receipt (see `replay.code_of`).

    Raises:
        StoreError: records of the unit, lists or rules are gone, or are not those of then.
    """
    receipt = asked.receipt
    travellers = _unit(asked, kept)
    knowledge = kept.knowledge(receipt.ruleset, receipt.threshold)
    if knowledge.config.digest != receipt.configuration:
        raise StoreError(
            f"rules {receipt.ruleset}", "their settings are not those of then", "restore the rules from a copy"
        )
    snapshot = kept.snapshot(receipt.snapshot)
    if snapshot.hash != receipt.snapshot:
        raise StoreError(
            f"lists {receipt.snapshot}", f"what is kept there is {snapshot.hash}", "restore them from a copy"
        )
    found = screen(travellers, open_lists(snapshot, knowledge), knowledge, today=receipt.today)
    same = digest_of(found) == receipt.result and found.height == receipt.hits
    then = kept.hits_of(receipt, travellers["record_id"].to_list())
    notes: tuple[str, ...] = ()
    told: list[Difference] = []
    held = 0 if then is None else then.height
    if held < receipt.hits:
        notes = (
            f"cases hold {held} of {receipt.hits} hits of then: the others are compared by the receipt's hash alone",
        )
    if then is not None:
        # what cases no longer hold is not called additional
        now = found if held >= receipt.hits else found.join(then, on="hit_id", how="semi")
        told = [_untold(each) for each in differences(_by_id(then), _by_id(now), ["hit_id"])]
    if not same and (not told or held < receipt.hits):
        told += [
            {"what": "changed", "row": {}, "column": "hits", "then": receipt.hits, "now": found.height},
            {"what": "changed", "row": {}, "column": "result", "then": receipt.result, "now": digest_of(found)},
        ]
    mine = found.filter(pl.col("record_id") == asked.record_id).height
    return Replayed(same and not told, found.height, mine, told, notes)


def _by_id(hits: pl.DataFrame) -> pl.DataFrame:
    return hits.select(*HITS).sort("hit_id")


def _untold(each: Difference) -> Difference:
    if each.get("column") in _UNTOLD:
        return each | {"then": "(not told)", "now": "(not told)"}
    return each


def _unit(asked: Screening, kept: Kept) -> pl.DataFrame:
    """Return all travellers of a screening; days near the record's are looked through first."""
    receipt, near = asked.receipt, date.fromisoformat(asked.day)
    days = sorted(set(kept.days()), key=lambda day: (abs((date.fromisoformat(day) - near).days), day))
    found, rows = [empty(TRAVELLERS)], 0
    for day in days:
        for slice_ in kept.read(day):
            own = slice_.filter(pl.col("screening_id") == receipt.screening_id).select(*TRAVELLERS)
            if own.height:
                found.append(own)
                rows += own.height
        if rows >= receipt.screened:
            break
    place = f"screening {receipt.screening_id}"
    if rows < receipt.screened:
        raise StoreError(
            place, f"{receipt.screened - rows} of its {receipt.screened} records are no longer retained", _GONE
        )
    travellers = pl.concat(found)
    if digest_of_records(travellers) != receipt.records:
        raise StoreError(place, "the records retained are not those that were screened", "restore the lake from a copy")
    return travellers
