"""A list's new state compiled, opened, and published, in a thread: workers change to it between two messages.

Reach for `begin()`. Only one publication at a time goes on in a hub; what was published meanwhile by others stays.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec

from ops_hub import __version__
from ops_hub.engines.live.looking_back import knowledge_of
from ops_hub.engines.shards import compile_shards
from ops_hub.errors import ConfigError, ConflictError, OpsHubError
from ops_hub.lists.delta import each_in, layers
from ops_hub.lists.info import ListRead
from ops_hub.lists.snapshot import Snapshot, open_snapshot, write
from ops_hub.pipeline import Knowledge, add_lists, compile_lists, open_lists
from ops_hub.service.centre import Centre
from ops_hub.service.lists import previews
from ops_hub.service.lists.previews import Preview
from ops_hub.service.lists.upload import read_upload
from ops_hub.store import archive, drafts
from ops_hub.store.audit import record

PUBLISHING = "publishing"  # what only one at a time may do
RECORDS = "list-publications"
_WAIT = 600.0  # seconds for somebody else's publication
_LAYERS = (
    8  # snapshots that stand on each other, before all is compiled into one: each traveller is searched for in each
)
_PROBLEM = "something that nobody foresaw went wrong"


class Publication(msgspec.Struct, frozen=True):
    """Who published what, and why."""

    list_id: str
    owner: str
    by: str
    confirmed_by: str
    reason: str
    added: int
    changed: int
    removed: int


def begin(centre: Centre, found: Preview) -> threading.Thread:
    """Publish an upload in a thread of its own; how it stands is kept with it."""
    thread = threading.Thread(target=_carry_out, args=(centre, found), daemon=True, name=f"publish-{found.list_id}")
    thread.start()
    return thread


def _carry_out(centre: Centre, found: Preview) -> None:
    failure = _PROBLEM
    try:
        with drafts.alone(centre.hub, PUBLISHING, wait=_WAIT):
            name = _published(centre, found)
        failure = ""
        _told(centre, found.id, {"state": "published", "snapshot": name})
        drafts.drop(centre.hub, previews.FILES, found.id)
    except OpsHubError as error:
        failure = str(error)
    finally:
        if failure:
            record(centre.hub, found.published_by, "list-publication-failed", found.list_id)
            _told(centre, found.id, {"state": "failed", "failure": failure})


def _told(centre: Centre, name: str, values: Mapping[str, str]) -> None:
    now, kept = previews.find(centre, name)
    previews.keep(centre, kept, msgspec.structs.replace(now, **values))


def _published(centre: Centre, found: Preview) -> str:
    """Publish, and return the hash of the new snapshot."""
    hub = centre.hub
    base, ruleset = archive.published(hub), archive.published_rules(hub)
    if base is None or ruleset is None:
        raise ConfigError("lists", "none are published yet", "ops-hub hub publish -w LISTS")
    knowledge = knowledge_of(hub, ruleset)
    old = open_snapshot(archive.snapshot_folder(hub, base))
    info, entries = previews.of_list(old, found.list_id)
    if previews.digest(info, entries) != found.was:
        raise ConflictError("list", "it was changed since the upload was compared with it", "upload it again")
    read = read_upload(previews.files_of(centre, found), info, hub.home)
    with TemporaryDirectory(dir=hub.home, prefix=".lists-") as folder:
        path = Path(folder) / "lists"
        _write(path, old, read, knowledge)
        name = archive.keep_snapshot(hub, path)
    open_lists(open_snapshot(archive.snapshot_folder(hub, name), verify=True), knowledge)
    if (archive.published(hub), archive.published_rules(hub)) != (base, ruleset):
        raise ConflictError("lists", "others were published meanwhile", "upload it again")
    about = Publication(
        found.list_id, found.owner, found.published_by, found.confirmed_by, found.reason, found.added, found.changed,
        found.removed,
    )  # fmt: skip
    drafts.replace(hub, RECORDS, name, drafts.find(hub, RECORDS, name), msgspec.json.encode(about))
    record(
        hub, found.published_by, "list-replaced", found.list_id, snapshot=name, before=base, added=found.added,
        changed=found.changed, removed=found.removed, confirmed_by=found.confirmed_by,
    )  # fmt: skip
    archive.publish(hub, name, ruleset, by=found.published_by)
    return name


def _write(path: Path, old: Snapshot, read: ListRead, knowledge: Knowledge) -> None:
    """Write all lists with one in its new state: only the difference is compiled, until too many stand on each other."""
    below = layers(old)
    if len(below) < _LAYERS:
        try:
            write(path, add_lists(old, [read], knowledge, replace=True), __version__)
            return
        except ConfigError:  # the base was compiled with other name tables or settings
            pass
    lists = chain((each for each in each_in(old) if each.info.list_id != read.info.list_id), [read])
    if shards := len(below[-1].shards):  # what was too large for one then is so now
        compile_shards(lists, path, knowledge, shards=shards, engine=__version__)
    else:
        write(path, compile_lists(list(lists), knowledge), __version__)
