"""Many small pieces of a day into few large ones: quicker to read, smaller, and with an index to find records by.

Reach for `compact()`. Promise: killed at any moment, every row counts exactly once: a merged segment appears whole, under
a name that says which ones it replaces, and these are removed afterwards. Damaged segments are left as they are.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from ops_hub.store.files import write_atomic
from ops_hub.store.hub import Hub
from ops_hub.store.lake import FRAME, unsealed
from ops_hub.store.lakefiles import LIVE, about, files, folder_of, numbers, sync_folder
from ops_hub.store.receipt import packed
from ops_hub.store.recordindex import index_of, recorded, write
from ops_hub.store.segments import Damage, Heading, headings, record, walk

LIVE_ROWS = 20_000  # of a day that is not over: from there on its pieces are merged


@dataclass
class _Merged:
    """What was merged so far."""

    rows: int = 0
    places: list[tuple[int, list[str]]] = field(default_factory=list)
    names: set[str] = field(default_factory=set)


def compact(hub: Hub, state: str, day: str, *, over: bool) -> int:
    """Merge what a state's day has in small pieces; return how many rows were written anew. `writing` is held.

    Args:
        hub: whose lake.
        state: the state.
        day: its day.
        over: whether the day is over; else only LIVE_ROWS and more are worth the work.

    Raises:
        StoreError: no space, or the day's key was destroyed meanwhile.
    """
    folder = folder_of(hub.home, state, day)
    if not folder.is_dir():
        return 0
    _sweep(folder)
    live = folder / LIVE
    if (size := sum(each.rows for each in headings(live))) and (over or size >= LIVE_ROWS):
        last = max((numbers(path).stop for path in folder.glob("*.seg")), default=0)
        live.rename(folder / f"{last:06d}.seg")
        sync_folder(folder)
    counted = files(folder)
    if len(counted) == 1 and "-" in counted[0].stem:  # as it should be
        return 0
    rows = sum(_merge(hub, state, day, run) for run in _runs(folder, over))
    _sweep(folder)
    return rows


def _sweep(folder: Path) -> None:
    """Remove what a merged segment replaces, and what a killed process left half done."""
    counted = files(folder)
    for path in [*set(folder.glob("*.seg")) - set(counted), *folder.glob(".*.part")]:
        path.unlink()
    for path in set(folder.glob("*.idx")) - {index_of(each) for each in counted}:
        path.unlink()


def _runs(folder: Path, over: bool) -> Iterator[list[Path]]:
    """Yield neighbouring segments that are worth merging into one."""
    run: list[Path] = []
    for path in [*files(folder), None]:
        merged = path is not None and "-" in path.stem
        small = path is not None and numbers(path) and (not merged or (over and _rows(path) < FRAME // 2))
        if path is not None and small and _is_whole(path):
            run.append(path)
            continue
        if len(run) > 1 or any("-" not in each.stem for each in run):
            yield run
        run = []


def _rows(path: Path) -> int:
    return sum(each.rows for each in headings(path))


def _is_whole(path: Path) -> bool:
    return not any(isinstance(found, Damage) for found in walk(path, data=False))


def _merge(hub: Hub, state: str, day: str, run: list[Path]) -> int:
    target = run[0].with_name(f"{numbers(run[0]).start:06d}-{numbers(run[-1]).stop:06d}.seg")
    done = _Merged()

    def fill(aside: Path) -> None:
        at = 0
        with aside.open("wb") as file:
            for frame in _frames(hub, state, day, run, done):
                heading = Heading(f"{target.stem}/{len(done.places)}", frame.height, merged=True)
                data = record(heading, hub.keyring.seal(state, day, packed(frame), about(state, day, heading)))
                file.write(data)
                done.places.append((at, frame["record_id"].to_list()))
                done.rows += frame.height
                at += len(data)
        # the index first: a segment without one is read as a whole, an index without a segment is swept away
        write(hub.keyring, state, day, target, done.places, sorted(done.names))

    write_atomic(target, fill)
    sync_folder(target.parent)
    for path in run:
        if path != target:
            path.unlink()
            with suppress(FileNotFoundError):
                index_of(path).unlink()
    return done.rows


def _frames(hub: Hub, state: str, day: str, run: list[Path], done: _Merged) -> Iterator[pl.DataFrame]:
    """Yield the rows of segments in frames of about FRAME rows; what stands twice comes once."""
    held: list[pl.DataFrame] = []
    for path in run:
        done.names.update(recorded(path))
        for piece in walk(path):
            if isinstance(piece, Damage) or (not piece.heading.merged and piece.heading.name in done.names):
                continue
            if not piece.heading.merged:
                done.names.add(piece.heading.name)
            held.append(unsealed(hub.keyring, state, day, piece.heading, piece.data))
            if sum(each.height for each in held) >= FRAME:
                yield pl.concat(held, rechunk=True)
                held = []
    if held:
        yield pl.concat(held, rechunk=True)
