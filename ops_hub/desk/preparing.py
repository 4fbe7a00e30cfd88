"""What a check of readiness must know, from lists, manifests and cases: how old, how silent, how many to receive.

Reach for `list_ages()`, `carriers_seen()` and `expected()`; what follows from them is told by `operations.readiness`.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from zoneinfo import ZoneInfo

import polars as pl

from ops_hub.casework.case import CENTRE, PROTECTION, Actor
from ops_hub.desk.filing import Desk, cases_of
from ops_hub.desk.outcomes import counts
from ops_hub.errors import ConfigError
from ops_hub.lists.delta import lists_in
from ops_hub.lists.info import ListRead
from ops_hub.lists.reading import read_lists
from ops_hub.lists.snapshot import is_snapshot, open_snapshot
from ops_hub.operations.known import CarrierSeen, Expected, ListAge
from ops_hub.operations.plan import Plan
from ops_hub.store import cases as store
from ops_hub.store.archive import published, snapshot_folder
from ops_hub.store.audit import record
from ops_hub.store.hub import Hub

_LEG = ("flight", "departure_date", "from_port", "to_port")


def list_ages(paths: Sequence[Path]) -> list[ListAge]:
    """Return how old lists are: files, folders of lists, snapshots.

    Raises:
        ConfigError: a list cannot be used.
    """
    found: list[ListRead] = []
    for path in paths:
        found += lists_in(open_snapshot(path)) if is_snapshot(path) else read_lists([path])
    return [_age(each) for each in found]


def list_ages_of(hub: Hub) -> list[ListAge] | None:
    """Return how old the published lists are; None where none are."""
    name = published(hub)
    return list_ages([snapshot_folder(hub, name)]) if name else None


def _age(read: ListRead) -> ListAge:
    info, last = read.info, read.entries["updated_on"].max()
    if not isinstance(last, dt.date):
        last = dt.date.fromisoformat(info.generated_on) if info.generated_on else None
    expires = dt.date.fromisoformat(info.expires) if info.expires else None
    return ListAge(info.list_id, info.owner, last, expires)


def carriers_seen(manifests: pl.DataFrame, schedule: pl.DataFrame, today: dt.date) -> list[CarrierSeen]:
    """Return what carriers announced of the departures that were due, by carrier and way.

    Args:
        manifests: as `manifests.assemble` returns them.
        schedule: SCHEDULE: the departures of the days that are looked at.
        today: what came later does not count.
    """
    told = manifests.filter(pl.col("is_reported") & (pl.col("departure_date") <= today))
    way = ["carrier", "from_port", "to_port"]
    due = schedule.with_columns(pl.col("departs_at").dt.date().alias("departure_date"))
    came = due.join(
        told.select(*_LEG, pl.lit(True).alias("came")).unique(), on=list(_LEG), how="left", nulls_equal=True
    )
    found = came.group_by(way).agg(pl.len().alias("due"), pl.col("came").fill_null(False).sum().alias("announced"))
    last = told.group_by(way).agg(pl.col("departure_date").max().alias("last"))
    return [CarrierSeen(**row) for row in found.join(last, on=way, how="left").sort(way).to_dicts()]


def may_expect(reader: Actor, plan: Plan) -> bool:
    """Return whether a reader may know how many are to be protected: who counts, and protection of centre and coordinator."""
    return counts(reader) or (reader.role == "protection" and reader.state in (CENTRE, plan.coordinator))


def expected(desk: Desk, reader: Actor, plan: Plan) -> list[Expected]:
    """Return how many people of open protection cases arrive at each port on each day of action.

    Raises:
        ConfigError: the reader is neither of a protection desk nor of the centre's who count.
    """
    if not may_expect(reader, plan):
        remedy = f"ask as CENTRE/NAME:supervisor, or as protection of CENTRE or {plan.coordinator}"
        raise ConfigError(str(reader), "how many are to be protected is not for everyone", remedy)
    names = [name for name, each in desk.table.states.items() if not each.done]
    days = {day for phase in plan.phases if phase.kind == "action" for day in _days(phase.begins, phase.ends)}
    part = {each.code for each in plan.states}
    found: Counter[tuple[str, dt.date]] = Counter()
    for case in cases_of(desk.hub, store.of_state(desk.hub, CENTRE, names)).values():
        at, port = case.arrives_at or case.departs_at, case.to_port
        if case.channel == PROTECTION and at is not None and port is not None and desk.states.of_port(port) in part:
            day = at.astimezone(ZoneInfo(desk.states.zone(port) or "UTC")).date()
            found[port, day] += day in days
    record(desk.hub, str(reader), "protection-expected", f"operation {plan.name}", count=found.total())
    return [Expected(port, day, persons) for (port, day), persons in sorted(found.items()) if persons]


def _days(first: dt.date, last: dt.date) -> Iterable[dt.date]:
    return (first + dt.timedelta(days=k) for k in range((last - first).days + 1))
