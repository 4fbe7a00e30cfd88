"""The way in: nothing lost, nothing twice, the urgent told from the rest."""

from __future__ import annotations

import io
import os
import signal
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from ops_hub.engines.live.ingest import DONE, Intake
from ops_hub.engines.live.keeping import kept_for
from ops_hub.engines.live.settings import hash_key
from ops_hub.engines.live.status import status
from ops_hub.engines.live.worker import Worker
from ops_hub.feeds.heading import heading
from ops_hub.schemas import TRAVELLERS, rows
from ops_hub.states import home_states
from ops_hub.store.hub import key, open_hub
from ops_hub.store.queue import Queue, bucket_of
from ops_hub.store.server import pid_of
from tests.conftest import ROOT
from tests.live import helpers_live as live

SAMPLE = ROOT / "sample_feeds"
BW432 = SAMPLE / "BW432_POS-BGI_2026-11-20.paxlst.edi"
DAMAGED = SAMPLE / "JM019_damaged_2026-11-23.edi"  # it has no end
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.fixture
def intake(hub):
    return Intake(hub, home_states())


class Dripping(io.RawIOBase):
    """A pipe that gives a few bytes at a time."""

    def __init__(self, data):
        self._data, self._at = data, 0

    def readable(self):
        return True

    def read(self, size=-1):
        found = self._data[self._at : self._at + 777]
        self._at += len(found)
        return found


def test_a_stream_is_cut_into_its_interchanges_also_where_one_breaks_off(intake):
    first, second = BW432.read_bytes(), (SAMPLE / "AV640_BOG-SDQ_2026-11-22.pnrgov.edi").read_bytes()
    found = intake.stream(Dripping(first + DAMAGED.read_bytes() + second + b"\n"))
    assert (found.accepted, found.files) == (3, 3)


def test_what_is_no_message_in_a_stream_becomes_a_reject(listed):
    assert Intake(listed, home_states()).stream(io.BytesIO(b"HELLO WORLD")).accepted == 1
    Worker(listed, "one").run(live.never, until_empty=True)
    assert live.rejects(listed)["reason"].to_list() == ["no-message"]
    assert not listed.client.xlen(key("dead"))


def test_a_watched_folder_gives_each_file_once_it_has_stopped_growing(intake, hub, tmp_path):
    (tmp_path / "a.edi").write_bytes(BW432.read_bytes())
    seen, looks = [], []

    def stopped():
        looks.append(1)
        if len(looks) < 6:
            with (tmp_path / "b.csv").open("a") as growing:
                growing.write("full_name,sex\n" if len(looks) == 1 else f"Ana Garcia {len(looks)},F\n")
        return len(looks) > 12

    total = intake.watch(tmp_path, stopped, every=0.01, told=lambda path, _: seen.append((path.name, len(looks))))
    assert [name for name, _ in seen] == ["a.edi", "b.csv"]
    assert seen[1][1] >= 6  # looks, when it had grown five times
    assert total.accepted == 2
    assert sorted(path.name for path in (tmp_path / DONE).iterdir()) == ["a.edi", "b.csv"]


def test_a_large_table_comes_in_slices(intake, hub, tmp_path):
    people = "".join(f"Ana Garcia {number},F\n" for number in range(4500))
    (tmp_path / "table.csv").write_text("full_name,sex\n" + people)
    found = intake.files([tmp_path / "table.csv"])
    assert (found.accepted, found.travellers) == (3, 4500)
    (tmp_path / "copy.csv").write_text("full_name,sex\n" + people)
    assert intake.files([tmp_path / "copy.csv"]).duplicates == 3


def test_all_who_hash_payment_numbers_use_one_key(hub, monkeypatch):
    monkeypatch.delenv("OPS_HUB_HASH_KEY", raising=False)
    found = [hash_key(hub), hash_key(open_hub(hub.home))]
    assert len(set(found)) == 1
    assert found[0] not in hub.client.get(key("hash-key"))
    monkeypatch.setenv("OPS_HUB_HASH_KEY", "the centre's")
    assert hash_key(hub) == b"the centre's"


@pytest.mark.parametrize(
    ("name", "departs", "arrives"),
    [
        ("BW432_POS-BGI_2026-11-20.paxlst.edi", "2026-11-20T14:45", "2026-11-20T15:45"),
        ("AV640_BOG-SDQ_2026-11-22.pnrgov.edi", "2026-11-22T14:25", "2026-11-22T17:10"),
        ("BW449_progressive-legs-and-crew_2026-11-22.edi", "2026-11-22T13:15", "2026-11-22T14:45"),
    ],
)
def test_the_heading_tells_departure_and_arrival_in_universal_time(name, departs, arrives):
    found = heading((SAMPLE / name).read_bytes()).times(home_states())
    assert [at.strftime("%Y-%m-%dT%H:%M") for at in found] == [departs, arrives]


@pytest.mark.parametrize(
    "data", [b"", b"UNB+", b"UNH+1+PAXLST", b"\x00" * 5000, b"UNH+1+PNRGOV'TVL'", b"UNH+1+X'LOC'DTM'"]
)
def test_a_heading_of_rubbish_knows_nothing_and_never_fails(data):
    assert bucket_of(*heading(data).times(home_states())) == "x-x"


def journey(**said):
    return {"record_id": "r", "source": "s", "message_type": "csv", **said}


def test_the_keeper_is_the_home_state_of_arrival_then_of_departure_then_the_centre():
    at = datetime(2026, 11, 23, 22, 30)
    people = rows(
        TRAVELLERS,
        [
            journey(from_port="MIA", to_port="BGI", departs_at=at, arrives_at=at),
            journey(from_port="KIN", to_port="MIA", departs_at=at, arrives_at=at),
            journey(from_port="MIA", to_port="LHR", departs_at=at),
            journey(to_port="ZZZ", arrives_at=at),
            journey(),
        ],
    )
    kept = kept_for(people, home_states(), NOW)
    assert kept["state"].to_list() == ["BRB", "JAM", "CENTRE", "CENTRE", "CENTRE"]
    assert kept["day"].to_list() == ["2026-11-24", "2026-11-24", "2026-11-24", "2026-11-23", "2026-11-23"]
    assert kept["arrives_utc"].to_list()[0] == at + timedelta(hours=4)
    assert kept["departs_utc"].null_count() == 2
    assert kept.schema["departs_utc"] == pl.Datetime("us")


def test_status_tells_what_waits_and_for_how_long(intake, hub):
    before = status(hub)
    assert (before["waiting"], before["pending"], before["workers"], before["oldest_seconds"]) == (0, 0, 0, 0.0)
    intake.files([SAMPLE])
    found = status(hub)
    assert found["waiting"] == 13
    assert found["accepted"] == 13
    assert sum(each["units"] for each in found["by_time_left"]) == 13
    assert found["dead_letters"] == 0
    assert 0 <= found["oldest_seconds"] < 30


def test_a_pipe_waits_for_a_hub_that_is_away_and_hands_everything_in(hub):
    told = []
    intake = Intake(hub, home_states(), away=told.append)
    text = BW432.read_bytes()
    os.kill(pid_of(hub.home), signal.SIGKILL)
    again = [text.replace(b"UNH+", b"UNH+%dZ" % number, 1) for number in range(3)]
    assert intake.stream(Dripping(b"".join(again))).accepted == 3
    assert len(told) == 1
    with closing(open_hub(hub.home).client) as client:
        assert int(client.hget(key("counts"), "accepted")) == 3


def test_a_file_whose_name_is_no_text_is_taken_in(intake, tmp_path):
    strange = Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff.edi"))
    strange.write_bytes(BW432.read_bytes())
    assert intake.files([strange]).accepted == 1


def test_what_is_no_id_of_a_dead_letter_is_not_found_among_them(hub):
    assert Queue(hub).requeue(["abc", "1-1", ""]) == 0
