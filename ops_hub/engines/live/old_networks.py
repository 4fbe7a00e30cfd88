"""Networks of what the hub holds that are past their time: somebody in them is to be masked by now.

Reach for `let_go()` behind every run of retention. It knows the networks under HOME/networks; those elsewhere are not read
any more either (`engines.network.opened`), and whoever put them there removes them.
"""

from __future__ import annotations

import json
from datetime import date

from ops_hub.engines.network import keep_until
from ops_hub.errors import ConfigError, StoreError
from ops_hub.store import audit, graphs
from ops_hub.store.hub import Hub

FOLDER = "networks"


def let_go(hub: Hub, today: date, problems: list[str], *, dry_run: bool, by: str) -> list[str]:
    """Remove networks that are past their time, and return their names; other files of their folders stay.

    Args:
        hub: in whose home they lie.
        today: the hub's day (UTC).
        problems: takes what could not be done, one line each.
        dry_run: only say what would be done.
        by: who runs it, for the log.
    """
    gone = []
    for account in sorted((hub.home / FOLDER).glob(f"*/{graphs.ACCOUNT}")):
        folder = account.parent
        try:
            end = keep_until(json.loads(account.read_text(encoding="utf-8")), str(folder))
            if end is None or today <= end:
                continue
            if not dry_run:
                graphs.remove(folder)
                audit.record(hub, by, "network-removed", folder.name, purpose="retention", keep_until=end)
        except (OSError, ValueError, ConfigError, StoreError) as error:
            problems.append(f"{account} stays: {error}")
        else:
            gone.append(folder.name)
    return gone
