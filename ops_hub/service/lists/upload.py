"""Files that somebody uploads into one list, or a message that says what is wrong with them.

Reach for `read_upload()`. Everything in the files is somebody else's: names of files lead nowhere, nothing is unpacked,
XML that could unfold is refused by the readers, and whatever a reader cannot cope with is told like any other fault.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec
import polars as pl

from ops_hub.errors import ConfigError
from ops_hub.lists.info import TERMS, ListInfo, ListRead
from ops_hub.lists.reading import read_lists

MOST_BYTES = 40_000_000  # of all files together
MOST_FILES = 8
MOST_ENTRIES = 1_000_000
_MOST_NAMES, _LONGEST = 200, 500  # names of an entry, and characters of a name: more is no name
_SUFFIXES = (".csv", ".xml", ".json", ".ndjson", ".jsonl", ".toml")
_PACKED = (b"PK\x03\x04", b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"7z\xbc\xaf", b"\x28\xb5\x2f\xfd", b"Rar!")
_TERMS = "list.toml"


class File(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """A file: its name, and its bytes (in JSON as base64)."""

    name: str
    content: bytes = b""


def read_upload(files: Sequence[File], info: ListInfo, beside: Path) -> ListRead:
    """Return the list in files.

    Args:
        files: as they were sent; with list.toml among them the list's terms change, else they stay.
        info: what is said about the list now.
        beside: a folder for the files while they are read.

    Raises:
        ConfigError: they cannot be used; names the file, the line where it is known, and the remedy.
    """
    named = {_name(each.name): each.content for each in files}
    _measured(files, named)
    with TemporaryDirectory(dir=beside, prefix=".upload-") as place:
        folder = Path(place)
        for name, content in named.items():
            (folder / name).write_bytes(content)
        if _TERMS not in named:
            (folder / _TERMS).write_text(terms_text(info), encoding="utf-8")
        found = _read(folder)
    if len(found) != 1:
        said = ", ".join(sorted(each.info.list_id for each in found)[:5])
        raise ConfigError("upload", f"the files hold more than one list: {said}", "upload one list at a time")
    return _usable(found[0], info)


def terms_text(info: ListInfo) -> str:
    """Return the terms of a list as list.toml says them."""
    said = {"id": info.list_id} | {name: getattr(info, name) for name in TERMS}
    lines = [
        f"{name} = {json.dumps(list(value) if isinstance(value, tuple) else value, ensure_ascii=False)}"
        for name, value in said.items()
        if value is not None
    ]
    return "\n".join(lines).replace("\x7f", "\\u007f") + "\n"


def _name(name: str) -> str:
    """Return the name of a file as it is written down.

    Raises:
        ConfigError: it leads elsewhere, or no list is called so.
    """
    shown = "".join(sign if sign.isprintable() else "?" for sign in name)[:80] or "a file without name"
    if not name or len(name) > 120 or re.search(r"[/\\\x00]|\.\.", name) or name.startswith("."):
        raise ConfigError(shown, "this is no name of a list file", "use letters, digits, hyphens and one ending")
    if not name.lower().endswith(_SUFFIXES):
        raise ConfigError(shown, "the ending is not one of a list", f"upload one of {', '.join(_SUFFIXES)}, not packed")
    return re.sub(r"[^A-Za-z0-9._-]", "_", name)


def _measured(files: Sequence[File], named: dict[str, bytes]) -> None:
    if not any(name != _TERMS for name in named):
        raise ConfigError("upload", "no list is in it", "choose the file with the entries")
    if len(files) > MOST_FILES or len(named) != len(files):
        raise ConfigError("upload", "too many files, or two of one name", f"send at most {MOST_FILES}, each once")
    size = sum(map(len, named.values()))
    if size > MOST_BYTES:
        raise ConfigError(
            "upload", f"{size:,} bytes; at most {MOST_BYTES:,} can be uploaded", "use ops-hub hub publish for it"
        )
    for name, content in named.items():
        if not content.strip():
            raise ConfigError(name, "the file is empty", "choose the right file")
        if content.startswith(_PACKED):
            raise ConfigError(name, "the file is packed; nothing is unpacked here", "unpack it, then upload")


def _read(folder: Path) -> list[ListRead]:
    """Read a folder; what the readers do not tell themselves is told here."""
    prefix = f"{folder}/"
    try:
        return read_lists([folder])
    except ConfigError as error:
        place = error.place.replace(prefix, "").replace(str(folder), "upload")
        raise ConfigError(place, error.reason.replace(prefix, ""), error.remedy.replace(prefix, "")) from None
    except (Exception, pl.exceptions.PanicException) as error:  # of what others wrote anything can be expected
        why = " ".join(str(error).replace(prefix, "").split())[:200]
        raise ConfigError("upload", f"it cannot be read: {type(error).__name__} {why}", "compare docs/watchlists.md") from None  # fmt: skip


def _usable(read: ListRead, info: ListInfo) -> ListRead:
    given = read.info
    for part, now, was in (("id", given.list_id, info.list_id), ("owner", given.owner, info.owner)):
        if now != was:
            raise ConfigError(_TERMS, f"its {part} is {now[:80]}, this list's is {was}", "upload it to its own list")
    entries = read.entries
    if entries.is_empty():
        first = read.rejects.row(0, named=True) if read.rejects.height else None
        why = f"; the first fault: {_where(first)}: {first['detail']}" if first else ""
        raise ConfigError("upload", f"no entry in it can be used{why}", "correct it; compare docs/watchlists.md")
    if entries.height > MOST_ENTRIES:
        raise ConfigError("upload", f"{entries.height:,} entries are too many", "use ops-hub hub publish for it")
    longest = pl.col("names").list.eval(pl.element().struct.field("full").str.len_chars()).list.max()
    odd = entries.filter((pl.col("names").list.len() > _MOST_NAMES) | (longest > _LONGEST))
    if odd.height:
        raise ConfigError(
            f"entry {odd['entry_id'][0][:80]}", "its names are too many, or too long to be names",
            f"give at most {_MOST_NAMES} names of at most {_LONGEST} characters",
        )  # fmt: skip
    return read


def _where(row: dict[str, object]) -> str:
    return f"{row['source']}:{row['position']}" if row["position"] is not None else str(row["source"])
