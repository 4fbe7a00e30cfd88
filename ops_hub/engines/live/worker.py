"""One worker: takes what is most urgent, screens it, stores what came of it, and never holds up what it cannot do.

Reach for `Worker.run()`. It changes to newly published lists between two units, keeps those it has when the new ones are
damaged, tries a unit alone that fails among others, and puts it to the dead letters when it has failed too often. When
the hub is away it waits for it.
"""

from __future__ import annotations

import gc
import os
import secrets
import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path

import redis

from ops_hub.engines.live.screening import Held, open_held, results, screened_units
from ops_hub.engines.live.settings import hash_key
from ops_hub.errors import OpsHubError, StoreError
from ops_hub.store.archive import keep_code
from ops_hub.store.audit import STREAM, line
from ops_hub.store.consume import MOST_TRIES
from ops_hub.store.hub import Hub, key, open_hub
from ops_hub.store.queue import BEAT_SECONDS, BELL, Queue, Taken, is_worn

_SWEEP = 2.0  # seconds between looks for garbage, and for units of dead workers while there is other work
_HUNG = 120.0  # seconds over one step after which a worker no longer defends its units
_REFUSED = 60.0  # seconds after which lists that could not be opened are tried again
_AWAY = 0.5  # seconds between two tries to reach the hub
_WAIT = 1  # seconds that an idle worker listens for a call


def worker_name() -> str:
    """Return a name that no other worker has."""
    return f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(2)}"


class Worker:
    """A worker of a hub."""

    def __init__(self, hub: Hub, name: str, *, threads: int = 1) -> None:
        """Make it ready; nothing is taken yet.

        Args:
            hub: whose.
            name: unlike that of all others.
            threads: cores that one screening may use.
        """
        self.name, self._threads = name, threads
        self._code = keep_code(hub)
        self._held: Held | None = None
        self._refused, self._refused_at = "", 0.0
        self._holding: Sequence[Taken] = ()
        self._swept = self._moved = time.monotonic()
        self._said: dict[str, object] = {
            "name": name, "host": socket.gethostname(), "pid": os.getpid(), "since": hub.now().isoformat(),
            "screened": 0, "units": 0, "snapshot": "", "ruleset": "",
        }  # fmt: skip
        self._ended, self._has_grown = threading.Event(), threading.Event()
        self._join(hub)

    def run(self, stopped: Callable[[], bool], *, until_empty: bool = False) -> int:
        """Work until told to stop (or nothing waits); return how many travellers were screened.

        Raises:
            StoreError: with `until_empty`, the hub is away, or nothing is published.
        """
        beating = threading.Thread(target=self._beat, daemon=True)
        beating.start()
        try:
            with _tidied_between_steps():
                self._work(stopped, until_empty)
        finally:
            self._ended.set()
            beating.join()
            self._leave()
        return int(str(self._said["screened"]))

    def _work(self, stopped: Callable[[], bool], until_empty: bool) -> None:
        while not stopped() and not self._ended.is_set():
            self._moved = time.monotonic()
            try:
                if self._has_grown.is_set():
                    self._has_grown.clear()
                    self._rejoin(stopped)
                if self.step():
                    continue
                if until_empty:
                    self._complain_without_lists()
                    break
                self._waiting.blpop([BELL], _WAIT)
            except redis.RedisError:
                if until_empty:
                    raise StoreError("hub", "it went away", "start it: ops-hub hub up") from None
                self._rejoin(stopped)

    def step(self) -> bool:
        """Do what is most urgent; return whether there was anything."""
        held = self._held.name if self._held else ""
        refused = self._refused if time.monotonic() - self._refused_at < _REFUSED else ""
        begin = time.monotonic()
        hand = self._queue.take(held, refused)
        wanted = f"{hand.snapshot} {hand.ruleset}"
        if hand.snapshot and wanted not in (held, refused):
            self._change(hand.snapshot, hand.ruleset)
            return True
        if hand.items:
            self._do(hand.items, hand.now, begin)
        abandoned = None
        is_due = time.monotonic() - self._swept > _SWEEP
        if is_due:
            self._swept = time.monotonic()
            gc.collect()
        if held and (is_due or not hand.items):
            abandoned = self._queue.reclaim()
        if abandoned is not None:
            self._alone(abandoned)
        return bool(hand.items) or abandoned is not None

    def _alone(self, item: Taken) -> None:
        now = self._hub.now()
        if is_worn(item):
            reason = f"taken {item.tries - 1} times and never finished: it may end the worker that reads it"
            self._queue.bury(item, reason, _minute(now))
        else:
            self._do([item], now, time.monotonic())

    def _do(self, items: Sequence[Taken], now: datetime, begin: float) -> None:
        """Screen and store units; where that fails, each alone."""
        assert self._held is not None
        self._holding = items
        try:
            units = [(item, self._queue.opened(item)) for item in items]
            done = screened_units(units, self._held, self._key, now)
            stored_at = now + timedelta(seconds=time.monotonic() - begin)
            made = [(each.item, *results(each, self._held, self._hub, stored_at)) for each in done]
        except redis.RedisError:
            raise
        except Exception as error:  # whatever a message does to its parser, the others go on
            if len(items) == 1:
                self._failed(items[0], error, now)
            else:
                for item in items:
                    self._do([item], now, begin)
            return
        finally:
            self._holding = ()
        stored = self._queue.commit(made, _minute(now))
        for (_, _, counts), first in zip(made, stored, strict=True):
            if first:
                self._count(counts)

    def _failed(self, item: Taken, error: Exception, now: datetime) -> None:
        if item.tries >= MOST_TRIES:
            self._queue.bury(item, reason_of(error), _minute(now))
        else:
            self._queue.abandon(self.name, item)

    def _count(self, counts: dict[str, int]) -> None:
        for name in ("screened", "units"):
            self._said[name] = int(str(self._said[name])) + counts.get(name, 0)

    def _change(self, snapshot: str, ruleset: str) -> None:
        """Change to what is published; where it cannot be opened, go on with what there is and raise the alarm."""
        try:
            self._held = open_held(self._hub, snapshot, ruleset, self._code, threads=self._threads)
        except OpsHubError as error:
            is_new = self._refused != f"{snapshot} {ruleset}"
            self._refused, self._refused_at = f"{snapshot} {ruleset}", time.monotonic()
            if is_new:
                self._alarm(f"snapshot {snapshot} is refused: {error}", snapshot, ruleset)
            return
        self._said |= {"snapshot": snapshot, "ruleset": ruleset}
        gc.unfreeze()  # the lists that were held until now
        gc.collect()
        gc.freeze()

    def _alarm(self, what: str, snapshot: str, ruleset: str) -> None:
        event = line(f"CENTRE/{self.name}:system", "lists-refused", f"snapshot {snapshot}", ruleset=ruleset)
        with self._hub.client.pipeline(transaction=True) as pipe:
            pipe.xadd(key("alarms"), {"by": self.name, "what": what, "about": snapshot}, maxlen=1000)
            pipe.xadd(STREAM, event)
            pipe.execute()

    def _complain_without_lists(self) -> None:
        if self._held is None:
            raise StoreError("hub", "no lists are published that can be used", "ops-hub hub publish -w LISTS")

    def _beat(self) -> None:
        """Give signs of life, until the end; stop the worker when the hub says so."""
        while not self._ended.is_set():
            if time.monotonic() - self._moved < _HUNG:
                try:
                    self._queue.beat(dict(self._said), tuple(self._holding))
                    if self._hub.client.exists(key("stop")):
                        self._ended.set()
                    if self._hub.has_grown():
                        self._has_grown.set()
                except redis.RedisError:
                    pass  # the main thread meets it, too, and waits for the hub
            self._ended.wait(BEAT_SECONDS)

    def _join(self, hub: Hub) -> None:
        self._hub, self._waiting, self._queue = hub, hub.waiting(_WAIT), Queue(hub, self.name)
        self._key = hash_key(hub)

    def _leave(self) -> None:
        with suppress(redis.RedisError):  # its units are free after their idle time anyway
            self._queue.abandon(self.name)
        self._waiting.close()

    def _rejoin(self, stopped: Callable[[], bool]) -> None:
        """Wait for the hub; what was held is free then, for whoever is first."""
        home, address = self._hub.home, self._hub.address
        while not stopped() and not self._ended.is_set():
            self._moved = time.monotonic()
            time.sleep(_AWAY)
            try:
                again = open_hub(Path(home), address)
                self._waiting.close()
                self._hub.close()
                self._join(again)
                self._queue.abandon(self.name)
                return
            except (StoreError, redis.RedisError):
                continue


@contextmanager
def _tidied_between_steps() -> Iterator[None]:
    """Keep the interpreter from looking for garbage while a message is read: it took a third of the time.

    A message makes hundreds of thousands of objects, nearly all of which go by themselves; what is left is looked for
    between two steps, and lists and tables, which stay, are not looked at.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
        gc.unfreeze()


def run_worker(hub: Hub, name: str, stopped: Callable[[], bool]) -> None:
    """Run a worker as a service."""
    Worker(hub, name).run(stopped)


def _minute(now: datetime) -> int:
    return int(now.timestamp()) // 60


def reason_of(error: Exception) -> str:
    """Return what went wrong and where; not what an error of a library says, which may hold what it was given."""
    if isinstance(error, OpsHubError):
        return str(error)
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None and "ops_hub" in trace.tb_next.tb_frame.f_code.co_filename:
        trace = trace.tb_next
    where = f" in {Path(trace.tb_frame.f_code.co_filename).name}, line {trace.tb_lineno}" if trace else ""
    return f"{type(error).__name__}{where}"
