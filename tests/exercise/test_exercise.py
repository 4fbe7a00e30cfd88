import numpy as np
import polars as pl
import pytest

from ops_hub.exercise.alter import ALTERATIONS, fits
from ops_hub.exercise.generate import KINDS, ExerciseSpec, generate
from ops_hub.exercise.score import score

PERSON = {
    "family_name": "GARCIA LOPEZ", "given_names": "FRANCISCO ANTONIO", "birth_date": "1970-02-03", "sex": "M", "nationality": "HND", "document_number": "X1",
}  # fmt: skip


def test_one_seed_makes_one_exercise_and_another_another():
    one, two, other = (generate(ExerciseSpec(3000, 500, seed)) for seed in (1, 1, 2))
    for part in ("feed", "watchlist", "truth"):
        assert getattr(one, part).equals(getattr(two, part))
    assert not one.feed.equals(other.feed)


def test_every_kind_of_alteration_is_planted_and_the_truth_names_real_rows():
    made = generate(ExerciseSpec(20_000, 3000, 3, planted=900))
    counts = dict(made.truth["alteration"].value_counts().iter_rows())
    assert set(counts) == set(KINDS)
    assert made.truth.join(made.feed, on="record_id", how="semi").height == made.truth.height
    assert made.truth.join(made.watchlist, on="entry_id", how="semi").height == made.truth.height
    assert made.truth["record_id"].is_unique().all()


def test_a_planted_record_differs_from_its_entry_as_the_truth_says():
    made = generate(ExerciseSpec(5000, 1000, 3, planted=400))
    joined = made.truth.join(made.feed, on="record_id").join(made.watchlist, on="entry_id", suffix="_listed")
    same_name = pl.concat_str("family_name", pl.lit(", "), "given_names") == pl.col("name")
    for kind, is_same in joined.select("alteration", same_name).iter_rows():
        if kind == "exact" or kind.startswith("birth"):
            assert is_same
        elif kind in ("typo", "swapped", "split", "initial", "title-glued", "nickname", "one-surname", "document-only"):
            assert not is_same, kind


@pytest.mark.parametrize("kind", ALTERATIONS)
def test_an_alteration_keeps_the_columns_and_alters_only_what_it_says(kind):
    rng = np.random.default_rng(1)
    altered = ALTERATIONS[kind](dict(PERSON), rng)
    assert altered.keys() == PERSON.keys()
    assert fits(kind, PERSON) in (True, False)
    changed = {key for key in PERSON if altered[key] != PERSON[key]}
    assert changed <= ({"birth_date"} if kind.startswith("birth") else {"family_name", "given_names"})


def test_recall_and_precision_are_counted_by_pairs():
    truth = pl.DataFrame(
        {"record_id": ["1", "2", "3"], "entry_id": ["A", "B", "C"], "alteration": ["typo", "typo", "swapped"]}
    )
    hits = pl.DataFrame({"record_id": ["1", "2", "9"], "entry_id": ["A", "X", "A"], "band": ["high", "review", "high"]})
    table, totals = score(hits, truth, screened=103)
    assert table.filter(pl.col("alteration") == "typo").select("planted", "found", "recall").row(0) == (2, 1, 0.5)
    assert table.filter(pl.col("alteration") == "all").select("found", "strong").row(0) == (1, 1)
    assert totals["precision"] == pytest.approx(1 / 3)
    assert totals["others_flagged_per_1000"] == pytest.approx(10.0)
