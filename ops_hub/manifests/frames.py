"""The frames of this room, column by column: transmissions, manifests, their people, gaps and carriers' compliance.

Reach for them as for those of `ops_hub.schemas`, whose form they have.
"""

from __future__ import annotations

import polars as pl

from ops_hub.schemas import DOCUMENT, LEG, REFERENCES, Column, Schema

DIRECTION = pl.Struct(
    {"state": pl.String, "direction": pl.String}
)  # inbound, outbound, intra-region, transit, domestic

TRANSMISSIONS: Schema = {
    "transmission_id": Column(pl.String, "id of the message, or hash of what the parts of one transmission share"),
    "kind": Column(pl.String, "api (passenger list), crew, pnr, close-out or table"),
    "effect": Column(pl.String, "what it does to a manifest, from rules/messages.toml"),
    "message_function": Column(pl.String, "the same as sent, e.g. 745:CP"),
    "sender": Column(pl.String, "sender of the interchange"),
    "access_ref": Column(pl.String, "common access reference of its parts"),
    "transaction": Column(pl.String, "reference of the transaction"),
    "revision": Column(pl.Int64, "revision of the transaction"),
    "order": Column(pl.UInt32, "place among all transmissions by time of preparation, from 0"),
    "first_at": Column(pl.Datetime("us"), "when its first part was prepared, by the sender's clock"),
    "last_at": Column(pl.Datetime("us"), "when its last part was prepared"),
    "parts": Column(pl.List(pl.Int64), "parts that arrived; empty where it has only one"),
    "lost_parts": Column(pl.List(pl.Int64), "parts that are missing between the first and the last one known"),
    "is_complete": Column(pl.Boolean, "no part is missing, the last one is there and no message breaks off"),
    "carrier": Column(pl.String, "carrier code as sent"),
    "flight": Column(pl.String, "flight or voyage as sent"),
    "from_port": Column(pl.String, "last port before the border"),
    "to_port": Column(pl.String, "first port after the border"),
    "departs_at": Column(pl.Datetime("us"), "scheduled departure, local"),
    "arrives_at": Column(pl.Datetime("us"), "scheduled arrival, local"),
    "legs": Column(pl.List(LEG), "all legs that it names"),
    "passengers_total": Column(pl.Int64, "control total of passengers: the whole flight's"),
    "crew_total": Column(pl.Int64, "control total of crew"),
    "people": Column(pl.Int64, "travellers read from all parts"),
    "lost": Column(pl.Int64, "records rejected in all parts"),
    "faults": Column(pl.List(pl.String), "reasons of the notes about its messages"),
    "named": Column(pl.List(REFERENCES), "people that a close-out names by reference only"),
    "empty_bookings": Column(pl.List(pl.String), "bookings without names: cancelled or split off"),
    "replaced_order": Column(pl.UInt32, "order of the complete transmission that replaced it, else null"),
    "sources": Column(pl.List(pl.String), "feed files"),
    "message_ids": Column(pl.List(pl.String), "messages that it is made of"),
}

MANIFEST_PEOPLE: Schema = {
    "manifest_id": Column(pl.String, "the manifest, e.g. BW432/2026-11-20/POS-BGI"),
    "person_id": Column(
        pl.String, "record_id of the first record about this person on this leg, or ref: and a reference"
    ),
    "role": Column(pl.String, "passenger, crew, transit or transit-crew"),
    "state": Column(
        pl.String, "booked, checked-in, boarded, closed (boarded and the flight closed), no-show, offloaded, cancelled"
    ),
    "reason": Column(pl.String, "why the state is what it is, where it is not plain"),
    "on_board": Column(pl.Boolean, "named on board (or left out of those who are not) by a close-out; null: not known"),
    "announced_by": Column(pl.List(pl.String), "kinds of transmission that named the person: api, crew, pnr, table"),
    "record_id": Column(pl.String, "the record that counts: the latest of a passenger or crew list, else of a booking"),
    "family_name": Column(pl.String, "family name as sent; the whole name where it is not split"),
    "given_names": Column(pl.String, "given names as sent"),
    "birth_date": Column(pl.String, "birth date as sent"),
    "sex": Column(pl.String, "sex"),
    "nationality": Column(pl.String, "nationality"),
    "documents": Column(pl.List(DOCUMENT), "travel documents"),
    "embark_port": Column(pl.String, "where this person boards, else the leg's first port"),
    "debark_port": Column(pl.String, "where this person leaves, else the leg's last port"),
    "booking_ref": Column(pl.String, "record locator"),
    "passenger_ref": Column(pl.String, "carrier's passenger reference"),
    "seats": Column(pl.List(pl.String), "seats"),
    "revision": Column(pl.UInt32, "how many earlier records of the same kind this one replaced"),
    "changed": Column(pl.String, "what the last replacement changed: column: before > after; ..."),
    "first_at": Column(pl.Datetime("us"), "when the person was first named, by the sender's clock"),
    "is_screened": Column(
        pl.Boolean, "the record that counts was screened in one of the runs given; null: no run given"
    ),
    "directions": Column(pl.List(DIRECTION), "what this journey is to each home state that it touches"),
    "source": Column(pl.String, "feed file of the record that counts"),
    "message_ref": Column(pl.String, "its message"),
    "position": Column(pl.Int64, "its place in the file"),
}

MANIFESTS: Schema = {
    "manifest_id": Column(pl.String, "flight/date/from-to, e.g. BW432/2026-11-20/POS-BGI; a vessel's voyage likewise"),
    "mode": Column(pl.String, "air or sea"),
    "carrier": Column(pl.String, "carrier code (IATA where known)"),
    "flight": Column(pl.String, "flight or voyage number without leading zeros"),
    "known_as": Column(
        pl.List(pl.String), "what else a voyage may be asked for: vessel, IMO number, call sign, voyage number"
    ),
    "departure_date": Column(pl.Date, "scheduled day of departure, local"),
    "from_port": Column(pl.String, "port of departure"),
    "to_port": Column(pl.String, "port of arrival"),
    "departs_at": Column(pl.Datetime("us"), "scheduled departure, local"),
    "arrives_at": Column(pl.Datetime("us"), "scheduled arrival, local"),
    "directions": Column(pl.List(DIRECTION), "what this leg is to the home states at its ends"),
    "status": Column(pl.String, "open, closed (a complete close-out arrived) or cancelled"),
    "is_reported": Column(pl.Boolean, "a message was about this leg; false: messages about other legs name it"),
    "transmissions": Column(pl.UInt32, "transmissions about this leg"),
    "expected_passengers": Column(pl.Int64, "latest control total, passengers in transit included; null: none sent"),
    "passengers": Column(pl.UInt32, "passengers on passenger lists and tables, not cancelled"),
    "transit": Column(pl.UInt32, "passengers in transit, likewise"),
    "expected_crew": Column(pl.Int64, "latest control total of crew"),
    "crew": Column(pl.UInt32, "crew named, crew in transit included"),
    "booked_only": Column(pl.UInt32, "known from bookings only, not cancelled"),
    "cancelled": Column(pl.UInt32, "named once, cancelled or left out later"),
    "rejected": Column(pl.Int64, "records that could not be read, hence never screened"),
    "replaced": Column(pl.UInt32, "people whose record replaced an earlier one"),
    "boarded": Column(pl.UInt32, "on board by close-out"),
    "no_show": Column(pl.UInt32, "booked, never on board"),
    "offloaded": Column(pl.UInt32, "on a passenger list, not on board"),
    "screened": Column(pl.UInt32, "people whose record that counts was screened; null: no run given"),
    "not_screened": Column(pl.UInt32, "people not cancelled and not screened; null: no run given"),
    "boarded_not_screened": Column(pl.UInt32, "on board and never screened; null: no run given"),
    "screened_not_boarded": Column(pl.UInt32, "screened, and not on board by close-out; null: no run given"),
    "never_announced": Column(pl.UInt32, "named on board by reference, on no list before"),
    "lost_parts": Column(pl.List(pl.String), "transmissions with missing parts: which, and which parts"),
    "list_at": Column(pl.Datetime("us"), "when the passenger list was first sent, UTC"),
    "due_at": Column(pl.Datetime("us"), "when it was due, UTC"),
    "late_minutes": Column(pl.Int64, "minutes after it was due; 0 in time; null where a time is not known"),
    "crew_late_minutes": Column(pl.Int64, "the same for the crew list"),
    "closed_at": Column(pl.Datetime("us"), "when the close-out was sent, UTC"),
    "quality": Column(pl.Float64, "quality score of what arrived, 0 to 1; null where nobody was named"),
    "quality_parts": Column(pl.String, "its parts: name 1.00; birth date 0.98; ..."),
}

GAPS: Schema = {
    "manifest_id": Column(pl.String, "the manifest"),
    "departs_at": Column(pl.Datetime("us"), "scheduled departure, local"),
    "carrier": Column(pl.String, "carrier code"),
    "gap": Column(pl.String, "code, see docs/manifests.md, e.g. lost-part, boarded-not-screened, late"),
    "people": Column(pl.Int64, "how many people it concerns, where it can be told"),
    "detail": Column(pl.String, "the gap in one sentence for an officer"),
}

SCHEDULE: Schema = {
    "carrier": Column(pl.String, "carrier code"),
    "flight": Column(pl.String, "flight or voyage"),
    "from_port": Column(pl.String, "port of departure"),
    "to_port": Column(pl.String, "port of arrival"),
    "departs_at": Column(pl.Datetime("us"), "one scheduled departure, local"),
    "line": Column(pl.Int64, "line of the schedule"),
}

COMPLIANCE: Schema = {
    "carrier": Column(pl.String, "carrier code"),
    "name": Column(pl.String, "carrier's name, where rules/carriers.toml has it"),
    "expected": Column(pl.UInt32, "departures of the schedule in the period"),
    "arrived": Column(pl.UInt32, "of them with at least one transmission"),
    "missing": Column(pl.UInt32, "of them with no transmission"),
    "late": Column(pl.UInt32, "manifests whose passenger list came after it was due"),
    "empty": Column(pl.UInt32, "manifests whose transmissions name nobody at all"),
    "no_list": Column(pl.UInt32, "manifests with other transmissions and no passenger list"),
    "incomplete": Column(pl.UInt32, "manifests with a lost part or another control total than what arrived"),
    "poor": Column(pl.UInt32, "manifests of a quality below the limit"),
    "no_close_out": Column(pl.UInt32, "departures without close-out"),
    "unscheduled": Column(pl.UInt32, "manifests that the schedule does not hold"),
    "travellers": Column(pl.UInt32, "people on all manifests"),
    "quality": Column(pl.Float64, "mean quality score of the manifests, 0 to 1"),
    "name_part": Column(pl.Float64, "its part: family and given name sent"),
    "birth_part": Column(pl.Float64, "whole birth date sent"),
    "sex_part": Column(pl.Float64, "sex sent"),
    "nationality_part": Column(pl.Float64, "nationality sent"),
    "document_part": Column(pl.Float64, "a document with number and issuer sent"),
    "expiry_part": Column(pl.Float64, "its expiry sent"),
    "total_part": Column(pl.Float64, "control total agrees with what arrived"),
    "structure_part": Column(pl.Float64, "messages without faults"),
    "missing_flights": Column(pl.List(pl.String), "the missing departures: flight/date/from-to"),
}
