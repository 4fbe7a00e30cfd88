"""The lists that a passenger was screened with: what is told of them is the centre's business alone.

Reach for `snapshots_of()` and `stood_in()`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from ops_hub.casework.case import CENTRE
from ops_hub.errors import OpsHubError
from ops_hub.lists.delta import parts
from ops_hub.lists.snapshot import open_snapshot
from ops_hub.service.centre import Centre
from ops_hub.service.matching.passengers import Passenger
from ops_hub.service.table import Caller
from ops_hub.store.archive import snapshot_folder
from ops_hub.store.receipts import receipts_of


def snapshots_of(centre: Centre, by: Caller, who: Passenger) -> frozenset[str]:
    """Return names of the lists that a passenger was screened with; none where that is not known, or not this reader's."""
    if by.user.state != CENTRE:
        return frozenset()
    if not who.kept:
        return who.snapshots
    return frozenset(each.snapshot for each in receipts_of(centre.hub, set(who.kept)).values())


def stood_in(centre: Centre, name: str, entry: Mapping[str, Any]) -> bool | None:
    """Return whether an entry, as it is now, stood in lists; None where these are no longer there."""
    try:
        held = parts(open_snapshot(snapshot_folder(centre.hub, name)))
    except OpsHubError:
        return None
    same = (
        (pl.col("entry_id") == entry["entry_id"]) & (pl.col("list_id") == entry["list_id"])
        & (pl.col("entry_hash") == entry["entry_hash"])
    )  # fmt: skip
    for each, gone in held:
        rows = each.entries.select(same.arg_true().alias("row"))["row"].to_list()
        if any(gone is None or not gone[row] for row in rows):
            return True
    return False
