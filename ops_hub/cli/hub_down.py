"""`ops-hub hub down`: the end of what `hub up` started."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import click

from ops_hub.cli.common import told
from ops_hub.cli.reaching import reaching
from ops_hub.store.hub import home_folder, key, open_hub, running_pid
from ops_hub.store.server import pid_of, stop

_LAST = 40.0  # seconds for `up` to end


@click.command()
@told
@reaching
def down() -> None:
    """End the workers that `hub up` started, once they have finished what they hold, and stop the embedded server.

    \b
    Example:
      ops-hub hub down
    """
    home, address = home_folder(), os.environ.get("OPS_HUB_REDIS") or None
    if address is None and pid_of(home) is not None:
        opened = open_hub(home)
        opened.client.set(key("stop"), "1", ex=60)  # workers that were started one by one see it, too
        opened.client.close()
    pid = running_pid(home)
    if pid is not None:
        os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + _LAST
    while time.monotonic() < deadline and (running_pid(home) is not None or _workers_left(home, address)):
        time.sleep(0.1)
    stopped = address is None and stop(home)
    if pid is None and not stopped:
        click.echo("nothing runs here")
    else:
        click.echo("the hub is down; what waits is on disk")


def _workers_left(home: Path, address: str | None) -> bool:
    """Return whether workers of the embedded server are still there: they would bring it back."""
    if address is not None or pid_of(home) is None:
        return False
    opened = open_hub(home)
    try:
        names = opened.client.zrange(key("workers"), 0, -1)
        return any(opened.client.exists(key("worker", name.decode())) for name in names)
    finally:
        opened.client.close()
