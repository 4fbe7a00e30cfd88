"""PNRGOV messages (bookings) into travellers: one for each name at the level of a booking.

Reach for `parse()` with the segments of one message, UNH to UNT. Names repeated under a flight only carry
seats and bags. Texts of special services are read in `ssr`; card numbers are hashed as soon as they are
met and appear nowhere else.

Source: WCO/IATA/ICAO PNRGOV guides 10.1 to 15.1; deviations seen in real messages.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from ops_hub.feeds import ssr
from ops_hub.feeds.dates import pnr_moment
from ops_hub.feeds.edifact import Segment
from ops_hub.feeds.parsed import MAX_RAW, Parsed, Row, Source, hide_cards, note, record

_POUNDS = 0.45359237
_CONTACT = re.compile(r"\b(CTC(?:[A-Z]\b)?)\s*(.+)$")
_TITLE = re.compile(r"\s*(MR|MRS|MSTR|MISS|MS|CHD|DR)$")


@dataclass
class _Booking:
    """One PNR while its segments go by."""

    offset: int
    locator: str | None = None
    booked_at: datetime | None = None
    agency: str | None = None
    people: list[Row] = field(default_factory=list)
    contacts: list[dict[str, str]] = field(default_factory=list)
    payments: list[Row] = field(default_factory=list)
    legs: list[Row] = field(default_factory=list)
    docs: list[tuple[str, Row | None, ssr.Docs]] = field(default_factory=list)
    extra: dict[str, Any] = field(default_factory=dict)
    segments: list[str] = field(default_factory=list)
    current: Row | None = None  # the name that the segments follow, at the level of the booking
    in_flights: bool = False
    boarded: str = ""  # reference of the name under a flight that seats and bags follow


@dataclass
class _Message:
    source: Source
    reference: str
    today: date
    out: Parsed
    function: str = ""
    flight: Row = field(default_factory=dict)
    booking: _Booking | None = None
    bookings: list[_Booking] = field(default_factory=list)

    def set_aside(self, segment: Segment, reason: str, detail: str) -> None:
        self.out.rejects.append(note(self.source.name, reason, detail, raw=segment.raw, ref=self.reference, position=segment.offset))


def parse(segments: list[Segment], source: Source, prepared: date | None) -> Parsed:
    """Return the travellers of one message.

    Args:
        segments: UNH to UNT.
        source: file, day of reading, key for payment numbers.
        prepared: day on which the interchange says it was made, if it says so.
    """
    message = _Message(source, segments[0].get(1), prepared or source.today, Parsed("pnrgov", messages=1))
    for segment in segments[1:]:
        if message.booking is not None and segment.tag != "SRC":
            message.booking.segments.append("FOP+<hidden>" if segment.tag == "FOP" else segment.raw)
        handler = _HANDLERS.get(segment.tag)
        if handler is not None:
            handler(message, segment)
        elif segment.tag not in _SILENT:
            message.set_aside(segment, "unknown-segment", f"segment {segment.tag or '?'} is not known in PNRGOV; set aside")
    digest = hashlib.blake2b("\n".join(s.raw for s in segments).encode("utf-8", "replace"), digest_size=16).digest()
    for booking in message.bookings:
        _finish(message, booking, digest)
    _compare_counts(message, segments)
    return message.out


def _msg(m: _Message, s: Segment) -> None:
    if m.booking is None:
        m.function = f"MSG:{s.get(1, 1) or s.get(1)}"


def _src(m: _Message, s: Segment) -> None:
    m.booking = _Booking(s.offset)
    m.bookings.append(m.booking)


def _rci(m: _Message, s: Segment) -> None:
    if m.booking is None:
        return
    carrier_locator = s.get(1, 1).strip()
    if m.booking.locator is None and carrier_locator:
        m.booking.locator = carrier_locator
        stamp = [part for part in s.elements[1][2:] if part.strip()]
        if len(stamp) >= 2:
            m.booking.booked_at = pnr_moment(stamp[-2], stamp[-1])
    for element in s.elements[1:]:
        locator = element[1].strip() if len(element) > 1 else ""
        if locator and locator != m.booking.locator:
            m.booking.extra.setdefault("other_locators", [])
            if locator not in m.booking.extra["other_locators"]:
                m.booking.extra["other_locators"].append(locator)


def _org(m: _Message, s: Segment) -> None:
    if m.booking is not None and not m.booking.in_flights:
        m.booking.agency = m.booking.agency or s.get(2).strip() or (":".join(x for x in s.elements[1] if x) if len(s.elements) > 1 else None) or None


def _tvl(m: _Message, s: Segment) -> None:
    when = s.elements[1] + [""] * 4 if len(s.elements) > 1 else [""] * 4
    carrier = s.get(4, 0).strip().upper()
    number = s.get(5, 0).strip().upper()
    leg = {
        "flight": f"{carrier}{number}" if number else None,
        "from_port": s.get(2).strip().upper() or None,
        "to_port": s.get(3).strip().upper() or None,
        "departs_at": pnr_moment(when[0], when[1]),
        "arrives_at": pnr_moment(when[2] or when[0], when[3]) if when[3] or when[2] else None,
    }
    if m.booking is None:
        m.flight = m.flight or leg | {"carrier": carrier or None}
        return
    m.booking.in_flights, m.booking.current = True, None
    if leg["from_port"] and leg["to_port"] and leg not in m.booking.legs:
        m.booking.legs.append(leg)


def _tif(m: _Message, s: Segment) -> None:
    b = m.booking
    if b is None:
        m.set_aside(s, "stray-name", "a name stands outside any booking; set aside")
        return
    reference = s.get(2, 2).strip()
    if b.in_flights:
        b.boarded = reference
        return
    b.current = {
        "family_name": s.get(1).strip() or None,
        "given_names": s.get(2).strip() or None,
        "reference": reference,
        "position": s.offset,
        "kind": s.get(2, 1).strip(),
        "documents": [], "contacts": [], "seats": [], "tickets": [], "bag_tags": [], "extra": {}, "segments": [],
    }  # fmt: skip
    b.people.append(b.current)


def _fti(m: _Message, s: Segment) -> None:
    if m.booking is not None and m.booking.current is not None:
        m.booking.current["extra"]["frequent_flyer"] = ":".join(part for part in s.elements[1] if part) if len(s.elements) > 1 else ""


def _ref(m: _Message, s: Segment) -> None:
    if m.booking is not None and m.booking.current is not None:
        m.booking.current["passenger_ref"] = s.get(1, 1).strip() or None


def _add(m: _Message, s: Segment) -> None:
    if m.booking is None:
        return
    for element in s.elements[1:]:
        parts = [part.strip() for part in element if part.strip()]
        if not parts or parts[0] not in ("700", "701", "702"):
            continue
        digits = re.sub(r"\D", "", parts[-1])
        if len(digits) >= 8 and len(parts) > 2:
            m.booking.contacts.append({"kind": "phone", "value": parts.pop()})
        if len(parts) > 1:
            m.booking.contacts.append({"kind": "address", "value": ", ".join(parts[1:])})


def _ift(m: _Message, s: Segment) -> None:
    """Free text: contacts are read from it, the rest is kept, card numbers hidden."""
    if m.booking is None:
        return
    text = hide_cards(" ".join(part for element in s.elements[2:] for part in element if part))
    found = _CONTACT.search(text)
    contact = ssr.contact(found[1], found[2]) if found else None
    if contact is not None:
        if contact not in m.booking.contacts:
            m.booking.contacts.append(contact)
    elif text:
        m.booking.extra.setdefault("texts", []).append(text[:300])


def _fop(m: _Message, s: Segment) -> None:
    """Form of payment: kind and, for a number, its keyed hash; the number itself ends here."""
    if m.booking is None:
        return
    for element in s.elements[1:]:
        parts = [part.strip() for part in element]
        kind = parts[0] if parts else ""
        if not kind or not kind.isalpha():
            continue
        vendor = parts[3] if len(parts) > 3 and parts[3].isalnum() and len(parts[3]) < 5 else ""
        number = next((part for part in parts[1:] if len(re.sub(r"[^0-9X*]", "", part)) >= 8), "")
        token = hashlib.blake2b(number.encode(), key=m.source.hash_key[:64], digest_size=12).hexdigest() if number else None
        payment = {"kind": f"{kind} {vendor}".strip(), "token": token}
        if payment not in m.booking.payments:
            m.booking.payments.append(payment)


def _tkt(m: _Message, s: Segment) -> None:
    number = s.get(1, 0).strip()
    if m.booking is not None and m.booking.current is not None and number and number not in m.booking.current["tickets"]:
        m.booking.current["tickets"].append(number)


def _ssr(m: _Message, s: Segment) -> None:
    b = m.booking
    if b is None:
        return
    code, text = s.get(1, 0).strip().upper(), ssr.text_of(s)
    reference = next((element[2].strip() for element in s.elements[2:] if len(element) > 2 and element[2].strip()), "")
    person = _person(b, reference) or b.current
    if code == "DOCS":
        found = ssr.docs(text, m.today)
        if found is None:
            m.set_aside(s, "bad-ssr", "SSR DOCS holds no name and document; the traveller is kept as named in the booking")
            return
        if found.problem:
            m.set_aside(s, "bad-date", f"SSR DOCS: {found.problem}; left open")
        b.docs.append((reference, b.current, found))
    elif code == "SEAT":
        _seats(b, s)
    elif person is None and len(b.people) == 1:
        person = b.people[0]
    if person is not None and code in ("DOCO", "DOCA", "TKNE", "CTCE", "CTCM", "CTCR"):
        _ssr_of(m, s, (code, text), person)


def _ssr_of(m: _Message, s: Segment, said: tuple[str, str], person: Row) -> None:
    code, text = said
    if code == "DOCO":
        other = ssr.doco(text, m.today)
        if other is None:
            m.set_aside(s, "bad-ssr", "SSR DOCO holds no visa; set aside")
        else:
            person["birth_place"] = person.get("birth_place") or other[0]
            if other[1] and other[1] not in person["documents"]:
                person["documents"].append(other[1])
    elif code == "DOCA":
        address = ssr.doca(text)
        if address is None:
            m.set_aside(s, "bad-ssr", "SSR DOCA holds no address; set aside")
        else:
            person["residence"] = person.get("residence") or address[0]
            person["contacts"].append({"kind": "address", "value": address[1]})
    elif code == "TKNE":
        number = re.match(r"\.?(\d{13})", text.strip())
        if number and number[1] not in person["tickets"]:
            person["tickets"].append(number[1])
    else:
        contact = ssr.contact(code, text)
        if contact and contact not in person["contacts"]:
            person["contacts"].append(contact)


def _seats(b: _Booking, s: Segment) -> None:
    for element in s.elements[2:]:
        person = _person(b, element[2].strip() if len(element) > 2 else "")
        seat = element[0].strip().lstrip("0")
        if person is not None and seat and seat not in person["seats"]:
            person["seats"].append(seat)


def _ssd(m: _Message, s: Segment) -> None:
    person = _person(m.booking, m.booking.boarded) if m.booking is not None else None
    seat = s.get(1).strip().lstrip("0")
    if person is not None and seat and seat not in person["seats"]:
        person["seats"].append(seat)


def _tri(m: _Message, s: Segment) -> None:
    if m.booking is not None:
        m.booking.boarded = s.get(2, 3).strip() or s.get(2, 0).strip()


def _tbd(m: _Message, s: Segment) -> None:
    """Bags: `TBD++2:34:700++MP+618:1026000001:2:MPM` is two pieces of 34 kg and their tags."""
    b = m.booking
    person = (_person(b, b.boarded) or (b.people[0] if len(b.people) == 1 else None)) if b is not None else None
    if person is None:
        return
    pieces, weight, unit = s.get(2, 0).strip(), s.get(2, 1).strip(), s.get(2, 2).strip()
    if pieces.isascii() and pieces.isdigit() and len(pieces) < 4:
        person["bags"] = int(pieces)
    if weight.isascii() and weight.isdigit() and len(weight) < 5:
        person["bag_weight_kg"] = float(weight) * (_POUNDS if unit == "701" else 1.0)
    for element in s.elements[3:]:
        if len(element) > 1 and element[1].strip():
            person["bag_tags"].append(element[0].strip() + element[1].strip())


_HANDLERS: dict[str, Callable[[_Message, Segment], None]] = {
    "MSG": _msg, "SRC": _src, "RCI": _rci, "ORG": _org, "TVL": _tvl, "TIF": _tif, "FTI": _fti, "REF": _ref, "ADD": _add,
    "IFT": _ift, "FOP": _fop, "TKT": _tkt, "SSR": _ssr, "SSD": _ssd, "TRI": _tri, "TBD": _tbd,
}  # fmt: skip
# Known segments that hold nothing of a traveller or flight that the schema needs; they stay in `raw`.
_SILENT = {
    "UNT", "EQN", "DAT", "EBD", "FAR", "MON", "PTK", "TXD", "RPI", "APD", "ABI", "SAC", "LTS", "RLS", "TRA", "PDI",
    "CON", "BGM", "ERC", "SDT", "VAR", "NAD", "TIE", "RFF",
}  # fmt: skip


def _person(b: _Booking | None, reference: str) -> Row | None:
    if b is None or not reference:
        return None
    wanted = reference.lstrip("0") or reference
    return next((person for person in b.people if (person["reference"].lstrip("0") or None) == wanted), None)


def _squeezed(text: str | None) -> str:
    return re.sub(r"[^A-Z]", "", (text or "").upper())


def _bearer(b: _Booking, reference: str, current: Row | None, found: ssr.Docs) -> Row | None:
    """Return whose document it is: the one of that name, else the one referred to, else the current one."""
    same = [
        person
        for person in b.people
        if _squeezed(person["family_name"]) == _squeezed(found.family)
        and _squeezed(found.given).startswith(_squeezed(_TITLE.sub("", person["given_names"] or ""))[:12])
    ]
    if len(same) == 1:
        return same[0]
    return _person(b, reference) or current or (b.people[0] if len(b.people) == 1 else None)


def _take_docs(m: _Message, b: _Booking) -> None:
    for reference, current, found in b.docs:
        person = _bearer(b, reference, current, found)
        if person is None:
            m.out.rejects.append(note(m.source.name, "no-bearer", f"a document of booking {b.locator} belongs to none of its names; set aside", ref=m.reference, position=b.offset))
            continue
        if found.document is not None:
            known = [d for d in person["documents"] if (d["number"], d["issuer"]) == (found.document["number"], found.document["issuer"])]
            if not known:
                person["documents"].append(found.document)
        if not person.get("from_document"):
            person["from_document"] = True
            booked = " ".join(name for name in (person["family_name"], person["given_names"]) if name)
            if _squeezed(person["family_name"]) != _squeezed(found.family) and found.family:
                person["family_name"] = found.family
            plain = _TITLE.sub("", person["given_names"] or "")
            # a blank in the middle of a word comes from folded telex lines: the booking's own form is whole
            whole = " " in plain and _squeezed(plain) == _squeezed(found.given)
            person["given_names"] = plain if whole else found.given or person["given_names"]
            if booked != " ".join(name for name in (person["family_name"], person["given_names"]) if name):
                person["extra"]["booked_as"] = booked
        person["birth_date"] = person.get("birth_date") or (found.birth.isoformat() if found.birth else None)
        person["sex"] = person.get("sex") or found.sex
        person["nationality"] = person.get("nationality") or found.nationality


def _finish(m: _Message, b: _Booking, digest: bytes) -> None:
    _take_docs(m, b)
    if not b.people:
        reason = "empty-booking" if b.locator else "no-name"
        detail = f"booking {b.locator or '(no locator)'} names nobody: cancelled or split off"
        m.out.rejects.append(note(m.source.name, reason, detail, raw="'".join(b.segments), ref=m.reference, position=b.offset))
    raw = hide_cards("'".join(b.segments)[:MAX_RAW])
    for person in b.people:
        if not (person["family_name"] or person["given_names"]) and not person["documents"]:
            m.out.rejects.append(record(m.source.name, "no-name", "a person with neither name nor document cannot be screened; ask the carrier", raw=raw, ref=m.reference, position=person["position"]))
            continue
        m.out.travellers.append(_traveller(m, b, person, (digest, raw)))


def _traveller(m: _Message, b: _Booking, person: Row, stamp: tuple[bytes, str]) -> Row:
    digest, raw = stamp
    extra = b.extra | person["extra"] | ({"traveller_kind": person["kind"]} if person["kind"] else {})
    contacts = [*person["contacts"], *(contact for contact in b.contacts if contact not in person["contacts"])]
    return {
        "record_id": hashlib.blake2b(digest + len(m.out.travellers).to_bytes(4, "big"), digest_size=12).hexdigest(),
        "source": m.source.name,
        "message_ref": m.reference,
        "message_type": "pnrgov",
        "message_function": m.function or None,
        "role": "passenger",
        **{key: person.get(key) for key in _PERSONAL},
        **{key: m.flight.get(key) for key in ("carrier", "flight", "from_port", "to_port", "departs_at", "arrives_at")},
        "legs": b.legs,
        "booking_ref": b.locator,
        "booked_at": b.booked_at,
        "agency": b.agency,
        "contacts": contacts,
        "payments": b.payments,
        "extra": json.dumps(extra, ensure_ascii=False, sort_keys=True) if extra else None,
        "raw": raw,
    }


_PERSONAL = (
    "position", "family_name", "given_names", "birth_date", "sex", "nationality", "residence", "birth_place", "documents",
    "passenger_ref", "seats", "tickets", "bags", "bag_weight_kg", "bag_tags",
)  # fmt: skip


def _compare_counts(m: _Message, segments: list[Segment]) -> None:
    end = segments[-1]
    if end.tag != "UNT":
        m.out.rejects.append(note(m.source.name, "truncated", "the message has no end (UNT); what came was read", ref=m.reference, position=end.offset))
    elif end.get(1).strip().isdigit() and int(end.get(1)) != len(segments):
        m.set_aside(end, "segment-count-differs", f"UNT says {end.get(1)} segments, {len(segments)} were read")
