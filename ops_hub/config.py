"""Settings: frozen values read once at the door and passed down; nothing here is read at import.

`data_dir()` finds the data that ship with the project (rules, sample lists and feeds). What a setting
means for matching is said in `rules/matching.toml`, where its value stands.
"""

from __future__ import annotations

from pathlib import Path

from ops_hub.errors import ConfigError

_PACKAGE = Path(__file__).resolve().parent


def data_dir(name: str) -> Path:
    """Return the folder of shipped data: 'rules', 'watchlists' or 'sample_feeds'.

    In a checkout it stands at the top level; in an installed wheel, inside the package.

    Raises:
        ConfigError: the folder is in neither place.
    """
    for place in (_PACKAGE / "_data" / name, _PACKAGE.parent / name):
        if place.is_dir():
            return place
    raise ConfigError(name, "this folder of shipped data is missing", "install ops-hub again")
