"""The manifests of the hub: assembled behind from the lake's travellers and from what messages said about themselves.

Reach for `legs_of()`, and for `people_of()` when one flight's people are wanted. What is held between two questions names
nobody: manifests, transmissions, and numbers of people by role and state.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl

from ops_hub.engines.live.retention import is_masked
from ops_hub.errors import AccessError, ConfigError
from ops_hub.manifests.assemble import NEEDED, Assembled, assemble
from ops_hub.manifests.clocks import universal, with_duties
from ops_hub.manifests.compliance import compliance
from ops_hub.manifests.duties import Duties, duties
from ops_hub.manifests.schedule import Service, departures, read_schedule
from ops_hub.schemas import MESSAGES, TRAVELLERS, dtypes
from ops_hub.service.behind import Behind
from ops_hub.service.centre import Centre
from ops_hub.states import States, home_states
from ops_hub.store import headed, lake
from ops_hub.store.lakefiles import files, folder_of
from ops_hub.store.segments import Damage

EVERY = 30.0  # seconds that manifests hold
TIERS = (24, 72, 240)  # hours back and ahead that are assembled at once
_FIRST = 3.0  # seconds that whoever asks first waits
_MESSAGES = ("paxlst", "pnrgov")
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Legs:
    """What is known of all flights of some days; see `within` for those of a window.

    Attributes:
        manifests: MANIFESTS with the parts of the quality score, `leaves_at` (UTC) and the states at both ends; those
            of the schedule about which nothing came have no transmissions.
        transmissions: TRANSMISSIONS with manifest_id.
        people: numbers by manifest_id, role and state.
        services: of the schedule.
        left_out: what is wrong with rows of the schedule.
        since: the first day whose messages are kept.
    """

    manifests: pl.DataFrame
    transmissions: pl.DataFrame
    people: pl.DataFrame
    services: Sequence[Service]
    has_schedule: bool
    left_out: list[str]
    unplaced: int
    damaged: int
    since: str | None
    owed: Duties
    states: States

    def within(self, back: int, ahead: int, now: datetime) -> pl.DataFrame:
        """Return the manifests that leave in a window of hours, with `condition` and `complete`, by departure."""
        at = now.astimezone(UTC).replace(tzinfo=None)
        inside = pl.col("leaves_at").is_between(at - timedelta(hours=back), at + timedelta(hours=ahead))
        return self.manifests.filter(inside).with_columns(*_judged(at)).sort("leaves_at", "manifest_id")

    def carriers(self, shown: pl.DataFrame, since: date, until: date) -> pl.DataFrame:
        """Return COMPLIANCE of the manifests of a window; of the schedule counts what is due by now, or came."""
        due = shown.filter((pl.col("transmissions") > 0) | (pl.col("condition") == "missing"))
        wanted = due.select("flight", "departure_date", "from_port", "to_port")
        planned = departures(list(self.services), since - _DAY, until + _DAY)
        planned = planned.with_columns(pl.col("departs_at").dt.date().alias("departure_date"))
        planned = planned.join(wanted, on=wanted.columns, how="semi").drop("departure_date")
        came = shown.filter(pl.col("transmissions") > 0)
        return compliance(came, planned, self.owed, since - _DAY, until + _DAY)


def legs_of(centre: Centre, back: int, ahead: int) -> tuple[Legs, datetime] | None:
    """Return the flights around a window and when they were worked out; None where the first are being worked out."""
    tier = next(each for each in TIERS if each >= max(back, ahead))
    return centre.kept(f"manifests {tier}", None, lambda: _behind(centre, tier)).told(_FIRST)


def people_of(centre: Centre, legs: Legs, manifest_id: str) -> pl.DataFrame:
    """Return MANIFEST_PEOPLE of one manifest.

    Raises:
        AccessError: retention masks who they are.
    """
    row = legs.manifests.filter(pl.col("manifest_id") == manifest_id).row(0, named=True)
    at: datetime = row["leaves_at"] or row["departs_at"]
    days = [(at + k * _DAY).date() for k in (-1, 0, 1, 2)]
    now = centre.hub.now()
    for state in {row["from_state"], row["to_state"]} & set(legs.states.by_code):
        if is_masked(centre.hub, legs.states, state, days[0].isoformat(), now):
            raise AccessError(manifest_id, "who travelled is masked by now", "ask for it to be unmasked")
    found, _ = _Assembly(centre).assembled(days[0], days[-1], only=row["flight"])
    return found.people.filter(pl.col("manifest_id") == manifest_id)


def _behind(centre: Centre, tier: int) -> Behind[Legs]:
    assembly = _Assembly(centre)
    return Behind(lambda: assembly.legs(tier), centre.hub.now, EVERY)


@dataclass
class _Assembly:
    """One window's manifests; what has not changed is not read again."""

    centre: Centre
    _headed: dict[tuple[str, str], headed.Headed] = field(default_factory=dict)
    _stamp: Any = None
    _legs: Legs | None = None

    def legs(self, tier: int) -> Legs:
        """Return the flights that leave so many hours before and after now."""
        now = self.centre.hub.now()
        since, until = ((now + timedelta(hours=hours)).date() for hours in (-tier, tier))
        path = self.centre.schedule
        stamp = (since, until, self.centre.rules, _stat(path), [_stamp_of(self.centre, *each) for each in self._places(since, until)])  # fmt: skip
        if self._legs is None or stamp != self._stamp:
            self._legs, self._stamp = self._made(since, until, path), stamp
        return self._legs

    def assembled(self, since: date, until: date, only: str | None = None) -> tuple[Assembled, int]:
        """Return what is assembled of some days, and how many pieces were damaged; of one flight number where asked."""
        hub, damaged = self.centre.hub, list[Damage]()
        travellers = [pl.DataFrame(schema={name: TRAVELLERS[name].dtype for name in NEEDED})]
        messages = [pl.DataFrame(schema=dtypes(MESSAGES))]
        known: dict[tuple[str, str], headed.Headed] = {}
        for state, day in self._places(since, until):
            for frame in lake.read(hub, [state], [day], identity=True, damaged=damaged):
                travellers.append(_of_screening(frame).select(NEEDED))
            held = known[state, day] = headed.read(hub, state, day, self._headed.get((state, day)))
            damaged += held.damaged
            messages.append(held.messages.with_columns(source="screening_id").select(list(MESSAGES)))
        self._headed = known
        people, heads = pl.concat(travellers), pl.concat(messages)
        if only is not None:
            digits = re.sub(r"^([A-Z][A-Z0-9]|[0-9][A-Z])0*(?=\d)", "", only)
            heads = heads.filter(_names(digits))
            people = people.filter(pl.col("source").is_in(heads["source"].unique().implode()) | _names(digits))
        rules = self.centre.rules
        screened = frozenset(people["source"].unique())  # what is in the lake was screened
        return assemble(people, heads, duties(rules), home_states(rules), screened=screened), len(damaged)

    def _made(self, since: date, until: date, path: Path) -> Legs:
        found, damaged = self.assembled(since, until)
        owed, states = duties(self.centre.rules), home_states(self.centre.rules)
        services, left_out = _schedule(path, owed, states)
        whole = _with_silent(found.manifests, departures(services, since, until), owed, states)
        ends = [
            pl.col(port).replace_strict({each: states.of_port(each) for each in whole[port].unique().drop_nulls()}, default=None, return_dtype=pl.String).alias(name)
            for port, name in (("from_port", "from_state"), ("to_port", "to_state"))
        ]  # fmt: skip
        counted = found.people.group_by("manifest_id", "role", "state").agg(pl.len().alias("people"))
        kept = sorted(day for (_, day), held in self._headed.items() if held.messages.height)
        return Legs(
            whole.with_columns(ends), found.transmissions.drop("named", "empty_bookings"), counted, services, path.is_file(),
            left_out, found.unplaced, damaged, kept[0] if kept else None, owed, states,
        )  # fmt: skip

    def _places(self, since: date, until: date) -> list[tuple[str, str]]:
        """Return (state, day) of the lake in which flights of some days lie: by day of arrival."""
        first, last = (since - _DAY).isoformat(), (until + 2 * _DAY).isoformat()
        return [each for each in lake.days(self.centre.hub) if first <= each[1] <= last]


def _of_screening(frame: pl.DataFrame) -> pl.DataFrame:
    """Let travellers of messages be of their screening: names of files come again, and so do places in them."""
    is_message = pl.col("message_type").is_in(_MESSAGES)
    return frame.with_columns(pl.when(is_message).then("screening_id").otherwise("source").alias("source"))


def _names(digits: str) -> pl.Expr:
    return pl.col("flight").str.contains(digits, literal=True).fill_null(value=True)


def _stat(path: Path) -> tuple[int, int]:
    try:
        found = path.stat()
    except OSError:
        return 0, 0
    return found.st_mtime_ns, found.st_size


def _stamp_of(centre: Centre, state: str, day: str) -> Any:
    folder = folder_of(centre.hub.home, state, day)
    return state, day, [(path.name, _stat(path)) for path in [*files(folder), folder / headed.FILE]]


def _schedule(path: Path, owed: Duties, states: States) -> tuple[list[Service], list[str]]:
    if not path.is_file():
        return [], []
    try:
        services, bad = read_schedule(path, owed, states)
    except ConfigError as error:
        return [], [str(error)]
    return services, [f"{path.name}:{row['position']}: {row['detail']}" for row in bad.to_dicts()]


def _with_silent(manifests: pl.DataFrame, planned: pl.DataFrame, owed: Duties, states: States) -> pl.DataFrame:
    """Return the manifests with `leaves_at` (UTC), and the departures of the schedule about which nothing came."""
    leaves = universal(manifests, "departs_at", "from_port", states).alias("leaves_at")
    known = manifests.with_columns(pl.coalesce(leaves, "departs_at").alias("leaves_at"))
    day = pl.col("departs_at").dt.date()
    silent = planned.with_columns(day.alias("departure_date")).drop("line")
    silent = silent.join(
        known, on=["flight", "departure_date", "from_port", "to_port"], how="anti", nulls_equal=True
    ).with_columns(
        pl.format("{}/{}/{}-{}", "flight", day.dt.to_string("%Y-%m-%d"), "from_port", "to_port").alias("manifest_id"),
        pl.lit("open").alias("status"),
        pl.lit(0, pl.UInt32).alias("transmissions"),
        pl.lit(value=False).alias("is_reported"),
    )  # fmt: skip
    told = with_duties(silent, owed, states).drop("crew_due_at", "close_due_at", "clock")
    told = told.with_columns(pl.coalesce("leaves_at", "departs_at").alias("leaves_at"))
    return pl.concat(
        [known, told.select(name for name in told.columns if name in known.columns)], how="diagonal_relaxed"
    )


def _judged(now: datetime) -> list[pl.Expr]:
    """Return `condition` and `complete`."""
    expected, arrived = pl.col("expected_passengers"), pl.col("arrived_passengers").fill_null(0)
    listed = pl.col("passengers").fill_null(0) + pl.col("transit").fill_null(0)
    nothing = (listed == 0) & (pl.col("boarded").fill_null(0) == 0) & (pl.col("crew").fill_null(0) == 0)
    is_due = pl.coalesce("due_at", "leaves_at") <= now
    short = (expected != arrived) | (pl.col("expected_crew") != pl.col("arrived_crew").fill_null(0))
    # a leg that no message is about is known only as far as others' travellers go on to it
    short = (
        short.fill_null(value=False)
        | ~pl.col("is_reported")
        | (pl.col("lost_parts").list.len().fill_null(0) > 0)
        | (pl.col("rejected") > 0)
    )
    condition = (
        pl.when(pl.col("status") == "cancelled").then(pl.lit("cancelled"))
        .when(nothing & is_due).then(pl.lit("missing"))
        .when(nothing).then(pl.lit("awaited"))
        .when(short.fill_null(value=False)).then(pl.lit("incomplete"))
        .when(pl.col("late_minutes") > 0).then(pl.lit("late"))
        .otherwise(pl.lit("complete"))
    )  # fmt: skip
    share = pl.when(expected > 0).then((arrived / expected).clip(0, 1))
    return [condition.alias("condition"), share.alias("complete")]
