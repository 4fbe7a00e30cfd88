"""Travellers for trends, invented: short to write, as many as are needed."""

from __future__ import annotations

import datetime as dt

import polars as pl

from ops_hub.schemas import FINDINGS, HITS, TRAVELLERS, conform, rows
from ops_hub.trends.bulletin import Asked, bulletin
from ops_hub.trends.journeys import Window
from ops_hub.trends.records import records

START = dt.date(2026, 3, 2)  # a Monday


def traveller(person, day=0, route="POS-BGI", **more):
    """Return one row of TRAVELLERS: person number `person` on a day after START."""
    first, last = route.split("-")
    name = "".join(chr(65 + int(digit)) for digit in str(person))
    row = {
        "record_id": f"{person}/{day}/{route}",
        "source": "history.csv",
        "message_ref": f"m{day}",
        "message_type": "csv",
        "family_name": f"DOE {name}",
        "given_names": "ANA",
        "birth_date": "1990-02-03",
        "nationality": "TTO",
        "documents": [{"type": "P", "number": f"N{person}", "issuer": "TTO"}],
        "carrier": "BW",
        "flight": f"BW{first}{last}",
        "from_port": first,
        "to_port": last,
        "departs_at": dt.datetime.combine(START, dt.time(8)) + dt.timedelta(days=day),
    }
    return row | more


def frame(listed):
    return rows(TRAVELLERS, listed)


def asked(k=10, period="day", days=400, rate=0.05):
    within = Window(START, START + dt.timedelta(days=days), period, ())
    return Asked("Centre X", within, k, rate, 1, "0" * 64)


def hits_of(travellers, purpose):
    """Return HITS of travellers, of one purpose."""
    hits = conform(travellers.lazy(), HITS).collect()
    return hits.with_columns(pl.lit(purpose).alias("purpose"), pl.lit(0.9).alias("score"))


def findings_of(travellers, found):
    return conform(travellers.lazy(), FINDINGS).collect().with_columns(
        pl.lit(found).alias("check"), pl.lit("high").alias("severity")
    )  # fmt: skip


def made(travellers, *, hits=None, findings=None, **options):
    lazy = [None if each is None else each.lazy() for each in (hits, findings)]
    return bulletin(records(travellers), asked(**options), *lazy)


def table(said, name):
    return next((each["series"] for each in said["tables"] if each["table"] == name), [])


def cell(said, name, category, group="", day=0):
    """Return the number published for a cell on a day; None where there is none."""
    place = {period: at for at, period in enumerate(said["periods"])}
    at = place.get(START + dt.timedelta(days=day))
    for row in table(said, name):
        if (row["group"], row["category"]) == (group, category) and at is not None:
            return row["journeys"][at]
    return None
