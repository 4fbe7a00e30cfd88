"""A whole exercise with hidden networks from a seed: history, live days, vessels' lists, a list, and the truth.

Reach for `grow_networks()`. The same spec gives the same frames, byte for byte. Writing them is left to the command.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import polars as pl

from ops_hub.errors import ConfigError
from ops_hub.exercise.journeys import travellers
from ops_hub.exercise.networks.cast import Cast
from ops_hub.exercise.networks.listed import watchlist
from ops_hub.exercise.networks.lookalikes import LOOK_ALIKES, LOOKS_LIKE
from ops_hub.exercise.networks.moving import operate
from ops_hub.exercise.networks.ring import Ring, ring
from ops_hub.exercise.networks.sea import aboard, sailings
from ops_hub.exercise.ordinary import ordinary
from ops_hub.exercise.scenarios.grow import staged
from ops_hub.exercise.scenarios.stage import SERIALS, Days, Stage
from ops_hub.exercise.timetable import Timetable
from ops_hub.states import home_states

MOST_NETWORKS = 20  # so many have passports of their own
FEWEST_STATES = 3
PER_LOOK_ALIKE = 200  # passengers a day for each case of a kind
TRUTH = ("record_id", "part", "kind", "network", "case", "role", "person", "looks_like", "entry_id")


@dataclass(frozen=True)
class NetworkSpec:
    """What to grow.

    Attributes:
        passengers: ordinary travellers a day, about; networks and look-alikes come on top.
        days: days of history before the live days.
        seed: decides everything else.
        networks: how many.
        live: live days.
        look_alikes: cases of each kind; None is one for each 200 passengers a day, and two at least.
        states: home states and others that networks keep to, alpha-3; all where none is given.
        reference: first live day.
    """

    passengers: int
    days: int
    seed: int
    networks: int = 1
    live: int = 3
    look_alikes: int | None = None
    states: tuple[str, ...] = ()
    reference: date = date(2026, 11, 23)


@dataclass(frozen=True)
class GrownNetworks:
    """history and feed: columns of TRAVELLERS, flat, and `card_number` beside; sea: vessels' lists of all days.

    watchlist: the project's list format. truth: a row for each record of somebody staged, columns TRUTH; part is
    history, feed or sea; kind is network or innocent; network is null for the innocent, case names both; role is that in
    the network, or innocent; looks_like is the role that an innocent person looks like. networks: a row each.
    """

    history: pl.DataFrame
    feed: pl.DataFrame
    sea: pl.DataFrame
    watchlist: pl.DataFrame
    truth: pl.DataFrame
    networks: pl.DataFrame


def grow_networks(spec: NetworkSpec) -> GrownNetworks:
    """Return the exercise of a spec.

    Raises:
        ConfigError: too few states, or one where no flight goes.
    """
    first = spec.reference - timedelta(spec.days)
    days = Days(first, spec.days, spec.live)
    table = Timetable(first, days.all)
    check_states(spec.states, table)
    base = ordinary(spec.passengers, first, days.all, spec.seed, table)

    def stage(kind: str, place: int) -> Stage:
        return Stage(kind, place, spec.seed, days, table, base.bearers.height + place * SERIALS)

    innocent = stage("innocent", 0)
    each = max(2, spec.passengers // PER_LOOK_ALIKE) if spec.look_alikes is None else spec.look_alikes
    for kind, tell in LOOK_ALIKES.items():
        for _ in range(each):
            innocent.begin(kind)
            tell(Cast(innocent))
    rings = []
    for k in range(1, spec.networks + 1):
        cast = Cast(stage(f"network-{k:02d}", k), spec.states)
        cast.s.case = cast.s.kind
        rings.append(ring(cast))
        operate(rings[-1])
    told = [one for each_ring in rings for one in each_ring.cast.crossings]
    strangers = aboard(told, innocent)
    whole, known = staged(base, [innocent, *(one.cast.s for one in rings)])
    start = base.bearers.height
    crossings = [one.moved(start) for one in strangers]
    start += innocent.people
    for one in rings:
        crossings += [each_one.moved(start) for each_one in one.cast.crossings]
        start += one.cast.s.people
    rows = travellers(whole, first, days.all)
    home = home_states()
    seaports = {air: sea for sea, air in home.same_port.items()}
    return _told(
        spec, rows, sailings(crossings, whole.bearers, first, days.all, seaports), known, rings, list(home.by_code)
    )


def _told(spec: NetworkSpec, rows: pl.DataFrame, sea: pl.DataFrame, known: pl.DataFrame, rings: list[Ring], home: list[str]) -> GrownNetworks:  # fmt: skip
    """Put together what is shown, the list, and the truth; `home` are the states that may own a list."""
    is_live = pl.col("departs_at") >= pl.lit(spec.reference).cast(pl.Datetime("us"))
    air = rows.select(
        "record_id", "bearer", pl.when(is_live).then(pl.lit("feed")).otherwise(pl.lit("history")).alias("part")
    )
    seen = pl.concat([air, sea.select("record_id", "bearer", pl.lit("sea").alias("part"))])
    of_networks = known.filter(pl.col("kind").str.starts_with("network-"))
    listable = of_networks.filter(pl.col("bearer").is_in(seen["bearer"].implode()) | (pl.col("role") == "holder"))
    owners = [code for code in home if not spec.states or code in spec.states] or list(spec.states)
    listed, on_it = watchlist(
        listable, {one.cast.s.kind: one.crime for one in rings}, owners, spec.seed, spec.reference
    )
    truth = _truth(seen, known, on_it)
    shown = rows.drop("bearer")
    return GrownNetworks(
        shown.filter(~is_live), shown.filter(is_live), sea.drop("bearer"), listed, truth, _about(rings, truth)
    )


def check_states(states: Sequence[str], table: Timetable) -> None:
    """Refuse states that no network could work in.

    Raises:
        ConfigError: too few, or one without a port in the timetable.
    """
    if not states:
        return
    known = sorted(set(table.states))
    for state in states:
        if state not in known:
            raise ConfigError(
                f"--states {state}", "no flight of an exercise goes there", f"choose among {', '.join(known)}"
            )
    if len(set(states)) < FEWEST_STATES:
        raise ConfigError("--states", "a network needs more places to work in", f"name {FEWEST_STATES} states or more")


def _truth(seen: pl.DataFrame, known: pl.DataFrame, on_it: pl.DataFrame) -> pl.DataFrame:
    is_network = pl.col("kind").str.starts_with("network-")
    like = pl.coalesce(pl.col("kind").replace_strict(LOOKS_LIKE, default=None, return_dtype=pl.String), "role")
    rows = seen.join(known.select("bearer", "kind", "case", "role", "person"), on="bearer", maintain_order="left")
    return rows.join(on_it, on="person", how="left", maintain_order="left").select(
        "record_id", "part",
        pl.when(is_network).then(pl.lit("network")).otherwise(pl.lit("innocent")).alias("kind"),
        pl.when(is_network).then("case").alias("network"), "case",
        pl.when(is_network).then("role").otherwise(pl.lit("innocent")).alias("role"), "person",
        pl.when(~is_network).then(like).alias("looks_like"), "entry_id",
    )  # fmt: skip


def _about(rings: Sequence[Ring], truth: pl.DataFrame) -> pl.DataFrame:
    """Return a row for each network: how it works, and how many records tell of it."""
    rows: list[dict[str, Any]] = []
    for one in rings:
        s = one.cast.s
        own = truth.filter(pl.col("network") == s.kind)
        chief = own.filter(pl.col("role") == "organiser")
        rows.append(
            {
                "network": s.kind, "care": round(one.care, 3), "clients": one.clients, "recruiters": len(one.recruiters),
                "escorts": len(one.escorts), "payers": len(one.payers), "papers": len(one.papers),
                "cards": len(one.cards), "phones": len(one.phones), "crime": one.crime,
                "ways": ";".join(sorted({way.kind for each in one.recruiters for way in each.ways})),
                "states": ";".join(sorted({s.table.states[at] for each in one.recruiters for way in each.ways for at in way.ports})),
                "records": own.height, "persons": own["person"].n_unique(), "organiser_records": chief.height,
                "organiser_listed": bool(chief["entry_id"].is_not_null().any()),
            }
        )  # fmt: skip
    return pl.DataFrame(rows, schema=_ABOUT)


_ABOUT: dict[str, Any] = {
    "network": pl.String, "care": pl.Float64, "clients": pl.Int64, "recruiters": pl.Int64, "escorts": pl.Int64, "payers": pl.Int64,
    "papers": pl.Int64, "cards": pl.Int64, "phones": pl.Int64, "crime": pl.String, "ways": pl.String, "states": pl.String,
    "records": pl.Int64, "persons": pl.Int64, "organiser_records": pl.Int64, "organiser_listed": pl.Boolean,
}  # fmt: skip
