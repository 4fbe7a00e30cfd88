import json

import polars as pl
import pytest
from click.testing import CliRunner

from ops_hub.cli import main
from ops_hub.schemas import FLAGS
from tests.conftest import ROOT
from tests.targeting.test_rulefile import GOOD

FEED = str(ROOT / "sample_feeds")


def run(*words, code=0):
    result = CliRunner().invoke(main, ["rules", *(str(word) for word in words)])
    assert result.exit_code == code, (result.output, result.stderr, result.exception)
    return result


def test_the_shipped_rules_pass_their_own_examples():
    said = json.loads(run("test", "--json").output)
    assert said["refused"] == said["failed"] == []
    assert said["rules"] >= 25


def test_a_rule_whose_example_fails_is_told_and_ends_with_1(tmp_path):
    (tmp_path / "r.toml").write_text(GOOD.replace("{ bags = 1, one_way = true }", "{ bags = 0, one_way = true }"))
    assert (
        "r.toml:2: rule good: must_not_fire {bags = 0, one_way = True}: it fires"
        in run("test", tmp_path, code=1).output
    )
    (tmp_path / "r.toml").write_text(GOOD.replace("bags = 0 AND", "bagz = 0 AND"))
    assert "refused  r.toml:10: rule good: there is no column bagz" in run("test", tmp_path, code=1).output


def test_rules_and_columns_are_listed():
    assert "minor-alone" in run("list").output
    rules = json.loads(run("list", "--json").output)
    assert {"id", "when", "source", "legal_basis", "columns", "file", "line"} <= rules[0].keys()
    assert "unrelated_minors_accompanied_365_days" in run("columns").output
    assert {"column": "age", "kind": "number", "trait": "age"}.items() <= next(
        c for c in json.loads(run("columns", "--json").output) if c["column"] == "age"
    ).items()


def test_a_run_leaves_flags_and_an_account_and_repeats_exactly(tmp_path):
    said = json.loads(run("run", FEED, "--today", "2026-11-23", "--out", tmp_path / "a", "--json").stdout)
    flags = pl.read_parquet(tmp_path / "a" / "flags.parquet")
    assert list(flags.columns) == list(FLAGS)
    assert flags.height == said["flags"] == sum(said["flags_by_rule"].values()) > 0
    assert json.loads((tmp_path / "a" / "rules.json").read_text()) == said
    told = run("run", FEED, "--today", "2026-11-23", "--out", tmp_path / "b")
    assert "people to be protected" in told.output
    assert (tmp_path / "b" / "flags.parquet").read_bytes() == (tmp_path / "a" / "flags.parquet").read_bytes()


def test_history_counts_for_rules_about_several_trips(tmp_path):
    head = "record_id,family_name,given_names,birth_date,flight,from_port,to_port,departs_at\n"
    old = [
        f"h{i},DOE,AL,1986-03-04,BW{i},{'POS,BGI' if i % 2 else 'BGI,POS'},2026-11-{6 + i:02}T08:00\n" for i in range(9)
    ]
    (tmp_path / "old.csv").write_text(head + "".join(old))
    (tmp_path / "new.csv").write_text(head + "n,DOE,AL,1986-03-04,BW9,POS,BGI,2026-11-15T06:00\n")
    arguments = ["run", tmp_path / "new.csv", "--today", "2026-11-23", "--out", tmp_path / "out", "--json"]
    assert json.loads(run(*arguments).stdout)["flags"] == 0
    found = json.loads(run(*arguments, "--history", tmp_path / "old.csv").stdout)
    assert found["flags_by_rule"] == {"quick-returns": 1, "sudden-traveller": 1}


def test_the_audit_shows_rates_beside_the_travellers_own_shares():
    rows = json.loads(run("audit", FEED, "--today", "2026-11-23", "--json").stdout)
    for by in ("nationality", "sex", "age group"):
        mine = [row for row in rows if (row["rule"], row["by"]) == ("minor-alone", by)]
        assert sum(row["travellers"] for row in mine) == 175
        assert abs(sum(row["share"] for row in mine) - 1) < 1e-9
        assert sum(row["flags"] for row in mine) == 4
        assert all(row["travellers"] >= 10 or row["group"] == "others" for row in mine)
        assert abs(sum(row["share"] * row["ratio"] for row in mine) - 1) < 1e-9
    assert "per 1,000" in run("audit", FEED, "--today", "2026-11-23").output


def test_a_backtest_counts_days_and_overlap():
    words = (
        "backtest",
        "recruits-one-payer-one-way",
        "--history",
        FEED,
        "--since",
        "2026-11-20",
        "--until",
        "2026-11-22",
    )
    said = json.loads(run(*words, "--json").stdout)
    (found,) = said["rules"]
    assert found["flags"] == sum(row["flags"] for row in found["per_day"]) == 9
    assert said["travellers"] == sum(row["travellers"] for row in found["per_day"])
    assert {"rule": "young-women-one-payer-one-destination", "both": 1, "share": 1 / 9} in found["overlap"]
    assert "9 flags" in run(*words).output


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["test", "nowhere"], "there is no such file or folder; check the path"),
        (["test", "{empty}"], "the folder holds no rule file"),
        (["run", "{feed}", "--rule", "{junk}", "--out", "{out}"], "no rule here can be used"),
        (["run", "{feed}", "--hits", "{junk}", "--out", "{out}"], "these are no hits"),
        (["backtest", "nobody", "--history", "{feed}"], "no rule here has this id"),
        (["run", "nowhere", "--out", "{out}"], "there is no such file or folder"),
        (["run", "{feed}", "--history", "nowhere", "--out", "{out}"], "there is no such file or folder"),
    ],
)
def test_errors_say_what_where_and_what_to_do(tmp_path, words, said):
    (tmp_path / "empty").mkdir()
    (tmp_path / "junk.toml").write_text("x = [")
    places = {"empty": tmp_path / "empty", "junk": tmp_path / "junk.toml", "feed": FEED, "out": tmp_path / "out"}
    assert said in " ".join(run(*(word.format(**places) for word in words), code=2).stderr.split())
