"""CUSRES messages: what a carrier that asked interactively is answered, and what it says to a change.

Reach for `written()` to send and `read()` to understand. A message names nobody: a person in it is a record locator and
the carrier's own passenger reference. Writing is a function of its arguments: times and control references are given.

Source: WCO/IATA/ICAO CUSRES guide (2013), D.05B; the order of segments, UNG, BGM 132 of a change and the two forms of an
acknowledgement (the message sent back; or ERP 1 alone, found again by its interchange) are those of messages that a
carrier system publishes as its tests.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime

import msgspec

from ops_hub.feeds.dates import moment
from ops_hub.feeds.edifact import Segment, interchanges

RESPONSE, CHANGE, ACKNOWLEDGEMENT = "962", "132", "312"  # BGM: to a request; unsolicited; of a carrier to a change
HEADING, DETAIL = "1", "2"  # ERP: about the message as a whole; about one person
_SERVICE = "UNA:+.? '"
_RELEASED = re.compile(r"([?+:'])")
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f]")
_REVISED = re.compile(r"(.+):(\d{1,9})", re.DOTALL | re.ASCII)


class Said(msgspec.Struct, frozen=True):
    """What is said about one person (or, with section HEADING, about the whole message)."""

    code: str
    text: str = ""
    booking_ref: str | None = None
    passenger_ref: str | None = None
    section: str = DETAIL


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """The content of a CUSRES message; times are local to the ports, as the carrier sent them.

    Attributes:
        function: RESPONSE, CHANGE or ACKNOWLEDGEMENT.
        transaction: reference of the request (as PAXLST is read: `value`, or `value:revision`), or of the change itself.
        access_ref: common access reference of the request.
        said: one for each person, in order.
    """

    function: str
    transaction: str | None = None
    access_ref: str | None = None
    flight: str | None = None
    from_port: str | None = None
    to_port: str | None = None
    departs_at: datetime | None = None
    arrives_at: datetime | None = None
    said: tuple[Said, ...] = ()


class Received(msgspec.Struct, frozen=True, kw_only=True):
    """A message that was read: its content, who sent it, in which interchange."""

    message: Message
    sender: str
    interchange_ref: str


def written(message: Message, *, sender: str, recipient: str, reference: str, prepared: datetime) -> str:
    """Return a message as an interchange of its own.

    Args:
        message: what it says.
        sender: who sends it (UNB).
        recipient: whom it is for.
        reference: control reference of interchange, group and message.
        prepared: when it is made, UTC.
    """
    at = f"{prepared:%y%m%d}:{prepared:%H%M}"
    said_to, told, ref = _text(sender), _text(recipient), _text(reference)
    answers = f"+{_text(message.access_ref)}+01:F" if message.access_ref else ""
    body = [f"UNH+{ref}+CUSRES:D:05B:UN:IATA{answers}", *_body(message)]
    body.append(f"UNT+{len(body) + 1}+{ref}")
    head = [f"UNB+UNOA:4+{said_to}+{told}+{at}+{ref}++IAPI", f"UNG+CUSRES+{said_to}+{told}+{at}+{ref}+UN+D:05B"]
    return _SERVICE + "".join(f"{segment}'" for segment in [*head, *body, f"UNE+1+{ref}", f"UNZ+1+{ref}"])


def readable(interchange: str) -> str:
    """Return an interchange with one segment a line."""
    found = next(interchanges(interchange.encode()), None)
    segments = [f"{segment.raw}'" for segment in found.segments] if found else []
    return "\n".join([_SERVICE, *segments])


def read(data: bytes) -> list[Received]:
    """Return the CUSRES messages in the bytes; messages of other types are passed over."""
    found = []
    for interchange in interchanges(data):
        head = next((segment for segment in interchange.segments if segment.tag == "UNB"), None)
        for segments in _messages(interchange.segments):
            if segments[0].get(2).strip().upper() == "CUSRES":
                sender, ref = (head.get(2).strip(), head.get(5).strip()) if head else ("", "")
                found.append(Received(message=_read(segments), sender=sender, interchange_ref=ref))
    return found


def _body(message: Message) -> Iterator[str]:
    yield f"BGM+{message.function}"
    if message.transaction:
        revised = _REVISED.fullmatch(message.transaction)
        value, revision = (revised[1], f":::{revised[2]}") if revised else (message.transaction, "")
        yield f"RFF+TN:{_text(value)}{revision}"
    if message.flight:
        yield f"RFF+AF:{_text(message.flight)}"
    for qualifier, when in (("189", message.departs_at), ("232", message.arrives_at)):
        if when is not None:
            yield f"DTM+{qualifier}:{when:%y%m%d%H%M}:201"
    for qualifier, port in (("125", message.from_port), ("87", message.to_port)):
        if port:
            yield f"LOC+{qualifier}+{_text(port)}"
    for said in message.said:
        yield f"ERP+{said.section}"
        if said.booking_ref:
            yield f"RFF+AVF:{_text(said.booking_ref)}"
        if said.passenger_ref:
            yield f"RFF+ABO:{_text(said.passenger_ref)}"
        yield f"ERC+{_text(said.code)}"
        if said.text:
            yield f"FTX+AAP+++{_text(said.text)}"


def _text(value: str | None) -> str:
    """Return a value with what would end it released; control characters belong to no value."""
    return _RELEASED.sub(r"?\1", _CONTROL.sub("", value or "").strip())


def _messages(segments: list[Segment]) -> Iterator[list[Segment]]:
    """Yield the messages of an interchange, UNH to UNT."""
    current: list[Segment] = []
    for segment in segments:
        if segment.tag == "UNH" and current:
            yield current
            current = []
        if current or segment.tag == "UNH":
            current.append(segment)
        if segment.tag == "UNT" and current:
            yield current
            current = []
    if current:
        yield current


def _read(segments: list[Segment]) -> Message:
    about: dict[str, object] = {}
    people: list[dict[str, str]] = []
    for segment in segments:
        code, value = segment.get(1).strip(), segment.get(1, 1).strip()
        if segment.tag == "ERP":
            people.append({"code": "", "section": code})
        elif segment.tag == "BGM":
            about["function"] = code
        elif segment.tag == "LOC" and code in ("125", "87"):
            about["from_port" if code == "125" else "to_port"] = segment.get(2).strip() or None
        elif segment.tag == "DTM" and code in ("189", "232"):
            about["departs_at" if code == "189" else "arrives_at"] = moment(value)
        elif segment.tag == "RFF":
            _reference(about, people, code, value, segment.get(1, 4).strip())
        elif segment.tag == "ERC" and people:
            people[-1]["code"] = code
        elif segment.tag == "FTX" and people:
            people[-1]["text"] = segment.get(4).strip()
    said = tuple(msgspec.convert(each, Said) for each in people)
    start = {"function": "", "access_ref": segments[0].get(3).strip() or None}
    return msgspec.convert(start | about | {"said": said}, Message)


def _reference(about: dict[str, object], people: list[dict[str, str]], code: str, value: str, revision: str) -> None:
    if code == "TN":
        about["transaction"] = f"{value}:{revision}" if revision else value or None
    elif code == "AF" and not people:
        about.setdefault("flight", value or None)
    elif code in ("AVF", "ABO") and people and value:
        people[-1]["booking_ref" if code == "AVF" else "passenger_ref"] = value
