"""A job in its folder: what it is made of, written down first, so that the same job goes on there and no other.

Reach for `begun()`; the layout of the folder is named here. What the parts come to is left to `whole`.

    DIR/job.json       what the job is made of
    DIR/parts/NAME.S/  partition NAME against shard S: account.json, hits.parquet; of shard 0 rejects and travellers, too
    DIR/manifest.json  all parts, counts and hashes; written last
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from ops_hub.engines.cluster.partitions import Partition
from ops_hub.errors import ConfigError
from ops_hub.lists.snapshot import file_digest
from ops_hub.store.files import write_text

JOB, PARTS, MANIFEST = "job.json", "parts", "manifest.json"
RESULTS = ("hits.parquet", "hits.csv", "rejects.csv", "links.parquet", "entries.parquet", "chart.html", "run.json")


def identity(made_of: Mapping[str, object]) -> str:
    """Return the name of a job: equal for equal feeds, lists, rules, settings, day and engine."""
    return hashlib.blake2b(json.dumps(made_of, sort_keys=True).encode(), digest_size=16).hexdigest()


def made_of(partitions: Sequence[Partition], about: Mapping[str, object]) -> dict[str, object]:
    """Return all that decides what a job comes to.

    Args:
        partitions: what is read.
        about: everything else.
    """
    sources = {each.source: each.sha256 for partition in partitions for each in partition.files}
    return {**about, "sources": sources, "partitions": [each.name for each in partitions]}


def begun(out: Path, made: Mapping[str, object]) -> None:
    """Write down what a job is made of, unless it stands there already.

    Raises:
        ConfigError: the folder holds another job, or another run.
        StoreError: the disk does not take it.
    """
    path = out / JOB
    if not path.is_file():
        if (out / "run.json").is_file():
            raise ConfigError(str(out), "the folder holds another run", "choose another --out")
        write_text(path, json.dumps({"job": identity(made), "made_of": made}, indent=1, ensure_ascii=False) + "\n")
        return
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        before, name = told["made_of"], told["job"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ConfigError(str(path), f"cannot be read: {error}", "choose another --out") from None
    if name != identity(made):
        differs = sorted(key for key in {**before, **made} if before.get(key) != made.get(key))
        raise ConfigError(
            str(out),
            f"the folder holds another job; what differs: {', '.join(differs)}",
            "give what that job was begun with (--today, OPS_HUB_HASH_KEY ...) to go on with it, or choose another --out",
        )


def finished(out: Path) -> dict[str, object] | None:
    """Return the account of a job whose results are all there, as the manifest says; else None."""
    try:
        results = json.loads((out / MANIFEST).read_text(encoding="utf-8"))["results"]
        if any(results[name] != file_digest(out / name) for name in RESULTS):
            return None
        account: dict[str, object] = json.loads((out / "run.json").read_text(encoding="utf-8"))
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return account
