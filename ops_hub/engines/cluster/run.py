"""A job from end to end: cut, begun, what is missing done by a runner, checked, finished as a batch run's folder.

Reach for `run()`. Where work is done is the runner's: `on_ray` for a cluster, `here` for this process.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from ops_hub import __version__
from ops_hub.engines.batch import Job, Tally
from ops_hub.engines.cluster.job import PARTS, begun, finished, made_of
from ops_hub.engines.cluster.node import MAPPING, bundle_of, digest_of_rules, do, engine
from ops_hub.engines.cluster.part import account_of
from ops_hub.engines.cluster.partitions import Partition, cut
from ops_hub.engines.cluster.whole import checked, tallied
from ops_hub.engines.cluster.whole import finished as written
from ops_hub.engines.cluster.work import Bundle, Outcome, Runner, Terms, Work, raised
from ops_hub.engines.replay_run import fingerprint
from ops_hub.engines.shards import compile_shards
from ops_hub.lists.delta import each_in, layers, lists_in
from ops_hub.lists.snapshot import Snapshot, file_digest, open_snapshot, write
from ops_hub.pipeline import Knowledge, compile_lists
from ops_hub.store.files import cannot_write, locked

_AGAIN = "what is finished is kept: run again, and only the rest is done"


@dataclass(frozen=True)
class Spread:
    """How a job is spread.

    Attributes:
        runner: has work done.
        rules: the rules folder given.
        mapping: the mapping file given.
        threshold: the one given.
        tell: told in words how the job goes.
        cut: makes partitions of the feeds, given the rows of a batch.
    """

    runner: Runner
    rules: Path | None = None
    mapping: Path | None = None
    threshold: float | None = None
    tell: Callable[[str], None] = lambda said: None
    cut: Callable[..., list[Partition]] = cut


def here(cache: Path) -> Runner:
    """Return a runner that does all work in this process, one after the other."""

    def runner(works: Sequence[Work], folders: Mapping[str, Path]) -> Iterator[Outcome]:
        for work in works:
            yield do(work, lambda bundle, name: [(folders[bundle.name] / name).read_bytes()], cache)

    return runner


def run(job: Job, snapshot: Snapshot, knowledge: Knowledge, spread: Spread) -> dict[str, object]:
    """Screen the feeds on many machines, write the results and return the account (the content of run.json).

    The same job in the same folder goes on where it was left; one that is finished is only told again.

    Raises:
        FeedError: a path does not exist, none of the files could be read, or counts do not reconcile.
        ConfigError: the folder holds another job.
        StoreError: results cannot be written, or a part could not be made.
    """
    state = Tally()
    partitions = spread.cut(job.feeds, job.read.batch_rows)
    about = {
        "engine": engine(),
        "snapshot": snapshot.hash,
        "shards": [each.hash for each in snapshot.shards] or _shards_below(snapshot),
        "ruleset": job.ruleset,
        "configuration": digest_of_rules(knowledge),
        "today": job.read.today.isoformat(),
        "mapping": file_digest(spread.mapping) if spread.mapping else None,
        "hash_key": fingerprint(job.read.hash_key),
        "batch_rows": job.read.batch_rows,
    }
    folder = job.out.absolute() / PARTS
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise cannot_write(folder, error) from None
    waits = f"another ops-hub works in {job.out}: waiting until it ends"
    with locked(folder / ".lock", lambda: spread.tell(waits)), TemporaryDirectory(prefix="ops-hub-") as temporary:
        begun(job.out, made_of(partitions, about))
        told = finished(job.out)
        if told is not None:
            spread.tell("this job is finished already")
            return told
        shards = _placed(snapshot, knowledge, Path(temporary))
        terms, folders = _terms(job, knowledge, spread, Path(temporary))
        snapshots = [bundle_of(each.place) for each in shards if each.place is not None]
        folders |= {bundle.name: each.place for bundle, each in zip(snapshots, shards, strict=True) if each.place}
        # shard by shard, so that a node needs few of them at a time
        works = [Work(terms, each, at, bundle) for at, bundle in enumerate(snapshots) for each in partitions]
        _do_missing(works, folders, job, spread)
        parts = checked(job.out, partitions, len(shards))
        tallied(parts, partitions, state)
        account = written(job, state, parts, shards, snapshot, knowledge)
        for left in folder.glob(".*.part"):  # of attempts that died
            shutil.rmtree(left, ignore_errors=True)
        return account


def _shards_below(snapshot: Snapshot) -> int:
    """Return how many shards there are in what a snapshot stands on; 0 where it stands on nothing."""
    return max(len(each.shards) or 1 for each in layers(snapshot)) if snapshot.base is not None else 0


def _placed(snapshot: Snapshot, knowledge: Knowledge, temporary: Path) -> list[Snapshot]:
    """Return the shards of a snapshot, or itself, each whole and in a folder of its own."""
    shards = _shards_below(snapshot)
    if shards > 1:  # with what was added it is as large: never in one piece
        compile_shards(each_in(snapshot), temporary / "lists", knowledge, shards=shards, engine=__version__)
        snapshot = open_snapshot(temporary / "lists")
    placed = []
    for number, each in enumerate(snapshot.shards or (snapshot,)):
        if each.base is not None:
            each = compile_lists(lists_in(each), knowledge)
        if each.place is None:
            folder = temporary / f"shard-{number}"
            write(folder, each, __version__)
            each = replace(each, place=folder)
        placed.append(each)
    return placed


def _terms(job: Job, knowledge: Knowledge, spread: Spread, temporary: Path) -> tuple[Terms, dict[str, Path]]:
    """Return what is the same for all work, and the folders of what must be sent for it."""
    folders: dict[str, Path] = {}

    def sent(folder: Path | None) -> Bundle | None:
        if folder is None:
            return None
        bundle = bundle_of(folder)
        folders[bundle.name] = folder
        return bundle

    mapping = None
    if spread.mapping is not None:
        mapping = temporary / "mapping"
        mapping.mkdir()
        shutil.copyfile(spread.mapping, mapping / MAPPING)
    terms = Terms(
        parts=str(job.out.absolute() / PARTS),
        today=job.read.today,
        hash_key=job.read.hash_key,
        batch_rows=job.read.batch_rows,
        threshold=spread.threshold,
        rules=sent(spread.rules),
        mapping=sent(mapping),
        digest=digest_of_rules(knowledge),
        engine=engine(),
    )
    return terms, folders


def _do_missing(works: Sequence[Work], folders: Mapping[str, Path], job: Job, spread: Spread) -> None:
    """Have all work done that is not done yet; where some cannot be, the rest is done before that is raised."""
    missing = [work for work in works if account_of(work.place) is None]
    for work in missing:  # half a folder, or one whose travellers are gone
        shutil.rmtree(work.place, ignore_errors=True)
    spread.tell(f"{len(works)} parts, {len(works) - len(missing)} of them finished already")
    if not missing:
        return
    failed: list[Outcome] = []
    screened = hits = 0
    for outcome in spread.runner(missing, folders):
        if outcome.trouble is not None:
            failed.append(outcome)
            spread.tell(f"part {outcome.name} failed: {outcome.trouble.reason}")
            continue
        screened, hits = screened + outcome.screened, hits + outcome.hits
        if job.progress is not None:
            job.progress(screened, hits)
    if failed:
        trouble = failed[0].trouble
        assert trouble is not None
        more = f", and {len(failed) - 1} more parts" if len(failed) > 1 else ""
        raise raised(trouble, f"part {failed[0].name}{more}", _AGAIN)
