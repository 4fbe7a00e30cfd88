"""The hub at work: is it up, who screens, what waits, what nobody has seen to, when retention last ran.

Reach for the checks by way of `table`. Figures are those of `engines.live.status`.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

from ops_hub.engines.live.keeper import LAST
from ops_hub.engines.live.status import status
from ops_hub.service.checkup.finding import Asked, Finding, note, ok, problem
from ops_hub.store.archive import published
from ops_hub.store.hub import RUNNING, Hub, running_pid
from ops_hub.store.place import is_here

_LATE = 900.0  # seconds that a unit may wait
_STARTING = 300.0  # seconds in which a worker may still be loading or compiling
_BEHIND = 5_000  # events that a service may have before it


def up(asked: Asked, hub: Hub) -> Iterator[Finding]:
    """Look whether workers and services run."""
    pid = running_pid(asked.home)
    if pid is not None:
        yield ok(f"workers and services run on this machine (process {pid})")
    elif hub.embedded:
        yield note("the server runs, workers and services do not", "ops-hub hub up")
    else:
        yield note("no workers and services run on this machine", "ops-hub hub up, unless they run on others")


def work(asked: Asked, hub: Hub) -> Iterator[Finding]:
    """Look at what waits and at what needs a person."""
    yield from working(status(hub), _up_for(asked.home))


def working(said: dict[str, Any], up_for: float | None = None) -> Iterator[Finding]:
    """Say what figures of a hub come to.

    Args:
        said: as `engines.live.status.status` gives them.
        up_for: seconds since workers and services were started on this machine; None where they do not run on it.
    """
    waiting, workers, letters = said["waiting"], said["workers"], said["dead_letters"]
    if not workers and waiting and up_for is not None and min(up_for, said["oldest_seconds"]) < _STARTING:
        yield note(f"{waiting:,} units wait, and a worker is starting", "look again in a minute: the first start compiles")  # fmt: skip
    elif not workers and waiting and up_for is not None:
        yield problem(f"{waiting:,} units wait and nobody screens, though the hub is up", "see the alarms in ops-hub hub status and what ops-hub hub up printed; ops-hub hub worker adds a worker")  # fmt: skip
    elif not workers and waiting:
        yield problem(f"{waiting:,} units wait and nobody screens", "ops-hub hub up, or ops-hub hub worker")
    elif said["oldest_seconds"] > _LATE:
        yield problem(f"a unit has waited for {said['oldest_seconds'] / 60:,.0f} minutes", "ops-hub hub status; more workers: ops-hub hub worker")  # fmt: skip
    else:
        yield ok(f"workers: {workers}, units that wait: {waiting:,}")
    if letters:
        yield problem(f"{letters:,} dead letters: messages that nobody could screen", "ops-hub hub dead, then ops-hub hub requeue")  # fmt: skip
    late = {name: many for name, many in said["behind"].items() if many > _BEHIND}
    if late:
        many = ", ".join(f"{name} {each:,}" for name, each in late.items())
        yield problem(f"services are behind: {many}", "see the alarms in ops-hub hub status, and the disk")
    if said["alarms"]:
        last = said["alarms"][0]
        yield note(
            f"last alarm, {last.get('at', '')}: {last.get('what', '')}", "ops-hub hub status shows the last five"
        )


def _up_for(home: Path) -> float | None:
    """Return the seconds since workers and services of a home folder were started; None where they do not run here."""
    if running_pid(home) is None:
        return None
    return max(0.0, time.time() - (home / RUNNING).stat().st_mtime)


def retention(asked: Asked, hub: Hub) -> Iterator[Finding]:
    """Look whether what is past its time was let go lately."""
    is_here(hub)
    last = hub.client.get(LAST)
    yield from lately(None if last is None else date.fromisoformat(last.decode()), hub.now().date(), published(hub))


def lately(last: date | None, today: date, lists: str | None) -> Iterator[Finding]:
    """Say what the day of the last run of retention comes to; `lists`: the snapshot, None before anything is screened."""
    remedy = "ops-hub hub up runs it daily; by hand: ops-hub retention run"
    if last is None:
        yield (note if lists else ok)("retention has not run yet", remedy)
    elif (today - last).days > 1:
        yield problem(f"retention last ran on {last}: what is past its time is still here", remedy)
    else:
        yield ok(f"retention ran on {last}")
