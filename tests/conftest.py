"""What tests share: settings as shipped, and the real data where it lies beside the project."""

from __future__ import annotations

import fcntl
import os
import sys
import tempfile
from datetime import date
from functools import wraps
from pathlib import Path

import pytest
from numba.core.caching import IndexDataCacheFile

from ops_hub.config import matching_config
from ops_hub.normalise.tables import name_tables
from ops_hub.pipeline import Knowledge

ROOT = Path(__file__).resolve().parent.parent
TODAY = date(2026, 11, 23)
TRIES = int(
    os.environ.get("OPS_HUB_TRIES", "1")
)  # times as many examples of what is drawn by chance; `make wide` asks for more

# Tests empty the hubs that they use: they must not find the one that whoever runs them works with.
for _name in ("OPS_HUB_REDIS", "OPS_HUB_HOME"):
    os.environ.pop(_name, None)

# Many containers ask for no bytecode; each process that tests start would then compile every package anew: five
# seconds of a core for what takes one.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False


def _one_at_a_time(call):
    """Let one process at a time look into the folders of compiled kernels.

    Numba writes an index and then the code that it names: of two processes that compile one function for different
    types at once, either could be given the other's code.
    """
    lock = Path(tempfile.gettempdir()) / f"ops-hub-tests-{os.getuid()}.lock"

    @wraps(call)
    def locked(*given):
        with lock.open("a") as held:
            fcntl.flock(held, fcntl.LOCK_EX)
            return call(*given)

    return locked


_KERNELS = {"cli", "engines", "exercise", "lists", "live", "matching", "test_bad_names.py", "test_pipeline.py"}
IndexDataCacheFile.save = _one_at_a_time(IndexDataCacheFile.save)
IndexDataCacheFile.load = _one_at_a_time(IndexDataCacheFile.load)


@pytest.fixture(scope="session")
def knowledge() -> Knowledge:
    return Knowledge(name_tables(), matching_config(), threads=2)


@pytest.fixture(scope="session")
def real_data() -> Path:
    path = ROOT.parent / "shared" / "data"
    if not path.is_dir():
        pytest.skip("real lists and messages are not beside the project")
    return path


def pytest_collection_modifyitems(items):
    """Put tests that compile kernels first: of two processes, each with its half, one then compiles them for both."""
    items.sort(key=lambda item: item.path.relative_to(ROOT / "tests").parts[0] not in _KERNELS)
