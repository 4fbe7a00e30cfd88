"""The audit log on disk: one JSON line an event, each with the hash of the one before, so that no change goes unseen.

Reach for `Chain` to append (the scribe's, there is one), `verify()` to have it checked, `lines()` to read it. A line is
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

from ops_hub.store import keyring
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


@dataclass(frozen=True)
class Fault:
    """What is wrong with the log, and where; line 0 is the file as a whole."""

    file: str
    line: int
    reason: str


@dataclass(frozen=True)
class Verdict:
    """What a verification found: nothing wrong, or the first fault of each kind of place, in order."""

    events: int
    files: int
    checkpoints: int
    head: Head
    faults: tuple[Fault, ...]


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
                except (ValueError, KeyError, TypeError):  # altered: verify() says so
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
    """Return the files of a log in order."""
    return sorted(folder.glob("audit-*.jsonl"))


def lines(folder: Path) -> Iterator[dict[str, Any]]:
    """Yield the lines of the log in order, one at a time; those that are no lines are left to `verify`."""
    for path in files_of(folder):
        with path.open("rb") as file:
            for text in file:
                try:
                    line = json.loads(text)
                except ValueError:
                    continue
                if isinstance(line, dict) and isinstance(line.get("event"), dict):
                    yield line


def verify(
    folder: Path, public: str, heads: Iterable[Head] = (), every: int = EVERY, per_file: int = PER_FILE
) -> Verdict:
    """Check every byte of the log.

    Args:
        folder: of its files.
        public: the centre's key (PEM); signatures are checked with it.
        heads: lines that must stand in it: the hub's head, and those that somebody wrote down.
        every: lines from checkpoint to checkpoint.
        per_file: lines of a file.
    """
    state = _Checking(public, every)
    for head in heads:
        state.heads.setdefault(head.seq, set()).add(head.hash)
    files = files_of(folder)
    wanted = max([0, *state.heads])
    numbers = {int(path.stem.removeprefix("audit-")) for path in files if path.stem.removeprefix("audit-").isdigit()}
    last = max([*numbers, (wanted - 1) // per_file + 1])
    for number in range(1, last + 1):
        path = file_of(folder, number)
        state.begin(str(path), (number - 1) * per_file + 1)
        if number not in numbers:
            state.fault("the file is missing")
            state.expect(None)
            continue
        with path.open("rb") as file:
            for place, text in enumerate(file, 1):
                state.line = place
                state.check(text)
        if number < last and state.due != number * per_file + 1:
            state.fault(f"cut short: it should go on to line {number * per_file:,}, and ends at {state.due - 1:,}")
            state.expect(None)
    for seq in sorted(state.heads):
        state.file, state.line = str(file_of(folder, (seq - 1) // per_file + 1)), (seq - 1) % per_file + 1
        if seq and seq not in state.met:
            state.fault(f"cut short: line {seq:,} is known to have been written, and is missing")
    return Verdict(state.events, len(files), state.checkpoints, state.head, tuple(state.faults))


class _Checking:
    """What is carried from line to line."""

    def __init__(self, public: str, every: int) -> None:
        self.public, self.every = public, every
        self.heads: dict[int, set[str]] = {}  # hashes that lines are known to have, by number
        self.file, self.line = "", 0
        self.head = Head()
        self.events = self.checkpoints = 0
        self.met: set[int] = set()
        self.faults: list[Fault] = []
        self.due = 1  # the number that the next line must have
        self._prev: str | None = FIRST

    def begin(self, file: str, seq: int) -> None:
        """Begin a file, in which the line of this number must be the first."""
        self.file, self.line, self.due = file, 0, seq

    def fault(self, reason: str) -> None:
        self.faults.append(Fault(self.file, self.line, reason))

    def expect(self, mark: str | None) -> None:
        """Say which hash the next line must have as prev; None where that cannot be known."""
        self._prev = mark

    def check(self, text: bytes) -> None:
        """Check the next line."""
        line = self._read(text)
        if line is None:
            self.due += 1
            self.expect(None)
            return
        seq = line["seq"]
        self.events += 1
        if seq != self.due:
            self.fault(f"line {self.due:,} belongs here, and this is line {seq:,}: lines were removed, added or moved")
        elif self._prev is not None and line["prev"] != self._prev:
            self.fault("it does not follow from the line before: one of the two was exchanged")
        self.due = seq + 1
        self.head = Head(seq, line["hash"])
        self.expect(line["hash"])
        told = self.heads.get(seq)
        if told is not None:
            self.met.add(seq)
            if told != {line["hash"]}:
                self.fault("it is not the line that is known to have been written here: the log was written anew")
        if seq % self.every == 0:
            self._check_signature(line)

    def _read(self, text: bytes) -> dict[str, Any] | None:
        """Return a line if it is one, as written."""
        try:
            line = json.loads(text)
            seq, mark = line["seq"], line.pop("hash")
            whole, right = line_of(line)
            is_line = isinstance(seq, int) and isinstance(line["prev"], str)
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            is_line, whole, right, mark = False, b"", "", ""
        if not is_line:
            self.fault("unfinished or unreadable: this is no line of the log")
        elif mark != right:
            self.fault("altered: the line does not have the hash that it says")
        elif whole != text:
            self.fault("altered: the line says the same in other bytes")
        else:
            return {**line, "hash": mark}
        return None

    def _check_signature(self, line: dict[str, Any]) -> None:
        try:
            before = Head(line["seq"] - 1, line["prev"])
            signature = base64.b64decode(line["event"]["detail"]["signature"], validate=True)
            good = line["event"]["action"] == "checkpoint" and keyring.verify(signed(before), signature, self.public)
        except (ValueError, KeyError, TypeError):
            good = False
        self.checkpoints += good
        if not good:
            self.fault(
                "a checkpoint with the centre's signature belongs here: the log was written anew by somebody else"
            )
