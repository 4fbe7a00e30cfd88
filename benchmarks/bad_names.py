"""What bad names become and what they cost: each kind among travellers and on a list, N of them and four times N.

    python -m benchmarks.bad_names

A cost that grows faster than the number of names shows as a last column well above 4. Everyone is invented.
"""

from __future__ import annotations

import time
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl

from ops_hub.config import matching_config
from ops_hub.feeds.reading import ReadOptions, read
from ops_hub.lists.reading import read_lists
from ops_hub.normalise.tables import name_tables
from ops_hub.pipeline import Knowledge, Lists, compile_lists, open_lists, screen

TODAY = date(2026, 11, 23)
N, FEW = 2_500, 10  # names of a kind on one side, then four times as many; on the other side
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


def listed(path: Path, names: list[str], knowledge: Knowledge) -> Lists:
    """Return a list of these names, born on different days, ready for screening."""
    births = [f"{1950 + i % 50}-{1 + i // 50 % 12:02d}-{1 + i // 600 % 28:02d}" for i in range(len(names))]
    ids = [f"E{i}" for i in range(len(names))]
    pl.DataFrame({"entry_id": ids, "name": names, "birth_date": births}).write_csv(path)
    return open_lists(compile_lists(read_lists([path]), knowledge), knowledge)


def travelling(path: Path, names: list[str]) -> Path:
    """Return a feed in which these names travel as given names."""
    ids = [f"r{i}" for i in range(len(names))]
    births = [f"{1950 + i % 50}-02-03" for i in range(len(names))]
    pl.DataFrame({"record_id": ids, "family_name": "", "given_names": names, "birth_date": births}).write_parquet(path)
    return path


def cost(name: str, sizes: tuple[int, int], folder: Path, knowledge: Knowledge) -> tuple[float, int, int, int]:
    """Return seconds, travellers screened, rejected, and hits of so many travellers and entries of one kind of name."""
    travellers, entries = sizes
    feed = travelling(folder / "feed.parquet", [name] * travellers)
    begin = time.perf_counter()
    lists = listed(folder / "list.csv", [name if name.strip() else "-"] * entries, knowledge)
    batches = list(read([feed], ReadOptions(TODAY, b"key")))
    hits = sum(screen(batch.travellers, lists, knowledge, today=TODAY).height for batch in batches)
    seconds = time.perf_counter() - begin
    screened, rejected = (
        sum(batch.travellers.height for batch in batches),
        sum(batch.rejects.filter(pl.col("kind") == "record").height for batch in batches),
    )
    return seconds, screened, rejected, hits


def main() -> None:
    knowledge = Knowledge(name_tables(), matching_config(), 2)
    print(f"{'':<28} {'':>27} {N:,} travellers, {FEW} entries    {FEW} travellers, {N:,} entries")
    print(f"{'':<28} {'screened':>9} {'rejected':>9} {'hits':>7}" + f" {'s':>7} {'s, 4 x':>7} {'grows':>6}" * 2)
    with TemporaryDirectory() as made:
        folder = Path(made)
        cost("ILDA QUESADA", (10, 10), folder, knowledge)  # kernels are loaded
        for kind, name in (BAD_NAMES | {"one name for all": "JOSE GARCIA"}).items():
            once, screened, rejected, hits = cost(name, (N, FEW), folder, knowledge)
            told = f"{kind:<28} {screened:>9,} {rejected:>9,} {hits:>7,}"
            for first, larger in (
                (once, (4 * N, FEW)),
                (cost(name, (FEW, N), folder, knowledge)[0], (FEW, 4 * N)),
            ):
                more = cost(name, larger, folder, knowledge)[0]
                told += f" {first:>7.2f} {more:>7.2f} {more / first:>6.1f}"
            print(told, flush=True)


if __name__ == "__main__":
    main()
