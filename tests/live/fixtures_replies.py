"""A hub, and requests of a carrier as they come out of the screening. Everybody in here is invented."""

from datetime import UTC, date, datetime, timedelta

import msgspec
import pytest

from ops_hub.casework.case import CENTRE, ORDINARY, Actor, Case, Event, Hit
from ops_hub.engines.live.replies import Replies
from ops_hub.feeds.reading import ReadOptions, read
from ops_hub.schemas import TRAVELLERS, rows
from ops_hub.store.receipt import Receipt

NAMES = ("ALLEYNE", "KESTER", "1979-03-14", "R4471902")


@pytest.fixture
def replies(hub):
    return Replies(hub)


def receipt(screening="s1", unit="u1", **changes):
    at = datetime(2026, 11, 20, 6, tzinfo=UTC)
    plain = Receipt(
        screening_id=screening, unit=unit, source="x.edi", kind="message", snapshot="l", configuration="c", ruleset="r",
        code="k", versions={}, threshold=0.7, today=date(2026, 11, 20), screened=2, rejected=0, hits=0, records="",
        result="", accepted_at=at, screened_at=at, reply_to="BW",
    )  # fmt: skip
    return msgspec.structs.replace(plain, **changes)


def people(count=2, **changes):
    """TRAVELLERS of one message; what is given holds for all."""
    leaves = datetime(2026, 11, 20, 10, 45)
    made = [
        {
            "record_id": f"r{k}", "message_ref": "1", "family_name": NAMES[0], "given_names": NAMES[1],
            "birth_date": NAMES[2], "documents": [{"type": "P", "number": NAMES[3]}], "booking_ref": "QW8T4M",
            "passenger_ref": f"PAX{k}", "flight": "BW432", "from_port": "POS", "to_port": "BGI", "departs_at": leaves,
            "arrives_at": leaves + timedelta(hours=1), "extra": '{"transaction": "TN1:2", "access_reference": "ACC"}',
        }
        | changes
        for k in range(1, count + 1)
    ]  # fmt: skip
    return rows(TRAVELLERS, made)


def case(hub, records=("r1",), *, leaves=timedelta(hours=3), **changes):
    """An open case about travellers whose flight leaves so long from now."""
    at = hub.now()
    hit = Hit("h1", records[0], "SECRET-LIST", "SECRET-ENTRY", "x", "TTO", "enforce", "high", 0.9, "snap", "s1")
    plain = Case(
        id=31, key="k", status="new", channel=ORDINARY, concerned={"TTO": ["owner"]}, keeper="BRB", day="2026-11-20",
        opened_at=at, flight="BW432", from_port="POS", to_port="BGI", departs_at=at + leaves, arrives_at=None,
        deadline=None, hits=(hit,), records=tuple(records), reply_to="BW",
    )  # fmt: skip
    return msgspec.structs.replace(plain, **changes)


def event(number=2, kind="decide"):
    return Event(number, datetime(2026, 11, 20, 7, tzinfo=UTC), kind, Actor(CENTRE, "x"), {"reason": "SECRET-REASON"})


def options():
    return ReadOptions(today=date(2026, 11, 20), hash_key=b"0" * 32)


def read_people(path):
    (batch,) = read([path], options())
    return batch
