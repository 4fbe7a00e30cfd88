"""A network read back is what was saved, or is refused with file, row and remedy."""

from datetime import datetime

import polars as pl
import pytest

from ops_hub.errors import StoreError
from ops_hub.store.graphs import FRAMES, load, save
from tests.graph.nets import a_net


def frames():
    net = a_net([("person:a", "phone:1", "contact")], [("a", "BW432", 0, "POS", "BGI")])
    return {name: getattr(net, name) for name in FRAMES}


def test_what_is_saved_is_read_back(tmp_path):
    save(tmp_path, frames(), {"name": "test"})
    found, about = load(tmp_path)
    assert all(found[name].equals(frame) for name, frame in frames().items())
    assert about["name"] == "test"


@pytest.mark.parametrize(
    ("name", "change", "said"),
    [
        ("edges", {"to_id": pl.lit("phone:9")}, "dangling end"),
        ("edges", {"to_id": pl.col("from_id")}, "to itself"),
        ("edges", {"last_seen": pl.lit(datetime(2020, 1, 1))}, "before it was first seen"),
        ("edges", {"count": pl.lit(0, dtype=pl.Int64)}, "count"),
        ("nodes", {"node_id": pl.lit("person:a")}, "twice"),
        ("trips", {"person_id": pl.lit("person:z")}, "no node"),
        ("trips", {"arrives_at": pl.lit(datetime(2020, 1, 1))}, "arrives days before"),
    ],
)
def test_what_cannot_be_is_refused(tmp_path, name, change, said):
    bad = frames()
    bad[name] = bad[name].with_columns(expr.alias(column) for column, expr in change.items())
    save(tmp_path, bad, {})
    with pytest.raises(StoreError, match=said) as told:
        load(tmp_path)
    assert f"{name}.parquet" in str(told.value)
    assert "row 1" in str(told.value)


def test_a_folder_whose_writing_broke_off_is_refused(tmp_path):
    save(tmp_path, frames(), {})
    frames()["edges"].head(0).write_parquet(tmp_path / "edges.parquet")
    with pytest.raises(StoreError, match="not written together"):
        load(tmp_path)
    (tmp_path / "network.json").unlink()
    with pytest.raises(StoreError, match="no account"):
        load(tmp_path)


def test_an_older_account_does_not_speak_for_a_writing_that_broke_off(tmp_path, monkeypatch):
    save(tmp_path, frames(), {})
    monkeypatch.setattr("ops_hub.store.graphs.FRAMES", {"nodes": FRAMES["nodes"], "broken": {}})
    with pytest.raises(KeyError):
        save(tmp_path, frames(), {})
    monkeypatch.undo()
    with pytest.raises(StoreError, match="no account"):
        load(tmp_path)
