"""Birth dates as list owners write them into inclusive ranges of days.

Reach for `births()` in every reader. What is no date gives None: the caller decides whether the entry stays.
"""

from __future__ import annotations

import re
from datetime import date, timedelta

Birth = dict[str, date | bool]
CIRCA_YEARS = 1  # 'circa 1957' is taken as 1956 to 1958: owners rarely mean more, and it is marked approximate

_MONTHS = {
    m: k for k, m in enumerate(("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), 1)
}
_DAY = re.compile(r"^(\d{1,2})[ -]([A-Za-z]{3})[a-z]*[ -](\d{4})$")
_MONTH = re.compile(r"^([A-Za-z]{3})[a-z]*[ -](\d{4})$")
_SEASON = re.compile(r"^(?:late|early|mid|spring|summer|autumn|fall|winter)[ -](\d{4})$", re.IGNORECASE)
_DECADE = re.compile(r"^(\d{3})0s$")


def birth(text: str) -> Birth | None:
    """Return the range of days that a text means, or None.

    Understood: 1970-02-03, 1970-02, 1970, 03 Feb 1970, Feb 1970, 'circa ...', '~...', 'A to B', 'A/B', 1960s.

    >>> birth("circa 1957")["from"].isoformat(), birth("1970-02")["to"].isoformat()
    ('1956-01-01', '1970-02-28')
    """
    text = text.strip().rstrip(".")
    lowered = text.lower()
    for sign in ("circa ", "c. ", "approximately ", "about ", "~"):
        if lowered.startswith(sign):
            around = birth(text[len(sign) :])
            return _around(around) if around else None
    for sign in (" to ", "/", " - "):
        first, found, last = text.partition(sign)
        if found and (begin := birth(first)) and (end := birth(last)):
            return _range(begin, end)
    if years := re.fullmatch(r"(\d{4})-(\d{4})", text):
        return birth(f"{years[1]} to {years[2]}")
    return _single(text)


def _single(text: str) -> Birth | None:
    if re.fullmatch(r"\d{4}", text):
        return _span(text, 1, 1, 12, 31)
    if found := re.fullmatch(r"(\d{4})-(\d{2})", text):
        return _month(int(found[1]), int(found[2]))
    if found := re.fullmatch(r"(\d{4})-?(\d{2})-?(\d{2})", text):
        return _day(int(found[1]), int(found[2]), int(found[3]))
    if found := _DAY.match(text):
        return _day(int(found[3]), _MONTHS.get(found[2].lower(), 0), int(found[1]))
    if found := _MONTH.match(text):
        return _month(int(found[2]), _MONTHS.get(found[1].lower(), 0))
    if found := _SEASON.match(text):
        whole = _span(found[1], 1, 1, 12, 31)
        return whole | {"approximate": True} if whole else None
    if found := _DECADE.match(text):
        begin, end = _span(found[1] + "0", 1, 1, 12, 31), _span(found[1] + "9", 1, 1, 12, 31)
        return _range(begin, end) if begin and end else None
    return None


def _span(year: str, month: int, day: int, end_month: int, end_day: int) -> Birth | None:
    if not 1850 <= int(year) <= 2100:
        return None
    return {
        "from": date(int(year), month, day),
        "to": date(int(year), end_month, end_day),
        "approximate": False,
    }


def _month(year: int, month: int) -> Birth | None:
    if not (1 <= month <= 12 and 1850 <= year <= 2100):
        return None
    following = date(year + month // 12, month % 12 + 1, 1)
    return {"from": date(year, month, 1), "to": following - timedelta(days=1), "approximate": False}


def _day(year: int, month: int, day: int) -> Birth | None:
    try:
        found = date(year, month, day)
    except ValueError:
        return None
    return {"from": found, "to": found, "approximate": False} if 1850 <= year <= 2100 else None


def _range(begin: Birth, end: Birth) -> Birth | None:
    first, last = begin["from"], end["to"]
    assert isinstance(first, date)
    assert isinstance(last, date)
    if first > last:
        return None
    return {"from": begin["from"], "to": end["to"], "approximate": True}


def _around(known: Birth) -> Birth:
    first, last = known["from"], known["to"]
    assert isinstance(first, date)
    assert isinstance(last, date)
    return {
        "from": date(first.year - CIRCA_YEARS, 1, 1),
        "to": date(last.year + CIRCA_YEARS, 12, 31),
        "approximate": True,
    }
