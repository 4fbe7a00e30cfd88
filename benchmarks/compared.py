"""Speed, recall, wrong alarms and memory of ours and the peers on the same exercises, as sections of the report.

    python -m benchmarks.compared --passengers 2000 --entries 5000 --runs 2     # a small one, some minutes

Reach for `sections()`. Each peer's threshold is chosen on a development exercise of another seed; what is reported is
measured on exercises that no threshold was chosen on. How a peer is used is its module's affair (`benchmarks.peers`).
"""

from __future__ import annotations

import argparse
import statistics
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.peers import AT_TARGET, COMMAND, JOIN, OURS, PEERS, Peer
from benchmarks.peers.running import COMPILED, DEVELOPMENT, development, exercise, run
from benchmarks.results import Plot, Section, Table
from benchmarks.settings import Settings

TARGET = 0.95  # of listed passengers that should be found
PATIENCE = 150  # seconds at one list size after which a peer is not started again
SPEED = (
    "list", "peer", "passengers given", "runs", "start, s", "passengers/s after it, median", "min to max", "per CPU second",
    "passengers/s, start included", "times slower than ours", "times slower than the join", "recall", "others flagged per 1,000", "peak MB", "prepared in s",
)  # fmt: skip
COMMAND_LINE = "python -m benchmarks.compared"


@dataclass(frozen=True)
class Chosen:
    """What the development exercise said about a peer.

    Attributes:
        threshold: in the peer's measure.
        recall: reached with it there.
        versions: of what the peer stands on.
        missing: the package that is not installed, or what went wrong; "" where nothing did.
    """

    threshold: float
    recall: float = 0.0
    versions: str = ""
    missing: str = ""


@dataclass
class Measured:
    """All runs of a peer against one list."""

    peer: Peer
    entries: int
    runs: list[dict[str, float]] = field(default_factory=list)
    spent: float = 0.0
    failed: str = ""

    def median(self, name: str) -> float:
        """Return the median of a figure."""
        return statistics.median(each[name] for each in self.runs)

    def rates(self) -> list[float]:
        """Return passengers a second of each run, without what one passenger alone costs; none where that is most of it."""
        return [
            (each["passengers"] - 1) / (each["seconds"] - each["again"])
            for each in self.runs
            if each["seconds"] > 2 * each["again"]
        ]

    def rate(self) -> float | None:
        """Return the median of `rates`; None where a run has none."""
        rates = self.rates()
        return statistics.median(rates) if rates and len(rates) == len(self.runs) else None

    def whole(self) -> float:
        """Return passengers a second of a process that asks for the first time."""
        return statistics.median(
            each["passengers"] / (each["start"] + each["seconds"] - each["again"]) for each in self.runs
        )

    def per_cpu(self) -> float:
        """Return passengers for each CPU second after the start."""
        return statistics.median(
            (each["passengers"] - 1) / max(each["cpu"] - each["cpu_again"], 1e-9) for each in self.runs
        )


def choose(settings: Settings, peer: Peer, trained: tuple[Path, Path]) -> Chosen:
    """Return the highest threshold with which a peer reaches the target on the development exercise.

    Ours stays as shipped, and is there a second time like the others. Where a peer cannot reach it, the loosest is taken.
    """
    place, model = trained
    told = {"place": str(place), "model": str(model), "n": peer.share(DEVELOPMENT.passengers, DEVELOPMENT.entries)}
    try:
        said = run("find", settings, peer, threshold=peer.loosest, recall=TARGET, **told)
        if "missing" in said:
            return Chosen(peer.loosest, missing=f"not installed: {said['missing']}")
        reached = said["reaching"]
        fixed = not peer.takes_threshold or peer is OURS or reached is None
        threshold, recall = peer.loosest if fixed else float(str(reached)), float(str(said["recall"]))
        return Chosen(threshold, recall if fixed else TARGET, str(said["versions"]))
    except RuntimeError as error:
        return Chosen(peer.loosest, missing=_last_line(error))


def measure(settings: Settings, entries: int, chosen: dict[str, Chosen], model: Path) -> list[Measured]:
    """Return all runs against one list: every peer once, then again, so that what else the machine does meets all."""
    place = exercise(settings, settings.passengers, entries, settings.seed)
    able = [Measured(peer, entries, failed=chosen[peer.name].missing) for peer in PEERS]
    for turn in range(settings.runs):
        for each in able:
            if not each.failed and each.spent < PATIENCE and len(each.runs) <= turn:
                settings.say(f"{settings.passengers:,} x {entries:,}: {each.peer.name}, run {turn + 1}")
                _once(settings, each, (place, model), chosen[each.peer.name].threshold)
    return able


def _once(settings: Settings, each: Measured, files: tuple[Path, Path], threshold: float) -> None:
    peer, (place, model) = each.peer, files
    told = {"place": str(place), "model": str(model), "threshold": threshold, "paced": True}
    n, runs = peer.share(settings.passengers, each.entries), settings.runs if peer.together else 1
    try:
        said = run("find", settings, peer, n=n, runs=runs, **told)
    except RuntimeError as error:
        each.failed = _last_line(error)
        return
    figures = {name: float(value) for name, value in said.items() if isinstance(value, int | float)}
    calls: list[dict[str, float]] = said["calls"]  # type: ignore[assignment]
    each.runs += [figures | call for call in calls]
    each.spent += figures["prepare"] + figures["start"] + figures["again"] + sum(call["seconds"] for call in calls)


def _last_line(error: RuntimeError) -> str:
    return f"failed: {str(error).strip().splitlines()[-1][:120]}"


def speed_rows(measured: Sequence[Measured], passengers: int) -> list[list[object]]:
    """Return a row a peer; what went wrong, or that it was given a sample, is told in it."""
    rate = {each.peer.name: told for each in measured if each.runs and (told := each.rate())}
    rows: list[list[object]] = []
    for each in measured:
        peer, size = each.peer, f"{each.entries:,}"
        if not each.runs:
            rows.append([size, peer.name, each.failed, *[""] * (len(SPEED) - 3)])
            continue
        given, rates, mine = int(each.median("passengers")), each.rates(), rate.get(peer.name)
        sampled = peer.share(passengers, each.entries) < passengers
        others = [rate[base] / mine if mine and base in rate else None for base in (OURS.name, JOIN.name)]
        rows.append([
            size, peer.name, f"{given:,}{', a sample' if sampled else ''}", len(each.runs), f"{each.median('start'):.2f}",
            *((f"{mine:,.0f}", f"{min(rates):,.0f} to {max(rates):,.0f}", f"{each.per_cpu():,.0f}") if mine else ("too few to tell", "", "")),
            f"{each.whole():,.0f}", *(f"{times:,.2f}" if times is not None else "" for times in others), f"{each.median('recall'):.3f}",
            f"{each.median('flagged'):.2f}", f"{each.median('peak_mb'):,.0f}", f"{each.median('prepare'):.1f}",
        ])  # fmt: skip
    return rows


def peer_rows(chosen: dict[str, Chosen]) -> list[list[object]]:
    """Return what each peer is, how it is used, and its threshold."""
    rows: list[list[object]] = []
    for peer in PEERS:
        it = chosen[peer.name]
        threshold = (
            "as shipped" if peer in (OURS, COMMAND) else f"{it.threshold:.3f}" if peer.takes_threshold else "none"
        )
        rows.append([peer.name, it.missing or it.versions, peer.licence, peer.advice, threshold, f"{it.recall:.3f}"])
    return rows


def plots(measured: Sequence[Measured]) -> list[Plot]:
    """Return throughput and memory against list size, a line a peer."""
    speed: dict[str, list[tuple[float | str, float]]] = {}
    memory: dict[str, list[tuple[float | str, float]]] = {}
    for each in measured:
        if each.runs and each.peer is not AT_TARGET:  # nearly ours, and there are looks for eight lines
            if rate := each.rate():
                speed.setdefault(each.peer.name, []).append((each.entries, rate))
            memory.setdefault(each.peer.name, []).append((each.entries, each.median("peak_mb")))
    return [
        Plot(
            "peers-throughput",
            "Throughput against list size, the start apart",
            "entries on the list",
            "passengers/s",
            dict(speed),
            "xy",
        ),
        Plot(
            "peers-memory",
            "Memory against list size",
            "entries on the list",
            "peak of the process, MB",
            dict(memory),
            "xy",
        ),
    ]


def compiled(settings: Settings) -> str:
    """Return how long our snapshots took to compile."""
    places = {
        size: exercise(settings, settings.passengers, size, settings.seed) / COMPILED for size in settings.entries
    }
    told = [f"{place.read_text(encoding='utf-8')} s for {size:,}" for size, place in places.items() if place.exists()]
    return ", ".join(told) or "not timed"


def says(settings: Settings, trained_s: float | None) -> str:
    """Return what was measured and how."""
    cores = f"{settings.threads} thread{'s' if settings.threads > 1 else ''}"
    training = (
        f"Splink's model was trained on the development exercise in {trained_s:.0f} s, in no figure here. "
        if trained_s
        else ""
    )
    return (
        f"{settings.passengers:,} passengers (seed {settings.seed}, one in fifty a listed person whose record is altered in one of the ways "
        f"of `ops-hub exercise generate`) against lists of {', '.join(f'{size:,}' for size in settings.entries)} entries. Each measurement is a process of its own on "
        f"{cores} and as many cores, peers in turn, up to {settings.runs} runs (fewer where a peer has taken {PATIENCE} s at a size; the row tells); nomenklatura's follow each other in one process, since it prepares a list for minutes. "
        f"The clock runs from passengers as columns to pairs of passenger and entry, for ours to explained hits; indexes of the list are made before it, and the last column tells how long that took "
        f"(ours opens a snapshot, compiled once by `ops-hub watchlist compile`: {compiled(settings)}). A threshold is the highest that finds {TARGET:.0%} of the listed on an exercise of another seed; ours is as shipped, which finds more, and in a row of its own at that target. {training}"
        "Peers that compare names alone have birth dates that cannot be one person's (not equal, exchanged, a digit or a year apart, nor unknown) taken out "
        "after it, in the clock. Who travels on a listed document under another name is found by a join and left out. A sample holds one listed passenger in four; its "
        "rate is its own passengers over its seconds. What does not depend on the number of passengers is kept apart, for all alike: a process asks about one passenger, about the same one again, then about all. Start is the first of these calls (reading compiled kernels, planning queries); passengers/s after it are the others over the seconds of the last call less those of the second. Ratios are of these. Start included is a process that asks once. nomenklatura's blocker gives more candidates for each passenger of a small batch, which can cost it a third. Others flagged: passengers not listed who get any hit."
    )


def sections(settings: Settings) -> list[Section]:
    """Return the comparison of speeds, with recall and wrong alarms beside each."""
    settings.folder.mkdir(parents=True, exist_ok=True)
    place, model, trained_s = development(settings)
    chosen = {}
    for peer in PEERS:
        settings.say(f"choosing a threshold: {peer.name}")
        chosen[peer.name] = choose(settings, peer, (place, model))
    measured = [each for size in settings.entries for each in measure(settings, size, chosen, model)]
    by_size = [
        speed_rows([each for each in measured if each.entries == size], settings.passengers)
        for size in settings.entries
    ]
    tables = [
        Table(SPEED, [row for rows in by_size for row in rows]),
        Table(
            (
                "peer",
                "versions",
                "licence",
                "used as",
                "threshold",
                f"recall on the development exercise (target {TARGET})",
            ),
            peer_rows(chosen),
        ),
    ]
    return [Section("Speed beside peers", says(settings, trained_s), tables, plots(measured), COMMAND_LINE)]


def typed(about: str, given: Sequence[str] | None, folder: Path) -> Settings:
    """Return settings as they are typed for one part alone."""
    parser = argparse.ArgumentParser(description=about, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--passengers", type=int, default=100_000)
    parser.add_argument("--entries", default="10000,100000", help="list sizes")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument(
        "--data", type=Path, default=Path("../shared/data"), help="folder with name_pairs/, ofac/ and un/"
    )
    parser.add_argument("--keep", type=Path, help="folder for exercises, used again")
    told = parser.parse_args(given)
    sizes = tuple(int(size) for size in told.entries.split(","))
    shared = told.data if told.data.is_dir() else None
    return Settings(
        (told.keep or folder).resolve(), told.seed, told.runs, told.passengers, sizes, shared, told.threads, _say
    )


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def show(found: Sequence[Section]) -> None:
    """Print sections as plain text; the report of all parts is written by `benchmarks.report`."""
    for section in found:
        print(f"\n# {section.title}\n{section.says}")
        for table in section.tables:
            print("\n" + "\n".join(" | ".join(str(cell) for cell in row) for row in [table.head, *table.rows]))


def main(given: Sequence[str] | None = None) -> None:
    with TemporaryDirectory() as folder:
        show(sections(typed(__doc__ or "", given, Path(folder))))


if __name__ == "__main__":
    main()
