"""A fresh embedded hub for each test."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from ops_hub.store.hub import Hub, open_hub
from ops_hub.store.server import stop


@pytest.fixture
def hub() -> Iterator[Hub]:
    home = Path(tempfile.mkdtemp(dir="/tmp", prefix="oh-"))
    opened = open_hub(home)
    yield opened
    opened.client.close()
    stop(home)
    shutil.rmtree(home, ignore_errors=True)
