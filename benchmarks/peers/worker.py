"""One measurement in one process: a peer on an exercise, or on labelled pairs; prints JSON.

    python -m benchmarks.peers.worker find '{"peer": "Splink", "place": "ex", "threshold": 0, "n": 1000, "threads": 2}'

`benchmarks.peers.running` starts these, so that neither memory nor imports of one peer are in another's figures. A
peer whose package is missing says so and is no error.
"""

from __future__ import annotations

import importlib
import json
import os
import resource
import sys
import time
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from types import ModuleType

import polars as pl

from benchmarks.peers import Peer, named
from benchmarks.peers.judged import best_true, judged, reaching
from benchmarks.peers.records import DOCUMENT_ONLY, Told, asked, could_agree, days, listed, truth

Answer = dict[str, object]


def peak_mb() -> float:
    """Return the peak of this process's memory: not its parent's, which the kernel's other counter begins with."""
    line = next(each for each in Path("/proc/self/status").read_text().splitlines() if each.startswith("VmHWM"))
    return int(line.split()[1]) / 1024


def cpu_seconds() -> float:
    """Return the CPU seconds of this process and of those it started and waited for."""
    used = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(each.ru_utime + each.ru_stime for each in used)


def versions(peer: Peer) -> str:
    """Return the versions of what a peer stands on."""
    return ", ".join(f"{package} {version(package)}" for package in peer.packages if package != "ops-hub")


def loaded(peer: Peer) -> ModuleType:
    """Import a peer's module."""
    return importlib.import_module(f"benchmarks.peers.{peer.module}")


def find(
    peer: str, place: str, threads: int, threshold: float, n: int, seed: int = 1, model: str = "", keep: str = "",
    recall: float = 0.0, paced: bool = False, runs: int = 1,
) -> Answer:  # fmt: skip
    """Return the figures of one run.

    Args:
        peer: its name.
        place: folder of the exercise.
        threads: it may use.
        threshold: in the peer's measure.
        n: passengers; fewer than all are sampled.
        seed: of the sample.
        model: trained beforehand.
        keep: Parquet to write the pairs to.
        recall: also return the threshold that reaches it.
        paced: ask about one passenger first, and about the same one again, so that what a first call and what any call
            costs can be told from what each passenger costs.
        runs: ask about all so often; seconds of each are in `calls`.
    """
    it, folder = named(peer), Path(place)
    module = loaded(it)
    told = Told(folder, threads, it.variant, Path(model) if model else None, threshold)
    entries = listed(folder)
    everyone = truth(folder, entries)
    people = asked(folder, everyone, n, seed)
    born, known_born = days(people), days(entries)
    begin = time.perf_counter()
    index = module.prepare(entries, told)
    ready = time.perf_counter()

    def ask(some: pl.DataFrame, born_then: object) -> tuple[pl.DataFrame, float, float]:
        begin, cpu = time.perf_counter(), cpu_seconds()
        found = module.find(some, index, threshold, told)
        if it.births:
            found = _agreeing(found, some["passenger"], born_then, known_born)
        return found, time.perf_counter() - begin, cpu_seconds() - cpu

    first = ask(people.head(1), born[:1])[1] if paced else 0.0
    _, again, cpu_again = ask(people.head(1), born[:1]) if paced else (None, 0.0, 0.0)
    calls = []
    for _ in range(runs):
        pairs, seconds, cpu = ask(people, born)
        calls.append({"seconds": seconds, "cpu": cpu})
    memory = peak_mb()
    if it.module == "command":
        pairs, memory = module.written(folder, index), module.peak_mb(folder)
    true = everyone.filter(pl.col("alteration") != DOCUMENT_ONLY).join(
        people.select("passenger"), on="passenger", how="semi"
    )
    figures = judged(pairs, true, people["passenger"], threshold)
    if keep:
        pairs.write_parquet(keep)
        people.select("passenger").write_parquet(f"{keep}.asked")
    chosen = reaching(best_true(pairs, true)["score"], recall) if recall else None
    return {
        "passengers": people.height, "start": first, "again": again, "cpu_again": cpu_again, "calls": calls,
        "prepare": ready - begin, "peak_mb": memory, "pairs": pairs.height, "reaching": chosen, "versions": versions(it), **figures,
    }  # fmt: skip


def _agreeing(pairs: pl.DataFrame, people: pl.Series, born: object, known: object) -> pl.DataFrame:
    """Leave out pairs whose birth dates cannot be one person's."""
    at = pl.DataFrame({"passenger": people, "born": born})
    mine = pairs.join(at, on="passenger", how="left", maintain_order="left")["born"].to_numpy()
    return pairs.filter(pl.Series(could_agree(mine, known[pairs["entry"].to_numpy()])))  # type: ignore[index]


def train(peer: str, place: str, threads: int, model: str) -> Answer:
    """Train a peer on a whole exercise; return the seconds that it took."""
    folder = Path(place)
    module, entries = loaded(named(peer)), listed(folder)
    people = asked(folder, truth(folder, entries), sys.maxsize, 1)
    begin = time.perf_counter()
    module.train(people, entries, Path(model), threads)
    return {"seconds": time.perf_counter() - begin}


def score(peer: str, variant: str, pairs: str, out: str, threads: int) -> Answer:
    """Score labelled pairs of names (CSV with query and candidate) and write `score` as Parquet."""
    module = loaded(named(peer))
    frame = pl.read_csv(pairs, infer_schema=False).with_columns(pl.col("query", "candidate").fill_null(""))
    scores = module.scores(frame["query"].to_list(), frame["candidate"].to_list(), Told(Path(), threads, variant))
    pl.DataFrame({"score": scores}).write_parquet(out)
    return {"pairs": frame.height}


def main() -> None:
    what: dict[str, Callable[..., Answer]] = {"find": find, "train": train, "score": score}
    given = json.loads(sys.argv[2])
    cores = sorted(os.sched_getaffinity(0))[: given["threads"]]
    os.sched_setaffinity(0, cores)
    try:
        answer = what[sys.argv[1]](**given)
    except (ModuleNotFoundError, PackageNotFoundError) as error:
        answer = {"missing": str(error.name)}
    print(json.dumps(answer))


if __name__ == "__main__":
    main()
