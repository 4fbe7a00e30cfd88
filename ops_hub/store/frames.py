"""Frames back from Parquet files, those of older engines included: columns that came since are null.

Reach for `read_frame()` for whatever an ops-hub wrote (`files.write_parquet`). Whether the frame is what its reader needs
is left to `schemas.check`; feeds, which anybody may have written, are read by `feeds`.
"""

from __future__ import annotations

from pathlib import Path

import polars as pl

from ops_hub.schemas import VERSION, Schema, conform, readable
from ops_hub.store.files import SCHEMAS


def read_frame(path: Path, schema: Schema) -> pl.DataFrame:
    """Return the frame in a file.

    Args:
        path: a Parquet file.
        schema: what its columns are now.

    Raises:
        StoreError: a newer engine wrote it, or one so old that its files are no longer read.
        OSError, PolarsError: it cannot be read.
    """
    version = readable(pl.read_parquet_metadata(path).get(SCHEMAS), str(path))
    frame = pl.read_parquet(path)
    if version < VERSION and frame.columns == list(schema)[: frame.width]:
        return conform(frame.lazy(), schema).collect()
    return frame
