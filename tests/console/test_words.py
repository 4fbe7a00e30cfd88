"""Words that the core gives and screens show: pages of all roles ask the catalogues for nothing that they lack."""

import re

import msgspec
import pytest

from ops_hub.access.accounts import Account
from ops_hub.console import pages
from ops_hub.store import accounts
from tests.console.people import PEOPLE

# Codes of states, carriers, ports and routes, numbers, and sentences of the core with names or numbers in them.
OF_DATA = re.compile(r"[A-Z0-9]+(-[A-Z0-9]+)*|For .*, alone\.|Made for .*|Caveats of .*|.*\d.*|ask \w+ .*")


@pytest.fixture
def asked_in_vain(monkeypatch):
    """What was asked of the Spanish catalogue, and is not in it."""
    missed: set[str] = set()
    speaking = pages.speaking

    class Listening:
        def gettext(self, text):
            catalogue = speaking("es")
            if text not in catalogue._catalog:
                missed.add(text)
            return catalogue.gettext(text)

    monkeypatch.setattr(pages, "speaking", lambda language: Listening())
    pages._environment.cache_clear()
    yield missed
    pages._environment.cache_clear()


def in_language(hub, name, language):
    account = msgspec.json.decode(accounts.find(hub, name), type=Account)
    accounts.put(hub, name, msgspec.json.encode(msgspec.structs.replace(account, language=language)))


def test_no_word_of_a_page_is_left_in_english(as_person, the_day, hub, asked_in_vain):
    for name in PEOPLE:
        in_language(hub, name, "es")
        person = as_person(name)
        paths = re.findall(r'<a href="(/[a-z-]+)"', person.get("/me").text)
        for path in ["/me", *paths, *(f"/cases/{number}" for number in the_day), "/cases/decided", "/lists/un-sc"]:
            person.get(path)
        in_language(hub, name, "en")
    words = {each for each in asked_in_vain if not OF_DATA.fullmatch(each)}
    assert not words, f"mark them by _() or add them to the words of tests/console/catalogues.py: {sorted(words)}"
    assert len(asked_in_vain) < 60
