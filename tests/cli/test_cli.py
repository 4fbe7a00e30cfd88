import csv
import json

import polars as pl
import pytest
from click.testing import CliRunner

from ops_hub.cli import main
from ops_hub.graph.export import FORMATS
from ops_hub.schemas import HITS
from tests.conftest import ROOT

SAMPLES = [
    str(ROOT / "sample_feeds"),
    "--watchlist",
    str(ROOT / "watchlists"),
    "--rules",
    str(ROOT / "rules"),
    "--today",
    "2026-11-23",
]


def run(*words, code=0):
    result = CliRunner().invoke(main, [str(word) for word in words])
    assert result.exit_code == code, (result.output, result.stderr, result.exception)
    if code == 2:
        assert "Traceback" not in result.output + result.stderr
    return result


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    out = tmp_path_factory.mktemp("demo")
    run("screen", *SAMPLES, "--out", out)
    return out


def table(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def commands(group, path=()):
    for name, command in group.commands.items():
        yield (*path, name), command
        if hasattr(command, "commands"):
            yield from commands(command, (*path, name))


@pytest.mark.parametrize("path", [path for path, _ in commands(main)], ids=" ".join)
def test_every_command_has_help_and_every_one_that_does_something_an_example(path):
    said = run(*path, "--help").output
    assert "Usage: " in said
    assert "\\b" not in said  # a sign to click, which would be printed from a raw docstring
    if path[-1] not in ("watchlist", "exercise"):
        assert f"ops-hub {' '.join(path)}" in said


def test_a_run_leaves_all_its_results_and_they_reconcile(demo):
    account = json.loads((demo / "run.json").read_text())
    assert account["records_in"] == account["screened"] + account["rejected"] == 191
    for each in account["inputs"]:
        assert each["records_in"] == each["screened"] + each["rejected"]
        assert len(each["sha256"]) == 64
    assert {"engine", "snapshot", "ruleset", "threshold", "seconds", "peak_memory_mb"} <= account.keys()
    hits = pl.read_parquet(demo / "hits.parquet")
    assert list(hits.columns) == list(HITS)
    assert hits.height == account["hits"] == len(table(demo / "hits.csv"))
    rejects = table(demo / "rejects.csv")
    assert sum(row["kind"] == "record" for row in rejects) == account["rejected"]
    assert all(row["source"] and row["reason"] and row["detail"] for row in rejects)
    assert (demo / "chart.html").stat().st_size > 450_000


def test_the_same_inputs_give_the_same_bytes(demo, tmp_path):
    run("screen", *SAMPLES, "--out", tmp_path)
    assert (tmp_path / "hits.parquet").read_bytes() == (demo / "hits.parquet").read_bytes()
    assert (tmp_path / "hits.csv").read_bytes() == (demo / "hits.csv").read_bytes()


def test_strict_says_so_with_its_exit_code(tmp_path):
    assert "rejected" in run("screen", *SAMPLES, "--strict", "--out", tmp_path, code=1).stderr


def test_a_compiled_snapshot_gives_the_same_hits(demo, tmp_path):
    run("watchlist", "compile", ROOT / "watchlists", "--out", tmp_path / "l.snapshot")
    run(
        "screen",
        ROOT / "sample_feeds",
        "-w",
        tmp_path / "l.snapshot",
        "--today",
        "2026-11-23",
        "--out",
        tmp_path / "run",
    )
    assert (tmp_path / "run" / "hits.parquet").read_bytes() == (demo / "hits.parquet").read_bytes()
    assert "jam-missing" in run("watchlist", "show", tmp_path / "l.snapshot").output
    assert "added: 0" in run("watchlist", "diff", tmp_path / "l.snapshot", ROOT / "watchlists").output


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["screen", "nowhere", "-w", "{lists}", "--out", "{out}"], "nowhere: there is no such file or folder; check the path"),
        (["screen", "{feeds}", "-w", "nowhere", "--out", "{out}"], "nowhere: there is no such list"),
        (["screen", "{feeds}", "-w", "{lists}", "--out", "{out}", "--threshold", "0.2"], "is below 0.47, the lowest that is searched completely"),
        (["screen", "{junk}", "-w", "{lists}", "--out", "{out}"], "no file could be read as a feed"),
        (["screen", "{feeds}", "-w", "{lists}", "--out", "{out}", "--mapping", "nowhere.toml"], "cannot be read as TOML"),
        (["screen", "{feeds}", "-w", "{lists}", "--out", "{junk}/x"], "cannot be written"),
        (["screen", "{feeds}", "-w", "{lists}", "--out", "{out}", "--rules", "{empty}"], "holds no rules"),
        (["screen", "{feeds}", "-w", "{useless}", "--out", "{out}"], "hold no entry that can be used"),
        (["match", "!!!", "-w", "{lists}"], "no letter in it"),
        (["match", "A B", "-w", "{lists}", "--nationality", "Narnia"], "no state known"),
        (["match", "A B", "-w", "{lists}", "--dob", "31-31-31"], "is no date"),
        (["match", "A B", "-w", "{lists}", "--document", "X"], "TYPE:NUMBER:ISSUER"),
        (["chart", "{feeds}", "--out", "{out}/x.html"], "holds no run and no network"),
        (["evaluate", "{junk}"], "column query is missing"),
        (["exercise", "score", "{feeds}", "{junk}"], "column record_id is missing"),
        (["watchlist", "show", "{junk}"], "format of this list is not known"),
    ],
)  # fmt: skip
def test_errors_are_one_line_that_says_what_where_and_what_to_do(tmp_path, words, said):
    junk = tmp_path / "junk.bin"
    junk.write_bytes(b"not, a feed\x00\x01" if words[0] != "evaluate" else b"a,b\n1,2\n")
    (tmp_path / "empty").mkdir()
    (tmp_path / "useless.csv").write_text("entry_id,name\n1,\n")
    places = {"empty": tmp_path / "empty", "useless": tmp_path / "useless.csv"}
    places |= {"lists": ROOT / "watchlists", "feeds": ROOT / "sample_feeds", "out": tmp_path / "out", "junk": junk}
    result = run(*(word.format(**places) for word in words), code=2)
    assert said in " ".join(result.stderr.split())
    if "Usage" not in result.stderr and "useless" not in str(words):
        assert len(result.stderr.strip().splitlines()) == 1


def test_match_answers_with_ranked_candidates_and_reasons():
    found = json.loads(
        run(
            "match",
            "Bynoe, Kester",
            "--dob",
            "1979-03-14",
            "--document",
            "P:R4471902:BRB",
            "-w",
            ROOT / "watchlists",
            "--json",
        ).output
    )
    assert (found[0]["entry_id"], found[0]["band"]) == ("BRB-S-001", "exact-document")
    assert [line["kind"] for line in found[0]["tokens"]][:2] == ["same", "same"]
    said = run("match", "Zhilyaev Arkadiy", "-w", ROOT / "watchlists").output
    assert "ofac-90002" in said
    assert "birth date unknown" in said
    assert "no candidate" in run("match", "Nobody Whatsoever", "-w", ROOT / "watchlists").output


def test_evaluate_keeps_rows_and_order_and_prints_the_figures(tmp_path):
    pairs = [
        ("Ana Garcia", "GARCIA, Ana", "true"),
        ("Ana Garcia", "LOPEZ, Juan", "false"),
        ("=1+1", "", "0"),
        ("Владимир Путин", "Vladimir Putin", "1"),
    ]
    with (tmp_path / "p.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([("query", "candidate", "is_match"), *pairs])
    said = json.loads(run("evaluate", tmp_path / "p.csv", "--out", tmp_path / "s.csv", "--json").output)
    assert said["average_precision"] == said["f1"] == said["best_f1"] == said["recall_at_1pct_false_positives"] == 1.0
    scored = table(tmp_path / "s.csv")
    assert [(row["query"], row["candidate"], row["is_match"]) for row in scored] == pairs
    assert float(scored[0]["score"]) > 0.7 > float(scored[1]["score"])


def test_labelled_pairs_reach_the_figures_that_the_matcher_promises(real_data):
    said = json.loads(run("evaluate", real_data / "name_pairs" / "person_pairs_dev.csv", "--json").output)
    assert said["f1"] >= 0.85
    assert said["average_precision"] >= 0.90


@pytest.mark.parametrize("kind", ["parquet", "paxlst"])
def test_an_exercise_is_made_screened_and_scored(tmp_path, kind):
    run(
        "exercise",
        "generate",
        "--passengers",
        2000,
        "--entries",
        400,
        "--planted",
        180,
        "--seed",
        4,
        "--format",
        kind,
        "--out",
        tmp_path / "ex",
    )
    feed = tmp_path / "ex" / ("feed.parquet" if kind == "parquet" else "feed.edi")
    run("screen", feed, "-w", tmp_path / "ex" / "watchlist.csv", "--out", tmp_path / "run")
    said = json.loads(run("exercise", "score", tmp_path / "run", tmp_path / "ex" / "truth.csv", "--json").output)
    total = said["alterations"][-1]
    assert total["planted"] > 150
    assert total["recall"] >= 0.93
    assert said["others_flagged_per_1000"] < 15


def test_charts_are_written_in_every_format(demo, tmp_path):
    for kind in FORMATS:
        run("chart", demo, "--format", kind, "--out", tmp_path / f"c.{kind}")
        assert (tmp_path / f"c.{kind}").stat().st_size > 1000


def test_a_run_without_any_hit_has_all_its_results(tmp_path):
    (tmp_path / "f.csv").write_text("family_name,given_names\nNOBODY,KNOWN\n")
    run("screen", tmp_path / "f.csv", "-w", ROOT / "watchlists", "--out", tmp_path / "out")
    assert pl.read_parquet(tmp_path / "out" / "hits.parquet").is_empty()
    assert "nothing to link" in (tmp_path / "out" / "chart.html").read_text(encoding="utf-8")


def test_the_readme_shows_what_the_demo_prints(tmp_path):
    readme = (ROOT / "README.md").read_text(encoding="utf-8").splitlines()
    said = run("screen", *SAMPLES, "--out", tmp_path).output.splitlines()
    for line in said:
        if line.strip() and " s, " not in line and not line.startswith(("results", "chart")):
            assert line in readme
