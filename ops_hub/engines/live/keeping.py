"""Which state keeps a traveller's data, under the key of which day; and when the journey is, in universal time.

Reach for `kept_for()`: the only place that says it.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl

from ops_hub.casework.case import CENTRE
from ops_hub.states import States

_SCHEMA: dict[str, Any] = {
    "record_id": pl.String, "state": pl.String, "day": pl.String, "departs_utc": pl.Datetime("us"),
    "arrives_utc": pl.Datetime("us"),
}  # fmt: skip


def kept_for(travellers: pl.DataFrame, states: States, now: datetime) -> pl.DataFrame:
    """Return record_id, state, day, departs_utc and arrives_utc of TRAVELLERS.

    The state is the home state of the arrival port, else of the departure port, else CENTRE; the day (UTC) that of
    arrival, else of departure, else the hub's.

    Args:
        travellers: TRAVELLERS.
        states: the home states.
        now: the hub's time.
    """
    columns = ("record_id", "from_port", "to_port", "departs_at", "arrives_at")
    rows = []
    for record, begin, end, departs, arrives in travellers.select(columns).iter_rows():
        home = [state for state in (states.of_port(end), states.of_port(begin)) if state in states.by_code]
        leaves, comes = _utc(departs, states.zone(begin)), _utc(arrives, states.zone(end))
        day = (comes or leaves or now).date().isoformat()
        rows.append((record, home[0] if home else CENTRE, day, leaves, comes))
    return pl.DataFrame(rows, schema=_SCHEMA, orient="row")


def _utc(local: datetime | None, zone: str | None) -> datetime | None:
    if local is None or zone is None:
        return None
    return local.replace(tzinfo=ZoneInfo(zone)).astimezone(ZoneInfo("UTC")).replace(tzinfo=None)
