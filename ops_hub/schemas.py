"""Every frame that passes between rooms, column by column, declared once.

A column exists only if it is named here, with its dtype and its meaning. Stages take and return these
frames; `check()` stands at each stage's door. `empty()` and `conform()` make frames of a schema.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import polars as pl

from ops_hub.errors import StoreError


@dataclass(frozen=True)
class Column:
    """One column: its polars dtype and what it means (with its unit, where it has one)."""

    dtype: Any
    meaning: str


VERSION = 1  # of the frames as they are declared here: raised with every change, see docs/schema-policy.md
OLDEST = 1  # version whose files are still read: columns that came since are null
FEW = 20  # rows or lists of structs that polars may build by itself: 10 microseconds each, against 300 for all

Schema = Mapping[str, Column]
Frame = TypeVar("Frame", pl.DataFrame, pl.LazyFrame)

DOCUMENT = pl.Struct(
    {
        "type": pl.String,  # P passport, V visa, I identity card, A alien card, C resident card, AC crew ...
        "number": pl.String,  # as sent
        "issuer": pl.String,  # ISO 3166 alpha-3 or ICAO 9303 code where it could be told; else as sent
        "expires": pl.Date,
        "issued": pl.Date,
        "verified": pl.Boolean,  # GEI 173 true, 174 false, MRZ check digits; null when nobody said
    }
)
LEG = pl.Struct(
    {
        "flight": pl.String,
        "from_port": pl.String,
        "to_port": pl.String,
        "departs_at": pl.Datetime("us"),  # local time at the port, as carriers send it
        "arrives_at": pl.Datetime("us"),
    }
)
CONTACT = pl.Struct({"kind": pl.String, "value": pl.String})  # kind: phone, email, address, other
PAYMENT = pl.Struct({"kind": pl.String, "token": pl.String})  # token: keyed hash, never a card number

TRAVELLERS: Schema = {
    "record_id": Column(pl.String, "the feed's own id, else a hash of the message (or file) and the ordinal in it"),
    "source": Column(pl.String, "name of the feed file"),
    "message_ref": Column(pl.String, "reference of the message (UNH), booking or row group"),
    "message_type": Column(pl.String, "paxlst, pnrgov, csv, ndjson, parquet, xlsx or mrz"),
    "message_function": Column(pl.String, "what the message does, e.g. 745, 745:CP, 250:C, 266:CLOB, MSG 22"),
    "position": Column(pl.Int64, "byte offset of the record's first segment (EDIFACT), else its row or line from 1"),
    "role": Column(pl.String, "passenger, crew, transit, transit-crew or null"),
    "family_name": Column(pl.String, "family name(s) as sent"),
    "given_names": Column(pl.String, "given and further names as sent"),
    "full_name": Column(pl.String, "the name as one string, only where the source does not split it"),
    "birth_date": Column(pl.String, "ISO 8601, as precise as sent: 1970, 1970-02 or 1970-02-03"),
    "sex": Column(pl.String, "M, F, X or null"),
    "nationality": Column(pl.String, "ISO 3166 alpha-3 or ICAO 9303 code"),
    "residence": Column(pl.String, "country of residence, alpha-3"),
    "birth_place": Column(pl.String, "place or country of birth as sent"),
    "documents": Column(pl.List(DOCUMENT), "travel documents, in the order sent"),
    "carrier": Column(pl.String, "carrier code"),
    "flight": Column(pl.String, "flight or voyage number with its carrier prefix, e.g. BW432"),
    "from_port": Column(pl.String, "last port before the border (LOC 125), IATA or UN/LOCODE"),
    "to_port": Column(pl.String, "first port after the border (LOC 87)"),
    "departs_at": Column(pl.Datetime("us"), "scheduled departure, local time at the port"),
    "arrives_at": Column(pl.Datetime("us"), "scheduled arrival, local time at the port"),
    "legs": Column(pl.List(LEG), "all legs of the journey that the message names, in order"),
    "embark_port": Column(pl.String, "where this person boards (LOC 178)"),
    "debark_port": Column(pl.String, "where this person leaves (LOC 179)"),
    "booking_ref": Column(pl.String, "record locator"),
    "passenger_ref": Column(pl.String, "carrier's unique passenger reference (RFF ABO)"),
    "seats": Column(pl.List(pl.String), "seats, leading zeros dropped"),
    "tickets": Column(pl.List(pl.String), "ticket numbers"),
    "bags": Column(pl.Int64, "pieces of checked baggage"),
    "bag_weight_kg": Column(pl.Float64, "weight of checked baggage, kg"),
    "bag_tags": Column(pl.List(pl.String), "bag tag numbers"),
    "contacts": Column(pl.List(CONTACT), "telephones, e-mails and addresses of this person or booking"),
    "payments": Column(pl.List(PAYMENT), "forms of payment; numbers only as keyed hashes"),
    "agency": Column(pl.String, "booking agency (IATA number or office id)"),
    "booked_at": Column(pl.Datetime("us"), "when the booking was made"),
    "extra": Column(
        pl.String, "JSON object of what was sent and this schema cannot hold, e.g. the fare; null when nothing"
    ),
    "raw": Column(pl.String, "the record's own segments or line, length-bounded; null for columnar feeds"),
}

PEOPLE: Schema = {
    "person": Column(pl.UInt32, "row of TRAVELLERS or ENTRIES that this is about"),
    "place": Column(pl.UInt32, "which of the person's names: 0 is the traveller's or the primary one"),
    "name": Column(pl.UInt32, "row of the distinct names"),
    "born": Column(pl.Int32, "first possible day of birth as a number, 19700203; -2 when unknown or left in ENTRIES"),
    "until": Column(pl.Int32, "last possible day of birth, likewise"),
}

REJECTS: Schema = {
    "source": Column(pl.String, "name of the feed or list file"),
    "message_ref": Column(pl.String, "reference of the message, when known"),
    "position": Column(pl.Int64, "byte offset or line from 1, when known"),
    "kind": Column(pl.String, "record: one record lost, counted as rejected; note: a part set aside, its record kept"),
    "reason": Column(pl.String, "short code, e.g. bad-date, no-name, count-differs, truncated"),
    "detail": Column(pl.String, "what is wrong and what was done about it, for a person to read"),
    "raw": Column(pl.String, "the text in question, length-bounded"),
}

ENTRIES: Schema = {
    "entry_id": Column(pl.String, "the list's own id of the entry; unique within the list"),
    "list_id": Column(pl.String, "id of the list, e.g. ofac-sdn"),
    "kind": Column(pl.String, "person or document"),
    "owner": Column(pl.String, "originating state or body, e.g. USA, UN, BRB"),
    "purpose": Column(pl.String, "why the list is kept, e.g. sanctions, smuggling, missing, documents"),
    "crime_types": Column(pl.List(pl.String), "crime types of the entry"),
    "handling": Column(pl.String, "enforce, discreet or protect"),
    "caveats": Column(pl.List(pl.String), "dissemination caveats set by the owner"),
    "valid_from": Column(pl.Date, "first day on which the entry may be used"),
    "valid_until": Column(pl.Date, "last day on which the entry may be used"),
    "updated_on": Column(pl.Date, "last change by the owner, when known"),
    "names": Column(
        pl.List(
            pl.Struct(
                {
                    "full": pl.String,  # as one string; 'FAMILY, Given' where the source writes it so
                    "family": pl.String,  # null when the source does not split
                    "given": pl.String,
                    "quality": pl.String,  # primary, strong or weak
                }
            )
        ),
        "primary name first, then the others",
    ),
    "births": Column(
        pl.List(pl.Struct({"from": pl.Date, "to": pl.Date, "approximate": pl.Boolean})),
        "each alternative birth date as an inclusive range of days; a year alone is its whole year",
    ),
    "sex": Column(pl.String, "M, F, X or null"),
    "nationalities": Column(pl.List(pl.String), "alpha-3 codes where they could be told, else as written"),
    "birth_places": Column(pl.List(pl.String), "places of birth as written"),
    "documents": Column(
        pl.List(
            pl.Struct(
                {
                    "type": pl.String,  # P, I, V ... or null
                    "number": pl.String,
                    "number_to": pl.String,  # last number of a range (stolen blanks), else null
                    "issuer": pl.String,
                    "status": pl.String,  # lost, stolen, revoked, stolen-blank; null: the person's own
                }
            )
        ),
        "documents of the person, or the documents that the entry is about",
    ),
    "remarks": Column(pl.String, "what the owner wrote, and what no column holds"),
    "entry_hash": Column(pl.String, "hash of all the columns above: an entry changed when it changed"),
}

HIT_TOKEN = pl.Struct(
    {
        "query": pl.String,  # token(s) of the traveller, null when only the entry has them
        "candidate": pl.String,  # token(s) of the entry, null when only the traveller has them
        # same, spelling, sound, variant, syllable, nickname, language, script, truncated, initial, joined;
        # contradicted, omitted, order, common: what takes away
        "kind": pl.String,
        "similarity": pl.Float64,  # 0 to 1
        "points": pl.Float64,  # what this line adds to the name score (negative: takes away)
    }
)

HITS: Schema = {
    "hit_id": Column(pl.String, "hash of record_id, list_id, entry_id and entry_hash"),
    "record_id": Column(pl.String, "the traveller"),
    "list_id": Column(pl.String, "the list"),
    "entry_id": Column(pl.String, "the entry"),
    "entry_hash": Column(pl.String, "the entry's version"),
    "band": Column(pl.String, "exact-document, high or review; none where a pair is shown that is no hit"),
    "score": Column(pl.Float64, "0 to 1: the sum of the terms below, cut to that range"),
    "name_score": Column(pl.Float64, "similarity of the two names, 0 to 1"),
    "quality_term": Column(pl.Float64, "taken away where the name that met is a weak a.k.a."),
    "birth_term": Column(pl.Float64, "added for agreeing, taken for contradicting birth dates"),
    "sex_term": Column(pl.Float64, "likewise for sex"),
    "nationality_term": Column(pl.Float64, "likewise for nationality"),
    "document_term": Column(pl.Float64, "likewise for documents"),
    "birth_agreement": Column(pl.String, "exact, swapped, year, near, one-digit, different or unknown"),
    "document_agreement": Column(pl.String, "exact, look-alike, in-range, different or unknown"),
    "matched_name": Column(pl.String, "the entry's name that met the traveller's; null for documents only"),
    "name_quality": Column(pl.String, "primary, strong or weak"),
    "matched_document": Column(pl.String, "type:number:issuer that met, else null"),
    "tokens": Column(pl.List(HIT_TOKEN), "the alignment, line by line; points sum to name_score"),
    "explanation": Column(pl.String, "the same in one line for a watch officer"),
    "owner": Column(pl.String, "owner of the list"),
    "purpose": Column(pl.String, "purpose of the list"),
    "crime_types": Column(pl.List(pl.String), "crime types of the entry"),
    "handling": Column(pl.String, "enforce, discreet or protect"),
    "family_name": Column(pl.String, "traveller's family name as sent"),
    "given_names": Column(pl.String, "traveller's given names as sent"),
    "birth_date": Column(pl.String, "traveller's birth date as sent"),
    "sex": Column(pl.String, "traveller's sex"),
    "nationality": Column(pl.String, "traveller's nationality"),
    "flight": Column(pl.String, "flight"),
    "from_port": Column(pl.String, "last port before the border"),
    "to_port": Column(pl.String, "first port after the border"),
    "departs_at": Column(pl.Datetime("us"), "scheduled departure, local"),
    "passenger_ref": Column(pl.String, "carrier's passenger reference"),
    "source": Column(pl.String, "feed file"),
    "message_ref": Column(pl.String, "message"),
    "position": Column(pl.Int64, "byte offset or row in the feed"),
}

LINKS: Schema = {
    "from_id": Column(pl.String, "node id: '<type>:<key>'"),
    "from_type": Column(
        pl.String, "passenger, document, booking, flight, phone, email, address, payment, agency, entry"
    ),
    "from_label": Column(pl.String, "what the chart prints"),
    "to_id": Column(pl.String, "node id of the other end"),
    "to_type": Column(pl.String, "its type"),
    "to_label": Column(pl.String, "its label"),
    "link": Column(pl.String, "hit, holds, booked, travels, contact, paid, same-document ..."),
    "label": Column(pl.String, "what the chart prints on the line, e.g. the score"),
    "band": Column(pl.String, "band of a hit link, else null"),
    "handling": Column(pl.String, "handling of a hit link, else null"),
    "record_id": Column(pl.String, "the record that says so"),
    "source": Column(pl.String, "its feed file"),
    "message_ref": Column(pl.String, "its message"),
    "at": Column(pl.Datetime("us"), "when: departure of the journey it was seen on"),
}


FLAGS: Schema = {
    "record_id": Column(pl.String, "the traveller"),
    "rule_id": Column(pl.String, "the risk rule that fired"),
    "severity": Column(pl.String, "low, medium or high"),
    "handling": Column(pl.String, "enforce, discreet or protect"),
    "title": Column(pl.String, "what the rule is about, for a watch officer"),
    "action": Column(pl.String, "what the officer should do"),
    "facts": Column(pl.String, "the columns that the rule looked at and their values, name = value; ..."),
}


FINDINGS: Schema = {
    "finding_id": Column(pl.String, "hash of check, record, other record, document and list entry"),
    "check": Column(pl.String, "what was found, e.g. expired, two-names, listed-document; see docs/documents.md"),
    "severity": Column(pl.String, "low, medium or high, as rules/documents.toml says for the check"),
    "is_weak": Column(pl.Boolean, "an innocent reason is likely, or the number only looks alike"),
    "detail": Column(pl.String, "the finding in one sentence for an officer"),
    "record_id": Column(pl.String, "the traveller"),
    "other_record_id": Column(pl.String, "the record that it disagrees with, where there is one"),
    "document": Column(pl.String, "type:number:issuer as sent"),
    "list_id": Column(pl.String, "the list that holds the document, where one does"),
    "entry_id": Column(pl.String, "the entry of that list"),
    "handling": Column(pl.String, "handling of that entry: enforce, discreet or protect"),
    "family_name": Column(pl.String, "traveller's family name as sent; the whole name where it is not split"),
    "given_names": Column(pl.String, "traveller's given names as sent"),
    "birth_date": Column(pl.String, "traveller's birth date as sent"),
    "flight": Column(pl.String, "flight"),
    "from_port": Column(pl.String, "last port before the border"),
    "to_port": Column(pl.String, "first port after the border"),
    "departs_at": Column(pl.Datetime("us"), "scheduled departure, local"),
    "source": Column(pl.String, "feed file"),
    "message_ref": Column(pl.String, "message"),
    "position": Column(pl.Int64, "byte offset or row in the feed"),
}


MANIFESTED: Schema = {
    "record_id": Column(pl.String, "the record that counts for its person: no later one replaced it"),
    "manifest_id": Column(pl.String, "the manifest of its first leg, e.g. BW432/2026-11-20/POS-BGI"),
    "manifest_status": Column(pl.String, "open, closed (a complete close-out arrived) or cancelled"),
    "travel_state": Column(pl.String, "booked, checked-in, boarded, closed, no-show, offloaded or cancelled"),
    "on_board": Column(pl.Boolean, "named on board by a close-out; null when not known"),
    "announced_by": Column(pl.List(pl.String), "kinds of transmission that named the person: api, crew, pnr, table"),
    "times_replaced": Column(pl.Int64, "earlier records of the person that this one replaced"),
    "what_changed": Column(pl.String, "what the last replacement changed: column: before > after; ..."),
    "directions": Column(pl.List(pl.String), "what the journey is to home states, e.g. inbound:BRB, outbound:TTO"),
    "list_minutes_late": Column(pl.Int64, "minutes that the passenger list came after it was due; 0 in time"),
    "manifest_quality": Column(pl.Float64, "quality score of what was sent about the leg, 0 to 1"),
}


REFERENCES = pl.Struct({"passenger_ref": pl.String, "booking_ref": pl.String})

MESSAGES: Schema = {
    "message_id": Column(
        pl.String, "hash of sender, interchange, time of preparation and segments: the same message, the same id"
    ),
    "source": Column(pl.String, "name of the feed file"),
    "message_ref": Column(pl.String, "reference of the message (UNH)"),
    "position": Column(pl.Int64, "byte offset of the message; travellers of the message follow it in the file"),
    "message_type": Column(pl.String, "paxlst or pnrgov"),
    "message_function": Column(pl.String, "what the message does, e.g. 745, 745:CP, 250:C, 266:CLOB, MSG:22"),
    "sender": Column(pl.String, "sender of the interchange (UNB)"),
    "interchange_ref": Column(pl.String, "control reference of the interchange (UNB)"),
    "place": Column(pl.Int64, "which message of its interchange it is, from 1"),
    "prepared_at": Column(pl.Datetime("us"), "when the interchange was made (UNB), by the sender's clock"),
    "access_ref": Column(pl.String, "common access reference: the same in all parts of one transmission"),
    "part": Column(pl.Int64, "number of the part in its transmission, from 1; null where there is only one"),
    "part_flag": Column(pl.String, "C first part, F last part, null between"),
    "transaction": Column(
        pl.String, "reference of the transaction (RFF TN): a later message with it replaces an earlier one"
    ),
    "revision": Column(pl.Int64, "revision of the transaction"),
    "carrier": Column(pl.String, "carrier code"),
    "flight": Column(pl.String, "flight or voyage number with its carrier prefix"),
    "from_port": Column(pl.String, "last port before the border"),
    "to_port": Column(pl.String, "first port after the border"),
    "departs_at": Column(pl.Datetime("us"), "scheduled departure, local time at the port"),
    "arrives_at": Column(pl.Datetime("us"), "scheduled arrival, local time at the port"),
    "legs": Column(pl.List(LEG), "all legs that the message names, in order"),
    "passengers_total": Column(pl.Int64, "control total of passengers on the whole flight (CNT 42)"),
    "crew_total": Column(pl.Int64, "control total of crew on the whole flight (CNT 41)"),
    "people": Column(pl.Int64, "travellers read from the message"),
    "lost": Column(pl.Int64, "records of the message that were rejected"),
    "faults": Column(pl.List(pl.String), "reasons of the notes about the message, one each"),
    "named": Column(pl.List(REFERENCES), "people that a close-out, reduction or cancellation names by reference only"),
    "empty_bookings": Column(pl.List(pl.String), "locators of bookings without names: cancelled or split off"),
}


CITE = pl.Struct(
    {
        "record_id": pl.String,  # the record that says so; null for intelligence
        "source": pl.String,  # feed file, or file of intelligence
        "message_ref": pl.String,  # message; in a file of intelligence the line
        "position": pl.Int64,  # byte offset of the record's first segment, else row or line
    }
)

NODES: Schema = {
    "node_id": Column(pl.String, "'<type>:<key>'"),
    "type": Column(
        pl.String,
        "person, document, booking, ticket, payment, phone, email, address, agency, flight, vessel, port, entry, "
        "organisation or crime",
    ),
    "label": Column(pl.String, "what a chart prints"),
    "first_seen": Column(
        pl.Datetime("us"), "departure of the first journey it was seen on, or day of the intelligence"
    ),
    "last_seen": Column(pl.Datetime("us"), "likewise, the last one"),
    "records": Column(pl.Int64, "records that name it; 0 where only intelligence does"),
    "persons": Column(
        pl.Int64,
        "distinct persons tied to it; of a person, those that it shares a booking, document, contact or payment with "
        "(of such values that no more persons share than rules/graph.toml says)",
    ),
    "weight": Column(pl.Float64, "how much sharing it says, 0 to 1: below 1 where so many share it that it is damped"),
    "damped": Column(pl.String, "why the weight is below 1, for people; else null"),
    "birth_date": Column(pl.String, "of a person, as sent; else null"),
    "sex": Column(pl.String, "of a person"),
    "nationality": Column(pl.String, "of a person: alpha-3"),
    "minor": Column(pl.Boolean, "of a person: under 18 on the day of a journey seen; null when not known"),
    "band": Column(pl.String, "strongest band of the hits of a person or entry, else null"),
    "handling": Column(pl.String, "protect before enforce before discreet, of its hits; else null"),
    "owner": Column(pl.String, "owner of the entry or of the intelligence; null where carriers said it"),
    "crime_types": Column(pl.List(pl.String), "crime types of an entry or organisation, and of the hits of a person"),
    "caveats": Column(pl.List(pl.String), "caveats of an entry, or of the intelligence"),
    "states": Column(pl.List(pl.String), "home states on the journeys that name it, alpha-3, sorted"),
    "nationalities": Column(
        pl.List(pl.String),
        "of a person: as sent, and states that issued its passports; of an entry: as listed; else empty",
    ),
}

EDGES: Schema = {
    "from_id": Column(
        pl.String, "node id; who does it, as intelligence says; of two ends that are perhaps one the smaller one"
    ),
    "to_id": Column(pl.String, "node id of the other end"),
    "link": Column(
        pl.String,
        "holds, booked, ticketed, paid, contact, booked through, travelled, from, to, hit, about, perhaps same person, "
        "or what intelligence calls it",
    ),
    "first_seen": Column(pl.Datetime("us"), "departure of the first journey that says so, or day of the intelligence"),
    "last_seen": Column(pl.Datetime("us"), "likewise, the last one"),
    "count": Column(pl.Int64, "records that say so; 1 or more"),
    "weight": Column(
        pl.Float64,
        "strength, 0 to 1: of a hit its score, of intelligence its grade, of perhaps same person 0.5, else the lower weight "
        "of both ends",
    ),
    "label": Column(pl.String, "what a chart prints on the line, e.g. the band and score; else null"),
    "band": Column(pl.String, "band of a hit, else null"),
    "handling": Column(pl.String, "handling of a hit or of intelligence, else null"),
    "owner": Column(pl.String, "owner of the entry or intelligence, else null"),
    "crime_types": Column(pl.List(pl.String), "crime types of a hit or of intelligence; else empty"),
    "caveats": Column(pl.List(pl.String), "caveats of the entry or intelligence; else empty"),
    "grade": Column(
        pl.String,
        "of intelligence, and of nothing else: source A to F and information 1 to 6, e.g. B2; F6 where not told",
    ),
    "states": Column(pl.List(pl.String), "home states on the journeys that say so, alpha-3, sorted"),
    "cites": Column(
        pl.List(CITE), "who says so: up to 5, the first ones and the last one; `count` says how many there are"
    ),
}

TRIPS: Schema = {
    "person_id": Column(pl.String, "node id of the person; one row a person and leg"),
    "flight_id": Column(
        pl.String, "node id of the flight or vessel on its day, e.g. flight:BW432/2026-11-20/POS; null when not told"
    ),
    "flight": Column(pl.String, "flight or voyage number"),
    "carrier": Column(pl.String, "carrier code"),
    "mode": Column(pl.String, "air or sea"),
    "from_port": Column(pl.String, "where the leg begins"),
    "to_port": Column(pl.String, "where it ends"),
    "departs_at": Column(pl.Datetime("us"), "local time at the port"),
    "arrives_at": Column(pl.Datetime("us"), "local time at the port"),
    "role": Column(pl.String, "passenger, crew, transit, transit-crew or null"),
    "minor": Column(pl.Boolean, "under 18 on that day; null when not known"),
    "booking_ids": Column(pl.List(pl.String), "node ids of the bookings"),
    "payment_ids": Column(pl.List(pl.String), "node ids of what paid"),
    "contact_ids": Column(pl.List(pl.String), "node ids of phones, e-mails and addresses given"),
    "document_ids": Column(pl.List(pl.String), "node ids of the documents shown"),
    "agency_ids": Column(pl.List(pl.String), "node ids of the agencies"),
    "booked_at": Column(pl.Datetime("us"), "when the booking was made, the first one known"),
    "states": Column(pl.List(pl.String), "home states on the journey, alpha-3, sorted"),
    "cites": Column(pl.List(CITE), "the records of this leg, up to 5"),
    "ticket_ids": Column(pl.List(pl.String), "node ids of the tickets"),
    "fares": Column(
        pl.List(pl.String),
        "what the person's tickets of the booking cost, all legs together, each currency for itself, e.g. 250.00 USD",
    ),
    "paid_kinds": Column(pl.List(pl.String), "forms of payment of the booking as sent, e.g. CA (cash), CC VI"),
}

RESOLVED: Schema = {
    "record_id": Column(pl.String, "the record"),
    "person_id": Column(
        pl.String, "node id of the person it was resolved to: 'person:' and the id of its first record"
    ),
    "by": Column(
        pl.String,
        "what ties it to a record nearer to the person's first: 'document and birth date', 'document and name', "
        "'name, birth date and contact', 'name, booking and flight'; null for the first record",
    ),
    "key": Column(pl.String, "the value that ties, e.g. the document's node id; null likewise"),
    "other_record_id": Column(pl.String, "the record nearer to the first; null likewise"),
    "label": Column(pl.String, "name as this record says it"),
    "birth_date": Column(pl.String, "as this record says"),
    "sex": Column(pl.String, "likewise"),
    "nationality": Column(pl.String, "likewise: alpha-3"),
    "nationalities": Column(pl.List(pl.String), "likewise: as sent, and states that issued its passports"),
}

INTELLIGENCE: Schema = {
    "from_id": Column(
        pl.String, "node id, as in NODES; persons of records are met by document or by name and birth date"
    ),
    "from_type": Column(pl.String, "type of the node"),
    "from_label": Column(pl.String, "its label"),
    "to_id": Column(pl.String, "the other end"),
    "to_type": Column(pl.String, "its type"),
    "to_label": Column(pl.String, "its label"),
    "link": Column(pl.String, "what ties them, in the words of who says so, e.g. employs, member of"),
    "since": Column(pl.Date, "first day that it is known of; null when not told"),
    "until": Column(pl.Date, "last day; null when not told"),
    "grade": Column(pl.String, "source A to F and information 1 to 6 (5x5x5 or 6x6), e.g. B2"),
    "owner": Column(pl.String, "state or body that says so"),
    "handling": Column(pl.String, "enforce, discreet or protect"),
    "crime_types": Column(pl.List(pl.String), "crime types"),
    "caveats": Column(pl.List(pl.String), "caveats of the owner, see rules/sharing.toml"),
    "note": Column(pl.String, "what else is said"),
    "source": Column(pl.String, "the file"),
    "line": Column(pl.Int64, "line of the file, from 1"),
    "from_born": Column(pl.String, "birth date of a person, by which records are met; else null"),
    "from_document": Column(pl.String, "node id of a document of the person, likewise"),
    "to_born": Column(pl.String, "likewise, of the other end"),
    "to_document": Column(pl.String, "likewise"),
}

OUTCOMES: Schema = {
    "case": Column(pl.Int64, "number of the case; null where the reader may not know: then the row only counts"),
    "opened_at": Column(pl.Datetime("us"), "UTC; null where the row only counts, as all is that says of whom"),
    "decided_at": Column(pl.Datetime("us"), "when its outcome was said last, UTC; null while there is none"),
    "status": Column(pl.String, "a state of rules/cases.toml"),
    "outcome": Column(pl.String, "an outcome of rules/cases.toml, else null"),
    "channel": Column(pl.String, "ordinary or protection"),
    "minor": Column(pl.Boolean, "the traveller is, or may be, under age"),
    "flight": Column(pl.String, "flight"),
    "from_port": Column(pl.String, "last port before the border"),
    "to_port": Column(pl.String, "first port after the border"),
    "departs_at": Column(pl.Datetime("us"), "UTC"),
    "nationality": Column(pl.String, "of the traveller, alpha-3; null where not known or its key is gone"),
    "concerned": Column(pl.List(pl.String), "home states that it concerns"),
    "decided_by": Column(pl.String, "state whose person said the outcome; CENTRE for the centre"),
    "claimed_by": Column(pl.String, "state whose person works on it, else null"),
    "referred_to": Column(pl.String, "state that was asked to take it, else null"),
    "acted": Column(pl.List(pl.String), "states whose people did anything with it, sorted"),
    "records": Column(pl.List(pl.String), "record ids of the traveller"),
    "lists": Column(pl.List(pl.String), "LIST/ENTRY of each hit that is not withdrawn or quiet"),
    "owners": Column(pl.List(pl.String), "owners of those lists"),
    "crime_types": Column(pl.List(pl.String), "crime types of those entries; empty where the key is gone"),
    "handlings": Column(pl.List(pl.String), "handlings of those hits"),
    "results": Column(
        pl.List(
            pl.Struct(
                {
                    "result": pl.String,
                    "state": pl.String,
                    "at": pl.Datetime("us"),
                    "operation": pl.String,
                    "band": pl.String,
                }
            )
        ),
        "what came of it afterwards (a result of rules/cases.toml): by which state, when (UTC), in which operation, value band",
    ),
    "answered": Column(pl.List(pl.String), "state of each answer that an owner gave about it"),
}

STANDING: Schema = {
    "person_id": Column(pl.String, "node id of the person"),
    "position": Column(
        pl.Float64, "place in the network, 0 to 1: 1 where the whole network seems to hang on the person"
    ),
    "role": Column(pl.String, "what it looks like, e.g. organiser, broker, payer of many"),
    "why": Column(pl.String, "what speaks for it, in one sentence"),
}

EVIDENCE = pl.Struct(
    {
        "what": pl.String,  # in words
        "entry": pl.String,  # node id of the list entry; null where it is no hit
        "grade": pl.String,  # of intelligence, e.g. B2
        "owner": pl.String,  # who says so; null where carriers did
        "record_id": pl.String,
        "source": pl.String,
        "message_ref": pl.String,
        "position": pl.Int64,
    }
)
ACT = pl.Struct(
    {
        "state": pl.String,  # alpha-3 of a participating state
        "part": pl.String,  # departure, transit or destination
        "port": pl.String,
        "at": pl.Datetime("us"),  # UTC: departure, or arrival at the port; null where not known
        "local": pl.Datetime("us"),  # the same at the port
        "flight": pl.String,
    }
)

TARGETS: Schema = {
    "person_id": Column(pl.String, "node id of the person; names are looked up only for who may read them"),
    "rank": Column(pl.Int64, "1 is first"),
    "score": Column(pl.Float64, "0 to 1: the sum of the five terms"),
    "position_term": Column(pl.Float64, "of the place in the network"),
    "case_term": Column(pl.Float64, "of the state of a case"),
    "urgency_term": Column(pl.Float64, "of the time to the next journey in the plan's window"),
    "harm_term": Column(pl.Float64, "of the crime types, and of minors and persons to be protected around"),
    "confidence_term": Column(pl.Float64, "of bands of hits, grades of intelligence, and how many sources there are"),
    "role": Column(pl.String, "what the place in the network looks like; null where no analysis names the person"),
    "why": Column(pl.String, "the score in words, for an officer"),
    "handling": Column(pl.String, "enforce or discreet; null where no list says"),
    "crime_types": Column(pl.List(pl.String), "crime types of hits and intelligence"),
    "caveats": Column(pl.List(pl.String), "caveats of what stands in the package"),
    "cases": Column(pl.List(pl.Int64), "numbers of the cases"),
    "flight": Column(pl.String, "first flight or voyage of the next journey in the plan's window; null: none is known"),
    "from_port": Column(pl.String, "where that journey begins"),
    "to_port": Column(pl.String, "where it ends"),
    "departs_at": Column(pl.Datetime("us"), "its departure, UTC"),
    "departs_local": Column(pl.Datetime("us"), "the same, local time at the port"),
    "arrives_at": Column(pl.Datetime("us"), "its arrival, UTC"),
    "arrives_local": Column(pl.Datetime("us"), "the same, local time at the port"),
    "acts": Column(pl.List(ACT), "which participating states can act on it, in the order of time"),
    "states": Column(pl.List(pl.String), "participating states that the package concerns, sorted"),
    "evidence": Column(pl.List(EVIDENCE), "what is there, and who says so"),
    "protection": Column(pl.List(pl.String), "what protection is needed around this person, in words"),
    "others": Column(pl.List(pl.String), "desks to speak to before anything is done: they work on the same person"),
}

PROTECTION: Schema = {
    "person_id": Column(pl.String, "node id of the person to be protected"),
    "rank": Column(pl.Int64, "1 is first: minors, then who travels with a target, then by arrival"),
    "minor": Column(pl.Boolean, "under age, or may be; null when not known"),
    "why": Column(pl.String, "why this person is to be protected, in one sentence"),
    "needs": Column(pl.List(pl.String), "what protection is needed, in words"),
    "language": Column(pl.String, "guess from the nationality, ISO 639-1; null when not known"),
    "interpreter": Column(pl.Boolean, "an interpreter is needed where the person arrives"),
    "female_officer": Column(pl.Boolean, "a woman officer is to be there"),
    "services": Column(pl.String, "victim services of the state of arrival"),
    "flight": Column(pl.String, "first flight or voyage of the next journey; null: none is known"),
    "from_port": Column(pl.String, "where that journey begins"),
    "to_port": Column(pl.String, "where it ends"),
    "departs_at": Column(pl.Datetime("us"), "its departure, UTC"),
    "departs_local": Column(pl.Datetime("us"), "the same, local time at the port"),
    "arrives_at": Column(pl.Datetime("us"), "its arrival, UTC"),
    "arrives_local": Column(pl.Datetime("us"), "the same, local time at the port"),
    "acts": Column(pl.List(ACT), "which participating states can help on the way, in the order of time"),
    "states": Column(pl.List(pl.String), "participating states that it concerns, sorted"),
    "along": Column(pl.List(pl.String), "targets on the same flight: keep apart"),
    "caveats": Column(pl.List(pl.String), "caveats of what is known"),
    "others": Column(pl.List(pl.String), "desks to speak to first"),
}

EXPECTED: Schema = {
    "state": Column(pl.String, "participating state of the port"),
    "port": Column(pl.String, "IATA or UN/LOCODE"),
    "day": Column(pl.Date, "local day on which the shift begins"),
    "shift": Column(pl.String, "when it begins, local time, e.g. 06:00"),
    "begins_at": Column(pl.Datetime("us"), "the same, UTC; null where the time zone is not known"),
    "interest": Column(pl.Float64, "expected movements of persons of interest"),
    "protection": Column(pl.Float64, "expected movements of persons to be protected"),
    "women": Column(pl.Float64, "of these women and girls, and those whose sex is not known"),
    "minors": Column(pl.Float64, "of these minors"),
    "languages": Column(
        pl.List(pl.Struct({"language": pl.String, "persons": pl.Float64, "value": pl.Float64})),
        "persons to be protected by language guessed (null: not known), and what they are worth by priority",
    ),
    "interest_value": Column(pl.Float64, "interest, each worth what the priority of route or port says"),
    "protection_value": Column(pl.Float64, "likewise of persons to be protected: the sum over languages"),
    "basis": Column(pl.String, "manifests, or the pattern of past weeks"),
}

ROSTER: Schema = {
    "state": Column(pl.String, "participating state"),
    "port": Column(pl.String, "where to work"),
    "day": Column(pl.Date, "local day on which the shift begins"),
    "shift": Column(pl.String, "when it begins, local time"),
    "begins_at": Column(pl.Datetime("us"), "the same, UTC; null where the time zone is not known"),
    "officers": Column(pl.Int64, "officers on the shift"),
    "female": Column(pl.Int64, "of these women at least"),
    "interpreters": Column(pl.List(pl.String), "languages for which an interpreter is there"),
    "interest": Column(pl.Float64, "expected movements of persons of interest that are covered"),
    "protection": Column(pl.Float64, "expected movements of persons to be protected that are covered"),
    "protection_left": Column(pl.Float64, "those that are not, for want of a woman officer or an interpreter"),
}

TASKS: Schema = {
    "task": Column(pl.String, "id, the same for the same task made again"),
    "operation": Column(pl.String, "name of the operation"),
    "state": Column(pl.String, "state that does it, alpha-3; CENTRE for the centre"),
    "port": Column(pl.String, "where, IATA or UN/LOCODE; null where it is not at a port"),
    "kind": Column(
        pl.String,
        "watch-arrival, secondary-check, protection-reception, interview-with-services, prosecutor-briefing, list-update, "
        "coordination, shift or other",
    ),
    "due_at": Column(pl.Datetime("us"), "when it is to be done, UTC"),
    "what": Column(pl.String, "in words, naming nobody"),
    "about": Column(pl.String, "id of a case, person or list, e.g. 'case 7'; null where there is none"),
    "made_by": Column(pl.String, "'targets', or STATE/NAME:ROLE of who added it"),
    "status": Column(pl.String, "open, done or dropped"),
    "ended_by": Column(pl.String, "STATE/NAME:ROLE of who did or dropped it, else null"),
    "ended_at": Column(pl.Datetime("us"), "when, UTC"),
    "not_to": Column(pl.List(pl.String), "states that may not read it, though they coordinate; told to nobody"),
}


WITHHELD = "person:withheld-"  # how node ids begin of persons whose names are not for the reader


def dtypes(schema: Schema) -> dict[str, Any]:
    """Return `{column: dtype}`, the form that polars wants."""
    return {name: column.dtype for name, column in schema.items()}


def empty(schema: Schema) -> pl.DataFrame:
    """Return a frame of the schema with no rows."""
    return pl.DataFrame(schema=dtypes(schema))


def rows(schema: Schema, records: list[dict[str, Any]]) -> pl.DataFrame:
    """Return a frame of the schema from dicts; absent keys become null, unknown keys are a bug and raise."""
    if unknown := set[str]().union(*records) - schema.keys():
        raise KeyError(f"not in the schema: {sorted(unknown)}")
    wanted = dtypes(schema)
    if len(records) < FEW:
        return pl.DataFrame(records, schema=wanted, orient="row") if records else empty(schema)
    nested = {
        name for name, dtype in wanted.items() if isinstance(dtype, pl.List) and isinstance(dtype.inner, pl.Struct)
    }
    plain = {name: dtype for name, dtype in wanted.items() if name not in nested}
    columns = pl.DataFrame(records, schema=plain, orient="row").to_dict()
    columns |= {name: _lists(name, [record.get(name) for record in records], wanted[name]) for name in nested}
    return pl.DataFrame([columns[name] for name in schema])


def _lists(name: str, values: list[list[dict[str, Any]] | None], dtype: Any) -> pl.Series:
    """Return a column of lists of structs, where polars alone takes ten times as long.

    A list that several rows share, such as the legs of their flight, is built once. Where many are left, their structs
    are made as one frame.
    """
    distinct = {id(value): value for value in values if value}
    own: list[list[dict[str, Any]]] = [[], *distinct.values()]
    if len(own) < FEW:
        lists = pl.DataFrame([{name: value} for value in own], {name: dtype}, orient="row")[name]
    else:
        items = [item for value in own for item in value]
        owners = [owner for owner, value in enumerate(own) for _ in value]
        structs = pl.DataFrame(items, dict(dtype.inner), orient="row").to_struct()
        owned = pl.DataFrame({"owner": owners, name: structs}).group_by("owner", maintain_order=True).agg(name)
        nothing = pl.DataFrame([{name: []}], {name: dtype}, orient="row")
        lists = pl.concat([nothing[name], owned[name]])
    if len(distinct) == len(values):
        return lists.slice(1)
    places = {key: place for place, key in enumerate(distinct, 1)}
    at = [None if value is None else places.get(id(value), 0) for value in values]
    return lists.gather(pl.Series(at, dtype=pl.UInt32))


def readable(said: object, place: str) -> int:
    """Return the version of the frames that something was written with; what says none is of the first.

    Args:
        said: what it says of itself.
        place: where it stands, for the error.

    Raises:
        StoreError: a newer engine wrote it, or one so old that its files are no longer read.
    """
    try:
        version = 1 if said is None else int(str(said))
    except ValueError:
        raise StoreError(
            place, f"its version of the schemas is {said!r}, which is no number", "make it again"
        ) from None
    if version > VERSION:
        reason = f"it was written with version {version} of the schemas, and this engine reads up to {VERSION}"
        raise StoreError(place, reason, "read it with the ops-hub that wrote it, or bring this one up to date")
    if version < OLDEST:
        reason = f"it was written with version {version} of the schemas, and this engine reads from {OLDEST} on"
        raise StoreError(place, reason, "make it again with this engine, or read it with an ops-hub of its time")
    return version


def conform(frame: pl.LazyFrame, schema: Schema) -> pl.LazyFrame:
    """Return the frame with exactly the schema's columns, in order: missing ones null, others dropped."""
    present = set(frame.collect_schema().names())
    return frame.select(
        pl.col(name).cast(column.dtype) if name in present else pl.lit(None, dtype=column.dtype).alias(name)
        for name, column in schema.items()
    )


def check(frame: Frame, schema: Schema, stage: str) -> Frame:
    """Return the frame unchanged if it has exactly the schema's columns and dtypes; raise otherwise.

    A failure is a bug in the stage named, never a matter of input, hence TypeError and not an OpsHubError.
    """
    found: dict[str, Any] = dict(frame.collect_schema())
    wanted: dict[str, Any] = dtypes(schema)
    if list(found.items()) != list(wanted.items()):
        wrong = [
            f"{name}: {found.get(name, 'missing')} instead of {wanted.get(name, 'nothing')}"
            for name in [*wanted, *(n for n in found if n not in wanted)]
            if found.get(name) != wanted.get(name)
        ]
        raise TypeError(f"{stage}: {'; '.join(wrong) or 'columns are in another order'}")
    return frame
