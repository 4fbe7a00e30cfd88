"""Lists larger than memory into a snapshot of shards, compiled one after the other.

Reach for `compile_shards()` where `pipeline.compile_lists` would hold too much: one list at a time is read and put
aside, then one shard at a time is compiled and written. What a shard is, is said in `lists.shards`; screening them is
screening any snapshot.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory

from ops_hub.errors import ConfigError
from ops_hub.lists.info import ListRead
from ops_hub.lists.shards import Aside
from ops_hub.lists.snapshot import Snapshot, snapshot_hash, write
from ops_hub.pipeline import Knowledge, compile_lists, name_blocks
from ops_hub.schemas import ENTRIES, empty
from ops_hub.store.files import cannot_write


def compile_shards(
    read: Iterable[ListRead], out: Path, knowledge: Knowledge, *, shards: int, engine: str
) -> dict[str, int | str]:
    """Compile lists into a snapshot of shards, and return its hash, and how many entries, lists and shards it has.

    Args:
        read: lists, or pieces of them; each is let go before the next is taken.
        out: the folder to write; what is put aside lies beside it for a while.
        knowledge: how names are compared.
        shards: into how many to cut them; where there are fewer entries, into as many as these.
        engine: version that compiles.

    Raises:
        ConfigError: no entries, two lists of one id, or an entry twice.
        StoreError: the disk does not take it.
    """
    try:
        with TemporaryDirectory(dir=_folder(out), prefix=f".{out.name}.aside-") as folder:
            aside = Aside(Path(folder))
            for each in read:
                aside.put(each, name_blocks(each.entries, knowledge))
                del each  # before the next one is read
            whole, entries = _heading(aside, knowledge)
            if not entries:
                raise ConfigError(str(out), "the lists hold no entry that can be used", "see docs/watchlists.md")
            allotted = aside.allotted(shards)
            held = sorted({shard for each in allotted for shard in each.unique()})
            made = map(lambda shard: compile_lists(aside.taken(allotted, shard), knowledge), held)
            write(out, whole, engine, shards=made)
    except OSError as error:
        raise cannot_write(out, error) from None
    return {"hash": whole.hash, "entries": entries, "lists": len(whole.lists), "shards": len(held)}


def _heading(aside: Aside, knowledge: Knowledge) -> tuple[Snapshot, int]:
    """Return the snapshot without its shards, and how many entries these will hold."""
    keys, lists, digest = aside.keys, aside.lists, knowledge.digest()
    return Snapshot(snapshot_hash(keys, lists, digest), lists, empty(ENTRIES), {}, {}, digest), keys.height


def _folder(out: Path) -> Path:
    out.parent.mkdir(parents=True, exist_ok=True)
    return out.parent
