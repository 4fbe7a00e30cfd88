"""An exercise feed as PNRGOV messages (13.1), one a flight: bookings with their legs, fares, payments and contacts.

Reach for `pnrgov()`. The record id travels as the passenger's reference (REF), by which scoring finds it again.

Source: WCO/IATA/ICAO PNRGOV guide 13.1.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

import polars as pl

_RELEASED = re.compile(r"([?+:'*])")
_DAY, _HOUR = "%d%m%y", "%H%M"
Row = dict[str, Any]


def pnrgov(feed: pl.DataFrame, prepared: date) -> Iterator[str]:
    """Yield one interchange a flight.

    Args:
        feed: as `scenarios.grow` makes it.
        prepared: day that the interchanges bear.
    """
    groups = feed.partition_by("flight", "from_port", "to_port", "departs_at", maintain_order=True)
    for number, group in enumerate(groups, 1):
        yield _interchange(number, prepared, group)


def _text(value: str | None) -> str:
    return _RELEASED.sub(r"?\1", (value or "").upper())


def _flight(leg: Row, carrier: str) -> str:
    leaves, lands = leg["departs_at"], leg["arrives_at"]
    times = f"{leaves:{_DAY}}:{leaves:{_HOUR}}:{lands:{_DAY}}:{lands:{_HOUR}}"
    return f"TVL+{times}+{leg['from_port']}+{leg['to_port']}+{carrier}+{leg['flight'].removeprefix(carrier)}"


def _interchange(number: int, prepared: date, group: pl.DataFrame) -> str:
    people = group.to_dicts()
    first = people[0]
    carrier = first["carrier"]
    body = [
        f"UNH+{number}+PNRGOV:13:1:IA+EX{number}", "MSG+:22", f"ORG+{carrier}:{first['from_port']}",
        _flight(first, carrier), f"EQN+{group['booking_ref'].n_unique()}",
    ]  # fmt: skip
    bookings: dict[str, list[Row]] = {}
    for person in people:
        bookings.setdefault(person["booking_ref"], []).append(person)
    for party in bookings.values():
        body += _booking(party, carrier)
    body.append(f"UNT+{len(body) + 1}+{number}")
    head = ["UNA:+.?*'", f"UNB+IATA:1+{carrier}+CENTRE+{prepared:%y%m%d}:0600+EX{number}'"]
    return "\n".join([*head, *(segment + "'" for segment in body), f"UNZ+1+EX{number}'", ""])


def _booking(party: list[Row], carrier: str) -> list[str]:
    first = party[0]
    made: datetime = first["booked_at"]
    office = f"{carrier}:{first['from_port']}"
    out = [
        "SRC",
        f"RCI+{carrier}:{first['booking_ref']}::{made:{_DAY}}:{made:{_HOUR}}",
        f"ORG+{office}" + (f"+{first['agency']}:{first['from_port']}" if first["agency"] else ""),
    ]
    paid = first["payments"][0]["kind"]
    for at, person in enumerate(party, 1):
        out += _person(person, at, carrier)
        out.append("MON+T:{}:{}".format(*person["fare"].split()))
        if at == 1:
            out.append(f"FOP+CC:::VI:{first['card_number']}" if first["card_number"] else f"FOP+{paid}")
            out.append(f"IFT+4:28::{carrier}+CTCP {first['phone']}")
            if first["email"]:
                out.append(f"IFT+4:28::{carrier}+CTCE {_text(first['email'].replace('@', '//'))}")
    for leg in first["legs"]:
        out.append(_flight(leg, leg["flight"][:2]))
        out.append(f"RPI+{len(party)}+HK")
        if leg["flight"] == first["flight"] and leg["departs_at"] == first["departs_at"]:
            for at, person in enumerate(party, 1):
                out.append(f"TRI++{first['from_port']}-{at:03d}:::{at}")
                out.append(f"TIF+{_text(person['family_name'])}:I+{_text(person['given_names'])}:A:{at}")
                out.append(f"TBD++{person['bags']}:{20 * person['bags']}:700")
    return out


def _person(person: Row, at: int, carrier: str) -> list[str]:
    born = date.fromisoformat(person["birth_date"])
    family, given = _text(person["family_name"]), _text(person["given_names"])
    parts = [
        "", person["document_type"], person["document_issuer"], person["document_number"], person["nationality"],
        f"{born:%d%b%y}".upper(), person["sex"], f"{person['document_expires']:%d%b%y}".upper(), family, given,
    ]  # fmt: skip
    return [
        f"TIF+{family}:I+{given}:A:{at}",
        f"REF+:{person['record_id']}",
        f"SSR+DOCS:HK:1:{carrier}:::::{'/'.join(parts)}+::{at}",
    ]
