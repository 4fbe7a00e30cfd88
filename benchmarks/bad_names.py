"""What bad names become and what they cost: each kind among travellers and on a list, N of them and four times N.

    python -m benchmarks.bad_names

Seconds are of processor time; a cost that grows faster than the number of names shows as `grows` well above 4. With every
feed and on every list goes one ordinary person, who must be found among the bad names, and what went in must come out,
screened or rejected, or it ends with an error. Everyone is invented.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl

from ops_hub.config import matching_config
from ops_hub.feeds.reading import ReadOptions, read
from ops_hub.lists.reading import read_lists
from ops_hub.normalise.tables import name_tables
from ops_hub.pipeline import Knowledge, compile_lists, open_lists, prepared, screen

TODAY = date(2026, 11, 23)
N, FEW = 2_500, 10  # names of a kind on one side, then four times as many; on the other side
QUICK = 0.15  # seconds: what takes less is taken twice, and the better one told
BAD_NAMES: dict[str, str] = {
    "empty": "",
    "blank": " \t ",
    "one letter": "X",
    "one sign": "-",
    "500 tokens": " ".join(f"NOMBRE{chr(65 + i % 26)}{chr(65 + i // 26)}" for i in range(500)),
    "500 times one token": "GARCIA " * 500,
    "5,000 letters in one token": "MAXIMILIANO" * 455,
    "emoji": "\U0001f600\U0001f468\u200d\U0001f469\u200d\U0001f467 \u2764\ufe0f",
    "control characters": "\x01\x07\x1b[31mANA\x7f\x85",
    "right-to-left marks": "\u202e\u200fNASSAN\u200e \u2067IBARRA\u2069\u202c",
    "zero-width joiners": "\u200d\u200b\ufeff\u2060",
    "combining marks alone": "\u0301\u0308\u0327" * 50,
    "marks upon marks": "A" + "\u0301" * 500,
    "digits alone": "1234567890 42",
    "letters of many scripts": "\u0410\u5b59\ud55c\u0639\u0e01\u10e6\u05d0",
    "particles alone": "DE LA DEL VAN DER AL",
    "titles alone": "MR MRS DR PROF",
    "a formula": "=HYPERLINK(A1) OR 1=1; DROP--",
    "filler signs": "<<<<<<<<<<<",
}
HALF = "\ud83d"  # half of a surrogate pair: JSON can write it, no text can hold it
Naming = Callable[[int], str]


@dataclass(frozen=True)
class Fate:
    """What became of the names on both sides, the ordinary person left out, and how long it took."""

    seconds: float
    screened: int
    rejected: int
    nameless: int
    kept: int
    refused: int
    hits: int


def births(count: int) -> list[str]:
    """Return so many birth dates, 16,800 different ones, then the same again."""
    return [f"{1950 + i % 50}-{1 + i // 50 % 12:02d}-{1 + i // 600 % 28:02d}" for i in range(count)]


def always(name: str) -> Naming:
    """Return the same name each time."""
    return lambda i: name


def turned(name: str) -> Naming:
    """Return names of the same letters, each beginning at another one: no two alike as far as the letters reach."""
    return lambda i: name[i % len(name) :] + name[: i % len(name)]


def written(
    path: Path, form: tuple[str, str, str], naming: Naming, count: int, ordinary: dict[str, str], *, dated: bool
) -> Path:
    """Return a file of these names and of an ordinary person, an object a line; `form`: id column, its prefix, name column."""
    number, prefix, name = form
    rows = [
        {number: f"{prefix}{i}", name: naming(i)} | ({"birth_date": born} if dated else {})
        for i, born in enumerate(births(count))
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in [*rows, ordinary]))
    return path


def listed(path: Path, naming: Naming, count: int, *, dated: bool) -> Path:
    """Return a list of these names and of the one who must be found."""
    ordinary = {"entry_id": "FOUND", "name": "QUESADA, Ilda", "birth_date": "1980-02-03"}
    return written(path, ("entry_id", "E", "name"), naming, count, ordinary, dated=dated)


def travelling(path: Path, naming: Naming, count: int, *, dated: bool) -> Path:
    """Return a feed in which these names travel as given names, and the one who must be found."""
    ordinary = {"record_id": "found", "family_name": "QUESADA", "given_names": "ILDA"}
    return written(path, ("record_id", "r", "given_names"), naming, count, ordinary, dated=dated)


def once(feed: Path, path: Path, knowledge: Knowledge) -> Fate:
    """Compile the list, screen the feed, and tell what became of both.

    Raises:
        SystemExit: a record or an entry is lost, or the ordinary person is not found.
    """
    begin = time.process_time()
    (found,) = read_lists([path])
    lists = open_lists(compile_lists([found], knowledge), knowledge)
    screened = rejected = nameless = told = 0
    hits: list[pl.DataFrame] = []
    for batch in read([feed], ReadOptions(TODAY, b"key")):
        asked = prepared(batch.travellers, knowledge)
        hits.append(screen(asked, lists, knowledge, today=TODAY).select("record_id", "entry_id"))
        screened, nameless = screened + batch.travellers.height, nameless + asked.people.nameless
        rejected += batch.rejects.filter(pl.col("kind") == "record").height
        told += sum(each.records_in for each in batch.inputs)
    seconds = time.process_time() - begin
    kept, refused = found.entries.height, found.rejects.filter(pl.col("kind") == "record").height
    pairs = pl.concat(hits)
    if ("found", "FOUND") not in pairs.filter(pl.col("record_id") == "found").rows():
        sys.exit(f"{path}: the ordinary person is not found among the bad names; this is a fault")
    sent, entered = feed.read_text().count("\n"), path.read_text().count("\n")
    if screened + rejected != sent or told != sent or kept + refused != entered:
        sys.exit(f"{feed}, {path}: {sent} records and {entered} entries went in and not all came out; this is a fault")
    return Fate(seconds, screened - 1, rejected, nameless, kept - 1, refused, pairs.height - 1)


def fate(naming: Naming, sizes: tuple[int, int], folder: Path, knowledge: Knowledge, *, dated: bool) -> Fate:
    """Return what becomes of so many travellers and entries named like this; quick ones are timed twice."""
    feed = travelling(folder / "feed.ndjson", naming, sizes[0], dated=dated)
    path = listed(folder / "list.ndjson", naming, sizes[1], dated=dated)
    first = once(feed, path, knowledge)
    if first.seconds >= QUICK:
        return first
    return min(first, once(feed, path, knowledge), key=lambda each: each.seconds)


def main() -> None:
    knowledge = Knowledge(name_tables(), matching_config(), 2)
    cases = {kind: (always(name), True) for kind, name in BAD_NAMES.items()} | {
        "half of a surrogate pair": (always(f"ILDA{HALF}"), True),
        "500 tokens, none alike": (turned(BAD_NAMES["500 tokens"]), True),
        "5,000 letters, none alike": (turned(BAD_NAMES["5,000 letters in one token"]), True),
        "one name for all": (always("JOSE GARCIA"), True),
        "one name for all, no dates": (always("JOSE GARCIA"), False),
    }
    print(f"{'':<27}{f'{N:,} travellers, {FEW} entries':>55}{f'{FEW} travellers, {N:,} entries':>45}")
    left, right = f"{'screened':>9}{'nameless':>9}{'rejected':>9}{'hits':>8}", f"{'kept':>8}{'refused':>8}{'hits':>9}"
    print(f"{'':<27}", *(f"{each}{'s':>7}{'s, 4 x':>7}{'grows':>6}" for each in (left, right)), sep="")
    with TemporaryDirectory() as made:
        folder = Path(made)
        fate(always("ILDA QUESADA"), (10, 10), folder, knowledge, dated=True)  # kernels are loaded
        for kind, (naming, dated) in cases.items():
            many, four = (fate(naming, (k * N, FEW), folder, knowledge, dated=dated) for k in (1, 4))
            told = f"{kind:<27}{many.screened:>9,}{many.nameless:>9,}{many.rejected:>9,}{many.hits:>8,}"
            told += f"{many.seconds:>7.2f}{four.seconds:>7.2f}{four.seconds / many.seconds:>6.1f}"
            many, four = (fate(naming, (FEW, k * N), folder, knowledge, dated=dated) for k in (1, 4))
            told += f"{many.kept:>8,}{many.refused:>8,}{many.hits:>9,}"
            print(told + f"{many.seconds:>7.2f}{four.seconds:>7.2f}{four.seconds / many.seconds:>6.1f}", flush=True)


if __name__ == "__main__":
    main()
