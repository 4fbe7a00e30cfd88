"""Re-screening and replay with the hub's own parts: workers, keeper, office, lake, archive."""

import json
from dataclasses import replace
from shutil import rmtree

import polars as pl
import pytest
from click.testing import CliRunner

from ops_hub import __version__
from ops_hub.cli.main import main
from ops_hub.engines.live.ingest import Intake
from ops_hub.engines.live.keeper import Keeper
from ops_hub.engines.live.looking_back import ways
from ops_hub.engines.live.office import Office
from ops_hub.engines.live.rescreen import step
from ops_hub.engines.live.rescreen_progress import status
from ops_hub.engines.live.worker import Worker
from ops_hub.lists.entries import finished
from ops_hub.lists.reading import read_lists
from ops_hub.lists.snapshot import write
from ops_hub.pipeline import compile_lists
from ops_hub.states import home_states
from ops_hub.store import archive, lake
from ops_hub.store.hub import key
from ops_hub.store.receipts import receipts_of
from tests.conftest import ROOT
from tests.live.fixtures_cases import all_cases


class Centre:
    """A hub with its keeper and office, which work when they are told to."""

    def __init__(self, hub, knowledge, folder):
        self.hub, self.knowledge, self.folder = hub, knowledge, folder
        self.keeper, self.office = Keeper(hub, home_states()), Office(hub)
        self.keeper.open(lambda: False)
        archive.keep_code(hub)
        self.ruleset = archive.keep_rules(hub, None)

    def publish(self, lists):
        snapshot = compile_lists(lists, self.knowledge)
        write(self.folder / snapshot.hash, snapshot, __version__)
        archive.publish(self.hub, archive.keep_snapshot(self.hub, self.folder / snapshot.hash), self.ruleset)
        return snapshot.hash

    def ingest(self):
        Intake(self.hub, home_states()).files([ROOT / "sample_feeds"])
        Worker(self.hub, "worker").run(lambda: False, until_empty=True)

    def settle(self, seconds=0.0):
        while self.office.work():
            pass
        self.keeper.finish()

    def rescreen(self):
        return step(self.hub, "again", lambda: False, ways(self.hub), poll=0.0, pause=self.settle)

    def cases(self):
        found = all_cases(self.hub).values()
        return [(case, hit) for case in found for hit in case.hits]


@pytest.fixture
def centre(hub, knowledge, tmp_path, monkeypatch):
    monkeypatch.setenv("OPS_HUB_HOME", str(hub.home))
    monkeypatch.delenv("OPS_HUB_REDIS", raising=False)
    made = Centre(hub, knowledge, tmp_path)
    yield made
    made.keeper.close()


def replayed(record, *more):
    return CliRunner().invoke(main, ["replay", "--record", record, "--purpose", "a test", "--json", *more])


def without(lists, hit):
    """The lists without an entry."""
    return [
        replace(each, entries=each.entries.filter(~((pl.col("list_id") == hit[0]) & (pl.col("entry_id") == hit[1]))))
        for each in lists
    ]


def test_an_entry_that_comes_changes_and_goes_is_followed_into_the_past(centre):
    whole = read_lists([ROOT / "watchlists"])
    centre.publish(whole)
    centre.ingest()
    centre.settle()
    assert not centre.rescreen()  # the first publication
    before = {hit.hit_id: hit for _, hit in centre.cases()}
    assert len(before) > 5
    chosen = next(hit for hit in before.values() if hit.list_id == "brb-smuggling")
    pair, own = (chosen.list_id, chosen.entry_id), {n for n, h in before.items() if h.entry_id == chosen.entry_id}

    centre.publish(without(whole, pair))
    assert centre.rescreen()
    gone = {hit.hit_id for _, hit in centre.cases() if hit.withdrawn}
    assert gone == own

    changed = [
        replace(each, entries=pl.concat([each.entries.filter(pl.col("entry_id") != pair[1]), noted(each, pair)]))
        if each.info.list_id == pair[0]
        else each
        for each in whole
    ]
    new = centre.publish(changed)
    assert centre.rescreen()
    centre.settle()
    again = [hit for _, hit in centre.cases() if hit.snapshot == new]
    assert {(hit.record_id, hit.entry_id) for hit in again} == {
        (before[each].record_id, before[each].entry_id) for each in own
    }
    assert {hit.score for hit in again} == {before[each].score for each in own}
    assert not {hit.hit_id for hit in again} & own
    assert status(centre.hub)["screened_against"] == new
    assert centre.rescreen() is False


def test_an_entry_that_was_removed_by_mistake_and_comes_back_is_met_again_in_the_same_cases(centre):
    whole = read_lists([ROOT / "watchlists"])
    centre.publish(whole)
    centre.ingest()
    centre.settle()
    centre.rescreen()
    before = {hit.hit_id: case.id for case, hit in centre.cases() if hit.list_id == "hnd-wanted"}
    assert before
    centre.publish([each for each in whole if each.info.list_id != "hnd-wanted"])
    centre.publish(whole)
    for _ in range(2):
        assert centre.rescreen()
        centre.settle()
    after = {hit.hit_id: case for case, hit in centre.cases() if hit.list_id == "hnd-wanted"}
    assert {name: case.id for name, case in after.items()} == before
    assert {case.status for case in after.values()} == {"new"}
    assert all(hit.live for case in after.values() for hit in case.hits)


def noted(read, pair):
    own = read.entries.filter(pl.col("entry_id") == pair[1]).with_columns(pl.lit("another remark").alias("remarks"))
    return finished(own.drop("entry_hash"), read.info)


def test_a_live_screening_is_replayed_from_the_command_line(centre):
    centre.publish(read_lists([ROOT / "watchlists"]))
    centre.ingest()
    hits = centre.hub.client.xlen(key("screened"))
    assert hits
    centre.settle()
    record = centre.cases()[0][1].record_id
    done = replayed(record)
    assert done.exit_code == 0, done.output
    said = json.loads(done.stdout)
    assert said["identical"] is True
    assert said["hits_of_record"] > 0
    assert said["notes"] == []  # cases hold all hits of then
    assert receipts_of(centre.hub, {said["screening"]})[said["screening"]].hits == said["hits"]
    person = lake.find(centre.hub, record).row(0, named=True)
    assert person["family_name"] not in done.output
    assert "why, for the audit log" in CliRunner().invoke(main, ["replay", "--record", record]).stderr
    assert "ask the centre" in replayed(record, "--as", "BRB/ana").stderr

    rmtree(centre.hub.home / "archive" / "rules")
    done = replayed(record)
    assert done.exit_code == 2
    assert "rules" in done.stderr
    for owner, day in lake.days(centre.hub):
        if day == person["day"]:
            centre.hub.keyring.destroy(owner, day)
    done = replayed(record)
    assert done.exit_code == 2
    events = [fields[b"event"].decode() for _, fields in centre.hub.client.xrange(key("audit"))]
    assert [json.loads(each)["action"] for each in events if "replay" in each] == ["replayed", *["replay-refused"] * 2]
