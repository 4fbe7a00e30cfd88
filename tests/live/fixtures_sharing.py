"""A hub of its own for tests of sharing: a real server, which ends with the tests of a module."""

from __future__ import annotations

import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread

import pytest

from ops_hub.casework.case import HUB
from ops_hub.casework.case import Event as CaseEvent
from ops_hub.store.hub import Hub, open_hub
from ops_hub.store.server import stop
from tests.casework.helpers_sharing import NOW


@pytest.fixture
def shared_hub() -> Iterator[Hub]:
    home = Path(tempfile.mkdtemp(prefix="oh", dir="/tmp"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # the server is to live on when who started it ends
        hub = open_hub(home)
    try:
        yield hub
    finally:
        hub.client.close()
        stop(home)
        shutil.rmtree(home, ignore_errors=True)


def happened(kind: str, number: int = 1, by=HUB, **detail: object) -> CaseEvent:  # type: ignore[no-untyped-def]
    return CaseEvent(number, NOW, kind, by, detail)


@contextmanager
def running(work, *arguments: object, **options: object) -> Iterator[Event]:  # type: ignore[no-untyped-def]
    """Run something until the block ends; what it raised is raised here."""
    end, raised = Event(), []

    def go() -> None:
        try:
            work(arguments[0], end.is_set, *arguments[1:], **options)
        except BaseException as error:
            raised.append(error)

    thread = Thread(target=go)
    thread.start()
    try:
        yield end
    finally:
        end.set()
        thread.join(20)
        assert not thread.is_alive()
        assert not raised, raised
