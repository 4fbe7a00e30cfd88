"""What a job on two nodes survives; each time the results are those of a batch run."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest
from click.testing import CliRunner

from ops_hub.cli import main
from ops_hub.exercise.generate import ExerciseSpec, generate
from tests.faults import cluster_job
from tests.faults.nodes import Cluster, cluster

pytestmark = [pytest.mark.slow, pytest.mark.faults]
PARTS = 12
Given = tuple[Path, Path, Path]  # feed, list, results of a batch run


@pytest.fixture(scope="module")
def given(tmp_path_factory: pytest.TempPathFactory) -> Given:
    folder = tmp_path_factory.mktemp("job")
    made = generate(ExerciseSpec(PARTS * cluster_job.ROWS, 5_000, 4))
    made.feed.write_parquet(folder / "feed.parquet")
    made.watchlist.write_csv(folder / "list.csv")
    cluster_job.main(str(folder / "feed.parquet"), str(folder / "list.csv"), str(folder / "batch"), "batch")
    return folder / "feed.parquet", folder / "list.csv", folder / "batch"


@pytest.fixture
def nodes() -> Iterator[Cluster]:
    with cluster() as found:
        yield found


def all_is_well(nodes: Cluster, batch: Path, shards: int = 1) -> dict[str, int]:
    """What must hold after every fault; returns how often each partition was begun."""
    for name in ("hits.parquet", "links.parquet", "entries.parquet"):
        assert pl.read_parquet(nodes.out / name).equals(pl.read_parquet(batch / name)), name
    for name in ("hits.csv", "rejects.csv", "chart.html"):
        assert (nodes.out / name).read_bytes() == (batch / name).read_bytes(), name
    assert pl.read_parquet(nodes.out / "hits.parquet").height > 100
    assert len(nodes.parts()) == PARTS * shards
    assert not nodes.begun()
    return nodes.attempts()


def test_a_worker_killed_in_the_middle_of_a_partition_loses_and_doubles_nothing(nodes: Cluster, given: Given) -> None:
    feed, listed, batch = given
    driver = nodes.screen(feed, listed)
    killed: set[str] = set()
    while len(killed) < 2:
        nodes.wait(lambda: [each for each in nodes.begun() if each.name not in killed])
        name = next(each.name for each in nodes.begun() if each.name not in killed)
        os.kill(int(name.split(".")[-3]), signal.SIGKILL)
        killed.add(name)
    nodes.finish(driver)
    attempts = all_is_well(nodes, batch)
    assert all(attempts[name.split(".")[1]] >= 2 for name in killed)


def test_a_node_killed_leaves_its_work_to_the_other(nodes: Cluster, given: Given) -> None:
    feed, listed, batch = given
    driver = nodes.screen(feed, listed)
    nodes.wait(lambda: (nodes.folder / "cache-second" / "spill").is_dir() and nodes.begun())
    nodes.kill(nodes.second)
    assert len(nodes.parts()) < PARTS
    nodes.finish(driver)
    all_is_well(nodes, batch)


def test_a_driver_killed_and_run_again_does_only_what_is_missing(nodes: Cluster, given: Given) -> None:
    feed, listed, batch = given
    driver = nodes.screen(feed, listed)
    nodes.wait(lambda: len(nodes.parts()) >= 3)
    nodes.kill(driver)
    done = {part: (part / "account.json").stat().st_mtime_ns for part in nodes.parts()}
    assert 3 <= len(done) < PARTS
    nodes.finish(nodes.screen(feed, listed))
    all_is_well(nodes, batch)
    assert {part: (part / "account.json").stat().st_mtime_ns for part in done} == done
    assert "of them finished already" in nodes.logs()


@pytest.mark.parametrize("added", [False, True], ids=["compiled", "added to"])
def test_lists_in_shards_give_what_lists_in_one_piece_give(
    nodes: Cluster, given: Given, tmp_path: Path, added: bool
) -> None:
    feed, listed, batch = given
    lists, today = tmp_path / "lists", tmp_path / "today"
    some = tmp_path / "some.csv"
    pl.read_csv(listed, infer_schema=False).gather_every(3 if added else 1).write_csv(some)
    some.rename(tmp_path / listed.name)
    ops_hub("watchlist", "compile", tmp_path / listed.name, "--out", lists, "--shards", "3")
    if added:
        ops_hub("watchlist", "add", lists, listed, "--out", today)
    nodes.finish(nodes.screen(feed, today if added else lists))
    all_is_well(nodes, batch, shards=3)


def ops_hub(*words: object) -> None:
    """Type a command."""
    found = CliRunner().invoke(main, [str(word) for word in words])
    assert found.exit_code == 0, found.output
