"""Scenarios through the commands, as a centre would use them."""

import json

import polars as pl
import pytest
from click.testing import CliRunner

from ops_hub.cli import main
from ops_hub.exercise.scenarios.innocent import INNOCENT
from ops_hub.exercise.scenarios.staged import STAGED

DAY = ("--today", "2026-11-23")


def run(*words, code=0):
    result = CliRunner().invoke(main, [str(word) for word in words])
    assert result.exit_code == code, (result.output, result.stderr, result.exception)
    return result


def grown(out, seed, *more):
    few = [word for kind in INNOCENT for word in ("--scenario", f"{kind}=2")]
    few += [word for kind in STAGED for word in ("--scenario", f"{kind}=3")]
    run("exercise", "scenarios", "--passengers", 40, "--seed", seed, "--out", out, *few, *more)


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, *(pytest.param(each, marks=pytest.mark.wide) for each in (2, 3))])
def test_every_kind_of_scenario_is_found_and_no_victim_is_told_of_only_as_a_suspect(tmp_path, seed):
    grown(tmp_path, seed)
    feed, history = tmp_path / "feed.parquet", tmp_path / "history.parquet"
    run("rules", "run", feed, "--history", history, *DAY, "--out", tmp_path / "flags")
    run("documents", "check", history, feed, *DAY, "--out", tmp_path / "documents")
    told = run("exercise", "score-flags", tmp_path / "flags", tmp_path, "--findings", tmp_path / "documents", "--json")
    said = json.loads(told.stdout)
    assert {row["kind"] for row in said["scenarios"]} == set(STAGED)
    assert [row["kind"] for row in said["scenarios"] if not row["found"]] == []
    assert said["victims"]["flagged"] > 0
    assert said["victims"]["only_as_suspects"] == 0


def test_messages_and_tables_of_one_exercise_tell_the_rules_the_same(tmp_path):
    found = {}
    for form in ("parquet", "pnrgov"):
        out = tmp_path / form
        grown(out, 1, "--format", form)
        feed = out / ("feed.parquet" if form == "parquet" else "feed.edi")
        run("rules", "run", feed, "--history", out / "history.parquet", *DAY, "--out", out / "flags")
        found[form] = json.loads(run("exercise", "score-flags", out / "flags", out, "--json").stdout)
    for said in found.values():  # the day of issue of a document is not in a booking
        for row in [*said["scenarios"], *said["innocents"]]:
            row["by"].pop("document-switched", None)
    assert found["parquet"] == found["pnrgov"]


def test_files_repeat_byte_for_byte_and_another_form_takes_the_place_of_the_first(tmp_path):
    for name in ("a", "b"):
        grown(tmp_path / name, 3, "--days", 20)
    for file in ("feed.parquet", "history.parquet", "watchlist.csv", "truth.csv"):
        assert (tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes(), file
    grown(tmp_path / "a", 3, "--days", 20, "--format", "paxlst")
    assert not (tmp_path / "a" / "feed.parquet").exists()
    assert (tmp_path / "a" / "truth.csv").read_bytes() == (tmp_path / "b" / "truth.csv").read_bytes()


def test_nothing_of_an_exercise_is_rejected_and_its_list_is_read_whole(tmp_path):
    grown(tmp_path, 1, "--days", 20, "--format", "pnrgov")
    made = json.loads(run("documents", "check", tmp_path / "feed.edi", *DAY, "--out", tmp_path / "d", "--json").stdout)
    assert made["rejected"] == 0
    assert pl.read_csv(tmp_path / "d" / "rejects.csv").is_empty()
    entries = pl.read_csv(tmp_path / "watchlist.csv", infer_schema=False)
    lists = run("watchlist", "compile", tmp_path / "watchlist.csv", "--out", tmp_path / "l.snapshot")
    assert f"{entries.height:,}" in lists.output + lists.stderr
    listed = pl.read_csv(tmp_path / "truth.csv", infer_schema=False)["entry_id"].drop_nulls()
    assert set(listed) <= set(entries["entry_id"])


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["scenarios", "--passengers", "9", "--scenario", "corier=3", "--out", "{out}"], "there is no scenario corier; there are"),
        (["scenarios", "--passengers", "9", "--scenario", "courier", "--out", "{out}"], "write how many after the kind"),
        (["scenarios", "--passengers", "9", "--days", "3", "--out", "{out}"], "3 is not in the range"),
        (["score-flags", "{out}", "{out}"], "truth.csv: cannot be read"),
    ],
)  # fmt: skip
def test_wrong_use_is_told_with_a_remedy(tmp_path, words, said):
    result = run("exercise", *(word.format(out=tmp_path) for word in words), code=2)
    assert said in result.output + result.stderr


def test_a_truth_of_the_other_kind_of_exercise_is_refused(tmp_path):
    run("exercise", "generate", "--passengers", 50, "--entries", 20, "--out", tmp_path)
    refused = run("exercise", "score-flags", tmp_path, tmp_path, code=2)
    assert "truth.csv: the column part is missing; the truth of `ops-hub exercise scenarios` has" in refused.stderr
