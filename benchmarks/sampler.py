"""A command of ops-hub into CPU seconds by stage and by what was called: stacks looked at every few milliseconds.

    python -m benchmarks.sampler stacks.json screen ex/feed.parquet --watchlist ex.snapshot --out run

Reach for it where a stage's seconds are not enough. Stacks are weighed with the CPU clock of their thread, so that a
thread that waits counts nothing; what threads without Python use (those of polars) is given to the Python threads that wait
for polars. So all CPU seconds of the process are told. Needs no right and no package; what to make of it is `profiled`'s.
"""

from __future__ import annotations

import json
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from numba.core.dispatcher import Dispatcher

from ops_hub.cli.main import main as ops_hub
from ops_hub.engines import batch

EVERY = 0.005  # seconds between two looks
OUTSIDE = "outside stages"
WORKERS = "threads of polars"
PYTHON = "python"  # what is neither ours nor of a package
IMPORTS = "Python and imports, before the first look"
_OURS = str(Path(batch.__file__).resolve().parent.parent)
_WATCHED = batch.Tally.watch

Stack = tuple[str, ...]
_Seen = dict[int, tuple[int, Stack]]  # by ident of the thread: number at the kernel, stack


class Sampler(threading.Thread):
    """Looks at all other threads until it is told to stop.

    Attributes:
        weights: CPU seconds of each stack, a stage first.
        stages: stages that threads are in, by ident; kept by `watching`.
    """

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.weights: Counter[Stack] = Counter({(OUTSIDE, IMPORTS): time.process_time()})
        self.stages: dict[int, list[str]] = {}
        self._over = threading.Event()
        self._clocks: dict[int, float] = {}
        self._process = time.process_time()
        for each in threading.enumerate():
            self._used(each.native_id or 0)  # what they used before is in IMPORTS

    def run(self) -> None:
        """Look, wait, and look again."""
        while not self._over.wait(EVERY):
            self._look()

    def stop(self) -> dict[str, float]:
        """End, and return the CPU seconds of each stack, its parts joined by semicolons."""
        self._over.set()
        self.join()
        self._look()
        return {";".join(stack): seconds for stack, seconds in self.weights.most_common() if seconds > 0}

    @contextmanager
    def watching(self, run: batch.Tally, stage: str) -> Iterator[None]:
        """Time a stage as the engine does, and remember that this thread is in it."""
        mine = self.stages.setdefault(threading.get_ident(), [])
        mine.append(stage)
        try:
            with _WATCHED(run, stage):
                yield
        finally:
            mine.pop()

    def _look(self) -> None:
        seen = self._stacks()
        used = {ident: self._used(number) for ident, (number, _) in seen.items()}
        now = time.process_time()
        whole, self._process = now - self._process, now
        whole -= self._used(threading.get_native_id())  # looking is no work of the command
        for ident, seconds in used.items():
            self.weights[seen[ident][1]] += seconds
        left = max(0.0, whole - sum(used.values()))
        # by waiting for polars: the innermost frame that is not ours
        waiting = [stack for _, stack in seen.values() if stack[-1].startswith("polars")] or [(OUTSIDE,)]
        for stack in waiting:
            self.weights[(*stack, WORKERS)] += left / len(waiting)

    def _stacks(self) -> _Seen:
        numbers = {each.ident: each.native_id for each in threading.enumerate() if each is not self}
        main = self._stage(threading.main_thread().ident)
        found: _Seen = {}
        for ident, frame in sys._current_frames().items():
            number = numbers.get(ident)
            if number is not None:
                # a pool's threads work for whoever waits for the pool
                found[ident] = (number, (self._stage(ident) or main or OUTSIDE, *_names(frame)))
        return found

    def _stage(self, ident: int | None) -> str:
        return (self.stages.get(ident or 0) or [""])[-1]

    def _used(self, number: int) -> float:
        """Return the CPU seconds of a thread since they were last asked for."""
        try:
            now = time.clock_gettime((~number << 3) | 6)  # Linux: the clock of one thread, by its number
        except OSError:
            return 0.0  # it ended
        before, self._clocks[number] = self._clocks.get(number, 0.0), now
        return max(0.0, now - before)


def _names(frame: FrameType | None) -> list[str]:
    """Return what a stack is in, outermost first: our functions, and where ours ends what was called."""
    found = [f"compiled {name}" for name in _kernels(frame)[:1]]
    while frame is not None:
        place = frame.f_code.co_filename
        if place.startswith(_OURS):
            inner = Path(place).relative_to(_OURS).with_suffix("").as_posix().replace("/", ".")
            found.append(f"{inner}.{frame.f_code.co_name}")
        elif not found or "." in found[-1] or found[-1].startswith("compiled "):
            found.append(_package(place))
        elif (package := _package(place)) != PYTHON:
            found[-1] = package  # the outermost says more than what it calls in turn
        frame = frame.f_back
    if len(found) > 1 and "." not in found[-1]:
        found.pop()  # what starts threads and commands says nothing
    return found[::-1]


def _kernels(frame: FrameType | None) -> list[str]:
    """Return the compiled functions that a function of ours names: while they run, it is what its stack ends in."""
    if frame is None or not frame.f_code.co_filename.startswith(_OURS):
        return []
    return [name for name in frame.f_code.co_names if isinstance(frame.f_globals.get(name), Dispatcher)]


def _package(place: str) -> str:
    """Return the package that a file outside ops_hub belongs to."""
    parts = Path(place).parts
    at = parts.index("site-packages") + 1 if "site-packages" in parts else 0
    return Path(parts[at]).stem if at else PYTHON


def main() -> None:
    sampler = Sampler()

    def watch(run: batch.Tally, stage: str) -> object:
        return sampler.watching(run, stage)

    setattr(batch.Tally, "watch", watch)  # noqa: B010 - the one place where a stage is known while it runs
    sampler.start()
    try:
        ops_hub(sys.argv[2:], standalone_mode=False)
    finally:
        Path(sys.argv[1]).write_text(json.dumps(sampler.stop(), indent=0), encoding="utf-8")


if __name__ == "__main__":
    main()
