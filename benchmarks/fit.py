"""Fit the parameters of [names] in rules/matching.toml to labelled pairs: anyone's own, with the meaning kept.

    python -m benchmarks.fit PAIRS.csv... [--rounds 2] [--half tune]

PAIRS have the columns query, candidate, is_match, and perhaps `half`. One parameter after another takes a few steps up
and down; a step stays when the mean over the files of average precision, pairs found at 1 % false positives and best F1
rises by more than it pulls the parameter from where it was. Prints each step kept, the figures, and a section to paste.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from benchmarks.aka import ours
from ops_hub.config import NameSettings, matching_config
from ops_hub.matching.metrics import figures
from ops_hub.normalise.tables import name_tables

FITTED = (
    "contradiction", "omission", "spelling", "order", "common", "rarity_slope", "lightest", "short", "patronymic", "family", "last",
    "edit_cost", "first_letter", "same_sound", "near_sound", "initial", "initial_fits", "nickname", "language", "syllable", "least",
)  # fmt: skip
STEPS = (0.8, 0.9, 1.1, 1.25)
PULL = 0.01  # of the objective, for a parameter moved by a factor of e
MOST_ONE = ("same_sound", "nickname", "language", "syllable", "initial_fits", "least", "lightest", "short")


def read(path: Path, half: str | None) -> tuple[pl.DataFrame, NDArray[np.bool_]]:
    """Return the pairs of a file and their labels, only one half where the file says which."""
    frame = pl.read_csv(path, infer_schema=False).with_columns(pl.col("query", "candidate").fill_null(""))
    if half and "half" in frame.columns:
        frame = frame.filter(pl.col("half") == half)
    return frame, frame["is_match"].str.to_lowercase().is_in(["true", "1", "yes"]).to_numpy()


def measured(files: list[tuple[pl.DataFrame, NDArray[np.bool_]]], settings: NameSettings) -> list[dict[str, float]]:
    """Return the figures of each file under these settings."""
    threshold = matching_config().bands.threshold
    return [figures(labels, ours(frame, name_tables(), settings), threshold) for frame, labels in files]


def objective(said: list[dict[str, float]], settings: NameSettings, start: NameSettings) -> float:
    parts = [(f["average_precision"] + f["recall_at_1pct_false_positives"] + f["f1"]) / 3 for f in said]
    moved = sum(abs(np.log(getattr(settings, name) / getattr(start, name))) for name in FITTED)
    return float(np.mean(parts) - PULL * moved / 10)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pairs", type=Path, nargs="+")
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--half", default="tune", help="where files say: the half to fit on")
    told = parser.parse_args()
    files = [read(path, told.half) for path in told.pairs]
    start = settings = matching_config().names
    best = objective(measured(files, settings), settings, start)
    print(f"start {best:.4f}")
    for _ in range(told.rounds):
        before = best
        for name in FITTED:
            for step in STEPS:
                value = round(getattr(settings, name) * step, 4)
                if name in MOST_ONE and value > 1:
                    continue
                tried = replace(settings, **{name: value})
                if tried.contradiction < tried.omission:
                    continue
                reached = objective(measured(files, tried), tried, start)
                if reached > best + 1e-4:
                    best, settings = reached, tried
                    print(f"{best:.4f}  {name} = {value}", flush=True)
        if best - before < 1e-3:
            break
    for path, said in zip(told.pairs, measured(files, settings), strict=True):
        print(path.name, {key: round(value, 3) for key, value in said.items()})
    print("[names]")
    for name in FITTED:
        if getattr(settings, name) != getattr(start, name):
            print(f"{name} = {getattr(settings, name)}")


if __name__ == "__main__":
    main()
