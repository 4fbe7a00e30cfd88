"""A console over a hub with one case of each kind, and people of all roles who are signed in. Everybody is invented."""

from __future__ import annotations

import msgspec
import pytest
from starlette.testclient import TestClient

from ops_hub.access.accounts import Account, hashed
from ops_hub.console.app import create_app
from ops_hub.console.signed_in import COOKIE
from ops_hub.service.centre import Centre
from ops_hub.store import accounts, sessions
from tests.console import day
from tests.hubs import a_hub

PASSWORD = "seven herons at dusk"
_HASHED = hashed(PASSWORD)
# name: state, role
PEOPLE = {
    "wanda": ("CENTRE", "watch-officer"), "sofia": ("CENTRE", "supervisor"), "lia": ("BRB", "liaison"),
    "petra": ("CENTRE", "protection"), "serge": ("CENTRE", "services"), "pros": ("BRB", "prosecutor"),
    "luis": ("HND", "list-owner"), "rita": ("CENTRE", "rule-author"), "rosa": ("CENTRE", "rule-author"),
    "audra": ("CENTRE", "auditor"), "adam": ("CENTRE", "administrator"),
}  # fmt: skip


@pytest.fixture(scope="module")
def hub():
    with a_hub() as opened:
        settle(opened)
        yield opened


def settle(hub):
    """Give a hub its people."""
    for name, (state, role) in PEOPLE.items():
        account = Account(name, state, role, _HASHED, hub.now())
        accounts.put(hub, name, msgspec.json.encode(account))


@pytest.fixture(scope="module")
def centre(hub):
    return Centre(hub)


@pytest.fixture(scope="module")
def app(centre):
    return create_app(centre)


@pytest.fixture
def as_person(app, hub):
    """Return a client of a person who is signed in, with a purpose and the token of forms in its headers."""

    def signed_in(name, purpose="inbound check"):
        token, session = sessions.begin(hub, name)
        sessions.change(hub, token, msgspec.structs.replace(session, purpose=purpose))
        return TestClient(
            app,
            cookies={COOKIE: token},
            headers={"x-csrf-token": session.csrf, "x-purpose": purpose},
            follow_redirects=False,
        )

    return signed_in


@pytest.fixture(scope="session")
def a_day(tmp_path_factory):
    """A hub with people and a day (see `day`): lists published, three flights screened, cases opened, lake and log written."""
    with a_hub() as made:
        settle(made)
        day.publish(made, tmp_path_factory.mktemp("lists"))
        day.hand_in(made)
        day.worked(made)
        yield day.kept(made, tmp_path_factory.mktemp("day"))


@pytest.fixture(scope="module")
def the_day(hub, a_day):
    """The day in this module's hub; the numbers of its cases."""
    day.laid_out(hub, a_day)
    return day.numbers(hub)
