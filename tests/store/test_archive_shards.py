"""The archive keeps shards as they are, also below what was added to them, and carries them to other machines."""

import shutil

from ops_hub import __version__
from ops_hub.engines.shards import compile_shards
from ops_hub.lists.reading import each_read, read_lists
from ops_hub.lists.snapshot import open_snapshot, write
from ops_hub.pipeline import add_lists
from ops_hub.store import archive
from ops_hub.store.carrying import fetch, send
from tests.conftest import ROOT


def test_shards_are_kept_below_what_was_added_to_them_and_carried(hub, knowledge, tmp_path):
    lists = sorted(path for path in (ROOT / "watchlists").iterdir() if path.is_dir())
    folder = tmp_path / "lists"
    compile_shards(each_read(lists[:2]), folder / "cut", knowledge, shards=3, engine=__version__)
    added = add_lists(open_snapshot(folder / "cut", keys_only=True), read_lists(lists[2:3]), knowledge)
    write(folder / "top", added, __version__)
    name = archive.keep_snapshot(hub, folder / "top")
    shutil.rmtree(folder)
    opened = open_snapshot(archive.snapshot_folder(hub, name), verify=True)
    assert opened.hash == added.hash
    assert opened.base is not None
    cut = opened.base.snapshot
    assert len(cut.shards) == 3
    assert cut.place is not None
    send(hub, "snapshots", cut.hash, cut.place)
    assert fetch(hub, "snapshots", cut.hash, tmp_path / "there")
    there = open_snapshot(tmp_path / "there", verify=True)
    assert [each.hash for each in there.shards] == [each.hash for each in cut.shards]
