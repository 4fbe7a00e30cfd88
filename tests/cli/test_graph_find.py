import json

import polars as pl
import pytest
from click.testing import CliRunner

from ops_hub.cli.main import main
from ops_hub.engines.network import saved
from tests.graph.nets import a_net


@pytest.fixture
def folder(tmp_path):
    paid = [
        (f"person:{who}", f"payment:{card}", "paid")
        for who, card in (("ana", "c1"), ("bea", "c1"), ("bea", "c2"), ("cid", "c2"))
    ]
    saved(tmp_path / "net", a_net(paid), name="test", made_at="2026-11-20T00:00:00")
    return tmp_path / "net"


def run(*words):
    return CliRunner().invoke(main, ["graph", *map(str, words)])


def test_a_network_is_asked_by_kind_and_the_table_is_written(folder, tmp_path):
    done = run("find", "neighbours", folder, "--around", "ana", "--hops", 1, "--out", tmp_path / "near.csv")
    assert done.exit_code == 0, done.output
    assert "ana: where this begins" in done.output
    assert pl.read_csv(tmp_path / "near.csv")["node_id"].to_list() == ["person:ana", "payment:c1"]


def test_a_way_between_two_is_told_with_its_cites(folder):
    done = run("path", folder, "ana", "person:cid", "--json")
    assert done.exit_code == 0, done.output
    assert json.loads(done.output)["table"][0]["steps"] == 4
    assert "says test.edi 1 at 0" in run("path", folder, "ana", "cid").output


def test_what_is_not_meant_is_refused_with_the_remedy(folder, tmp_path):
    assert "give --around" in run("find", "neighbours", folder).output
    assert "--hops says nothing to mules" in run("find", "mules", folder, "--hops", 2).output
    assert "person:ana (ana), person:bea (bea)" in run("path", folder, "a", "cid").output
    assert "name two different nodes" in run("path", folder, "ana", "person:ana").output
    assert "end the name in .csv" in run("find", "mules", folder, "--out", tmp_path / "x.txt").output
