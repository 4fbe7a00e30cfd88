"""The lake: all travellers that were screened, sealed with the key of their state and day, for as long as retention lets.

Reach for `read()` (large frames, for screening again), `find()` (one record), `days()` and `counts()`; what a person may
see of it goes through `masked()` once retention says so. Files lie as `lakefiles` has it; small pieces are merged by
`compacting`. Damaged pieces are named with file and offset; all else is read.
"""

from __future__ import annotations

import io
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import BinaryIO

import polars as pl

from ops_hub.errors import StoreError
from ops_hub.schemas import TRAVELLERS, check, dtypes
from ops_hub.store.hub import Hub
from ops_hub.store.keyring import Keyring
from ops_hub.store.lakefiles import about, files, folder_of
from ops_hub.store.place import is_here
from ops_hub.store.recordindex import holders
from ops_hub.store.segments import Damage, Heading, Piece, headings, walk

FRAME = 100_000  # rows of a frame that `read` yields, about
_AHEAD = 3  # pieces that are opened before they are asked for

# What tells who somebody is; a masked reader gets null. docs/keeping.md says why each, and why the others stay.
IDENTITY = (
    "family_name", "given_names", "full_name", "birth_date", "birth_place", "documents", "message_ref", "booking_ref",
    "passenger_ref", "seats", "tickets", "bag_tags", "contacts", "payments", "agency", "booked_at", "residence", "extra", "raw",
)  # fmt: skip
FEW = 10  # persons of one sex and nationality on a flight; of fewer, a masked reader sees neither


def days(hub: Hub, states: Sequence[str] | None = None, *, holds: bool = False) -> list[tuple[str, str]]:
    """Return (state, day) of all that is kept; with `holds` also what is kept under legal hold past its time."""
    base = hub.home / "lake"
    wanted = sorted(path.name for path in base.glob("*") if path.is_dir()) if states is None else list(states)
    return [
        (state, path.name)
        for state in wanted
        for path in sorted((base / state).glob("*"))
        if path.name.startswith("hold-") == holds and not path.name.startswith(".")
    ]


def counts(hub: Hub, states: Sequence[str] | None = None) -> dict[tuple[str, str], int]:
    """Return how many rows each (state, day) has, as the headings say; nothing is opened."""
    is_here(hub)
    return {each: rows(hub, *each) for each in days(hub, states)}


def rows(hub: Hub, state: str, day: str) -> int:
    """Return how many rows a state's day has."""
    return sum(each.rows for path in files(folder_of(hub.home, state, day)) for each in headings(path))


def read(
    hub: Hub,
    states: Sequence[str] | None = None,
    days_: Sequence[str] | None = None,
    *,
    identity: bool,
    damaged: list[Damage] | None = None,
) -> Iterator[pl.DataFrame]:
    """Yield what is kept as frames of TRAVELLERS and screening_id, about FRAME rows each; memory holds a few of them.

    Args:
        hub: whose lake.
        states: of these, None for all.
        days_: of these, None for all (without what is only held).
        identity: with what tells who people are: for machine comparison. Without, as a masked reader sees it.
        damaged: takes what could not be read.

    Raises:
        StoreError: after the last frame, where something could not be read and `damaged` was not given; before the first
            where the lake is in another home folder.
    """
    is_here(hub)
    broken: list[Damage] = [] if damaged is None else damaged
    wanted = days(hub, states) if days_ is None else [each for each in _all_days(hub, states) if each[1] in set(days_)]
    held: list[pl.DataFrame] = []
    for frame in _opened(_pieces(hub, wanted, broken), broken):
        if frame.height >= FRAME // 2:
            yield frame if identity else masked(frame)
            continue
        held.append(frame)
        if sum(each.height for each in held) >= FRAME:
            yield _joined(held, identity)
            held = []
    if held:
        yield _joined(held, identity)
    if broken and damaged is None:
        raise broken[0].error()


def find(hub: Hub, record_id: str, day: str | None = None, *, damaged: list[Damage] | None = None) -> pl.DataFrame:
    """Return all rows of a record (TRAVELLERS, screening_id, state, day), from whatever state keeps it.

    Args:
        hub: whose lake.
        record_id: the record.
        day: its day, where that is known: quicker.
        damaged: takes what could not be read, as in `read`.

    Raises:
        StoreError: something could not be read, and `damaged` was not given.
    """
    is_here(hub)
    broken: list[Damage] = [] if damaged is None else damaged
    found = [pl.DataFrame(schema=dtypes(TRAVELLERS) | dict.fromkeys(("screening_id", "state", "day"), pl.String))]
    for state, each in _all_days(hub, None):
        if day in (None, each) or each.startswith("hold-"):
            pieces = _pieces(hub, [(state, each)], broken, record_id)
            found += [
                frame.filter(pl.col("record_id") == record_id).with_columns(
                    state=pl.lit(state, pl.String), day=pl.lit(each, pl.String)
                )
                for frame in _opened(pieces, broken)
            ]
    if broken and damaged is None:
        raise broken[0].error()
    return pl.concat([each for each in found if each.height] or found[:1])


def holding(hub: Hub, state: str, day: str, record_id: str, *, damaged: list[Damage]) -> Iterator[pl.DataFrame]:
    """Yield the pieces of a state's day that may hold a record, whole: what was screened together with it is beside it.

    Args:
        hub: whose lake.
        state: who keeps the record.
        day: its day.
        record_id: the record.
        damaged: takes what could not be read.
    """
    is_here(hub)
    yield from _opened(_pieces(hub, [(state, day)], damaged, record_id), damaged)


def masked(frame: pl.DataFrame) -> pl.DataFrame:
    """Return rows without what tells who people are; sex and nationality stay where FEW persons of a flight share them."""
    alike = ["flight", "departs_at", "nationality", "sex"]
    person = pl.struct("family_name", "given_names", "full_name", "birth_date")
    return frame.with_columns(
        pl.when(person.n_unique().over(alike) >= FEW).then(pl.col(name)).alias(name) for name in ("nationality", "sex")
    ).with_columns(pl.lit(None, TRAVELLERS[name].dtype).alias(name) for name in IDENTITY)


def unsealed(keyring: Keyring, state: str, day: str, heading: Heading, data: bytes) -> pl.DataFrame:
    """Return the rows of a piece, with screening_id."""
    return _frame(heading, keyring.unseal(state, day, data, about(state, day, heading)))


def _frame(heading: Heading, data: bytes) -> pl.DataFrame:
    frame = pl.read_ipc(io.BytesIO(data))
    if not heading.merged:
        frame = check(frame, TRAVELLERS, "lake").with_columns(screening_id=pl.lit(heading.name, pl.String))
    return frame


def _all_days(hub: Hub, states: Sequence[str] | None) -> list[tuple[str, str]]:
    return sorted(days(hub, states) + days(hub, states, holds=True))


def _joined(frames: list[pl.DataFrame], identity: bool) -> pl.DataFrame:
    frame = pl.concat(frames, rechunk=True)
    return frame if identity else masked(frame)


_Work = Callable[[], pl.DataFrame]


def _pieces(
    hub: Hub, wanted: Iterable[tuple[str, str]], broken: list[Damage], record_id: str | None = None
) -> Iterator[tuple[Damage, _Work]]:
    """Yield where each piece stands and how it is opened; of a record, only pieces that may hold it."""
    for state, day in wanted:
        with _open_files(folder_of(hub.home, state, day)) as opened:
            seen: set[str] = set()
            open_: Callable[[bytes, bytes], bytes] | None = None
            for path, file in opened:
                try:
                    places = holders(hub.keyring, state, day, path, record_id) if record_id is not None else None
                    open_ = open_ or hub.keyring.opener(state, day)
                except StoreError as error:
                    if path.exists():  # else retention was quicker
                        broken.append(Damage(str(path), 0, error.reason))
                    continue
                for piece in walk(path, file=file) if places is None or places else ():
                    if isinstance(piece, Damage):
                        broken.append(piece)
                    elif piece.heading.name not in seen and (places is None or piece.offset in places):
                        seen.add(piece.heading.name)
                        yield Damage(str(path), piece.offset, ""), _opening(open_, state, day, piece)


@contextmanager
def _open_files(folder: Path) -> Iterator[Sequence[tuple[Path, BinaryIO]]]:
    """Give all segments of a day, opened at one moment: merging and appending go on meanwhile."""
    for _ in range(100):
        with ExitStack() as stack:
            try:
                before = files(folder)
                opened = [(path, stack.enter_context(path.open("rb"))) for path in before]
            except FileNotFoundError:
                continue
            if files(folder) == before:
                yield opened
                return
    raise StoreError(str(folder), "its files change faster than they can be opened", "try again")


def _opening(open_: Callable[[bytes, bytes], bytes], state: str, day: str, piece: Piece) -> _Work:
    return lambda: _frame(piece.heading, open_(piece.data, about(state, day, piece.heading)))


def _opened(pieces: Iterator[tuple[Damage, _Work]], broken: list[Damage]) -> Iterator[pl.DataFrame]:
    """Yield the frames of pieces in order, a few opened ahead in threads."""
    with ThreadPoolExecutor(_AHEAD, thread_name_prefix="lake") as pool:
        row: deque[tuple[Damage, Future[pl.DataFrame]]] = deque()
        for place, work in pieces:
            row.append((place, pool.submit(work)))
            if len(row) > _AHEAD:
                yield from _result(*row.popleft(), broken)
        while row:
            yield from _result(*row.popleft(), broken)


def _result(place: Damage, done: Future[pl.DataFrame], broken: list[Damage]) -> Iterator[pl.DataFrame]:
    try:
        yield done.result()
    except (StoreError, pl.exceptions.PolarsError) as error:
        reason = error.reason if isinstance(error, StoreError) else "damaged: no frame is in it"
        broken.append(Damage(place.file, place.offset, reason))
