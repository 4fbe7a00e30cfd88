"""The one home folder that keeps a hub's lake and audit log: with several machines on a hub they must not be divided.

Reach for `claim()` before writing either, and for `is_here()` before reading: on another machine both would look empty. Paths touched: HOME/keeper.id.
"""

from __future__ import annotations

import uuid

from ops_hub.errors import StoreError
from ops_hub.store.files import write_text
from ops_hub.store.hub import Hub, key

_PLACE = key("keeper", "place")


def claim(hub: Hub) -> None:
    """Make sure that this home folder keeps the hub's lake and log; the first one that asks does from then on.

    Raises:
        StoreError: another one does.
    """
    path = hub.home / "keeper.id"
    if not path.is_file():
        write_text(path, uuid.uuid4().hex)
    hub.client.set(_PLACE, path.read_text(encoding="utf-8").strip(), nx=True)
    is_here(hub)


def is_here(hub: Hub) -> None:
    """Make sure that no other home folder keeps the hub's lake and log.

    Raises:
        StoreError: another one does.
    """
    path = hub.home / "keeper.id"
    own = path.read_text(encoding="utf-8").strip() if path.is_file() else ""
    if hub.client.get(_PLACE) not in (None, own.encode()):
        raise StoreError(
            str(hub.home),
            "lake and audit log of this hub are kept in another home folder",
            f"run this there, or bring lake, audit and keeper.id from there to {hub.home}",
        )
