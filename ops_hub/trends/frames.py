"""The frames of this room, column by column: what is kept of a record, journeys, and the cells that may be shown.

Reach for them as for those of `ops_hub.schemas`, whose form they have.
"""

from __future__ import annotations

import polars as pl

from ops_hub.schemas import Column, Schema

OTHERS = "others"  # categories folded together, since one of them alone could be about one person
UNKNOWN = "not known"
SMALLEST = 10  # persons: no cell about fewer is ever shown

# What a journey is sorted by: column, and how it is called. Each splits all journeys of a period into categories.
ATTRIBUTES = {
    "embarkation": "point where the person boards",
    "destination": "point where the person leaves",
    "carrier": "carrier code",
    "transport": "air (both ports are airports), sea, or not known",
    "nationality": "nationality",
    "document_type": "type of the first passport, else of the first document",
    "document_issuer": "its issuer",
    "lead": "time from booking to departure",
    "trip": "round trip, one way or other, of a booking's itinerary",
    "payment": "cash or other",
    "agency": "by an agency, or none named in the booking",
    "party": "persons of the booking on the flight",
}

RECORDS: Schema = {
    "record": Column(pl.UInt64, "hash of record_id, position, flight and departure: what HITS and FINDINGS name"),
    "message": Column(pl.UInt64, "hash of source and message reference"),
    "day": Column(pl.Date, "day of departure, else of arrival; null when neither was sent"),
    "flown": Column(pl.UInt64, "hash of flight, day and first port"),
    "document": Column(pl.UInt64, "hash of issuer and number of the document; null when there is none"),
    "name": Column(pl.UInt64, "hash of the letters of the name, in capitals; null when there is none"),
    "brief": Column(pl.UInt64, "hash of the beginnings of family and given name: a person's spellings agree in it"),
    "booking": Column(pl.UInt64, "hash of carrier and locator; null when there is none"),
    **{name: Column(pl.String, meaning) for name, meaning in ATTRIBUTES.items() if name != "party"},
}

JOURNEYS: Schema = {
    "period": Column(pl.Date, "the day, or Monday of the week"),
    "person": Column(pl.UInt64, "who: by document, else by name"),
    "name": Column(pl.UInt64, "hash of the name (of `person` where there is none), for a count that is never too high"),
    **{name: Column(pl.String, meaning) for name, meaning in ATTRIBUTES.items()},
    "hit": Column(pl.String, "purpose of the list of its strongest hit; null: no hit"),
    "finding": Column(pl.String, "check of its most severe finding; null: none"),
}

CELLS: Schema = {
    "table": Column(pl.String, "which table, see `tables.TABLES`"),
    "group": Column(pl.String, "the route that the table's cells are parts of; '' where it is all journeys"),
    "category": Column(pl.String, "the cell's name; 'others' for those folded together"),
    "period": Column(pl.Date, "first day of the period"),
    "journeys": Column(pl.Int64, "journeys counted; null where the category was folded into others"),
    "is_small": Column(pl.Boolean, "fewer than k persons; false where shown, or folded only to cover a small one"),
}

BASES: Schema = {
    "table": Column(pl.String, "which table"),
    "group": Column(pl.String, "as in CELLS"),
    "period": Column(pl.Date, "first day of the period"),
    "of": Column(pl.Int64, "journeys that the cells are shares of: those of which the attribute is known"),
}
