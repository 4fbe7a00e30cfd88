"""All parts of a job into one folder of results, checked: nothing missing, nothing twice, in = screened + rejected.

Reach for `checked()` and then `finished()`. Results are written by the batch engine's own steps, from lazy scans of the parts.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from pathlib import Path

import msgspec
import polars as pl

from ops_hub.engines.batch import Job, Screened, Tally, finish, reconcile
from ops_hub.engines.cluster.job import JOB, MANIFEST, PARTS, RESULTS
from ops_hub.engines.cluster.part import PERSON, Part, account_of
from ops_hub.engines.cluster.partitions import Partition
from ops_hub.errors import FeedError, StoreError
from ops_hub.feeds.reading import Input
from ops_hub.lists.snapshot import Snapshot, file_digest
from ops_hub.pipeline import Knowledge, merged
from ops_hub.schemas import HITS
from ops_hub.screening.hits import by_person
from ops_hub.store.aside import aside
from ops_hub.store.files import write_text

Parts = list[list[Part]]  # for each partition, those of all shards


def checked(out: Path, partitions: Sequence[Partition], shards: int) -> Parts:
    """Return the accounts of all parts.

    Raises:
        StoreError: one is missing, damaged or of no partition of this job.
        FeedError: shards of a partition did not read the same, or rows of a file are missing.
    """
    folder = out / PARTS
    found = [[_part(folder, f"{each.name}.{shard}") for shard in range(shards)] for each in partitions]
    wanted = {part.name for parts in found for part in parts}
    strange = [
        each.name for each in sorted(folder.iterdir()) if not each.name.startswith(".") and each.name not in wanted
    ]
    if strange:
        raise StoreError(str(folder / strange[0]), "it is no part of this job", "remove it and run again")
    for parts in found:
        if len({(part.records, part.screened, part.rejected, str(part.inputs)) for part in parts}) != 1:
            raise FeedError(
                parts[0].inputs[0].path, "shards of the lists did not read the same of it", "run in another --out"
            )
    return found


def _part(folder: Path, name: str) -> Part:
    part = account_of(folder / name)
    if part is None or part.name != name:
        raise StoreError(str(folder / name), "this part is missing", "run again: only what is missing is done")
    for file, each in part.files.items():
        if file_digest(folder / name / file) != each.digest:
            raise StoreError(
                str(folder / name / file), "it is not what was written", f"remove {folder / name} and run again"
            )
    if part.files["hits.parquet"].rows != part.hits:
        raise StoreError(
            str(folder / name), "its hits are not those counted", "this is a fault of the engine; report it"
        )
    if "travellers.parquet" in part.files and part.files["travellers.parquet"].rows != part.screened:
        raise StoreError(
            str(folder / name), "its travellers are not those counted", "this is a fault of the engine; report it"
        )
    return part


def tallied(parts: Parts, partitions: Sequence[Partition], state: Tally) -> None:
    """Add up all parts, file by file, and check that in = screened + rejected.

    Args:
        parts: their accounts.
        partitions: what they were cut from.
        state: what is added to.

    Raises:
        FeedError: it is not, a file was not read, or not all rows of one.
    """
    first = [each[0] for each in parts]
    state.inputs += _joined([each for part in first for each in part.inputs])
    for part in first:
        state.screened += part.screened
        state.rejected += part.rejected
        state.nameless += part.nameless
        state.unasked += part.unasked
        state.first_reject = state.first_reject or part.first_reject
    for part in (each for shards in parts for each in shards):
        state.hits += part.hits
        schema = {"band": pl.String, "list_id": pl.String, "handling": pl.String, "len": pl.UInt32}
        state.counts.append(pl.DataFrame(part.counts, schema=schema, orient="row"))
        state.peak_memory_mb = max(state.peak_memory_mb, part.peak_memory_mb)
        for stage, seconds in part.seconds.items():
            state.seconds[stage] = state.seconds.get(stage, 0.0) + seconds
    _all_read(state.inputs, partitions)
    reconcile(state)


def _joined(inputs: Sequence[Input]) -> list[Input]:
    """Return one account for each file: of those read by ranges, records, rejects and notes are the sums."""
    whole: dict[str, Input] = {}
    for each in inputs:
        known = whole.get(each.source)
        whole[each.source] = each if known is None else replace(
            known,
            records_in=known.records_in + each.records_in,
            rejected=known.rejected + each.rejected,
            notes=known.notes + each.notes,
        )  # fmt: skip
    return list(whole.values())


def _all_read(inputs: Sequence[Input], partitions: Sequence[Partition]) -> None:
    read = {each.source: each for each in inputs}
    height: dict[str, int] = {}
    for partition in partitions:
        for file in partition.files:
            if file.source not in read or read[file.source].sha256 != file.sha256:
                raise FeedError(file.path, "it was not read as it was found", "run in another --out")
        if partition.rows is not None:
            source, (begin, end) = partition.files[0].source, partition.rows
            if begin != height.get(source, 0):
                raise FeedError(
                    source, f"rows before {begin} are in no partition", "this is a fault of the engine; report it"
                )
            height[source] = end
    for source, rows in height.items():  # every row of Parquet is a traveller or a reject
        if read[source].records_in != rows:
            raise FeedError(
                source, f"{read[source].records_in} of {rows} rows are accounted for", "report it with the feed"
            )


def finished(
    job: Job, state: Tally, parts: Parts, shards: Sequence[Snapshot], snapshot: Snapshot, knowledge: Knowledge
) -> dict[str, object]:
    """Write results and manifest, remove what is no longer needed, and return the account (the content of run.json).

    Args:
        job: what was screened, and the folder.
        state: all counts.
        parts: accounts of the parts.
        shards: what was screened against, each for itself.
        snapshot: all of it.
        knowledge: how names and people were compared.

    Raises:
        StoreError: results cannot be written.
    """
    folder = job.out / PARTS
    once = [folder / each[0].name for each in parts]
    with aside(job.out) as place:
        for each in parts:
            for hits in _merged([folder / part.name / "hits.parquet" for part in each]):
                place.put("hits", hits)
        made = Screened(
            place.scan("hits", HITS),
            pl.scan_parquet([each / "travellers.parquet" for each in once]),
            pl.scan_parquet([each / "rejects.parquet" for each in once]),
            place.hold,
        )
        account = finish(job, state, made, snapshot, [each.entries for each in shards], knowledge)
    write_text(job.out / MANIFEST, json.dumps(_manifest(job.out, parts, account), indent=1, ensure_ascii=False) + "\n")
    for one in once:
        (one / "travellers.parquet").unlink()  # whom no hit concerns is not kept longer than it takes to link
    return account


def _merged(paths: Sequence[Path]) -> Iterator[pl.DataFrame]:
    """Yield the HITS of a partition in the order of a batch run, some persons at a time."""
    persons = [pl.read_parquet(path, columns=[PERSON]) for path in paths]
    for piece in by_person(persons):
        met = pl.concat(piece)[PERSON]
        if not len(met):
            continue
        mine = pl.col(PERSON).is_between(met.min(), met.max())
        yield merged([pl.scan_parquet(path).filter(mine).collect() for path in paths])


def _manifest(out: Path, parts: Parts, account: dict[str, object]) -> dict[str, object]:
    return {
        "job": json.loads((out / JOB).read_text(encoding="utf-8"))["job"],
        **{name: account[name] for name in ("engine", "snapshot", "records_in", "screened", "rejected", "hits")},
        "partitions": [_told(each) for each in parts],
        "results": {name: file_digest(out / name) for name in RESULTS},
    }


def _told(parts: Sequence[Part]) -> dict[str, object]:
    first = parts[0]
    return {
        "partition": first.name.rpartition(".")[0],
        "records_in": first.screened + first.rejected,
        "screened": first.screened,
        "rejected": first.rejected,
        "inputs": [asdict(each) for each in first.inputs],
        "shards": [
            {
                "shard": part.shard,
                "hits": part.hits,
                "node": part.node,
                "attempts": part.attempts,
                "seconds": part.seconds,
            }
            | {"files": msgspec.to_builtins(part.files)}
            for part in parts
        ],
    }
