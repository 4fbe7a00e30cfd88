"""Dates as carriers write them into days; two-digit years from a reference day.

Reach for it in every message parser. What is no date gives None: the caller says so in a note.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from functools import lru_cache

_MONTHS = {
    m: k for k, m in enumerate(("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"), 1)
}
_NAMED = re.compile(r"^(\d{1,2})([A-Z]{3})(\d{2}|\d{4})$")
EXPIRY_YEARS_AHEAD = 50  # a two-digit year further ahead than this is in the past: no document lasts longer


def past_day(text: str, reference: date) -> date | None:
    """Return a birth or issue date: YYMMDD, YYYYMMDD, YYYY-MM-DD or 12JUL64; a two-digit year is never after `reference`."""
    return _day(text, lambda yy: 2000 + yy if 2000 + yy <= reference.year else 1900 + yy, reference)


def birth_text(text: str, reference: date) -> str | None:
    """Return a birth date as ISO 8601, as precise as it was sent: 00 stands for an unknown day or month.

    >>> birth_text("19680200", date(2026, 1, 1)), birth_text("680000", date(2026, 1, 1)), birth_text("1968", date(2026, 1, 1))
    ('1968-02', '1968', '1968')
    """
    text = text.strip()
    day = past_day(text, reference)
    if day is not None:
        return day.isoformat()
    if not (text.isascii() and text.isdigit() and len(text) in (4, 6, 8)):
        return None
    if len(text) == 4:
        return text if 1850 <= int(text) <= reference.year else None
    first = past_day(text[:-4] + (text[-4:-2] if text[-4:-2] != "00" else "01") + "01", reference)
    if first is None or text[-2:] != "00":
        return None
    return str(first.year) if text[-4:-2] == "00" else f"{first.year}-{first.month:02d}"


def future_day(text: str, reference: date) -> date | None:
    """Return an expiry date in the same forms; a two-digit year is at most `EXPIRY_YEARS_AHEAD` ahead."""
    return _day(text, lambda yy: 2000 + yy if 2000 + yy <= reference.year + EXPIRY_YEARS_AHEAD else 1900 + yy, None)


def _day(text: str, century, not_after: date | None) -> date | None:  # type: ignore[no-untyped-def]  # noqa: ANN001
    text = text.strip().upper().replace("-", "")
    try:
        if len(text) == 8 and text.isdigit() and text.isascii():
            return date.fromisoformat(text)
        if len(text) == 6 and text.isdigit() and text.isascii():
            short = True
            year, month, day = century(int(text[:2])), int(text[2:4]), int(text[4:])
        elif named := _NAMED.match(text):
            day, month = int(named[1]), _MONTHS.get(named[2], 0)
            short = len(named[3]) == 2
            year = century(int(named[3])) if short else int(named[3])
        else:
            return None
        found = date(year, month, day)
        return found.replace(year=year - 100) if short and not_after is not None and found > not_after else found
    except ValueError:
        return None


def moment(text: str) -> datetime | None:
    """Return a date and time of PAXLST: YYMMDDHHMM, CCYYMMDDHHMM, YYMMDD or CCYYMMDD (local time, no zone)."""
    text = text.strip()
    if not (text.isascii() and text.isdigit()):
        return None
    forms = {6: "%y%m%d", 8: "%Y%m%d", 10: "%y%m%d%H%M", 12: "%Y%m%d%H%M", 14: "%Y%m%d%H%M%S"}
    return _parse(text, forms.get(len(text)))


def pnr_moment(day: str, time: str) -> datetime | None:
    """Return a date (DDMMYY) and time (HHMM or HHMMSS, may be empty) of PNRGOV."""
    time = time.strip()[:4]
    if not (day.isascii() and day.isdigit() and len(day) == 6):
        return None
    return _parse(day + (time if len(time) == 4 else "0000"), "%d%m%y%H%M")


@lru_cache(maxsize=4096)  # the few times of flights that come again and again; strptime is slow
def _parse(text: str, form: str | None) -> datetime | None:
    try:
        return datetime.strptime(text, form) if form else None
    except ValueError:
        return None
