"""Paths of lists, in any mix of formats, into the lists they hold.

Reach for `read_lists()`: it is the door of this room; for `each_read()` where not all lists can be held at once.
What a format is, is told by its content.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import polars as pl

from ops_hub.errors import ConfigError
from ops_hub.feedback import reject
from ops_hub.lists.ftm import read_ftm, read_targets
from ops_hub.lists.info import ListInfo, ListRead, differing
from ops_hub.lists.native import UTF16, read_native
from ops_hub.lists.ofac import read_ofac
from ops_hub.lists.un import read_un
from ops_hub.schemas import REJECTS, rows

ACCEPTED = "an OFAC folder (sdn.csv), UN XML, FollowTheMoney NDJSON, targets.simple.csv, or our own CSV, NDJSON, TOML"
_PARTS_OF_OFAC = {"sdn.csv", "alt.csv", "add.csv", "sdn_comments.csv"}
_SUFFIXES = (".csv", ".xml", ".json", ".ndjson", ".jsonl", ".toml")
_PAPERS = ("README", "LICENSE", "LICENCE", "COPYING")


def read_lists(paths: Sequence[Path]) -> list[ListRead]:
    """Return every list under the paths, by list id.

    Args:
        paths: files, folders of one list, or folders of folders of lists.

    Raises:
        ConfigError: a path does not exist, holds no list, or two lists have one id.
    """
    return sorted((_told(each) for each in _merged(_walked(paths))), key=lambda each: each.info.list_id)


def each_read(paths: Sequence[Path]) -> Iterator[ListRead]:
    """Yield what `read_lists` returns file by file: a list of several files comes in as many pieces (see `joined`).

    Args:
        paths: likewise.

    Raises:
        ConfigError: a path does not exist or holds no list. Whether two lists have one id, and whether an entry stands
            in two files, is for who takes the pieces to find out.
    """
    return map(_told, _walked(paths))


def _walked(paths: Sequence[Path]) -> Iterator[ListRead]:
    places: list[Path] = []
    for path in paths:
        if not path.exists():
            raise ConfigError(str(path), "there is no such list", "check the path")
        found = list(_places(path))
        if not found:
            raise ConfigError(str(path), "no list was found here", f"accepted are {ACCEPTED}")
        places += found
    return map(_read, places)  # holds none while the next is read, as a loop would


def _told(read: ListRead) -> ListRead:
    """Add a note for each person without a name that could be compared: nobody would notice that it is never met."""
    letters = pl.element().struct.field("full").str.contains(r"\p{L}")
    named = pl.col("names").list.eval(letters).list.any()
    silent = read.entries.filter((pl.col("kind") == "person") & ~named.fill_null(False))
    if silent.is_empty():
        return read
    notes = []
    for entry, documents in silent.select("entry_id", pl.col("documents").list.len()).iter_rows():
        met = "only its documents can be met" if documents else "nothing of it can be met"
        detail = f"entry {entry} has no name with letters: {met}; ask the list's owner for the name"
        notes.append(reject(read.info.list_id, "no-name", detail, raw=entry) | {"kind": "note"})
    return ListRead(read.info, read.entries, pl.concat([read.rejects, rows(REJECTS, notes)]))


def _places(path: Path) -> Iterator[Path]:
    """Yield the files and OFAC folders under a path that are a list, or a piece of one."""
    if path.is_file() or (path / "sdn.csv").is_file():
        yield path
        return
    inside = sorted(path.iterdir())
    yield from (each for each in inside if each.is_file() and _is_list(each))
    for folder in (each for each in inside if each.is_dir() and not each.name.startswith(".")):
        yield from _places(folder)


def _read(place: Path) -> ListRead:
    if place.is_dir():
        return read_ofac(place)
    return read_ofac(place.parent) if place.name.lower() == "sdn.csv" else _file(place)


def _is_list(path: Path) -> bool:
    name = path.name
    if (
        name.startswith(".")
        or name == "list.toml"
        or name.upper().startswith(_PAPERS)
        or name.lower() in _PARTS_OF_OFAC
    ):
        return False
    return name.lower().endswith(_SUFFIXES)


def _file(path: Path) -> ListRead:
    """Read one file by what its first characters show."""
    try:
        with path.open("rb") as file:
            head = file.read(65536)
    except OSError as error:
        raise ConfigError(str(path), str(error), "check the path and its permissions") from None
    text = head.decode("utf-16" if head[:2] in UTF16 else "utf-8", "replace").lstrip("\ufeff \r\n\t")
    first = text.split("\n", 1)[0]
    if text.startswith("<"):
        if "CONSOLIDATED_LIST" in text:
            return read_un(path)
        raise ConfigError(str(path), "this XML is not the UN consolidated list", f"accepted are {ACCEPTED}")
    if first.startswith("{") and '"schema"' in first and '"properties"' in first:
        return read_ftm(path)
    columns = {cell.strip().strip('"').lower() for cell in first.split(",")}
    if {"id", "schema", "name"} <= columns:
        return read_targets(path)
    if first.startswith("{") or path.suffix == ".toml" or any("entry_id" in cell for cell in columns):
        return read_native(path)
    raise ConfigError(str(path), "the format of this list is not known", f"accepted are {ACCEPTED}")


def _merged(read: Iterable[ListRead]) -> list[ListRead]:
    """Join files of one folder that make one list; refuse two lists of one id, and one entry twice."""
    by_id: dict[str, ListRead] = {}
    for each in read:
        known = by_id.get(each.info.list_id)
        by_id[each.info.list_id] = each if known is None else _joined(known, each)
    for each in by_id.values():
        refuse_double(each.entries)
    return list(by_id.values())


def refuse_double(keys: pl.DataFrame) -> None:
    """Check that no entry stands in two files of a list.

    Args:
        keys: list_id and entry_id of all entries.

    Raises:
        ConfigError: one does.
    """
    double = keys.filter(pl.struct("list_id", "entry_id").is_duplicated())
    if double.height:
        raise ConfigError(
            double["list_id"][0],
            f"entry_id {double['entry_id'][0]} stands in two of its files",
            "give each entry its own id",
        )


def joined(one: ListInfo, other: ListInfo) -> ListInfo:
    """Return what is said of a list that two files make.

    Raises:
        ConfigError: these are two lists.
    """
    if differing(one, other):
        raise ConfigError(one.list_id, "two different lists have this id", "give each list.toml its own id")
    counts = {kind: one.counts.get(kind, 0) + other.counts.get(kind, 0) for kind in one.counts | other.counts}
    return ListInfo(**{**one.__dict__, "counts": counts, "files": one.files + other.files})


def _joined(one: ListRead, other: ListRead) -> ListRead:
    info = joined(one.info, other.info)
    return ListRead(info, pl.concat([one.entries, other.entries]), pl.concat([one.rejects, other.rejects]))
