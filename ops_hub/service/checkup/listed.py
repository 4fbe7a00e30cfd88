"""Lists: those that are published and those that were named; that they can be screened with, their age, their expiry.

Reach for the checks by way of `table`. What health means is said in `service.lists.health`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path

from ops_hub.casework.policy import sharing_policy
from ops_hub.config import matching_config
from ops_hub.errors import OpsHubError
from ops_hub.lists.delta import whole
from ops_hub.lists.reading import read_lists
from ops_hub.lists.snapshot import is_snapshot, open_snapshot
from ops_hub.normalise.tables import name_tables
from ops_hub.pipeline import Knowledge, open_lists
from ops_hub.service.checkup.finding import Asked, Finding, note, ok, problem
from ops_hub.service.lists.health import Health, health
from ops_hub.store.archive import published as snapshot_of
from ops_hub.store.archive import published_rules
from ops_hub.store.archive_folder import Archive
from ops_hub.store.hub import Hub

_PUBLISH = "ops-hub hub publish -w LISTS"


def published(asked: Asked, hub: Hub) -> Iterator[Finding]:
    """Look whether the lists that hold can be screened with by this engine, and how old they are."""
    name, ruleset = snapshot_of(hub), published_rules(hub)
    if name is None or ruleset is None:
        yield note("no lists are published: nothing is screened", _PUBLISH)
        return
    archive = Archive(asked.home)
    folder, rules = archive.place("snapshots", name), archive.place("rules", ruleset)
    if not folder.is_dir() or not rules.is_dir():
        if hub.embedded:
            missing = folder if not folder.is_dir() else rules
            yield problem(f"what is published is not in {missing}", f"restore it from a copy, or {_PUBLISH}")
        else:
            yield note("lists and rules are not on this machine yet", "a worker fetches them when it starts")
        return
    try:
        yield from _snapshot(folder, rules, hub.now().date())
    except OpsHubError as error:  # what is in the archive already is not written again over a damaged one
        said = str(error).rpartition("; ")[0]
        yield problem(said, f"move {folder} away, and restore it from a copy or {_PUBLISH}")


def named(asked: Asked) -> Iterator[Finding]:
    """Look at lists that were named: files, folders or snapshots."""
    today = asked.clock().date()
    for path in asked.watchlists:
        if is_snapshot(path):
            yield from _snapshot(path, asked.rules, today)
            continue
        found = read_lists([path])
        lost = sum(each.rejects.height for each in found)
        if lost:
            yield note(f"{path}: {lost:,} lines or entries could not be read whole", f"ops-hub watchlist compile {path} --out X names them")  # fmt: skip
        for each in found:
            yield from aged(health(each.entries, [each.info], sharing_policy(asked.rules), today))


def _snapshot(folder: Path, rules: Path | None, today: date) -> Iterator[Finding]:
    snapshot = open_snapshot(folder, verify=True)
    open_lists(snapshot, Knowledge(name_tables(rules), matching_config(rules), 1))
    made_by = json.loads((folder / "manifest.json").read_text(encoding="utf-8")).get("engine")
    yield ok(f"snapshot {snapshot.hash[:12]} of {len(snapshot.lists)} lists is whole and of these rules (made by ops-hub {made_by})")  # fmt: skip
    yield from aged(health(whole(snapshot), snapshot.lists, sharing_policy(rules), today))


def aged(found: Iterable[Health]) -> Iterator[Finding]:
    """Say of each list what its age, its expiry and its entries come to."""
    for each in found:
        said, ask = f"list {each.list_id} of {each.owner}", f"ask {each.contact or each.owner} for a new one"
        if each.expiry == "expired":
            yield problem(f"{said} expired on {each.expires}", f"{ask}, or take it out; then {_PUBLISH}")
        elif each.entries == each.not_valid:
            yield problem(f"{said} has no entry that is valid today", ask)
        elif each.expiry == "soon":
            yield note(f"{said} expires on {each.expires}", ask)
        elif each.age == "old":
            yield note(f"{said} was last updated {each.age_days} days ago", ask)
        elif each.age == "unknown":
            yield note(f"{said} does not say when it was updated", f"ask {each.contact or each.owner} to say so in it")
        else:
            yield ok(f"{said}: {each.entries:,} entries, updated {each.age_days} days ago")
