"""Altered copies of really listed persons among ordinary travellers, and how well score bands keep their word.

`python -m benchmarks.altered`: 20,000 travellers, 200 of them altered copies of persons on the OFAC and UN lists (the
kinds of `ops_hub.exercise.alter`), the others invented. Prints who is found, how many others are flagged and how many
hits there are per 1,000 travellers who are not listed. `--calibration` draws score against precision instead, on a
seeded exercise with known truth, and writes the picture.
"""

from __future__ import annotations

import argparse
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl

from ops_hub.config import matching_config
from ops_hub.exercise.alter import ALTERATIONS, fits
from ops_hub.exercise.generate import ExerciseSpec, generate
from ops_hub.exercise.people import people
from ops_hub.lists.reading import read_lists
from ops_hub.normalise.tables import name_tables
from ops_hub.pipeline import Knowledge, Lists, compile_lists, open_lists, screen
from ops_hub.schemas import TRAVELLERS, conform

TODAY = date(2026, 11, 23)
_BANDS = np.arange(0.70, 1.001, 0.05)


def listed_people(lists: Lists) -> pl.DataFrame:
    """Return the persons with a split primary name and one exact birth date, in the columns of an exercise."""
    first = pl.col("names").list.first().struct
    born = pl.col("births").list.first().struct
    return lists.snapshot.entries.filter(
        (pl.col("kind") == "person")
        & (pl.col("births").list.len() == 1)
        & (born.field("from") == born.field("to"))
        & first.field("family").is_not_null()
    ).select(
        "entry_id",
        first.field("family").str.to_uppercase().alias("family_name"),
        first.field("given").str.to_uppercase().alias("given_names"),
        born.field("from").dt.to_string("%Y-%m-%d").alias("birth_date"),
        pl.col("sex").fill_null("M"),
    )


def travellers(frame: pl.DataFrame) -> pl.DataFrame:
    return conform(frame.lazy().with_columns(pl.lit("altered").alias("source")), TRAVELLERS).collect()


def altered(lists: Lists, n: int, rng: np.random.Generator) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return n altered copies of listed persons, evenly over the kinds, and whose copy each is."""
    known = listed_people(lists)
    kinds = [kind for kind in ALTERATIONS if kind != "exact"]
    made, truth = [], []
    for row in rng.permutation(len(known)):
        person = known.row(int(row), named=True)
        kind = kinds[len(made) % len(kinds)]
        if not fits(kind, person):
            continue
        made.append(ALTERATIONS[kind](person, rng) | {"record_id": f"A{len(made):05}"})
        truth.append((made[-1]["record_id"], person["entry_id"], kind))
        if len(made) == n:
            break
    schema = {"record_id": pl.String, "entry_id": pl.String, "alteration": pl.String}
    return pl.DataFrame(made).drop("entry_id"), pl.DataFrame(truth, schema=schema, orient="row")


def report(data: Path, n: int, copies: int, seed: int) -> None:
    known = Knowledge(name_tables(), matching_config(), 2)
    lists = open_lists(compile_lists(read_lists([data / "ofac", data / "un"]), known), known)
    rng = np.random.default_rng(seed)
    planted, truth = altered(lists, copies, rng)
    others = people(n - copies, rng, TODAY).with_columns(pl.format("O{}", pl.int_range(pl.len())).alias("record_id"))
    feed = pl.concat([travellers(others), travellers(planted)])
    hits = screen(feed, lists, known, today=TODAY)
    found = truth.join(
        hits.select("record_id", "entry_id").unique(), on=["record_id", "entry_id"], how="left", coalesce=False
    )
    per_kind = found.group_by("alteration").agg(
        pl.len().alias("n"), pl.col("entry_id_right").is_not_null().sum().alias("found")
    )
    for kind, of, good in per_kind.sort("alteration").iter_rows():
        print(f"{kind:<16} {good} of {of}")
    recall = found["entry_id_right"].is_not_null().mean()
    wrong = hits.filter(pl.col("record_id").str.starts_with("O"))
    high = wrong.filter(pl.col("band") == "high")["record_id"].n_unique()
    print(f"found {recall:.3f} of {copies}; others flagged high {100 * high / (n - copies):.3f} %, at all "
          f"{100 * wrong['record_id'].n_unique() / (n - copies):.3f} %; {1000 * wrong.height / (n - copies):.2f} hits per 1,000 not listed")  # fmt: skip


def calibration(out: Path, seed: int) -> None:
    """Print precision by score on an exercise, and draw it (SVG): nearer the line, better kept the word."""
    known = Knowledge(name_tables(), matching_config(), 2)
    made = generate(ExerciseSpec(100_000, 10_000, seed=seed))
    folder = out.parent / "calibration"
    folder.mkdir(parents=True, exist_ok=True)
    made.watchlist.write_csv(folder / "watchlist.csv")
    lists = open_lists(compile_lists(read_lists([folder / "watchlist.csv"]), known), known)
    hits = screen(travellers(made.feed.drop("documents", strict=False)), lists, known, today=TODAY)
    truth = made.truth.select("record_id", "entry_id", pl.lit(True).alias("is_match"))
    told = hits.join(truth, on=["record_id", "entry_id"], how="left").with_columns(pl.col("is_match").fill_null(False))
    dots = []
    for low, up in zip(_BANDS, [*_BANDS[1:], 1.01], strict=True):
        part = told.filter(pl.col("score").is_between(low, up, closed="left"))
        if len(part):
            share, middle = part["is_match"].mean(), part["score"].mean()
            dots.append((middle, share, len(part)))
            print(f"score {low:.2f} to {min(up, 1):.2f}: {len(part):>6,} hits, {share:.3f} of them true")
    for label in ("high", "review"):
        part = told.filter(pl.col("band") == label)
        print(f"band {label}: {len(part):,} hits, precision {part['is_match'].mean():.3f}")
    out.write_text(_picture(dots), encoding="utf-8")
    print(f"picture: {out}")


def _picture(dots: list[tuple[float, float, int]]) -> str:
    place = [(60 + (score - 0.65) / 0.4 * 420, 340 - 300 * share, n) for score, share, n in dots]
    line = " ".join(f"{x:.0f},{y:.0f}" for x, y, _ in place)
    marks = "".join(
        f'<circle cx="{x:.0f}" cy="{y:.0f}" r="4"/><text x="{x + 6:.0f}" y="{y + 16:.0f}">{n:,}</text>'
        for x, y, n in place
    )
    axes = "".join(f'<text x="{60 + (s - 0.65) / 0.4 * 420:.0f}" y="360">{s:.2f}</text>' for s in _BANDS)
    shares = "".join(f'<text x="20" y="{344 - 300 * k / 5:.0f}">{k / 5:.1f}</text>' for k in range(6))
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" width="520" height="380" font-family="sans-serif" font-size="11">'
        f'<rect width="520" height="380" fill="white"/><path d="M60 40V340H500" fill="none" stroke="black"/>{axes}{shares}'
        f'<text x="60" y="24">share of hits that are true, by score (numbers: hits)</text>'
        f'<polyline points="{line}" fill="none" stroke="#1f5fa8" stroke-width="2"/>{marks}</svg>\n'
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"), help="folder with the lists ofac/ and un/")
    parser.add_argument("--travellers", type=int, default=20_000)
    parser.add_argument("--copies", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--calibration", type=Path, help="write the picture here instead, e.g. runs/reliability.svg")
    told = parser.parse_args()
    if told.calibration:
        told.calibration.parent.mkdir(parents=True, exist_ok=True)
        calibration(told.calibration, told.seed)
    elif not told.data.is_dir():
        print(f"{told.data} is not there: nothing measured")
    else:
        report(told.data, told.travellers, told.copies, told.seed)


if __name__ == "__main__":
    main()
