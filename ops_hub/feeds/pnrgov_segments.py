"""Segments of a PNRGOV message onto the state of its bookings: one small function for each tag.

Reach for HANDLERS in `pnrgov`, which makes travellers of the state. Card numbers are hashed where they are met and
go no further.

Source: WCO/IATA/ICAO PNRGOV guides 10.1 to 15.1, segment tables.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from ops_hub.feeds import ssr
from ops_hub.feeds.dates import pnr_moment
from ops_hub.feeds.edifact import Segment
from ops_hub.feeds.fares import is_amount, ticket_amount
from ops_hub.feeds.parsed import Parsed, Row, Source, hide_cards, note, payment_token

_POUNDS = 0.45359237
_CONTACT = re.compile(r"\b(CTC(?:[A-Z]\b)?)\s*(.+)$")


@dataclass
class Booking:
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
    leg: Row | None = None  # the flight that the segments follow
    operated: list[tuple[Row, str, str]] = field(default_factory=list)  # flight sold, carrier and flight that goes
    boarded: str = ""  # reference of the name under a flight that seats and bags follow


@dataclass
class Message:
    """One message while its segments go by."""

    source: Source
    reference: str
    today: date
    out: Parsed
    function: str = ""
    flight: Row = field(default_factory=dict)
    booking: Booking | None = None
    bookings: list[Booking] = field(default_factory=list)

    def set_aside(self, segment: Segment, reason: str, detail: str) -> None:
        """Note a segment that was not understood."""
        self.out.rejects.append(
            note(self.source.name, reason, detail, raw=segment.raw, ref=self.reference, position=segment.offset)
        )


def _msg(m: Message, s: Segment) -> None:
    if m.booking is None:
        m.function = f"MSG:{s.get(1, 1) or s.get(1)}"


def _src(m: Message, s: Segment) -> None:
    m.booking = Booking(s.offset)
    m.bookings.append(m.booking)


def _rci(m: Message, s: Segment) -> None:
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


def _org(m: Message, s: Segment) -> None:
    if m.booking is not None and not m.booking.in_flights:
        m.booking.agency = (
            m.booking.agency
            or s.get(2).strip()
            or (":".join(x for x in s.elements[1] if x) if len(s.elements) > 1 else None)
            or None
        )


def _tvl(m: Message, s: Segment) -> None:
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
    m.booking.leg = leg
    if leg["from_port"] and leg["to_port"] and leg not in m.booking.legs:
        m.booking.legs.append(leg)


def _tra(m: Message, s: Segment) -> None:
    """Take the flight that carries the passengers of a codeshare: it stands after the flight that was sold."""
    b = m.booking
    carrier, number = s.get(1).strip().upper(), s.get(2, 0).strip().upper()
    if b is not None and b.leg is not None and carrier and number:
        b.operated.append((b.leg, carrier, f"{carrier}{number}"))


def _tif(m: Message, s: Segment) -> None:
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
        "documents": [], "contacts": [], "seats": [], "tickets": [], "bag_tags": [], "extra": {}, "segments": [], "fares": {},
    }  # fmt: skip
    b.people.append(b.current)


def _fti(m: Message, s: Segment) -> None:
    if m.booking is not None and m.booking.current is not None:
        m.booking.current["extra"]["frequent_flyer"] = (
            ":".join(part for part in s.elements[1] if part) if len(s.elements) > 1 else ""
        )


def _ref(m: Message, s: Segment) -> None:
    if m.booking is not None and m.booking.current is not None:
        m.booking.current["passenger_ref"] = s.get(1, 1).strip() or None


def _add(m: Message, s: Segment) -> None:
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


def _ift(m: Message, s: Segment) -> None:
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


def _fop(m: Message, s: Segment) -> None:
    """Form of payment: kind and, for a number, its keyed hash; the number itself ends here."""
    if m.booking is None:
        return
    for element in s.elements[1:]:
        parts = [part.strip() for part in element]
        kind = parts[0] if parts else ""
        if not kind or not kind.isalpha():
            continue
        vendor = parts[3] if len(parts) > 3 and parts[3].isalnum() and len(parts[3]) < 5 else ""
        if len(parts) > 2 and is_amount(parts[2]):
            parts[2] = ""  # 1250000.00 is what was paid, not the number of a card
        number = next((part for part in parts[1:] if len(re.sub(r"[^0-9X*]", "", part)) >= 8), "")
        token = payment_token(number, m.source.hash_key) if number else None
        payment = {"kind": f"{kind} {vendor}".strip(), "token": token}
        if payment not in m.booking.payments:
            m.booking.payments.append(payment)


def _tkt(m: Message, s: Segment) -> None:
    number = s.get(1, 0).strip()
    if (
        m.booking is not None
        and m.booking.current is not None
        and number
        and number not in m.booking.current["tickets"]
    ):
        m.booking.current["tickets"].append(number)


def _mon(m: Message, s: Segment) -> None:
    """What the ticket cost: it stands after the ticket's number; said again, it counts once."""
    person = m.booking.current if m.booking is not None else None
    if person is None:
        return
    found, damaged = ticket_amount(s)
    if found is not None:
        person["fares"][person["tickets"][-1] if person["tickets"] else ""] = found
    if damaged:
        m.set_aside(s, "bad-amount", f"{', '.join(damaged)} is no amount with a currency; left open")


def _ssr(m: Message, s: Segment) -> None:
    b = m.booking
    if b is None:
        return
    code, text = s.get(1, 0).strip().upper(), ssr.text_of(s)
    reference = next((element[2].strip() for element in s.elements[2:] if len(element) > 2 and element[2].strip()), "")
    person = person_of(b, reference) or b.current
    if code == "DOCS":
        found = ssr.docs(text, m.today)
        if found is None:
            m.set_aside(
                s,
                "bad-ssr",
                "SSR DOCS holds no name and document; the traveller is kept as named in the booking",
            )
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


def _ssr_of(m: Message, s: Segment, said: tuple[str, str], person: Row) -> None:
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


def _seats(b: Booking, s: Segment) -> None:
    for element in s.elements[2:]:
        person = person_of(b, element[2].strip() if len(element) > 2 else "")
        seat = element[0].strip().lstrip("0")
        if person is not None and seat and seat not in person["seats"]:
            person["seats"].append(seat)


def _ssd(m: Message, s: Segment) -> None:
    person = person_of(m.booking, m.booking.boarded) if m.booking is not None else None
    seat = s.get(1).strip().lstrip("0")
    if person is not None and seat and seat not in person["seats"]:
        person["seats"].append(seat)


def _tri(m: Message, s: Segment) -> None:
    if m.booking is not None:
        m.booking.boarded = s.get(2, 3).strip() or s.get(2, 0).strip()


def _tbd(m: Message, s: Segment) -> None:
    """Bags: `TBD++2:34:700++MP+618:1026000001:2:MPM` is two pieces of 34 kg and their tags."""
    b = m.booking
    person = (person_of(b, b.boarded) or (b.people[0] if len(b.people) == 1 else None)) if b is not None else None
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


HANDLERS: dict[str, Callable[[Message, Segment], None]] = {
    "MSG": _msg, "SRC": _src, "RCI": _rci, "ORG": _org, "TVL": _tvl, "TRA": _tra, "TIF": _tif, "FTI": _fti, "REF": _ref, "ADD": _add,
    "IFT": _ift, "FOP": _fop, "MON": _mon, "TKT": _tkt, "SSR": _ssr, "SSD": _ssd, "TRI": _tri, "TBD": _tbd,
}  # fmt: skip
# Known segments that hold nothing of a traveller or flight that the schema needs; they stay in `raw`.
SILENT = {
    "UNT", "EQN", "DAT", "EBD", "FAR", "PTK", "TXD", "RPI", "APD", "ABI", "SAC", "LTS", "RLS", "PDI",
    "CON", "BGM", "ERC", "SDT", "VAR", "NAD", "TIE", "RFF",
}  # fmt: skip


def person_of(b: Booking | None, reference: str) -> Row | None:
    """Return the name of a booking that a reference means."""
    if b is None or not reference:
        return None
    wanted = reference.lstrip("0") or reference
    return next((person for person in b.people if (person["reference"].lstrip("0") or None) == wanted), None)
