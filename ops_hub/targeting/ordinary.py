"""Ordinary travellers, as feeds of several kinds tell of them: what no rule may fire on for traits alone.

Reach for `ordinary()`. They differ in what is remarkable about nobody: ports, booking, payment, earlier trips; and in what
a feed does not tell, which is true of everybody in it. Figures are assumptions; whoever knows better writes them here.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from functools import cache
from typing import Any

import polars as pl

from ops_hub.schemas import MANIFESTED, dtypes
from ops_hub.targeting.columns import FACTS

KIND = "kind of feed"
EACH = 60  # travellers of a kind: each value below is borne by several
# Values that ordinary travellers have, as often as they stand here; other columns have their `ordinary` value.
_VARIED: Mapping[str, tuple[Any, ...]] = {
    "from_port": ("POS", "BGI", "KIN", "PTY", "MIA", "SDQ", "BOG"), "to_port": ("BGI", "POS", "MIA", "KIN", "CUR", "GEO", "NAS"),
    "from_state": ("TTO", "BRB", "JAM", "PAN", "USA", "DOM", "COL"), "to_state": ("BRB", "TTO", "USA", "JAM", "CUW", "GUY", "BHS"),
    "carrier": ("BW", "CM", "AA", "JM", "UP"), "flight": ("BW432", "CM227", "AA1640", "JM019", "UP215"), "seats": (["12A"], ["3C"], ["30F"]),
    "booking_ref": ("QJ7KXA", "LM2PDR", "Z9TTQE", "B4WHAC"), "bags": (0, 1, 1, 2), "bag_weight_kg": (0.0, 12.0, 18.0, 31.0),
    "party_size": (1, 1, 2, 2, 3, 4, 5), "party_adults": (1, 1, 2, 2, 2, 2, 3), "party_minors": (0, 0, 0, 0, 1, 2, 2),
    "bags_per_person": (0.0, 1.0, 1.0, 2.0), "one_way": (False, False, False, True), "round_trip": (True, True, False),
    "legs_count": (1, 2, 2, 2, 4), "distance_km": (340.0, 900.0, 1900.0, 2600.0, 7100.0), "detour": (1.0, 1.1, None, None),
    "hours_booking_to_departure": (20.0, 90.0, 300.0, 700.0, 1500.0), "agency": ("91500271", None, None), "paid_cash": (False,) * 9 + (True,),
    "payment_kinds": (["CC VI"], ["CC CA"], ["CA"]), "payer_bookings": (1, 1, 1, 2), "payer_people": (1, 2, 2, 4),
    "payer_family_names": (1, 1, 1, 2), "payer_people_same_port": (1, 2, 2, 4), "contact_travellers": (0,) * 9 + (1,),
    "document_issued": (None, None, None, None, dt.date(2021, 6, 10)), "document_age_days": (None, None, None, None, 1800),
    "document_left_days": (200, 900, 1800, 3000), "document_verified": (True, None, None), "document_number": ("A1234567", "R0187734", "512345678", "XK88211"),
    "trips_before": (0, 0, 0, 0, 1, 2, 5), "trips_last_30_days": (0, 0, 0, 0, 0, 1), "trips_last_365_days": (0, 0, 0, 0, 1, 2, 4),
    "directions": (["inbound:BRB"], ["outbound:BRB"], ["intra-region:TTO"], ["inbound:JAM"]), "travel_state": ("booked", "checked-in", "boarded"),
    "on_board": (None, True), "manifest_quality": (1.0, 0.9, 0.7), "times_replaced": (0, 0, 1), "list_minutes_late": (0, 0, 20),
    "departs_at": tuple(dt.datetime(2026, 6, 10, hour, 20) for hour in (2, 6, 9, 12, 15, 18, 22)),
}  # fmt: skip
_BOOKING = (
    "booking_ref", "agency", "booked_at", "hours_booking_to_departure", "payment_kinds", "paid_cash", "payer_bookings", "payer_people",
    "payer_family_names", "payer_people_same_port", "contact_travellers", "phones", "emails", "addresses", "one_way", "round_trip",
    "tickets", "legs_count", "leg_ports", "detour", "party_size", "party_adults", "party_minors", "minors_other_family_name",
    "bags", "bags_per_person", "bag_weight_kg", "bag_tags", "co_travel_with_listed",
)  # fmt: skip
_DOCUMENT = tuple(name for name in FACTS if name.startswith("document"))
_EARLIER = ("days_since_last_trip", "last_from_port", "last_to_port", "turnaround_hours", "broken_travel", "route_new")
_MANIFEST = (*(name for name in MANIFESTED if name != "record_id"), "record_counts", "seat_changes")
_FINDINGS = tuple(name for name in FACTS if name.startswith("finding"))
# What each kind of feed does not tell.
_KINDS: Mapping[str, tuple[str, ...]] = {
    "bookings and passenger lists": (),
    "passenger lists": (*_BOOKING, *_FINDINGS),
    "bookings": (*_DOCUMENT, *_MANIFEST, *_FINDINGS),
    "tables": (*_BOOKING, *_MANIFEST, *_FINDINGS, "embark_port", "debark_port", "seats", "passenger_ref", "arrives_at"),
}


@cache
def ordinary() -> pl.DataFrame:
    """Return FACTS of ordinary travellers, adults of no remarkable nationality, and `KIND`."""
    kinds = [_of_kind(kind, left_out) for kind, left_out in _KINDS.items()]
    return pl.concat(kinds)


def _of_kind(kind: str, left_out: tuple[str, ...]) -> pl.DataFrame:
    columns: dict[str, list[Any]] = {KIND: [kind] * EACH}
    for at, (name, fact) in enumerate(FACTS.items()):
        values = (None,) if name in left_out else _VARIED.get(name, (fact.ordinary,))
        # columns step through their values at paces of their own, so that they do not go together
        columns[name] = [values[(row * (1 + at % 3) + row // len(values) + at) % len(values)] for row in range(EACH)]
    frame = pl.DataFrame(columns, schema={KIND: pl.String} | dtypes(FACTS))
    is_first = pl.col("trips_before") == 0
    return frame.with_columns(pl.when(~is_first).then(pl.col(name)).alias(name) for name in _EARLIER)
