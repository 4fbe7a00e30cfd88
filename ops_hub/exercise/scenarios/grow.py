"""A whole exercise of many days from a seed: history, the days under test, a list, and the truth about everybody staged.

Reach for `grow()`. The same spec gives the same frames, byte for byte. Writing them is left to the command.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

import polars as pl

from ops_hub.exercise.journeys import Travel, together, travellers
from ops_hub.exercise.ordinary import ordinary
from ops_hub.exercise.scenarios.innocent import INNOCENT
from ops_hub.exercise.scenarios.listed import watchlist
from ops_hub.exercise.scenarios.stage import SERIALS, Days, Stage
from ops_hub.exercise.scenarios.staged import STAGED
from ops_hub.exercise.timetable import Timetable

KINDS = (*STAGED, *INNOCENT)
TELLERS = dict(STAGED) | {kind: tell for kind, (_, tell) in INNOCENT.items()}


@dataclass(frozen=True)
class ScenarioSpec:
    """What to grow.

    Attributes:
        passengers: travellers a day, about; those who are staged come on top.
        days: days of history before the days under test.
        seed: decides everything else.
        tested: days under test.
        cases: how many of each kind; kinds that are not in it are left out.
        reference: first day under test.
    """

    passengers: int
    days: int
    seed: int
    tested: int = 3
    cases: Mapping[str, int] = field(default_factory=dict)
    reference: date = date(2026, 11, 23)


@dataclass(frozen=True)
class Grown:
    """history and feed: columns of TRAVELLERS, flat, and `card_number` beside; watchlist: the project's list format.

    truth: a row for each record of somebody staged: record_id, part (history or feed), kind, case, role, person,
    looks_like (of the innocent: the scenario that they look like), entry_id (where listed).
    """

    history: pl.DataFrame
    feed: pl.DataFrame
    watchlist: pl.DataFrame
    truth: pl.DataFrame


def staged(base: Travel, stages: Sequence[Stage]) -> tuple[Travel, pl.DataFrame]:
    """Return ordinary travel with all that was staged, and who is known: TRUTH with the columns of BEARERS."""
    parts, truths, number = [base], [], base.bearers.height
    for stage in stages:
        parts.append(stage.travel())
        truths.append(stage.truth().with_columns(pl.col("bearer") + number))
        number += parts[-1].bearers.height
    whole = together(parts)
    return whole, pl.concat(truths).join(whole.bearers, on="bearer", maintain_order="left")


def grow(spec: ScenarioSpec) -> Grown:
    """Return the exercise of a spec."""
    first = spec.reference - timedelta(spec.days)
    days = Days(first, spec.days, spec.tested)
    table = Timetable(first, days.all)
    base = ordinary(spec.passengers, first, days.all, spec.seed, table)
    stages = []
    for place, (kind, tell) in enumerate(TELLERS.items()):
        stage = Stage(kind, place, spec.seed, days, table, base.bearers.height + place * SERIALS)
        for _ in range(spec.cases.get(kind, 0)):
            stage.begin()
            tell(stage)
        stages.append(stage)
    whole, known = staged(base, stages)
    rows = travellers(whole, first, days.all)
    listed, entries = watchlist(known, spec.seed, spec.reference)
    is_tested = pl.col("departs_at") >= pl.lit(spec.reference).cast(pl.Datetime("us"))
    looks_like = {kind: like for kind, (like, _) in INNOCENT.items()}
    truth = rows.drop("role").join(
        known.select("bearer", "kind", "case", "role", "person"), on="bearer", maintain_order="left"
    )
    truth = truth.join(entries, on="person", how="left", maintain_order="left").select(
        "record_id",
        pl.when(is_tested).then(pl.lit("feed")).otherwise(pl.lit("history")).alias("part"),
        "kind",
        "case",
        "role",
        "person",
        pl.col("kind").replace_strict(looks_like, default=None, return_dtype=pl.String).alias("looks_like"),
        "entry_id",
    )
    shown = rows.drop("bearer")
    return Grown(shown.filter(~is_tested), shown.filter(is_tested), listed, truth)
