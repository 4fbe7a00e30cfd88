"""Persons as users of matching services write them (FollowTheMoney) into rows of TRAVELLERS, and entries back.

Reach for `travellers_of()` and `properties_of()`. What is not compared is told, never passed over in silence.
"""

from __future__ import annotations

import difflib
import itertools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from ops_hub.lists.births import birth
from ops_hub.reference import country

SCHEMAS = ("Person", "LegalEntity", "Thing")
MOST_WAYS = 24  # to write one person: names by birth dates by nationalities by sexes
MOST_VALUES = 20  # of a property
MOST_SIGNS = 300  # of a value

_NAMES = ("name", "alias", "weakAlias", "previousName")
_GIVEN = ("firstName", "secondName", "middleName", "fatherName")
_STATES = ("nationality", "citizenship", "country")
_PAPERS = {"passportNumber": "P", "idNumber": "I", "documentNumber": "P"}
USED = (*_NAMES, *_GIVEN, "lastName", "birthDate", *_STATES, "gender", *_PAPERS)
# Properties of a person that are known and not compared.
PASSED_OVER = (
    "abbreviation", "address", "addressEntity", "appearance", "birthCountry", "birthPlace", "classification", "createdAt",
    "deathDate", "description", "education", "email", "ethnicity", "eyeColor", "hairColor", "height", "innCode", "jurisdiction",
    "keywords", "legalForm", "mainCountry", "matronymic", "motherName", "nameSuffix", "notes", "phone", "political", "position",
    "profession", "religion", "registrationNumber", "residence", "socialSecurityNumber", "sourceUrl", "spokenLanguage", "status",
    "summary", "taxNumber", "title", "topics", "uniqueEntityId", "website", "weight", "wikidataId",
)  # fmt: skip
_SEX = {"m": "M", "male": "M", "f": "F", "female": "F", "x": "X", "other": "X"}
_DATE = re.compile(r"\d{4}(-\d{2}(-\d{2})?)?")


@dataclass
class Asked:
    """A query as it is asked: ways to write the person, what was passed over, and why it cannot be asked at all."""

    ways: list[dict[str, Any]] = field(default_factory=list)
    ignored: list[dict[str, str]] = field(default_factory=list)
    wrong: str = ""


def travellers_of(schema: str, properties: Mapping[str, Any]) -> Asked:
    """Return a person as rows of TRAVELLERS, one for each way to write them.

    Args:
        schema: of FollowTheMoney.
        properties: names to a text or a list of texts.
    """
    made = Asked()
    if schema not in SCHEMAS:
        made.wrong = f"schema {schema[:40]} is not listed here: ask for one of {', '.join(SCHEMAS)}"
        return made
    said: dict[str, list[str]] = {}
    for name, values in properties.items():
        if name not in USED:
            _pass_over(made, name[:60], _why(name))
        elif not (texts := _texts(values)):
            _pass_over(made, name, "no text in it that can be read")
        else:
            said[name] = texts[:MOST_VALUES]
            if len(texts) > MOST_VALUES:
                _pass_over(made, name, f"more than {MOST_VALUES} values: the first ones were compared")
    papers = [
        {"type": kind, "number": number, "issuer": None, "expires": None, "issued": None, "verified": None}
        for name, kind in _PAPERS.items()
        for number in said.get(name, ())
    ]
    named = _named(said)
    if not papers and not any(any(c.isalpha() for part in each.values() for c in part or "") for each in named):
        made.wrong = "there is neither a name with a letter in it nor a document: nobody can be looked for"
        return made
    births = _born(made, said.get("birthDate", []))
    states, sexes = _states(made, said), _sexes(made, said.get("gender", []))
    nobody: dict[str, str | None] = {"family_name": None, "given_names": None, "full_name": None}
    ways = itertools.product(named or [nobody], births, states, sexes)
    for name_, born, state, sex in itertools.islice(ways, MOST_WAYS):
        made.ways.append({**name_, "birth_date": born, "nationality": state, "sex": sex, "documents": papers})
    if next(ways, None) is not None:
        _pass_over(made, "name", f"more than {MOST_WAYS} ways to write one person: the first ones were compared")
    return made


def _pass_over(made: Asked, name: str, why: str) -> None:
    made.ignored.append({"property": name, "reason": why})


def _why(name: str) -> str:
    if name in PASSED_OVER:
        return "not compared"
    near = difflib.get_close_matches(name[:60], USED, 1)
    return f"unknown; did you mean {near[0]}?" if near else "unknown"


def _texts(values: Any) -> list[str]:
    held: Sequence[Any] = values if isinstance(values, list) else [values]
    found = [" ".join(each.split())[:MOST_SIGNS] for each in held if isinstance(each, str)]
    return [each for each in dict.fromkeys(found) if each]


def _named(said: Mapping[str, list[str]]) -> list[dict[str, str | None]]:
    """Return the names, whole ones and those in parts; parts of several values are taken pair by pair."""
    whole: list[dict[str, str | None]] = [
        {"family_name": None, "given_names": None, "full_name": each} for name in _NAMES for each in said.get(name, ())
    ]
    given = [said[name] for name in _GIVEN if name in said]
    givens = [" ".join(each) for each in itertools.zip_longest(*given, fillvalue="")] if given else [""]
    for family, first in itertools.product(said.get("lastName", [""]), givens):
        if family and first.strip():
            whole.append({"family_name": family, "given_names": first.strip(), "full_name": None})
        elif (family or first.strip()) and not any(name in said for name in _NAMES):
            whole.append({"family_name": None, "given_names": None, "full_name": family or first.strip()})
    return whole


def _born(made: Asked, texts: Sequence[str]) -> Sequence[str | None]:
    good = [each for each in texts if _DATE.fullmatch(each) and birth(each) is not None]
    for each in texts:
        if each not in good:
            _pass_over(made, "birthDate", f"{each[:20]} is no date: write 1990-02-03, 1990-02 or 1990")
    return good or [None]


def _states(made: Asked, said: Mapping[str, list[str]]) -> Sequence[str | None]:
    found: dict[str, None] = {}
    for name in _STATES:
        for each in said.get(name, ()):
            code = country.__wrapped__(each)  # what others write is not kept for ever
            if code is None:
                _pass_over(made, name, f"{each[:40]} is no state known here")
            elif name != "country" or not found:
                found.setdefault(code)
    return list(found) or [None]


def _sexes(made: Asked, texts: Sequence[str]) -> Sequence[str | None]:
    found: dict[str, None] = {}
    for each in texts:
        sex = _SEX.get(each.lower())
        if sex is None:
            _pass_over(made, "gender", f"{each[:20]} is none: write male, female or other")
        else:
            found.setdefault(sex)
    return list(found) or [None]


def properties_of(entry: Mapping[str, Any]) -> dict[str, list[str]]:
    """Return an entry as properties of FollowTheMoney; without what is empty."""
    names = entry["names"] or []
    made: dict[str, list[str]] = {
        "name": [each["full"] for each in names[:1]],
        "alias": [each["full"] for each in names[1:] if each["quality"] != "weak"],
        "weakAlias": [each["full"] for each in names[1:] if each["quality"] == "weak"],
        "firstName": sorted({each["given"] for each in names if each["given"]}),
        "lastName": sorted({each["family"] for each in names if each["family"]}),
        "birthDate": [_span(each) for each in entry["births"] or []],
        "gender": [{"M": "male", "F": "female", "X": "other"}[sex] for sex in [entry["sex"]] if sex in ("M", "F", "X")],
        "nationality": [_alpha2().get(each, each.lower()) for each in entry["nationalities"] or []],
        "birthPlace": list(entry["birth_places"] or []),
        "passportNumber": _numbers(entry, "P"),
        "idNumber": _numbers(entry, "I"),
        "topics": [entry["purpose"]] if entry["purpose"] else [],
        "keywords": list(entry["crime_types"] or []),
        "notes": [entry["remarks"]] if entry["remarks"] else [],
    }
    return {name: values for name, values in made.items() if values}


def _numbers(entry: Mapping[str, Any], kind: str) -> list[str]:
    papers = entry["documents"] or []
    mine = [each for each in papers if ((each["type"] or "P")[0] == "P") == (kind == "P")]
    return [f"{each['number']} to {each['number_to']}" if each["number_to"] else each["number"] for each in mine]


def _span(born: Mapping[str, Any]) -> str:
    """Return a birth date as precise as it is known: a day, a month, a year, else both ends."""
    first, last = born["from"], born["to"]
    for signs in (10, 7, 4):
        text = str(first)[:signs]
        known = birth(text)
        if known is not None and (known["from"], known["to"]) == (first, last):
            return text
    return f"{first} to {last}"


@cache
def _alpha2() -> dict[str, str]:
    """Return alpha-3 to alpha-2, in small letters as FollowTheMoney has them."""
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    pairs = ((one + other, country(one + other)) for one in letters for other in letters)
    return {code: pair.lower() for pair, code in pairs if code is not None}
