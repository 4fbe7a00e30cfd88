"""What commands that reach the hub share: errors of its server in one line, and ends on a signal.

Reach for `@reaching` (inside `@told`) and `ends()`.
"""

from __future__ import annotations

import signal
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

import redis

from ops_hub.errors import StoreError
from ops_hub.store.hub import running_pid
from ops_hub.store.server import leaving_as_found

Command = TypeVar("Command", bound=Callable[..., Any])


def reaching(command: Command) -> Command:
    """Turn what the hub's server says into an error for users; `told` prints it.

    An embedded server that the command had to start is stopped at its end, where nobody else uses it by then.
    """

    @wraps(command)
    def wrapped(*args: Any, **options: Any) -> Any:
        try:
            with leaving_as_found(lambda home: running_pid(home) is not None):
                return command(*args, **options)
        except (redis.AuthenticationError, redis.exceptions.NoPermissionError) as error:
            raise StoreError("hub", f"it refuses this: {error}", "use credentials that may do it") from None
        except (redis.ConnectionError, redis.TimeoutError) as error:
            raise StoreError("hub", f"it went away: {error}", "see that it runs, and do this again") from None
        except redis.RedisError as error:
            raise StoreError("hub", f"its server does not do it: {error}", "see its log, and free some space") from None

    return wrapped  # type: ignore[return-value]


def ends() -> Callable[[], bool]:
    """Return what becomes true on Ctrl-C or SIGTERM; what is in hand is finished first."""
    asked: list[int] = []
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda number, _: asked.append(number))
    return lambda: bool(asked)
