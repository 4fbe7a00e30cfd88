"""A path into bytes that can be read safely: what it is, its hash, and its plain content.

Reach for `opened()` for every input file. It undoes compression with limits, recognises what is no feed at
all, and never trusts a name. What the content means is left to the parsers.
"""

from __future__ import annotations

import codecs
import gzip
import hashlib
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO

import zstandard

from ops_hub.errors import FeedError
from ops_hub.feeds.forms.xlsx import is_protected, is_workbook

BLOCK = 1 << 20
HEAD = 1 << 16
MAX_PLAIN = 64 << 30  # bytes after decompression: larger than any day's traffic of a region
MAX_RATIO = 200  # of plain to compressed size; text compresses 5 to 20 times
RATIO_FROM = 64 << 20  # bytes of plain content below which no ratio is suspicious

_NOT_FEEDS = (
    (
        b"PK\x03\x04",
        "a zip file or another kind of office document (ods, xlsb, docx)",
        "unpack it, or save the sheet as .xlsx or CSV",
    ),
    (b"\xd0\xcf\x11\xe0", "an old office document (xls, doc)", "save the sheet as .xlsx or CSV"),
    (b"%PDF", "a PDF document", "ask for the data as CSV or PAXLST"),
    (b"\x89PNG", "an image", "ask for the data as CSV or PAXLST"),
    (b"\xff\xd8\xff", "an image", "ask for the data as CSV or PAXLST"),
    (b"\x7fELF", "a program", "check what was sent"),
    (b"MZ", "a program", "check what was sent"),
    (b"7z\xbc\xaf", "a 7z archive", "unpack it first"),
    (b"BZh", "a bzip2 file", "compress it with gzip or zstd instead"),
    (b"\xfd7zXZ", "an xz file", "compress it with gzip or zstd instead"),
)


@dataclass(frozen=True)
class Opened:
    """A file ready to be parsed.

    Attributes:
        path: where its plain content is (the file itself, or an unpacked copy that lives as long as the context).
        sha256: of the file as it was found.
        size: bytes of the plain content.
        head: its first bytes.
        problem: (reason, detail) why it is no feed, or None.
        cut_short: the compressed stream broke off; `path` holds what came.
    """

    path: Path
    sha256: str
    size: int
    head: bytes
    problem: tuple[str, str] | None = None
    cut_short: bool = False


@contextmanager
def opened(path: Path) -> Iterator[Opened]:
    """Give a file's plain content for as long as the context lasts.

    Raises:
        FeedError: the file cannot be read at all (missing, no permission, a folder).
    """
    try:
        digest = _sha256(path)
        head = _head(path)
    except OSError as error:
        raise FeedError(str(path), error.strerror or "cannot be read", "check the path and its permissions") from None
    with TemporaryDirectory(prefix="ops-hub-") as folder:
        plain, problem, cut = path, None, False
        for step in range(2):  # a compressed file inside a compressed file, once
            if problem or not _is_compressed(head):
                break
            unpacked = Path(folder) / f"plain{step}"
            problem, cut_here = _unpack(plain, unpacked)
            plain, cut, head = unpacked, cut or cut_here, _head(unpacked)
        if problem is None and head[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
            plain = _as_utf8(plain, Path(folder) / "utf8")
            head = _head(plain)
        size = plain.stat().st_size
        if problem is None:
            problem = _not_a_feed(plain, head, size)
        yield Opened(plain, digest, size, head, problem, cut)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(HEAD)


def _is_compressed(head: bytes) -> bool:
    return head[:2] == b"\x1f\x8b" or head[:4] == b"\x28\xb5\x2f\xfd"


def _unpack(path: Path, to: Path) -> tuple[tuple[str, str] | None, bool]:
    """Decompress into `to`; return why it was refused (or None), and whether the stream broke off."""
    limit = max(RATIO_FROM, path.stat().st_size * MAX_RATIO)
    written = 0
    with path.open("rb") as packed, to.open("wb") as out:
        stream = _stream(packed)
        while True:
            try:
                block = stream.read1(BLOCK)  # what there is: a stream that breaks off gives its beginning
            except (EOFError, zlib.error, OSError, zstandard.ZstdError) as error:
                return (("broken-compression", f"cannot be unpacked: {error}"), False) if not written else (None, True)
            if not block:
                return None, False
            written += len(block)
            if written > min(limit, MAX_PLAIN):
                return (
                    "too-large",
                    f"unpacks to more than {MAX_RATIO} times its size; refused as a decompression bomb",
                ), False
            out.write(block)


def _as_utf8(path: Path, to: Path) -> Path:
    """Copy a UTF-16 file (with its mark) as UTF-8; what is no character becomes U+FFFD."""
    with (
        path.open("r", encoding="utf-16", errors="replace", newline="") as text,
        to.open("w", encoding="utf-8", newline="") as out,
    ):
        while block := text.read(BLOCK):
            out.write(block)
    return to


def _stream(packed: IO[bytes]) -> gzip.GzipFile | zstandard.ZstdDecompressionReader:
    head = packed.read(4)
    packed.seek(0)
    if head[:2] == b"\x1f\x8b":
        return gzip.GzipFile(fileobj=packed)
    return zstandard.ZstdDecompressor(max_window_size=1 << 27).stream_reader(packed, read_across_frames=True)


def _not_a_feed(path: Path, head: bytes, size: int) -> tuple[str, str] | None:
    if size == 0:
        return "empty-file", "the file is empty; ask for it again"
    if is_workbook(head, path):
        return None
    if is_protected(head, path):
        return "protected", "the workbook is protected by a password; save it without one and send it again"
    for magic, what, remedy in _NOT_FEEDS:
        if head.startswith(magic) and not (magic == b"MZ" and head[:200].isascii()):
            return "not-a-feed", f"this is {what}; {remedy}"
    if size > MAX_PLAIN:
        return "too-large", f"the file has {size} bytes; split it"
    return None
