"""Altered copies of really listed persons among ordinary travellers, and how well score bands keep their word.

`python -m benchmarks.altered`: 20,000 travellers, 200 of them altered copies of persons on the OFAC and UN lists (the
kinds of `ops_hub.exercise.alter`), the others invented. Prints who is found, how many others are flagged and how many
hits there are per 1,000 travellers who are not listed. `--calibration` holds the precision that is stated for bands and
scores against seeded exercises with known truth instead (one traveller in fifty is listed), and draws both.
"""

from __future__ import annotations

import argparse
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import polars as pl

from ops_hub.config import matching_config
from ops_hub.exercise.alter import ALTERATIONS, fits
from ops_hub.exercise.generate import ExerciseSpec, generate
from ops_hub.exercise.people import people
from ops_hub.feeds.reading import ReadOptions, read
from ops_hub.lists.reading import read_lists
from ops_hub.normalise.tables import name_tables
from ops_hub.operations.report import wilson
from ops_hub.pipeline import Knowledge, Lists, compile_lists, open_lists, screen
from ops_hub.schemas import TRAVELLERS, conform

TODAY = date(2026, 11, 23)
# What rules/matching.toml states at [bands]: the share of hits that are true, in exercises with known truth.
STATED_BANDS = {"exact-document": 1.0, "high": 0.99, "review": 0.1}
STATED_SCORES = {0.70: 0.02, 0.75: 0.15, 0.80: 0.15, 0.85: 0.6, 0.90: 0.95, 0.95: 0.97, 1.00: 0.995}


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


def exercise_hits(seed: int) -> pl.DataFrame:
    """Return the hits of an exercise (100,000 travellers, one in fifty listed, 10,000 entries), with `is_match`.

    Documents are read: those that travel on a listed document under another name come back as exact-document.
    """
    known = Knowledge(name_tables(), matching_config(), 2)
    made = generate(ExerciseSpec(100_000, 10_000, seed=seed))
    with TemporaryDirectory() as folder:
        place = Path(folder)
        made.watchlist.write_csv(place / "watchlist.csv")
        made.feed.write_parquet(place / "feed.parquet")
        lists = open_lists(compile_lists(read_lists([place / "watchlist.csv"]), known), known)
        batches = read([place / "feed.parquet"], ReadOptions(TODAY, b"exercise"))
        feed = pl.concat([batch.travellers for batch in batches])
    hits = screen(feed, lists, known, today=TODAY).select("record_id", "entry_id", "score", "band", "birth_agreement")
    truth = made.truth.select("record_id", "entry_id", pl.lit(True).alias("is_match"))
    return hits.join(truth, on=["record_id", "entry_id"], how="left").with_columns(pl.col("is_match").fill_null(False))


def calibration(out: Path, seeds: list[int]) -> None:
    """Print the precision that is stated against what is measured, by band and by score, and draw both (SVG)."""
    told = pl.concat([exercise_hits(seed) for seed in seeds])
    print(f"{len(seeds)} exercises (seeds {', '.join(map(str, seeds))}): {told.height:,} hits")
    for label, stated in STATED_BANDS.items():
        _compare(f"band {label}", stated, told.filter(pl.col("band") == label)["is_match"])
    dots = []
    by_name = told.filter(pl.col("band") != "exact-document")
    for (low, stated), up in zip(STATED_SCORES.items(), [*list(STATED_SCORES)[1:], 1.01], strict=True):
        part = by_name.filter(pl.col("score").is_between(low - 1e-9, up - 1e-9, closed="left"))
        _compare(f"score {low:.2f} to {min(up, 1):.2f}", stated, part["is_match"])
        if len(part):
            dots.append((low, up, stated, float(part["is_match"].sum()) / len(part), len(part)))
    out.write_text(_picture(dots), encoding="utf-8")
    print(f"picture: {out}")


def _compare(label: str, stated: float, found: pl.Series) -> None:
    if not len(found):
        print(f"{label:<22} stated {stated:.3f}  no hits")
        return
    low, up = wilson(int(found.sum()), len(found), 1.96)
    print(
        f"{label:<22} stated {stated:.3f}  measured {found.sum() / len(found):.3f} ({low:.3f} to {up:.3f} of {len(found):,})"
    )


def _picture(dots: list[tuple[float, float, float, float, int]]) -> str:
    """Return the drawing: a bar for what is stated, a dot with its likely range for what was measured."""

    def x(score: float) -> float:
        return 60 + (score - 0.70) / 0.35 * 420

    def y(share: float) -> float:
        return 340 - 290 * share

    drawn = []
    for low, _, stated, share, n in dots:
        left, middle = x(low), x(low) + 30
        bottom, top = wilson(round(share * n), n, 1.96)
        drawn.append(
            f'<rect x="{left + 6:.0f}" y="{y(stated):.1f}" width="48" height="{340 - y(stated):.1f}" fill="#c9d8ea"/>'
            f'<path d="M{middle:.0f} {y(bottom):.1f}V{y(top):.1f}" stroke="#1f3f68" stroke-width="2"/>'
            f'<circle cx="{middle:.0f}" cy="{y(share):.1f}" r="4" fill="#1f3f68"/>'
            f'<text x="{middle:.0f}" y="374" text-anchor="middle" fill="#555">{n:,}</text>'
            f'<text x="{left + 2:.0f}" y="356">{low:.2f}</text>'
        )
    shares = "".join(
        f'<text x="52" y="{y(k / 5) + 4:.0f}" text-anchor="end">{k / 5:.1f}</text>'
        f'<path d="M60 {y(k / 5):.0f}H484" stroke="#e4e4e4"/>'
        for k in range(6)
    )
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" width="520" height="400" font-family="sans-serif" font-size="11">'
        f'<rect width="520" height="400" fill="white"/>{shares}{"".join(drawn)}'
        '<path d="M60 40V340H484" fill="none" stroke="black"/>'
        '<text x="60" y="22">True share of hits by name: bar stated, dot measured (95 % range)</text>'
        '<text x="60" y="392" fill="#555">score from (black); hits in it (grey)</text></svg>\n'
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"), help="folder with the lists ofac/ and un/")
    parser.add_argument("--travellers", type=int, default=20_000)
    parser.add_argument("--copies", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1, help="of the first exercise with --calibration")
    parser.add_argument("--calibration", type=Path, help="write the picture here instead, e.g. runs/reliability.svg")
    parser.add_argument("--exercises", type=int, default=4, help="with --calibration: how many, one seed after another")
    told = parser.parse_args()
    if told.calibration:
        told.calibration.parent.mkdir(parents=True, exist_ok=True)
        calibration(told.calibration, [told.seed + at for at in range(told.exercises)])
    elif not told.data.is_dir():
        print(f"{told.data} is not there: nothing measured")
    else:
        report(told.data, told.travellers, told.copies, told.seed)


if __name__ == "__main__":
    main()
