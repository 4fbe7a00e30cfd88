"""Segments of a PAXLST message onto the state of that message: one small function for each tag.

Reach for HANDLERS in `paxlst`, which walks the segments and makes travellers of the state. Each segment belongs to
whatever is current: message, leg, person or document.

Source: WCO/IATA/ICAO PAXLST guides 3.0 to 6.0, segment tables.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from ops_hub.feeds.dates import birth_text, future_day, moment, past_day
from ops_hub.feeds.edifact import Segment
from ops_hub.feeds.parsed import Parsed, Row, Source, note
from ops_hub.reference import country

ROLES = {"FL": "passenger", "FM": "crew", "DDU": "transit", "DDT": "transit-crew"}
_PARTIES = {"MS", "FR", "MR", "CA", "AG", "TR", "CF", "GM", "IA", "OB"}
_PERSON = {"FL", "FM", "DDU", "DDT", "ZZZ"}
_POUNDS = 0.45359237  # kilograms in a pound
_CONTACTS = {"TE": "phone", "FX": "phone", "AL": "phone", "EM": "email"}
_LEG_TIMES = {
    "189": "departs_at", "136": "departs_at", "133": "departs_at", "232": "arrives_at", "132": "arrives_at", "178": "arrives_at",
}  # fmt: skip
_RFF = {"AVF": "booking_ref", "ABO": "passenger_ref"}
_PLACES = {"174": "residence", "178": "embark_port", "179": "debark_port", "180": "birth_place"}


@dataclass
class Message:
    """Everything that is current while the segments of one message go by."""

    source: Source
    reference: str
    today: date
    out: Parsed
    function: str = ""
    document_code: str = ""
    part: str = ""
    legs: list[Row] = field(default_factory=list)
    places: dict[str, str] = field(default_factory=dict)  # 125, 87 -> port
    times: dict[str, Any] = field(default_factory=dict)  # 125, 87 -> moment
    leg_place: str = ""
    flights: list[tuple[str, str]] = field(default_factory=list)  # carrier, number
    message_extra: dict[str, Any] = field(default_factory=dict)
    person: Row | None = None
    person_segments: list[str] = field(default_factory=list)  # as sent
    document: Row | None = None
    extra: dict[str, Any] = field(default_factory=dict)
    persons: list[tuple[Row, dict[str, Any], list[str]]] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    closed_out: int = 0

    def set_aside(self, segment: Segment, reason: str, detail: str) -> None:
        """Note a segment that was not understood."""
        self.out.rejects.append(
            note(self.source.name, reason, detail, raw=segment.raw, ref=self.reference, position=segment.offset)
        )

    def keep(self, key: str, value: Any) -> None:
        """Keep what the schema cannot hold, with the person or else with the message."""
        store = self.extra if self.person is not None else self.message_extra
        if key in store and store[key] != value:
            before = store[key] if isinstance(store[key], list) else [store[key]]
            store[key] = before if value in before else [*before, value]
        else:
            store[key] = value


def _bgm(m: Message, s: Segment) -> None:
    m.document_code = s.get(1)
    m.function = ":".join(part for part in (s.get(1), s.get(2)) if part)


def _tdt(m: Message, s: Segment) -> None:
    number = "".join(s.get(2).split()).upper()
    m.flights.append((s.get(5).strip().upper() or number[:2], number))
    if s.get(1) != "20" and s.get(1):
        m.keep("transport", s.raw)
    m.leg_place = ""


def _loc(m: Message, s: Segment) -> None:
    qualifier, place = s.get(1), s.get(2).strip()
    if m.person is None:
        _loc_of_leg(m, qualifier, place, s)
    elif m.document is not None and qualifier == "91":
        m.document["issuer"] = country(place) or place or None
    elif qualifier in _PLACES:
        words = ", ".join([x.strip() for el in s.elements[2:] for x in (el[0], *el[3:]) if x.strip()])
        m.person[_PLACES[qualifier]] = (qualifier == "174" and country(place)) or words or None
    elif qualifier == "22":
        m.keep("clearance_port", place)
    else:
        m.set_aside(s, "unknown-qualifier", f"LOC {qualifier or '(none)'} is not known for a person; kept under extra")
        m.keep("unknown", s.raw[:200])


def _loc_of_leg(m: Message, qualifier: str, place: str, s: Segment) -> None:
    m.leg_place = qualifier
    if qualifier in ("125", "87", "92", "130", "188", "172"):
        if qualifier in ("125", "87"):
            m.places.setdefault(qualifier, place)
        if qualifier in ("125", "87", "92"):
            _stop(m, place, qualifier)
        else:
            m.keep(f"loc_{qualifier}", place)
    else:
        m.set_aside(s, "unknown-qualifier", f"LOC {qualifier or '(none)'} is not known for a flight; set aside")


def _stop(m: Message, place: str, qualifier: str) -> None:
    """Add a stop: it opens a leg of the current flight, or closes the open one."""
    number = len(m.flights)
    last = m.legs[-1] if m.legs else None
    if last is not None and last["number"] == number and last["to_port"] is None and qualifier != "125":
        last["to_port"] = place
    else:
        m.legs.append({"number": number, "from_port": place, "to_port": None, "departs_at": None, "arrives_at": None})


def _dtm(m: Message, s: Segment) -> None:
    qualifier, text = s.get(1, 0), s.get(1, 1).strip()
    if qualifier in _LEG_TIMES:
        _dtm_of_leg(m, _LEG_TIMES[qualifier], text, s)
    elif m.person is None:
        m.keep(f"dtm_{qualifier}", text)
    elif qualifier == "329":
        born = birth_text(text, m.today)
        if born is None and text:
            m.set_aside(s, "bad-date", f"birth date {text} is not a date; the traveller is kept without one")
        elif born is not None:
            m.person["birth_date"] = born
            if len(text) == 6:
                m.extra["birth_century"] = "inferred"
    elif qualifier in ("36", "182"):
        day = future_day(text, m.today) if qualifier == "36" else past_day(text, m.today)
        if day is None and text:
            m.set_aside(s, "bad-date", f"document date {text} is not a date; the document is kept without it")
        elif m.document is not None:
            m.document["expires" if qualifier == "36" else "issued"] = day
    else:
        m.keep(f"dtm_{qualifier}", text)


def _dtm_of_leg(m: Message, which: str, text: str, s: Segment) -> None:
    when = moment(text)
    if when is None:
        if text:
            m.set_aside(s, "bad-date", f"{text} is not a date and time; the leg is kept without it")
        return
    if m.leg_place in ("125", "87"):
        m.times.setdefault(m.leg_place, when)
    if m.legs:
        m.legs[-1][which] = when


def _nad(m: Message, s: Segment) -> None:
    role = s.get(1)
    if role not in _PERSON:
        end_person(m)
        if role not in _PARTIES:
            m.set_aside(
                s, "unknown-qualifier", f"NAD {role or '(none)'} is neither a person nor a party known here; set aside"
            )
        m.keep(f"nad_{role.lower() or 'party'}", s.get(2) or s.get(4) or s.raw)
        return
    end_person(m)
    if role == "ZZZ":
        m.closed_out += 1
    m.person = {
        "role": ROLES.get(role),
        "position": s.offset,
        "documents": [],
        "contacts": [],
        "seats": [],
        "tickets": [],
        "bag_tags": [],
    }
    m.extra = {"close_out": True} if role == "ZZZ" else {}
    m.person_segments = [s.raw]
    if s.get(2):
        m.extra["party_id"] = s.get(2)
    _name(m.person, s)
    if address := [part for element in s.elements[5:] for part in element if part.strip()]:
        m.person["contacts"].append({"kind": "address", "value": ", ".join(address)})


def _name(person: Row, s: Segment) -> None:
    """Names stand in C080 (element 4), else run together in C058 (element 3) of the address form."""
    parts = [part.strip() for element in s.elements[4:5] for part in element]
    if not any(parts):
        parts = [part.strip() for element in s.elements[3:4] for part in element]
    family, *given = parts or [""]
    if not given and (" " in family or "," in family):
        person["full_name"] = family
    else:
        person["family_name"] = family or None
        person["given_names"] = " ".join([part for part in given if part]) or None


def _att(m: Message, s: Segment) -> None:
    value = (s.get(3) or s.get(2)).strip().upper()
    if m.person is not None and s.get(1) in ("2", ""):
        m.person["sex"] = value if value in ("M", "F", "X") else None
        if value not in ("M", "F", "X", "U", ""):
            m.set_aside(s, "bad-sex", f"sex {value} is not M, F, X or U; left open")
    else:
        m.keep("att", s.raw)


def _mea(m: Message, s: Segment) -> None:
    kind, unit, amount = s.get(1), s.get(3), s.get(3, 1) or s.get(3)
    if m.person is not None and re.fullmatch(r"\d{1,6}(\.\d{1,3})?", amount):
        if kind == "CT":
            m.person["bags"] = int(float(amount))
        elif kind == "WT":
            m.person["bag_weight_kg"] = float(amount) * (_POUNDS if unit.upper().startswith("LB") else 1.0)
    else:
        m.keep("mea", s.raw)


def _gei(m: Message, s: Segment) -> None:
    if s.get(1) == "4" and s.get(2) in ("173", "174") and m.person is not None:
        if m.document is not None:
            m.document["verified"] = s.get(2) == "173"
        m.extra["verified"] = s.get(2) == "173"
    else:
        m.keep("gei", s.raw)


def _ftx(m: Message, s: Segment) -> None:
    if m.person is None or s.get(1) != "BAG":
        m.keep("text", " ".join(part for element in s.elements[1:] for part in element if part))
        return
    for element in s.elements[2:]:
        tag, count = element[0].strip(), element[1].strip() if len(element) > 1 else ""
        if tag:
            m.person["bag_tags"] += _tags(
                tag, int(count) if count.isascii() and count.isdigit() and len(count) < 4 else 1
            )


def _tags(first: str, count: int) -> list[str]:
    """Return consecutive tag numbers: a tag with a count stands for that many."""
    end = re.search(r"\d+$", first)
    if end is None or count < 2:
        return [first]
    return [f"{first[: end.start()]}{int(end[0]) + k:0{len(end[0])}d}" for k in range(min(count, 99))]


def _com(m: Message, s: Segment) -> None:
    for element in s.elements[1:]:
        value, code = element[0].strip(), (element[1] if len(element) > 1 else "").strip().upper()
        if not value:
            continue
        contact = {"kind": _CONTACTS.get(code, "email" if "@" in value else "other"), "value": value}
        if m.person is not None:
            m.person["contacts"].append(contact)
        else:
            m.keep("reporting_contact", value)


def _nat(m: Message, s: Segment) -> None:
    if m.person is not None and s.get(2).strip():
        if m.person.get("nationality"):
            m.keep("further_nationality", s.get(2).strip())
        else:
            m.person["nationality"] = country(s.get(2)) or s.get(2).strip()


def _rff(m: Message, s: Segment) -> None:
    code, value = s.get(1, 0).strip(), s.get(1, 1).strip()
    if m.person is None or not value:
        if value:
            revision = s.get(1, 4)
            m.keep(
                "transaction" if code == "TN" else f"rff_{code.lower()}",
                f"{value}:{revision}" if revision else value,
            )
    elif code in _RFF and not m.person.get(_RFF[code]):
        m.person[_RFF[code]] = value
    elif code == "SEA":
        m.person["seats"].append(value.lstrip("0") or value)
    elif code == "YZY":
        m.person["tickets"].append(value)
    else:
        m.keep({"AEA": "government_ref", "CR": "frequent_flyer"}.get(code, f"rff_{code.lower()}"), value)


def _doc(m: Message, s: Segment) -> None:
    if m.person is None:
        m.set_aside(s, "stray-document", "a document stands before any person; set aside")
        return
    kind, number = s.get(1).strip().upper(), "".join(s.get(2).split())
    junk = s.get(1, 1).strip()
    if junk and junk not in ("110", "111"):
        m.keep("document_qualifier", junk)
    m.document = {
        "type": kind or "P",
        "number": number or None,
        "issuer": None,
        "expires": None,
        "issued": None,
        "verified": None,
    }
    if not kind:
        m.extra["document_type"] = "not sent, taken for a passport"
    m.person["documents"].append(m.document)


def _emp(m: Message, s: Segment) -> None:
    m.keep("crew_function", s.get(2) or s.get(1))


def _other(m: Message, s: Segment) -> None:
    m.keep(s.tag.lower(), s.raw)


def _cnt(m: Message, s: Segment) -> None:
    end_person(m)
    kind, number = s.get(1, 0).strip(), (s.get(1, 1) or s.get(2)).strip()
    if number.isascii() and number.isdigit() and len(number) < 8:
        m.counts[kind] = int(number)
    else:
        m.set_aside(s, "bad-count", f"control total {number or '(empty)'} is not a number; not compared")


def _ignore(m: Message, s: Segment) -> None:
    """UNS, UNT and their like say nothing of a person."""


HANDLERS: dict[str, Callable[[Message, Segment], None]] = {
    "BGM": _bgm, "TDT": _tdt, "LOC": _loc, "DTM": _dtm, "NAD": _nad, "ATT": _att, "MEA": _mea, "GEI": _gei,
    "FTX": _ftx, "COM": _com, "NAT": _nat, "RFF": _rff, "DOC": _doc, "EMP": _emp, "CNT": _cnt, "UNT": _ignore,
    "UNS": _ignore, "CTA": _other, "CPI": _other, "QTY": _other, "GID": _other, "AUT": _other, "PDI": _other, "PRT": _other,
}  # fmt: skip
NOT_OF_A_PERSON = {"NAD", "CNT", "UNT", "AUT", "UNS"}


def end_person(m: Message) -> None:
    """Close the current person, if there is one."""
    if m.person is not None:
        m.persons.append((m.person, m.extra, m.person_segments))
    m.person, m.document, m.extra, m.person_segments = None, None, {}, []
