"""What is true in an exercise, out of its truth.csv.

Reach for `read_truth()`; which columns there are depends on what was staged.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import polars as pl

from ops_hub.errors import ConfigError


def read_truth(path: Path, columns: Sequence[str], staged: str) -> pl.DataFrame:
    """Return the truth of an exercise, these columns of it, all as text.

    Args:
        path: truth.csv.
        columns: that must be there.
        staged: what was staged: the command that writes it is `ops-hub exercise STAGED`.

    Raises:
        ConfigError: not readable, or other columns.
    """
    try:
        truth = pl.read_csv(path, infer_schema=False)
    except (OSError, pl.exceptions.PolarsError) as error:
        remedy = f"name the folder that `ops-hub exercise {staged}` wrote"
        raise ConfigError(str(path), f"cannot be read: {error}", remedy) from None
    missing = [column for column in columns if column not in truth.columns]
    if missing:
        remedy = f"the truth of `ops-hub exercise {staged}` has {', '.join(columns)}"
        raise ConfigError(str(path), f"the column {missing[0]} is missing", remedy)
    return truth.select(columns)
