"""What tests share: settings as shipped, and the real data where it lies beside the project."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from ops_hub.config import matching_config
from ops_hub.normalise.tables import name_tables
from ops_hub.pipeline import Knowledge

ROOT = Path(__file__).resolve().parent.parent
TODAY = date(2026, 11, 23)


@pytest.fixture(scope="session")
def knowledge() -> Knowledge:
    return Knowledge(name_tables(), matching_config(), threads=2)


@pytest.fixture(scope="session")
def real_data() -> Path:
    path = ROOT.parent / "shared" / "data"
    if not path.is_dir():
        pytest.skip("real lists and messages are not beside the project")
    return path
