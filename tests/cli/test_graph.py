"""ops-hub graph: built from feeds and a run, asked, compared; refused in one line."""

import json

import pytest
from click.testing import CliRunner

from ops_hub.cli.main import main
from tests.conftest import ROOT

FEED = str(ROOT / "sample_feeds" / "BW432_POS-BGI_2026-11-20.paxlst.edi")


def ops_hub(*args):
    return CliRunner().invoke(main, ["graph", *map(str, args)])


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    out = tmp_path_factory.mktemp("graph") / "network"
    told = ops_hub("build", FEED, "--out", out, "--today", "2026-11-29")
    assert told.exit_code == 0, told.output
    return out, told.output


def test_a_network_is_built_asked_and_compared(built):
    out, told = built
    assert "persons on" in told
    who = ops_hub("who", out, "bynoe kester")
    assert (who.exit_code, "first record" in who.output) == (0, True), who.output
    said = json.loads(ops_hub("compare", out, "--between", "2026-11-01", "2026-11-30", "--json").output)
    assert {each["change"] for each in said["changes"]} == {"new"}


@pytest.mark.parametrize(
    ("args", "said"),
    [(["who", "OUT", "nobody here"], "nobody and nothing"), (["who", "ELSE", "x"], "no account of a network"),
     (["compare", "OUT"], "two networks"), (["compare", "OUT", "--between", "2026-11-02", "2026-11-01"], "before it begins")],
)  # fmt: skip
def test_what_cannot_be_answered_is_told(built, tmp_path, args, said):
    told = ops_hub(*({"OUT": built[0], "ELSE": tmp_path}.get(each, each) for each in args))
    assert told.exit_code == 2
    assert said in told.output


def test_bad_lines_of_intelligence_are_all_told_and_nothing_is_built(tmp_path):
    lines = ["from_type,from,link,to_type,to,owner,handling", "ghost,X,of,crime,smuggling,BRB,enforce", "phone,1,of,crime,smuggling,BRB,enforce"]  # fmt: skip
    (tmp_path / "links.csv").write_text("\n".join(lines), encoding="utf-8")
    asked = ["build", FEED, "-i", tmp_path / "links.csv", "--out", tmp_path / "out", "--today", "2026-11-29"]
    told = ops_hub(*asked)
    assert told.exit_code == 2
    assert "links.csv:2" in told.output
    assert "links.csv:3" in told.output
    assert not (tmp_path / "out").exists()
    assert ops_hub(*asked, "--skip-bad").exit_code == 0
