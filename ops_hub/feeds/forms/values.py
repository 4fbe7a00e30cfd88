"""What stands in the cells of a form into days, numbers, sexes, documents and ports; what is in doubt is told.

Reach for these functions from `reading`. None guesses: a date that may be two days gives only its year.
"""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta

from ops_hub.feeds.dates import future_day, past_day
from ops_hub.feeds.forms.sheets import Value, as_text
from ops_hub.feeds.forms.words import Words, folded

_ORDER = re.compile(r"\b(?:(d{1,2}|j{1,2})\W*m{1,2}\W*|(m{1,2})\W*d{1,2}\W*)(?:y|a|j)", re.I)
_ISO = re.compile(r"^(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})$")
_PARTS = re.compile(r"^(\d{1,2})\s*([-/. ])\s*(\d{1,2})\s*[-/. ]\s*(\d{4}|\d{2})$")
_NAMED = re.compile(
    r"^(?:(\d{1,2})(?: ?(?:ST|ND|RD|TH|ER|O))?(?: DE)? ([A-Z]+)|([A-Z]+) (\d{1,2})(?: ?(?:ST|ND|RD|TH))?)(?: DE| DEL)? (\d{4}|\d{2})$"
)
_TIME = re.compile(r"(?:^|[\sT])(\d{1,2})[:hH](\d{2})(?::\d{2}(?:\.\d+)?)?\s*(?:H|HRS|LT)?\.?$|\s(\d{2})(\d{2})\s*(?:H|HRS|LT)\.?$", re.I)  # fmt: skip
_POWER = re.compile(r"^(\d)(?:[.,](\d+))?[eE]\+?(\d{1,3})$")
_CODE = re.compile(r"([A-Z]{3}|[A-Z]{2} ?[A-Z]{2}[A-Z2-9])")  # IATA or UN/LOCODE, in capitals
_BRACKETED = re.compile(r"[(\[]\s*([A-Z]{3}|[A-Z]{2} ?[A-Z]{2}[A-Z2-9])\s*[)\]]")
_FIRST, _LAST = date(1899, 12, 30), date(2100, 1, 1)  # what a bare number of a spreadsheet counts from


def order_of(heading: str) -> str | None:
    """Return DMY or MDY where a heading says how its dates are written, e.g. 'Date of birth (dd/mm/yyyy)'."""
    found = _ORDER.search(heading)
    return None if found is None else "DMY" if found[1] else "MDY"


def day(
    value: Value, words: Words, today: date, *, order: str | None = None, is_future: bool = False
) -> tuple[str, str]:
    """Return a day as ISO 8601, as precise as it is sure, and what is in doubt: '', ambiguous-date, number-cell, bad-date.

    Args:
        value: a cell.
        words: names of months.
        today: for years of two digits: a birth is never after it, an expiry rarely 50 years.
        order: how the column is written, where that is known: DMY or MDY.
        is_future: the day may lie after `today`.
    """
    if isinstance(value, datetime):
        return value.date().isoformat(), ""
    if isinstance(value, date):
        return value.isoformat(), ""
    text = as_text(value)
    plain = " ".join(text.upper().split())
    if isinstance(value, int | float) and re.fullmatch(r"\d{4}", text) and 1850 <= int(text) <= today.year:
        return text, ""
    if re.fullmatch(r"\d{4,5}", text) and (len(text) == 5 or not isinstance(value, str)):
        counted = _FIRST + timedelta(days=int(text))
        return (counted.isoformat(), "number-cell") if counted < _LAST else ("", "bad-date")
    if found := _ISO.match(plain):
        return _made(int(found[1]), int(found[2]), int(found[3]))
    if re.fullmatch(r"\d{4}|\d{8}|\d{4}-\d{2}|\d{1,2}[A-Z]{3}(\d{2}|\d{4})", plain):
        whole = past_day(plain, today) if not is_future else future_day(plain, today)
        is_part = re.fullmatch(r"(1[89]|20)\d{2}(-(0[1-9]|1[0-2]))?", plain)
        return (whole.isoformat(), "") if whole else (plain, "") if is_part else ("", "bad-date")
    if found := _PARTS.match(plain):
        return _in_order(int(found[1]), int(found[3]), _year(found[4], today, is_future=is_future), order or ("DMY" if found[2] == "." else None))  # fmt: skip
    if found := _NAMED.match(folded_day(text)):
        month = words.month.get(found[2] or found[3])
        return _made(_year(found[5], today, is_future=is_future), int(month), int(found[1] or found[4])) if month else ("", "bad-date")  # fmt: skip
    return "", "bad-date" if text else ""


def folded_day(text: str) -> str:
    """Return a date with a month's name as capitals and blanks; numbers in front are kept."""
    return folded("X " + re.sub(r"(?<=\d)(?=[^\W\d])|(?<=[^\W\d])(?=\d)", " ", text)).removeprefix("X ")


def _year(text: str, today: date, *, is_future: bool) -> int:
    year = int(text)
    if len(text) == 4:
        return year
    latest = today.year + 50 if is_future else today.year
    return 2000 + year if 2000 + year <= latest else 1900 + year


def _made(year: int, month: int, day_: int) -> tuple[str, str]:
    try:
        return date(year, month, day_).isoformat(), ""
    except ValueError:
        return "", "bad-date"


def _in_order(first: int, second: int, year: int, order: str | None) -> tuple[str, str]:
    either = [made for made in (_made(year, second, first)[0], _made(year, first, second)[0])]
    if order is not None and either[order == "MDY"]:
        return either[order == "MDY"], ""
    distinct = sorted({made for made in either if made})
    if len(distinct) == 1:
        return distinct[0], ""
    return (str(year), "ambiguous-date") if distinct else ("", "bad-date")


def moment(value: Value, words: Words, today: date, clock: Value, order: str | None) -> tuple[str, str]:
    """Return a day with its time, where one is told in the cell or in `clock`, as ISO 8601; and what is in doubt."""
    if isinstance(value, datetime) and value.time() != time():
        return value.isoformat(timespec="minutes"), ""
    at = _clock(clock)
    if isinstance(value, str) and (found := _TIME.search(value)):
        at = at or _clock(found[0])
        value = value[: found.start()].rstrip(" T,")
    on, doubt = day(value, words, today, order=order, is_future=True)
    if len(on) != 10:
        return "", doubt or ("bad-date" if on else "")
    return (f"{on}T{at.isoformat(timespec='minutes')}" if at else on), doubt


def _clock(value: Value) -> time | None:
    if isinstance(value, datetime):
        return value.time()
    if isinstance(value, time):
        return value
    if isinstance(value, float) and 0 < value < 1:
        return (datetime(2000, 1, 1) + timedelta(days=value)).time().replace(second=0, microsecond=0)
    found = re.search(r"(?<!\d)(\d{1,2})[:hH.]?(\d{2})(?!\d)", as_text(value))
    return time(int(found[1]), int(found[2])) if found and int(found[1]) < 24 and int(found[2]) < 60 else None


def number(value: Value) -> tuple[str, str]:
    """Return a document's number, and what is in doubt: '', number-cell (zeros in front may be lost), damaged-number.

    A damaged number is not returned: a spreadsheet rounded it or took it for a date.
    """
    if isinstance(value, bool | date | time | timedelta):
        return "", "damaged-number"
    if isinstance(value, int | float):
        text = as_text(value)
        return (text, "number-cell") if text.isdigit() else ("", "damaged-number")
    text = as_text(value)
    if found := _POWER.match(text):
        digits, zeros = found[1] + (found[2] or ""), int(found[3])
        return (digits, "number-cell") if len(digits) == zeros + 1 else ("", "damaged-number")
    if found := re.fullmatch(r"(\d{5,})\.0", text):
        return found[1], "number-cell"
    return re.sub(r"\s+", "", text), ""


def sexes(letters: set[str], words: Words) -> dict[str, str]:
    """Return what the one-letter sexes of a column mean: M is mujer where the men are H, V is vrouw beside M."""
    fits = (system for system in words.letters if letters <= system.keys())
    return dict(next(fits, {}))


def sex(text: str, letters: dict[str, str], words: Words) -> str | None:
    """Return M, F or X; None where it is not known."""
    said = folded(text)
    return letters.get(said) if len(said) == 1 else words.sex.get(said)


def document(text: str, words: Words) -> tuple[str | None, str]:
    """Return kind and number of a text with both, e.g. 'Passport No. A 123456' or 'A123456'."""
    parts = text.replace(":", " ").split()
    at = next((k for k, part in enumerate(parts) if any(sign.isdigit() for sign in part)), len(parts))
    for cut in range(at, 0, -1):
        kind = words.document.get(folded(" ".join(parts[:cut])))
        rest = [part for part in parts[cut:] if folded(part) not in ("NO", "N", "NR", "NUMBER")]
        if kind and rest:
            return kind, "".join(rest)
    return None, "".join(parts)


def port(text: str, words: Words) -> str:
    """Return the code of a port: written as such, in brackets, or known by name; else the text as written."""
    parts = (text, *re.split(r"[,(\[/]| - ", text), re.sub(r"^[A-Z]{4,5}\s", "", text))  # 'TBPB Bridgetown'
    named = (words.port.get(folded(part)) for part in parts)
    if found := _BRACKETED.search(text) or _CODE.fullmatch(text.strip()):
        return next(named, None) or found[1].replace(" ", "")
    return next((code for code in named if code), text.strip())


def imo_number(text: str) -> tuple[str, bool]:
    """Return the seven digits of an IMO number and whether the last one checks; the text as written where it has none."""
    found = re.search(r"(?<!\d)(\d{7})(?!\d)", text)
    if not found:
        return text, False
    total = sum(int(digit) * weight for digit, weight in zip(found[1], range(7, 1, -1), strict=False))
    return found[1], total % 10 == int(found[1][6])
