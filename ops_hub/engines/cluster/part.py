"""One partition and one shard of the lists into a folder of Parquet: hits, and once the travellers and rejects.

Reach for `screen_part()`: it knows no cluster, and any runner may call it anywhere. The folder appears whole or not at
all, so that work may be done twice, at once even, and one of both counts. What all parts make together is left to `whole`.
"""

from __future__ import annotations

import hashlib
import os
import platform
import resource
import shutil
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import msgspec
import polars as pl

from ops_hub.engines.batch import Tally, check_sums, screen_all
from ops_hub.engines.cluster.work import Work
from ops_hub.errors import FeedError, StoreError
from ops_hub.feeds.mapping import Mapping
from ops_hub.feeds.reading import Batch, Input, ReadOptions, read, read_stretch
from ops_hub.graph.values import LINKED
from ops_hub.lists.snapshot import file_digest
from ops_hub.pipeline import Asked, Knowledge, Lists, partial
from ops_hub.schemas import HITS, REJECTS, TRAVELLERS, Column, Schema
from ops_hub.store.aside import Aside, aside
from ops_hub.store.files import cannot_write, write_bytes, write_parquet

ACCOUNT = "account.json"
PERSON = "person"  # row of the traveller in the partition
_HITS: Schema = {PERSON: Column(pl.Int64, "row of the traveller in the partition"), **HITS}
_LINKED: Schema = {name: TRAVELLERS[name] for name in LINKED}


class Written(msgspec.Struct, frozen=True):
    """A file of a part: rows, bytes, blake2b."""

    rows: int
    size: int
    digest: str


class Part(msgspec.Struct, frozen=True):
    """The account of one partition screened against one shard.

    Attributes:
        name: its folder.
        shard: which of the lists.
        node: where it was made.
        attempts: how often it was begun, this time included, as far as the traces of the others were left.
        seconds: by stage.
        peak_memory_mb: of the process.
        screened: travellers.
        rejected: records.
        nameless: travellers without a name that can be compared.
        unasked: those of them without documents.
        first_reject: the first reason.
        records: hash of the travellers' ids in their order; equal for all shards that read the same.
        inputs: accounts of the files, or of the rows read of one.
        counts: hits by band, list and handling.
        files: what stands in the folder.
    """

    name: str
    shard: int
    node: str
    attempts: int
    seconds: dict[str, float]
    peak_memory_mb: float
    screened: int
    rejected: int
    nameless: int
    unasked: int
    first_reject: str
    records: str
    inputs: list[Input]
    counts: list[tuple[str, str, str, int]]
    files: dict[str, Written]

    @property
    def hits(self) -> int:
        """How many hits there are."""
        return sum(each[-1] for each in self.counts)


def account_of(place: Path) -> Part | None:
    """Return the account of a part where it is finished: the folder is there, with all files in their full size."""
    try:
        found = msgspec.json.decode((place / ACCOUNT).read_bytes(), type=Part)
        whole = all((place / name).stat().st_size == each.size for name, each in found.files.items())
    except (OSError, msgspec.DecodeError):
        return None
    return found if whole else None


def screen_part(work: Work, lists: Lists, knowledge: Knowledge, mapping: Mapping | None, spill: Path) -> Part:
    """Screen one partition against one shard, unless that is done, and return the account.

    Args:
        work: what to screen, and where the folder goes.
        lists: the shard.
        knowledge: how names and people are compared.
        mapping: the centre's mapping of columns, if any.
        spill: folder on this machine for what lasts as long as the work.

    Raises:
        FeedError: a file cannot be opened, or is another one than it was.
        StoreError: the disk does not take it.
    """
    before = account_of(work.place)
    if before is not None:
        return before
    # who dies leaves this folder behind, and so is counted
    making = work.place.with_name(f".{work.name}.{platform.node()}.{os.getpid()}.{uuid4().hex[:8]}.part")
    try:
        making.mkdir(parents=True)
    except OSError as error:
        raise cannot_write(making, error) from None
    try:
        with aside(spill) as place:
            made = _screened(work, lists, knowledge, mapping, place)
            files = _write(making, place, with_travellers=work.shard == 0)
        attempts = len(list(making.parent.glob(f".{work.name}.*.part")))
        made = msgspec.structs.replace(made, attempts=attempts, files=files)
        write_bytes(making / ACCOUNT, msgspec.json.format(msgspec.json.encode(made), indent=1))
        return _in_place(making, work.place, made)
    except BaseException:
        shutil.rmtree(making, ignore_errors=True)
        raise


def _screened(work: Work, lists: Lists, knowledge: Knowledge, mapping: Mapping | None, place: Aside) -> Part:
    """Screen a partition, put all aside, and return the account but for the files."""
    state, ids = Tally(), hashlib.blake2b(digest_size=16)
    terms, stretch = work.terms, work.partition.stretch()
    options = ReadOptions(terms.today, terms.hash_key, mapping, terms.batch_rows)
    files = [(each.source, Path(each.path)) for each in work.partition.files]

    def batches() -> Iterator[Batch]:
        for batch in read(files, options) if stretch is None else read_stretch(stretch, options):
            ids.update("\n".join(batch.travellers["record_id"]).encode() + b"\n")
            yield batch

    def found(asked: Asked) -> Iterator[pl.DataFrame]:
        before = state.screened - asked.travellers.height
        for hits in partial(asked, lists, knowledge, today=terms.today, watch=state.watch):
            yield hits.with_columns(pl.col(PERSON).cast(pl.Int64) + before)

    screen_all(batches(), state, place, knowledge, found)
    check_sums(state)
    _check_files(work, state.inputs)
    counted = pl.concat(state.counts).group_by("band", "list_id", "handling").agg(pl.col("len").sum())
    return Part(
        name=work.name,
        shard=work.shard,
        node=platform.node(),
        attempts=1,
        seconds={stage: round(seconds, 3) for stage, seconds in state.seconds.items()},
        peak_memory_mb=round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1),
        screened=state.screened,
        rejected=state.rejected,
        nameless=state.nameless,
        unasked=state.unasked,
        first_reject=state.first_reject,
        records=ids.hexdigest(),
        inputs=state.inputs,
        counts=counted.sort("band", "list_id", "handling").rows(),
        files={},
    )


def _check_files(work: Work, inputs: list[Input]) -> None:
    planned = {each.source: each.sha256 for each in work.partition.files}
    for each in inputs:
        if planned.get(each.source) != each.sha256:
            raise FeedError(
                each.path, "it was changed since the job began", "put it back, or begin a job in another --out"
            )


def _write(folder: Path, place: Aside, *, with_travellers: bool) -> dict[str, Written]:
    frames = {"hits": _HITS} | ({"travellers": _LINKED, "rejects": REJECTS} if with_travellers else {})
    written = {}
    for name, schema in frames.items():
        path = folder / f"{name}.parquet"
        write_parquet(path, place.scan(name, schema))
        rows = pl.scan_parquet(path).select(pl.len()).collect().item()
        written[path.name] = Written(rows, path.stat().st_size, file_digest(path))
    return written


def _in_place(making: Path, place: Path, made: Part) -> Part:
    """Give the folder its name, unless another attempt was first."""
    try:
        making.rename(place)
    except OSError as error:
        first = account_of(place)
        if first is None:
            raise StoreError(
                str(place), f"cannot be put in its place: {error.strerror}", "remove what stands there"
            ) from None
        shutil.rmtree(making, ignore_errors=True)
        return first
    return made
