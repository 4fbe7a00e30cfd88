"""Exponents of growth, fitted to curves whose exponents are known."""

import json
import math

import numpy as np
import polars as pl
import pytest

from benchmarks.growth import BELOW, LINEAR, fitted, local, sections, steps, verdict
from benchmarks.repeated import repeated
from benchmarks.screening import Bench
from benchmarks.settings import Settings

SIZES = [10_000, 31_623, 100_000, 316_228, 1_000_000, 3_162_278, 10_000_000]


@pytest.mark.parametrize(("start", "exponent"), [(2.0, 1.0), (2.0, 0.4), (0.0, 1.0), (5.0, 1.3)])
def test_a_fit_finds_the_exponent_and_the_start_of_a_known_curve(start, exponent):
    fit = fitted(SIZES, [start + 1e-4 * size**exponent for size in SIZES])
    assert fit.exponent == pytest.approx(exponent, abs=0.01)
    assert fit.start == pytest.approx(start, abs=0.05 + 0.02 * start)


def test_the_interval_of_a_noisy_exponent_holds_the_true_one_about_as_often_as_it_says():
    rng = np.random.default_rng(1)
    held = 0
    for _ in range(60):
        noise = np.exp(rng.normal(0, 0.03, len(SIZES)))
        fit = fitted(SIZES, [(2 + 1e-5 * size) * each for size, each in zip(SIZES, noise, strict=True)])
        held += abs(fit.exponent - 1) <= fit.within
    assert held >= 51  # 95 % of 60 is 57; 51 or fewer of 60 come by chance once in 150


def test_three_sizes_give_an_exponent_and_no_interval_and_are_not_judged():
    fit = fitted(SIZES[:3], [1.0, 2.0, 4.0])
    assert math.isnan(fit.within)
    assert verdict(fit, LINEAR, "linear") == "not judged: too few sizes"


def test_what_grows_faster_than_the_bar_is_told_as_such():
    above = fitted(SIZES, [2 + 1e-6 * size**1.2 for size in SIZES])
    assert verdict(above, LINEAR, "linear") == "NOT linear: above 1.05"
    below = fitted(SIZES, [2 + 1e-3 * size**0.5 for size in SIZES])
    assert verdict(below, BELOW, "clearly below linear") == "clearly below linear: the interval keeps to 1.0"


def test_what_is_flat_but_for_noise_is_not_called_below_linear():
    flat = fitted(SIZES[:5], [4.4, 4.9, 5.6, 5.5, 6.4])
    assert verdict(flat, BELOW, "clearly below linear").startswith("not sure")
    assert fitted(SIZES[:5], [4.4, 4.9, 5.6, 5.5, 6.4], start=False).exponent == pytest.approx(0.075, abs=0.01)


def test_the_local_exponent_is_the_slope_of_the_last_decade():
    assert local(SIZES, [float(size) for size in SIZES]) == pytest.approx(1.0)
    assert local([100, 1000, 10_000], [1.0, 1.0, 10.0]) == pytest.approx(1.0)


def test_steps_are_two_a_decade_from_the_least_to_the_most():
    assert steps(10_000, 10_000_000) == SIZES


def test_a_repeated_feed_has_as_many_travellers_as_asked_and_no_id_twice(tmp_path):
    feed = tmp_path / "feed.parquet"
    pl.DataFrame({"record_id": ["P1", "P2", "P3"], "family_name": ["A", "B", "C"]}).write_parquet(feed)
    assert repeated(feed, 2).collect()["record_id"].to_list() == ["P1", "P2"]
    again = repeated(feed, 8).collect()
    assert again["record_id"].n_unique() == 8
    assert again["family_name"].to_list() == ["A", "B", "C", "A", "B", "C", "A", "B"]


def test_growth_asks_for_every_size_in_every_round_and_reports_medians(tmp_path, monkeypatch):
    asked = []

    def run(bench, feed, snapshot):
        asked.append(feed.name)
        told = feed.stem.removeprefix("feed-")
        size = int(told) if told.isdigit() else 1_000
        seconds = 1 + size / 1000
        return {
            "wall": seconds,
            "cpu": seconds * 2,
            "peak_mb": 100.0,
            "hits": 3,
            "total": seconds,
            "candidates": seconds,
        }

    monkeypatch.setattr(Bench, "whole_run", run)
    monkeypatch.setattr(Bench, "ops_hub", lambda *given: "")
    monkeypatch.setattr(Bench, "python", lambda *given: "")
    by_travellers, by_entries = sections(Settings(tmp_path, 1, 3, 100, (100,), None, 2, lambda text: None))
    sizes = [*steps(10, 1_000), 10_000]  # the largest costs as much as all others: no half step before it
    assert asked[:6] == asked[6:12] == asked[12:18] == [f"feed-{size}.parquet" for size in sizes]
    assert by_travellers.tables[0].rows[-1][:4] == (10_000, 11.0, 11.0, 11.0)
    assert by_travellers.data["verdict"].startswith(
        "exponents with travellers: seconds, whole process 1.00 ± 0.00 (linear"
    )
    assert {plot.name for plot in by_entries.plots} == {"growth-throughput", "growth-memory", "growth-entries"}
    assert len(json.loads(json.dumps(by_travellers.data["runs"]))["10000"]) == 3
