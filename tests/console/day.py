"""A day for consoles in tests: the sample lists published, sample messages of flights that leave in the next hours."""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import msgspec

from ops_hub import __version__
from ops_hub.access.accounts import Account
from ops_hub.casework.table import case_table
from ops_hub.config import matching_config
from ops_hub.desk.filing import cases_of, open_desk
from ops_hub.engines.live import sharing
from ops_hub.engines.live.ingest import Intake
from ops_hub.engines.live.keeper import Keeper
from ops_hub.engines.live.office import Office
from ops_hub.engines.live.worker import Worker
from ops_hub.lists.reading import read_lists
from ops_hub.lists.snapshot import write
from ops_hub.normalise.tables import name_tables
from ops_hub.pipeline import Knowledge, compile_lists
from ops_hub.states import home_states
from ops_hub.store import accounts, archive
from ops_hub.store import cases as store
from tests.conftest import ROOT

_FOLDERS = ("archive", "audit", "keys", "lake")
_KEEPER = "keeper.id"  # says whose lake and log they are
_TIME = re.compile(rb"(DTM.(?:189|232|133|132).)(\d{10})(.201)")
_ZONE = timedelta(hours=-4)  # of the ports of the samples, near enough
MESSAGES = ("BW432_POS-BGI_2026-11-20.paxlst.edi", "CM227_PTY-KIN_2026-11-21.two-parts.paxlst.edi", "BW449_progressive-legs-and-crew_2026-11-22.edi")  # fmt: skip


def publish(hub, tmp_path):
    """Publish the sample lists and the shipped rules."""
    ruleset = archive.keep_rules(hub, None)
    archive.keep_code(hub)
    write(
        tmp_path / "lists",
        compile_lists(read_lists([ROOT / "watchlists"]), Knowledge(name_tables(), matching_config())),
        __version__,
    )
    archive.publish(hub, archive.keep_snapshot(hub, tmp_path / "lists"), ruleset)


def moved(data: bytes, departs: datetime) -> bytes:
    """Return a message whose first departure is at a time (UTC); its other times keep their distance."""
    first = datetime.strptime(_TIME.search(data)[2].decode(), "%y%m%d%H%M")
    by = departs.replace(tzinfo=None) + _ZONE - first

    def later(found):
        at = datetime.strptime(found[2].decode(), "%y%m%d%H%M") + by
        return found[1] + at.strftime("%y%m%d%H%M").encode() + found[3]

    return _TIME.sub(later, data)


def hand_in(hub, hours=2.0, names=MESSAGES):
    """Hand in messages of flights, the first leaving in some hours, each other an hour later."""
    intake = Intake(hub, home_states())
    for place, name in enumerate(names):
        data = (ROOT / "sample_feeds" / name).read_bytes()
        intake.message(moved(data, hub.now() + timedelta(hours=hours + place)), name)


def worked(hub, *, keep=True):
    """Screen what waits, open its cases, tell the states; and where asked for, put it into lake and audit log."""
    Worker(hub, "day").run(lambda: False, until_empty=True)
    policy = open_desk(hub).policy
    office = Office(hub, share=partial(_shared, hub, policy))
    while office.work():
        pass
    if keep:
        keeper = Keeper(hub, home_states())
        keeper.open(lambda: False)
        keeper.finish()
        keeper.close()


def _shared(hub, policy, case, bundle, events):
    sharing.share(hub, case, bundle, events, policy)


@dataclass(frozen=True)
class Kept:
    """A hub as it was: its keys, and the folders beside its server."""

    folder: Path
    keys: list


def kept(hub, folder):
    """Take a hub down, to be laid out again in others: a day takes seconds to make."""
    names = list(hub.client.scan_iter(count=1000))
    keys = [(name, max(hub.client.pttl(name), 0), hub.client.dump(name)) for name in names]
    for each in _FOLDERS:
        shutil.copytree(hub.home / each, folder / each)
    shutil.copy(hub.home / _KEEPER, folder / _KEEPER)
    return Kept(folder, keys)


def laid_out(hub, kept):
    """Make a hub that is open the same as another one was; of what it held its people stay."""
    people = accounts.every(hub)
    hub.client.flushall()
    for each in _FOLDERS:
        shutil.rmtree(hub.home / each, ignore_errors=True)
        shutil.copytree(kept.folder / each, hub.home / each)
    shutil.copy(kept.folder / _KEEPER, hub.home / _KEEPER)
    for name, ttl, data in kept.keys:
        hub.client.restore(name, ttl, data, replace=True)  # a console that runs may have made one of these just now
    hub.keyring._open.clear()
    hub.keyring._own.clear()
    hub.keyring._signing = None
    for each in people:
        accounts.put(hub, msgspec.json.decode(each, type=Account).name, each)


def numbers(hub, *, of="CENTRE"):
    """Return the numbers of all cases that concern a state."""

    return sorted(cases_of(hub, store.of_state(hub, of, list(case_table().states))))
