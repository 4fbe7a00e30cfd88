"""A pair that is no hit into the reason, in the words of an officer: what weighs most against it.

Reach for `kept_below()` after `pipeline.against`. It reads the terms and lines that the score is the sum of and scores
nothing itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from ops_hub.config import Bands

Row = Mapping[str, Any]
_MET = ("exact", "in-range", "look-alike")  # a document that met makes a hit, whatever the score


def kept_below(hit: Row, entry: Row, bands: Bands, today: date) -> str | None:
    """Return why a pair is no hit; None where it is one.

    Args:
        hit: a row of HITS, as `pipeline.against` gives it.
        entry: the row of ENTRIES that it is about.
        bands: from which score on pairs are hits.
        today: the day that the entry had to be valid on.
    """
    if hit["band"] != "none":
        return None
    term = _out_of_term(entry, today)
    if hit["document_agreement"] in _MET or hit["score"] >= bands.threshold - 1e-9:
        return f"no hit: {term}"
    costs = sorted(_costs(hit, entry), key=lambda cost: cost[1])
    text, points = costs[0]
    worth = f" ({points:+.2f})" if points > -1.0 else ""
    more = f"; besides, {term}" if term else ""
    return f"no hit: {hit['score']:.2f}, and {bands.threshold:.2f} is needed. What weighs most: {text}{worth}{more}"


def _out_of_term(entry: Row, today: date) -> str:
    begin, end = entry["valid_from"], entry["valid_until"]
    if begin is not None and begin > today:
        return f"the entry is valid from {begin}, not yet on {today}"
    if end is not None and end < today:
        return f"the entry was valid until {end}, no longer on {today}"
    return ""


def _costs(hit: Row, entry: Row) -> Iterator[tuple[str, float]]:
    """Yield each thing that was held against the pair and its points, -1 where nothing is left to score."""
    if not entry["names"]:
        yield "the entry is about documents alone, and none of them was shown", -1.0
    elif not any(line["query"] for line in hit["tokens"]):
        yield "there is no name to compare", -1.0
    elif hit["name_score"] == 0.0:
        one, other = hit["tokens"][0]["query"], hit["tokens"][0]["candidate"]
        yield f"no part of one name is like a part of the other, {_both(one, other)}", -1.0
    else:
        yield from _of_names(hit["tokens"])
    born = " or ".join(_span(each) for each in entry["births"])
    near = "the birth dates are close, but not equal" if hit["birth_agreement"] == "near" else "the birth date differs"
    yield f"{near}, {_both(hit['birth_date'], born)}", hit["birth_term"]
    yield f"the sex differs, {_both(hit['sex'], entry['sex'])}", hit["sex_term"]
    states = " or ".join(entry["nationalities"])
    yield f"the nationality differs, {_both(hit['nationality'], states)}", hit["nationality_term"]
    yield "the listed name is a weak a.k.a.", hit["quality_term"]


def _of_names(lines: list[Row]) -> Iterator[tuple[str, float]]:
    agreeing = [line for line in lines if line["similarity"] > 0]
    unlike = [f"{line['query']}~{line['candidate']}" for line in agreeing if line["similarity"] < 1]
    yield f"the spelling, {', '.join(unlike)}", sum(line["points"] for line in agreeing) - 1.0
    for line in lines:
        query, candidate = line["query"], line["candidate"]
        if line["kind"] == "contradicted":
            yield f"the names contradict each other, {_both(query, candidate)}", line["points"]
        elif line["kind"] == "omitted":
            missing = f"only here stands {query}" if query else f"only in the list stands {candidate}"
            yield missing if query or candidate else "one name has more parts than the other", line["points"]
        elif line["kind"] == "order":
            yield "the names stand in another order", line["points"]
        elif line["kind"] == "common":
            yield "names so short or common say little", line["points"]


def _both(ours: str | None, listed: str | None) -> str:
    return f"{ours or 'nothing'} here and {listed or 'nothing'} in the list"


def _span(birth: Row) -> str:
    first, last = birth["from"], birth["to"]
    if first == last:
        return str(first)
    return (
        str(first.year) if (first.month, first.day, last) == (1, 1, date(first.year, 12, 31)) else f"{first} to {last}"
    )
