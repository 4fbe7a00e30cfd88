"""Entries into name blocks: names whose heaviest token sounds alike belong to one, so that they can lie together.

Reach for `name_blocks()` when lists are cut into shards. A block says where an entry lies and nothing about what it
meets: that is for `pairs` to find out, in every shard.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from ops_hub.matching.words import words
from ops_hub.normalise.names import distinct_names, name_columns
from ops_hub.screening.listed import Knowledge


def name_blocks(entries: pl.DataFrame, knowledge: Knowledge) -> pl.Series:
    """Return the block of each of the ENTRIES: the sound of its first name's heaviest token.

    An entry without a name that can be compared goes by its first document, one without either by its id.
    """
    first = entries.select(pl.col("names").list.first()).unnest("names")
    columns = name_columns(pl.col("family"), pl.col("given"), pl.col("full"))
    written = first.select(*columns).with_columns(pl.col("given").fill_null(""))
    names = distinct_names(written, knowledge.tables, knowledge.config.names, cut=False)
    owner = np.repeat(np.arange(len(names)), np.diff(names.offsets))
    order = np.lexsort((-names.weights, owner))  # the heaviest first; of equal ones that which stands first
    named, heaviest = np.unique(owner[order], return_index=True)
    sounds = pl.Series(words(names.words, knowledge.tables).folds, dtype=pl.String)
    sound = pl.DataFrame({"row": named, "sound": sounds.gather(names.tokens[order][heaviest])})
    row = pl.int_range(pl.len(), dtype=pl.Int64).alias("row")
    paper = pl.col("documents").list.first().struct.field("number")
    own = entries.select(row, pl.coalesce(paper, "entry_id").alias("other"))
    joined = own.join(sound, on="row", how="left", maintain_order="left")
    return joined.select(pl.coalesce("sound", pl.lit("#") + pl.col("other")).alias("block"))["block"]
