"""Feed files into a folder of results: hits, rejects, the account of the run, the link chart.

Reach for `run()`. It reads, screens batch by batch in bounded memory, and reconciles every count before it
writes. What a hit is, is decided in `pipeline`.
"""

from __future__ import annotations

import json
import resource
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl

from ops_hub import __version__
from ops_hub.errors import FeedError
from ops_hub.feeds.reading import Batch, Input, ReadOptions, read
from ops_hub.graph.chart import chart_html
from ops_hub.graph.links import LINKED, links
from ops_hub.pipeline import Knowledge, Lists, screen
from ops_hub.schemas import HITS, REJECTS, TRAVELLERS, empty
from ops_hub.store.files import write_csv, write_parquet, write_text


@dataclass(frozen=True)
class Job:
    """What to screen, against what, and where results go.

    Attributes:
        feeds: files and folders.
        out: folder for the results.
        read: how to read.
        ruleset: hash of the rules folder, for the account.
        progress: told travellers and hits so far, after each batch.
    """

    feeds: Sequence[Path]
    out: Path
    read: ReadOptions
    ruleset: str
    progress: Callable[[int, int], None] | None = None


@dataclass
class _Run:
    """What adds up while batches go by."""

    seconds: dict[str, float] = field(default_factory=dict)
    inputs: list[Input] = field(default_factory=list)
    hits: list[pl.DataFrame] = field(default_factory=list)
    rejects: list[pl.DataFrame] = field(default_factory=list)
    screened: int = 0

    @contextmanager
    def watch(self, stage: str) -> Iterator[None]:
        begin = time.perf_counter()
        yield
        self.seconds[stage] = self.seconds.get(stage, 0.0) + time.perf_counter() - begin


def run(job: Job, lists: Lists, knowledge: Knowledge) -> dict[str, object]:
    """Screen the feeds, write the results and return the account (the content of run.json).

    Raises:
        FeedError: a path does not exist, none of the files could be read, or counts do not reconcile.
        StoreError: results cannot be written.
    """
    state = _Run()
    begin = time.perf_counter()
    if job.progress is not None:
        job.progress(0, 0)
    with TemporaryDirectory(prefix="ops-hub-") as spill:
        for number, batch in enumerate(_batches(job, state)):
            hits = screen(batch.travellers, lists, knowledge, today=job.read.today, watch=state.watch)
            _take(state, batch, hits)
            with state.watch("spill"):
                batch.travellers.select(LINKED).write_parquet(Path(spill) / f"{number:06d}.parquet")
            if job.progress is not None:
                job.progress(state.screened, sum(each.height for each in state.hits))
        _reconcile(state)
        hits = pl.concat([empty(HITS), *state.hits])
        with state.watch("connect"):
            linked = links(
                pl.scan_parquet(Path(spill) / "*.parquet") if state.inputs else empty(TRAVELLERS).select(LINKED).lazy(),
                hits,
            )
    account = _account(job, state, lists, knowledge, hits)
    with state.watch("write"):
        _write(job.out, hits, pl.concat([empty(REJECTS), *state.rejects]), linked, account)
    account["seconds"] = {stage: round(s, 3) for stage, s in state.seconds.items()} | {
        "total": round(time.perf_counter() - begin, 3)
    }
    account["peak_memory_mb"] = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1)
    write_text(job.out / "run.json", json.dumps(account, indent=1, ensure_ascii=False) + "\n")
    return account


def _batches(job: Job, state: _Run) -> Iterator[Batch]:
    """Yield batches, the time of reading kept apart."""
    batches = read(job.feeds, job.read)
    while True:
        with state.watch("read"):
            batch = next(batches, None)
        if batch is None:
            return
        yield batch


def _take(state: _Run, batch: Batch, hits: pl.DataFrame) -> None:
    state.inputs += batch.inputs
    state.hits.append(hits)
    state.rejects.append(batch.rejects)
    state.screened += batch.travellers.height


def _reconcile(state: _Run) -> None:
    """Stop the run where records in are not screened + rejected: something would be lost."""
    told = sum(each.records_in - each.rejected for each in state.inputs)
    rejected = sum(frame.filter(pl.col("kind") == "record").height for frame in state.rejects)
    if told != state.screened or rejected != sum(each.rejected for each in state.inputs):
        raise FeedError(
            "run",
            f"counts do not reconcile: {told} records accounted for, {state.screened} screened, {rejected} rejected",
            "this is a fault of the engine; report it with the feed",
        )
    if state.inputs and state.screened == 0 and all(each.format == "unknown" for each in state.inputs):
        raise FeedError(
            state.inputs[0].path,
            "no file could be read as a feed",
            f"first reason: {state.rejects[0]['detail'][0]}",
        )


def _account(job: Job, state: _Run, lists: Lists, knowledge: Knowledge, hits: pl.DataFrame) -> dict[str, object]:
    rejected = sum(each.rejected for each in state.inputs)
    return {
        "engine": __version__,
        "snapshot": lists.snapshot.hash,
        "ruleset": job.ruleset,
        "configuration": knowledge.config.digest,
        "threshold": knowledge.config.bands.threshold,
        "high": knowledge.config.bands.high,
        "today": job.read.today.isoformat(),
        "records_in": state.screened + rejected,
        "screened": state.screened,
        "rejected": rejected,
        "notes": sum(each.notes for each in state.inputs),
        "hits": hits.height,
        "hits_by_band": _counts(hits, "band"),
        "hits_by_list": _counts(hits, "list_id"),
        "hits_by_handling": _counts(hits, "handling"),
        "lists": [{"list": each.list_id, "owner": each.owner, "counts": each.counts} for each in lists.snapshot.lists],
        "inputs": [asdict(each) | {"screened": each.records_in - each.rejected} for each in state.inputs],
    }


def _counts(frame: pl.DataFrame, column: str) -> dict[str, int]:
    return dict(frame[column].value_counts().sort(column).iter_rows())


def _write(
    out: Path, hits: pl.DataFrame, rejects: pl.DataFrame, linked: pl.DataFrame, account: dict[str, object]
) -> None:
    write_parquet(out / "hits.parquet", hits)
    write_csv(out / "hits.csv", hits.drop("tokens"))
    write_csv(out / "rejects.csv", rejects)
    write_parquet(out / "links.parquet", linked)
    subtitle = f"{account['screened']} travellers screened, {account['hits']} hits, {account['today']}"
    write_text(out / "chart.html", chart_html(linked, title="Link chart", subtitle=subtitle))
