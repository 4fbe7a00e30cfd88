"""An EDIFACT file into rows: finds the messages in their envelopes and hands each to its parser.

Reach for `parse_edifact()`. A message of a type that is not read is one rejected record, so that nothing
disappears; a fault inside one message never touches the next.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date, timedelta

from ops_hub.feeds import paxlst, pnrgov
from ops_hub.feeds.dates import future_day
from ops_hub.feeds.edifact import Interchange, Segment, interchanges
from ops_hub.feeds.headers import header
from ops_hub.feeds.parsed import Parsed, Row, Source, note, record

_PARSERS: dict[str, Callable[[list[Segment], Source, date | None], Parsed]] = {
    "PAXLST": paxlst.parse,
    "PNRGOV": pnrgov.parse,
}
CLOCK_AHEAD_DAYS = 366  # messages are made at most this long before they are read (bookings open a year ahead)
_CONTROL = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f]")
_OUTER = {"UNB", "UNG", "UNE", "UNZ", "UNA"}


def parse_edifact(data: bytes, source: Source) -> Parsed:
    """Return all messages of a file as one `Parsed`."""
    whole = Parsed("")
    for part in iter_edifact(data, source):
        whole.add(part)
    if not whole.messages and not whole.rejects:
        whole.rejects.append(
            record(
                source.name,
                "no-message",
                "no EDIFACT message was found; check what was sent",
                raw=data[:500].decode("latin-1"),
            )
        )
    whole.format = whole.format or "edifact"
    return whole


def iter_edifact(data: bytes, source: Source) -> Iterator[Parsed]:
    """Yield one `Parsed` a message, and one for what is wrong with each envelope."""
    for interchange in interchanges(data):
        prepared = _prepared(interchange, source)
        messages, stray = _messages(interchange.segments)
        head = next((segment for segment in interchange.segments[:3] if segment.tag == "UNB"), None)
        for place, message in enumerate(messages, 1):
            found = _parse(message, source, prepared)
            if found.headers:
                found.headers = [header(message, head, found, place=place, source=source.name)]
            yield found
        envelope = _envelope(interchange, len(messages), stray, source)
        if envelope.rejects:
            yield envelope


def taken_apart(interchange: Interchange, source: Source) -> tuple[list[list[Segment]], list[Row]]:
    """Return the segments of each message of an interchange, UNH to UNT, and the rejects of its envelope."""
    messages, stray = _messages(interchange.segments)
    return messages, _envelope(interchange, len(messages), stray, source).rejects


def _parse(message: list[Segment], source: Source, prepared: date | None) -> Parsed:
    head = message[0]
    kind = head.get(2).strip().upper()
    parser = _PARSERS.get(kind)
    if parser is not None:
        found = parser(message, source, prepared)
        found.rejects += _ending(message, source) + _odd_characters(found, source)
        return found
    raw = "'".join(segment.raw for segment in message[:20])
    detail = f"message type {kind or '(none)'} is not read here; PAXLST and PNRGOV are"
    return Parsed(
        "edifact",
        1,
        [],
        [record(source.name, "unknown-message", detail, raw=raw, ref=head.get(1), position=head.offset)],
    )


def _odd_characters(found: Parsed, source: Source) -> list[Row]:
    """Note names with control characters: the sender's code page is none of UTF-8, Latin-1 and ASCII."""
    names = ("family_name", "given_names", "full_name")
    if not _CONTROL.search("".join([row.get(name) or "" for row in found.travellers for name in names])):
        return []  # as in nearly all messages
    odd = [row for row in found.travellers if any(_CONTROL.search(row.get(name) or "") for name in names)]
    detail = "the name holds control characters: it was sent in another code page and may not be found by name"
    return [
        note(
            source.name,
            "wrong-encoding",
            detail,
            raw=row["raw"] or "",
            ref=row["message_ref"],
            position=row["position"],
        )
        for row in odd
    ]


def _ending(message: list[Segment], source: Source) -> list[Row]:
    """Note a message without end, or one whose end counts other segments than were read."""
    end, ref = message[-1], message[0].get(1)
    if end.tag != "UNT":
        detail = "the message has no end (UNT); what came was read"
        return [note(source.name, "truncated", detail, ref=ref, position=end.offset)]
    if _differs(end.get(1), len(message)):
        detail = f"UNT says {end.get(1)} segments, {len(message)} were read"
        return [note(source.name, "segment-count-differs", detail, raw=end.raw, ref=ref, position=end.offset)]
    return []


def _differs(said: str, count: int) -> bool:
    """Return whether a number was sent and is another one; it may have any number of digits, or those of any script."""
    said = said.strip()
    return said.isdigit() and (said.lstrip("0") or "0") != str(count)


def _messages(segments: list[Segment]) -> tuple[list[list[Segment]], int]:
    """Return the segments of each message, UNH to UNT (or to the next UNH where UNT is missing), and how many stray.

    What follows an envelope's beginning within a message belongs to no message, but is not counted as stray: the
    message has no end, and that is noted.
    """
    messages: list[list[Segment]] = []
    stray = 0
    is_open = is_inside = False
    for segment in segments:
        tag = segment.tag
        if tag == "UNH":
            messages.append([segment])
            is_open = is_inside = True
        elif tag in _OUTER:
            is_open = False
            is_inside = is_inside and tag not in ("UNE", "UNZ")
        else:
            if is_open:
                messages[-1].append(segment)
            elif not is_inside:
                stray += 1
            if tag == "UNT":
                is_open = is_inside = False
    return messages, stray


def _prepared(interchange: Interchange, source: Source) -> date | None:
    """Return the day of preparation (UNB element 4); one long after the day of reading is not believed."""
    head = next((segment for segment in interchange.segments[:3] if segment.tag == "UNB"), None)
    day = future_day(head.get(4), source.today) if head else None
    return day if day is not None and day <= source.today + timedelta(days=CLOCK_AHEAD_DAYS) else None


def _envelope(interchange: Interchange, messages: int, stray: int, source: Source) -> Parsed:
    """Note what the envelope says and does not hold: counts and the end itself."""
    found = Parsed("")
    where = interchange.offset
    if not messages:
        raw = "'".join(segment.raw for segment in interchange.segments[:10])
        found.rejects.append(
            record(
                source.name,
                "no-message",
                "the interchange holds no message (UNH); ask for it again",
                raw=raw,
                position=where,
            )
        )
    if not interchange.is_closed:
        found.rejects.append(
            note(source.name, "truncated", "the interchange has no end (UNZ); what came was read", position=where)
        )
    last = interchange.segments[-1] if interchange.segments else None
    if last is not None and last.tag == "UNZ":
        groups = sum(segment.tag == "UNG" for segment in interchange.segments)
        if _differs(last.get(1), messages) and _differs(last.get(1), groups):
            detail = f"UNZ says {last.get(1)} messages or groups, {messages} messages in {groups} groups were read"
            found.rejects.append(note(source.name, "message-count-differs", detail, raw=last.raw, position=last.offset))
    if stray and messages:
        found.rejects.append(
            note(
                source.name,
                "stray-segments",
                f"{stray} segments stand outside any message; set aside",
                position=where,
            )
        )
    return found
