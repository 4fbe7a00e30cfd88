"""A row of the queue: what a reader may see of a case at a glance; it names nobody.

Reach for `row_of()`.
"""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import msgspec

from ops_hub.casework.case import Case
from ops_hub.desk.filing import Desk
from ops_hub.desk.sight import Sight
from ops_hub.engines.live.retention import is_masked

_BANDS = ("exact-document", "high", "medium", "low")


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """A case in the queue.

    Attributes:
        case: its number.
        status: of rules/cases.toml; "handled elsewhere" where another desk leads it.
        channel: ordinary or protection, as far as it is told.
        flight, from_port, to_port, departs_at, arrives_at: of the journey, UTC.
        departs_there, arrives_there: the same at the port; None where its time zone is not known.
        counts_to: what time is left to, None where nothing counts down; `minutes_left` at the time it was told.
        bands: of the hits that are seen and live, the strongest first.
        handlings, crime_types: of those hits alone whose entries may be read.
        words: what is to be done, in words for this reader.
        owners: of the hits that are seen.
        states: of ports and owners, to filter by.
        claimed_by: a person of the reader's own state, or another state.
        minor: the traveller is, or may be, under age.
        waits_for_second_person: a decision does.
        hits: how many are seen.
    """

    case: int
    status: str
    channel: str
    flight: str | None
    from_port: str | None
    to_port: str | None
    departs_at: datetime | None
    arrives_at: datetime | None
    departs_there: datetime | None
    arrives_there: datetime | None
    counts_to: datetime | None
    bands: tuple[str, ...]
    handlings: tuple[str, ...]
    crime_types: tuple[str, ...]
    words: tuple[str, ...]
    owners: tuple[str, ...]
    states: tuple[str, ...]
    claimed_by: str | None
    minor: bool
    retrospective: bool
    waits_for_second_person: bool
    hits: int
    minutes_left: int | None = None


def row_of(desk: Desk, sight: Sight, *, masked: bool) -> Row:
    """Return the row of a case.

    Args:
        desk: the hub's desk.
        sight: what a reader sees of it.
        masked: retention hides who the traveller is: nothing of the entries is told.
    """
    told, case = sight.told, sight.case
    content = [] if masked else told["content"]
    readable = {each["hit_id"] for each in content}
    leads = [each for each in told["leads"] if not each["withdrawn"] and not each["quiet"]] or told["leads"]
    bands = sorted(
        {each["band"] for each in leads}, key=lambda band: (_BANDS.index(band) if band in _BANDS else 9, band)
    )
    owners = sorted({each["owner"] for each in leads})
    ports = [desk.states.of_port(port) for port in (told["from_port"], told["to_port"])]
    counts = not sight.apart and not desk.table.is_done(case.status)
    return Row(
        case=told["case"], status=told["status"], channel=told["channel"], flight=told["flight"],
        from_port=told["from_port"], to_port=told["to_port"], departs_at=told["departs_at"],
        arrives_at=told["arrives_at"], departs_there=_there(desk, told["departs_at"], told["from_port"]),
        arrives_there=_there(desk, told["arrives_at"], told["to_port"]),
        counts_to=told["deadline"] if counts else None, bands=tuple(bands),
        handlings=tuple(sorted({hit.handling for hit in case.hits if hit.hit_id in readable})),
        crime_types=tuple(sorted({crime for each in content for crime in each.get("crime_types", []) if crime})),
        words=tuple(dict.fromkeys(each["words"] for each in leads)), owners=tuple(owners),
        states=tuple(sorted({each for each in (*owners, *ports) if each})), claimed_by=told.get("claimed_by"),
        minor=told["minor"], retrospective=told["retrospective"],
        waits_for_second_person=bool(told.get("waits_for_second_person")), hits=told["hits"],
    )  # fmt: skip


def is_hidden(desk: Desk, case: Case, now: datetime) -> bool:
    """Return whether retention hides the traveller of a case; who was granted more sees it in the case itself."""
    return any(is_masked(desk.hub, desk.states, case.keeper, case.day, now, each) for each in case.records or (None,))


def _there(desk: Desk, at: datetime | None, port: str | None) -> datetime | None:
    zone = desk.states.zone(port)
    return at.astimezone(ZoneInfo(zone)) if at is not None and zone is not None else None
