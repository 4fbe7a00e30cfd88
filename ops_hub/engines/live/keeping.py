"""Who keeps a traveller's data, and under which day: decided once, here, for storing, masking and deleting.

Reach for `kept_for()`. The keeper is the home state of the port of arrival, else of departure, else the centre; the day
is that of arrival (UTC), else of departure, else the hub's.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import polars as pl

from ops_hub.feeds.heading import utc
from ops_hub.states import States
from ops_hub.store.keyring import CENTRE

_JOURNEY = ["from_port", "to_port", "departs_at", "arrives_at"]
_KEPT = {
    "state": pl.String(),
    "day": pl.String(),
    "departs_utc": pl.Datetime("us"),
    "arrives_utc": pl.Datetime("us"),
}


def kept_for(travellers: pl.DataFrame, states: States, now: datetime, name: str = "record_id") -> pl.DataFrame:
    """Return the id, state, day (YYYY-MM-DD), departs_utc and arrives_utc (no zone) of TRAVELLERS, row by row.

    MESSAGES are told by another `name`, message_id, and kept likewise.

    Times at ports whose zone is not known are null; their day is then the local one.
    """
    journeys = travellers.select(_JOURNEY).unique()
    found = [_kept(row, states, now) for row in journeys.iter_rows()]
    made = journeys.with_columns(pl.DataFrame(found, schema=_KEPT, orient="row"))
    return travellers.select(name, *_JOURNEY).join(
        made, on=_JOURNEY, how="left", nulls_equal=True, maintain_order="left"
    ).select(name, *_KEPT)  # fmt: skip


def _kept(journey: tuple[Any, ...], states: States, now: datetime) -> tuple[str, str, datetime | None, datetime | None]:
    from_port, to_port, departs, arrives = journey
    homes = (states.of_port(port) for port in (to_port, from_port))
    state = next((home for home in homes if home in states.by_code), None) or CENTRE
    leaves, lands = (
        at.astimezone(UTC).replace(tzinfo=None) if at else None
        for at in (utc(departs, from_port, states), utc(arrives, to_port, states))
    )
    day = lands or arrives or leaves or departs or now
    return state, day.date().isoformat(), leaves, lands
