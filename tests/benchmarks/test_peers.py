"""What the benchmark says about peers is counted right, and no peer is left out without a word."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from rapidfuzz import fuzz

from benchmarks import accuracy, both, compared
from benchmarks.peers import JOIN, OURS, PEERS, join, named, rapid
from benchmarks.peers.judged import judged, reaching
from benchmarks.peers.records import Told, asked, could_agree, days, keys, listed, truth
from benchmarks.peers.running import run
from benchmarks.settings import Settings
from ops_hub.exercise.generate import ExerciseSpec, generate


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    folder = tmp_path_factory.mktemp("peers")
    made = generate(ExerciseSpec(400, 300, seed=5, planted=136))
    made.feed.write_parquet(folder / "feed.parquet")
    made.watchlist.write_csv(folder / "watchlist.csv")
    made.truth.write_csv(folder / "truth.csv")
    return folder


def settings_of(folder):
    return Settings(folder, 1, 2, 400, (300,), None, 1, lambda text: None)


def pairs(*rows):
    return pl.DataFrame(rows, schema={"passenger": pl.UInt32, "entry": pl.UInt32, "score": pl.Float64}, orient="row")


TRUE = pl.DataFrame({"passenger": [1, 2], "entry": [10, 20]}, schema={"passenger": pl.UInt32, "entry": pl.UInt32})
ASKED = pl.Series("passenger", [1, 2, 3, 4], dtype=pl.UInt32)


def test_a_listed_passenger_counts_only_with_the_right_entry():
    found = judged(pairs((1, 10, 0.9), (2, 10, 0.9), (3, 20, 0.9), (4, 20, 0.2)), TRUE, ASKED, 0.5)
    assert found == {"planted": 2, "recall": 0.5, "others": 2, "flagged": 500.0}


@pytest.mark.parametrize(("recall", "threshold"), [(0.5, 0.8), (0.75, 0.7), (1.0, None)])
def test_the_threshold_chosen_is_the_highest_that_reaches_the_recall(recall, threshold):
    reached = reaching(pl.Series([0.9, 0.8, 0.7, None]), recall)
    assert reached == (None if threshold is None else pytest.approx(threshold, abs=1e-5))


@pytest.mark.parametrize(
    ("one", "other", "agree"),
    [
        ("1970-02-03", "1970-02-03", True),
        ("1970-02-03", "1970-03-02", True),
        ("1970-02-03", "1970", True),
        ("1970-02-03", None, True),
        ("1970-02-03", "1978-02-03", True),
        ("1970-02-03", "1971-01-01", True),
        ("1970-02-03", "1985-11-21", False),
        ("1970-02-03", "1985", False),
    ],
)
def test_birth_dates_are_taken_apart_only_where_they_cannot_be_one_persons(one, other, agree):
    said = [days(pl.DataFrame({"birth_date": [each]}, schema={"birth_date": pl.String})) for each in (one, other)]
    assert could_agree(*said).tolist() == [agree] == could_agree(*said[::-1]).tolist()


def test_no_alteration_of_an_exercise_is_lost_to_birth_dates(place):
    entries = listed(place)
    true = truth(place, entries)
    people = asked(place, true, 10**9, 1)
    both = people.join(true, on="passenger").join(entries, on="entry", suffix="_listed")
    assert could_agree(days(both), days(both.select(pl.col("birth_date_listed").alias("birth_date")))).all()


def test_more_listed_are_altered_in_name_and_birth_date_at_once_and_nobody_else_changes(place, tmp_path):
    many = both.added(place, tmp_path, 30, seed=1)
    entries = listed(place)
    true = truth(tmp_path, entries)
    mine = true.filter(pl.col("alteration") == both.BOTH)
    assert mine.height == many == 30
    assert true.height == truth(place, entries).height + many == true["passenger"].n_unique()
    people = asked(tmp_path, true, 10**9, 1).join(mine, on="passenger")
    pairs_ = people.join(entries, on="entry", suffix="_listed")
    assert (pairs_["birth_date"] != pairs_["birth_date_listed"]).sum() >= 25  # 05-05 exchanged is 05-05
    assert (
        keys(pairs_) != keys(pairs_.select(family_name="family_name_listed", given_names="given_names_listed"))
    ).sum() > 15
    before, after = (pl.read_parquet(each / "feed.parquet") for each in (place, tmp_path))
    assert after.join(before, on=before.columns, how="anti", nulls_equal=True).height == many


def test_rapidfuzz_gives_every_pair_at_the_threshold_and_no_other(place):
    entries = listed(place).head(80)
    people = asked(place, truth(place, listed(place)), 10**9, 1).head(90)
    told = Told(place, 1, "ratio")
    found = rapid.find(people, rapid.prepare(entries, told), 0.7, told)
    every = np.array([[fuzz.ratio(a, b) for b in keys(entries)] for a in keys(people)])
    assert found.height == int((np.floor(every + 0.5) >= 70).sum()) > 0


def test_the_join_finds_the_same_tokens_in_any_order(place):
    entries = listed(place).head(2)
    people = entries.select(
        pl.col("entry").alias("passenger"),
        pl.col("given_names").alias("family_name"),
        pl.col("family_name").alias("given_names"),
    )
    found = join.find(people, join.prepare(entries, Told(place, 1)), 1.0, Told(place, 1))
    assert sorted(found.select("passenger", "entry").rows()) == [(0, 0), (1, 1)]


def test_of_a_sample_one_in_four_is_listed_and_no_one_travels_on_anothers_document(place):
    true = truth(place, listed(place))
    some = asked(place, true, 100, seed=3)
    mine = some.join(true, on="passenger")
    assert (some.height, mine.height) == (100, 25)
    assert "document-only" not in mine["alteration"].to_list()


def test_a_process_of_its_own_tells_speed_recall_and_memory(place):
    peer = named("rapidfuzz ratio")
    said = run("find", settings_of(place), peer, place=str(place), threshold=0.6, n=200, recall=0.9, paced=True, runs=2)
    assert said["passengers"] == 200
    assert said["recall"] >= 0.9
    assert said["reaching"] >= 0.6
    assert 0 < said["peak_mb"] < 1000
    assert len(said["calls"]) == 2
    assert all(call["seconds"] > 0 for call in said["calls"])
    assert said["start"] > 0


def test_a_peer_that_is_not_installed_has_a_row_that_says_so(monkeypatch, tmp_path):
    monkeypatch.setattr(compared, "run", lambda *told, **more: {"missing": "splink"})
    chosen = compared.choose(settings_of(tmp_path), named("Splink"), (tmp_path, tmp_path))
    row = compared.speed_rows([compared.Measured(named("Splink"), 300, failed=chosen.missing)], 400)[0]
    assert row[:3] == ["300", "Splink", "not installed: splink"]
    assert len(row) == len(compared.SPEED)


def test_ratios_are_to_ours_and_to_the_join_and_a_sample_is_told():
    def measured(peer, seconds):
        figures = {
            "passengers": 101.0,
            "cpu": 1.5,
            "cpu_again": 0.5,
            "recall": 1.0,
            "flagged": 0.0,
            "peak_mb": 1.0,
            "prepare": 0.0,
        }
        start = {"start": 1.0, "again": 0.1}
        return compared.Measured(peer, 300, [figures | start | {"seconds": each + 0.1} for each in seconds])

    rows = compared.speed_rows([measured(OURS, [2, 1, 4]), measured(JOIN, [0.5])], 1_000)
    assert rows[0][3:9] == [3, "1.00", "50", "25 to 100", "100", "34"]
    assert [row[9:11] for row in rows] == [["1.00", "4.00"], ["0.25", "1.00"]]
    sampled = compared.speed_rows([measured(named("nomenklatura"), [1])], 100_000)[0]
    assert sampled[2] == "101, a sample"
    assert compared.speed_rows([measured(OURS, [0.05])], 1_000)[0][5] == "too few to tell"


def test_every_peer_keeps_to_the_interface_without_its_package_being_needed():
    for peer in PEERS:
        source = (Path(compared.__file__).parent / "peers" / f"{peer.module}.py").read_text(encoding="utf-8")
        assert "def prepare(listed" in source
        assert "def find(asked" in source


def test_at_one_false_rate_no_more_others_are_flagged_than_told():
    found = accuracy.Answered(JOIN, pairs((3, 10, 0.9), (4, 10, 0.6), (1, 10, 0.7)), TRUE, ASKED)
    assert 0.6 < accuracy.at_false_rate(found, 500) <= 0.9
    assert accuracy.at_false_rate(found, 0) > 0.9


def test_without_labelled_pairs_the_report_says_so(tmp_path):
    section = accuracy.labelled(settings_of(tmp_path))
    assert "Not measured" in section.says
    assert not section.tables
