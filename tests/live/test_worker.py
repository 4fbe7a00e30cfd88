"""Workers: what batch finds, live finds; each unit once, whatever happens to workers and lists."""

from __future__ import annotations

import pickle
from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from ops_hub.engines.batch import Job, run
from ops_hub.engines.live import screening
from ops_hub.engines.live.ingest import Intake
from ops_hub.engines.live.worker import Worker
from ops_hub.errors import StoreError
from ops_hub.feeds.reading import ReadOptions, read
from ops_hub.lists.snapshot import open_snapshot
from ops_hub.pipeline import open_lists
from ops_hub.states import home_states
from ops_hub.store import archive
from ops_hub.store.hub import key
from ops_hub.store.queue import Queue
from tests.conftest import ROOT
from tests.live import helpers_live as live

SAMPLE = ROOT / "sample_feeds"
BW432 = SAMPLE / "BW432_POS-BGI_2026-11-20.paxlst.edi"


def intake(hub):
    return Intake(hub, home_states())


def drained(hub, name="one"):
    return Worker(hub, name).run(live.never, until_empty=True)


@pytest.mark.parametrize("feeds", ["sample", "real"])
def test_live_screening_finds_what_batch_finds(feeds, listed, compiled, knowledge, tmp_path, request):
    path = SAMPLE if feeds == "sample" else request.getfixturevalue("real_data") / "api_messages"
    options = ReadOptions(listed.now().date(), b"another key than the hub's")
    account = run(Job([path], tmp_path, options, ""), open_lists(open_snapshot(compiled), knowledge), knowledge)
    intake(listed).files([path])
    drained(listed)

    hits, lost = live.hits(listed), live.rejects(listed)
    assert hits.height == account["hits"]
    order = ["source", "position", "record_id", "list_id", "entry_id"]
    assert_frame_equal(hits.sort(order), pl.read_parquet(tmp_path / "hits.parquet").sort(order))
    batches = list(read([path], options))
    people = pl.concat([batch.travellers for batch in batches])
    assert_frame_equal(
        live.travellers(listed).drop("payments").sort("source", "record_id"),
        people.drop("payments").sort("source", "record_id"),
    )
    order = ["source", "position", "reason", "detail"]
    assert_frame_equal(lost.sort(order), pl.concat([batch.rejects for batch in batches]).sort(order))
    assert sum(each.screened for each in live.receipts(listed)) == account["screened"]
    assert sum(each.rejected for each in live.receipts(listed)) == account["rejected"]


def test_a_feed_that_comes_again_is_screened_once(listed):
    first = intake(listed).files([BW432])
    assert (first.accepted, first.duplicates) == (1, 0)
    assert intake(listed).files([BW432]).duplicates == 1
    drained(listed)
    again = intake(listed).files([BW432])
    assert (again.accepted, again.duplicates) == (0, 1)
    assert drained(listed) == 0
    assert len(live.receipts(listed)) == 1


def test_a_receipt_says_with_which_lists_rules_and_code(listed):
    intake(listed).files([BW432])
    drained(listed)
    (receipt,) = live.receipts(listed)
    assert receipt.snapshot == archive.published(listed)
    assert archive.rules_folder(listed, receipt.ruleset).is_dir()
    assert archive.code_folder(listed, receipt.code).is_dir()
    assert receipt.today == listed.now().date()
    assert receipt.accepted_at <= receipt.screened_at <= listed.now()


def test_nothing_of_a_message_stands_unsealed_in_the_hub_or_on_disk(listed):
    intake(listed).files([SAMPLE])
    drained(listed)
    person = live.travellers(listed).filter(pl.col("family_name").str.len_chars() > 7)["family_name"].to_list()
    written = b"".join(path.read_bytes() for path in (listed.home / "server").rglob("*.aof"))
    assert person
    assert not [name for name in person if name.encode() in written]


def test_without_lists_messages_wait(hub):
    intake(hub).files([BW432])
    with pytest.raises(StoreError, match="no lists are published"):
        drained(hub)
    assert hub.client.zcard(key("buckets")) == 1


def test_a_damaged_snapshot_is_refused_and_the_worker_goes_on_with_the_one_it_has(listed, compiled):
    worker = Worker(listed, "one")
    assert worker.step()  # opens the lists
    good = archive.published(listed)
    folder = listed.home / "archive" / "snapshots"
    (folder / ("0" * 32)).mkdir()
    for path in (folder / good).iterdir():
        (folder / ("0" * 32) / path.name).write_bytes(path.read_bytes())
    damaged = folder / ("0" * 32) / "entries.arrow"
    data = bytearray(damaged.read_bytes())
    data[1000] ^= 1
    damaged.write_bytes(data)
    archive.publish(listed, "0" * 32, archive.published_rules(listed))
    intake(listed).files([BW432])
    worker.run(live.never, until_empty=True)
    (receipt,) = live.receipts(listed)
    assert receipt.snapshot == good
    ((_, alarm),) = listed.client.xrange(key("alarms"))
    assert b"damaged" in alarm[b"what"]


def test_new_lists_are_swapped_in_between_two_units(listed, compiled, tmp_path, knowledge):
    worker = Worker(listed, "one")
    intake(listed).files([BW432])
    assert worker.step()
    assert worker.step()
    rules = tmp_path / "rules"
    rules.mkdir()
    for path in (ROOT / "rules").glob("*.toml"):
        (rules / path.name).write_bytes(path.read_bytes())
    (rules / "note.md").write_text("other rules")
    archive.publish(listed, archive.published(listed), archive.keep_rules(listed, rules))
    intake(listed).files([SAMPLE / "CM227_PTY-KIN_2026-11-21.two-parts.paxlst.edi"])
    worker.run(live.never, until_empty=True)
    used = [receipt.ruleset for receipt in live.receipts(listed)]
    assert used[0] != used[1]
    assert used[1] == archive.published_rules(listed)


@pytest.fixture
def poison(monkeypatch):
    """A message that its parser cannot survive: whatever is of flight BW449."""
    read = screening.read_unit

    def stumbling(data, shift, source):
        if b"BW449" in data:
            raise pickle.PicklingError("JOHN DOE")
        return read(data, shift, source)

    monkeypatch.setattr(screening, "read_unit", stumbling)


def test_a_poisonous_message_goes_to_the_dead_letters_and_the_others_are_screened(listed, poison):
    counted = intake(listed).files([SAMPLE])
    drained(listed)
    letters = listed.client.xrange(key("dead"))
    assert len(letters) == 2  # the two messages of that file
    assert len(live.receipts(listed)) == counted.accepted - 2
    fields = letters[0][1]
    assert fields[b"tries"] == b"5"
    assert fields[b"reason"].startswith(b"PicklingError in ")
    assert b"DOE" not in fields[b"reason"]


def test_a_message_that_ends_its_worker_is_tried_five_times_and_harms_no_other(listed):
    intake(listed).files([BW432, SAMPLE / "AV640_BOG-SDQ_2026-11-22.pnrgov.edi"])
    held = f"{archive.published(listed)} {archive.published_rules(listed)}"
    assert len(Queue(listed, "w0").take(held).items) == 2
    tried = []
    for number in range(5):
        dying = Queue(listed, f"w{number + 1}")
        dying.abandon(f"w{number}")
        tried.append(dying.reclaim())
    assert len({item.unit for item in tried}) == 1
    assert [item.tries for item in tried] == [2, 3, 4, 5, 6]
    dying.abandon(dying.name)
    drained(listed, "last")
    ((_, letter),) = listed.client.xrange(key("dead"))
    assert b"never finished" in letter[b"reason"]
    assert len(live.receipts(listed)) == 1


def test_two_messages_with_the_same_records_give_each_their_own_hits(listed, tmp_path):
    text = BW432.read_bytes()
    (tmp_path / "a.edi").write_bytes(text)
    (tmp_path / "b.edi").write_bytes(text.replace(b"UNB+", b"UNB+", 1) + b"\n")
    intake(listed).files([tmp_path])
    drained(listed)
    one, other = live.receipts(listed)
    assert one.records == other.records
    assert one.hits == other.hits
    found = live.hits(listed)
    assert found.height == one.hits + other.hits
    assert found["hit_id"].n_unique() == one.hits


def test_a_worker_that_was_robbed_stores_nothing(listed):
    intake(listed).files([BW432])
    slow = Queue(listed, "slow")
    held = f"{archive.published(listed)} {archive.published_rules(listed)}"
    (item,) = slow.take(held).items
    slow.abandon("slow")
    drained(listed, "quick")
    assert slow.commit([(item, [(key("screened"), {"receipt": "{}"})], {"units": 1})], 0) == [False]
    assert len(live.receipts(listed)) == 1


def test_the_urgent_message_is_screened_first(listed, tmp_path):
    now = listed.now()
    for name, hours in (("late", 9), ("soon", 1), ("gone", -30), ("next", 4)):
        at = (now + timedelta(hours=hours - 4)).strftime("%y%m%d%H%M")  # at BGI
        text = (
            "UNB+UNOA:4+A:ZZ+B:ZZ+261120:0600+1'UNH+1+PAXLST:D:05B:UN:IATA'BGM+745'TDT+20+BW1'LOC+125+BGI'"
            f"DTM+189:{at}:201'LOC+87+POS'NAD+FL+++{name}:X'DOC+P:110:111+A123{name}'CNT+42:1'UNT+9+1'UNZ+1+1'"
        )
        (tmp_path / f"{name}.edi").write_text(text)
    intake(listed).files([tmp_path])
    drained(listed)
    order = [Path(receipt.source).stem for receipt in live.receipts(listed)]
    assert order == ["soon", "next", "late", "gone"]
