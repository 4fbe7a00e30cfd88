"""What tests of the lake, the keys and the log share: a hub of their own, and travellers to keep."""

from __future__ import annotations

import pytest

from ops_hub.schemas import TRAVELLERS, rows
from ops_hub.store.lakefiles import Kept
from ops_hub.store.receipt import packed
from tests.hubs import a_hub


@pytest.fixture
def kept_hub():
    with a_hub() as hub:
        yield hub


def people(first, count, **values):
    """Return travellers P{first}..., who are all called something of their own."""
    base = {"sex": "F", "nationality": "BRB", "flight": "BW432", "to_port": "BGI", "raw": "NAD+FL+++SECRET"} | values
    return rows(
        TRAVELLERS,
        [
            {"record_id": f"P{k:08d}", "family_name": f"FAMILY{k}", "given_names": "ANA", "birth_date": "1990-02-03"}
            | base
            for k in range(first, first + count)
        ],
    )


def kept(hub, state, day, screening, frame):
    """Return travellers as the workers hand them to the keeper."""
    blob = hub.keyring.seal(state, day, packed(frame), f"{state} {day} {screening}".encode())
    return Kept(state, day, frame.height, screening, blob)
