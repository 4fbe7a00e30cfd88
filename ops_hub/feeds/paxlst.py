"""PAXLST messages (passenger and crew lists) into travellers, by state and not by order of segments.

Reach for `parse()` with the segments of one message, UNH to UNT. What is not understood is set aside and its
person kept. What each segment says is read in `paxlst_segments`.

Source: WCO/IATA/ICAO PAXLST guides 3.0 to 6.0 (D.02B to D.15B); deviations seen in real messages.
"""

from __future__ import annotations

import hashlib
from datetime import date

from ops_hub.feeds.edifact import Segment
from ops_hub.feeds.parsed import MAX_RAW, Parsed, Row, Source, extra_text, hide_cards, note, record
from ops_hub.feeds.paxlst_segments import HANDLERS, NOT_OF_A_PERSON, Message, end_person

# Functions of BGM under which people may be named by a reference alone: reduction, cancellation, close-out.
_BY_REFERENCE = {"RP", "XR", "CL", "CLOB", "CLNB"}


def parse(segments: list[Segment], source: Source, prepared: date | None) -> Parsed:
    """Return the travellers of one message.

    Args:
        segments: UNH to UNT.
        source: file, day of reading, key.
        prepared: day on which the interchange says it was made, if it says so.
    """
    head = segments[0]
    message = Message(source, head.get(1), prepared or source.today, Parsed("paxlst", messages=1))
    message.part = ":".join(part for part in head.elements[4] if part) if len(head.elements) > 4 else ""
    if head.get(3):
        message.message_extra["access_reference"] = head.get(3)
    if message.part:
        message.message_extra["part"] = message.part
    for segment in segments[1:]:
        handler = HANDLERS.get(segment.tag)
        if message.person is not None and segment.tag not in NOT_OF_A_PERSON:
            message.person_segments.append(segment.raw)
        if handler is None:
            message.set_aside(
                segment, "unknown-segment", f"segment {segment.tag or '?'} is not known in PAXLST; set aside"
            )
            message.keep("unknown", segment.raw[:200])
        else:
            handler(message, segment)
    end_person(message)
    _finish(message, segments)
    return message.out


def _finish(m: Message, segments: list[Segment]) -> None:
    """Give each person the flight and the message, decide who is a record, and compare the totals."""
    flight = _flight(m)
    body = "\n".join([segment.raw for segment in segments]).encode("utf-8", "replace")
    digest = hashlib.blake2b(body, digest_size=16).digest()
    named: list[Row] = []
    m.out.headers.append(
        flight
        | {
            "message_function": m.function or None,
            "passengers_total": m.counts.get("42"),
            "crew_total": m.counts.get("41"),
            "named": named,
        }
    )
    of_all = {
        **flight,
        "source": m.source.name,
        "message_ref": m.reference,
        "message_type": "paxlst",
        "message_function": m.function or None,
        "extra": extra_text(m.message_extra),
    }
    names_by_reference = m.function.rpartition(":")[2] in _BY_REFERENCE
    for ordinal, (person, extra, own) in enumerate(m.persons):
        raw = "'".join(own)
        is_reference = extra.get("close_out") or names_by_reference
        if is_reference and not _has_name(person) and (extra.get("close_out") or _reference(person)):
            ref = _reference(person) or "none"
            named.append({key: person.get(key) for key in ("passenger_ref", "booking_ref")})
            m.out.rejects.append(
                note(
                    m.source.name,
                    "close-out-reference",
                    f"named by reference {ref} only",
                    raw=raw,
                    ref=m.reference,
                    position=person["position"],
                )
            )
            continue
        if not _has_name(person) and not any(document["number"] for document in person["documents"]):
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
        traveller = person | of_all
        traveller["record_id"] = hashlib.blake2b(digest + ordinal.to_bytes(4, "big"), digest_size=12).hexdigest()
        traveller["role"] = person["role"] or ("crew" if m.document_code == "250" else "passenger")
        traveller["raw"] = hide_cards(raw[:MAX_RAW])
        if extra:
            traveller["extra"] = extra_text(m.message_extra | extra)
        m.out.travellers.append(traveller)
    _compare_counts(m, segments)


def _reference(person: Row) -> str | None:
    return person.get("passenger_ref") or person.get("booking_ref")


def _has_name(person: Row) -> bool:
    given = {name for name in (person.get("family_name"), person.get("given_names"), person.get("full_name")) if name}
    return bool(given - {"FNU", "LNU", "UNKNOWN", "XXX"})


def _flight(m: Message) -> Row:
    legs = []
    for leg in m.legs:
        number = m.flights[leg["number"] - 1][1] if 0 < leg["number"] <= len(m.flights) else None
        legs.append(
            {
                "flight": number,
                **{key: leg[key] or None for key in ("from_port", "to_port", "departs_at", "arrives_at")},
            }
        )
    first, last = (legs[0], legs[-1]) if legs else ({}, {})
    border = next((leg for leg in m.legs if leg["from_port"] == m.places.get("125")), None)
    carrier, number = (
        m.flights[border["number"] - 1] if border and border["number"] else (m.flights[-1] if m.flights else ("", ""))
    )
    return {
        "carrier": carrier or None,
        "flight": number or None,
        "from_port": m.places.get("125") or first.get("from_port"),
        "to_port": m.places.get("87") or last.get("to_port"),
        "departs_at": m.times.get("125") or first.get("departs_at"),
        "arrives_at": m.times.get("87") or last.get("arrives_at"),
        "legs": _joined(legs),
    }


def _joined(legs: list[Row]) -> list[Row]:
    """Join half legs: a departure without arrival followed by an arrival on its own (one stop a TDT)."""
    whole: list[Row] = []
    for leg in legs:
        if whole and whole[-1]["to_port"] is None and leg["to_port"] is None and leg["departs_at"] is None:
            whole[-1].update(to_port=leg["from_port"], arrives_at=leg["arrives_at"])
        else:
            whole.append(dict(leg))
    return whole


def _compare_counts(m: Message, segments: list[Segment]) -> None:
    """Compare control totals with what was read; a total is the whole flight's, so a part may hold fewer."""
    people = len(m.persons) - m.closed_out
    for kind, total in m.counts.items():
        if kind not in ("41", "42") or total == people:
            continue
        part = m.part and not m.part.endswith(":F") or m.part not in ("", "01:F", "1:F")
        reason = "part-of-total" if part else "count-differs"
        detail = f"CNT {kind} says {total} people on the flight, this message holds {people}" + (
            f" (part {m.part})" if part else ""
        )
        m.out.rejects.append(note(m.source.name, reason, detail, ref=m.reference, position=segments[-1].offset))
