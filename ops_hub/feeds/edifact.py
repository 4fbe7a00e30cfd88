"""Bytes into EDIFACT segments: the lexer, driven by UNA and forgiving where carriers are careless.

Reach for `interchanges()`. It knows separators, release characters and envelopes, and nothing of what
messages mean: that is left to `paxlst` and `pnrgov`. Positions are byte offsets in the file.

Source: ISO 9735 (UNA, UNB ... UNZ); deviations seen in real files are named where they are met.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

MAX_SEGMENT = 1_000_000  # characters; a longer one is no segment (the longest real one seen has 1,200)
_ENVELOPE = {"UNA", "UNB", "UNZ"}
MAX_PLAIN = 5_000  # characters of a segment that is split without looking at each of them
_HEAD = re.compile(r"UNA|UN[BH][^A-Za-z0-9\s]|un[bh][^A-Za-z0-9\s]")
# An interchange within other text, such as a telex header: UNA with six service characters, UNB with a syntax, UNH with a
# type. Tables hold people called Luna, Acuna and Una.
_WITHIN = re.compile(
    r"(?<![A-Za-z0-9])(?:UNA[^A-Za-z0-9\s]{3}[^A-Za-z0-9].[^A-Za-z0-9]|UNB[^A-Za-z0-9\s](?:UNO[A-Z]|IAT[AB]|SIRE|KECA)"
    r"|UNH([^A-Za-z0-9\s])[A-Za-z0-9-]{1,14}\1[A-Za-z]{6}(?!\1)[^A-Za-z0-9\s])",
    re.IGNORECASE,
)
_BLANKS = " \t\r\n\x01\x02\x03\x0b\x0c\x1a\x00"  # not str.strip(): A0 and 85 may be halves of a UTF-8 letter
_SYNTAX = re.compile(r"(UNO[A-Z]|IAT[AB]|SIRE|KECA)(.)", re.IGNORECASE)
_ENDINGS = re.compile(r"([^A-Za-z0-9\s])\s*(?:UNG|UNH)", re.IGNORECASE)


@dataclass(frozen=True)
class Separators:
    """Service characters of an interchange."""

    component: str = ":"
    element: str = "+"
    release: str = "?"
    terminator: str = "'"


@dataclass(slots=True)  # not frozen: a frozen one takes three times as long to make, and a large file has millions
class Segment:
    """One segment: `elements[i][j]` is component j of element i; elements[0][0] is the tag.

    Segments of the same text share their elements: nobody may change them.
    """

    tag: str
    elements: list[list[str]]
    offset: int
    raw: str

    def get(self, element: int, component: int = 0) -> str:
        """Return a component, '' where it was not sent."""
        try:
            return self.elements[element][component]
        except IndexError:
            return ""


@dataclass(frozen=True)
class Interchange:
    """The segments of one interchange (UNB to UNZ, or to the end of the file) and where it began and ended."""

    segments: list[Segment]
    offset: int
    end: int
    is_closed: bool


def looks_like_edifact(head: bytes) -> bool:
    """Return whether the first bytes of a file show an EDIFACT interchange, with or without a telex header."""
    text = head[:4096].decode("latin-1").removeprefix("\xef\xbb\xbf").lstrip(_BLANKS)
    return _HEAD.match(text) is not None or _WITHIN.search(text) is not None


def interchanges(data: bytes) -> Iterator[Interchange]:
    """Yield the interchanges of a file; what stands between them is skipped.

    The text is read as Latin-1, one character a byte, so that positions are bytes; values that are UTF-8 are
    decoded as such. A message without UNB is taken as an interchange of its own.
    """
    text = data.decode("latin-1")
    at = 0
    while found := _HEAD.search(text, at):
        separators, begin = _separators(text, found.start())
        segments, end, closed = _segments(text, begin, separators)
        yield Interchange(segments, found.start(), end, closed)
        at = max(end, found.end())


def _separators(text: str, start: int) -> tuple[Separators, int]:
    """Return the separators of the interchange at `start` and where its first segment after UNA begins.

    The UNA is believed only if it splits the UNB that follows: in real files it is sometimes one character
    short, or ends with a typographic quote while the segments end with a plain one.
    """
    service = ""
    begin = start
    if text.startswith("UNA", start):
        service = text[start + 3 : start + 9]
        header = text.find("UNB", start + 3, start + 200)
        begin = header if header >= 0 else start + 9
    if len(service) == 6:
        told = Separators(service[0], service[1], service[3], service[5])
        if _splits(text, begin, told):
            release = told.release if told.release.strip() else "\0"
            return Separators(told.component, told.element, release, told.terminator), begin
    default = Separators()
    if not service and _splits(text, begin, default):
        return default, begin
    element = text[begin + 3 : begin + 4] or "+"
    syntax = _SYNTAX.search(text, begin, begin + 20)
    ending = _ENDINGS.search(text, begin + 4, begin + 1000)
    release = next((c for c in service if c in "?\\"), "?")
    return Separators(syntax[2] if syntax else ":", element, release, ending[1] if ending else "'"), begin


def _splits(text: str, begin: int, told: Separators) -> bool:
    signs = (told.component, told.element, told.terminator)
    if (
        any(c.isspace() or c.isalnum() for c in signs)
        or len(set(signs)) < 3
        or text[begin + 3 : begin + 4] != told.element
    ):
        return False
    end = text.find(told.terminator, begin, begin + 1000)
    following = text[end + 1 : end + 40].lstrip()
    return end >= 0 and following[:3].upper() in ("UNG", "UNH", "UNB", "BGM", "UNZ", "")


def _segments(text: str, begin: int, signs: Separators) -> tuple[list[Segment], int, bool]:
    """Return the segments from `begin` to UNZ, the position after them, and whether UNZ was there."""
    segments: list[Segment] = []
    plain = _plain(signs).match
    split = _Split(signs)
    at = begin
    while at < len(text):
        segment: Segment | None
        if found := plain(text, at):
            start, end = found.span(1)
            raw = text[start:end]
            elements = split[raw]
            segment = Segment(elements[0][0], elements, start, raw)
        else:
            end = _end(text, at, signs)
            segment = _segment(text[at:end], at, signs)
        if segment is not None:
            if segment.tag in _ENVELOPE:
                if segments and segment.tag in ("UNA", "UNB"):
                    return segments, at if segment.tag == "UNA" else segment.offset, False
                if segment.tag == "UNZ":
                    return [*segments, segment], end + 1, True
            segments.append(segment)
        at = end + 1
    return segments, len(text), False


class _Split(dict[str, list[list[str]]]):
    """Elements of segments by their text, split when first asked for: half of a passenger list is the same few segments."""

    def __init__(self, signs: Separators) -> None:
        super().__init__()
        self._component, self._element = signs.component, signs.element

    def __missing__(self, raw: str) -> list[list[str]]:
        component = self._component
        elements = [element.split(component) for element in raw.split(self._element)]
        self[raw] = elements
        return elements


@lru_cache(maxsize=64)
def _plain(signs: Separators) -> re.Pattern[str]:
    """Return what matches a segment as nearly all are, blanks before and the terminator after it: a tag of three capitals
    and ASCII text without release characters, line ends and blanks at its end.

    There `_segment` has nothing to do but to split, so such a segment is split at once. Where separators are letters,
    blanks or the same sign twice, nothing matches.
    """
    marks = (signs.component, signs.element, signs.terminator, signs.release)
    if len(set(marks)) < 4 or any(mark.isalnum() or mark in _BLANKS and mark != "\0" for mark in marks):
        return re.compile("(?!)")
    blanks = re.escape(_BLANKS)
    component, element, terminator, release = map(re.escape, marks)
    return re.compile(
        rf"[{blanks}]*([A-Z]{{3}}(?=[{component}{element}{terminator}])"
        rf"[^{terminator}{release}\r\n\x80-\xff]{{0,{MAX_PLAIN}}})(?<![{blanks}]){terminator}"
    )


def _end(text: str, at: int, signs: Separators) -> int:
    """Return the position of the terminator of the segment at `at`, released ones passed over."""
    end = text.find(signs.terminator, at)
    while end > at and _is_released(text, at, end, signs.release):
        end = text.find(signs.terminator, end + 1)
    return end if end >= 0 else len(text)


def _is_released(text: str, at: int, end: int, release: str) -> bool:
    count = 0
    while end - 1 - count >= at and text[end - 1 - count] == release:
        count += 1
    return count % 2 == 1


def _segment(raw: str, offset: int, signs: Separators) -> Segment | None:
    """Return a segment, or None for white space and control characters only.

    Line ends inside a segment are folding by the sender's telex line and are taken out without a blank.
    """
    stripped = raw.lstrip(_BLANKS)
    if not stripped:
        return None
    offset += len(raw) - len(stripped)
    if len(stripped) > MAX_SEGMENT:
        stripped = stripped[:MAX_SEGMENT]
    body = stripped.replace("\r", "").replace("\n", "") if "\n" in stripped or "\r" in stripped else stripped
    body = body.rstrip(_BLANKS)
    if not body.isascii():
        body = _decoded(body)
    if signs.release in body:
        elements = _released_split(body, signs)
    else:
        elements = [element.split(signs.component) for element in body.split(signs.element)]
    tag = elements[0][0].strip().upper()
    if tag != elements[0][0].strip():  # a message in small letters: codes are capitals
        elements = [[part.upper() for part in element] for element in elements]
    return Segment(tag, elements, offset, body)


def _decoded(text: str) -> str:
    try:
        return text.encode("latin-1").decode("utf-8")
    except (UnicodeDecodeError, UnicodeEncodeError):
        return text


def _released_split(body: str, signs: Separators) -> list[list[str]]:
    elements: list[list[str]] = [[]]
    current: list[str] = []
    at = 0
    while at < len(body):
        c = body[at]
        if c == signs.release:
            current.append(body[at + 1 : at + 2])
            at += 2
            continue
        if c in (signs.component, signs.element):
            elements[-1].append("".join(current))
            current = []
            if c == signs.element:
                elements.append([])
        else:
            current.append(c)
        at += 1
    elements[-1].append("".join(current))
    return elements
