"""Feed files into a folder of results: hits, rejects, the account of the run, the link chart.

Reach for `run()`. It reads, screens batch by batch in bounded memory, and reconciles every count before it
writes; the cluster engine walks by the same steps. What a hit is, is decided in `pipeline`.
"""

from __future__ import annotations

import json
import resource
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

import polars as pl

from ops_hub import __version__
from ops_hub.errors import FeedError
from ops_hub.feeds.reading import Batch, Input, Named, ReadOptions, read
from ops_hub.graph.chart import chart_html
from ops_hub.graph.charts.folding import IN_FILE
from ops_hub.graph.charts.model import of_links
from ops_hub.graph.links import Hold, links
from ops_hub.graph.values import LINKED
from ops_hub.lists.snapshot import Snapshot
from ops_hub.pipeline import Asked, Knowledge, Lists, prepared, screened
from ops_hub.schemas import ENTRIES, HITS, REJECTS, TRAVELLERS, VERSION
from ops_hub.store.aside import Aside, aside
from ops_hub.store.files import write_csv, write_parquet, write_text

_COUNTED = ("band", "list_id", "handling")  # by which the account counts hits


@dataclass(frozen=True)
class Job:
    """What to screen, against what, and where results go.

    Attributes:
        feeds: files and folders; files by name where a run is repeated.
        out: folder for the results.
        read: how to read.
        ruleset: hash of the rules folder, for the account.
        progress: told travellers and hits so far, after each batch.
        given: what else must be known to repeat the run, for the account (see `replay_run.given`).
    """

    feeds: Sequence[Path | Named]
    out: Path
    read: ReadOptions
    ruleset: str
    progress: Callable[[int, int], None] | None = None
    given: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Screened:
    """What screening left on disk.

    Attributes:
        hits: HITS.
        travellers: TRAVELLERS, the columns LINKED.
        rejects: REJECTS.
        hold: keeps what is too much for memory.
    """

    hits: pl.LazyFrame
    travellers: pl.LazyFrame
    rejects: pl.LazyFrame
    hold: Hold


@dataclass
class Tally:
    """What adds up while batches go by; everything else of them is put aside."""

    begin: float = field(default_factory=time.perf_counter)
    seconds: dict[str, float] = field(default_factory=dict)
    inputs: list[Input] = field(default_factory=list)
    counts: list[pl.DataFrame] = field(default_factory=list)
    hits: int = 0
    screened: int = 0
    rejected: int = 0
    nameless: int = 0
    unasked: int = 0
    first_reject: str = ""
    peak_memory_mb: float = 0.0  # of processes other than this one

    @contextmanager
    def watch(self, stage: str) -> Iterator[None]:
        """Time a stage."""
        begin = time.perf_counter()
        yield
        self.seconds[stage] = self.seconds.get(stage, 0.0) + time.perf_counter() - begin

    def take_hits(self, hits: pl.DataFrame) -> None:
        """Count hits."""
        self.counts.append(hits.group_by(_COUNTED).len())
        self.hits += hits.height

    def take(self, batch: Batch, asked: Asked) -> None:
        """Count a batch."""
        self.inputs += batch.inputs
        self.screened += batch.travellers.height
        nameless = asked.people.nameless
        self.nameless += int(nameless.sum())
        self.unasked += batch.travellers.filter(
            nameless & ~(pl.col("documents").list.len() > 0).fill_null(False)
        ).height
        self.rejected += batch.rejects.filter(pl.col("kind") == "record").height
        if not self.first_reject and batch.rejects.height:
            self.first_reject = batch.rejects["detail"][0]


def run(job: Job, lists: Lists, knowledge: Knowledge) -> dict[str, object]:
    """Screen the feeds, write the results and return the account (the content of run.json).

    Raises:
        FeedError: a path does not exist, none of the files could be read, or counts do not reconcile.
        StoreError: results cannot be written.
    """
    state = Tally()
    if job.progress is not None:
        job.progress(0, 0)

    def found(asked: Asked) -> Iterator[pl.DataFrame]:
        return screened(asked, lists, knowledge, today=job.read.today, watch=state.watch)

    with aside(job.out) as place:
        screen_all(read(job.feeds, job.read), state, place, knowledge, found, job.progress)
        reconcile(state)
        made = Screened(
            place.scan("hits", HITS), place.scan("travellers", TRAVELLERS), place.scan("rejects", REJECTS), place.hold
        )
        return finish(job, state, made, lists.snapshot, [part.entries for part in lists.parts], knowledge)


def screen_all(
    batches: Iterator[Batch],
    state: Tally,
    place: Aside,
    knowledge: Knowledge,
    found: Callable[[Asked], Iterator[pl.DataFrame]],
    progress: Callable[[int, int], None] | None = None,
) -> None:
    """Read, screen, count and put aside all batches: hits, the travellers' columns LINKED, rejects.

    While one is screened, a second thread puts the one before it aside, and reads and prepares the next: three are in
    memory.

    Args:
        batches: what is read, as it is read.
        state: counts; those of the batch that is screened are in it already.
        place: where all goes.
        knowledge: how names and people are compared.
        found: gives the hits of a batch, piece by piece.
        progress: told travellers and hits so far, after each batch.
    """
    with ThreadPoolExecutor(1) as beside:
        coming = beside.submit(_next, batches, state, knowledge)
        put = beside.submit(_put_aside, {}, state, place)
        while (read_now := coming.result()) is not None:
            coming = beside.submit(_next, batches, state, knowledge)
            batch, asked = read_now
            state.take(batch, asked)
            for hits in found(asked):
                state.take_hits(hits)
                put.result()  # an error of the disk ends the run here
                put = beside.submit(_put_aside, {"hits": hits}, state, place)
            frames = {"travellers": batch.travellers.select(LINKED), "rejects": batch.rejects}
            put.result()
            put = beside.submit(_put_aside, frames, state, place)
            if progress is not None:
                progress(state.screened, state.hits)
        put.result()


def _next(batches: Iterator[Batch], state: Tally, knowledge: Knowledge) -> tuple[Batch, Asked] | None:
    with state.watch("read"):
        batch = next(batches, None)
    if batch is None:
        return None
    with state.watch("normalise"):
        return batch, prepared(batch.travellers, knowledge)


def _put_aside(frames: dict[str, pl.DataFrame], state: Tally, place: Aside) -> None:
    with state.watch("spill"):
        for name, frame in frames.items():
            place.put(name, frame)


def reconcile(state: Tally) -> None:
    """Stop the run where records in are not screened + rejected: something would be lost.

    Raises:
        FeedError: they are not, or none of the files could be read as a feed.
    """
    check_sums(state)
    if state.inputs and state.screened == 0 and all(each.format == "unknown" for each in state.inputs):
        raise FeedError(state.inputs[0].path, "no file could be read as a feed", f"first reason: {state.first_reject}")


def check_sums(state: Tally) -> None:
    """Stop where the accounts of the files do not add up to what was screened and rejected.

    Raises:
        FeedError: they do not.
    """
    told = sum(each.records_in - each.rejected for each in state.inputs)
    if told != state.screened or state.rejected != sum(each.rejected for each in state.inputs):
        raise FeedError(
            "run",
            f"counts do not reconcile: {told} records accounted for, {state.screened} screened, {state.rejected} rejected",
            "this is a fault of the engine; report it with the feed",
        )


def finish(
    job: Job,
    state: Tally,
    made: Screened,
    snapshot: Snapshot,
    entries: Sequence[pl.DataFrame],
    knowledge: Knowledge,
) -> dict[str, object]:
    """Link, write all results into the folder, run.json last, and return the account (its content).

    Args:
        job: what was screened, and the folder.
        state: its counts.
        made: what screening left.
        snapshot: what was screened against.
        entries: its ENTRIES, in as many frames as it has parts.
        knowledge: how names and people were compared.

    Raises:
        StoreError: results cannot be written.
    """
    with state.watch("connect"):
        linked = links(made.travellers, made.hits, hold=made.hold)
    account = _account(job, state, snapshot, knowledge)
    with state.watch("write"):
        write_parquet(job.out / "entries.parquet", _met(made.hits, entries))
        _write(job.out, made.hits, made.rejects, linked, account)
    account["seconds"] = {stage: round(s, 3) for stage, s in state.seconds.items()} | {
        "total": round(time.perf_counter() - state.begin, 3)
    }
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    account["peak_memory_mb"] = round(max(own, state.peak_memory_mb), 1)
    write_text(job.out / "run.json", json.dumps(account, indent=1, ensure_ascii=False) + "\n")
    return account


def _account(job: Job, state: Tally, snapshot: Snapshot, knowledge: Knowledge) -> dict[str, object]:
    counts = (
        pl.concat(state.counts) if state.counts else pl.DataFrame(schema=dict.fromkeys((*_COUNTED, "len"), pl.String))
    )
    return {
        "engine": __version__,
        "schemas": VERSION,
        "snapshot": snapshot.hash,
        "ruleset": job.ruleset,
        "configuration": knowledge.config.digest,
        "threshold": knowledge.config.bands.threshold,
        "high": knowledge.config.bands.high,
        "today": job.read.today.isoformat(),
        "records_in": state.screened + state.rejected,
        "screened": state.screened,
        "rejected": state.rejected,
        "nameless": state.nameless,
        "nameless_without_documents": state.unasked,
        "notes": sum(each.notes for each in state.inputs),
        "hits": state.hits,
        "hits_by_band": _counts(counts, "band"),
        "hits_by_list": _counts(counts, "list_id"),
        "hits_by_handling": _counts(counts, "handling"),
        "lists": [{"list": each.list_id, "owner": each.owner, "counts": each.counts} for each in snapshot.lists],
        "inputs": [asdict(each) | {"screened": each.records_in - each.rejected} for each in state.inputs],
        "given": dict(job.given),
    }


def _met(hits: pl.LazyFrame, entries: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """Return ENTRIES of the entries met, as they were: their caveats go with whatever is made of the hits."""
    version = ["list_id", "entry_id", "entry_hash"]
    met = hits.select(version).unique().collect(engine="streaming")
    found = pl.concat([each.select(ENTRIES.keys()).join(met, on=version, how="semi") for each in entries])
    return found.sort(version)


def _counts(frame: pl.DataFrame, column: str) -> dict[str, int]:
    return dict(frame.group_by(column).agg(pl.col("len").sum()).sort(column).iter_rows())


def _write(
    out: Path, hits: pl.LazyFrame, rejects: pl.LazyFrame, linked: pl.LazyFrame, account: dict[str, object]
) -> None:
    write_parquet(out / "hits.parquet", hits)
    write_csv(out / "hits.csv", hits.drop("tokens"))
    write_csv(out / "rejects.csv", rejects)
    write_parquet(out / "links.parquet", linked)
    subtitle = f"{account['screened']} travellers screened, {account['hits']} hits, {account['today']}"
    write_text(out / "chart.html", chart_html(of_links(linked, title="Link chart", subtitle=subtitle, most=IN_FILE)))
