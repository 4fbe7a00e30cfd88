"""A passenger beside a list entry: what the comparison is told as, and the steps that could keep them apart.

Reach for `Comparison`, `parts_of()` and the steps. They read what the engine scored (a row of HITS) and score nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import msgspec
import polars as pl

from ops_hub.matching.evidence import TERMS
from ops_hub.pipeline import Knowledge
from ops_hub.service.matching.matching import caption_of
from ops_hub.service.matching.passengers import Passenger

_MET = ("exact", "in-range", "look-alike")


class Step(msgspec.Struct):
    """Something that keeps a pair apart or not, in the order in which screening asks.

    Attributes:
        step: listed, valid, document, names, score or case.
        passed: False where it keeps them apart; None where that is not known or does not matter.
        values: figures and words that belong to it.
    """

    step: str
    passed: bool | None
    values: dict[str, Any] = {}


class Part(msgspec.Struct):
    """A part of the score: parts sum to it."""

    part: str
    kind: str
    ours: str | None
    listed: str | None
    points: float


class Change(msgspec.Struct):
    """What the score would be if one thing agreed, all else as it is."""

    part: str
    now: float
    then: float
    score: float
    enough: bool


class Comparison(msgspec.Struct):
    """A passenger beside an entry.

    Attributes:
        first: step that kept them apart; '' where nothing did.
        why: the same in words of the engine.
        parts: of the score.
        changes: what would have to differ, the most telling first.
        name_needed: name score that would do with all else as it is; None where none would.
        case: that they met in, where this reader may see it.
    """

    met: bool
    first: str
    why: str
    explanation: str
    score: float
    threshold: float
    band: str
    entry: dict[str, Any]
    passenger: dict[str, Any]
    steps: list[Step]
    parts: list[Part]
    changes: list[Change]
    name_needed: float | None
    case: int | None = None


def valid(entry: Mapping[str, Any], today: date) -> Step:
    """Whether the entry may be used today."""
    begin, end = entry["valid_from"], entry["valid_until"]
    good = (begin is None or begin <= today) and (end is None or end >= today)
    return Step("valid", good, {"from": day_text(begin), "until": day_text(end), "today": str(today)})


def document(hit: Mapping[str, Any], entry: Mapping[str, Any], who: Passenger) -> Step:
    """Whether a document met."""
    met = hit["document_agreement"] in _MET
    shown = sum(len(each or ()) for each in who.travellers["documents"].to_list())
    values = {"agreement": hit["document_agreement"], "shown": shown, "listed": len(entry["documents"] or ())}
    values |= {"matched": hit["matched_document"], "alone": not entry["names"]}
    return Step("document", True if met else None if entry["names"] else False, values)


def names(hit: Mapping[str, Any], entry: Mapping[str, Any], floor: float) -> Step:
    """Whether the names alone rule the pair out, whatever else agrees; where a document decides, names do not matter."""
    values = {"score": hit["name_score"], "floor": floor, "alone": not entry["names"]}
    matters = entry["names"] and hit["document_agreement"] not in _MET
    return Step("names", hit["name_score"] >= floor - 1e-9 if matters else None, values)


def score(hit: Mapping[str, Any], entry: Mapping[str, Any], threshold: float) -> Step:
    """Whether the score is that of a hit; where a document decides, it does not matter."""
    values = {"score": hit["score"], "threshold": threshold, "alone": not entry["names"]}
    matters = entry["names"] and hit["document_agreement"] not in _MET
    return Step("score", hit["score"] >= threshold - 1e-9 if matters else None, values)


def parts_of(hit: Mapping[str, Any]) -> list[Part]:
    """Return the parts that the score of a hit (a row of HITS) is the sum of, those that are 0 left out."""
    made = [
        Part("name", line["kind"], line["query"], line["candidate"], line["points"]) for line in hit["tokens"] or ()
    ]
    kinds = {"birth_term": hit["birth_agreement"], "document_term": hit["document_agreement"]}
    for term in TERMS[1:]:
        if abs(hit[term]) > 1e-9:
            agrees = "agrees" if hit[term] > 0 else "differs"
            made.append(Part(term.removesuffix("_term"), kinds.get(term, agrees), None, None, hit[term]))
    cut = hit["score"] - sum(hit[term] for term in TERMS)
    return [*made, Part("cut", "cut", None, None, cut)] if abs(cut) > 1e-9 else made


def changes(hit: Mapping[str, Any], entry: Mapping[str, Any], knowledge: Knowledge) -> list[Change]:
    """Return what the score would be if birth date, sex, nationality or document agreed: exact, one at a time.

    An entry that names nobody is met by its document alone: nothing else is worth telling.
    """
    e, threshold = knowledge.config.evidence, knowledge.config.bands.threshold
    whole = sum(hit[term] for term in TERMS)
    best = {"birth_term": e.birth_exact, "sex_term": e.sex_same, "nationality_term": e.nationality_same}
    made = []
    for term, points in best.items():
        if entry["names"] and points > hit[term] + 1e-9:
            score = min(1.0, max(0.0, whole - hit[term] + points))
            made.append(Change(term.removesuffix("_term"), hit[term], points, score, score >= threshold - 1e-9))
    score = min(1.0, max(0.0, whole - hit["document_term"] + e.document_exact))
    made.append(Change("document", hit["document_term"], e.document_exact, score, True))
    return sorted(made, key=lambda each: -each.score)


def needed_name(hit: Mapping[str, Any], threshold: float) -> float | None:
    """Return the name score that would make a hit with all else as it is; None where even equal names would not."""
    needed = threshold - sum(hit[term] for term in TERMS[1:])
    return max(needed, 0.0) if needed <= 1.0 + 1e-9 else None


def entry_told(entry: Mapping[str, Any]) -> dict[str, Any]:
    """Return an entry as it is told."""
    names = ("list_id", "entry_id", "kind", "owner", "purpose", "crime_types", "handling", "caveats", "sex", "nationalities", "birth_places")  # fmt: skip
    told = {name: entry[name] for name in names}
    told["caption"] = caption_of(entry)
    told["names"] = [{"full": each["full"], "quality": each["quality"]} for each in entry["names"] or ()]
    told["births"] = [{"from": str(each["from"]), "to": str(each["to"])} for each in entry["births"] or ()]
    papers = entry["documents"] or ()
    told["documents"] = [{name: each[name] for name in ("type", "number", "number_to", "issuer")} for each in papers]
    return told | {name: day_text(entry[name]) for name in ("valid_from", "valid_until", "updated_on")}


def passenger_told(who: Passenger, hit: Mapping[str, Any]) -> dict[str, Any]:
    """Return the passenger of a hit as they are told."""
    row = who.travellers.filter(pl.col("record_id") == hit["record_id"]).row(0, named=True)
    told = {name: row[name] for name in ("family_name", "given_names", "full_name", "birth_date", "sex", "nationality", "flight", "from_port", "to_port")}  # fmt: skip
    told["documents"] = [{name: each[name] for name in ("type", "number", "issuer")} for each in row["documents"] or ()]
    return told | {"record": None if who.number is None and not who.kept else row["record_id"], "case": who.number}


def day_text(day: date | None) -> str | None:
    """Return a day as text."""
    return None if day is None else str(day)
