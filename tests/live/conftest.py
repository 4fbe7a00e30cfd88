"""A fresh embedded hub, and one with the sample lists published."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ops_hub import __version__
from ops_hub.engines.live import office
from ops_hub.lists.reading import read_lists
from ops_hub.lists.snapshot import write
from ops_hub.pipeline import compile_lists
from ops_hub.store import archive
from ops_hub.store.hub import Hub
from tests.conftest import ROOT
from tests.hubs import a_hub


@pytest.fixture(autouse=True)
def numbers_in_a_row(monkeypatch) -> None:
    """Give cases numbers from 1, so that tests can say which they mean."""
    monkeypatch.setattr(office, "drawn", lambda place: place)


@pytest.fixture
def hub() -> Iterator[Hub]:
    with a_hub() as opened:
        yield opened


@pytest.fixture(scope="session")
def compiled(knowledge, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("lists") / "all.snapshot"
    write(folder, compile_lists(read_lists([ROOT / "watchlists"]), knowledge), __version__)
    return folder


@pytest.fixture
def listed(hub, compiled) -> Hub:
    archive.publish(hub, archive.keep_snapshot(hub, compiled), archive.keep_rules(hub, None))
    return hub
