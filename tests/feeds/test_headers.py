"""What a message says about itself is handed on, also where it names nobody."""

from datetime import date, datetime
from pathlib import Path

from ops_hub.feeds.messages import parse_edifact
from ops_hub.feeds.parsed import Source
from ops_hub.feeds.reading import ReadOptions, read
from ops_hub.schemas import MESSAGES
from tests.conftest import ROOT, TODAY

SOURCE = Source("x.edi", TODAY, b"key")


def headers(*segments, unh="UNH+7+PAXLST:D:05B:UN:IATA+CAR1+02:F"):
    body = [unh, *segments, f"UNT+{len(segments) + 2}+7"]
    text = "'".join(["UNB+UNOA:4+APIS*BW:ZZ+B+261120:0610+CTRL1", *body, "UNZ+1+CTRL1", ""])
    return parse_edifact(text.encode(), SOURCE).headers


def test_sender_time_part_transaction_and_totals_are_read():
    (row,) = headers("BGM+745", "RFF+TN:T1:::2", "TDT+20+BW432+++BW", "LOC+125+POS", "NAD+FL+++A:B", "CNT+42:34")
    wanted = {
        "sender": "APIS*BW", "interchange_ref": "CTRL1", "prepared_at": datetime(2026, 11, 20, 6, 10), "access_ref": "CAR1",
        "part": 2, "part_flag": "F", "transaction": "T1", "revision": 2, "passengers_total": 34, "people": 1, "lost": 0,
        "faults": ["part-of-total"], "flight": "BW432", "from_port": "POS", "message_function": "745", "place": 1,
    }  # fmt: skip
    assert {key: row[key] for key in wanted} == wanted
    assert row.keys() <= MESSAGES.keys()


def test_a_close_out_hands_on_whom_it_names_by_reference():
    (row,) = headers("BGM+266+CLOB", "TDT+20+BW432", "NAD+ZZZ", "RFF+ABO:R1", "NAD+ZZZ", "RFF+AVF:LOC1")
    assert (row["message_function"], row["people"]) == ("266:CLOB", 0)
    assert row["named"] == [
        {"passenger_ref": "R1", "booking_ref": None},
        {"passenger_ref": None, "booking_ref": "LOC1"},
    ]


def test_a_booking_without_names_is_handed_on_by_its_locator():
    segments = ("MSG+:22", "TVL+201126:1045:201126:1145+POS+BGI+BW+432", "SRC", "RCI+BW:LOC1", "ORG+BW")
    (row,) = headers(*segments, unh="UNH+7+PNRGOV:13:1:IA")
    assert (row["empty_bookings"], row["message_function"], row["people"]) == (["LOC1"], "MSG:22", 0)
    assert row["access_ref"] is None


def test_the_same_message_has_the_same_id_and_a_batch_holds_all_messages():
    assert headers("BGM+745")[0]["message_id"] == headers("BGM+745")[0]["message_id"]
    assert headers("BGM+745")[0]["message_id"] != headers("BGM+250")[0]["message_id"]
    feed = Path(ROOT / "sample_feeds" / "CM227_PTY-KIN_2026-11-21.two-parts.paxlst.edi")
    (batch,) = read([feed], ReadOptions(today=date(2026, 11, 23), hash_key=b"key"))
    assert batch.messages.select("part", "part_flag", "people", "passengers_total").rows() == [
        (1, "C", 20, 39),
        (2, "F", 19, 39),
    ]
