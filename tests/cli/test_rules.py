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
    assert said["refused"] == []
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
        assert sum(row["travellers"] for row in mine) == 188
        assert abs(sum(row["share"] for row in mine) - 1) < 1e-9
        assert sum(row["flags"] for row in mine) == 4
        assert all(row["travellers"] >= 10 or row["group"] == "others" for row in mine)
        assert all(row["ratio"] is None for row in mine)  # four flags are too few to compare groups
        every = [row for row in rows if (row["rule"], row["by"]) == ("any rule", by)]
        assert abs(sum(row["share"] * row["ratio"] for row in every) - 1) < 1e-9
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
        (["run", "{feed}", "--hits", "{junk}", "--out", "{out}"], "these are no results of this version"),
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


def test_name_matching_is_audited_by_script_and_tradition(tmp_path):
    people = [
        (f"r{k}", "Гусев" if k % 2 else "DOE", "Вадим" if k % 2 else "AL", "RUS" if k % 2 else "JAM") for k in range(40)
    ]
    head = "record_id,family_name,given_names,nationality,departs_at\n"
    (tmp_path / "feed.csv").write_text(head + "".join(f"{','.join(each)},2026-11-20T10:00\n" for each in people))
    (tmp_path / "list.csv").write_text("entry_id,name\n1,GUSEV Vadim\n")
    screened = [
        "screen",
        str(tmp_path / "feed.csv"),
        "--watchlist",
        str(tmp_path / "list.csv"),
        "--out",
        str(tmp_path / "run"),
    ]
    assert CliRunner().invoke(main, screened).exit_code == 0
    said = json.loads(run("audit", tmp_path / "feed.csv", "--hits", tmp_path / "run" / "hits.parquet", "--json").stdout)
    names = {(each["by"], each["group"]): each for each in said if each["rule"] == "name matching"}
    assert (names["script", "Cyrillic"]["flags"], names["script", "Cyrillic"]["ratio"]) == (20, 2.0)
    assert names["script", "Latin, A to Z"]["flags"] == 0
    assert names["naming tradition", "Slavic"]["flags"] == 20
    assert names["naming tradition", "Caribbean English"]["travellers"] == 20


def test_a_back_test_tells_what_became_of_travellers_and_names_lines_it_cannot_use(tmp_path):
    head = "record_id,family_name,given_names,birth_date,flight,from_port,to_port,departs_at,booking_ref\n"
    children = [f"c{k},DOE,AL,2016-03-04,BW9,POS,BGI,2026-11-15T06:00,B{k:05}\n" for k in range(4)]
    (tmp_path / "feed.csv").write_text(head + "".join(children))
    (tmp_path / "out.csv").write_text(
        "record_id,outcome,rule_id\nc0,confirmed,\nc1,cleared,minor-alone\nc2,cleared,other\nc3,perhaps,\n"
    )
    words = [
        "backtest",
        "minor-alone",
        "--history",
        tmp_path / "feed.csv",
        "--outcomes",
        tmp_path / "out.csv",
        "--json",
    ]
    done = run(*words)
    (rule,) = json.loads(done.stdout)["rules"]
    assert rule["outcomes"] == {
        "confirmed": 1,
        "cleared": 1,
        "undecided": 2,
        "confirmed_share": 0.5,
        "cleared_share": 0.5,
    }
    assert "out.csv:5: outcome is perhaps; write confirmed or cleared" in done.stderr


def test_a_rule_may_ask_about_manifests_and_they_are_made_from_the_feeds(tmp_path):
    asks = GOOD.replace("bags = 0 AND", "travel_state IN ('booked', 'checked-in') AND record_counts AND bags = 0 AND")
    assert asks != GOOD
    fire = asks.replace("{ bags = 0", "{ travel_state = 'booked', record_counts = true, bags = 0")
    (tmp_path / "r.toml").write_text(fire)
    said = json.loads(run("run", FEED, "--rule", tmp_path / "r.toml", "--out", tmp_path / "o", "--json").stdout)
    assert said["rules"] == ["good"]


def test_the_account_of_a_run_names_all_it_was_made_of_by_hash(tmp_path):
    said = json.loads(run("run", FEED, "--history", FEED, "--out", tmp_path / "a", "--json").stdout)
    assert said["inputs"] == said["history"]
    assert all(len(digest) == 64 for digest in said["inputs"].values())
    (tmp_path / "r.toml").write_text(GOOD)
    (tmp_path / "other.toml").write_text(GOOD.replace("Invented", "Another"))
    digests = {
        json.loads(run("run", FEED, "--rule", tmp_path / name, "--out", tmp_path / "b", "--json").stdout)["ruleset"]
        for name in ("r.toml", "other.toml")
    }
    assert len(digests) == 2
