import json
import os
import shutil
import subprocess
import sys
import time
from base64 import b64encode
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial

import msgspec
import polars as pl
import pytest

from ops_hub.engines import batch
from ops_hub.engines.cluster import on_ray
from ops_hub.engines.cluster.node import bundle_of, cache_folder, do, have
from ops_hub.engines.cluster.part import account_of
from ops_hub.engines.cluster.partitions import cut
from ops_hub.engines.cluster.run import Spread, here, run
from ops_hub.engines.shards import compile_shards
from ops_hub.errors import ConfigError, FeedError, StoreError
from ops_hub.exercise.generate import ExerciseSpec, generate
from ops_hub.feeds.reading import ReadOptions
from ops_hub.lists.reading import read_lists
from ops_hub.lists.snapshot import open_snapshot, write
from ops_hub.pipeline import add_lists, compile_lists, open_lists
from tests.conftest import ROOT, TODAY

RESULTS = ("hits.parquet", "hits.csv", "rejects.csv", "links.parquet", "entries.parquet", "chart.html")
SMALL = partial(cut, rows=100, size=3000)


@pytest.fixture(scope="module")
def feeds(tmp_path_factory):
    """The sample feeds, and an exercise as Parquet, with rows that are rejected or noted."""
    folder = tmp_path_factory.mktemp("feeds")
    shutil.copytree(ROOT / "sample_feeds", folder / "a")
    made = generate(ExerciseSpec(330, 150, 3))
    row = pl.int_range(pl.len())
    spoilt = made.feed.with_columns(
        *(pl.when(row % 70 == 5).then(None).otherwise(pl.col(name)).alias(name) for name in ("family_name", "given_names")),
        pl.when(row % 90 == 7).then(pl.lit("yesterday")).otherwise(pl.col("birth_date")).alias("birth_date"),
    ).drop("documents", "document_number", strict=False)  # fmt: skip
    spoilt.write_parquet(folder / "lake.parquet")
    made.watchlist.write_csv(folder.parent / "list.csv")
    return folder


@pytest.fixture(scope="module")
def snapshot(feeds, knowledge):
    return compile_lists(read_lists([feeds.parent / "list.csv", ROOT / "watchlists"]), knowledge)


@pytest.fixture(scope="module")
def job(feeds, tmp_path_factory):
    out = tmp_path_factory.mktemp("batch")
    return batch.Job([feeds], out, ReadOptions(TODAY, b"key", batch_rows=50), "rules")


@pytest.fixture(scope="module")
def account(job, snapshot, knowledge):
    return batch.run(job, open_lists(snapshot, knowledge), knowledge)


@pytest.fixture
def spread(tmp_path_factory):
    cache = tmp_path_factory.mktemp("cache")
    cache.chmod(0o700)
    return Spread(here(cache), cut=SMALL)


def same_results(one, other):
    for name in RESULTS:
        if name.endswith(".parquet"):
            assert pl.read_parquet(one / name).equals(pl.read_parquet(other / name)), name
        else:
            assert (one / name).read_bytes() == (other / name).read_bytes(), name


def same_accounts(one, other):
    measured = {"seconds", "peak_memory_mb", "given"}
    assert {k: v for k, v in one.items() if k not in measured} == {k: v for k, v in other.items() if k not in measured}


def test_a_run_on_a_cluster_gives_exactly_what_a_batch_run_gives(job, account, snapshot, knowledge, spread, tmp_path):
    found = run(replace(job, out=tmp_path / "c"), snapshot, knowledge, spread)
    assert account["hits"] > 20
    assert account["rejected"] > 5
    same_accounts(found, account)
    same_results(tmp_path / "c", job.out)
    told = json.loads((tmp_path / "c" / "manifest.json").read_text())
    assert len(told["partitions"]) > 6
    assert told["records_in"] == told["screened"] + told["rejected"] == sum(p["records_in"] for p in told["partitions"])
    assert all(shard["attempts"] == 1 for each in told["partitions"] for shard in each["shards"])


def test_lists_in_shards_give_what_lists_in_one_piece_give(job, account, snapshot, knowledge, spread, feeds, tmp_path):
    shards = [
        compile_lists(read_lists([place]), knowledge) for place in (feeds.parent / "list.csv", ROOT / "watchlists")
    ]
    cut_up = replace(snapshot, shards=tuple(shards))
    same_accounts(run(replace(job, out=tmp_path / "c"), cut_up, knowledge, spread), account)
    same_results(tmp_path / "c", job.out)
    told = json.loads((tmp_path / "c" / "manifest.json").read_text())
    assert {len(each["shards"]) for each in told["partitions"]} == {2}


@pytest.mark.parametrize("added", [False, True], ids=["compiled", "added to"])
def test_a_node_fetches_the_shards_that_it_works_on_and_all_give_what_lists_in_one_piece_give(
    added, job, account, snapshot, knowledge, spread, feeds, tmp_path
):
    read = read_lists([feeds.parent / "list.csv", ROOT / "watchlists"])
    first = [replace(each, entries=each.entries.gather_every(2)) for each in read] if added else read
    compile_shards(first, tmp_path / "lists", knowledge, shards=3, engine="0")
    lists = open_snapshot(tmp_path / "lists")
    if added:
        write(tmp_path / "today", add_lists(lists, read, knowledge, replace=True), "0")
        lists = open_snapshot(tmp_path / "today")
    fetched = {}

    def node_a_shard(works, folders):
        for work in works:
            cache = tmp_path / f"node-{work.shard}"
            cache.mkdir(mode=0o700, exist_ok=True)
            own = fetched.setdefault(work.shard, set())

            def fetch(bundle, name, own=own):
                own.add(bundle.name)
                return [(folders[bundle.name] / name).read_bytes()]

            yield do(work, fetch, cache)

    found = run(replace(job, out=tmp_path / "c"), lists, knowledge, replace(spread, runner=node_a_shard))
    same_accounts({k: v for k, v in found.items() if k != "lists"}, {k: v for k, v in account.items() if k != "lists"})
    same_results(tmp_path / "c", job.out)
    assert [len(fetched[shard]) for shard in (0, 1, 2)] == [1, 1, 1]
    assert len(set.union(*fetched.values())) == 3
    if added:  # the same lists in another number of shards: its parts would be others
        with pytest.raises(ConfigError, match="what differs: shards"):
            run(replace(job, out=tmp_path / "c"), snapshot, knowledge, spread)


def test_who_comes_second_to_a_folder_is_told_to_wait_and_gets_the_first_ones_results(
    job, snapshot, knowledge, spread, tmp_path
):
    mine, said = replace(job, feeds=[ROOT / "sample_feeds"], out=tmp_path / "c"), []

    pool, second = ThreadPoolExecutor(1), []

    def slowly(works, folders):
        second.append(pool.submit(run, mine, snapshot, knowledge, replace(spread, tell=said.append)))
        while not said:
            time.sleep(0.01)
        return spread.runner(works, folders)

    first = run(mine, snapshot, knowledge, replace(spread, runner=slowly))
    assert second[0].result(120) == first
    assert said == [f"another ops-hub works in {tmp_path / 'c'}: waiting until it ends", "this job is finished already"]


def test_the_key_for_payment_numbers_is_in_no_file_of_a_job(job, snapshot, knowledge, spread, tmp_path):
    key = b"no-file-holds-me"
    mine = replace(job, out=tmp_path / "c", read=replace(job.read, hash_key=key), feeds=[ROOT / "sample_feeds"])
    run(mine, snapshot, knowledge, replace(spread, runner=here(cache_folder({"OPS_HUB_CLUSTER_CACHE": str(tmp_path / "n")}))))  # fmt: skip
    written = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(written) > 10
    forms = (key, b64encode(key), key.hex().encode())
    assert not [path for path in written if any(form in path.read_bytes() for form in forms)]


def test_partitions_are_the_feeds_in_order_and_split_files_whole(feeds):
    parts = SMALL([feeds], 50)
    split = [part.rows for part in parts if part.rows]
    assert split == [(0, 100), (100, 200), (200, 300), (300, 330)]
    assert len({part.name for part in parts}) == len(parts)
    read = [file.source for part in parts for file in part.files if part.rows is None]
    assert [*read, "lake.parquet"] == [name for name, _ in batch_order(feeds)]
    assert cut([feeds], 50, rows=1000)[-1].rows is None


def batch_order(feeds):
    found = [path for path in sorted(feeds.rglob("*")) if path.is_file()]
    names = {each.source for part in cut([feeds], 50) for each in part.files}
    return [(path.relative_to(feeds).as_posix(), path) for path in found if path.relative_to(feeds).as_posix() in names]


def test_a_job_that_broke_off_goes_on_where_it_was_and_doubles_nothing(
    job, account, snapshot, knowledge, spread, tmp_path
):
    mine, done = replace(job, out=tmp_path / "c"), []

    def breaking(works, folders):
        for outcome in spread.runner(works, folders):
            done.append(outcome.name)
            yield outcome
            if len(done) == 4:
                raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(mine, snapshot, knowledge, replace(spread, runner=breaking))
    broken = tmp_path / "c" / "parts" / done[1]
    (broken / "hits.parquet").write_bytes(b"half")
    (tmp_path / "c" / "parts" / ".000009-abc.0.host.1.dead.part").mkdir()

    def counting(works, folders):
        again.extend(work.name for work in works)
        return spread.runner(works, folders)

    again: list[str] = []
    found = run(mine, snapshot, knowledge, replace(spread, runner=counting))
    assert done[1] in again
    assert not {done[0], *done[2:]} & set(again)
    same_accounts(found, account)
    same_results(tmp_path / "c", job.out)
    left = list((tmp_path / "c" / "parts").iterdir())
    assert len([path for path in left if path.is_dir()]) == len({*again, *done})
    assert not list((tmp_path / "c" / "parts").rglob("travellers.parquet"))
    again.clear()
    assert run(mine, snapshot, knowledge, replace(spread, runner=counting)) == found
    assert again == []


def test_results_that_were_altered_are_made_again(job, snapshot, knowledge, spread, tmp_path):
    mine = replace(job, feeds=[ROOT / "sample_feeds"], out=tmp_path / "c")
    run(mine, snapshot, knowledge, spread)
    before = (tmp_path / "c" / "hits.csv").read_bytes()
    (tmp_path / "c" / "hits.csv").write_text("nothing")
    run(mine, snapshot, knowledge, spread)
    assert (tmp_path / "c" / "hits.csv").read_bytes() == before


def test_another_job_in_the_same_folder_is_refused_and_what_differs_is_named(
    job, snapshot, knowledge, spread, tmp_path
):
    mine = replace(job, feeds=[ROOT / "sample_feeds"], out=tmp_path / "c")
    run(mine, snapshot, knowledge, spread)
    with pytest.raises(ConfigError, match="hash_key; give what that job was begun with"):
        run(replace(mine, read=ReadOptions(TODAY, b"other", batch_rows=50)), snapshot, knowledge, spread)
    with pytest.raises(ConfigError, match="partitions, sources"):
        run(replace(mine, feeds=job.feeds), snapshot, knowledge, spread)
    with pytest.raises(ConfigError, match="holds another run; choose another --out"):
        run(replace(mine, out=job.out), snapshot, knowledge, spread)


def test_a_part_that_fails_lets_the_others_finish_and_is_done_when_run_again(
    job, snapshot, knowledge, spread, feeds, tmp_path
):
    shutil.copytree(feeds, tmp_path / "feeds")
    mine = replace(job, feeds=[tmp_path / "feeds"], out=tmp_path / "c")
    lake, whole = tmp_path / "feeds" / "lake.parquet", (tmp_path / "feeds" / "lake.parquet").read_bytes()

    def spoiling(works, folders):
        lake.write_bytes(whole + b" ")
        return spread.runner(works, folders)

    said = []
    with pytest.raises(FeedError, match=r"lake.parquet \(part .*, and 3 more parts\).*run again") as error:
        run(mine, snapshot, knowledge, replace(spread, runner=spoiling, tell=said.append))
    assert "put that one back" in str(error.value)
    assert len(said) == 1 + 4
    lake.write_bytes(whole)
    run(mine, snapshot, knowledge, replace(spread, tell=said.append))
    assert said[-1].endswith(f"{len(SMALL([feeds], 50)) - 4} of them finished already")
    same_results(tmp_path / "c", job.out)


def test_work_done_twice_at_once_counts_once(job, account, snapshot, knowledge, spread, tmp_path):
    def twice(works, folders):
        for work in works:
            with ThreadPoolExecutor(2) as pool:
                found = list(pool.map(lambda each: next(iter(spread.runner([each], folders))), [work, work]))
            assert found[0] == found[1]
            yield found[0]

    found = run(replace(job, out=tmp_path / "c"), snapshot, knowledge, replace(spread, runner=twice))
    same_accounts(found, account)
    assert not list((tmp_path / "c" / "parts").glob(".*.part"))


def test_a_node_with_another_engine_is_refused(job, snapshot, knowledge, spread, tmp_path):
    def elsewhere(works, folders):
        for work in works:
            terms = msgspec.structs.replace(work.terms, engine={**work.terms.engine, "polars": "0.1"})
            yield next(iter(spread.runner([msgspec.structs.replace(work, terms=terms)], folders)))

    with pytest.raises(ConfigError, match=r"another engine is installed there: polars .* instead of 0.1"):
        run(replace(job, out=tmp_path / "c"), snapshot, knowledge, replace(spread, runner=elsewhere))
    assert not [each for each in (tmp_path / "c" / "parts").iterdir() if account_of(each)]


def test_what_a_node_keeps_is_whole_and_its_owners_alone(tmp_path):
    sent = tmp_path / "sent"
    (sent / "inside").mkdir(parents=True)
    (sent / "inside" / "a").write_bytes(b"12345")
    bundle, cache, asked = bundle_of(sent), cache_folder({"OPS_HUB_CLUSTER_CACHE": str(tmp_path / "cache")}), []

    def fetch(bundle, name):
        asked.append(name)
        return [b"12", b"345"]

    for _ in range(2):
        assert (have(bundle, cache, fetch) / "inside" / "a").read_bytes() == b"12345"
    assert asked == ["inside/a"]
    (cache / bundle.name / "inside" / "a").unlink()  # as those do who tidy temporary files
    have(bundle, cache, fetch)
    assert asked == ["inside/a"] * 2
    shutil.rmtree(cache / bundle.name)
    with pytest.raises(StoreError, match="something else came than was sent"):
        have(bundle, cache, lambda bundle, name: [b"54321"])
    assert not (cache / bundle.name).exists()
    cache.chmod(0o755)
    with pytest.raises(StoreError, match="others can read or change"):
        cache_folder({"OPS_HUB_CLUSTER_CACHE": str(cache)})


def test_without_the_extra_the_remedy_is_named(monkeypatch):
    def missing(name):
        raise ModuleNotFoundError(name)

    monkeypatch.setattr(on_ray, "import_module", missing)
    with pytest.raises(ConfigError, match=r"pip install 'ops-hub\[cluster\]'"):
        on_ray.runner("local")


def test_work_is_plain_json(job, snapshot, knowledge, spread, tmp_path):
    def checking(works, folders):
        for work in works:
            assert msgspec.json.decode(msgspec.json.encode(work), type=type(work)) == work
        return spread.runner(works, folders)

    run(
        replace(job, feeds=[ROOT / "sample_feeds"], out=tmp_path / "c"),
        snapshot,
        knowledge,
        replace(spread, runner=checking),
    )


@pytest.mark.wide
def test_a_local_cluster_of_ray_gives_what_a_batch_run_gives(feeds, tmp_path):
    command = [sys.executable, "-c", "from ops_hub.cli import main; main()", "screen", feeds, "--today", "2026-11-23"]
    lists = ["-w", ROOT / "watchlists", "-w", feeds.parent / "list.csv"]
    known = {"PYTHONPATH": str(ROOT), "OPS_HUB_HASH_KEY": "k", "OPS_HUB_CLUSTER_CACHE": str(tmp_path / "cache")}
    for name, more in (("batch", []), ("cluster", ["--cluster", "local"])):
        done = subprocess.run(
            [str(word) for word in (*command, *lists, "--out", tmp_path / name, *more)],
            env=os.environ | known, capture_output=True, text=True, timeout=300, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
    assert done.stderr.splitlines() == ["ops-hub: 1 parts, 0 of them finished already"]
    same_results(tmp_path / "cluster", tmp_path / "batch")


def test_where_nobody_listens_the_remedy_is_named_at_once(job, snapshot, knowledge, tmp_path):
    pytest.importorskip("ray")
    with pytest.raises(StoreError, match=r"cluster 127.0.0.1:1: cannot be joined: .*refused; .*RAY_AUTH_TOKEN"):
        run(replace(job, out=tmp_path / "c"), snapshot, knowledge, Spread(on_ray.runner("127.0.0.1:1"), cut=SMALL))
