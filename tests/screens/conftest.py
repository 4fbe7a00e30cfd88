import pytest

from ops_hub.service.cases import held
from tests.console.people import a_day, app, as_person, centre, hub, the_day
from tests.screens.browsing import chromium, look, page_of, served

__all__ = ["a_day", "app", "as_person", "centre", "chromium", "hub", "look", "page_of", "served", "the_day"]


@pytest.fixture(autouse=True)
def less_patience(monkeypatch):
    """Acts can be taken back for four seconds here, not ten: tests wait for what comes after."""
    monkeypatch.setattr(held, "SECONDS", 4)
