# ruff: noqa: F401, F811  fixtures are imported by name
"""Answers in carriers' streams: each once, changed when a person changes them, readable by that carrier alone."""

import json
import threading
import time
import warnings
from datetime import UTC, datetime, timedelta

import msgspec
import polars as pl
import pytest
import redis
from click.testing import CliRunner

from ops_hub.casework.answers import DENIED
from ops_hub.casework.case import PROTECTION
from ops_hub.cli import hub_replies
from ops_hub.engines.live.asking import ask
from ops_hub.engines.live.ingest import Intake
from ops_hub.engines.live.replies import Replies
from ops_hub.errors import ConfigError, FeedError, StoreError
from ops_hub.feeds import cusres
from ops_hub.schemas import REJECTS, rows
from ops_hub.states import home_states
from ops_hub.store import answered as book
from ops_hub.store.hub import key
from ops_hub.store.server import socket_of
from tests.conftest import ROOT
from tests.live.fixtures_cases import hub, server
from tests.live.fixtures_replies import NAMES, case, event, people, read_people, receipt, replies

FEED = ROOT / "sample_feeds" / "BW432_POS-BGI_2026-11-20.paxlst.edi"


def sent(hub, carrier="BW"):
    """The messages in a carrier's stream, read back."""
    return [cusres.read(entry["message"].encode())[0].message for entry in book.entries(hub, carrier)]


def codes(message):
    return {said.passenger_ref: said.code for said in message.said}


def audited(hub):
    return [json.loads(fields[b"event"]) for _, fields in hub.client.xrange(key("audit"))]


def everything(hub):
    """All names and values that stand in the hub."""
    client, found = hub.client, b""
    for name in client.scan_iter():
        match client.type(name):
            case b"string":
                value = client.get(name)
            case b"hash":
                value = client.hgetall(name)
            case b"list":
                value = client.lrange(name, 0, -1)
            case kind:
                assert kind == b"stream"
                value = client.xrange(name)
        found += name + str(value).encode()
    return found


def test_a_request_is_answered_in_the_carriers_stream(hub, replies):
    replies.reply(receipt(), people(), [])
    (message,) = sent(hub)
    assert (message.function, message.transaction, message.access_ref) == ("962", "TN1:2", "ACC")
    assert (message.flight, message.from_port, message.to_port) == ("BW432", "POS", "BGI")
    assert codes(message) == {"PAX1": "0Z", "PAX2": "0Z"}


def test_each_message_of_a_unit_has_its_own_answer(hub, replies):
    second = people().with_columns(pl.lit("2").alias("message_ref"), pl.col("record_id") + "b")
    replies.reply(receipt(), pl.concat([people(), second]), [])
    assert [len(message.said) for message in sent(hub)] == [2, 2]
    assert [entry["number"] for entry in book.entries(hub, "BW")] == ["1", "2"]


def test_the_same_screening_is_answered_once_however_often_it_comes(hub, replies):
    for _ in range(3):
        replies.reply(receipt(), people(), [])
        Replies(hub).reply(receipt(), people(), [case(hub, outcome=DENIED)])
    assert len(book.entries(hub, "BW")) == 1
    assert len(audited(hub)) == 1


@pytest.mark.parametrize("step", ["number", "send"])
def test_an_office_that_dies_between_two_steps_answers_once_with_the_same_number(hub, replies, step, monkeypatch):
    with monkeypatch.context() as patched:
        real = getattr(book, step)

        def dies(*args):
            real(*args)
            raise RuntimeError("killed")

        patched.setattr(book, step, dies)
        with pytest.raises(RuntimeError, match="killed"):
            replies.reply(receipt(), people(), [])
    Replies(hub).reply(receipt(), people(), [])
    Replies(hub).reply(receipt("s2", "u2"), people(), [])
    assert [entry["number"] for entry in book.entries(hub, "BW")] == ["1", "2"]


def test_numbers_are_each_carriers_own(hub, replies):
    for name, carrier in (("s1", "BW"), ("s2", "LI"), ("s3", "BW")):
        replies.reply(receipt(name, name, reply_to=carrier), people(), [])
    assert [entry["number"] for entry in book.entries(hub, "BW")] == ["1", "2"]
    assert [entry["number"] for entry in book.entries(hub, "LI")] == ["1"]


def test_who_did_not_ask_is_not_answered(hub, replies):
    replies.reply(receipt(reply_to=None), people(), [])
    assert everything(hub) == b""


@pytest.mark.parametrize("carrier", ["", "bw", "B*", "BWIA", "B:"])
def test_only_a_carriers_code_has_a_stream(hub, replies, carrier):
    with pytest.raises(ConfigError, match="no code of a carrier"):
        replies.reply(receipt(reply_to=carrier), people(), [])
    assert everything(hub) == b""


def test_an_undecided_case_does_not_show(hub, replies):
    replies.reply(receipt(), people(), [case(hub)])
    replies.reply(receipt("s2", "u2"), people(), [])
    first, second = sent(hub)
    assert first == second
    assert {entry["answers"] for entry in book.entries(hub, "BW")} == {'{"board": 2}'}


def test_no_board_reaches_the_carrier_when_the_second_person_confirmed_it_and_not_before(hub, replies):
    replies.reply(receipt(), people(), [case(hub)])
    replies.changed(case(hub, pending={"outcome": DENIED}), [event(2)])
    assert len(sent(hub)) == 1
    for _ in range(2):  # the office may tell twice
        replies.changed(case(hub, outcome=DENIED, status="closed"), [event(3, "confirm")])
    first, change = sent(hub)
    assert (change.function, change.transaction) == ("132", "BW0000000002")
    assert codes(first)["PAX1"] == "0Z"
    assert codes(change) == {"PAX1": "1Z"}


def test_a_case_that_is_cleared_lets_the_person_board_and_back(hub, replies):
    replies.reply(receipt(), people(), [case(hub, outcome=DENIED)])
    steps = (("reopen", None), ("decide", "not-the-person"), ("confirm", DENIED), ("decide", "not-the-person"))
    for number, (kind, outcome) in enumerate(steps, 4):
        replies.changed(case(hub, outcome=outcome), [event(number, kind)])
    assert [codes(each).get("PAX1") for each in sent(hub)] == ["1Z", "0Z", "1Z", "0Z"]
    assert [entry["number"] for entry in book.entries(hub, "BW")] == ["1", "2", "3", "4"]


def test_another_hit_lifts_no_denial_only_a_person_does(hub, replies):
    replies.reply(receipt(), people(), [case(hub, outcome=DENIED)])
    for number, kind in enumerate(["joined", "claim", "note"], 4):  # a new hit begins the case again
        replies.changed(case(hub, outcome=None), [event(number, kind)])
    assert len(sent(hub)) == 1
    update = people().with_columns(pl.col("record_id") + "-again")
    replies.reply(receipt("s2", "u2"), update, [case(hub, ("r1", "r1-again"), outcome=None)])
    replies.changed(case(hub, ("r1", "r1-again"), outcome=None), [event(8, "reopen")])
    assert [codes(each)["PAX1"] for each in sent(hub)] == ["1Z", "1Z", "0Z"]
    replies.reply(receipt("s3", "u3"), update, [case(hub, ("r1", "r1-again"), outcome=None)])
    assert codes(sent(hub)[3])["PAX1"] == "0Z"


def test_a_denied_person_who_turns_out_to_need_protection_is_answered_like_everybody_else(hub, replies):
    replies.reply(receipt(), people(), [case(hub, outcome=DENIED)])
    protected = case(hub, outcome=None, channel=PROTECTION)
    replies.reply(receipt("s2", "u2"), people(), [protected])
    assert [codes(each)["PAX1"] for each in sent(hub)] == ["1Z", "0Z"]


def test_a_change_says_nothing_of_those_it_is_not_about(hub, replies):
    replies.reply(receipt(), people(3), [])
    replies.changed(case(hub, ("r2",), outcome=DENIED), [event()])
    assert codes(sent(hub)[1]) == {"PAX2": "1Z"}


def test_a_person_named_by_two_messages_has_one_change(hub, replies):
    replies.reply(receipt(), people(), [])
    again = people().with_columns(pl.col("record_id") + "-again")
    replies.reply(receipt("s2", "u2"), again, [case(hub, ("r1", "r1-again"), outcome=DENIED)])
    replies.changed(case(hub, ("r1", "r1-again"), outcome=None), [event(2, "reopen")])
    assert [codes(each)["PAX1"] for each in sent(hub)] == ["0Z", "1Z", "0Z"]
    replies.changed(case(hub, ("r1", "r1-again"), outcome=DENIED), [event(3)])
    assert len(sent(hub)) == 4


def test_after_departure_nothing_changes_and_that_is_noted(hub, replies):
    replies.reply(receipt(), people(), [])
    replies.changed(case(hub, leaves=timedelta(seconds=-1), outcome=DENIED), [event()])
    assert len(sent(hub)) == 1
    assert audited(hub)[-1]["action"] == "reply-not-changed"
    assert audited(hub)[-1]["about"] == "case 31"


def test_a_case_that_went_into_another_one_changes_nothing(hub, replies):
    replies.reply(receipt(), people(), [case(hub, outcome=DENIED)])
    replies.changed(case(hub, outcome="merged"), [event()])
    assert len(sent(hub)) == 1


@pytest.mark.parametrize("outcome", [None, "confirmed", DENIED, "protected-and-referred", "missed"])
def test_somebody_to_be_protected_is_answered_like_everybody_else_and_never_changed(hub, replies, outcome):
    protected = case(hub, channel=PROTECTION, outcome=outcome)
    replies.reply(receipt(), people(), [protected])
    replies.changed(protected, [event()])
    assert [codes(each) for each in sent(hub)] == [{"PAX1": "0Z", "PAX2": "0Z"}]


def test_missing_data_are_told_and_who_cannot_be_told_by_reference_is_told_by_place(hub, replies):
    replies.reply(receipt(), people(2, passenger_ref=None, booking_ref=None), [])
    (message,) = sent(hub)
    assert [said.text for said in message.said] == [
        f"PERSON {place} OF THE REQUEST: DATA DEFICIENT: ABO OR AVF MISSING VALUE" for place in (1, 2)
    ]


def test_of_two_people_with_one_locator_the_place_says_who_may_not_board(hub, replies):
    replies.reply(receipt(), people(2, passenger_ref=None), [])
    replies.changed(case(hub, ("r2",), outcome=DENIED), [event()])
    (said,) = sent(hub)[1].said
    assert (said.booking_ref, said.text[:25]) == ("QW8T4M", "PERSON 2 OF THE REQUEST: ")


def test_a_message_that_could_not_be_read_is_answered_with_the_reason(hub, replies):
    batch = read_people(ROOT / "sample_feeds" / "JM019_damaged_2026-11-23.edi")
    lost = batch.rejects.filter(pl.col("kind") == "record")
    replies.reply(receipt(rejected=lost.height), batch.travellers.clear(), [], batch.rejects)
    (message,) = sent(hub)
    (said,) = message.said
    assert (said.section, said.code) == (cusres.HEADING, "4Z")
    assert said.text.startswith(f"DATA DEFICIENT: {lost.height} RECORD")


def test_a_record_that_could_not_be_read_is_told_beside_the_others(hub, replies):
    lost = rows(REJECTS, [{"source": "x", "kind": "record", "reason": "no-name", "raw": NAMES[0], "detail": NAMES[1]}])
    replies.reply(receipt(rejected=1), people(), [], lost)
    replies.reply(receipt("s2", "u2", rejected=1), people(), [])
    told, plain = sent(hub)
    assert told.said[0].text == "DATA DEFICIENT: 1 RECORD NOT READ: NAME OR DOCUMENT NUMBER MISSING VALUE"
    assert plain.said[0].text == "DATA DEFICIENT: 1 RECORD NOT READ: UNREADABLE"
    assert [len(each.said) for each in (told, plain)] == [3, 3]


def test_neither_names_nor_anything_of_a_case_stand_in_the_hub(hub, replies):
    replies.reply(receipt(), people(), [case(hub)])
    replies.changed(case(hub, outcome=DENIED), [event()])
    found = everything(hub)
    for word in (*NAMES, "SECRET", "TTO"):
        assert word.encode() not in found
    in_stream = b"".join(str(entry).encode() for entry in book.entries(hub, "BW"))
    assert b"QW8T4M" in in_stream
    assert found.count(b"QW8T4M") == in_stream.count(b"QW8T4M")  # what is remembered of people is sealed


def test_what_is_remembered_of_people_is_forgotten_after_their_journey(hub, replies):
    replies.reply(receipt(), people(1), [])
    seconds = hub.client.ttl(key("reply", "told", "r1"))
    assert 0 < seconds <= 366 * 86_400
    no_time = people(1, departs_at=None, arrives_at=None, record_id="r9")
    replies.reply(receipt("s2", "u2"), no_time, [])
    assert 29 * 86_400 < hub.client.ttl(key("reply", "told", "r9")) <= 30 * 86_400
    odd = people(1, departs_at=pl.Series([-62_135_596_800_000_000]).cast(pl.Datetime("us"))[0], record_id="r10")
    replies.reply(receipt("s3", "u3"), odd, [])
    assert hub.client.ttl(key("reply", "told", "r10")) > 0


def acknowledgement(hub, carrier="BW"):
    """A carrier's answer to the last change: the same message, as BGM 312, in the same interchange."""
    (received,) = cusres.read(book.entries(hub, carrier)[-1]["message"].encode())
    message = msgspec.structs.replace(received.message, function=cusres.ACKNOWLEDGEMENT)
    return cusres.written(
        message, sender=carrier, recipient="OPSHUB", reference=received.interchange_ref, prepared=hub.now()
    ).encode()


def test_a_carriers_acknowledgement_of_a_change_is_noted_once(hub, replies):
    replies.reply(receipt(), people(), [])
    replies.changed(case(hub, outcome=DENIED), [event()])
    for _ in range(2):
        assert replies.acknowledged("BW", acknowledgement(hub)) == [2]
    assert book.acknowledged(hub, "BW", [1, 2]) == {2: "taken 1Z"}
    assert [each["action"] for each in audited(hub)] == ["replied", "replied", "reply-acknowledged"]


def test_a_carrier_that_refuses_a_change_is_noted_too(hub, replies):
    replies.reply(receipt(), people(), [])
    replies.changed(case(hub, outcome=DENIED), [event()])
    refusal = (
        b"UNB+SIRE:4+BW+X+261120:0930+0000000002++IAPI'UNH+1+CUSRES:D:05B:UN'BGM+312'ERP+1'ERC+118'UNT+5+1'UNZ+1+2'"
    )
    assert replies.acknowledged("BW", refusal) == [2]
    assert book.acknowledged(hub, "BW", [2]) == {2: "refused 118"}


def test_an_acknowledgement_of_nothing_that_was_sent_is_told(hub, replies):
    replies.reply(receipt(), people(), [])
    replies.changed(case(hub, outcome=DENIED), [event()])
    good = acknowledgement(hub)
    with pytest.raises(FeedError, match="no change that we sent"):
        replies.acknowledged("BW", good.replace(b"BW0000000002", b"BW0000000001"))
    with pytest.raises(FeedError, match="no change that we sent"):
        replies.acknowledged("LI", good)
    with pytest.raises(FeedError, match="no CUSRES with BGM 312"):
        replies.acknowledged("BW", FEED.read_bytes())


def test_a_carriers_user_reads_its_own_answers_and_nothing_else(hub, replies):
    for name, carrier in (("s1", "BW"), ("s2", "LI")):
        replies.reply(receipt(name, name, reply_to=carrier), people(), [])
    user = book.user_of("BW")
    hub.client.execute_command("ACL", "SETUSER", user, "reset", "on", ">pw", *book.acl_rule("BW"))
    client = redis.Redis(unix_socket_path=str(socket_of(hub.home)), username=user, password="pw", protocol=2)
    try:
        own = book.stream_of("BW")
        assert len(client.xrange(own)) == 1
        assert client.xread({own: "0-0"})
        keys = list(hub.client.scan_iter())
        assert len(keys) > 8
        for name in keys:
            for words in (
                ("XRANGE", name, "-", "+"),
                ("XREAD", "STREAMS", name, "0"),
                ("GET", name),
                ("HGETALL", name),
            ):
                if name.decode() == own and words[0].startswith("X"):
                    continue
                with pytest.raises(redis.exceptions.NoPermissionError):
                    client.execute_command(*words)
        for words in (
            ("XADD", own, "*", "a", "b"), ("DEL", own), ("XLEN", own), ("KEYS", "*"), ("SCAN", "0"), ("DBSIZE",),
            ("INFO",), ("EXISTS", own), ("EVAL", "return 1", "0"), ("ACL", "LIST"), ("CONFIG", "GET", "*"),
        ):  # fmt: skip
            with pytest.raises(redis.exceptions.NoPermissionError):
                client.execute_command(*words)
    finally:
        client.close()
        hub.client.execute_command("ACL", "DELUSER", user)


def answering(hub, replies, *, later=0.0):
    """Hand a file in to a hub whose office answers, at once or after so many seconds."""

    def submit(_, path, carrier):
        batch = read_people(path)

        def answer():
            time.sleep(later)
            replies.reply(receipt(reply_to=carrier), batch.travellers, [])

        threading.Thread(target=answer).start()
        return ["u1"]

    return submit


def test_who_asks_waits_for_the_answer(hub, replies):
    (entry,) = ask(hub, FEED, "BW", 20, answering(hub, replies, later=0.3))
    message = cusres.read(entry["message"].encode())[0].message
    assert (message.transaction, len(message.said)) == ("TN1:1", read_people(FEED).travellers.height)


def test_who_did_not_wait_long_enough_asks_again_and_has_the_answer_that_came(hub, replies):
    with pytest.raises(StoreError, match="ask again"):
        ask(hub, FEED, "BW", 0, answering(hub, replies, later=0.3))
    assert len(ask(hub, FEED, "BW", 20, lambda *_: ["u1"])) == 1


def test_who_asks_again_later_is_told_what_is_true_then(hub, replies):
    said = iter((receipt(), receipt(accepted_at=datetime(2026, 11, 20, 7, tzinfo=UTC))))
    intake = Intake(hub, home_states(), reply_to="BW")
    replied = []

    def submit(*_):
        units = intake.question(FEED)
        if int(hub.client.hget(key("counts"), "accepted")) > len(replied):
            replied.append(replies.reply(msgspec.structs.replace(next(said), unit=units[0]), people(), []))
        return units

    first, second = ask(hub, FEED, "BW", 5, submit), ask(hub, FEED, "BW", 5, submit)
    assert [entry["number"] for entry in first + second] == ["1", "2"]


def test_messages_for_a_carrier_that_is_none_are_not_taken_in(hub):
    with pytest.raises(ConfigError, match="no code of a carrier"):
        Intake(hub, home_states(), reply_to="B W")


def test_a_unit_of_several_messages_is_answered_when_all_of_them_are(hub, replies, monkeypatch):
    parts = pl.concat([people(), people().with_columns(pl.lit("2").alias("message_ref"))])
    real = book.send

    def slow(*args):
        time.sleep(0.2)
        return real(*args)

    monkeypatch.setattr(book, "send", slow)

    def submit(*_):
        threading.Thread(target=replies.reply, args=(receipt(), parts, [])).start()
        return ["u1"]

    assert [entry["number"] for entry in ask(hub, FEED, "BW", 20, submit)] == ["1", "2"]


def test_without_a_worker_there_is_no_answer_and_it_is_said_what_to_do(hub):
    with pytest.raises(StoreError, match=r"1 of 1 messages not answered in 0.2 s.*ops-hub hub up"):
        ask(hub, FEED, "BW", 0.2, lambda *_: ["u1"])


def test_a_feed_without_messages_cannot_be_asked_about(hub):
    with pytest.raises(FeedError, match="no message is in it"):
        ask(hub, FEED, "BW", 1, lambda *_: [])


@pytest.fixture
def run(hub, monkeypatch):
    monkeypatch.setenv("OPS_HUB_HOME", str(hub.home))
    monkeypatch.delenv("OPS_HUB_REDIS", raising=False)

    def run(command, *args):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ResourceWarning)
            return CliRunner().invoke(command, [str(arg) for arg in args])

    return run


def test_ask_prints_the_answer_and_tells_by_its_exit_code_whether_all_board(hub, replies, run, monkeypatch):
    monkeypatch.setattr(Intake, "question", lambda self, path: answering(hub, replies)(hub, path, "BW"))
    found = run(hub_replies.ask, FEED, "--carrier", "BW")
    assert found.exit_code == 0
    assert "\nRFF+TN:TN1:::1'\n" in found.output

    def denying(*_):
        replies.reply(receipt("s2", "u2"), people(), [case(hub, outcome=DENIED)])
        return ["u2"]

    monkeypatch.setattr(Intake, "question", denying)
    denied = run(hub_replies.ask, FEED, "--carrier", "BW", "--json")
    assert denied.exit_code == 3
    assert json.loads(denied.output)[0]["answers"] == {"board": 1, "no-board": 1}
    monkeypatch.setattr(Intake, "question", lambda *_: ["u3"])
    silent = run(hub_replies.ask, FEED, "--carrier", "BW", "--wait", "0.1")
    assert silent.exit_code == 2
    assert "not answered in 0.1 s" in silent.output


def test_replies_prints_answers_and_changes_and_what_the_carrier_said(hub, replies, run, tmp_path):
    replies.reply(receipt(), people(), [])
    replies.changed(case(hub, outcome=DENIED), [event()])
    (tmp_path / "ack.edi").write_bytes(acknowledgement(hub))
    found = run(hub_replies.replies, "BW", "--acknowledge", tmp_path / "ack.edi", "--json")
    assert found.exit_code == 0
    response, change = json.loads(found.stdout)
    assert [response["acknowledged"], change["acknowledged"]] == [None, "taken 1Z"]
    later = run(hub_replies.replies, "BW", "--since", response["id"])
    assert "change 2: 1 no-board" in later.output
    assert "BGM+132'" in later.output
    assert "BGM+962'" not in later.output
    assert run(hub_replies.replies, "BW", "--since", "yesterday").exit_code == 2
    assert run(hub_replies.replies, "B*").exit_code == 2
    assert run(hub_replies.replies, "XX").output == ""


def test_follow_goes_on_with_what_comes(hub, replies, run, monkeypatch):
    replies.reply(receipt(), people(), [])
    real, waits = book.wait, []

    def wait(*args):
        waits.append(args)
        if len(waits) > 1:
            raise KeyboardInterrupt
        replies.changed(case(hub, outcome=DENIED), [event()])
        return real(*args)

    monkeypatch.setattr(book, "wait", wait)
    found = run(hub_replies.replies, "BW", "--follow", "--json")
    assert found.exit_code == 0
    assert [json.loads(line)["kind"] for line in found.output.splitlines()] == ["response", "change"]
