"""Whether the audit log is as it was written: every byte, every line, its order and its end.

Reach for `verify()`. It needs the files, the centre's public key, and heads (number and hash of a line) that somebody kept
elsewhere: hashes show what was altered, signatures who wrote, heads that nothing is missing at the end.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ops_hub.store import keyring
from ops_hub.store.chain import EVERY, FIRST, PER_FILE, Head, file_of, files_of, line_of, number_of, signed


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


def verify(
    folder: Path,
    public: str,
    heads: Iterable[Head] = (),
    every: int = EVERY,
    per_file: int = PER_FILE,
    since: int = 1,
) -> Verdict:
    """Check every byte of the log.

    Args:
        folder: of its files.
        public: the centre's key (PEM); signatures are checked with it.
        heads: lines that must stand in it: the hub's head, and those that somebody wrote down.
        every: lines from checkpoint to checkpoint.
        per_file: lines of a file.
        since: file to begin with; those before it, and heads in them, are not looked at.
    """
    state = _Checking(public, every)
    state.expect(FIRST if since == 1 else None)
    for head in heads:
        if head.seq <= (since - 1) * per_file:
            continue
        state.heads.setdefault(head.seq, set()).add(head.hash)
    known = files_of(folder)
    files = [path for path in known if number_of(path) >= since]
    wanted = max([0, *state.heads])
    numbers = {number_of(path) for path in files}
    last = max([*numbers, (wanted - 1) // per_file + 1])
    for path in sorted({*folder.iterdir()} - {*known, folder / ".lock"} if folder.is_dir() else ()):
        state.begin(str(path), 1)
        state.fault("this is no file of the log: somebody put it here")
    for number in sorted({*numbers, since, *(each + 1 for each in numbers if each < last)} if last else ()):
        path = file_of(folder, number)
        state.begin(str(path), (number - 1) * per_file + 1)
        if number not in numbers:
            following = min((each for each in numbers if each > number), default=last + 1)
            many = following - number
            state.fault("the file is missing" if many == 1 else f"the file is missing, and {many - 1:,} that follow it")
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
