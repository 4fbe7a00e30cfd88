"""Invented people in groups that travel together: families with their names, couples, classes with teachers.

Reach for `households()`. When and where they travel is left to `ordinary`.
"""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ops_hub.exercise.journeys import BEARERS
from ops_hub.exercise.passports import numbers
from ops_hub.exercise.people import people
from ops_hub.exercise.populations import pools, shares

ADULT, CHILD, PUPIL = 0, 1, 2
_TWO_SURNAMES = [at for at, pool in enumerate(pools()) if pool.locale in ("es_MX", "es_CO", "es_ES", "pt_BR")]
_OTHER_STATE = 0.05  # of relatives: another nationality than the first of the household

Ints = NDArray[np.int64]


def households(unit: Ints, stage: Ints, related: bool, rng: np.random.Generator, days: tuple[date, date], serial: int, which: Ints | None = None) -> pl.DataFrame:  # fmt: skip
    """Return BEARERS with `unit` beside, a row for each person, the first adult of each unit at its head.

    Args:
        unit: household of each person, from 0 on, in order.
        stage: ADULT, CHILD (0 to 17) or PUPIL (9 to 17).
        related: whether children and some of the others bear the first one's name.
        rng: decides everything.
        days: first day of travel, and the day for which ages are meant.
        serial: number of the first one's passport; the others count on.
        which: population of each unit, by its place in `pools()`; drawn by their shares when not given.
    """
    n, (first, reference) = len(unit), days
    head = np.flatnonzero(np.r_[True, unit[1:] != unit[:-1]])[unit] if n else unit
    if which is None:
        which = rng.choice(len(pools()), size=int(unit.max(initial=-1)) + 1, p=shares())
    which = which[unit]
    named = people(n, rng, reference, which).drop("document_type", "document_number", "document_expires")
    if related:
        named = _family_names(named, unit, head, np.isin(which, _TWO_SURNAMES), stage == CHILD, rng)
    years = np.where(
        stage == ADULT, 18 + np.clip(rng.gamma(2.6, 8.5, n), 0, 70), np.where(stage == PUPIL, 9.0, 0.0) + rng.random(n) * np.where(stage == PUPIL, 8.9, 17.9)
    )  # fmt: skip
    born = np.datetime64(reference) - (years * 365.25).astype("timedelta64[D]")
    valid = np.where(stage == ADULT, 3652, 1826)
    age = (rng.random(n) * (valid - (reference - first).days - 40)).astype("timedelta64[D]")
    issued = np.datetime64(first) - age - np.timedelta64(5, "D")
    same_state = pl.Series((rng.random(n) >= _OTHER_STATE) & related)
    state = pl.select(
        pl.when(same_state).then(named["nationality"].gather(head)).otherwise(named["nationality"])
    ).to_series()
    made = named.with_columns(
        pl.Series("unit", unit),
        pl.int_range(pl.len()).alias("bearer"),
        pl.int_range(pl.len()).alias("person"),
        state.alias("nationality"),
        state.alias("document_issuer"),
        numbers(state, np.arange(serial, serial + n, dtype=np.int64)),
        pl.Series("birth_date", born).cast(pl.Date).dt.to_string("%Y-%m-%d"),
        pl.Series("document_issued", issued).cast(pl.Date),
        pl.Series("document_expires", issued + valid.astype("timedelta64[D]")).cast(pl.Date),
    )
    return made.select(*BEARERS, "unit")


def _family_names(named: pl.DataFrame, unit: Ints, head: Ints, two: NDArray[np.bool_], child: NDArray[np.bool_], rng: np.random.Generator) -> pl.DataFrame:  # fmt: skip
    """Give relatives their names: of two surnames a child has the first of each parent; others mostly the first adult's."""
    n = len(unit)
    own = named["family_name"]
    firsts = own.gather(head)
    has_second = np.r_[unit[1:] == unit[:-1], False][head] & ~np.r_[child[1:], True][head]
    second = own.gather(np.minimum(head + 1, n - 1))
    chance = rng.random(n)
    word = [text.str.replace(r" [A-Z]+$", "") for text in (firsts, second)]
    both = pl.Series(two & has_second)
    names = pl.DataFrame({"own": own, "first": firsts, "second": second, "a": word[0], "b": word[1], "both": both, "chance": chance, "child": child, "is_head": head == np.arange(n), "two": two})  # fmt: skip
    of_child = (
        pl.when("both")
        .then(pl.concat_str("a", "b", separator=" "))
        .when(pl.col("chance") < 0.86)
        .then("first")
        .when(pl.Series(has_second) & (pl.col("chance") < 0.95))
        .then("second")
        .otherwise("own")  # a child of an earlier marriage
    )
    of_adult = pl.when(~pl.col("two") & (pl.col("chance") < 0.6)).then("first").otherwise("own")
    made = names.select(pl.when("is_head").then("own").when("child").then(of_child).otherwise(of_adult).alias("family_name"))  # fmt: skip
    return named.with_columns(made["family_name"])
