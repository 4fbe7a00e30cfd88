"""`ops-hub documents check`: feeds to findings, for people and for programs."""

import json

import polars as pl

from ops_hub.schemas import FINDINGS
from tests.cli.test_cli import run
from tests.conftest import ROOT

FEEDS = ROOT / "sample_feeds"
LISTS = ("--watchlist", ROOT / "watchlists", "--today", "2026-11-23")


def test_the_samples_give_findings_that_an_officer_can_read(tmp_path):
    said = run("documents", "check", FEEDS, *LISTS, "--out", tmp_path).output
    assert "191 documents of 188 travellers" in said
    assert "Document P:BL700142:BLZ is reported a stolen blank by CARICOM" in said
    assert "looks like SB0081256" in said
    assert "high (weak)" in said
    assert "A check digit of document P:Z86592683:CRI is wrong" in said
    assert "ACOSTA, LEONEL" in said


def test_files_and_json_hold_the_same_findings(tmp_path):
    said = json.loads(run("documents", "check", FEEDS, *LISTS, "--out", tmp_path, "--json").output)
    kept = pl.read_parquet(tmp_path / "findings.parquet")
    assert kept.schema == pl.Schema({name: each.dtype for name, each in FINDINGS.items()})
    assert [each["finding_id"] for each in said["findings"]] == kept["finding_id"].to_list()
    assert pl.read_csv(tmp_path / "findings.csv").height == kept.height
    assert sum(each["findings"] for each in said["checks"]) == kept.height
    assert said["travellers"] == 188
    assert said["rejected"] == 3 == pl.read_csv(tmp_path / "rejects.csv").filter(pl.col("kind") == "record").height


def test_the_same_again_gives_the_same_files(tmp_path):
    for place in ("a", "b"):
        run("documents", "check", FEEDS, *LISTS, "--out", tmp_path / place)
    for name in ("findings.csv", "findings.parquet"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


def test_a_snapshot_serves_as_well_as_lists_and_without_lists_the_other_checks_go_on(tmp_path):
    run("watchlist", "compile", ROOT / "watchlists", "--out", tmp_path / "lists.snapshot")
    with_lists, snapshot, without = (
        json.loads(run("documents", "check", FEEDS, *more, "--today", "2026-11-23", "--out", tmp_path / "out", "--json").output)
        for more in (("-w", ROOT / "watchlists"), ("-w", tmp_path / "lists.snapshot"), ())
    )  # fmt: skip
    assert with_lists["findings"] == snapshot["findings"]
    assert {each["check"] for each in without["checks"]} == {each["check"] for each in with_lists["checks"]} - {"listed-document"}  # fmt: skip


def test_wrong_use_is_told_in_one_line(tmp_path):
    assert "there is no such file" in run("documents", "check", "nowhere", "--out", tmp_path, code=2).stderr
    run("documents", "check", FEEDS, code=2)
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "matching.toml").write_text((ROOT / "rules" / "matching.toml").read_text())
    (tmp_path / "rules" / "documents.toml").write_text("[settings]\n")
    bad = run("documents", "check", FEEDS, "--rules", tmp_path / "rules", "--out", tmp_path, code=2).stderr
    assert "documents.toml" in bad
    run("documents", "check", FEEDS, *LISTS, "--out", tmp_path, "--strict", code=1)
