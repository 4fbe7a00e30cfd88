"""Each role against each operation and each screen, over the tables themselves: what is added is tested by itself."""

import json
import re
from urllib.parse import quote, urlencode

import msgspec
import pytest
from starlette.routing import Route

from ops_hub.access.accounts import Account
from ops_hub.access.roles import role_table
from ops_hub.console.app import create_app
from ops_hub.console.settings import Paces, Settings
from ops_hub.service.index import OPERATIONS
from ops_hub.store import accounts, sessions
from ops_hub.store.throttle import Pace
from tests.console.asking import Person, arguments_of

FREE = Pace(100_000, 100_000)
OPEN = {
    "/sign-in",
    "/sign-in/oidc",
    "/sign-in/oidc/back",
    "/charting/{mark}/{file}",
}  # who is not signed in may ask for them: the door, a library
REFUSED = "may not do this"
WITHOUT_FORM = "not one of this session"


@pytest.fixture(scope="module")
def free(centre):
    return create_app(centre, Settings(paces=Paces(FREE, FREE, FREE)))


@pytest.fixture(scope="module")
def as_role(hub, free):
    """A person of a role, in a session that is new each time: operations may end it."""
    home = {role.name: "CENTRE" if "centre" in role.at else "BRB" for role in role_table().role}
    for role, state in home.items():
        account = Account(f"some-{role}", state, role, "", hub.now())
        accounts.put(hub, account.name, msgspec.json.encode(account))

    def signed_in(role, csrf=True):
        account = msgspec.json.decode(accounts.find(hub, f"some-{role}"), type=Account)
        token, session = sessions.begin(hub, account.name, account.generation)
        return Person(free, token, session.csrf if csrf else "another")

    return signed_in


def sent(operation):
    """Path, query and body of the least that an operation can be asked."""
    given = arguments_of(operation.asked)
    named = re.findall(r"{(\w+)(?::\w+)?}", operation.path)
    path = "/api/v1" + re.sub(
        r"{(\w+)(?::\w+)?}", lambda found: quote(str(given.get(found[1], "x")), safe=""), operation.path
    )
    rest = {name: value for name, value in given.items() if name not in named}
    if operation.method == "GET":
        return path, urlencode(rest, doseq=True).encode(), b""
    return path, b"", msgspec.json.encode(rest)


@pytest.mark.parametrize("operation", OPERATIONS.values(), ids=lambda each: each.name)
def test_each_role_may_do_exactly_what_the_table_says(operation, as_role, free):
    path, query, body = sent(operation)
    assert Person(free).ask(operation.method, path, body, query).status == 401
    for role in role_table().role:
        told = as_role(role.name).ask(operation.method, path, body, query)
        said = json.loads(told.body or b"{}") if "json" in told.headers["content-type"] else {}
        refused = REFUSED in str(said.get("detail", "")) if isinstance(said, dict) else False
        if role_table().may(role.name, operation.name):
            assert not refused, role.name
            assert told.status not in (401, 500), (role.name, said)
        else:
            assert told.status == 403, role.name
            assert refused, said


@pytest.mark.parametrize(
    "operation", [each for each in OPERATIONS.values() if each.method != "GET"], ids=lambda each: each.name
)
def test_nothing_is_changed_without_the_sessions_own_token(operation, as_role):
    path, query, body = sent(operation)
    role = next((each.name for each in role_table().role if role_table().may(each.name, operation.name)), None)
    if role is None:
        pytest.skip("nobody may")
    told = as_role(role, csrf=False).ask(operation.method, path, body, query)
    assert told.status == 403
    assert WITHOUT_FORM in told.body.decode()
    elsewhere = as_role(role).ask(operation.method, path, body, query, sec_fetch_site="cross-site")
    assert elsewhere.status == 403


@pytest.mark.parametrize(
    "operation", [each for each in OPERATIONS.values() if each.personal or each.export], ids=lambda each: each.name
)
def test_who_reads_about_people_names_a_purpose(operation, as_role):
    path, query, body = sent(operation)
    for role in role_table().role:
        if role_table().may(role.name, operation.name):
            told = as_role(role.name).ask(operation.method, path, body, query, x_purpose="")
            assert told.status == 422, role.name
            assert "says why" in told.body.decode()


def test_every_role_is_somebodys_and_names_only_operations_that_there_are():
    for role in role_table().role:
        assert any(role_table().may(role.name, name) for name in OPERATIONS)
    everyone = {role.name for role in role_table().role if role_table().may(role.name, "me.show")}
    assert everyone == {role.name for role in role_table().role}


def screens(app):
    return [each for each in app.routes if isinstance(each, Route)]


def test_every_screen_sends_strangers_to_the_door(free):
    for route in screens(free):
        if route.path in OPEN:
            continue
        path = re.sub(r"{\w+(?::\w+)?}", "1", route.path)
        for method in route.methods - {"HEAD"}:
            told = Person(free).ask(method, path)
            if route.path.endswith("/watch/events"):  # a stream has nobody to send to another page
                assert told.status == 401
                continue
            assert told.status == 303, route.path
            assert told.headers["location"].startswith("/sign-in"), route.path
            assert Person(free).ask(method, path, hx_request="true").status in (204, 401)


def test_every_screen_has_an_answer_for_every_role(free, as_role):
    for route in screens(free):
        if route.path in OPEN or "GET" not in route.methods:
            continue
        path = re.sub(r"{\w+(?::\w+)?}", "1", route.path)
        for role in role_table().role:
            told = as_role(role.name).ask("GET", path)
            assert told.status not in (401, 500), (route.path, role.name, told.body[:300])


def test_no_form_of_a_screen_does_anything_without_the_sessions_token(free, as_role):
    for route in screens(free):
        if route.path in OPEN or not route.methods - {"GET", "HEAD"}:
            continue
        path = re.sub(r"{\w+(?::\w+)?}", "1", route.path)
        for method in route.methods - {"GET", "HEAD"}:
            assert as_role("supervisor", csrf=False).ask(method, path).status == 403, route.path


def test_what_only_an_administrator_does_is_shut_to_all_others(as_role):
    for role in role_table().role:
        told = as_role(role.name).ask("GET", "/accounts")
        assert (told.status == 200) == (role.name == "administrator"), role.name
