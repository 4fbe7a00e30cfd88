"""Then and now: whether a screening that was repeated came to the same, and what differs if not.

Reach for `differences()`; `code_of()` says which engine a repetition must run in, and `in_engine()` runs it there. What
cannot be repeated any more is refused as an OpsHubError: the place, the reason, and what would help.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import polars as pl

from ops_hub.errors import ConfigError, StoreError
from ops_hub.store.archive_folder import Archive
from ops_hub.store.code import code_digest, package_versions

Difference = dict[str, Any]
_SHOWN = 20  # versions of packages and the like: past that nobody reads on


def differences(then: pl.DataFrame, now: pl.DataFrame, key: Sequence[str]) -> list[Difference]:
    """Return what differs, row by row: missing, additional, or changed with each column's values then and now.

    Args:
        then: rows as they were stored.
        now: the rows of the repetition, with the same columns.
        key: columns that name a row; rows of one name are compared in their order.
    """
    if then.equals(now, null_equal=True):
        return []
    place = pl.int_range(pl.len()).over(key).alias("_place")
    one, other = (frame.with_columns(place, pl.int_range(pl.len()).alias("_row")) for frame in (then, now))
    by = [*key, "_place"]
    missing = one.join(other, on=by, how="anti", nulls_equal=True)
    added = other.join(one, on=by, how="anti", nulls_equal=True)
    found: list[Difference] = [_said("missing", row, key) for row in missing.iter_rows(named=True)]
    found += [_said("additional", row, key) for row in added.iter_rows(named=True)]
    both = one.join(other, on=by, how="inner", nulls_equal=True, suffix="_now", maintain_order="left")
    columns = [name for name in then.columns if name not in key]
    is_other = [pl.col(name).ne_missing(pl.col(f"{name}_now")).alias(name) for name in columns]
    flags = both.select(is_other) if is_other else pl.DataFrame()
    for name in flags.columns:
        rows = both.filter(flags[name])
        for row in rows.select(*key, name, f"{name}_now").iter_rows(named=True):
            found.append(_said("changed", row, key) | {"column": name, "then": row[name], "now": row[f"{name}_now"]})
    if not found and both["_row"].to_list() != both["_row_now"].to_list():
        found.append({"what": "order", "row": {}})
    return found


def _said(what: str, row: Mapping[str, Any], key: Sequence[str]) -> Difference:
    return {"what": what, "row": {name: row[name] for name in key}}


def same_versions(then: Mapping[str, str], *, despite: bool) -> list[str]:
    """Return what is other than it was of Python and the packages that results depend on, one text each.

    Raises:
        ConfigError: something is other, and nobody said to go on despite that.
    """
    now = package_versions()
    other = [
        f"{name} was {then.get(name, 'not there')} and is {now.get(name, 'not there')}"
        for name in sorted(then.keys() | now.keys())
        if then.get(name) != now.get(name)
    ]
    if other and not despite:
        raise ConfigError(
            "versions", "; ".join(other[:_SHOWN]), "install those of then, or go on with --despite versions"
        )
    return other


def code_of(digest: str, archive: Archive) -> Path | None:
    """Return the copy of the engine that results came from; None where it is the one that runs here.

    Raises:
        StoreError: it is another one and was not kept, or the copy was altered.
    """
    if digest == code_digest():
        return None
    try:
        return archive.find("code", digest)
    except StoreError as error:
        raise StoreError(
            f"engine {digest}", f"it is not the one that runs here ({code_digest()}): {error.reason}", error.remedy
        ) from None


def in_engine(copy: Path, arguments: Sequence[str]) -> int:
    """Run a command in a copy of an engine, its output to ours; return its exit code.

    Nothing that lies compiled beside the copy is used: only the code whose hash was compared counts.
    """
    with TemporaryDirectory() as caches:
        around = os.environ | {"PYTHONPATH": str(copy), "PYTHONPYCACHEPREFIX": caches, "NUMBA_CACHE_DIR": caches}
        command = [sys.executable, "-P", "-c", "from ops_hub.cli import main; main()", *arguments]
        return subprocess.run(command, env=around, check=False).returncode
