"""Libraries of the extra `trends`, loaded when they are needed: the rest of the command line does without them.

Reach for `library()`.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

from ops_hub.errors import ConfigError

NEEDED = ("scipy.stats", "ruptures", "matplotlib")


def library(name: str) -> Any:
    """Return a module of the extra.

    Raises:
        ConfigError: it is not installed.
    """
    try:
        return import_module(name)
    except ModuleNotFoundError as error:
        raise ConfigError(
            "ops-hub trends", f"the library {error.name} is not installed", "pip install 'ops-hub[trends]'"
        ) from None
