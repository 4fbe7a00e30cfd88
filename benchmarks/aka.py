"""Labelled name pairs out of real lists: a.k.a. names of listed persons against their nearest namesakes.

`python -m benchmarks.aka` scores them with ours and with rapidfuzz WRatio; `--out` writes them for `benchmarks.fit` or
`ops-hub evaluate`. Positives: primary name and a.k.a. of one person. Negatives: the primary name and the five closest
primary names of other persons by token_sort_ratio, one positive to five negatives. Names in capitals, given names
first; weak a.k.a. and those that equal the primary name are left out. Persons are split in two halves by a hash;
settings may be tuned on `tune`.
"""

from __future__ import annotations

import argparse
import hashlib
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray
from rapidfuzz import fuzz, process

from ops_hub.config import NameSettings, matching_config
from ops_hub.lists.reading import read_lists
from ops_hub.matching.compare import Side, name_scores, side_of
from ops_hub.matching.metrics import figures
from ops_hub.normalise.names import distinct_names, name_columns
from ops_hub.normalise.tables import NameTables, name_tables

NEAREST = 5
LISTS = {"ofac": "ofac", "un": "un"}


def pairs(path: Path) -> pl.DataFrame:
    """Return query, candidate, is_match, half ('tune' or 'test') and person for the list at a path."""
    entries = pl.concat([each.entries for each in read_lists([path])]).filter(pl.col("kind") == "person")
    comma = pl.col("full").str.splitn(", ", 2)
    plain = pl.concat_str(
        comma.struct.field("field_1"), comma.struct.field("field_0"), separator=" ", ignore_nulls=True
    )
    names = (
        entries.select("entry_id", "names")
        .explode("names", empty_as_null=False)
        .unnest("names")
        .with_columns(plain.str.replace_all(r"\s+", " ").str.strip_chars().str.to_uppercase().alias("full"))
        .with_columns(pl.col("full").str.split(" ").list.sort().list.join(" ").alias("sorted"))
        .unique(["entry_id", "sorted"], keep="first", maintain_order=True)
    )
    primary = names.filter(pl.col("quality") == "primary").unique("entry_id", keep="first", maintain_order=True)
    others = names.filter(pl.col("quality") == "strong").join(primary, on="entry_id", suffix="_primary")
    known, owners = primary["full"].to_list(), primary["entry_id"].to_list()
    close = process.cdist(known, known, scorer=fuzz.token_sort_ratio, workers=-1, dtype=np.uint8)
    order = np.argsort(-close.astype(np.int16), axis=1, kind="stable")[:, : NEAREST + 1]
    nearest = {owner: [known[at] for at in order[row] if at != row][:NEAREST] for row, owner in enumerate(owners)}
    made = []
    for owner, alias, name in others.select("entry_id", "full", "full_primary").iter_rows():
        half = "tune" if hashlib.blake2b(owner.encode()).digest()[0] % 2 else "test"
        made.append((name, alias, True, half, owner))
        made += [(name, other, False, half, owner) for other in nearest[owner]]
    schema = {
        "query": pl.String,
        "candidate": pl.String,
        "is_match": pl.Boolean,
        "half": pl.String,
        "person": pl.String,
    }
    return pl.DataFrame(made, schema=schema, orient="row")


def sides(frame: pl.DataFrame, tables: NameTables, settings: NameSettings) -> tuple[Side, NDArray[np.int64]]:
    """Return all names of the pairs ready to be compared, and which two names each pair is."""
    both = pl.DataFrame({"full": pl.concat([frame["query"], frame["candidate"]])})
    distinct = both.unique(maintain_order=True).with_row_index("name")
    nothing = pl.lit(None, dtype=pl.String)
    columns = distinct.select(name_columns(nothing, nothing, pl.col("full"))).with_columns(
        pl.col("given").fill_null("")
    )
    at = both.join(distinct, on="full", how="left", maintain_order="left")["name"].to_numpy().astype(np.int64)
    return side_of(distinct_names(columns, tables, settings, cut=False), tables), at.reshape(2, -1).T


def ours(frame: pl.DataFrame, tables: NameTables, settings: NameSettings) -> NDArray[np.float64]:
    """Return our name score of each pair."""
    side, at = sides(frame, tables, settings)
    return name_scores(side, side, at, settings, threads=2)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"), help="folder with the lists ofac/ and un/")
    parser.add_argument("--out", type=Path, help="folder to write ofac.csv and un.csv to")
    told = parser.parse_args()
    config = matching_config()
    for label, folder in LISTS.items():
        if not (told.data / folder).is_dir():
            print(f"{told.data / folder} is not there: nothing measured for {label}")
            continue
        made = pairs(told.data / folder)
        if told.out:
            told.out.mkdir(parents=True, exist_ok=True)
            made.write_csv(told.out / f"{label}.csv")
        for half in ("tune", "test"):
            part = made.filter(pl.col("half") == half)
            labels = part["is_match"].to_numpy()
            peer = [fuzz.WRatio(a, b) / 100 for a, b in part.select("query", "candidate").iter_rows()]
            for scorer, scores in (("ours", ours(part, name_tables(), config.names)), ("WRatio", np.array(peer))):
                said = figures(labels, scores, config.bands.threshold)
                at_one = said["recall_at_1pct_false_positives"]
                print(
                    f"{label:<5} {half} {scorer:<7} {len(part):>7,} pairs  AP {said['average_precision']:.3f}  found at 1 % {at_one:.3f}"
                )


if __name__ == "__main__":
    main()
