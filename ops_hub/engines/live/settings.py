"""What all workers of a hub must share beside lists and rules: the key that payment numbers are hashed with.

Reach for `hash_key()`.
"""

from __future__ import annotations

import os

from ops_hub.store.hub import Hub, key
from ops_hub.store.keyring import CENTRE

_ABOUT = b"hash-key"


def hash_key(hub: Hub) -> bytes:
    """Return the key for payment numbers: OPS_HUB_HASH_KEY, else one that the hub makes once and keeps sealed."""
    told = os.environ.get("OPS_HUB_HASH_KEY", "")
    if told:
        return told.encode()
    name = key("hash-key")
    if not hub.client.exists(name):
        hub.client.set(name, hub.keyring.seal(CENTRE, "settings", os.urandom(32), _ABOUT), nx=True)
    return hub.keyring.unseal(CENTRE, "settings", hub.client.get(name), _ABOUT)
