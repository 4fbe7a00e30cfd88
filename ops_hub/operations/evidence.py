"""What speaks for a person being worth a package: hits, intelligence and cases, with who says so.

Reach for `gathered()`. A hit that a case found to be about somebody else is no evidence.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from ops_hub.operations.picture import PERSON, Picture
from ops_hub.operations.settings import Confidence, Settings

_CLEARED = "not-the-person"
_CLOSED = ("withdrawn", "suppressed", "merged")


@dataclass
class Gathered:
    """What is known against one person.

    Attributes:
        lines: rows of EVIDENCE, best first.
        worth: value of each line, 0 to 1.
        owners: who says so, each counted once.
        crimes: crime types, sorted.
        caveats: sorted.
        handling: enforce or discreet; discreet wins: who is to be watched in silence must not be stopped by mistake.
        case: value of the best case, 0 to 1.
        case_words: how the best case stands.
        cases: their numbers.
    """

    lines: list[dict[str, Any]] = field(default_factory=list)
    worth: list[float] = field(default_factory=list)
    owners: set[str] = field(default_factory=set)
    crimes: set[str] = field(default_factory=set)
    caveats: set[str] = field(default_factory=set)
    handling: str | None = None
    case: float = 0.0
    case_words: str = "no case"
    cases: list[int] = field(default_factory=list)


def gathered(picture: Picture, of_cases: pl.DataFrame, settings: Settings) -> dict[str, Gathered]:
    """Return what is known against each person whom a hit, intelligence or a case names.

    Args:
        picture: the frames.
        of_cases: of `picture.cases`.
        settings: values of bands, grades and cases.
    """
    found: dict[str, Gathered] = {}
    cleared = _cleared(of_cases)
    said = picture.edges.filter((pl.col("link") == "hit") | pl.col("grade").is_not_null())
    labels = _labels(picture, said)
    for row in said.sort("from_id", "to_id", "link", "owner").iter_rows(named=True):
        for person, other in ((row["from_id"], row["to_id"]), (row["to_id"], row["from_id"])):
            if person.startswith(PERSON) and (person, other) not in cleared and row["handling"] != "protect":
                _add(found.setdefault(person, Gathered()), row, labels.get(other, other), other, settings.confidence)
    for row in of_cases.iter_rows(named=True):
        _add_case(found.setdefault(row["person_id"], Gathered()), row, settings)
    for each in found.values():
        order = sorted(range(len(each.lines)), key=lambda k: -each.worth[k])
        each.lines, each.worth = [each.lines[k] for k in order], [each.worth[k] for k in order]
    return found


def _cleared(of_cases: pl.DataFrame) -> set[tuple[str, str]]:
    """Return person and entry of the hits that a case said are about somebody else."""
    done = of_cases.filter(pl.col("outcome") == _CLEARED).select("person_id", "lists").explode("lists").drop_nulls()
    return {(person, f"entry:{entry}") for person, entry in done.iter_rows()}


def _labels(picture: Picture, said: pl.DataFrame) -> Mapping[str, str]:
    """Return what the ends are called that are no persons: a person is never named in evidence."""
    ends = pl.concat([said["from_id"], said["to_id"].alias("from_id")]).unique().to_list()
    named = picture.nodes.filter(pl.col("node_id").is_in(ends) & (pl.col("type") != "person"))
    return dict(named.select("node_id", "label").iter_rows())


def _add(to: Gathered, row: Mapping[str, Any], label: str, other: str, confidence: Confidence) -> None:
    is_hit = row["link"] == "hit"
    if is_hit:
        worth = confidence.bands.get(row["band"] or "", 0.0)
        what = (
            f"hit on {other.removeprefix('entry:')}, {row['band'] or 'no band'} {row['weight']:.2f}: a lead to verify"
        )
    else:
        worth = grade_worth(row["grade"], confidence)
        what = f"intelligence of {row['owner'] or 'unknown'}, grade {row['grade']}: {row['link']} {label}"
    to.lines += [
        {"what": what, "entry": other if is_hit else None, "grade": row["grade"], "owner": row["owner"], **cite}
        for cite in _cites(row["cites"])
    ]
    to.worth += [worth] * (len(to.lines) - len(to.worth))
    to.owners |= {row["owner"]} if row["owner"] else set()
    to.crimes |= set(row["crime_types"] or ())
    to.caveats |= set(row["caveats"] or ())
    if row["handling"]:
        to.handling = "discreet" if "discreet" in (row["handling"], to.handling) else row["handling"]


def _cites(cites: Iterable[Mapping[str, Any]] | None) -> list[dict[str, Any]]:
    """Return the first and the last that say so: a package is read by people."""
    all_of_them = [dict(cite) for cite in cites or ()]
    if len(all_of_them) > 1:
        return [all_of_them[0], all_of_them[-1]]
    return all_of_them or [{"record_id": None, "source": None, "message_ref": None, "position": None}]


def _add_case(to: Gathered, row: Mapping[str, Any], settings: Settings) -> None:
    if row["outcome"] in _CLOSED:
        return
    stands = row["outcome"] or row["status"]
    value = settings.case.get(stands, settings.case.get("none", 0.0))
    to.cases.append(row["case"])
    if value > to.case or to.case_words == "no case":
        to.case = max(value, to.case)
        by = row["decided_by"] if row["outcome"] else row["claimed_by"]
        to.case_words = f"case {row['case']}: {stands}{f' by {by}' if by else ''}"


def grade_worth(grade: str | None, confidence: Confidence) -> float:
    """Return what a grade is worth: the product of both signs; 0 where it says none."""
    source, information = (grade or "  ")[:1], (grade or "  ")[1:2]
    return confidence.source.get(source, 0.0) * confidence.information.get(information, 0.0)


def confidence_value(of: Gathered, confidence: Confidence) -> float:
    """Return how good the evidence is, 0 to 1: the best line, and something for each further independent owner."""
    best = max(of.worth, default=0.0)
    return min(1.0, best + confidence.each_source * max(0, len(of.owners) - 1)) if best else 0.0


def harm_value(of: Gathered, around: int, settings: Settings) -> float:
    """Return how grave it is, 0 to 1: the gravest crime type, and something for each vulnerable person around."""
    harm = settings.harm
    crime = max((harm.crimes.get(each, harm.other) for each in of.crimes), default=0.0)
    return min(1.0, crime + harm.person * min(around, harm.most_persons))
