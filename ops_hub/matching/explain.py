"""The score's own terms into one line that a watch officer can read.

Reach for `sentence()`. It says what agrees, what does not and what is unknown, in that order, and never
calls anyone a suspect: a hit is a lead to verify.
"""

from __future__ import annotations

from typing import Any

from ops_hub.matching.compare import Line

_AGREES = {
    "same": "same", "spelling": "spelled differently", "sound": "sounds alike", "variant": "known spelling", "syllable": "same syllable",
    "nickname": "nickname", "language": "same name in another language", "script": "other script", "truncated": "cut short",
    "initial": "initial", "joined": "written as one",
}  # fmt: skip
_BIRTH = {
    "exact": "birth date equal", "swapped": "birth date equal with day and month exchanged", "one-digit": "birth date differs in one digit",
    "year": "birth year agrees", "near": "birth date within a year", "different": "birth date differs", "unknown": "birth date unknown on one side",
}  # fmt: skip
_DOCUMENT = {
    "exact": "document number equal",
    "in-range": "document number within a listed range",
    "look-alike": "document number looks alike (scanner or clerk)",
}


def sentence(lines: list[Line], hit: dict[str, Any]) -> str:
    """Return the explanation of one hit: names token by token, then the other evidence with its points."""
    parts = []
    if hit["document_agreement"] in _DOCUMENT:
        parts.append(f"{_DOCUMENT[hit['document_agreement']]}: {hit['matched_document']} ({hit['document_term']:+.2f})")
    if lines:
        parts.append(_names(lines, hit["name_score"]))
    unknown = hit["birth_agreement"] == "unknown"
    parts.append(_BIRTH["unknown"] if unknown else f"{_BIRTH[hit['birth_agreement']]} ({hit['birth_term']:+.2f})")
    for term, agree, differ in (
        ("sex_term", "sex agrees", "sex differs"),
        ("nationality_term", "nationality agrees", "nationality differs"),
    ):
        if hit[term]:
            parts.append(f"{agree if hit[term] > 0 else differ} ({hit[term]:+.2f})")
    if hit["quality_term"]:
        parts.append(f"the listed name is a weak a.k.a. ({hit['quality_term']:+.2f})")
    return "; ".join(part for part in parts if part)


def _names(lines: list[Line], score: float) -> str:
    said = [text for line in lines if (text := _line(line))]
    return f"names {score:.2f}: {', '.join(said)}" if said else f"names {score:.2f}"


def _line(line: Line) -> str:
    kind, query, candidate = line["kind"], line["query"], line["candidate"]
    if kind == "same":
        return f"{query} same"
    if kind in _AGREES:
        return f"{query}~{candidate} {_AGREES[str(kind)]}"
    if kind == "contradicted":
        return f"{query or 'nothing'} against {candidate or 'nothing'} contradicts"
    if kind == "omitted" and (query or candidate):
        return f"{query} only here" if query else f"{candidate} only in the list"
    return "order differs" if kind == "order" else ""
