"""Which feed files were screened, from the accounts that `ops-hub screen` leaves (run.json).

Reach for `screened_files()`. A file counts by its content, whatever it is called, when records of it were screened.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from ops_hub.errors import ConfigError
from ops_hub.schemas import readable


def screened_files(runs: Iterable[Path]) -> frozenset[str]:
    """Return the SHA-256 of all files whose records were screened in runs.

    Args:
        runs: folders that `ops-hub screen --out` wrote.

    Raises:
        ConfigError: a folder is no such folder.
    """
    found = set()
    for run in runs:
        path = run / "run.json"
        try:
            account = json.loads(path.read_text(encoding="utf-8"))
            readable(account.get("schemas"), str(path))
            inputs = [(each["sha256"], int(each["screened"])) for each in account["inputs"]]
        except (OSError, ValueError, KeyError, TypeError) as error:
            reason = f"is no account of a run ({type(error).__name__})"
            raise ConfigError(str(path), reason, "name a folder that ops-hub screen --out wrote") from None
        found |= {sha256 for sha256, screened in inputs if screened > 0}
    return frozenset(found)
