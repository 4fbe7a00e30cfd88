"""A driver: python -m tests.faults.cluster_job FEED LIST|SNAPSHOT OUT ADDRESS; small partitions; by ADDRESS 'batch', a batch run."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path

import click

from ops_hub.config import matching_config
from ops_hub.engines import batch
from ops_hub.engines.cluster.on_ray import runner
from ops_hub.engines.cluster.partitions import cut
from ops_hub.engines.cluster.run import Spread, run
from ops_hub.feeds.reading import ReadOptions
from ops_hub.lists.reading import read_lists
from ops_hub.lists.snapshot import open_snapshot
from ops_hub.normalise.tables import name_tables
from ops_hub.pipeline import Knowledge, compile_lists, open_lists
from tests.conftest import TODAY

ROWS = 10_000  # a partition


def main(feed: str, listed: str, out: str, address: str) -> None:
    knowledge = Knowledge(name_tables(), matching_config(), threads=1)
    place = Path(listed)
    snapshot = open_snapshot(place) if place.is_dir() else compile_lists(read_lists([place]), knowledge)
    job = batch.Job([Path(feed)], Path(out), ReadOptions(TODAY, b"key", batch_rows=2_000), "rules")
    if address == "batch":
        batch.run(job, open_lists(snapshot, knowledge), knowledge)
    else:
        spread = Spread(runner(address), tell=lambda said: click.echo(said, err=True), cut=partial(cut, rows=ROWS))
        run(job, snapshot, knowledge, spread)


if __name__ == "__main__":
    main(*sys.argv[1:])
