"""The continent of a state, as the UN's standard M49 groups them; data in rules/regions.csv.

Reach for `region()`. Taiwan and Kosovo, which M49 does not list by themselves, stand where they lie.
"""

from __future__ import annotations

import csv
from functools import cache

from ops_hub.config import data_dir


@cache
def _regions() -> dict[str, str]:
    with (data_dir("rules") / "regions.csv").open(encoding="utf-8", newline="") as file:
        return {row["alpha3"]: row["region"] for row in csv.DictReader(file)}


def region(state: str | None) -> str | None:
    """Return Africa, Americas, Antarctica, Asia, Europe or Oceania; None for a body such as the UN, which has no continent.

    >>> region("HND"), region("SEN"), region("UN")
    ('Americas', 'Africa', None)
    """
    return _regions().get(state or "")
