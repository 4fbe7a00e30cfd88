"""A traveller beside a list entry: what agrees, what does not, what is missing; and the score as a walk from nought.

Reach for `compared()`, `token_lines()` and `fall()`. Everything is said by a word as well as by a sign; figures are those
of the hit, nothing is worked out anew.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ops_hub.console.marking import _

AGREES, NEARLY, DIFFERS, MISSING, UNSCORED = "agrees", "nearly", "differs", "missing", "not compared"
_WORDS = (_("agrees"), _("nearly"), _("differs"), _("missing"), _("not compared"))
_BIRTH = {
    "exact": (AGREES, _("the same day")), "swapped": (NEARLY, _("day and month exchanged")),
    "one-digit": (NEARLY, _("differs in one place")), "year": (NEARLY, _("the year agrees")),
    "range": (NEARLY, _("within the listed time")), "near": (DIFFERS, _("within a year")),
    "different": (DIFFERS, ""), "unknown": (MISSING, _("unknown on one side")),
}  # fmt: skip
_PAPERS = {
    "exact": (AGREES, _("the same number")), "in-range": (AGREES, _("within a listed range")),
    "look-alike": (NEARLY, _("looks alike: scanner or clerk")), "different": (DIFFERS, _("other numbers")),
    "unknown": (MISSING, _("unknown on one side")),
}  # fmt: skip
_TERMS = (
    ("name_score", _("name")), ("quality_term", _("weak name")), ("birth_term", _("birth date")), ("sex_term", _("sex")),
    ("nationality_term", _("nationality")), ("document_term", _("document")),
)  # fmt: skip
_CUT = _("cut to 0 to 1")
_TAKES = ("contradicted", "omitted", "order", "common")
_LEAST = 1e-9


@dataclass(frozen=True)
class Field:
    """A field of the comparison: its name, how the two sides stand to each other, and more in words."""

    name: str
    verdict: str
    note: str = ""


@dataclass(frozen=True)
class Bar:
    """A part of the score; `note` stands beside it where there is more to say."""

    words: str
    points: float
    note: str = ""


@dataclass(frozen=True)
class Fall:
    """The score as a walk from nought: its bars, which sum to it, and the scores that a band begins at."""

    bars: list[Bar]
    score: float
    marks: list[tuple[str, float]]


def compared(person: Mapping[str, Any], met: Mapping[str, Any]) -> list[Field]:
    """Return the fields of a comparison, as they stand in the table.

    Args:
        person: what a carrier sent; empty where it may not be shown.
        met: a hit's content as `cases.show` tells it.
    """
    entry: Mapping[str, Any] = met.get("entry") or {}
    born, papers = _BIRTH.get(met.get("birth_agreement") or ""), _PAPERS.get(met.get("document_agreement") or "")
    return [
        _name(met),
        Field(_("birth date"), *(born or (MISSING, ""))),
        Field(_("sex"), _alike(person.get("sex"), [entry.get("sex")])),
        Field(_("nationality"), _alike(person.get("nationality"), entry.get("nationalities"))),
        _birth_place(person.get("birth_place"), entry.get("birth_places")),
        Field(_("documents"), *(papers or (MISSING, ""))),
    ]


def _name(met: Mapping[str, Any]) -> Field:
    lines = met.get("tokens") or []
    if not lines:
        return Field(_("name"), UNSCORED, _("found by a document"))
    takes = {each["kind"] for each in lines} & {"contradicted", "omitted"}
    alike = all(each["similarity"] == 1 for each in lines if each["kind"] not in _TAKES)
    if "contradicted" in takes:
        return Field(_("name"), NEARLY, _("part of it says something else"))
    if "omitted" in takes:
        return Field(_("name"), NEARLY, _("one side has more"))
    return Field(_("name"), AGREES) if alike else Field(_("name"), NEARLY, _("written in another way"))


def _alike(ours: str | None, theirs: Any) -> str:
    known = [each for each in theirs or [] if each]
    return MISSING if not ours or not known else AGREES if ours in known else DIFFERS


def _birth_place(ours: str | None, theirs: Any) -> Field:
    known = [each.casefold() for each in theirs or [] if each]
    if not ours or not known:
        return Field(_("birth place"), MISSING)
    same = ours.casefold() in known
    return Field(_("birth place"), AGREES if same else UNSCORED, _("not part of the score"))


def token_lines(met: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the lines of the name's alignment, each with what it says: agrees, nearly, differs or missing."""
    made = []
    for each in met.get("tokens") or []:
        kind = each["kind"]
        if kind in _TAKES:
            verdict = {"contradicted": DIFFERS, "omitted": MISSING}.get(kind, UNSCORED)
        else:
            verdict = AGREES if each["similarity"] == 1 else NEARLY
        made.append(each | {"verdict": verdict})
    return made


def fall(met: Mapping[str, Any], bands: Mapping[str, float]) -> Fall | None:
    """Return the score as a walk from nought over all terms; the bars sum to it. None where no score is told.

    Args:
        met: a hit's content.
        bands: threshold and high.
    """
    if met.get("score") is None:
        return None
    parts = [(words, float(met.get(term) or 0)) for term, words in _TERMS]
    total = sum(points for _words, points in parts)
    if abs(met["score"] - total) > _LEAST:
        parts.append((_CUT, met["score"] - total))
    marks = [(_("shown"), bands["threshold"]), (_("high"), bands["high"])]
    return Fall([Bar(words, points) for words, points in parts], met["score"], marks)
