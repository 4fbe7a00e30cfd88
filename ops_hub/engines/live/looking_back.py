"""Re-screening and replay, with the hub's archive, lake, office and audit log put in.

Reach for `ways()` for the service that re-screens, and for `kept()` to replay a live screening.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence

import polars as pl

from ops_hub.casework.case import Actor
from ops_hub.config import matching_config
from ops_hub.desk.filing import bundle_of, cases_of
from ops_hub.engines.live import office
from ops_hub.engines.live.changes import Pair
from ops_hub.engines.live.rescreen import Ways
from ops_hub.engines.replay_live import Kept
from ops_hub.errors import StoreError
from ops_hub.lists.snapshot import Snapshot, open_snapshot
from ops_hub.normalise.tables import name_tables
from ops_hub.pipeline import Knowledge
from ops_hub.store import archive, lake
from ops_hub.store.cases import of_records
from ops_hub.store.hub import Hub, key
from ops_hub.store.receipt import Receipt
from ops_hub.store.receipts import receipts_of

_HUB = Actor("CENTRE", "re-screening", "system")


def ways(hub: Hub) -> Ways:
    """Return what re-screening needs of this hub."""

    def withdraw(pairs: list[Pair], reason: str, still: Mapping[Pair, str]) -> object:
        digest = archive.published_rules(hub)
        rules = archive.rules_folder(hub, digest) if digest else None
        return office.withdraw(hub, pairs, _HUB, reason, rules=rules, still=still)

    return Ways(
        snapshot=lambda name: snapshot_of(hub, name),
        days=lambda: days(hub),
        read=lambda day: read(hub, day),
        withdraw=withdraw,
        knowledge=lambda digest: knowledge_of(hub, digest),
        settled=lambda name: settled(hub, name),
        busy=lambda: busy(hub),
    )


def kept(hub: Hub) -> Kept:
    """Return what replaying a live screening needs of this hub."""
    return Kept(
        find=lambda record, day: lake.find(hub, record, day),
        days=lambda: days(hub),
        read=lambda day: read(hub, day),
        receipt_of=lambda name: receipts_of(hub, {name}).get(name),
        hits_of=lambda receipt, records: hits_of(hub, receipt, records),
        snapshot=lambda name: snapshot_of(hub, name),
        knowledge=lambda digest, threshold: knowledge_of(hub, digest, threshold),
    )


def snapshot_of(hub: Hub, name: str) -> Snapshot:
    """Open lists of the archive, whole and unaltered."""
    return open_snapshot(archive.snapshot_folder(hub, name), verify=True)


def knowledge_of(hub: Hub, digest: str, threshold: float | None = None) -> Knowledge:
    """Return how names and people are compared by rules of the archive."""
    folder = archive.rules_folder(hub, digest)
    return Knowledge(name_tables(folder), matching_config(folder, threshold), os.cpu_count() or 1)


def days(hub: Hub) -> list[str]:
    """Return the days that anything is retained of."""
    return sorted({day for _, day in lake.days(hub)})


def read(hub: Hub, day: str) -> Iterator[pl.DataFrame]:
    """Yield what is retained of a day, of all states, for machines to compare."""
    return lake.read(hub, None, [day], identity=True)


def settled(hub: Hub, name: str) -> bool:
    """Return whether every worker that gives signs of life screens with these lists."""
    workers = [worker.decode() for worker in hub.client.zrange(key("workers"), 0, -1)]
    living = [worker for worker in workers if hub.client.exists(key("worker", worker))]
    return all(hub.client.hget(key("worker", worker), "snapshot") == name.encode() for worker in living)


def busy(hub: Hub) -> bool:
    """Return whether live messages wait."""
    return any(hub.client.xlen(key("in", bucket.decode())) for bucket in hub.client.zrange(key("buckets"), 0, -1))


def hits_of(hub: Hub, receipt: Receipt, records: Sequence[str]) -> pl.DataFrame | None:
    """Return the HITS of a screening that cases still hold; None where none does."""
    numbers = sorted({number for number in of_records(hub, list(records)).values() if number})
    found = []
    for case in cases_of(hub, numbers).values():
        own = [hit.hit_id for hit in case.hits if hit.screening_id == receipt.screening_id]
        try:
            found.append(bundle_of(hub, case).hits.filter(pl.col("hit_id").is_in(own)))
        except StoreError:  # its key was destroyed
            continue
    together = pl.concat(found) if found else None
    return together if together is not None and together.height else None
