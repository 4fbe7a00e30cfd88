"""The audit log on disk: one JSON line an event, each with the hash of the one before, so that no change goes unseen.

Reach for `Chain` to append (the scribe's, there is one) and `lines()` to read it; `proof` checks it. A line is
canonical JSON (sorted keys, no spaces, ASCII) with seq from 1, at (hub time), id (of the stream), event, prev, and hash =
SHA-256 of the line without it. Every EVERY-th line is a checkpoint that the centre signs: who cannot sign cannot write
the log anew. File k holds PER_FILE lines from (k - 1) * PER_FILE + 1 on, so a line's place follows from its number.

The end of the log is told by the head (seq, hash), kept in the hub, and by whoever wrote one down.
Paths touched: HOME/audit/audit-NNNNNN.jsonl.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ops_hub.store.files import cannot_write

EVERY = 1000
PER_FILE = 100_000  # a multiple of EVERY: the last line of a full file is a checkpoint
FIRST = "0" * 64  # what stands as prev in the first line


@dataclass(frozen=True)
class Head:
    """The last line of the log."""

    seq: int = 0
    hash: str = FIRST

    def __str__(self) -> str:
        return f"{self.seq}:{self.hash}"


class Chain:
    """The log, open for appending. What a killed scribe left unfinished at the end is cut off; it comes again."""

    def __init__(
        self, folder: Path, sign: Callable[[bytes], bytes], head: Head | None = None, every: int = EVERY, per_file: int = PER_FILE
    ) -> None:  # fmt: skip
        """Open the log.

        Args:
            folder: of its files.
            sign: signs checkpoints.
            head: as the hub has it. Where the files end before it, lines are missing; new ones go on behind the head,
                so that the gap stays to be seen.
            every: lines from checkpoint to checkpoint.
            per_file: lines of a file.

        Raises:
            StoreError: the folder cannot be written.
        """
        self._folder, self._sign, self._every, self._per_file = folder, sign, every, per_file
        self.head = Head()
        self.recent: set[str] = set()  # ids of events that stand behind the hub's head: they may come again
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._open_end(head)
        except OSError as error:
            raise cannot_write(folder, error) from None
        self.is_cut = head is not None and head.seq > self.head.seq
        if head is not None and self.is_cut:
            self.head = head

    def append(self, events: Iterable[tuple[str, Any]]) -> Head:
        """Append events (id of the stream, event) and return the new head; on disk, and whole, when this returns.

        Raises:
            StoreError: the disk does not take them; then none of them stands.
        """
        head = self.head
        data: dict[int, bytearray] = {}  # by file
        for name, event in events:
            # before the event as well: a scribe may have died between a line and its checkpoint
            head = self._write(self._checked(head, name, data), name, event, data)
            head = self._checked(head, name, data)
        sizes: dict[Path, int] = {}
        try:
            for number, lines in data.items():
                path = file_of(self._folder, number)
                with path.open("ab", buffering=0) as file:
                    sizes[path] = file.tell()
                    if file.write(lines) != len(lines):
                        raise OSError(28, "No space left on device")
                    os.fsync(file.fileno())
                if sizes[path] == 0:
                    handle = os.open(self._folder, os.O_RDONLY)
                    os.fsync(handle)
                    os.close(handle)
        except OSError as error:
            for path, size in sizes.items():
                os.truncate(path, size)
            raise cannot_write(self._folder, error) from None
        self.head = head
        return head

    def _write(self, head: Head, name: str, event: Any, data: dict[int, bytearray]) -> Head:
        seq = head.seq + 1
        text, mark = line_of({"seq": seq, "at": time_of(name), "id": name, "event": event, "prev": head.hash})
        data.setdefault((seq - 1) // self._per_file + 1, bytearray()).extend(text)
        return Head(seq, mark)

    def _checked(self, head: Head, name: str, data: dict[int, bytearray]) -> Head:
        """Write a checkpoint where one is due."""
        if (head.seq + 1) % self._every:
            return head
        detail = {"signature": base64.b64encode(self._sign(signed(head))).decode()}
        event = {"by": "CENTRE/scribe:system", "action": "checkpoint", "about": str(head), "detail": detail}
        return self._write(head, name, event, data)

    def _open_end(self, told: Head | None) -> None:
        """Find the last whole line, cut off what follows it, and collect the ids behind the hub's head."""
        files = files_of(self._folder)
        for path in reversed(files):
            data = path.read_bytes()
            whole = data.rfind(b"\n") + 1
            if whole < len(data):
                os.truncate(path, whole)
            for text in reversed(data[:whole].splitlines()):
                try:
                    line = json.loads(text)
                    seq, mark, name = int(line["seq"]), str(line["hash"]), str(line["id"])
                except (ValueError, KeyError, TypeError):  # altered: `proof` says so
                    continue
                if not self.head.seq:
                    self.head = Head(seq, mark)
                if seq <= (told.seq if told else self.head.seq - self._every):
                    return
                self.recent.add(name)


def line_of(line: dict[str, Any]) -> tuple[bytes, str]:
    """Return a line as it is written, and its hash."""
    mark = hashlib.sha256(_canonical(line)).hexdigest()
    return _canonical(line | {"hash": mark}) + b"\n", mark


def _canonical(line: dict[str, Any]) -> bytes:
    return json.dumps(line, sort_keys=True, separators=(",", ":")).encode("ascii")


def signed(head: Head) -> bytes:
    """Return what a signature of a head is made over."""
    return b"ops-hub audit " + str(head).encode()


def time_of(name: str) -> str:
    """Return the hub's time (UTC) that the id of a stream says."""
    milliseconds = int(name.partition("-")[0])
    return datetime.fromtimestamp(milliseconds / 1000, UTC).isoformat(timespec="milliseconds")


def file_of(folder: Path, number: int) -> Path:
    """Return the path of a file by its number, from 1."""
    return folder / f"audit-{number:06d}.jsonl"


def files_of(folder: Path) -> list[Path]:
    """Return the files of a log in order; those of other names are none, and `proof` says so."""
    return sorted(path for path in folder.glob("audit-*.jsonl") if number_of(path))


def number_of(path: Path) -> int:
    """Return the number of a file by its name, 0 where it is none of the log."""
    digits = path.stem.removeprefix("audit-")
    number = int(digits) if digits.isascii() and digits.isdigit() else 0
    return number if path == file_of(path.parent, number) else 0


def lines(folder: Path) -> Iterator[dict[str, Any]]:
    """Yield the lines of the log in order, one at a time; those that are no lines are left to `proof`."""
    for path in files_of(folder):
        with path.open("rb") as file:
            for text in file:
                try:
                    line = json.loads(text)
                except ValueError:
                    continue
                if isinstance(line, dict) and isinstance(line.get("event"), dict):
                    yield line
