"""The samples' days moved to now and what is printed moved back, so that a page about a live hub stays as it is written.

The samples tell of five days from FIRST on. A hub counts down by its own clock: for pages that start one, FIRST is
tomorrow. Reach for `moved()` for sample files, `as_meant()` for commands, `as_written()` for
what they print.
"""

from __future__ import annotations

import gzip
import re
from datetime import date, timedelta
from pathlib import Path

FIRST = date(2026, 11, 20)
_DAYS = [FIRST + timedelta(days=each) for each in range(-2, 8)]
_FORMS = ("%Y-%m-%d", "%y%m%d", "%d%m%y")  # of tables and JSON, PAXLST, PNRGOV


def moved(folder: Path, today: date) -> None:
    """Move the samples' days in text files of a folder so that FIRST is the day after today; the spreadsheet keeps its own."""
    words = {day.strftime(form): _shifted(day, today).strftime(form) for day in _DAYS for form in _FORMS}
    # whole, or with hours and minutes behind; never a part of a longer number
    pattern = re.compile(r"(?<!\d)(" + "|".join(words) + r")(?=\d{4}(?!\d)|(?!\d))")
    for path in sorted(folder.iterdir()):
        packed = path.suffix == ".gz"
        if not packed and path.suffix not in (".edi", ".csv", ".ndjson"):
            continue
        data = gzip.decompress(path.read_bytes()) if packed else path.read_bytes()
        new = pattern.sub(lambda found: words[found.group()], data.decode("latin-1")).encode("latin-1")
        path.write_bytes(gzip.compress(new) if packed else new)


def as_written(text: str, today: date) -> str:
    """Return what a command printed about moved samples with the days that pages tell of; today is the day before FIRST."""
    words = {str(_shifted(day, today)): str(day) for day in _DAYS}
    return re.sub("|".join(words), lambda found: words[found.group()], text)


def as_meant(command: str, today: date) -> str:
    """Return a command of a page with the days that the samples were moved to."""
    words = {str(day): str(_shifted(day, today)) for day in _DAYS}
    return re.sub("|".join(words), lambda found: words[found.group()], command)


def _shifted(day: date, today: date) -> date:
    return today + (day - FIRST) + timedelta(days=1)
