"""The lists of an invented day: of several states, with all three handlings, and who of them travels on it.

Reach for `lists_of_the_day()`. Everybody is invented; nobody on a list of protection is called anything but a person to help.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
import polars as pl

from ops_hub.exercise.alter import ALTERATIONS, DOCUMENT_ONLY, Person, fits
from ops_hub.exercise.people import people

# list id, title, owner, purpose, handling, crime types, entries, of them travelling
_LISTS = (
    ("brb-facilitators", "Facilitators of migrant smuggling", "BRB", "smuggling", "discreet", "migrant-smuggling", 240, 8),
    ("hnd-warrants", "Wanted persons", "HND", "wanted", "enforce", "homicide;narcotics", 320, 9),
    ("tto-trafficking", "Trafficking in persons", "TTO", "trafficking", "enforce", "human-trafficking", 220, 7),
    ("jam-at-risk", "Missing persons and minors at risk", "JAM", "missing", "protect", "human-trafficking", 120, 6),
    ("pan-firearms", "Firearms and narcotics", "PAN", "crime", "enforce", "firearms;narcotics", 260, 8),
    ("dom-documents", "Document fraud", "DOM", "documents", "discreet", "document-fraud", 240, 7),
)  # fmt: skip
COLUMNS = (
    "entry_id", "name", "aliases", "birth_date", "sex", "nationality", "documents", "crime_types", "updated_on", "remarks",
)  # fmt: skip
_KINDS = (
    "exact", "typo", "alias", "swapped", "birth-swapped", DOCUMENT_ONLY, "one-surname", "transliterated", "title-glued",
    "dropped", "nickname", "birth-missing",
)  # fmt: skip


@dataclass(frozen=True)
class DayList:
    """A list: its terms, as list.toml says them, and its entries."""

    terms: dict[str, Any]
    entries: pl.DataFrame


@dataclass(frozen=True)
class Planted:
    """A listed person who travels: as the carrier will say them, and how they differ from the entry."""

    person: Person
    list_id: str
    entry_id: str
    alteration: str


def lists_of_the_day(day: date, rng: np.random.Generator) -> tuple[list[DayList], list[Planted]]:
    """Return the lists, and who of them travels."""
    made: list[DayList] = []
    planted: list[Planted] = []
    for list_id, title, owner, purpose, handling, crimes, many, going in _LISTS:
        listed = people(many, rng, day - timedelta(days=365 * 22) if handling == "protect" else day).to_dicts()
        rows = []
        for place, person in enumerate(listed):
            if handling == "protect":  # young people, some of them children
                person["birth_date"] = str(day - timedelta(days=int(365.25 * (9 + place % 14)) + 40 + place))
            alias = _alias(person, place)
            number = f"{person['document_type']}:{person['document_number']}:{person['document_issuer']}"
            entry = f"{list_id.upper()}-{place + 1:04d}"
            rows.append(
                (entry, f"{person['family_name']}, {person['given_names']}", alias, person["birth_date"], person["sex"],
                 person["nationality"], number if place % 3 else "", crimes, str(day - timedelta(days=20 + place)),
                 "invented for an exercise")
            )  # fmt: skip
            if place < going:
                planted.append(_travelling(person, alias, list_id, entry, len(planted), rng))
        terms = {
            "id": list_id, "title": f"{title}: invented persons", "owner": owner, "purpose": purpose, "handling": handling,
            "legal_basis": "invented for an exercise", "expires": str(day + timedelta(days=365)),
            "contact": f"lists-{owner.lower()}@states.example.org", "caveats": ["content-to-concerned"],
        }  # fmt: skip
        made.append(DayList(terms, pl.DataFrame(rows, schema=dict.fromkeys(COLUMNS, pl.String), orient="row")))
    return made, planted


def _alias(person: Person, place: int) -> str:
    """Return another name for every other entry: what the name is among friends, and the other surname."""
    if place % 2:
        return ""
    given = (person["given_names"] or "").split()
    family = (person["family_name"] or "").split()
    return f"{family[-1]}-{_OTHER[place % len(_OTHER)]}, {given[-1]}"


_OTHER = ("BARROW", "QUESADA", "OLIVIERRE", "MENCIA", "TEJEDA", "HINDS", "BATISTA", "FLEMING")


def _travelling(person: Person, alias: str, list_id: str, entry: str, number: int, rng: np.random.Generator) -> Planted:
    kind = _KINDS[number % len(_KINDS)]
    if kind == "alias" and alias:
        family, _, given = alias.partition(", ")
        other = person | {"family_name": family, "given_names": given, "document_number": f"Q{7_000_000 + number}"}
        return Planted(other, list_id, entry, kind)
    if kind == DOCUMENT_ONLY:
        return Planted(person | {"family_name": "MARLOWE", "given_names": "ADRIAN"}, list_id, entry, kind)
    kind = kind if kind in ALTERATIONS and fits(kind, person) else "typo"
    altered = ALTERATIONS[kind](person, rng) | {"document_number": f"N{6_000_000 + number}"}
    return Planted(altered, list_id, entry, kind)
