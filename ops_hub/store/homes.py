"""Where a machine keeps the hub's data.

Reach for `home_folder()`. Nothing is loaded for it, so that it can be asked where a package is missing; what is in the
folder is left to the other modules of this room.
"""

from __future__ import annotations

import os
from pathlib import Path


def home_folder() -> Path:
    """Return where this machine keeps the hub's data: OPS_HUB_HOME, else the user's data folder."""
    told = os.environ.get("OPS_HUB_HOME")
    data = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return Path(told).absolute() if told else Path(data) / "ops-hub"
