"""Files and folders of any mix of formats into batches of TRAVELLERS, with an account of every file.

Reach for `read()`: it is the door of this room. Small files are gathered into one batch, large tables come
in slices. For every file, records in = travellers + rejected, or it raises.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import polars as pl

from ops_hub.errors import FeedError
from ops_hub.feeds.columns import Slice
from ops_hub.feeds.edifact import looks_like_edifact
from ops_hub.feeds.forms.csv_sheet import looks_like_form, read_form_csv
from ops_hub.feeds.forms.reading import read_workbook_forms
from ops_hub.feeds.mapping import Mapping
from ops_hub.feeds.messages import parse_edifact
from ops_hub.feeds.mrz import looks_like_mrz, parse_mrz
from ops_hub.feeds.opening import Opened, opened
from ops_hub.feeds.parsed import Parsed, Row, Source, note, record
from ops_hub.feeds.tabular import parquet_rows, read_table
from ops_hub.schemas import MESSAGES, REJECTS, TRAVELLERS, check, empty, rows

MAX_FORM = 64 << 20  # bytes of one CSV file in a form's layout; larger ones are tables
MAX_MESSAGES = 1 << 30  # bytes of one EDIFACT or MRZ file: read whole, so bounded
_Frames = tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]  # TRAVELLERS, REJECTS, MESSAGES
_PAPERS = ("README", "LICENSE", "LICENCE", "COPYING")
# Names that are no feeds although they lie beside them.
_BESIDE = (".md", ".toml", ".schedule.csv", ".expected.json", ".sha256", ".license", ".py", ".tmp")


@dataclass(frozen=True)
class ReadOptions:
    """How to read.

    Attributes:
        today: day of reading, for two-digit years where a message has no date of its own.
        hash_key: secret key under which payment numbers are hashed.
        mapping: names of columns in tables.
        batch_rows: travellers a batch, about.
    """

    today: date
    hash_key: bytes
    mapping: Mapping | None = None
    batch_rows: int = 200_000


@dataclass(frozen=True)
class Input:
    """The account of one file: `records_in` = travellers handed on + `rejected`."""

    source: str
    path: str
    sha256: str
    size_bytes: int
    format: str
    messages: int
    records_in: int
    rejected: int
    notes: int


@dataclass(frozen=True)
class Batch:
    """Travellers, rejects and EDIFACT messages, and the accounts of the files that ended in this batch."""

    travellers: pl.DataFrame
    rejects: pl.DataFrame
    inputs: tuple[Input, ...]
    messages: pl.DataFrame


@dataclass(frozen=True)
class Stretch:
    """Rows of a plain Parquet file that several share out: from `first`, a multiple of the batch, up to `end`.

    Attributes:
        source: name that the file goes by.
        path: the file.
        sha256: of the whole file, as it was found when the work was shared out.
        size: its bytes then.
        first: number of the first row, from 0.
        end: number behind the last row.
    """

    source: str
    path: Path
    sha256: str
    size: int
    first: int
    end: int


Named = tuple[str, Path]
"""A file with the source name that it goes by."""


def expand(paths: Sequence[Path | Named]) -> list[Named]:
    """Return (source name, file) for files and folders, in a fixed order, each file once.

    Folders are walked; hidden files, notes (.md), settings (.toml) and expectations are left out. A file that comes with
    its name is taken as it is: so the reading of a folder that has grown can be repeated.

    Raises:
        FeedError: a path does not exist, or a folder holds no feed.
    """
    found: dict[Path, str] = {}
    for path in paths:
        if isinstance(path, tuple):
            found.setdefault(path[1].resolve(), path[0])
        elif path.is_dir():
            inside = [p for p in sorted(path.rglob("*")) if p.is_file() and not _is_beside(p.relative_to(path))]
            if not inside:
                raise FeedError(str(path), "the folder holds no feed", "name a folder with messages in it")
            for each in inside:
                found.setdefault(each.resolve(), each.relative_to(path).as_posix())
        elif path.is_file():
            found.setdefault(path.resolve(), path.name)
        else:
            raise FeedError(str(path), "there is no such file or folder", "check the path")
    return _unique([(name, path) for path, name in found.items()])


def _is_beside(path: Path) -> bool:
    bare = path.name.upper()
    return (
        any(part.startswith((".", "~$")) for part in path.parts)  # ~$: what an open spreadsheet leaves beside itself
        or path.name.lower().endswith(_BESIDE)
        or bare.startswith(_PAPERS)
    )


def _unique(named: list[tuple[str, Path]]) -> list[tuple[str, Path]]:
    seen: dict[str, int] = {}
    out = []
    for name, path in named:
        seen[name] = seen.get(name, 0) + 1
        out.append((name if seen[name] == 1 else f"{name} ({seen[name]})", path))
    return out


def read(paths: Sequence[Path | Named], options: ReadOptions) -> Iterator[Batch]:
    """Yield batches of TRAVELLERS and REJECTS from files and folders.

    Raises:
        FeedError: a path cannot be opened at all. Everything else becomes rows of REJECTS.
    """
    gathered: list[_Frames] = []
    inputs: list[Input] = []
    for name, path in expand(paths):
        with opened(path) as file:
            account = Input(name, str(path), file.sha256, path.stat().st_size, "", 0, 0, 0, 0)
            for so_far, frames in _parts(account, file, options):
                account = so_far
                gathered.append(frames)
                if sum(part[0].height for part in gathered) >= options.batch_rows:
                    yield _batch(gathered, inputs)
                    gathered, inputs = [], []
        inputs.append(account)
    if gathered or inputs:
        yield _batch(gathered, inputs)


def read_stretch(stretch: Stretch, options: ReadOptions) -> Iterator[Batch]:
    """Yield the batches that `read` makes of these rows of a Parquet file, each with an account of its own rows.

    Ids, positions and rejects are those of the whole file, whose hash is not taken again.

    Raises:
        FeedError: the file is not there, or another one than it was.
    """
    try:
        size = stretch.path.stat().st_size
    except OSError as error:
        raise FeedError(str(stretch.path), error.strerror or "cannot be read", "check the path") from None
    if size != stretch.size:
        raise FeedError(str(stretch.path), "it is not the file that the work was shared out on", "put that one back")
    part = Slice(Source(stretch.source, options.today, options.hash_key), stretch.sha256, "parquet", 1)
    whole = Input(stretch.source, str(stretch.path), stretch.sha256, size, "parquet", 1, 0, 0, 0)
    rows_of = (stretch.first, stretch.end)
    for travellers, rejects in parquet_rows(stretch.path, part, options.mapping, options.batch_rows, rows_of):
        yield _batch([(travellers, rejects, empty(MESSAGES))], [_counted(whole, travellers, rejects)])


def _counted(account: Input, travellers: pl.DataFrame, rejects: pl.DataFrame) -> Input:
    """Return a file's account with some more of its travellers and rejects."""
    lost = rejects.filter(pl.col("kind") == "record").height
    return replace(
        account,
        records_in=account.records_in + travellers.height + lost,
        rejected=account.rejected + lost,
        notes=account.notes + rejects.height - lost,
    )


def _batch(parts: list[_Frames], inputs: list[Input]) -> Batch:
    travellers = pl.concat([part[0] for part in parts]) if parts else empty(TRAVELLERS)
    rejects = pl.concat([part[1] for part in parts]) if parts else empty(REJECTS)
    messages = pl.concat([part[2] for part in parts]) if parts else empty(MESSAGES)
    return Batch(
        check(travellers, TRAVELLERS, "feeds"),
        check(rejects, REJECTS, "feeds"),
        tuple(inputs),
        check(messages, MESSAGES, "feeds"),
    )


def _frames(travellers: pl.DataFrame | None, rejects: list[Row], headers: list[Row]) -> _Frames:
    whole = empty(TRAVELLERS) if travellers is None else travellers
    return whole, rows(REJECTS, rejects), rows(MESSAGES, headers)


def _parts(account: Input, file: Opened, options: ReadOptions) -> Iterator[tuple[Input, _Frames]]:
    """Yield the file's account so far with each part; the last one is the whole account."""
    source = Source(account.source, options.today, options.hash_key)
    if file.cut_short:
        detail = "the compressed file breaks off; what came was read, ask for it again"
        account = replace(account, notes=1)
        yield account, _frames(None, [note(source.name, "truncated", detail)], [])
    kind = _kind(file, options.mapping)
    if file.problem is not None or kind in ("unknown", "too-large"):
        reason, detail = file.problem or _unreadable(kind)
        lost = [record(source.name, reason, detail, raw=file.head[:200].decode("latin-1"))]
        yield replace(account, format="unknown", records_in=1, rejected=1), _frames(None, lost, [])
        return
    account = replace(
        account, format="csv" if kind == "form" else kind, messages=0 if kind in ("edifact", "mrz") else 1
    )
    for found, (travellers, rejects, messages) in _read(kind, file, source, options):
        account = replace(
            _counted(account, travellers, rejects),
            format=found.format if found else account.format,
            messages=account.messages + (found.messages if found else 0),
        )
        yield account, (travellers, rejects, messages)
    if account.records_in == 0 and not account.notes:
        detail = "the file holds no record at all; check that it is what was meant to be sent"
        yield replace(account, notes=1), _frames(None, [note(source.name, "no-records", detail)], [])


def _unreadable(kind: str) -> tuple[str, str]:
    if kind == "too-large":
        return "too-large", f"the file has more than {MAX_MESSAGES} bytes of messages; split it"
    return (
        "unknown-format",
        "this is none of PAXLST, PNRGOV, CSV, XLSX, NDJSON, Parquet and MRZ; check what was sent",
    )


def _read(kind: str, file: Opened, source: Source, options: ReadOptions) -> Iterator[tuple[Parsed | None, _Frames]]:
    if kind in ("edifact", "mrz"):
        data = file.path.read_bytes()
        if kind == "edifact":
            found = parse_edifact(data, source)
        else:
            found = parse_mrz(data.decode("utf-8", "replace"), source, file.sha256)
        yield found, _frames(rows(TRAVELLERS, found.travellers), found.rejects, found.headers)
        return
    if kind == "xlsx":
        table = read_workbook_forms(file.path, Slice(source, file.sha256, kind, 1))
    elif kind == "form":
        table = read_form_csv(file.path, Slice(source, file.sha256, "csv", 1))
    else:
        table = read_table(file.path, kind, source, file.sha256, mapping=options.mapping, batch_rows=options.batch_rows)
    for travellers, rejects in table:
        yield None, (travellers, rejects, empty(MESSAGES))


def _kind(file: Opened, mapping: Mapping | None) -> str:
    """Return what a file holds, by its content."""
    head = file.head
    if head.startswith(b"PAR1"):
        return "parquet"
    if head.startswith(b"PK\x03\x04"):
        return "xlsx"
    if looks_like_edifact(head):
        return "edifact" if file.size <= MAX_MESSAGES else "too-large"
    text = head.decode("utf-8", "replace").lstrip("\ufeff")
    if looks_like_mrz(text):
        return "mrz" if file.size <= MAX_MESSAGES else "too-large"
    first = next((line for line in text.splitlines() if line.strip()), "")
    if first.lstrip().startswith("{"):
        return "ndjson"
    if first.lstrip().startswith("[") and text.lstrip("[ \r\n\t")[:1] in ("{", "]"):
        return "json" if file.size <= MAX_MESSAGES else "too-large"
    printable = sum(c.isprintable() or c in "\r\n\t" for c in text[:4096])
    if file.size <= MAX_FORM and looks_like_form(head, mapping):
        return "form"
    if any(first.count(sign) for sign in ",;\t|") and printable > 0.9 * min(len(text), 4096):
        return "csv"
    return "unknown"
