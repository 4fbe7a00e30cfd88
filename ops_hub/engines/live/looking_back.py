"""Re-screening and replay, joined to the hub's parts: archive, lake, audit log, cases, workers.

Reach for `ways()` and `kept()`, which hand these in, and `service()`, which `hub up` runs.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence

import polars as pl

from ops_hub.casework.case import Actor
from ops_hub.config import matching_config
from ops_hub.desk.filing import bundle_of, cases_of
from ops_hub.engines.live.changes import Pair
from ops_hub.engines.live.office import withdraw
from ops_hub.engines.live.rescreen import Ways, run
from ops_hub.engines.live.rescreen_progress import BY, PUBLISHED
from ops_hub.engines.live.status import status
from ops_hub.engines.replay_live import Kept
from ops_hub.errors import StoreError
from ops_hub.lists.snapshot import Snapshot, open_snapshot
from ops_hub.normalise.tables import name_tables
from ops_hub.pipeline import Knowledge
from ops_hub.store import audit, lake
from ops_hub.store.archive import published_rules, rules_folder, snapshot_folder
from ops_hub.store.cases import of_records
from ops_hub.store.hub import Hub
from ops_hub.store.receipt import Receipt
from ops_hub.store.receipts import receipts_of
from ops_hub.store.segments import Damage

ACTOR = Actor("CENTRE", "re-screening", "system")
_HELD = "hold-"  # what the lake puts before a day that only a legal hold keeps


def service(hub: Hub, name: str, stopped: Callable[[], bool]) -> None:
    """Re-screen whenever lists are published, until told to stop."""
    run(hub, name, stopped, ways(hub))


def ways(hub: Hub) -> Ways:
    """Return what re-screening needs of a hub."""
    return Ways(
        snapshot=lambda name: snapshot_of(hub, name),
        days=lambda: days(hub),
        read=lambda day: read(hub, day),
        withdraw=lambda pairs, reason, still: _withdraw(hub, pairs, reason, still),
        knowledge=lambda ruleset: knowledge_of(hub, ruleset),
        settled=lambda snapshot: settled(hub, snapshot),
        busy=lambda: bool(status(hub)["waiting"]),
    )


def kept(hub: Hub) -> Kept:
    """Return what replay needs of a hub."""
    return Kept(
        find=lambda record, day: _find(hub, record, day),
        days=lambda: days(hub),
        read=lambda day: read(hub, day),
        receipt_of=lambda screening: receipts_of(hub, {screening}).get(screening),
        hits_of=lambda receipt, records: hits_of(hub, receipt, records),
        snapshot=lambda name: snapshot_of(hub, name),
        knowledge=lambda ruleset, threshold: knowledge_of(hub, ruleset, threshold),
    )


def snapshot_of(hub: Hub, name: str) -> Snapshot:
    """Return the lists of a hash, checked byte by byte."""
    return open_snapshot(snapshot_folder(hub, name), verify=True)


def knowledge_of(hub: Hub, ruleset: str, threshold: float | None = None) -> Knowledge:
    """Return how names and people are compared by the rules of a digest."""
    folder = rules_folder(hub, ruleset)
    return Knowledge(name_tables(folder), matching_config(folder, threshold), os.cpu_count() or 1)


def days(hub: Hub) -> list[str]:
    """Return the days that anything is retained of, all states together."""
    return sorted({day for _, day in lake.days(hub)})


def read(hub: Hub, day: str) -> Iterator[pl.DataFrame]:
    """Yield what is retained of a day, with identities; what is damaged is named in the audit log, all else is read."""
    damaged: list[Damage] = []
    yield from lake.read(hub, None, [day], identity=True, damaged=damaged)
    for each in damaged:
        audit.record(hub, BY, "lake-damaged", f"{each.file} at {each.offset}", reason=each.reason)


def settled(hub: Hub, snapshot: str) -> bool:
    """Return whether every worker that lives screens with these lists or with later ones."""
    newer = set()
    for _, fields in hub.client.xrevrange(PUBLISHED):
        newer.add(fields[b"snapshot"].decode())
        if snapshot in newer:
            break
    return all(each["snapshot"] in newer for each in status(hub)["worker"] if each["snapshot"])


def hits_of(hub: Hub, receipt: Receipt, records: Sequence[str]) -> pl.DataFrame | None:
    """Return the HITS of a screening that cases hold; None where no case does."""
    found = []
    for case in cases_of(hub, sorted(set(of_records(hub, records).values()) - {0})).values():
        own = [hit.hit_id for hit in case.hits if hit.screening_id == receipt.screening_id]
        try:
            found.append(bundle_of(hub, case).hits.filter(pl.col("hit_id").is_in(own)))
        except StoreError:  # its key was destroyed: nothing is held any more
            continue
    together = pl.concat(found) if found else None
    return together if together is not None and together.height else None


def _find(hub: Hub, record: str, day: str | None) -> pl.DataFrame:
    return lake.find(hub, record, day).with_columns(pl.col("day").str.strip_prefix(_HELD))


def _withdraw(hub: Hub, pairs: list[Pair], reason: str, still: Mapping[Pair, str]) -> None:
    digest = published_rules(hub)
    withdraw(hub, pairs, ACTOR, reason, rules=rules_folder(hub, digest) if digest else None, still=still)
