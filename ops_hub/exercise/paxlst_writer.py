"""An exercise feed as PAXLST messages (D.05B), one a flight.

Reach for `paxlst()`. The record id travels as the passenger reference (RFF+ABO), by which `score` finds it again.

Source: WCO/IATA/ICAO PAXLST guide 3.0; names are cut at 35 letters a component.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

import polars as pl

FIELD = 35
_RELEASED = re.compile(r"([?+:'])")


def paxlst(feed: pl.DataFrame, prepared: date) -> Iterator[str]:
    """Yield one interchange a flight.

    Args:
        feed: as `generate` makes it.
        prepared: day that the interchanges bear.
    """
    stamp = prepared.strftime("%y%m%d") + ":0600"
    groups = feed.partition_by("flight", "from_port", "to_port", "departs_at", maintain_order=True)
    for number, group in enumerate(groups, 1):
        yield _interchange(number, stamp, group.to_dicts())


def _text(value: str | None) -> str:
    return _RELEASED.sub(r"?\1", (value or "").upper())[: FIELD * 2]


def _interchange(number: int, stamp: str, people: list[dict[str, Any]]) -> str:
    first = people[0]
    leaves: datetime = first["departs_at"]
    lands: datetime = first.get("arrives_at") or leaves
    body = [
        f"UNH+{number}+PAXLST:D:05B:UN:IATA+EX{number}+01:F",
        "BGM+745",
        "NAD+MS+++EXERCISE CONTROL",
        f"TDT+20+{first['flight']}+++{first['flight'][:2]}",
        f"LOC+125+{first['from_port']}",
        f"DTM+189:{leaves:%y%m%d%H%M}:201",
        f"LOC+87+{first['to_port']}",
        f"DTM+232:{lands:%y%m%d%H%M}:201",
    ]
    for person in people:
        body += _person(person)
    body.append(f"CNT+42:{len(people)}")
    body.append(f"UNT+{len(body) + 1}+{number}")
    head = [
        "UNA:+.? '",
        f"UNB+UNOA:4+EXERCISE:ZZ+CENTRE:ZZ+{stamp}+{number}++APIS'",
        f"UNG+PAXLST+EXERCISE+CENTRE+{stamp}+{number}+UN+D:05B'",
    ]
    return "\n".join([*head, *(segment + "'" for segment in body), f"UNE+1+{number}'", f"UNZ+1+{number}'", ""])


def _person(person: dict[str, Any]) -> list[str]:
    born = (person["birth_date"] or "").replace("-", "")
    issuer = person["document_issuer"]
    return [
        f"NAD+FL+++{_text(person['family_name'][:FIELD])}:{_text(person['given_names'][:FIELD])}",
        f"ATT+2++{person['sex'] or 'U'}",
        *([f"DTM+329:{born}"] if len(born) == 8 else []),
        f"LOC+178+{person['from_port']}",
        f"LOC+179+{person['to_port']}",
        f"NAT+2+{person['nationality']}",
        f"RFF+AVF:{person['booking_ref']}",
        f"RFF+ABO:{person['record_id']}",
        f"DOC+{person['document_type']}:110:111+{person['document_number']}",
        f"DTM+36:{person['document_expires']:%Y%m%d}",
        f"LOC+91+{issuer}",
    ]
