"""Special service texts of a booking (DOCS, DOCO, DOCA, contacts) into their parts.

Reach for it from `pnrgov`, which knows whom each text belongs to. A text that does not hold what its code
promises gives None.

Source: IATA AIRIMP / PNRGOV guide, SSR element 1: code, status, number, carrier, ..., text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Any

from ops_hub.feeds.dates import future_day, past_day
from ops_hub.feeds.edifact import Segment
from ops_hub.reference import country

SEXES = {"M": "M", "F": "F", "MI": "M", "FI": "F", "X": "X", "XI": "X"}
_EMAIL = re.compile(r"[A-Z0-9._%+-]+@[A-Z0-9.-]+\.[A-Z]{2,}", re.IGNORECASE)


@dataclass(frozen=True)
class Docs:
    """What an SSR DOCS says of one person."""

    family: str
    given: str
    birth: date | None
    sex: str | None
    nationality: str | None
    document: dict[str, Any] | None
    problem: str | None


def text_of(segment: Segment) -> str:
    """Return the free text of an SSR: what stands from component 8 on, or the first part with slashes."""
    parts = segment.elements[1] if len(segment.elements) > 1 else []
    text = ":".join(parts[8:])
    return text or next((part for part in parts[1:] if part.count("/") >= 2), "")


def docs(text: str, today: date) -> Docs | None:
    """Read `/P/ISS/NUMBER/NAT/12JUL64/M/23AUG19/FAMILY/GIVEN/SECOND` (DOCS); None when too short to hold a name."""
    parts = [part.strip() for part in text.split("/")]
    if len(parts) < 9:
        return None
    kind, issuer, number, nationality, born, sex, expires = parts[1:8]
    given = " ".join(part for part in parts[9:] if part and part != "H")
    birth = past_day(born.replace(" ", ""), today) if born else None
    problem = f"birth date {born} is not a date" if born and birth is None else None
    number = re.sub(r"\s+", "", number)
    document = None
    if number:
        until = future_day(expires.replace(" ", ""), today) if expires else None
        if expires and until is None:
            problem = problem or f"expiry date {expires} is not a date"
        document = {
            "type": kind or "P",
            "number": number,
            "issuer": country(issuer) or issuer or None,
            "expires": until,
            "issued": None,
            "verified": None,
        }
    return Docs(
        parts[8],
        given,
        birth,
        SEXES.get(sex.upper()),
        country(nationality) or nationality or None,
        document,
        problem,
    )


def doco(text: str, today: date) -> tuple[str | None, dict[str, Any] | None] | None:
    """Read `PLACE OF BIRTH/V/NUMBER/PLACE OF ISSUE/22DEC06/COUNTRY` (DOCO): birth place and visa."""
    parts = [part.strip() for part in text.split("/")]
    if len(parts) < 3:
        return None
    parts += [""] * (6 - len(parts))
    number = re.sub(r"\s+", "", parts[2])
    visa = None
    if number:
        issuer = country(parts[5]) or parts[5] or None
        visa = {
            "type": parts[1] or "V",
            "number": number,
            "issuer": issuer,
            "expires": None,
            "issued": past_day(parts[4], today),
            "verified": None,
        }
    return parts[0] or None, visa


def doca(text: str) -> tuple[str | None, str] | None:
    """Read `/R/COUNTRY/ADDRESS/CITY/STATE/ZIP` (DOCA): country where it is the residence, and the address."""
    parts = [part.strip() for part in text.split("/")]
    if len(parts) < 3:
        return None
    address = ", ".join(part for part in parts[2:] if part)
    return (country(parts[2]) or parts[2] or None) if parts[1].upper() == "R" else None, address


def contact(code: str, text: str) -> dict[str, str] | None:
    """Read a contact (CTCE, CTCM, CTCP ...): in e-mails `//` stands for @, `..` for _, `./` for -."""
    text = text.strip(" /")
    if not text:
        return None
    if code == "CTCE" or "//" in text or "@" in text:
        address = text.replace("//", "@").replace("..", "_").replace("./", "-").strip()
        found = _EMAIL.search(address.replace(" ", ""))
        return {"kind": "email", "value": (found[0] if found else address).lower()}
    digits = re.sub(r"\D", "", text)
    return {"kind": "phone" if len(digits) >= 6 else "other", "value": text}
