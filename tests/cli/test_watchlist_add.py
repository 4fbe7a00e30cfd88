"""`ops-hub watchlist add`: a snapshot that stands on another is used like any other."""

import json
import shutil

import polars as pl
import pytest

from tests.cli.test_cli import run
from tests.conftest import ROOT

NEW = """entry_id,name,birth_date,sex,handling
N-1,"SALGADO REYES, Nadia",1991-04-05,F,protect
BRB-S-001,"BYNOE, Kester Lamar",1979-03-14,M,discreet
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The samples as one snapshot, two entries to add, and what comes of adding them."""
    place = tmp_path_factory.mktemp("add")
    (place / "new").mkdir()
    shutil.copy(ROOT / "watchlists" / "BRB" / "smuggling" / "list.toml", place / "new")
    (place / "new" / "new.csv").write_text(NEW)
    run("watchlist", "compile", ROOT / "watchlists", "--out", place / "lists.snapshot")
    said = run("watchlist", "add", place / "lists.snapshot", place / "new", "--out", place / "today.snapshot").output
    assert "1 entries added, 1 changed, 0 removed" in said
    assert f"it stands on {place / 'lists.snapshot'}: keep that" in said
    return place


def test_it_is_shown_compared_matched_and_screened_against(folder):
    today, before = folder / "today.snapshot", folder / "lists.snapshot"
    said = run("watchlist", "show", today).output
    assert f"stands on {before}" in said
    shown = json.loads(run("watchlist", "show", today, "--json").output)
    assert (shown["base"]["added"], shown["base"]["changed"], shown["base"]["removed"]) == (1, 1, 0)
    entries = {line["list"]: line["entries"] for line in shown["lists"]}
    old = {
        line["list"]: line["entries"] for line in json.loads(run("watchlist", "show", before, "--json").output)["lists"]
    }
    assert entries == old | {"brb-smuggling": old["brb-smuggling"] + 1}
    changes = json.loads(run("watchlist", "diff", before, today, "--json").output)
    assert [(row["change"], row["entry_id"]) for row in changes] == [("added", "N-1"), ("changed", "BRB-S-001")]
    assert "N-1" in run("match", "Nadia Salgado", "-w", today).output
    assert "N-1" in run("match", "Nadia Salgado", "-w", today, "--against", "N-1").output
    run("match", "Nadia Salgado", "-w", before, "--against", "N-1", code=2)


def test_a_run_against_it_is_a_run_against_all_compiled_together(folder, tmp_path):
    run("watchlist", "compile", folder / "today.snapshot", "--out", tmp_path / "one.snapshot")
    shown = [
        json.loads(run("watchlist", "show", path, "--json").output)
        for path in (folder / "today.snapshot", tmp_path / "one.snapshot")
    ]
    assert shown[0] == shown[1] | {"base": shown[0]["base"]}
    assert shown[1]["base"] is None
    for path, out in ((folder / "today.snapshot", "a"), (tmp_path / "one.snapshot", "b")):
        run("screen", ROOT / "sample_feeds", "-w", path, "--today", "2026-11-23", "--out", tmp_path / out)
    assert (tmp_path / "a" / "hits.parquet").read_bytes() == (tmp_path / "b" / "hits.parquet").read_bytes()
    assert pl.read_parquet(tmp_path / "a" / "hits.parquet").height > 20
    one, other = (json.loads((tmp_path / out / "run.json").read_text()) for out in "ab")
    for each in (one, other):
        del each["seconds"], each["peak_memory_mb"]
        del each["given"]["watchlists"], each["given"]["hash_key"]  # the paths; a run without a key has one of its own
    assert one == other


def test_whole_lists_replace_what_is_no_longer_in_them(folder, tmp_path):
    out = tmp_path / "whole.snapshot"
    said = json.loads(
        run(
            "watchlist", "add", folder / "today.snapshot", ROOT / "watchlists" / "BRB", "--replace", "--out", out, "--json"
        ).output
    )  # fmt: skip
    assert (said["added"], said["changed"], said["removed"]) == (0, 1, 1)
    known = json.loads(run("watchlist", "show", folder / "lists.snapshot", "--json").output)["snapshot"]
    assert said["hash"] == known
    assert "added: 0" in run("watchlist", "diff", out, ROOT / "watchlists").output


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["{lists}", "{new}"], "this is no snapshot to add to; make one"),
        (["{base}", "{base}"], "is a snapshot: give it alone"),
        (["{base}", "nowhere"], "there is no such list"),
        (["{base}", "{other}"], "brb-smuggling: its owner is 'HND' here and 'BRB' in the snapshot"),
    ],
)
def test_what_cannot_be_added_is_told(folder, tmp_path, words, said):
    (tmp_path / "other.csv").write_text(NEW)
    text = (folder / "new" / "list.toml").read_text().replace('owner = "BRB"', 'owner = "HND"')
    (tmp_path / "list.toml").write_text(text)
    places = {"lists": ROOT / "watchlists", "new": folder / "new", "base": folder / "lists.snapshot"}
    paths = [word.format(**places, other=tmp_path / "other.csv") for word in words]
    result = run("watchlist", "add", *paths, "--out", tmp_path / "out", code=2)
    assert said in " ".join(result.stderr.split())
    assert not (tmp_path / "out").exists()


def test_the_base_is_never_written_over(folder):
    base = folder / "lists.snapshot"
    result = run("watchlist", "add", base, folder / "new", "--out", base, code=2)
    assert "the new snapshot would stand on this one; choose another name" in result.stderr


def test_a_missing_base_is_told_with_its_place(folder, tmp_path):
    shutil.copytree(folder / "today.snapshot", tmp_path / "alone.snapshot")
    result = run("match", "A B", "-w", tmp_path / "alone.snapshot", code=2)
    assert f"it adds to {tmp_path / 'lists.snapshot'}, and no snapshot is there; put that back" in result.stderr
