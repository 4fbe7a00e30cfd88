"""How right ours and the peers are: labelled pairs, and exercises for each way a record is altered and each script.

    python -m benchmarks.accuracy --passengers 4000 --entries 5000      # a small one, some minutes

Reach for `sections()`. Nothing is timed here. Labelled pairs are read where they lie and never copied; where they are
absent the report says so. Peers and their processes are those of `benchmarks.compared`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import polars as pl

from benchmarks.compared import show, typed
from benchmarks.peers import PEERS, Peer, named
from benchmarks.peers.judged import best_true, best_wrong, judged, reaching
from benchmarks.peers.records import DOCUMENT_ONLY, listed, truth
from benchmarks.peers.running import development, exercise, python, run
from benchmarks.results import Plot, Section, Table
from benchmarks.settings import Settings
from ops_hub.matching.metrics import figures

MOST, NOMENKLATURA = 20_000, 2_400  # passengers of the exercise, and how many nomenklatura is given
KINDS = 18  # alterations that `ops-hub exercise generate` spreads evenly
BOTH = "name and birth date"  # as benchmarks.both calls it
FALSE_RATE = 5.0  # others flagged per 1,000 at which kinds and scripts are compared
RECALLS = (0.90, 0.95, 0.99)
COMMAND_LINE = "python -m benchmarks.accuracy"
# Peer, variant, threshold: what each one's documentation or users take; TF-IDF has none that is usual.
SCORERS: tuple[tuple[str, str, str, float], ...] = (
    ("ops-hub", "ops-hub", "", 0.70),
    ("nomenklatura LogicV2", "nomenklatura", "", 0.70),
    ("rapidfuzz WRatio", "rapidfuzz ratio", "WRatio", 0.85),
    ("rapidfuzz token_set_ratio", "rapidfuzz ratio", "token_set_ratio", 0.85),
    ("rapidfuzz token_sort_ratio", "rapidfuzz ratio", "token_sort_ratio", 0.85),
    ("Jaro-Winkler", "rapidfuzz ratio", "Jaro-Winkler", 0.90),
    ("TF-IDF 3-grams", "TF-IDF 3-grams", "", 0.70),
)
# The script that names of a state's people are written in at home; carriers send all of them in Latin letters.
SCRIPTS = {
    "CHN": "Han", "KOR": "Hangul", "SYR": "Arabic", "EGY": "Arabic", "MAR": "Arabic", "IRN": "Arabic (Persian)",
    "AFG": "Arabic (Persian)", "RUS": "Cyrillic", "UZB": "Cyrillic", "IND": "Indic",
}  # fmt: skip


@dataclass(frozen=True)
class Answered:
    """What a peer found in the exercise.

    Attributes:
        peer: who.
        pairs: passenger, entry, score, from the loosest threshold on.
        true: passenger, entry, alteration, script of the listed who were asked about.
        asked: all passengers asked about.
        missing: why there is nothing.
    """

    peer: Peer
    pairs: pl.DataFrame
    true: pl.DataFrame
    asked: pl.Series
    missing: str = ""


def labelled_files(settings: Settings) -> dict[str, Path]:
    """Return files of labelled pairs: those beside the project, and a.k.a. of listed persons made from real lists."""
    if settings.shared is None:
        return {}
    found = {path.stem: path for path in sorted((settings.shared / "name_pairs").glob("*.csv"))}
    made = settings.folder / "aka"
    python(settings.threads, "-m", "benchmarks.aka", "--data", settings.shared, "--out", made)
    for path in sorted(made.glob("*.csv")):
        half = pl.read_csv(path, infer_schema=False).filter(pl.col("half") == "test")
        half.write_csv(test := made / f"{path.stem}.test")
        found[f"a.k.a. of {path.stem}, test half"] = test
    return found


def labelled(settings: Settings) -> Section:
    """Return precision, recall, F1 and average precision of ours and the peers on labelled pairs of names."""
    files = labelled_files(settings)
    rows: list[list[object]] = []
    for label, path in files.items():
        frame = pl.read_csv(path, infer_schema=False)
        true = frame["is_match"].str.to_lowercase().is_in(["true", "1", "yes"]).to_numpy()
        for name, peer, variant, threshold in SCORERS:
            settings.say(f"labelled pairs {label}: {name}")
            out = settings.folder / "scores.parquet"
            said = run("score", settings, named(peer), variant=variant, pairs=str(path), out=str(out))
            if "missing" in said:
                rows.append([label, name, f"not installed: {said['missing']}", *[""] * 5])
                continue
            it = figures(true, pl.read_parquet(out)["score"].to_numpy(), threshold)
            told = ("precision", "recall", "f1", "average_precision", "recall_at_1pct_false_positives")
            rows.append([f"{label} ({len(true):,})", name, f"{threshold:.2f}", *(f"{it[each]:.3f}" for each in told)])
    head = ("pairs", "scorer", "threshold", "precision", "recall", "F1", "average precision", "recall at 1 % false")
    says = (
        "Labelled pairs of names, nothing but names. Thresholds are those that are shipped or in use; average precision and the last column do not depend on them. "
        "Wrong pairs of the a.k.a. sets are the five nearest primary names by token_sort_ratio, which handicaps the ratios; ours may have been tuned on their other halves. Pairs whose file says `dev` are for development: ours was worked on with them in sight, the peers were not, so its figures there flatter it."
        if rows
        else "Not measured: there is no folder with labelled pairs (`python -m benchmarks --shared FOLDER` names it)."
    )
    return Section("Accuracy on labelled pairs", says, [Table(head, rows)] if rows else [], (), COMMAND_LINE)


def with_both(settings: Settings, place: Path, many: int) -> tuple[Path, int]:
    """Return an exercise with more listed passengers, altered in name and birth date at once, and how many."""
    out = place.with_name(f"{place.name}-both")
    done = out / "both"
    if not done.exists():
        done.write_text(python(settings.threads, "-m", "benchmarks.both", place, out, many, settings.seed), "utf-8")
    return out, int(done.read_text(encoding="utf-8"))


def script() -> pl.Expr:
    """Return the script at home of people of a nationality."""
    return pl.col("nationality").replace_strict(SCRIPTS, default="Latin", return_dtype=pl.String).alias("script")


def answered(settings: Settings, place: Path, model: Path, size: tuple[int, int]) -> list[Answered]:
    """Return what each peer finds in the exercise, at its loosest."""
    entries = listed(place)
    true = truth(place, entries).join(entries.select("entry", script()), on="entry", maintain_order="left")
    found = []
    for peer in PEERS:
        if peer.own:
            continue
        settings.say(f"exercise: {peer.name}")
        keep = settings.folder / "pairs.parquet"
        n = min(size[0], NOMENKLATURA) if peer.passengers else peer.share(*size)
        told = {"place": str(place), "model": str(model), "threshold": peer.loosest, "n": n, "keep": str(keep)}
        try:
            said = run("find", settings, peer, **told)
            missing = f"not installed: {said['missing']}" if "missing" in said else ""
        except RuntimeError as error:
            missing = f"failed: {str(error).strip().splitlines()[-1][:120]}"
        if missing:
            found.append(Answered(peer, true.head(0), true.head(0), true.head(0)["passenger"], missing))
            continue
        asked = pl.read_parquet(f"{keep}.asked")
        mine = true.filter(pl.col("alteration") != DOCUMENT_ONLY).join(asked, on="passenger", how="semi")
        found.append(Answered(peer, pl.read_parquet(keep), mine, asked["passenger"]))
    return found


def at_false_rate(each: Answered, rate: float) -> float:
    """Return the lowest threshold of a peer with which no more than `rate` others per 1,000 are flagged."""
    wrong = best_wrong(each.pairs, each.true, each.asked)["score"]
    allowed = int(rate * len(wrong) / 1000)
    scores = np.sort(wrong.drop_nulls().to_numpy())[::-1]
    return float(np.nextafter(scores[allowed], np.inf)) if allowed < len(scores) else each.peer.loosest


def at_recalls(found: Sequence[Answered]) -> Table:
    """Return others flagged per 1,000 when each peer finds the same share of the listed."""
    shipped = next(
        (judged(each.pairs, each.true, each.asked, each.peer.loosest)["recall"] for each in found if not each.missing),
        0.0,
    )
    targets = [*RECALLS, shipped]
    rows: list[list[object]] = []
    for each in found:
        if each.missing:
            rows.append([each.peer.name, each.missing, *[""] * (len(targets) + 2)])
            continue
        best = best_true(each.pairs, each.true)["score"]
        cells: list[object] = []
        for target in targets:
            threshold = reaching(best, target)
            flagged = threshold is not None and judged(each.pairs, each.true, each.asked, threshold)["flagged"]
            cells.append("not reached" if flagged is False else f"{flagged:.2f}")
        most = 1 - best.null_count() / max(len(best), 1)
        rows.append([each.peer.name, len(each.true), len(each.asked) - len(each.true), *cells, f"{most:.3f}"])
    heads = [f"flagged at recall {target:.2f}" for target in RECALLS] + [f"at ours, {shipped:.3f}"]
    return Table(("peer", "listed", "others", *heads, "recall at its loosest"), rows)


def by_group(found: Sequence[Answered], group: str) -> tuple[Table, dict[str, list[tuple[float | str, float]]]]:
    """Return the recall of each peer for each group of the listed at the same false rate, as a table and as bars."""
    able = [each for each in found if not each.missing]
    groups = sorted({str(name) for each in able for name in each.true[group].unique()})
    cells: dict[str, dict[str, float]] = {}
    for each in able:
        kept = each.pairs.filter(pl.col("score") >= at_false_rate(each, FALSE_RATE))
        best = best_true(kept, each.true).with_columns(pl.col("score").is_not_null().alias("found"))
        share = best.group_by(group).agg(pl.col("found").mean()).rows()
        cells[each.peer.name] = {str(name): float(value) for name, value in share} | {"all": _mean(best["found"])}
    counts = able[0].true[group].value_counts().rows() if able else []
    many = {str(name): int(n) for name, n in counts} | {"all": len(able[0].true) if able else 0}
    rows = [
        [name, many.get(name, 0), *(f"{cells[peer][name]:.3f}" if name in cells[peer] else "" for peer in cells)]
        for name in [*groups, "all"]
    ]
    bars: dict[str, list[tuple[float | str, float]]] = {
        peer: [(name, told[name]) for name in groups if name in told] for peer, told in cells.items()
    }
    return Table((group, "listed", *cells), rows), bars


def _mean(found: pl.Series) -> float:
    return float(found.sum()) / max(len(found), 1)


def exercises(settings: Settings) -> Section:
    """Return recall for each kind of alteration and each script, ours and peers, at the same false rate."""
    place, model, _ = development(settings)
    passengers, entries = min(settings.passengers, MOST), min(settings.entries)
    planted = min(passengers // 4, entries)
    place, both = with_both(settings, exercise(settings, passengers, entries, settings.seed, planted), planted // KINDS)
    found = answered(settings, place, model, (passengers, entries))
    kinds, bars = by_group(found, "alteration")
    scripts, _ = by_group(found, "script")
    says = (
        f"An exercise of {passengers:,} passengers, {planted:,} of them listed, against {entries:,} entries (seed {settings.seed}). Every record of these is altered in one way; the "
        f"row `{BOTH}` is of {both:,} more, which are altered in both at once, which Splink's blocking rules do not provide for. All names are in Latin letters, as carriers send them, "
        "and the script is the one that names are written in at home. All peers are given names, birth date, sex and nationality. First table: passengers not listed who get a hit, "
        f"per 1,000, when the threshold finds that share of the listed. Then recall at the lowest threshold with which no more than {FALSE_RATE:g} in 1,000 others are flagged; ours does not go below its shipped threshold, however few it flags. "
        f"nomenklatura is given {min(NOMENKLATURA, passengers):,} passengers, one in four listed, so that one listed passenger weighs more."
    )
    plot = Plot(
        "recall-by-alteration",
        f"Recall by alteration, {FALSE_RATE:g} in 1,000 others flagged",
        "alteration",
        "recall",
        dict(bars),
        kind="bar",
    )
    return Section("Accuracy by alteration and script", says, [at_recalls(found), kinds, scripts], [plot], COMMAND_LINE)


def sections(settings: Settings) -> list[Section]:
    """Return what is found on labelled pairs and on exercises."""
    settings.folder.mkdir(parents=True, exist_ok=True)
    return [labelled(settings), exercises(settings)]


def main(given: Sequence[str] | None = None) -> None:
    with TemporaryDirectory() as folder:
        show(sections(typed(__doc__ or "", given, Path(folder))))


if __name__ == "__main__":
    main()
