"""What an EDIFACT message says about itself: who sent it, when, which part of which transmission it is.

Reach for `header()` once a message was parsed. A message without a single person (an empty list, a cancelled flight,
a close-out by references) leaves no traveller behind, only this row.

Source: ISO 9735 (UNB, UNH); WCO/IATA/ICAO PAXLST guides (RFF TN).
"""

from __future__ import annotations

import hashlib
import re
from datetime import datetime

from ops_hub.feeds.dates import moment
from ops_hub.feeds.edifact import Segment
from ops_hub.feeds.parsed import Parsed, Row

_NUMBER = re.compile(r"\d{1,9}", re.ASCII)


def header(message: list[Segment], envelope: Segment | None, found: Parsed, *, place: int, source: str) -> Row:
    """Return the MESSAGES row of a message.

    Args:
        message: UNH to UNT.
        envelope: its UNB, where there is one.
        found: what its parser read; the parser's own facts (flight, totals, references) are its last header.
        place: which message of the interchange it is, from 1.
        source: name of the feed file.
    """
    head = message[0]
    sender = envelope.get(2).strip() if envelope else ""
    interchange = envelope.get(5).strip() if envelope else ""
    prepared = _prepared_at(envelope)
    transaction, revision = _transaction(message)
    body = "\n".join([sender, interchange, str(prepared), *[segment.raw for segment in message]])
    flags = [head.get(4, k).strip().upper() for k in (0, 1)]
    function = next((row["message_function"] for row in found.travellers), None)
    return {
        "message_function": function,
        **(found.headers[-1] if found.headers else {}),
        "message_id": hashlib.blake2b(body.encode("utf-8", "replace"), digest_size=12).hexdigest(),
        "source": source,
        "message_ref": head.get(1),
        "position": head.offset,
        "message_type": found.format,
        "sender": sender or None,
        "interchange_ref": interchange or None,
        "place": place,
        "prepared_at": prepared,
        "access_ref": head.get(3).strip() or None,
        "part": _number(flags[0]),
        "part_flag": next((flag for flag in reversed(flags) if flag in ("C", "F")), None),
        "transaction": transaction,
        "revision": revision,
        "people": len(found.travellers),
        "lost": sum(row["kind"] == "record" for row in found.rejects),
        "faults": sorted(row["reason"] for row in found.rejects if row["kind"] == "note"),
    }


def _prepared_at(envelope: Segment | None) -> datetime | None:
    if envelope is None:
        return None
    day, time = envelope.get(4, 0).strip(), envelope.get(4, 1).strip()
    return moment(day + time[:4]) or moment(day)


def _transaction(message: list[Segment]) -> tuple[str | None, int | None]:
    """Return the message's own reference of its transaction (RFF TN before the first person) and its revision."""
    for segment in message:
        if segment.tag == "RFF" and segment.get(1).strip() == "TN" and segment.get(1, 1).strip():
            return segment.get(1, 1).strip(), _number(segment.get(1, 4))
        if segment.tag == "NAD" and segment.get(1) in ("FL", "FM", "DDU", "DDT", "ZZZ"):
            break
    return None, None


def _number(text: str) -> int | None:
    found = _NUMBER.fullmatch(text.strip())
    return int(found[0]) if found else None
