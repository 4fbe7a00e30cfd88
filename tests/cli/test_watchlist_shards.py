"""`ops-hub watchlist compile --shards`: what comes of it is used like any other snapshot."""

import json

from ops_hub.lists.snapshot import open_snapshot
from tests.cli.test_cli import run
from tests.conftest import ROOT


def test_lists_cut_into_shards_are_shown_added_to_matched_and_screened_against(tmp_path):
    one, cut, today = (tmp_path / name for name in ("one.snapshot", "cut.snapshot", "today.snapshot"))
    run("watchlist", "compile", ROOT / "watchlists", "--out", one)
    said = run("watchlist", "compile", ROOT / "watchlists", "--shards", "4", "--out", cut).output
    assert said.rstrip().endswith(", in 4 shards")
    shown = [json.loads(run("watchlist", "show", path, "--json").output) for path in (one, cut)]
    assert (shown[0]["shards"], len(shown[1]["shards"])) == ([], 4)
    assert sum(shown[1].pop("shards")) == sum(line["entries"] for line in shown[0]["lists"])
    assert shown[1] == {key: value for key, value in shown[0].items() if key != "shards"}
    assert "in 4 shards, of " in run("watchlist", "show", cut).output
    assert json.loads(run("watchlist", "diff", one, cut, "--json").output) == []
    (tmp_path / "new.csv").write_text('entry_id,name\nN-1,"SALGADO REYES, Nadia"\n')
    run("watchlist", "add", cut, tmp_path / "new.csv", "--out", today)
    for entry in ("N-1", "JAM-M-03"):
        assert entry in run("match", "Nadia Salgado", "-w", today, "--against", entry).output
    run("watchlist", "compile", today, "--shards", "3", "--out", tmp_path / "again.snapshot")
    assert open_snapshot(tmp_path / "again.snapshot").hash == open_snapshot(today).hash
    for path, out in ((one, "a"), (cut, "b")):
        run("screen", ROOT / "sample_feeds", "-w", path, "--today", "2026-11-23", "--out", tmp_path / out)
    assert (tmp_path / "a" / "hits.parquet").read_bytes() == (tmp_path / "b" / "hits.parquet").read_bytes()
