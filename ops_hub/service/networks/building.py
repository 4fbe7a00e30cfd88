"""Networks built of what the hub keeps, in a thread, one at a time for all consoles over a home folder.

Reach for `begin()` and `last()`. A network appears under HOME/networks when it is whole; of one that failed nothing stays.
"""

from __future__ import annotations

import fcntl
import shutil
import threading
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import IO, Literal

from ops_hub.casework.case import Actor
from ops_hub.desk.filing import open_desk
from ops_hub.engines.live.networks import gathered
from ops_hub.engines.live.old_networks import FOLDER
from ops_hub.engines.network import History, Order, connect, saved
from ops_hub.errors import ConfigError, ConflictError, OpsHubError
from ops_hub.feeds.reading import ReadOptions
from ops_hub.service.centre import Centre
from ops_hub.store import lake
from ops_hub.store.aside import aside
from ops_hub.store.audit import record
from ops_hub.store.hub import Hub
from ops_hub.store.place import is_here

MOST = 1_000_000  # travellers; larger ones are built at the command line, where nobody waits for pages
_BUILDING, _LOCK = ".building", ".building.lock"


@dataclass(frozen=True)
class Build:
    """A network that is, or was, built by this console."""

    name: str
    by: str
    since: date
    begun_at: datetime
    state: Literal["running", "done", "failed"] = "running"
    ended_at: datetime | None = None
    words: str = ""


class _Yard:
    """What this console builds or built last."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.last: Build | None = None


def last(centre: Centre) -> Build | None:
    """Return the build that runs, or the last one of this console."""
    return _yard(centre).last


def begin(centre: Centre, by: Actor, name: str, days: int, purpose: str) -> Build:
    """Begin to build a network of travellers who arrived in the last days, or will; the audit log says so.

    Args:
        centre: whose hub.
        by: who asks: of the centre.
        name: of its folder.
        days: back from today.
        purpose: why.

    Raises:
        ConfigError: the hub keeps nobody, or too many, of these days.
        ConflictError: another one is being built, or has the name.
    """
    hub, yard = centre.hub, _yard(centre)
    since = hub.now().date() - timedelta(days=days)
    home = hub.home / FOLDER
    if (home / name).exists():
        raise ConflictError(f"network {name}", "there is one of this name", "choose another name")
    _count(hub, since)
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    with yard.lock:
        held = _hold(home)
        shutil.rmtree(home / _BUILDING, ignore_errors=True)  # of a process that died
        build = Build(name, str(by), since, hub.now())
        yard.last = build
    threading.Thread(
        target=_run, args=(centre, yard, build, by, purpose, held), name="network-build", daemon=True
    ).start()
    return build


def _run(centre: Centre, yard: _Yard, build: Build, by: Actor, purpose: str, held: IO[str]) -> None:
    home = centre.hub.home / FOLDER
    try:
        words = _built(centre, build, by, purpose, home / _BUILDING)
        (home / _BUILDING).rename(home / build.name)
        record(centre.hub, str(by), "network-built", f"network {build.name}", purpose=purpose)
        done = replace(build, state="done", words=words)
    except OpsHubError as error:
        done = replace(build, state="failed", words=str(error))
    except Exception as error:
        done = replace(
            build, state="failed", words=f"it could not be built ({type(error).__name__}): see docs/network.md"
        )
    finally:
        shutil.rmtree(home / _BUILDING, ignore_errors=True)
        held.close()
    yard.last = replace(done, ended_at=centre.hub.now())


def _built(centre: Centre, build: Build, by: Actor, purpose: str, folder: Path) -> str:
    rules, hub = centre.rules, centre.hub
    desk = open_desk(hub, rules)
    folder.mkdir(mode=0o700)
    # no feeds are read, so that neither the day nor the key of their numbers says anything
    order = Order((), ReadOptions(today=hub.now().date(), hash_key=b""), rules=rules)
    with aside(folder) as place:
        found = gathered(desk, place, by, since=build.since, until=None, purpose=purpose)
        told = {"since": build.since, "until": None, "keep_until": found.keep_until, "released": found.released}
        net, lines = connect(order, History(found.travellers, found.hits, found.entries, told))
    saved(folder, net, name=build.name, made_at=hub.now().isoformat(timespec="seconds"))
    until = [f"it may be read until {found.keep_until}"] if found.keep_until else []
    return "; ".join([*lines, *until])


def _count(hub: Hub, since: date) -> None:
    is_here(hub)
    rows = sum(lake.rows(hub, state, day) for state, day in lake.days(hub) if day >= since.isoformat())
    if not rows:
        raise ConfigError("days", f"the hub keeps no travellers who arrived since {since}", "name more days")
    if rows > MOST:
        reason = f"{rows:,} travellers arrived since {since}, and a console builds of {MOST:,} at most"
        raise ConfigError("days", reason, "name fewer days, or use ops-hub graph build --hub")


def _hold(home: Path) -> IO[str]:
    """Return the lock of building, held: it ends with the process, however that ends."""
    file = (home / _LOCK).open("a")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.close()
        raise ConflictError("network", "another one is being built", "wait until it is done") from None
    return file


def _yard(centre: Centre) -> _Yard:
    return centre.kept("network-yard", None, _Yard)
