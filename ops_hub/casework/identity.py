"""Who is who between messages: the keys that make records one traveller on one journey, and one person of two journeys.

Reach for `aliases()`: two records that share one are the same traveller on the same journey; and `anchors()`, which hold
for all journeys. They say who somebody is: only their keyed hashes are stored. A corrected message shares at least one of
them with what it corrects; two members of a family share none.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from functools import cache
from typing import Any

from anyascii import anyascii

_MIN_NUMBER = 4  # as in ops_hub.papers: shorter numbers are seats and typing errors
_TITLES = frozenset(("MRS", "MSTR", "MISS", "MS", "MR", "CHD", "INF", "DR"))
_SEP = "\x1f"
_Row = Mapping[str, Any]


@cache
def folded(text: str | None) -> str:
    """Return the letters of a name in one form, words in order of the alphabet, without titles; '' where there are none."""
    words = re.sub(r"[^A-Z0-9]+", " ", re.sub("['`-]", "", anyascii(text or "")).upper()).split()
    return " ".join(sorted(word for word in words if word not in _TITLES))


def name_of(row: _Row) -> str:
    """Return the whole name of a traveller, folded."""
    split = " ".join(row[part] for part in ("family_name", "given_names") if row[part])
    return folded(split or row["full_name"])


def papers_of(row: _Row) -> list[tuple[str, str]]:
    """Return (number, issuer) of each document that is worth the name; issuer '' where it is not known."""
    found = set()
    for each in row["documents"] or []:
        number = re.sub("[^A-Z0-9]", "", (each["number"] or "").upper())
        if len(number) >= _MIN_NUMBER:
            found.add((number, each["issuer"] or ""))
    return sorted(found)


def journey_of(row: _Row, same_port: Mapping[str, str]) -> str:
    """Return what journey a traveller is on: flight, day of departure (else of arrival), ports.

    A scan or a list that names no day is a journey of its own.

    Args:
        row: of TRAVELLERS.
        same_port: UN/LOCODE to the IATA code of the same port.
    """
    at = row["departs_at"] or row["arrives_at"]
    if at is None:
        return f"record{_SEP}{row['record_id']}"
    flight = re.sub(r"[^A-Z0-9]", "", (row["flight"] or "").upper())
    ports = (same_port.get(port or "", port or "") for port in (row["from_port"], row["to_port"]))
    return _SEP.join((flight, at.date().isoformat(), *ports))


def aliases(rows: Sequence[_Row], same_port: Mapping[str, str]) -> list[list[str]]:
    """Return the keys of each traveller of one unit on their journey.

    A passenger reference that several people of the unit bear is a booking's, and tells nobody apart.
    """
    journeys = [journey_of(row, same_port) for row in rows]
    bearers = Counter({(j, r["carrier"], r["passenger_ref"], name_of(r)) for j, r in zip(journeys, rows, strict=True)})
    shared = Counter(key[:3] for key in bearers)
    return [_of_one(row, journey, shared) for row, journey in zip(rows, journeys, strict=True)]


def _of_one(row: _Row, journey: str, shared: Mapping[Any, int]) -> list[str]:
    keys = [f"record{_SEP}{row['record_id']}"]
    born, name = row["birth_date"] or "", name_of(row)
    if born:
        keys += [_SEP.join(("document", *paper, born)) for paper in papers_of(row)]
    if name and len(born) == 10:
        keys.append(_SEP.join(("name", name, born)))
    family, ref, carrier = folded(row["family_name"] or row["full_name"]), row["passenger_ref"], row["carrier"]
    if family and ref and shared[journey, carrier, ref] == 1:
        reference = _SEP.join(("reference", carrier or "", ref, family))
        # One of the two may have been corrected, not both: a reference that a carrier gives twice joins nobody.
        keys += [_SEP.join((reference, "born", born))] if len(born) == 10 else []
        given = folded(row["given_names"])
        keys += [_SEP.join((reference, "given", given))] if given else []
    return [f"{journey}{_SEP}{key}" for key in keys]


def anchors(row: _Row) -> list[str]:
    """Return the keys of a person beyond one journey: by documents, and by name, whole birth date and nationality.

    Empty where only a name is known: nobody is remembered by a name alone.
    """
    born, name, nationality = row["birth_date"] or "", name_of(row), row["nationality"]
    found = [_SEP.join(("document", *paper, born)) for paper in papers_of(row) if paper[1]]
    if name and len(born) == 10 and nationality:
        found.append(_SEP.join(("name", name, born, nationality)))
    return found


def may_be_minor(row: _Row, years: int, today: date) -> bool:
    """Return whether a traveller is, or may be, younger than so many years on the day of the journey."""
    at = row["departs_at"] or row["arrives_at"]
    day = at.date() if at is not None else today
    born = row["birth_date"] or ""
    try:
        latest = date.fromisoformat({4: f"{born}-12-31", 7: f"{born}-28"}.get(len(born), born))
    except ValueError:
        return False
    return (latest.year + years, latest.month, latest.day) > (day.year, day.month, day.day)
