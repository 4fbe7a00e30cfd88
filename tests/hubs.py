"""An embedded hub of its own for tests: real, and gone afterwards."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ops_hub.store.hub import Hub, open_hub
from ops_hub.store.server import stop


@contextmanager
def a_hub() -> Iterator[Hub]:
    """Give a hub in a home folder of its own; the path is short, as that of a socket must be."""
    home = Path(tempfile.mkdtemp(dir="/tmp", prefix="oh-"))
    opened = open_hub(home)
    try:
        yield opened
    finally:
        opened.client.close()
        stop(home)
        shutil.rmtree(home, ignore_errors=True)
