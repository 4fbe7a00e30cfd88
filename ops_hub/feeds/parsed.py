"""What every parser of messages returns, and the two shapes of a reject.

Reach for `record()` when a whole record is lost and counts as rejected, for `note()` when a part is set
aside and its record kept. Frames are made of these rows in `reading`.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from ops_hub.feedback import MAX_RAW, reject

Row = dict[str, Any]
__all__ = ["MAX_RAW", "Parsed", "Row", "Source", "extra_text", "hide_cards", "note", "payment_token", "record"]
_CARD = re.compile(r"(?<!\d)(?:\d[ -]?){12,18}\d(?!\d)")
_ALIKE = bytes.maketrans(b"123456789 -", b"0" * 11)  # what a card number is written with, all as one sign
_JSON = json.JSONEncoder(ensure_ascii=False, sort_keys=True)


@dataclass
class Parsed:
    """Rows of one message or file: keys of `travellers`, `rejects` and `headers` are columns of TRAVELLERS, REJECTS, MESSAGES.

    Records in = travellers + rejects of kind 'record'.
    """

    format: str
    messages: int = 0
    travellers: list[Row] = field(default_factory=list)
    rejects: list[Row] = field(default_factory=list)
    headers: list[Row] = field(default_factory=list)

    def add(self, other: Parsed) -> None:
        """Take over the rows of another part of the same file."""
        self.messages += other.messages
        self.travellers += other.travellers
        self.rejects += other.rejects
        self.headers += other.headers
        if other.format and other.format != self.format:
            self.format = other.format if self.format == "" else "edifact"


@dataclass(frozen=True)
class Source:
    """Where bytes come from and what parsers may need besides them.

    Attributes:
        name: name of the feed file.
        today: day of reading; two-digit years are understood from it where a message has no date.
        hash_key: secret key under which payment numbers are hashed.
    """

    name: str
    today: date
    hash_key: bytes


def record(source: str, reason: str, detail: str, **where: Any) -> Row:
    """Return a REJECTS row for a record that is lost; `where` as in `feedback.reject`; card numbers are hidden."""
    row = reject(source, reason, hide_cards(detail), **where)
    return row | {"raw": hide_cards(row["raw"])}


def note(source: str, reason: str, detail: str, **where: Any) -> Row:
    """Return the same for a part that was set aside while its record was kept."""
    return record(source, reason, detail, **where) | {"kind": "note"}


def payment_token(number: str, key: bytes) -> str:
    """Return the keyed hash of a card or account number, the same however it is spaced."""
    plain = "".join(c for c in number.upper() if c.isalnum() or c == "*")
    return hashlib.blake2b(plain.encode(), key=key[:64], digest_size=12).hexdigest()


def hide_cards(text: str) -> str:
    """Return the text with every run of digits that could be a payment card number hidden (Luhn check)."""
    if text.isascii() and b"0" * 13 not in text.encode().translate(_ALIKE):
        return text  # at ten times the speed of the pattern
    return _CARD.sub(lambda found: "<card>" if _luhn(re.sub(r"\D", "", found[0])) else found[0], text)


def extra_text(extra: Row) -> str | None:
    """Return what `extra` holds: a JSON object without card numbers, None when there is nothing to keep."""
    return hide_cards(_JSON.encode(extra)) if extra else None


def _luhn(digits: str) -> bool:
    doubled = [int(d) * (2 if k % 2 else 1) for k, d in enumerate(reversed(digits))]
    return sum(n - 9 if n > 9 else n for n in doubled) % 10 == 0
