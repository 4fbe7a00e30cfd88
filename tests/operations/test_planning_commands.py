"""The commands of targets and papers, on a network in a folder."""

import json

import pytest
from click import BadParameter
from click.testing import CliRunner

from ops_hub.cli.main import main
from ops_hub.cli.operation_inputs import time_of
from ops_hub.engines.network import saved
from ops_hub.schemas import OUTCOMES, rows
from tests.graph.nets import a_net
from tests.operations.test_report import CASES
from tests.operations.test_targets import SCENE

PLAN = """
name = "calm-sea"
title = "Operation Calm Sea"
legal_basis = "Joint declaration (invented)"
phases = [{kind = "gathering", begins = 2026-11-01, ends = 2026-11-20}, {kind = "action", begins = 2026-11-21, ends = 2026-11-24}]
states = [{code = "BRB", coordinates = true, teams = [{port = "BGI", officers = 2, female = 1, languages = {es = 1}}]}, {code = "TTO"}]
"""


def run(tmp_path, command, *options):
    words = ["operation", command, "calm-sea", "--operations", str(tmp_path / "operations"), *options]
    done = CliRunner().invoke(main, words, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.stdout


def test_from_a_network_to_the_papers(tmp_path):
    trips = [(*each[:5], {"states": ["BRB", "TTO"], **(each[5] if len(each) > 5 else {})}) for each in SCENE["trips"]]
    saved(
        tmp_path / "net", a_net(SCENE["edges"], trips, SCENE["nodes"]), name="net", made_at="2026-11-20T12:00:00+00:00"
    )
    (tmp_path / "operations" / "calm-sea").mkdir(parents=True)
    (tmp_path / "operations" / "calm-sea" / "plan.toml").write_text(PLAN, encoding="utf-8")
    asked = ("--network", str(tmp_path / "net"), "--now", "2026-11-20T12:00", "--as", "CENTRE/carla:officer")
    said = json.loads(run(tmp_path, "targets", *asked, "--set-tasks", "--json"))
    assert [each["person_id"] for each in said["targets"]] == ["person:boss"]
    assert said["protection"] is None
    assert "No plan with these officers" in run(tmp_path, "coverage", *asked)
    assert "flight BW432" in run(tmp_path, "task", "list", "--as", "CENTRE/carla")
    run(tmp_path, "brief", *asked, "--out", str(tmp_path / "brief.html"))
    assert "Operation Calm Sea" in (tmp_path / "brief.html").read_text(encoding="utf-8")
    rows(OUTCOMES, CASES).write_parquet(tmp_path / "cases.parquet")
    run(tmp_path, "report", "--cases", str(tmp_path / "cases.parquet"), "--out", str(tmp_path / "report.json"))
    assert json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))["figures"]["arrests"] == 1


def test_a_time_that_no_plan_can_be_for_is_refused():
    assert time_of("2026-11-20T12:00-04:00").hour == 16
    for text in ("0001-01-01T00:00", "9999-12-31T23:59", "0001-01-01T00:00+12:00", "tomorrow"):
        with pytest.raises(BadParameter, match="is no time"):
            time_of(text)
