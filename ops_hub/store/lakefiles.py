"""How the lake lies on disk, and the keeper's hand that appends to it.

Reach for `Writer`, and for `writing()` around everything that changes files of the lake. Paths touched: HOME/lake/lock,
HOME/lake/STATE/DAY/: live.seg takes what arrives; NNNNNN.seg was live; A-B.seg holds what A to B - 1 held, merged.
"""

from __future__ import annotations

import os
import shutil
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from ops_hub.errors import StoreError
from ops_hub.store.files import cannot_write, locked
from ops_hub.store.recordindex import recorded
from ops_hub.store.segments import Heading, headings, record, whole_until

LIVE = "live.seg"
_DAYS_OPEN = 512  # whose screenings the writer remembers


@dataclass(frozen=True)
class Kept:
    """What is to be kept: rows of one screening, sealed for a state and day; `what` they are, '' for travellers."""

    state: str
    day: str
    rows: int
    screening_id: str
    blob: bytes
    what: str = ""


@contextmanager
def writing(home: Path) -> Iterator[None]:
    """Hold the lake's lock: only one process changes its files at a time, and a killed one lets go."""
    base = home / "lake"
    try:
        base.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise cannot_write(base, error) from None
    with locked(base / ".lock"):
        yield


def folder_of(home: Path, state: str, day: str) -> Path:
    """Return the folder of a state's day."""
    return home / "lake" / state / day


def about(state: str, day: str, heading: Heading) -> bytes:
    """Return what a piece was sealed about."""
    return f"{state} {day} {'merged ' if heading.merged else ''}{heading.name}".encode()


@dataclass
class Writer:
    """The keeper's hand: appends what is kept, once each. Only one may be at work on a home folder."""

    home: Path
    _seen: OrderedDict[tuple[str, str], set[str]] = field(default_factory=OrderedDict)

    def append(self, items: Iterable[Kept]) -> int:
        """Append items that do not stand there yet, and return their rows; on disk, and whole, when this returns.

        Raises:
            StoreError: the disk does not take them. What it took of them is recognised when they come again.
        """
        by_day: dict[tuple[str, str], list[Kept]] = {}
        for item in items:
            by_day.setdefault((item.state, item.day), []).append(item)
        return sum(self._append(state, day, new) for (state, day), new in by_day.items())

    def forget(self, state: str, day: str) -> None:
        """Look anew at a day before appending to it: its files were changed."""
        self._seen.pop((state, day), None)

    def _append(self, state: str, day: str, items: list[Kept]) -> int:
        path = folder_of(self.home, state, day) / LIVE
        try:
            known = self._known(state, day, path)
            new = {item.screening_id: item for item in items if item.screening_id not in known}
            if not new:
                return 0
            append_whole(
                path, b"".join(record(Heading(each.screening_id, each.rows), each.blob) for each in new.values())
            )
        except OSError as error:
            self.forget(state, day)
            raise cannot_write(path, error) from None
        known.update(new)
        return sum(each.rows for each in new.values())

    def _known(self, state: str, day: str, path: Path) -> set[str]:
        """Return the screenings of a day; what a killed writer left unfinished is cut off first."""
        known = self._seen.get((state, day))
        if known is None:
            if path.exists() and (whole := whole_until(path)) < path.stat().st_size:
                os.truncate(path, whole)
            known = {each.name for file in files(path.parent) for each in headings(file) if not each.merged}
            known |= {name for file in files(path.parent) for name in recorded(file)}
            self._seen[state, day] = known
            while len(self._seen) > _DAYS_OPEN:
                self._seen.popitem(last=False)
        self._seen.move_to_end((state, day))
        return known


def files(folder: Path) -> list[Path]:
    """Return the segments of a folder that count, in order: those that a merged one replaces do not."""
    found = sorted(folder.glob("*.seg"))
    return [path for path in found if not any(replaces(other, path) for other in found)]


def numbers(path: Path) -> range:
    """Return the numbers that a segment stands for: NNNNNN.seg one, A-B.seg A to B - 1, live.seg none."""
    first, _, last = path.stem.partition("-")
    return range(int(first), int(last or int(first) + 1)) if first.isdigit() else range(0)


def replaces(merged: Path, path: Path) -> bool:
    """Return whether a merged segment holds all that another one does, and so replaces it."""
    ours, theirs = numbers(merged), numbers(path)
    if merged == path or not theirs or "-" not in merged.stem:
        return False
    return ours.start <= theirs.start and theirs.stop <= ours.stop


def remove(home: Path, state: str, day: str) -> None:
    """Remove the files of a state's day. Its key is destroyed before: what a killed process leaves is unreadable."""
    folder = folder_of(home, state, day)
    try:
        if folder.is_dir():
            shutil.rmtree(folder)
            sync_folder(folder.parent)
    except OSError as error:
        raise StoreError(str(folder), f"cannot be removed: {error.strerror}", "check permissions") from None


def append_whole(path: Path, data: bytes) -> None:
    """Append data to a file of a day's folder, whole or not at all, and on disk when this returns.

    Raises:
        OSError: the disk does not take it; the file is as it was.
    """
    fresh = not path.exists()
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with path.open("ab", buffering=0) as file:
        start = file.tell()
        try:
            if file.write(data) != len(data):
                raise OSError(28, "No space left on device")
            os.fsync(file.fileno())
        except OSError:
            file.truncate(start)
            raise
    if fresh:
        for each in (path.parent, path.parent.parent, path.parent.parent.parent):
            sync_folder(each)


def sync_folder(folder: Path) -> None:
    """Put the names of a folder on disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
