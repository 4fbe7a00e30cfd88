"""The small network around one case: its traveller, and whoever shares a booking, document, contact or payment with them.

Reach for `around()`. It looks at what the lake keeps of the days near the journey, the nearest first, and at so many
travellers at most; it is the whole, to be cut to its reader like any network (`desk.networks.for_reader`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl

from ops_hub.casework.case import Bundle, Case
from ops_hub.desk.filing import Desk, cases_of
from ops_hub.engines.live.networks import met, released
from ops_hub.engines.live.retention import is_masked
from ops_hub.engines.network import made
from ops_hub.graph.gather import NEEDED
from ops_hub.graph.net import Network
from ops_hub.graph.said import Said
from ops_hub.store import cases as store
from ops_hub.store import lake

DAYS = 7  # of arrival, before and after that of the case
MOST = 60_000  # travellers looked at
_SHARING = 400  # of them that share something; more is an agency's telephone, not a tie


@dataclass(frozen=True)
class Around:
    """A network, and what it was made of.

    Attributes:
        net: the whole.
        released: by state, record ids and node ids of entries whose content owners released.
        looked_at: travellers looked at.
        skipped: days near the journey that were left out, because there were too many travellers or they are masked.
    """

    net: Network
    released: dict[str, set[tuple[str, str]]]
    looked_at: int
    skipped: int


def around(desk: Desk, case: Case, bundle: Bundle, rules: Path | None) -> Around:
    """Return the network around a case.

    Args:
        desk: the hub's desk.
        case: the case.
        bundle: its content.
        rules: folder of rules.

    Raises:
        StoreError: the lake is in another home folder, or could not be read.
    """
    near, skipped = _days(desk, case)
    shares = _shares(bundle.travellers)
    found, looked_at = [bundle.travellers.select(NEEDED)], 0
    for state, day in near:
        for frame in lake.read(desk.hub, [state], [day], identity=True, damaged=[]):
            looked_at += frame.height
            found.append(frame.filter(shares | pl.col("record_id").is_in(list(case.records))).select(NEEDED))
    own = found[0]["record_id"].to_list() + list(case.records)
    others = pl.concat(found[1:]) if found[1:] else found[0].clear()
    travellers = pl.concat([found[0], others.sort(~pl.col("record_id").is_in(own), maintain_order=True).head(_SHARING)])
    numbers = {case.id, *store.of_records(desk.hub, travellers["record_id"].unique().to_list()).values()} - {0}
    cases = list(cases_of(desk.hub, sorted(numbers)).values())
    hits, entries = met(desk, cases)
    net = made(Said(travellers.lazy(), hits, entries, inputs={"hub": {}}), rules)
    return Around(net, released(cases), looked_at, skipped)


def _days(desk: Desk, case: Case) -> tuple[list[tuple[str, str]], int]:
    """Return the states and days to look at, those of the case first, and how many near ones are left out."""
    middle, now = date.fromisoformat(case.day), desk.hub.now()

    def far(each: tuple[str, str]) -> tuple[int, bool]:
        return abs((date.fromisoformat(each[1]) - middle).days), each[0] != case.keeper

    near = sorted((each for each in _known(desk) if far(each)[0] <= DAYS), key=lambda each: (*far(each), each))
    kept, left = [], MOST
    for state, day in near:
        rows = lake.rows(desk.hub, state, day)
        if rows <= left and not is_masked(desk.hub, desk.states, state, day, now):
            kept.append((state, day))
            left -= rows
    return kept, len(near) - len(kept)


def _known(desk: Desk) -> Iterator[tuple[str, str]]:
    for state, day in lake.days(desk.hub):
        try:
            date.fromisoformat(day)
        except ValueError:
            continue  # travellers without a day stand by themselves
        yield state, day


def _shares(own: pl.DataFrame) -> pl.Expr:
    """Return whether a traveller shares a booking, document, contact or payment with those of a case."""
    bookings = own["booking_ref"].drop_nulls().unique().implode()
    shared = pl.col("booking_ref").is_in(bookings)
    for column, field in (("documents", "number"), ("contacts", "value"), ("payments", "token")):
        values = own[column].explode().struct.field(field).drop_nulls().unique().implode()
        met_ = pl.col(column).list.eval(pl.element().struct.field(field).is_in(values)).list.any()
        shared = shared | met_.fill_null(False)
    return shared.fill_null(False)
