"""How the hub is doing, in figures; nothing here names a traveller."""

from __future__ import annotations

import re
from typing import Any

import msgspec

from ops_hub.engines.live.status import status
from ops_hub.service.centre import Centre
from ops_hub.service.table import Caller, operation

_WORDS = re.compile(r"[^\w .,:;()/+-]")


class Nothing(msgspec.Struct, forbid_unknown_fields=True):
    """Nothing has to be told."""


class Worker(msgspec.Struct):
    """A process that screens."""

    name: str
    since: str
    screened: int


class TimeLeft(msgspec.Struct):
    """Units that wait for journeys of one quarter of an hour."""

    units: int
    oldest_seconds: float
    minutes_left: int | None = None


class Alarm(msgspec.Struct):
    """Something that a person must see to."""

    at: str
    what: str


class Health(msgspec.Struct):
    """Figures of the hub.

    `waiting` units nobody has taken, `pending` ones that a worker holds; `lag_ms` is the mean from accepted to stored of
    the last minutes; `oldest_seconds` since the oldest unit was accepted that is not stored yet; `behind` how many events
    each service has still to see to.
    """

    at: str
    waiting: int
    pending: int
    oldest_seconds: float
    screened: int
    units: int
    rejected: int
    hits: int
    duplicates: int
    dead_letters: int
    travellers_per_second: float
    units_per_second: float
    lag_ms: float
    workers: list[Worker]
    by_time_left: list[TimeLeft]
    behind: dict[str, int]
    alarms: list[Alarm]
    memory_mb: float
    log_mb: float
    server: str
    snapshot: str | None
    ruleset: str | None


@operation("health.show", "GET", "/health")
def show(centre: Centre, by: Caller, asked: Nothing) -> Health:
    """Tell how the hub is doing: what waits, how fast it goes, who works, what needs a person."""
    said: dict[str, Any] = status(centre.hub)
    workers = [{"name": each["name"], "since": each["since"], "screened": each["screened"]} for each in said["worker"]]
    alarms = [
        {"at": each.get("at", ""), "what": _WORDS.sub(" ", each.get("what", ""))[:300]} for each in said["alarms"]
    ]
    return msgspec.convert(said | {"workers": workers, "alarms": alarms}, Health)
