"""The entry point of the benchmark as people use it, at toy sizes."""

import subprocess
import sys

import pytest

from benchmarks.__main__ import main
from benchmarks.results import kept
from tests.conftest import ROOT


def measured(out, *arguments):
    sizes = ("--passengers", "20", "--entries", "40", "--runs", "1", "--in-place", "--out", out, "--keep", out / "data")
    told = [sys.executable, "-m", "benchmarks", *arguments, *sizes]
    return subprocess.run([str(each) for each in told], cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.mark.wide
def test_a_part_is_measured_from_a_seed_and_reported_with_machine_versions_and_plots(tmp_path):
    done = measured(tmp_path, "profile")
    assert done.returncode == 0, done.stderr
    told = (tmp_path / "RESULTS.md").read_text(encoding="utf-8")
    for word in ("Machine: cores", "polars", "passengers 20, entries 40", "| candidates |", "plots/profile-flame.svg"):
        assert word in told
    assert str(ROOT) not in told
    assert str(tmp_path) not in told
    assert (tmp_path / "plots" / "profile-flame.svg").exists()
    sampled, plain = (kept("profile", tmp_path / "results").sections[0].data[each] for each in ("sampled", "plain"))
    assert sampled == pytest.approx(
        plain, rel=0.5
    )  # all CPU seconds are told, of two runs on a machine that may be busy


@pytest.mark.wide
def test_growth_profile_and_latency_run_to_their_end(tmp_path):
    done = measured(tmp_path, "growth", "profile", "latency")
    assert done.returncode == 0, done.stderr
    for part in ("growth", "profile", "latency"):
        assert kept(part, tmp_path / "results").sections


def test_a_benchmark_that_only_prints_is_run_by_name_with_its_own_arguments(monkeypatch):
    started = []
    monkeypatch.setattr("benchmarks.__main__.subprocess.call", lambda command: started.append(command) or 3)
    assert main(["rules", "--", "--travellers", "10"]) == 3
    assert started == [[sys.executable, "-m", "benchmarks.rules", "--travellers", "10"]]
