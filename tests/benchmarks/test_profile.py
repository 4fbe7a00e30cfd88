"""A profile: all CPU seconds are told, and told of the right stage."""

import threading
import time

import pytest

from benchmarks.latency import live
from benchmarks.profiled import told
from benchmarks.sampler import OUTSIDE, Sampler
from ops_hub.engines.batch import Tally

RUN = {"wall": 5.0, "cpu": 8.0, "peak_mb": 300.0, "hits": 4, "read": 1.0, "candidates": 3.0, "total": 4.0}
STACKS = {
    "candidates;pipeline.partial;matching.candidates._screened;compiled screen_names": 5.0,
    "read;engines.batch._next;polars;threads of polars": 2.0,
    "outside stages;python": 1.0,
}


def busy(seconds):
    end = time.thread_time() + seconds
    while time.thread_time() < end:
        sum(range(500))


def test_what_threads_use_is_told_of_the_stage_they_are_in():
    sampler, run = Sampler(), Tally()
    sampler.start()

    def beside():
        with sampler.watching(run, "read"):
            busy(0.3)

    thread = threading.Thread(target=beside)
    before = time.process_time()
    with sampler.watching(run, "candidates"):
        thread.start()
        busy(0.6)
        thread.join()
    used = time.process_time() - before
    stages = {}
    for stack, seconds in sampler.stop().items():
        stages[stack.split(";")[0]] = stages.get(stack.split(";")[0], 0) + seconds
    assert stages["read"] == pytest.approx(0.3, abs=0.12)
    assert stages["candidates"] == pytest.approx(0.6, abs=0.2)
    assert sum(stages.values()) - stages[OUTSIDE] <= used + 0.05
    assert set(run.seconds) == {"read", "candidates"}


def test_shares_of_stages_and_functions_add_up_to_all_cpu():
    section = told(STACKS, [RUN, RUN], 1_000, 100)
    stages, functions = section.tables
    assert [row[0] for row in stages.rows] == ["candidates", "read", "outside stages"]
    assert [row[-1] for row in stages.rows] == ["62.5%", "25.0%", "12.5%"]
    assert functions.rows[0][:2] == ("matching.candidates._screened", "compiled screen_names")
    assert sum(row[2] for row in functions.rows) == pytest.approx(8.0)
    assert "62% go to `candidates`" in section.says
    assert sum(points[0][1] for points in section.plots[0].lines.values()) == pytest.approx(8.0)


def test_stacks_too_small_to_draw_are_drawn_together(monkeypatch):
    many = STACKS | {f"read;a.f{at}": 0.001 for at in range(100)}
    lines = told(many, [RUN], 1_000, 100).plots[0].lines
    assert lines["read;small stacks"][0][1] == pytest.approx(0.1)


def test_live_figures_are_taken_over_where_they_are_and_the_command_is_told_where_they_are_not(tmp_path):
    assert "python -m benchmarks live" in live(tmp_path / "live.json").says
    (tmp_path / "live.json").write_text('{"p99 ms": 220, "workers": [1, 2]}', encoding="utf-8")
    assert live(tmp_path / "live.json").tables[0].rows == [("p99 ms", 220), ("workers", "[1, 2]")]
