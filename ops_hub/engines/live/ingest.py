"""Messages and tables into the hub: cut, sealed and queued, each once.

Reach for `Intake`: `files()` for what lies there, `watch()` for a folder that fills all day, `stream()` for a pipe of
interchanges. What is told as accepted is on the hub's disk.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from pathlib import Path
from typing import BinaryIO

import redis

from ops_hub.engines.live.settings import hash_key
from ops_hub.errors import FeedError, StoreError
from ops_hub.feeds.edifact import interchanges
from ops_hub.feeds.heading import heading, heading_of, people_in
from ops_hub.feeds.mapping import Mapping
from ops_hub.feeds.parsed import Source
from ops_hub.feeds.reading import ReadOptions, expand
from ops_hub.feeds.units import Piece, file_units, message_units, packed_rows
from ops_hub.states import States
from ops_hub.store.answered import stream_of
from ops_hub.store.files import cannot_write
from ops_hub.store.hub import Hub
from ops_hub.store.queue import Queue, Unit
from ops_hub.store.receipt import packed
from ops_hub.store.server import serve

TOGETHER = 32  # units handed in in one exchange
DONE = ".done"  # folder in a watched one for what the hub has
_AWAY = 1.0  # seconds between two tries to reach the hub
_STEP = 1 << 16  # bytes of a pipe at a time
_MOST = 64 << 20  # bytes of one interchange of a pipe; what is longer goes on as it is


@dataclass(frozen=True)
class Counted:
    """What was handed in: files (or interchanges), units accepted, units known already, travellers about."""

    files: int = 0
    accepted: int = 0
    duplicates: int = 0
    travellers: int = 0

    def __add__(self, other: Counted) -> Counted:
        """Return the sums."""
        return Counted(
            self.files + other.files, self.accepted + other.accepted, self.duplicates + other.duplicates,
            self.travellers + other.travellers,
        )  # fmt: skip


class Intake:
    """The way into a hub."""

    def __init__(
        self,
        hub: Hub,
        states: States,
        *,
        mapping: Mapping | None = None,
        reply_to: str | None = None,
        away: Callable[[str], None] = lambda what: None,
    ) -> None:
        """Open it.

        Args:
            hub: where to.
            states: whose ports tell what is urgent.
            mapping: names of columns in tables.
            reply_to: carrier that waits for an answer about each message.
            away: told when a pipe or a folder must wait for the hub.

        Raises:
            ConfigError: `reply_to` is no code of a carrier: nobody could be answered.
        """
        if reply_to is not None:
            stream_of(reply_to)
        self._away = away
        self._hub, self._states, self._reply_to = hub, states, reply_to
        self._queue, self._key, self._mapping = Queue(hub), hash_key(hub), mapping

    def files(self, paths: Sequence[Path]) -> Counted:
        """Hand in files and folders.

        Raises:
            FeedError: a path does not exist or cannot be opened; files before it have been handed in.
        """
        total = Counted()
        for name, path in expand(paths):
            total += self._file(name, path)
        return total

    def message(self, data: bytes, name: str) -> Counted:
        """Hand in EDIFACT bytes."""
        options = self._options()
        return self._units(name, message_units(data, Source(name, options.today, self._key)))

    def stream(self, pipe: BinaryIO, name: str = "stdin") -> Counted:
        """Hand in the interchanges of a pipe, each as soon as its end has come, until the pipe ends."""
        total, held = Counted(), b""
        read = getattr(pipe, "read1", pipe.read)
        while block := read(_STEP):
            held += block
            if b"UNZ" not in block and b"UNZ" not in held[-len(block) - 3 :] and len(held) < _MOST:
                continue
            found = list(interchanges(held))
            whole = (
                found if found and found[-1].is_closed else found[:-1]
            )  # one that breaks off ends where the next begins
            for each in whole:
                total += self._patient(partial(self.message, held[each.offset : each.end], name))
            held = held[whole[-1].end :] if whole else held
            if len(held) >= _MOST:
                total += self._patient(partial(self.message, held, name))
                held = b""
        return total + self._patient(partial(self.message, held, name)) if held.strip() else total

    def watch(
        self,
        folder: Path,
        stopped: Callable[[], bool],
        *,
        every: float = 0.5,
        told: Callable[[Path, Counted | FeedError], None],
    ) -> Counted:
        """Hand in files of a folder once they have stopped growing, and move them to .done in it, until told to stop.

        A file that cannot be opened stays, is told once, and is tried again when it has changed.

        Raises:
            StoreError: a file cannot be moved: it would be handed in (and known) for ever.
        """
        total, seen, refused = Counted(), dict[Path, tuple[int, int]](), dict[Path, tuple[int, int]]()
        while not stopped():
            there = {path: _size(path) for path in sorted(folder.iterdir()) if _is_feed(path)}
            for path, size in there.items():
                if size is None or seen.get(path) != size or refused.get(path) == size:
                    continue
                try:
                    found = self._patient(partial(self._file, path.name, path), stopped)
                except FeedError as error:
                    refused[path] = size
                    told(path, error)
                    continue
                _move(path, folder / DONE)
                told(path, found)
                total += found
            seen = {path: size for path, size in there.items() if size is not None and path.exists()}
            time.sleep(every)
        return total

    def question(self, path: Path) -> list[str]:
        """Hand in a file that a carrier asks about; return the ids of its units, of those known already, too.

        Raises:
            FeedError: it does not exist or cannot be opened.
        """
        units = [self._unit(path.name, piece) for piece in file_units(path.name, path, self._options())]
        for first in range(0, len(units), TOGETHER):
            self._queue.submit(units[first : first + TOGETHER])
        return [unit.id for unit in units]

    def _patient(self, work: Callable[[], Counted], stopped: Callable[[], bool] = lambda: False) -> Counted:
        """Do some work; while the hub is away, wait for it and do it again: what it has by then, it knows.

        Raises:
            redis.RedisError: it refuses us, or it is away when it is time to end.
        """
        is_told = False
        while True:
            try:
                return work()
            except (redis.AuthenticationError, redis.exceptions.NoPermissionError):
                raise
            except redis.RedisError as error:
                if stopped():
                    raise
                if not is_told:
                    self._away(f"the hub is away ({type(error).__name__}); it is waited for")
                is_told = True
            time.sleep(_AWAY)
            if self._hub.embedded:
                with suppress(StoreError):
                    serve(self._hub.home)

    def _file(self, name: str, path: Path) -> Counted:
        return self._units(name, file_units(name, path, self._options()))

    def _options(self) -> ReadOptions:
        return ReadOptions(self._hub.now().date(), self._key, self._mapping)

    def _units(self, name: str, pieces: Iterator[Piece]) -> Counted:
        total = Counted(files=1)
        units = (self._unit(name, piece) for piece in pieces)
        while some := list(islice(units, TOGETHER)):
            accepted, known = self._queue.submit(some)
            total += Counted(0, accepted, known, sum(unit.rows for unit in some))
        return total

    def _unit(self, name: str, piece: Piece) -> Unit:
        name = name.encode("utf-8", "backslashreplace").decode()  # a file's name may be any bytes
        if piece.data is not None:
            about = heading(piece.data)
            departs, arrives = about.times(self._states)
            unit = Unit(piece.id, "message", name, piece.data, people_in(piece.data), piece.shift, flight=about.journey)
        else:
            assert piece.travellers is not None
            assert piece.rejects is not None
            departs, arrives = heading_of(piece.travellers).times(self._states)
            data = packed_rows(packed(piece.travellers), packed(piece.rejects))
            unit = Unit(piece.id, "rows", name, data, piece.travellers.height)
        return replace(unit, departs=departs, arrives=arrives, reply_to=self._reply_to)


def _is_feed(path: Path) -> bool:
    return path.is_file() and not path.name.startswith((".", "~$")) and not path.name.endswith((".part", ".tmp"))


def _size(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_size, found.st_mtime_ns


def _move(path: Path, folder: Path) -> None:
    """Move a file into a folder, beside one of the same name."""
    try:
        folder.mkdir(exist_ok=True)
        number, to = 1, folder / path.name
        while to.exists():
            number += 1
            to = folder / f"{path.name}.{number}"
        path.rename(to)
    except OSError as error:
        raise cannot_write(folder, error) from None
