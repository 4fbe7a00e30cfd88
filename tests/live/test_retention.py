"""Retention: masked in time, forgotten in time, held where the law says so, seen again only by two people; all provable."""

import base64
import json
import shutil
from datetime import UTC, date, datetime, timedelta, timezone

import msgspec
import polars as pl
import pytest
from click.testing import CliRunner

from ops_hub.casework.case import Actor, Case
from ops_hub.cli.main import main
from ops_hub.config import data_dir
from ops_hub.desk.filing import open_desk
from ops_hub.engines.live import holds, retention, unmask
from ops_hub.engines.live.retention import is_masked, run
from ops_hub.errors import ConfigError, StoreError
from ops_hub.states import Retention, States
from ops_hub.store import archive, audit, lake
from ops_hub.store.chain import lines
from ops_hub.store.compacting import compact
from ops_hub.store.held import all_holds, content_of
from ops_hub.store.hub import key
from ops_hub.store.lakefiles import Writer
from ops_hub.store.scribe import Scribe, folder_of, verified

from .fixtures_keeping import ANN, BEN, STATES, kept, kept_hub, people  # noqa: F401

DAY = "2026-01-10"
BRB = STATES.by_code["BRB"].retention  # 180 and 1095 days
ARRIVED = date.fromisoformat(DAY)
DELETED = ARRIVED + timedelta(days=BRB.delete_days + 1)
MASKED = ARRIVED + timedelta(days=BRB.mask_days + 1)


@pytest.fixture
def hub(kept_hub):  # noqa: F811
    Writer(kept_hub.home).append(
        [
            kept(kept_hub, "BRB", DAY, "a", people(0, 10)),
            kept(kept_hub, "BRB", "2026-02-10", "b", people(10, 10)),
            kept(kept_hub, "CENTRE", DAY, "c", people(20, 10)),
        ]
    )
    return kept_hub


def log(hub):
    scribe = Scribe(hub)
    scribe.open()
    scribe.drain()
    scribe.close()
    assert verified(hub).faults == ()
    return [line["event"] for line in lines(folder_of(hub.home))]


def noon(day):
    return datetime(day.year, day.month, day.day, 12, tzinfo=UTC)


def case_of(hub, number=7):
    """Store a case as the office does, its content sealed with the key of its keeper's day; return the content."""
    now = hub.now()
    case = Case(
        id=number, key="k", status="new", channel="ordinary", concerned={}, keeper="BRB", day=DAY, opened_at=now, flight="BW432",
        from_port="POS", to_port="BGI", departs_at=None, arrives_at=None, deadline=None, records=("P00000003",),
    )  # fmt: skip
    sealed = hub.keyring.seal("BRB", DAY, b"who it is", f"case {number}".encode())
    hub.client.hset(
        key("case", number), mapping={"case": msgspec.json.encode(case), "travellers": sealed, "status": "new"}
    )
    words = base64.b64encode(hub.keyring.seal("BRB", DAY, b"she said", f"case {number} event 1".encode())).decode()
    hub.client.rpush(key("case", number, "events"), json.dumps({"number": 1, "detail": {"sealed": words}}))
    return sealed


def test_before_its_time_nothing_happens(hub):
    done = run(hub, STATES, ARRIVED + timedelta(days=BRB.mask_days))
    assert (done.deleted, done.masked, done.held, done.problems) == ([], [], [], [])
    assert log(hub) == []


def test_a_day_past_its_time_is_forgotten_with_its_key_and_the_log_says_which_rows_and_rule(hub):
    case = case_of(hub)
    done = run(hub, STATES, DELETED)
    assert [(each.state, each.day, each.rows) for each in done.deleted] == [("BRB", DAY, 10)]
    assert lake.counts(hub) == {("BRB", "2026-02-10"): 10, ("CENTRE", DAY): 10}
    with pytest.raises(StoreError, match="gone for ever"):
        hub.keyring.unseal("BRB", DAY, case, b"case 7")
    events = {event["action"]: event for event in log(hub)}
    assert events["retention-deleted"]["about"] == f"BRB {DAY}"
    assert events["retention-deleted"]["detail"] == {"rows": 10, "rule": "BRB delete_days=1095", "holds": []}
    assert "keys-forgotten" in events
    assert run(hub, STATES, DELETED).deleted == []


def test_a_key_without_travellers_is_forgotten_too_and_keys_that_are_no_days_stay(hub):
    hub.keyring.seal("JAM", DAY, b"case content alone")
    sealed = hub.keyring.seal("CENTRE", "transit", b"x")
    assert ("JAM", DAY) in [(each.state, each.day) for each in run(hub, STATES, date(2040, 1, 1)).deleted]
    assert hub.keyring.unseal("CENTRE", "transit", sealed) == b"x"
    assert lake.days(hub) == []


def test_a_dry_run_says_the_same_and_does_nothing(hub):
    told = run(hub, STATES, DELETED, dry_run=True)
    assert log(hub) == []
    assert lake.rows(hub, "BRB", DAY) == 10
    assert run(hub, STATES, DELETED) == told


def test_the_centres_own_data_have_the_centres_days(hub):
    assert retention.limits(STATES, "CENTRE") == (Retention(mask_days=180, delete_days=1825), "CENTRE")
    assert retention.limits(STATES, "BRB") == (BRB, "BRB")
    run(hub, STATES, ARRIVED + timedelta(days=1826))
    assert lake.days(hub) == []


def test_a_run_that_was_killed_between_key_and_files_is_finished_by_the_next(hub, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(retention, "remove", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            run(hub, STATES, DELETED)
    assert ("BRB", DAY) in lake.days(hub)
    run(hub, STATES, DELETED)
    assert ("BRB", DAY) not in lake.days(hub)
    assert [event["about"] for event in log(hub) if event["action"] == "retention-deleted"] == [f"BRB {DAY}"]


def test_masking_begins_on_its_day_and_the_log_says_so_once(hub):
    assert not is_masked(hub, STATES, "BRB", DAY, noon(MASKED) - timedelta(days=1))
    assert is_masked(hub, STATES, "BRB", DAY, noon(MASKED))
    for _ in range(2):
        run(hub, STATES, MASKED)
    told = [event for event in log(hub) if event["action"] == "retention-masked"]
    assert [(event["about"], event["detail"]["rows"]) for event in told] == [(f"BRB {DAY}", 10), (f"CENTRE {DAY}", 10)]


def test_a_masked_day_is_still_compared_by_machines(hub):
    run(hub, STATES, MASKED)
    assert pl.concat(lake.read(hub, ["BRB"], [DAY], identity=True))["family_name"].null_count() == 0


def test_a_day_under_hold_is_neither_masked_nor_deleted_until_the_hold_is_released(hub):
    hold = holds.hold_day(hub, "BRB", DAY, "High Court, order 17", BEN)
    assert not is_masked(hub, STATES, "BRB", DAY, noon(MASKED))
    done = run(hub, STATES, DELETED)
    assert [(each.state, each.day, each.holds) for each in done.held] == [("BRB", DAY, (hold.id,))]
    assert lake.rows(hub, "BRB", DAY) == 10
    holds.release(hub, hold.id, "order 18", BEN)
    assert [each.day for each in run(hub, STATES, DELETED).deleted] == [DAY]
    assert holds.why(hub, hold.reason) == "High Court, order 17"
    assert [event["action"] for event in log(hub)][:2] == ["hold-put", "retention-masked"]


@pytest.mark.parametrize("merged", [False, True])
def test_a_hold_on_a_record_keeps_that_record_and_no_other(hub, merged):
    if merged:
        compact(hub, "BRB", DAY, over=True)
    hold = holds.hold_record(hub, "P00000003", "court", BEN)
    assert is_masked(hub, STATES, "BRB", DAY, noon(MASKED))
    assert not is_masked(hub, STATES, "BRB", DAY, noon(MASKED), "P00000003")
    done = run(hub, STATES, DELETED)
    assert done.deleted[0].holds == (hold.id,)
    found = lake.find(hub, "P00000003")
    assert found.select("family_name", "day", "screening_id").rows() == [("FAMILY3", "hold-1", "a")]
    assert lake.find(hub, "P00000004").height == 0
    assert ("BRB", "hold-1") not in lake.days(hub)
    holds.release(hub, hold.id, "acquitted", BEN)
    assert lake.find(hub, "P00000003").height == 0
    assert hub.keyring.periods("BRB") == ["2026-02-10"]
    assert ("BRB hold-1", "released") in [(event["about"], event["detail"].get("rule")) for event in log(hub)]


def test_a_hold_on_a_case_keeps_its_records_and_content(hub):
    case_of(hub)
    hold = holds.hold_case(hub, 7, "court", BEN)
    run(hub, STATES, DELETED)
    assert content_of(hub, 7) == {"travellers": b"who it is", "event 1": b"she said"}
    assert lake.find(hub, "P00000003")["day"].to_list() == ["hold-1"]
    assert b"who it is" not in b"".join(hub.client.hgetall(key("retention", hold.period)).values())
    holds.release(hub, hold.id, "over", BEN)
    assert content_of(hub, 7) == {}


def test_a_day_of_which_held_records_cannot_be_read_stays_and_is_named(hub):
    holds.hold_record(hub, "P00000003", "court", BEN)
    path = hub.home / "lake" / "BRB" / DAY / "live.seg"
    data = bytearray(path.read_bytes())
    data[-9] ^= 1
    path.write_bytes(data)
    done = run(hub, STATES, DELETED)
    assert done.deleted == []
    assert "under hold" in done.problems[0]


@pytest.mark.parametrize(
    ("by", "reason"),
    [(ANN, "court"), (Actor("TTO", "bo", "supervisor"), "court"), (BEN, "  ")],
)
def test_a_hold_needs_a_supervisor_of_the_state_and_a_reason(hub, by, reason):
    with pytest.raises(ConfigError):
        holds.hold_day(hub, "BRB", DAY, reason, by)
    with pytest.raises(ConfigError):
        holds.hold_record(hub, "P00000003", reason, by)
    assert all_holds(hub) == []


def test_nothing_can_be_held_that_is_not_kept(hub):
    with pytest.raises(StoreError, match="nothing is kept"):
        holds.hold_day(hub, "BRB", "2020-01-01", "court", BEN)
    with pytest.raises(StoreError, match="nothing is kept"):
        holds.hold_record(hub, "P99", "court", BEN)
    with pytest.raises(StoreError, match="no such case"):
        holds.hold_case(hub, 99, "court", BEN)


def test_masked_data_are_seen_again_after_two_people_agreed_by_these_two_until_the_grant_ends(hub):
    asked = unmask.request(hub, "record P00000003", "identify the victim", ANN)
    now = noon(MASKED)
    assert not unmask.may_unmask(hub, "BRB", asked.about, ANN, hub.now())
    grant = unmask.confirm(hub, asked.id, BEN)
    assert grant.until - grant.at == timedelta(hours=24)
    assert unmask.may_unmask(hub, "BRB", asked.about, ANN, grant.at)
    assert unmask.may_unmask(hub, "BRB", asked.about, BEN, grant.at)
    assert not unmask.may_unmask(hub, "BRB", asked.about, ANN, grant.until)
    assert not unmask.may_unmask(hub, "BRB", "record P00000004", ANN, grant.at)
    assert not unmask.may_unmask(hub, "BRB", asked.about, Actor("BRB", "cy", "supervisor"), grant.at)
    assert not unmask.may_unmask(hub, "TTO", asked.about, ANN, grant.at)
    rows = lake.find(hub, "P00000003")
    assert unmask.shown(hub, STATES, rows, ANN, asked.about, now)["family_name"].to_list() == [None]  # before it began
    assert unmask.shown(hub, STATES, rows, ANN, asked.about, hub.now())["family_name"].to_list() == ["FAMILY3"]
    third = Actor("BRB", "cy", "supervisor")
    assert unmask.shown(hub, STATES, rows, third, asked.about, hub.now())["family_name"].to_list() == [None]
    assert unmask.shown(hub, STATES, rows, ANN, asked.about, noon(ARRIVED))["family_name"].to_list() == ["FAMILY3"]
    assert [event["action"] for event in log(hub)] == ["unmask-asked", "unmask-confirmed", "unmasked-shown"]
    assert "victim" not in json.dumps(log(hub))
    assert unmask.reason_of(hub, asked) == "identify the victim"


@pytest.mark.parametrize(
    "by",
    [Actor("BRB", "ANN", "supervisor"), Actor("BRB", "cy", "officer"), Actor("TTO", "bo", "supervisor")],
)
def test_who_asked_cannot_confirm_nor_can_an_officer_or_another_state(hub, by):
    asked = unmask.request(hub, "record P00000003", "why", ANN)
    with pytest.raises(ConfigError):
        unmask.confirm(hub, asked.id, by)
    assert unmask.requests(hub) == [(asked, None)]


def test_a_request_is_confirmed_once_and_only_the_keepers_state_may_ask(hub):
    with pytest.raises(ConfigError, match="kept by BRB"):
        unmask.request(hub, "record P00000003", "why", Actor("TTO", "bo", "officer"))
    case_of(hub)
    asked = unmask.request(hub, "case 7", "why", ANN)
    unmask.confirm(hub, asked.id, BEN)
    with pytest.raises(ConfigError, match="confirmed before"):
        unmask.confirm(hub, asked.id, BEN)
    for wrong in ("case", "case x", "P00000003", "record P99"):
        with pytest.raises((ConfigError, StoreError)):
            unmask.request(hub, wrong, "why", ANN)


def test_a_day_that_lies_far_ahead_is_named(hub):
    Writer(hub.home).append([kept(hub, "BRB", "2126-01-01", "z", people(90, 1))])
    assert "days ahead" in run(hub, STATES, ARRIVED).problems[0]


@pytest.mark.parametrize(
    "text",
    ["[CENTRE]\nmask_days=1\n", "[CENTRE]\nmask_days=9\ndelete_days=5\n[unmask]\nhours=24", "x", "[CENTRE]\nmask_days=1\ndelete_days=5\n[unmask]\nhours=0"],
)  # fmt: skip
def test_rules_that_are_not_allowed_are_refused(tmp_path, text):
    (tmp_path / "retention.toml").write_text(text)
    with pytest.raises(ConfigError, match="retention.toml"):
        retention.centre_rules(tmp_path)


def test_published_rules_say_how_long_and_for_how_long_masked_data_are_seen(hub, tmp_path, monkeypatch):
    rules = tmp_path / "rules"
    shutil.copytree(data_dir("rules"), rules)
    (rules / "retention.toml").write_text("[CENTRE]\nmask_days = 3\ndelete_days = 5\n[unmask]\nhours = 2\n")
    archive.publish(hub, "no lists", archive.keep_rules(hub, rules))
    monkeypatch.setenv("OPS_HUB_HOME", str(hub.home))
    monkeypatch.delenv("OPS_HUB_REDIS", raising=False)
    run_, asked = (
        CliRunner().invoke(main, ["retention", "run", "--json"]),
        unmask.request(hub, "record P00000003", "x", ANN),
    )
    assert [each["rule"] for each in json.loads(run_.output)["deleted"]] == ["CENTRE delete_days=5"]
    CliRunner().invoke(main, ["retention", "confirm", str(asked.id), "--as", "BRB/ben:supervisor"])
    grant = unmask.requests(hub)[0][1]
    assert grant.until - grant.at == timedelta(hours=2)
    assert retention.limits(open_desk(hub).states, "CENTRE")[0] == Retention(mask_days=3, delete_days=5)


def test_a_state_that_is_left_out_of_the_rules_by_a_mistake_loses_nothing(hub):
    without = States(
        {code: each for code, each in STATES.by_code.items() if code != "BRB"}, ("states.toml:9: BRB: wrong",)
    )
    done = run(hub, without, DELETED + timedelta(days=5000))
    assert ("BRB", DAY) in lake.days(hub)
    assert any("BRB" in each and "left out" in each for each in done.problems)


def test_since_may_be_written_in_any_form_of_a_time(hub, monkeypatch):
    monkeypatch.setenv("OPS_HUB_HOME", str(hub.home))
    monkeypatch.delenv("OPS_HUB_REDIS", raising=False)
    audit.record(hub, "BRB/ann:officer", "case-shown", "case 1")

    def found(since):
        words = ["audit", "show", "--action", "case-shown", "--since", since, "--as", "CENTRE/eve:auditor", "--json"]
        return len(CliRunner().invoke(main, words).output.splitlines())

    now = hub.now()
    west = timezone(-timedelta(hours=4))
    for before, one in ((timedelta(minutes=-5), 1), (timedelta(minutes=5), 0)):
        at = now + before
        assert found(f"{at:%Y%m%dT%H%M%S}") == one
        assert found(f"{at:%Y-%m-%d %H:%M:%S}") == one
        assert found(at.astimezone(west).isoformat(timespec="seconds")) == one
