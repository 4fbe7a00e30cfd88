"""Thirty days of invented travel on three routes, one of which grows in the last ten days, handed in to a hub."""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np
import polars as pl

from ops_hub.engines.live.ingest import Intake
from ops_hub.exercise.people import people
from ops_hub.states import home_states

ROUTES = (("POS", "BGI", "BW432"), ("PTY", "KIN", "CM227"), ("HAV", "MGA", "KX431"))
GROWS = 20  # day from which the third route is flown by more


def travel(hub, days=30, a_day=20):
    """Return travellers of the days before the hub's day."""
    rng = np.random.default_rng(3)
    today, frames = hub.now().date(), []
    for back in range(days, 0, -1):
        day = today - timedelta(days=back)
        for place, (origin, target, flight) in enumerate(ROUTES):
            many = a_day * (3 if place == 2 and days - back >= GROWS else 1) + int(rng.integers(0, 3))
            at = datetime(day.year, day.month, day.day, 15, 30)
            frames.append(
                people(many, rng, day).with_columns(
                    pl.format("{}-{}-{}", pl.lit(back), pl.lit(place), pl.int_range(pl.len())).alias("record_id"),
                    pl.lit(flight).alias("flight"), pl.lit(origin).alias("from_port"), pl.lit(target).alias("to_port"),
                    pl.lit(at).alias("departs_at"), pl.lit(at + timedelta(hours=1)).alias("arrives_at"),
                )
            )  # fmt: skip
    return pl.concat(frames)


def hand_in(hub, folder):
    """Hand the travel in, as a table."""
    path = folder / "history.parquet"
    travel(hub).write_parquet(path)
    Intake(hub, home_states()).files([path])
