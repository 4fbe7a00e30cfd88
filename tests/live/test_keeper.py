"""The keeper: killed at any moment, refused by the disk, doubled by mistake: everything is kept once."""

import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import polars as pl
import pytest

from ops_hub.engines.live import keeper
from ops_hub.engines.live.keeper import Keeper
from ops_hub.errors import StoreError
from ops_hub.store import lake
from ops_hub.store.audit import record
from ops_hub.store.chain import lines
from ops_hub.store.hub import key, open_hub
from ops_hub.store.scribe import folder_of, verified
from ops_hub.store.server import stop

from .fixtures_keeping import STATES, hand_over, kept_hub, people  # noqa: F401

RUN = """
import sys
from pathlib import Path
from ops_hub.engines.live import keeper
from ops_hub.store import compacting
from ops_hub.store.hub import open_hub
keeper.LIVE_ROWS = compacting.LIVE_ROWS = 40  # so that merging, too, is killed
keeper._TAKE = 7
keeper.run(open_hub(Path(sys.argv[1])), lambda: False)
"""


def all_records(hub):
    frames = list(lake.read(hub, identity=True))
    return sorted(pl.concat(frames)["record_id"].to_list()) if frames else []


def process(home):
    return subprocess.Popen([sys.executable, "-W", "ignore", "-c", RUN, str(home)])


def until(true, seconds=90):
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_what_is_handed_over_is_in_the_lake_and_what_was_done_in_the_log(kept_hub):  # noqa: F811
    hand_over(kept_hub, "BRB", "2026-11-23", "a", people(0, 5))
    record(kept_hub, "BRB/ann:officer", "case-shown", "case 1")
    ended = threading.Event()
    works = threading.Thread(target=keeper.run, args=(kept_hub, ended.is_set))
    works.start()
    until(lambda: kept_hub.client.xlen(key("kept")) + kept_hub.client.xlen(key("audit")) == 0)
    hand_over(kept_hub, "TTO", "2026-11-24", "b", people(5, 5))
    ended.set()
    works.join()
    assert all_records(kept_hub) == [f"P{k:08d}" for k in range(10)]
    assert [line["event"]["action"] for line in lines(folder_of(kept_hub.home))] == ["case-shown"]


@pytest.mark.faults
def test_killed_again_and_again_while_items_arrive_it_keeps_each_of_them_once(kept_hub):  # noqa: F811
    chance = random.Random(5)
    units = 0

    def arrive(count):
        nonlocal units
        for _ in range(count):
            state, day = chance.choice(["BRB", "TTO"]), chance.choice(["2026-11-01", "2027-11-24"])
            hand_over(kept_hub, state, day, f"s{units}", people(units * 3, 3))
            record(kept_hub, "CENTRE/w1:system", "screened", f"unit {units}")
            units += 1

    for _ in range(4):
        works = process(kept_hub.home)
        waits = kept_hub.client.xlen(key("kept"))
        arrive(100)
        until(lambda waits=waits: kept_hub.client.xlen(key("kept")) < waits + 95)  # it is at work
        arrive(chance.randrange(40))
        time.sleep(chance.random() * 0.1)
        works.send_signal(signal.SIGKILL)
        works.wait()
    works = process(kept_hub.home)
    until(lambda: kept_hub.client.xlen(key("kept")) + kept_hub.client.xlen(key("audit")) == 0)
    works.send_signal(signal.SIGKILL)
    works.wait()
    assert all_records(kept_hub) == [f"P{k:08d}" for k in range(units * 3)]
    verdict = verified(kept_hub)
    assert verdict.faults == ()
    told = [line["event"]["about"] for line in lines(folder_of(kept_hub.home)) if line["event"]["action"] == "screened"]
    assert told == [f"unit {k}" for k in range(units)]
    assert kept_hub.client.xlen(key("dead")) == 0


def test_a_second_keeper_waits_until_the_first_is_gone(kept_hub):  # noqa: F811
    first, second = Keeper(kept_hub, STATES), Keeper(kept_hub, STATES)
    assert first.open(lambda: True)
    assert not second.open(lambda: True)
    first.close()
    assert second.open(lambda: True)
    second.close()


def test_a_keeper_of_another_home_folder_is_refused(kept_hub, tmp_path):  # noqa: F811
    keeper.run(kept_hub, lambda: True)
    address = f"unix://{kept_hub.home}/server/hub.sock"
    other = open_hub(tmp_path, address)
    with pytest.raises(StoreError, match="kept in another home folder"):
        keeper.run(other, lambda: True)
    for look in (
        lambda: list(lake.read(other, identity=True)),
        lambda: lake.find(other, "P1"),
        lambda: verified(other),
    ):
        with pytest.raises(StoreError, match="kept in another home folder"):  # they would look empty
            look()
    other.client.close()


def test_an_item_that_cannot_be_kept_goes_to_the_dead_letters_and_stops_nobody(kept_hub):  # noqa: F811
    for fields in (
        {"state": "../..", "day": "2026-11-23", "rows": 1, "screening_id": "x", "blob": b"x"},
        {"state": "BRB", "day": "2026-13-23", "rows": 1, "screening_id": "x", "blob": b"x"},
        {"state": "BRB"},
    ):
        kept_hub.client.xadd(key("kept"), fields)
    hand_over(kept_hub, "BRB", "2026-11-23", "a", people(0, 5))
    keeper.run(kept_hub, iter([False, False, False, True, True]).__next__)
    assert len(all_records(kept_hub)) == 5
    assert kept_hub.client.xlen(key("dead")) == 3


@pytest.fixture
def small_disk():
    if os.geteuid():
        pytest.skip("mounting a small disk needs root")
    folder = Path(tempfile.mkdtemp(dir="/tmp", prefix="ohd"))
    if subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=600k", "tmpfs", str(folder)], capture_output=True
    ).returncode:
        folder.rmdir()
        pytest.skip("no tmpfs can be mounted here")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)
    shutil.rmtree(folder, ignore_errors=True)


def test_a_full_disk_stops_acknowledging_raises_an_alarm_and_nothing_is_lost(kept_hub, small_disk, monkeypatch):  # noqa: F811
    """Lake and log on a small disk, the server on another."""
    monkeypatch.setattr(keeper, "_REST", 0.05)
    for name in ("lake", "audit"):
        (small_disk / name).mkdir()
        (kept_hub.home / name).symlink_to(small_disk / name)
    filler = small_disk / "filler"
    with filler.open("wb") as file:
        file.write(b"x" * 560_000)
    for k in range(40):
        hand_over(kept_hub, "BRB", f"2026-12-{k % 5 + 1:02d}", f"s{k}", people(k * 10, 10))
        record(kept_hub, "CENTRE/w1:system", "screened", f"unit {k}")
    ended = threading.Event()
    works = threading.Thread(target=keeper.run, args=(kept_hub, ended.is_set))
    works.start()
    until(lambda: kept_hub.client.xlen(key("alarms")))
    time.sleep(0.3)
    assert kept_hub.client.xlen(key("kept")) == 40
    assert b"No space" in kept_hub.client.xrange(key("alarms"))[0][1][b"what"]
    filler.unlink()
    until(lambda: kept_hub.client.xlen(key("kept")) + kept_hub.client.xlen(key("audit")) == 0)
    ended.set()
    works.join()
    assert all_records(kept_hub) == [f"P{k:08d}" for k in range(400)]
    assert verified(kept_hub).faults == ()
    assert len(list(lines(folder_of(kept_hub.home)))) == 40
    assert kept_hub.client.xrange(key("alarms"))[-1][1][b"what"] == b"it goes on"
    assert kept_hub.client.xlen(key("alarms")) == 2


def test_the_server_killed_and_started_again_is_waited_for(kept_hub, monkeypatch):  # noqa: F811
    monkeypatch.setattr(keeper, "_REST", 0.05)
    ended = threading.Event()
    works = threading.Thread(target=keeper.run, args=(kept_hub, ended.is_set))
    works.start()
    hand_over(kept_hub, "BRB", "2026-12-01", "a", people(0, 10))
    stop(kept_hub.home)
    again = open_hub(kept_hub.home)
    hand_over(again, "BRB", "2026-12-01", "b", people(10, 10))
    until(lambda: len(all_records(again)) == 20)
    ended.set()
    works.join()
    again.client.close()
