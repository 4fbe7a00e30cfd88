"""A fresh embedded hub for each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ops_hub.store.hub import Hub
from tests.hubs import a_hub


@pytest.fixture
def hub() -> Iterator[Hub]:
    with a_hub() as opened:
        yield opened
