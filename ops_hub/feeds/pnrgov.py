"""PNRGOV messages (bookings) into travellers: one for each name at the level of a booking.

Reach for `parse()` with the segments of one message, UNH to UNT. What each segment says is read in
`pnrgov_segments`, texts of special services in `ssr`.

Source: WCO/IATA/ICAO PNRGOV guides 10.1 to 15.1; deviations seen in real messages.
"""

from __future__ import annotations

import hashlib
import re
from datetime import date

from ops_hub.feeds import ssr
from ops_hub.feeds.edifact import Segment
from ops_hub.feeds.fares import fare_text
from ops_hub.feeds.parsed import MAX_RAW, Parsed, Row, Source, extra_text, hide_cards, note, record
from ops_hub.feeds.pnrgov_segments import HANDLERS, SILENT, Booking, Message, person_of


def parse(segments: list[Segment], source: Source, prepared: date | None) -> Parsed:
    """Return the travellers of one message.

    Args:
        segments: UNH to UNT.
        source: file, day of reading, key for payment numbers.
        prepared: day on which the interchange says it was made, if it says so.
    """
    message = Message(source, segments[0].get(1), prepared or source.today, Parsed("pnrgov", messages=1))
    for segment in segments[1:]:
        if message.booking is not None and segment.tag != "SRC":
            message.booking.segments.append("FOP+<hidden>" if segment.tag == "FOP" else segment.raw)
        handler = HANDLERS.get(segment.tag)
        if handler is not None:
            handler(message, segment)
        elif segment.tag not in SILENT:
            message.set_aside(
                segment, "unknown-segment", f"segment {segment.tag or '?'} is not known in PNRGOV; set aside"
            )
    digest = hashlib.blake2b("\n".join(s.raw for s in segments).encode("utf-8", "replace"), digest_size=16).digest()
    message.out.headers.append(
        message.flight
        | {
            "message_function": message.function or None,
            "empty_bookings": [b.locator for b in message.bookings if b.locator and not b.people],
        }
    )
    for booking in message.bookings:
        _finish(message, booking, digest)
    return message.out


_TITLE = re.compile(r"\s*(MR|MRS|MSTR|MISS|MS|CHD|DR)$")
_NO_LETTER = re.compile("[^A-Z]")


def _squeezed(text: str | None) -> str:
    upper = (text or "").upper()
    return upper if upper.isascii() and upper.isalpha() else _NO_LETTER.sub("", upper)


def _bearer(b: Booking, reference: str, current: Row | None, found: ssr.Docs) -> Row | None:
    """Return whose document it is: the one of that name, else the one referred to, else the current one."""
    family, given = _squeezed(found.family), _squeezed(found.given)
    same = [
        person
        for person in b.people
        if _squeezed(person["family_name"]) == family
        and given.startswith(_squeezed(_TITLE.sub("", person["given_names"] or ""))[:12])
    ]
    if len(same) == 1:
        return same[0]
    return person_of(b, reference) or current or (b.people[0] if len(b.people) == 1 else None)


def _take_docs(m: Message, b: Booking) -> None:
    for reference, current, found in b.docs:
        person = _bearer(b, reference, current, found)
        if person is None:
            m.out.rejects.append(
                note(
                    m.source.name,
                    "no-bearer",
                    f"a document of booking {b.locator} belongs to none of its names; set aside",
                    ref=m.reference,
                    position=b.offset,
                )
            )
            continue
        if found.document is not None:
            known = [
                d
                for d in person["documents"]
                if (d["number"], d["issuer"]) == (found.document["number"], found.document["issuer"])
            ]
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


def _finish(m: Message, b: Booking, digest: bytes) -> None:
    _take_docs(m, b)
    if not b.people:
        reason = "empty-booking" if b.locator else "no-name"
        detail = f"booking {b.locator or '(no locator)'} names nobody: cancelled or split off"
        m.out.rejects.append(
            note(m.source.name, reason, detail, raw="'".join(b.segments), ref=m.reference, position=b.offset)
        )
    raw = hide_cards("'".join(b.segments)[:MAX_RAW])
    for person in b.people:
        if not (person["family_name"] or person["given_names"]) and not person["documents"]:
            m.out.rejects.append(
                record(
                    m.source.name,
                    "no-name",
                    "a person with neither name nor document cannot be screened; ask the carrier",
                    raw=raw,
                    ref=m.reference,
                    position=person["position"],
                )
            )
            continue
        m.out.travellers.append(_traveller(m, b, person, (digest, raw)))


def _traveller(m: Message, b: Booking, person: Row, stamp: tuple[bytes, str]) -> Row:
    digest, raw = stamp
    flight, sold = _flight(m, b)
    extra = b.extra | person["extra"] | sold | ({"traveller_kind": person["kind"]} if person["kind"] else {})
    if fare := fare_text(person["fares"].values()):
        extra["fare"] = fare
    contacts = [
        *person["contacts"],
        *(contact for contact in b.contacts if contact not in person["contacts"]),
    ]
    return {
        "record_id": hashlib.blake2b(digest + len(m.out.travellers).to_bytes(4, "big"), digest_size=12).hexdigest(),
        "source": m.source.name,
        "message_ref": m.reference,
        "message_type": "pnrgov",
        "message_function": m.function or None,
        "role": "passenger",
        **{key: person.get(key) for key in _PERSONAL},
        **{key: flight.get(key) for key in ("carrier", "flight", "from_port", "to_port", "departs_at", "arrives_at")},
        "legs": b.legs,
        "booking_ref": b.locator,
        "booked_at": b.booked_at,
        "agency": b.agency,
        "contacts": contacts,
        "payments": b.payments,
        "extra": extra_text(extra),
        "raw": raw,
    }


def _flight(m: Message, b: Booking) -> tuple[Row, Row]:
    """Return the flight that goes, and under which number it was sold, where the booking tells of a codeshare."""
    for leg, carrier, number in b.operated:
        is_same = all(leg[key] == m.flight.get(key) for key in ("from_port", "to_port", "departs_at"))
        if is_same and leg["flight"] and leg["flight"] != number and m.flight.get("flight") in (leg["flight"], number):
            return m.flight | {"carrier": carrier, "flight": number}, {"sold_as": leg["flight"]}
    return m.flight, {}


_PERSONAL = (
    "position", "family_name", "given_names", "birth_date", "sex", "nationality", "residence", "birth_place", "documents",
    "passenger_ref", "seats", "tickets", "bags", "bag_weight_kg", "bag_tags",
)  # fmt: skip
