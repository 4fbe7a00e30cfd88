"""The archive: what was screened with is found again, complete, on every machine."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest

from ops_hub import __version__
from ops_hub.errors import ConfigError, StoreError
from ops_hub.lists.reading import read_lists
from ops_hub.lists.snapshot import open_snapshot, write
from ops_hub.pipeline import add_lists, compile_lists
from ops_hub.store import archive
from ops_hub.store.hub import key
from ops_hub.store.keyring import Keyring
from tests.conftest import ROOT


@pytest.fixture(scope="module")
def compiled(knowledge, tmp_path_factory):
    folder = tmp_path_factory.mktemp("lists")
    lists = sorted(path for path in (ROOT / "watchlists").iterdir() if path.is_dir())
    write(folder / "base", compile_lists(read_lists(lists[:1]), knowledge), __version__)
    added = add_lists(open_snapshot(folder / "base"), read_lists(lists[1:2]), knowledge)
    write(folder / "added", added, __version__)
    return folder


def test_a_snapshot_is_kept_with_what_it_stands_on_and_opens_when_both_originals_are_gone(hub, compiled, tmp_path):
    shutil.copytree(compiled, tmp_path / "lists")
    name = archive.keep_snapshot(hub, tmp_path / "lists" / "added")
    shutil.rmtree(tmp_path / "lists")
    opened = open_snapshot(archive.snapshot_folder(hub, name), verify=True)
    assert opened.hash == name
    assert opened.base is not None


def test_rules_and_code_are_found_by_their_digest(hub):
    rules, code = archive.keep_rules(hub, None), archive.keep_code(hub)
    assert (archive.rules_folder(hub, rules) / "matching.toml").is_file()
    assert (archive.code_folder(hub, code) / "ops_hub" / "pipeline.py").is_file()
    assert (archive.keep_rules(hub, ROOT / "rules"), archive.keep_code(hub)) == (rules, code)


def test_what_is_gone_is_said(hub):
    with pytest.raises(StoreError, match="not kept here any more"):
        archive.snapshot_folder(hub, "0" * 32)


def test_publishing_is_announced_and_audited(hub, compiled):
    name, rules = archive.keep_snapshot(hub, compiled / "base"), archive.keep_rules(hub, None)
    archive.publish(hub, name, rules)
    archive.publish(hub, name, rules)  # nothing new: nobody is told
    assert archive.published(hub) == name
    ((_, said),) = hub.client.xrange(archive.ANNOUNCED)
    assert (said[b"snapshot"].decode(), said[b"before"]) == (name, b"")
    assert b"lists-published" in hub.client.xrange(key("audit"))[0][1][b"event"]


@pytest.fixture
def two_machines(hub):
    """The same server as two machines see it: homes of their own, the keys in both."""
    home = Path(tempfile.mkdtemp(dir="/tmp", prefix="oh-"))
    here = replace(hub, address=f"unix://{hub.home}/server/hub.sock")
    yield here, replace(here, home=home, keyring=Keyring(hub.home, hub.client))
    shutil.rmtree(home)


def test_a_worker_on_another_machine_gets_the_lists_through_the_hub(two_machines, compiled):
    here, there = two_machines
    name, rules = archive.keep_snapshot(here, compiled / "added"), archive.keep_rules(here, None)
    archive.publish(here, name, rules)
    opened = open_snapshot(archive.snapshot_folder(there, name), verify=True)
    assert opened.hash == name
    assert opened.base is not None
    assert (archive.rules_folder(there, rules) / "names").is_dir()


def test_what_was_altered_on_its_way_is_refused(two_machines, compiled):
    here, there = two_machines
    name, rules = archive.keep_snapshot(here, compiled / "base"), archive.keep_rules(here, None)
    archive.publish(here, name, rules)
    chunk = key("snapshot", name, "entries.arrow", 0)
    whole = here.client.get(chunk)
    assert isinstance(whole, bytes)
    here.client.set(chunk, whole[:-1] + bytes([whole[-1] ^ 1]))
    with pytest.raises(StoreError, match="altered"):
        archive.snapshot_folder(there, name)
    assert not (there.home / "archive" / "snapshots" / name).exists()


def test_a_flipped_byte_in_the_archive_is_found_on_opening(hub, compiled):
    name = archive.keep_snapshot(hub, compiled / "base")
    path = archive.snapshot_folder(hub, name) / "entries.arrow"
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    with pytest.raises(ConfigError, match="damaged"):
        open_snapshot(archive.snapshot_folder(hub, name), verify=True)
