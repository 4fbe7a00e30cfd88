# ruff: noqa: F811  fixtures are imported by name
"""The commands of an operation, from a new plan to its closing."""

import json
from datetime import date

import pytest
from click.testing import CliRunner

from ops_hub.cli.main import main
from ops_hub.desk import preparing
from ops_hub.desk.acting import act
from ops_hub.engines.network import saved
from ops_hub.operations.known import ListAge
from tests.conftest import ROOT
from tests.graph.nets import a_net
from tests.live.conftest import numbers_in_a_row
from tests.live.fixtures_cases import ANA, all_cases, entry, hub, office, screened, server, told, traveller, worked
from tests.operations.plans import written

__all__ = ["hub", "numbers_in_a_row", "office", "server", "told"]  # fixtures
DAYS = ("--from", "2026-11-01", "--action", "2026-11-20", "2026-11-23", "--until", "2027-02-01")


@pytest.fixture
def run(tmp_path):
    def run(*words, code=0, **env):
        said = CliRunner().invoke(main, ["operation", *words], env={"OPS_HUB_OPERATIONS": str(tmp_path)} | env)
        assert said.exit_code == code, said.output
        return json.loads(said.stdout) if "--json" in words and code in (0, 1) else said.output

    return run


def test_a_new_plan_is_told_what_it_lacks_and_can_be_used_once_that_is_filled_in(run, tmp_path):
    said = run("new", "ALCYON", "--states", "BRB,TTO", *DAYS)
    assert "legal_basis is empty" in said
    plan = tmp_path / "ALCYON" / "plan.toml"
    assert "plan.toml:6: legal_basis is empty" in run("show", "ALCYON", code=2)
    plan.write_text(plan.read_text().replace('legal_basis = ""', 'legal_basis = "Memorandum"'))
    assert "in 2 days" in run("show", "ALCYON", "--today", "2026-11-18")
    assert "journal.ndjson" in (tmp_path / "ALCYON" / ".gitignore").read_text()
    assert "it is there already" in run("new", "ALCYON", "--states", "BRB", *DAYS, code=2)
    assert "this is no home state" in run("new", "B", "--states", "BRB,XXX", *DAYS, code=2)
    assert "is no name" in run("new", "../B", "--states", "BRB", *DAYS, code=2)
    assert "days must follow each other" in run("new", "B", "--states", "BRB", *DAYS[:-1], "2026-11-21", code=2)
    assert "did you mean ALCYON?" in run("show", "ALCION", code=2)


def test_states_acknowledge_and_do_their_tasks_until_it_is_closed(run, tmp_path):
    written(tmp_path)
    run("ack", "ALCYON", "--as", "BRB/ana")
    assert "does not take part" in run("ack", "ALCYON", "--as", "SUR/zed", code=2)
    added = run(
        "task", "ALCYON", "add", "--port", "BGI", "--due", "2026-11-20T14:30", "--what", "watch BW432", "--as", "BRB/ana", "--json"
    )  # fmt: skip
    assert (added["local"], added["due_at"]) == ("2026-11-20 14:30 AST", "2026-11-20 18:30:00")
    assert run("task", "ALCYON", "--as", "JAM/joe", "--json")["tasks"] == []
    for due, what, wrong in (("9999-12-31T23:59", "x", "is no time"), ("2026-11-20T15:00", "x" * 501, "501 characters"), ("2026-11-20T15:00", "\x1b\n", "without words")):  # fmt: skip
        words = ("task", "ALCYON", "add", "--port", "BGI", "--due", due, "--what", what, "--as", "BRB/ana")
        assert wrong in run(*words, code=2)
    assert "let CENTRE do it" in run("task", "ALCYON", "add", "--state", "CENTRE", "--due", "2026-11-20T15:00", "--what", "x", "--as", "BRB/ana", code=2)  # fmt: skip
    assert "there is no task" in run("task", "ALCYON", "done", added["task"], "--as", "JAM/joe", code=2)
    reception = ("--kind", "protection-reception", "--port", "BGI", "--due", "2026-11-20T15:00", "--what", "receive")
    assert "is not for BRB/ana" in run("task", "ALCYON", "add", *reception, "--as", "BRB/ana", code=2)
    run("task", "ALCYON", "add", *reception, "--as", "BRB/pro:protection")
    assert run("task", "ALCYON", "--as", "BRB/ana", "--json")["with_protection"] == 1
    said = run("show", "ALCYON", "--today", "2026-11-18", "--json")
    assert [each["acknowledged"] for each in said["states"]] == ["yes", "no", "no"]
    assert said["states"][0]["tasks"] == {"open": 2}
    assert run("show", "ALCYON", "--as", "TTO/ben", "--json")["states"][0]["tasks"] == {}
    written(tmp_path, ("officers = 4", "officers = 5"))
    assert run("show", "ALCYON", "--json")["states"][0]["acknowledged"] == "an older version"
    run("task", "ALCYON", "done", added["task"], "--as", "BRB/ana")
    lessons = tmp_path / "lessons.txt"
    lessons.write_text("begin earlier")
    close = ("close", "ALCYON", "--lessons", str(lessons), "--as", "CENTRE/carla", "--today", "2027-03-01")
    assert "1 tasks are open" in run(*close, code=2)
    run(*close, "--yes")
    assert run("list", "--json")[0]["closed"]
    journal = tmp_path / "ALCYON" / "journal.ndjson"
    journal.write_text(journal.read_text().replace("begin earlier", "begin as always"))
    assert "was altered" in run("show", "ALCYON", code=2)


def test_ready_looks_at_lists_and_carriers_and_ends_with_1_where_red_lines_stand(run, tmp_path):
    written(tmp_path)
    feeds = [str(ROOT / "sample_feeds"), "--schedule", str(ROOT / "sample_feeds" / "winter-2026.schedule.csv")]
    words = [
        "ready",
        "ALCYON",
        "-w",
        str(ROOT / "watchlists" / "HND"),
        "--expect",
        "POS=1",
        "--today",
        "2026-11-18",
        "--json",
    ]
    said = run(*words, *feeds, code=1)
    red = {(each["check"], each["where"]) for each in said["lines"] if each["level"] == "red"}
    assert {("acknowledged", "BRB"), ("lists", "hnd-wanted"), ("carriers", "BW POS-BGI"), ("reception", "POS")} <= red
    assert ("protection places", "TTO") in red
    assert said["red"] == sum(each["level"] == "red" for each in said["lines"])
    assert all(each["remedy"] for each in said["lines"] if each["level"] != "green")
    assert "give both or neither" in run(*words, feeds[0], code=2)


def test_a_result_is_said_of_the_case_and_linked_to_the_operation(run, hub, office, tmp_path):
    written(tmp_path)
    screened(hub, 1, [(traveller(hub, "r1"), entry())])
    worked(office)
    act(office.desk, 1, ANA, "claim")
    act(office.desk, 1, ANA, "decide", {"outcome": "refused-entry", "reason": "the same"})
    env = {"OPS_HUB_HOME": str(hub.home), "OPS_HUB_REDIS": ""}
    words = ("result", "ALCYON", "--case", "1", "--result", "arrested", "--as")
    assert "does not take part" in run(*words, "HND/luis", code=2, **env)
    run(*words, "BRB/ana", **env)
    assert [(each.result, each.operation) for each in all_cases(hub)[1].results] == [("arrested", "ALCYON")]
    assert run("show", "ALCYON", "--json")["results"] == {"arrested": 1}
    assert run("show", "ALCYON", "--as", "TTO/ben", "--json")["results"] == {}  # it neither said it nor coordinates
    said = CliRunner().invoke(main, ["case", "show", "1", "--as", "BRB/ana"], env=env).output
    assert "result by BRB/ana:officer  result: arrested, operation: ALCYON" in said
    run(*words, "BRB/ana", "--retract", "--reason", "another case", **env)
    assert all_cases(hub)[1].results == ()
    assert run("show", "ALCYON", "--json")["results"] == {}
    assert "red lines stand" not in run("ready", "ALCYON", "--hub", "--as", "CENTRE/c:supervisor", code=1, **env)
    assert "not for everyone" in run("ready", "ALCYON", "--hub", "--as", "BRB/ana", code=2, **env)


def test_brief_and_report_look_where_ready_looks(run, hub, office, tmp_path, monkeypatch):
    written(tmp_path)
    saved(tmp_path / "net", a_net(trips=[("ana", "BW432", 0, "POS", "BGI")]), name="net", made_at="2026-11-20T12:00:00+00:00")  # fmt: skip
    monkeypatch.setattr(preparing, "list_ages_of", lambda _: [ListAge("hnd-wanted", "HND", date(2026, 1, 1))])
    env = {"OPS_HUB_HOME": str(hub.home), "OPS_HUB_REDIS": ""}
    asked = ("ALCYON", "--hub", "--network", str(tmp_path / "net"), "--out", str(tmp_path / "out.json"), "--as")
    for who, may_expect in (("CENTRE/c:supervisor", True), ("JAM/joe", False)):
        run("brief", *asked, who, "--now", "2026-11-18T12:00", **env)
        lines = [(each["check"], each["where"], each["level"]) for each in json.loads((tmp_path / "out.json").read_text())["readiness"]]  # fmt: skip
        assert ("lists", "hnd-wanted", "red") in lines
        assert (("protection places", "protection", "amber") in lines) != may_expect
    run("report", *asked, "CENTRE/c:supervisor", **env)
    said = json.loads((tmp_path / "out.json").read_text())
    assert any("hnd-wanted: was changed last" in each for each in said["readiness"])
    assert said["links"]["findings"] == ["in the network, no person or group is met by several kinds of crime or continents"]  # fmt: skip
