"""What the console does by itself while it runs: acts that wait are carried out when their time has come, and queues
are made before somebody looks at them.

Reach for `at_work()`, the lifespan of the application.
"""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import redis
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool

from ops_hub.console.faults import fault
from ops_hub.errors import OpsHubError
from ops_hub.service.cases.held import carry_out
from ops_hub.service.centre import Centre
from ops_hub.service.watching.queue import queues_of, readers_of

_EVERY = 0.5  # seconds
_WARM_EVERY = 2.0


@asynccontextmanager
async def at_work(app: Starlette) -> AsyncIterator[None]:
    """Carry out what is due while the application runs; what is left then is for the next console."""
    ending = threading.Event()
    thread = threading.Thread(target=_carrying_out, args=(app.state.centre, ending), name="held-acts", daemon=True)
    thread.start()
    # nobody waits for this one to end: it reads, and may be at it for seconds
    threading.Thread(target=_warming, args=(app.state.centre, ending), name="queues", daemon=True).start()
    try:
        yield
    finally:
        ending.set()
        app.state.streams.close()
        await run_in_threadpool(thread.join, 5)


def _warming(centre: Centre, ending: threading.Event) -> None:
    """Make the queues of all who have accounts at the start, and again those in use where rules or days have changed."""
    expected = False
    while not ending.is_set():
        try:
            queues = queues_of(centre)
            if not expected:
                queues.expect(readers_of(centre))
                expected = True
            queues.warm()
        except (redis.RedisError, OpsHubError):
            pass  # who looks is told
        ending.wait(_WARM_EVERY)


def _carrying_out(centre: Centre, ending: threading.Event) -> None:
    while not ending.wait(_EVERY):
        try:
            carry_out(centre)
        except (redis.RedisError, OpsHubError):  # the hub is away for a moment: what waits, waits
            ending.wait(_EVERY)
        except Exception as error:  # one act that nobody foresaw must not keep all others waiting for ever
            fault(error, "acts that wait")
            ending.wait(_EVERY)
