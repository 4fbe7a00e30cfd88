"""A carrier's schedule (CSV) into the departures that are expected; bad rows are named and left out, good ones go on.

Reach for `read_schedule()` and `departures()`. The form is documented in docs/manifests.md.
"""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path

import polars as pl

from ops_hub.errors import ConfigError
from ops_hub.feedback import reject
from ops_hub.manifests.duties import Duties
from ops_hub.manifests.frames import SCHEDULE
from ops_hub.manifests.legs import carrier_code, designator, port
from ops_hub.schemas import REJECTS, check, empty, rows
from ops_hub.states import States

COLUMNS = ("flight", "from_port", "to_port", "departs", "days", "valid_from", "valid_until")
MAX_ROWS = 200_000
LONGEST_DAYS = 1100  # a period of validity longer than three years is a mistyped year
_PORT = re.compile(r"^([A-Z]{3}|[A-Z]{2}[A-Z0-9]{3})$")
_TIME = re.compile(r"^([01]?\d|2[0-3]):?([0-5]\d)$", re.ASCII)


@dataclass(frozen=True)
class Service:
    """One row: a flight on some days of the week in a period."""

    carrier: str
    flight: str
    from_port: str
    to_port: str
    departs: time
    days: frozenset[int]  # 1 Monday to 7 Sunday
    valid_from: date
    valid_until: date
    line: int

    def meets(self, other: Service) -> date | None:
        """Return the first day on which both services go, or None."""
        begin, end = max(self.valid_from, other.valid_from), min(self.valid_until, other.valid_until)
        common = self.days & other.days
        for k in range(min((end - begin).days + 1, 7)):
            day = begin + timedelta(days=k)
            if day.isoweekday() in common:
                return day
        return None


def read_schedule(path: Path, duties: Duties, states: States) -> tuple[list[Service], pl.DataFrame]:
    """Return the services of a schedule, and REJECTS: what is wrong with the rows left out, with line and remedy.

    Raises:
        ConfigError: the file cannot be read, or its first line lacks a column.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(str(path), f"cannot be read: {error}", "give a CSV file in UTF-8") from None
    first = text.splitlines()[0] if text.strip() else ""
    delimiter = max(",;\t", key=first.count)
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter)
    sent = {(name or "").strip().lower(): name for name in reader.fieldnames or []}
    missing = [name for name in COLUMNS if name not in sent]
    if missing:
        wanted = f"name in the first line: carrier (optional), {', '.join(COLUMNS)}"
        raise ConfigError(f"{path}:1", f"the columns {', '.join(missing)} are missing", wanted)
    lines: list[tuple[int, dict[str, str]]] = []
    try:
        for row in reader:
            values = {name: str(row.get(column) or "").strip() for name, column in sent.items()}
            if any(values.values()):
                lines.append((reader.line_num, values))
    except csv.Error as error:
        where = f"{path}:{reader.line_num}"
        raise ConfigError(where, str(error), "correct the line; quote texts with line ends") from None
    if len(lines) > MAX_ROWS:
        raise ConfigError(str(path), f"the schedule has more than {MAX_ROWS} rows", "split it by carrier or season")
    return _services(path.name, lines, duties, states)


def _services(
    name: str, lines: list[tuple[int, dict[str, str]]], duties: Duties, states: States
) -> tuple[list[Service], pl.DataFrame]:
    services: list[Service] = []
    rejects = []
    seen: dict[tuple[str, str, str], list[Service]] = {}
    named = _named([values for _, values in lines], duties, states)
    for (line, values), key in zip(lines, named.iter_rows(named=True), strict=True):
        wrong, service = _service(values, key, line)
        same = seen.setdefault((key["flight"], key["from_port"], key["to_port"]), [])
        if service is not None:
            wrong = _overlap(service, same)
        if service is None or wrong:
            reason, detail = wrong.split(": ", 1)
            rejects.append(reject(name, reason, detail, raw=",".join(values.values()), position=line))
        else:
            same.append(service)
            services.append(service)
    return services, rows(REJECTS, rejects)


def _service(values: dict[str, str], key: dict[str, str], line: int) -> tuple[str, Service | None]:
    """Return 'code: what is wrong; remedy' and None, or '' and the service."""
    if not key["flight"]:
        return "bad-flight: the flight is empty; write for example BW432", None
    for name in ("from_port", "to_port"):
        if not _PORT.match(key[name] or ""):
            return f"bad-port: {name} {values[name] or '(empty)'} is no port; write an IATA code or a UN/LOCODE", None
    clock = _TIME.match(values["departs"])
    if clock is None:
        shown = values["departs"] or "(empty)"
        return f"bad-time: departs {shown} is no time; write for example 10:45, local at the port", None
    days = values["days"].replace(" ", "").replace(".", "")
    if days and (not re.fullmatch(r"[1-7]+", days) or len(set(days)) != len(days)):
        shown = values["days"]
        return f"bad-days: days {shown} are not 1 (Monday) to 7 (Sunday), each once; write for example 135", None
    try:
        begin, end = date.fromisoformat(values["valid_from"]), date.fromisoformat(values["valid_until"])
    except ValueError:
        shown = f"{values['valid_from'] or '(empty)'} to {values['valid_until'] or '(empty)'}"
        return f"bad-date: {shown} are no two days; write for example 2026-11-01", None
    if end < begin:
        return f"bad-date: valid_until {end} lies before valid_from {begin}; exchange them", None
    if (end - begin).days > LONGEST_DAYS:
        return f"bad-date: {begin} to {end} is more than three years; check the years", None
    departs = time(int(clock[1]), int(clock[2]))
    on = frozenset(int(day) for day in days or "1234567")
    ends = (key["from_port"], key["to_port"])
    return "", Service(key["carrier"] or "", key["flight"], *ends, departs, on, begin, end, line)


def _named(values: list[dict[str, str]], duties: Duties, states: States) -> pl.DataFrame:
    """Return flight, carrier and ports of all rows in the form that manifests have."""
    columns = ("flight", "carrier", "from_port", "to_port")
    sent = {name: pl.Series([each.get(name) or None for each in values], dtype=pl.String) for name in columns}
    told = pl.DataFrame(sent).with_columns(designator(pl.col("flight"), pl.col("carrier"), duties).alias("flight"))
    return told.with_columns(
        carrier_code(pl.col("flight"), pl.col("carrier"), duties).alias("carrier"),
        *(port(pl.col(name), states) for name in columns[2:]),
    )


def _overlap(service: Service, others: list[Service]) -> str:
    for other in others:
        day = service.meets(other)
        if day is not None:
            return (
                f"overlap: {service.flight} {service.from_port}-{service.to_port} stands on line {other.line} already, first both on {day}; "
                "end one period before the other begins, or give them different days"
            )
    return ""


def departures(services: list[Service], since: date, until: date) -> pl.DataFrame:
    """Return SCHEDULE: every departure of the services from `since` to `until`, both included."""
    found = [
        (each.carrier, each.flight, each.from_port, each.to_port, datetime.combine(day, each.departs), each.line)
        for each in services
        for k in range((min(until, each.valid_until) - max(since, each.valid_from)).days + 1)
        if (day := max(since, each.valid_from) + timedelta(days=k)).isoweekday() in each.days
    ]
    told = pl.DataFrame(found, schema={name: column.dtype for name, column in SCHEDULE.items()}, orient="row")
    return check(told if found else empty(SCHEDULE), SCHEDULE, "schedule").sort("departs_at", "flight")
