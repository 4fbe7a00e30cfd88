"""What the console does by itself while it runs: acts that wait are carried out when their time has come.

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
from ops_hub.service.centre import Centre
from ops_hub.service.held import carry_out

_EVERY = 0.5  # seconds


@asynccontextmanager
async def at_work(app: Starlette) -> AsyncIterator[None]:
    """Carry out what is due while the application runs; what is left then is for the next console."""
    ending = threading.Event()
    thread = threading.Thread(target=_carrying_out, args=(app.state.centre, ending), name="held-acts", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ending.set()
        app.state.streams.close()
        await run_in_threadpool(thread.join, 5)


def _carrying_out(centre: Centre, ending: threading.Event) -> None:
    while not ending.wait(_EVERY):
        try:
            carry_out(centre)
        except (redis.RedisError, OpsHubError):  # the hub is away for a moment: what waits, waits
            ending.wait(_EVERY)
        except Exception as error:  # one act that nobody foresaw must not keep all others waiting for ever
            fault(error, "acts that wait")
            ending.wait(_EVERY)
