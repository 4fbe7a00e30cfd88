"""FACTS: every column that a risk rule may name, with what it means and what it may not decide alone.

Reach for `FACTS` to write or check a rule; `ops-hub rules columns` prints it. How the derived ones are made is left
to `facts`. Free text that a message carried beside these (`extra`, `raw`) is no column: it holds meals, remarks and
the like, from which religion or health could be read.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from ops_hub.schemas import MANIFESTED, TRAVELLERS, Column


@dataclass(frozen=True)
class Fact(Column):
    """A column of FACTS.

    Attributes:
        trait: what the column tells about who a person is, where that may not decide alone; null elsewhere.
        ordinary: its value for a traveller about whom nothing is remarkable: no rule may fire on such a one.
    """

    trait: str | None = None
    ordinary: Any = None


_TEXTS = pl.List(pl.String)
_TIME = pl.Datetime("us")
_TRAITS = {
    "sex": "sex", "nationality": "nationality", "residence": "nationality", "birth_place": "birth place",
    "family_name": "name", "given_names": "name", "full_name": "name",
}  # fmt: skip
_ORDINARY = {
    "record_id": "R", "source": "feed", "message_ref": "1", "message_type": "pnrgov", "message_function": "MSG:22",
    "role": "passenger", "family_name": "ORDINARY", "given_names": "ANY", "carrier": "XX", "flight": "XX100",
    "from_port": "POS", "to_port": "BGI", "departs_at": dt.datetime(2026, 6, 10, 12, 0),
    "arrives_at": dt.datetime(2026, 6, 10, 13, 0), "embark_port": "POS", "debark_port": "BGI", "booking_ref": "ABC123",
    "passenger_ref": "1", "seats": ["12A"], "tickets": ["1"], "bags": 1, "bag_weight_kg": 15.0, "bag_tags": ["1"],
    "agency": "1", "booked_at": dt.datetime(2026, 5, 10, 12, 0),
}  # fmt: skip
_MANIFESTED = {
    "manifest_id": "BW100/2026-06-10/POS-BGI", "manifest_status": "open", "travel_state": "checked-in", "on_board": True,
    "announced_by": ["api", "pnr"], "times_replaced": 0, "what_changed": None, "directions": ["inbound:BRB", "outbound:TTO"],
    "list_minutes_late": 0, "manifest_quality": 1.0,
}  # fmt: skip


def _sent(name: str) -> Fact:
    column = TRAVELLERS[name]
    return Fact(column.dtype, column.meaning, _TRAITS.get(name), _ORDINARY.get(name))


def _whole(meaning: str, ordinary: int | None) -> Fact:
    return Fact(pl.Int64, meaning, None, ordinary)


FACTS: Mapping[str, Fact] = {
    # as sent
    **{name: _sent(name) for name in ("record_id", "source", "message_ref", "message_type", "message_function", "role")},
    **{name: _sent(name) for name in ("family_name", "given_names", "full_name")},
    "birth_date": Fact(pl.Date, "birth date, where the whole day was sent", "age", dt.date(1986, 3, 4)),
    **{name: _sent(name) for name in ("sex", "nationality", "residence", "birth_place", "carrier", "flight")},
    **{name: _sent(name) for name in ("from_port", "to_port", "departs_at", "arrives_at", "embark_port", "debark_port")},
    **{name: _sent(name) for name in ("booking_ref", "passenger_ref", "seats", "tickets", "bags", "bag_weight_kg")},
    **{name: _sent(name) for name in ("bag_tags", "agency", "booked_at")},
    "document_type": Fact(pl.String, "type of the first passport, else of the first document sent", None, "P"),
    "document_number": Fact(pl.String, "its number, capital letters and digits only", None, "A1234567"),
    "document_issuer": Fact(pl.String, "its issuing state, alpha-3: as good as nationality", "nationality", None),
    "document_expires": Fact(pl.Date, "last day on which it is valid", None, dt.date(2031, 6, 10)),
    "document_issued": Fact(pl.Date, "day of issue, which few carriers send", None, dt.date(2021, 6, 10)),
    "document_verified": Fact(pl.Boolean, "true: read by machine or checked; null when nobody said", None, True),
    "document_types": Fact(_TEXTS, "types of all documents sent", None, ["P"]),
    "document_numbers": Fact(_TEXTS, "numbers of all documents sent, as sent", None, ["A1234567"]),
    "phones": Fact(_TEXTS, "telephone numbers of the person or booking, digits only", None, ["18685550100"]),
    "emails": Fact(_TEXTS, "e-mail addresses, lower case", None, ["any@mail.example"]),
    "addresses": Fact(_TEXTS, "addresses as sent", None, []),
    "payment_kinds": Fact(_TEXTS, "forms of payment as sent, e.g. CA, CC VI", None, ["CC VI"]),
    # the person and the journey
    "age": Fact(pl.Int64, "whole years at departure; where only month or year is known, the younger age", "age", 40),
    "is_crew": Fact(pl.Boolean, "role is crew or transit-crew", None, False),
    "from_state": Fact(pl.String, "state of from_port, alpha-3", None, "TTO"),
    "to_state": Fact(pl.String, "state of to_port, alpha-3", None, "BRB"),
    "legs_count": _whole("legs of the journey that the message names", 2),
    "distance_km": Fact(pl.Float64, "from from_port to to_port as the crow flies; airports only", None, 340.0),
    "detour": Fact(pl.Float64, "length of all legs over the direct way from first to last port; 1 is straight; null for returns", None, 1.0),
    "one_way": Fact(pl.Boolean, "the itinerary does not come back to the state it begins in; bookings only", None, False),
    "round_trip": Fact(pl.Boolean, "the itinerary comes back to the port it begins at; bookings only", None, True),
    # the document
    "document_age_days": _whole("days from issue to departure", 1800),
    "document_left_days": _whole("days from departure to expiry; negative when it has expired", 1800),
    "document_switched": Fact(pl.Boolean, "the same name and birth date showed another document on the trip before", None, False),
    "document_alternated": Fact(pl.Boolean, "switched, and back to one that was used before", None, False),
    "document_of_another_state": Fact(pl.Boolean, "the document shown on the trip before was issued by another state than this one; null when not known", None, False),
    "document_birth_dates": _whole("different birth dates seen with this document", 1),
    "issuer_differs": Fact(pl.Boolean, "the document's issuer is not the nationality that was sent", None, False),
    # booking and party
    "hours_booking_to_departure": Fact(pl.Float64, "hours from booking to departure", None, 744.0),
    "party_size": _whole("different persons in the same booking on this flight, in messages of this type", 2),
    "party_adults": _whole("of these, 18 or older", 2),
    "party_minors": _whole("of these, under 18", 0),
    "minors_other_family_name": _whole("minors in the party who share no family name word with any adult in it", 0),
    "bags_per_person": Fact(pl.Float64, "mean pieces of checked baggage over the persons of the party, by the latest record of each that says", None, 1.0),
    "co_travel_with_listed": _whole("others in the party with a hit of band high or exact-document", 0),
    # money and contacts
    "paid_cash": Fact(pl.Boolean, "a form of payment is cash (CA, CASH)", None, False),
    "payer_bookings": _whole("bookings paid with the same card or account; 0 when it is an agency's own", 1),
    "payer_people": _whole("persons in them, likewise", 2),
    "payer_family_names": _whole("different family names in them: a sign that somebody else pays", 1),
    "payer_people_same_port": _whole("persons in them who go to the same to_port, likewise", 2),
    "contact_travellers": _whole("persons outside this booking who gave one of its telephones or e-mails, each once; 0 for an agency's", 0),
    # earlier trips of the same person
    "trips_before": _whole("earlier trips known", 2),
    "trips_last_30_days": _whole("trips that departed in the 30 days before this departure", 0),
    "trips_last_365_days": _whole("likewise in 365 days", 2),
    "days_since_last_trip": Fact(pl.Float64, "days since the departure of the trip before", None, 90.0),
    "last_from_port": Fact(pl.String, "from_port of the trip before", None, "BGI"),
    "last_to_port": Fact(pl.String, "to_port of the trip before", None, "POS"),
    "turnaround_hours": Fact(pl.Float64, "hours from the arrival before, in this from_state, to this departure", None, 240.0),
    "broken_travel": Fact(pl.Boolean, "the trip before ended in another state than this one starts in: a way in between was not reported", None, False),
    "route_new": Fact(pl.Boolean, "no earlier trip from this from_port to this to_port; null when no earlier trip is known", None, False),
    "distinct_minors_accompanied_365_days": _whole("minors in the parties of this adult in 365 days, this trip included", 0),
    "unrelated_minors_accompanied_365_days": _whole("of these, those who share no family name word with any adult in the party", 0),
    "distinct_adults_accompanying_365_days": _whole("adults in the parties of this minor in 365 days, this trip included", 2),
    "seat_changes": _whole("times that a later message of one type gave another seat on this flight than the one before it", 0),
    "leg_ports": Fact(_TEXTS, "ports of all legs that the message names, in order", None, ["POS", "BGI"]),
    # the manifest; null without --manifests
    # what_changed quotes nationality and birth date
    **{
        name: Fact(MANIFESTED[name].dtype, MANIFESTED[name].meaning, "nationality" if name == "what_changed" else None, ordinary)
        for name, ordinary in _MANIFESTED.items()
    },
    "record_counts": Fact(pl.Boolean, "false: a later message replaced this record", None, True),
    # what is wrong with the documents; null without --findings
    "finding_checks": Fact(_TEXTS, "checks of `documents check` that found something about this record", None, []),
    "finding_checks_weak": Fact(_TEXTS, "those of which an innocent reason is likely", None, []),
    "finding_severity": Fact(pl.String, "highest severity of those in finding_checks: low, medium or high", None, None),
    # lists
    "hit_count": _whole("list entries that this record hit", 0),
    "hit_score": Fact(pl.Float64, "best score of the hits, 0 to 1", None, None),
    "hit_band": Fact(pl.String, "best band of the hits: exact-document, high or review", None, None),
    "hit_lists": Fact(_TEXTS, "ids of the lists that were hit", None, None),
    "hit_purposes": Fact(_TEXTS, "purposes of these lists", None, None),
    "hit_crime_types": Fact(_TEXTS, "crime types of the entries", None, None),
    "hit_handlings": Fact(_TEXTS, "handling of the entries", None, None),
    "hit_owners": Fact(_TEXTS, "owners of the lists", None, None),
    "hit_name_score": Fact(pl.Float64, "best name score of the hits, 0 to 1", None, None),
    "hit_birth_agreements": Fact(_TEXTS, "how birth dates agreed, e.g. exact, near, different, unknown", None, None),
    "hit_document_agreements": Fact(_TEXTS, "how documents agreed: exact, look-alike, in-range, different, unknown", None, None),
}  # fmt: skip
