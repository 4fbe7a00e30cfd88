"""Machine readable zones (lines of P<UTOERIKSSON<<ANNA...) into travellers, check digits verified.

Reach for `parse_mrz()` for files of such lines and for `check_digits()` wherever documents are verified.
A wrong check digit is noted and the document marked; it never loses the traveller.

Source: ICAO Doc 9303 parts 3 (check digits), 4 (TD3), 5 (TD1), 6 (TD2).
"""

from __future__ import annotations

import re
from datetime import date

import numpy as np
from numpy.typing import NDArray

from ops_hub.feeds.dates import future_day, past_day
from ops_hub.feeds.parsed import Parsed, Row, Source, note, record
from ops_hub.reference import country

_LINE = re.compile(r"^[A-Z0-9<]+$")
_WEIGHTS = np.array([7, 3, 1])
_VALUES = np.full(256, -1, dtype=np.int64)
_VALUES[ord("0") : ord("9") + 1] = np.arange(10)
_VALUES[ord("A") : ord("Z") + 1] = np.arange(10, 36)
_VALUES[ord("<")] = 0

# Where the fields stand, by (lines, length): line, first, one past the last.
_FIELDS = {
    "TD3": {"code": (0, 0, 2), "issuer": (0, 2, 5), "names": (0, 5, 44), "number": (1, 0, 9), "nationality": (1, 10, 13), "birth": (1, 13, 19), "sex": (1, 20, 21), "expiry": (1, 21, 27), "optional": (1, 28, 42)},
    "TD2": {"code": (0, 0, 2), "issuer": (0, 2, 5), "names": (0, 5, 36), "number": (1, 0, 9), "nationality": (1, 10, 13), "birth": (1, 13, 19), "sex": (1, 20, 21), "expiry": (1, 21, 27), "optional": (1, 28, 35)},
    "TD1": {"code": (0, 0, 2), "issuer": (0, 2, 5), "names": (2, 0, 30), "number": (0, 5, 14), "nationality": (1, 15, 18), "birth": (1, 0, 6), "sex": (1, 7, 8), "expiry": (1, 8, 14), "optional": (0, 15, 30)},
}  # fmt: skip
# What each check digit covers (spans of line, first, last) and where it stands (line, column).
_CHECKS = {
    "TD3": {"number": ([(1, 0, 9)], (1, 9)), "birth": ([(1, 13, 19)], (1, 19)), "expiry": ([(1, 21, 27)], (1, 27)), "composite": ([(1, 0, 10), (1, 13, 20), (1, 21, 43)], (1, 43))},
    "TD2": {"number": ([(1, 0, 9)], (1, 9)), "birth": ([(1, 13, 19)], (1, 19)), "expiry": ([(1, 21, 27)], (1, 27)), "composite": ([(1, 0, 10), (1, 13, 20), (1, 21, 35)], (1, 35))},
    "TD1": {"number": ([(0, 5, 14)], (0, 14)), "birth": ([(1, 0, 6)], (1, 6)), "expiry": ([(1, 8, 14)], (1, 14)), "composite": ([(0, 5, 30), (1, 0, 7), (1, 8, 15), (1, 18, 29)], (1, 29))},
}  # fmt: skip
_SHAPES = {44: ("TD3", 2), 36: ("TD2", 2), 30: ("TD1", 3)}


def check_digits(texts: list[str]) -> NDArray[np.int64]:
    """Return the check digit (0 to 9) of each text of A-Z, 0-9 and <; -1 where another character stands."""
    width = max((len(text) for text in texts), default=0)
    codes = np.frombuffer("".join(text.ljust(width, "<") for text in texts).encode("ascii", "replace"), dtype=np.uint8)
    values = _VALUES[codes.reshape(len(texts), width)] if width else np.zeros((len(texts), 0), np.int64)
    sums = (values * np.resize(_WEIGHTS, width)).sum(axis=1) % 10
    return np.where((values < 0).any(axis=1), -1, sums)


def looks_like_mrz(head: str) -> bool:
    """Return whether the first lines of a text are machine readable zones."""
    lines = [line.strip() for line in head.splitlines() if line.strip()][:4]
    return (
        bool(lines)
        and len(lines[0]) in _SHAPES
        and "<" in lines[0]
        and _LINE.match(lines[0]) is not None
        and lines[0][0] in "PIACV"
    )


def parse_mrz(text: str, source: Source, sha256: str) -> Parsed:
    """Return a traveller for each zone of a text file, one line after another.

    Args:
        text: the file's text.
        source: file and day of reading.
        sha256: of the file: with the line it makes the record id.
    """
    out = Parsed("mrz")
    zones: list[tuple[int, str, list[str]]] = []
    lines = [(number, line.strip().upper()) for number, line in enumerate(text.splitlines(), 1) if line.strip()]
    at = 0
    while at < len(lines):
        number, line = lines[at]
        shape, count = _SHAPES.get(len(line), ("", 1))
        following = [other for _, other in lines[at : at + count]]
        if not shape or len(following) < count or any(len(x) != len(line) or not _LINE.match(x) for x in following):
            out.rejects.append(
                record(
                    source.name,
                    "bad-mrz",
                    "this is no line of a travel document (30, 36 or 44 of A-Z, 0-9 and <)",
                    raw=line[:200],
                    position=number,
                )
            )
            at += 1
            continue
        zones.append((number, shape, following))
        at += count
    failed = _failed_checks(zones)
    for (number, shape, zone), wrong in zip(zones, failed, strict=True):
        row = _traveller(number, (shape, zone), wrong, source)
        row |= {"record_id": f"{sha256[:16]}-{number}", "raw": "\n".join(zone)}
        if not (row["family_name"] or row["given_names"]) and not row["documents"]:
            out.rejects.append(
                record(
                    source.name,
                    "no-name",
                    "the zone holds neither name nor number",
                    raw=row["raw"],
                    position=number,
                )
            )
            continue
        if wrong:
            out.rejects.append(
                note(
                    source.name,
                    "check-digit",
                    f"check digit of {', '.join(wrong)} is wrong; the traveller is kept, the document marked",
                    raw=row["raw"],
                    position=number,
                )
            )
        out.travellers.append(row)
    return out


def _cut(zone: list[str], span: tuple[int, int, int]) -> str:
    return zone[span[0]][span[1] : span[2]]


def _failed_checks(zones: list[tuple[int, str, list[str]]]) -> list[list[str]]:
    failed: list[list[str]] = [[] for _ in zones]
    texts, places = [], []
    for at, (_, shape, zone) in enumerate(zones):
        for name, (spans, (line, column)) in _CHECKS[shape].items():
            texts.append("".join(_cut(zone, span) for span in spans))
            places.append((at, name, zone[line][column]))
    for digit, (at, name, told) in zip(check_digits(texts), places, strict=True):
        if str(digit) != told and not (told == "<" and digit == 0):
            failed[at].append(name)
    return failed


def _traveller(number: int, what: tuple[str, list[str]], wrong: list[str], source: Source) -> Row:
    shape, zone = what
    part = {name: _cut(zone, span) for name, span in _FIELDS[shape].items()}
    family, _, given = part["names"].partition("<<")
    birth = _birth(part["birth"], source.today)
    document_number = part["number"].replace("<", "")
    issuer = part["issuer"].replace("<", "")
    nationality = part["nationality"].replace("<", "")
    document = {
        "type": part["code"].replace("<", "") or "P",
        "number": document_number,
        "issuer": country(issuer) or issuer or None,
        "expires": future_day(part["expiry"], source.today),
        "issued": None,
        "verified": not wrong,
    }
    return {
        "source": source.name,
        "message_ref": None,
        "message_type": "mrz",
        "position": number,
        "family_name": " ".join(family.replace("<", " ").split()) or None,
        "given_names": " ".join(given.replace("<", " ").split()) or None,
        "birth_date": birth,
        "sex": part["sex"] if part["sex"] in "MFX" else None,
        "nationality": country(nationality) or nationality or None,
        "documents": [document] if document_number else [],
    }


def _birth(text: str, today: date) -> str | None:
    """Return a birth date, as precise as it is: fillers stand for an unknown month or day."""
    day = past_day(text, today)
    if day is not None:
        return day.isoformat()
    whole = past_day(text[:2] + "0101", today) if text[:2].isdigit() and text[2:].strip("<") == "" else None
    return str(whole.year) if whole else None
