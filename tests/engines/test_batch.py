import json
from dataclasses import replace

import polars as pl
import pytest

import ops_hub.engines.batch as batch
from ops_hub.engines.batch import Job, run
from ops_hub.errors import FeedError, StoreError
from ops_hub.feeds.reading import ReadOptions
from ops_hub.lists.reading import read_lists
from ops_hub.pipeline import compile_lists, open_lists
from ops_hub.store.aside import PLAIN, aside
from tests.conftest import ROOT, TODAY


@pytest.fixture(scope="module")
def lists(knowledge):
    return open_lists(compile_lists(read_lists([ROOT / "watchlists"]), knowledge), knowledge)


@pytest.fixture(scope="module")
def job(tmp_path_factory):
    return Job([ROOT / "sample_feeds"], tmp_path_factory.mktemp("run"), ReadOptions(TODAY, b"key"), "rules")


@pytest.fixture(scope="module")
def account(job, lists, knowledge):
    return run(job, lists, knowledge)


def test_results_do_not_depend_on_the_size_of_batches(job, account, lists, knowledge, tmp_path):
    assert account["hits"] > 0
    small = replace(job, out=tmp_path, read=ReadOptions(TODAY, b"key", batch_rows=7))
    again = run(small, lists, knowledge)
    measured = {"seconds", "peak_memory_mb"}
    assert {k: v for k, v in again.items() if k not in measured} == {
        k: v for k, v in account.items() if k not in measured
    }
    for name in ("hits.csv", "rejects.csv", "chart.html"):
        assert (tmp_path / name).read_bytes() == (job.out / name).read_bytes()
    for name in ("hits.parquet", "links.parquet"):
        assert pl.read_parquet(tmp_path / name).equals(pl.read_parquet(job.out / name))


def test_counts_of_the_account_are_those_of_the_hits(job, account):
    hits = pl.read_parquet(job.out / "hits.parquet")
    told = json.loads((job.out / "run.json").read_text(encoding="utf-8"))
    for name, column in (("hits_by_band", "band"), ("hits_by_list", "list_id"), ("hits_by_handling", "handling")):
        assert told[name] == dict(hits[column].value_counts().sort(column).iter_rows())
        assert list(told[name]) == sorted(told[name])


def test_nothing_is_left_aside(job, account):
    assert not [path.name for path in job.out.iterdir() if path.name.startswith(".")]


def test_errors_of_the_second_thread_end_the_run(job, lists, knowledge, tmp_path, monkeypatch):
    with pytest.raises(FeedError, match="no such file"):
        run(replace(job, feeds=[tmp_path / "nowhere"], out=tmp_path / "a"), lists, knowledge)

    def full(*given):
        raise StoreError("disk", "cannot be written: no space", "make space")

    monkeypatch.setattr(batch.Aside, "put", full)
    with pytest.raises(StoreError, match="no space"):
        run(replace(job, out=tmp_path / "b"), lists, knowledge)
    assert [path.name for path in (tmp_path / "b").iterdir()] == []


def test_frames_come_back_in_the_order_in_which_they_were_put_aside(tmp_path):
    with aside(tmp_path) as place:
        for k in range(PLAIN + 3):
            place.put("numbers", pl.DataFrame({"n": [2 * k, 2 * k + 1]}))
        assert place.scan("numbers", {}).collect()["n"].to_list() == list(range(2 * PLAIN + 6))
    assert list(tmp_path.iterdir()) == []
