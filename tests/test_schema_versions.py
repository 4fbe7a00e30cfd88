"""A changed column gets a number and a word in the CHANGELOG; what a newer engine wrote is refused.

`python -m tests.test_schema_versions` notes the frames of a new version in docs/schema-versions.toml.
"""

import hashlib
import json
import sys
import tomllib

import polars as pl
import pytest

from ops_hub import schemas
from ops_hub.engines.network import opened
from ops_hub.engines.replay_run import Past
from ops_hub.errors import StoreError
from ops_hub.manifests.screened import screened_files
from ops_hub.schemas import LINKS, VERSION, Column, dtypes, empty, readable
from ops_hub.store import graphs
from ops_hub.store.files import SCHEMAS, write_parquet
from ops_hub.store.frames import read_frame
from tests.conftest import ROOT

PATH = ROOT / "docs" / "schema-versions.toml"
HEAD = """# The frames of each version of ops_hub/schemas.py: columns and types as a hash. Made by `python -m tests.test_schema_versions`,
# never by hand; docs/schema-policy.md says when the number rises.
"""


def frames():
    """Every frame that ops_hub/schemas.py declares, by name, as the hash of its columns and types in order."""
    found = {
        name: value
        for name, value in vars(schemas).items()
        if isinstance(value, dict) and value and all(isinstance(each, Column) for each in value.values())
    }
    return {
        name: hashlib.blake2b(repr(list(dtypes(each).items())).encode(), digest_size=8).hexdigest()
        for name, each in sorted(found.items())
    }


def noted():
    return tomllib.loads(PATH.read_text(encoding="utf-8"))


def test_a_changed_column_raises_the_version_of_the_schemas():
    assert noted()[f"version-{VERSION}"] == frames(), (
        "ops_hub/schemas.py declares other columns than version "
        f"{VERSION}: raise VERSION there (OLDEST too where old files cannot be read), say so in CHANGELOG.md, "
        "then: python -m tests.test_schema_versions"
    )


def test_every_version_of_the_schemas_stands_in_the_changelog():
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert [name for name in noted() if f"schemas {name.replace('-', ' ')}" not in text] == []


def test_all_frames_of_the_page_have_a_version():
    page = (ROOT / "docs" / "schemas.md").read_text(encoding="utf-8")
    assert {line.removeprefix("## ") for line in page.splitlines() if line.startswith("## ")} == set(frames())


@pytest.mark.parametrize("said", [VERSION + 1, str(VERSION + 7)])
def test_what_a_newer_engine_wrote_is_refused_with_a_remedy(said):
    with pytest.raises(StoreError, match=r"run\.json: .* reads up to \d+; read it with the ops-hub that wrote it"):
        readable(said, "run.json")


def test_what_an_engine_too_old_wrote_is_refused_with_a_remedy(monkeypatch):
    monkeypatch.setattr(schemas, "OLDEST", 3)
    monkeypatch.setattr(schemas, "VERSION", 4)
    with pytest.raises(StoreError, match="reads from 3 on; make it again"):
        readable(None, "run.json")


def test_a_version_that_is_no_number_is_refused():
    with pytest.raises(StoreError, match="no number"):
        readable("new", "run.json")


def test_parquet_files_say_their_version_and_a_newer_one_is_refused(tmp_path):
    path = tmp_path / "links.parquet"
    write_parquet(path, empty(LINKS))
    assert pl.read_parquet_metadata(path)[SCHEMAS] == str(VERSION)
    assert read_frame(path, LINKS).schema == dtypes(LINKS)
    empty(LINKS).write_parquet(path, metadata={SCHEMAS: str(VERSION + 1)})
    with pytest.raises(StoreError, match="reads up to"):
        read_frame(path, LINKS)


def test_files_from_before_there_were_versions_are_of_the_first(tmp_path):
    empty(LINKS).write_parquet(tmp_path / "links.parquet")
    assert read_frame(tmp_path / "links.parquet", LINKS).columns == list(LINKS)


def test_columns_that_came_since_are_null_in_an_older_file(tmp_path, monkeypatch):
    path = tmp_path / "old.parquet"
    old, new = {"a": Column(pl.Int64, "")}, {"a": Column(pl.Int64, ""), "b": Column(pl.String, "")}
    pl.DataFrame({"a": [1]}, schema=dtypes(old)).write_parquet(path)
    monkeypatch.setattr("ops_hub.store.frames.VERSION", VERSION + 1)
    assert read_frame(path, new).rows() == [(1, None)]


def test_runs_and_networks_of_a_newer_engine_are_refused(tmp_path):
    run = tmp_path / "run"
    run.mkdir()
    (run / "run.json").write_text(json.dumps({"schemas": VERSION + 1, "given": {"x": 1}, "inputs": []}))
    (run / graphs.ACCOUNT).write_text(json.dumps({"schemas": VERSION + 1, "rows": dict.fromkeys(graphs.FRAMES, 0)}))
    for read in (Past, opened, lambda folder: screened_files([folder])):
        with pytest.raises(StoreError, match="reads up to"):
            read(run)


if __name__ == "__main__":
    known = noted() if PATH.is_file() else {}
    if known.get(f"version-{VERSION}", frames()) != frames():
        sys.exit(f"version {VERSION} is noted with other columns: raise VERSION in ops_hub/schemas.py first")
    known[f"version-{VERSION}"] = frames()
    parts = [
        "\n".join([f"[{name}]", *(f'{key} = "{each}"' for key, each in own.items())]) for name, own in known.items()
    ]
    PATH.write_text(HEAD + "\n" + "\n\n".join(parts) + "\n", encoding="utf-8")
