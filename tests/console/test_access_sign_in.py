"""The door: passwords, waits after wrong ones, sessions that end."""

import json
import time
import zlib

import msgspec
import pytest
from starlette.testclient import TestClient

from ops_hub.access import passwords
from ops_hub.access.accounts import Account
from ops_hub.console.app import create_app
from ops_hub.console.settings import Paces, Settings
from ops_hub.console.signed_in import COOKIE
from ops_hub.errors import ConfigError
from ops_hub.service.people import staff
from ops_hub.store import accounts, sessions, throttle
from ops_hub.store.audit import STREAM
from ops_hub.store.throttle import Pace, Patience

GOOD = "four kites over sand"


@pytest.fixture
def person(hub, request):
    """An account of this test alone."""
    name = f"p{zlib.crc32(request.node.name.encode()) % 10**9}"
    staff.add(hub, None, staff.KEYBOARD, name, "watch-officer", "CENTRE", password=GOOD, must_change=False)
    return name


@pytest.fixture
def client(centre, request):
    """A browser at an address of its own, as others in these tests type wrong passwords."""
    return TestClient(
        create_app(centre),
        follow_redirects=False,
        client=(f"198.51.100.{zlib.crc32(request.node.name.encode()) % 250}", 1),
    )


def enter(client, name, password=GOOD, **headers):
    return client.post("/sign-in", data={"name": name, "password": password, "next": "/me"}, headers=headers)


def lines(hub, action):
    events = [json.loads(fields[b"event"]) for _, fields in hub.client.xrange(STREAM)]
    return [each for each in events if each["action"] == action]


@pytest.mark.parametrize(
    "bad",
    ["short", "password1234", "123456789012", "aaaaaaaaaaaa", "qwertyqwerty", "abcabcabcabcabc", "mariana-1234", "mariana2026!!", "ops-hub-2026!", "Sunshine!!!!", "abcdefghijklm", "x" * 300],
)  # fmt: skip
def test_a_password_that_is_short_common_or_ones_own_name_is_refused(bad):
    with pytest.raises(ConfigError):
        passwords.checked(bad, "mariana")


@pytest.mark.parametrize(
    "good", [GOOD, "seven herons at dusk", "ñandú corre al río", "correct horse battery", "k7pt-mm2w-9xqa-hh4d-z3vf"]
)
def test_any_signs_will_do_for_a_password_that_is_long(good):
    assert passwords.checked(good, "mariana") == good


def test_keyboards_that_write_a_sign_in_two_ways_agree():
    assert passwords.matches("cafe\u0301 con leche 7", passwords.hashed("caf\u00e9 con leche 7"))


def test_who_has_no_account_waits_as_long_as_who_has_one():
    kept = passwords.hashed(GOOD)
    passwords.matches("x", "")

    def took(hash_):
        begun = time.thread_time()  # work, whatever else the machine does
        for _ in range(3):
            passwords.matches("wrong", hash_)
        return time.thread_time() - begun

    assert 0.5 < took(kept) / took("") < 2


def test_a_hash_of_less_strength_is_made_anew_at_sign_in(hub, client, person):
    weak = passwords.Argon2id(salt=b"s" * 16, length=32, iterations=1, lanes=1, memory_cost=64).derive_phc_encoded(
        GOOD.encode()
    )
    staff.replaced(hub, person, password=weak)
    assert passwords.stale(weak)
    assert enter(client, person).status_code == 303
    kept = staff.found(hub, person).password
    assert not passwords.stale(kept)
    assert passwords.matches(GOOD, kept)


def test_after_five_wrong_passwords_the_account_is_shut_for_a_while_whoever_asks(hub, client, person, centre):
    for _ in range(5):
        assert enter(client, person, "wrong").status_code == 401
    shut = enter(client, person)
    assert shut.status_code == 429
    assert 0 < int(shut.headers["retry-after"]) <= 30
    elsewhere = TestClient(create_app(centre), follow_redirects=False, client=("203.0.113.9", 1))
    assert enter(elsewhere, person).status_code == 429
    assert [each["about"] for each in lines(hub, "sign-in-shut")].count(person) == 1
    staff.give_password(hub, staff.KEYBOARD, person, "five terns at noon", must_change=False)
    assert enter(elsewhere, person, "five terns at noon").status_code == 303


def test_waits_grow_up_to_a_limit_and_end(hub):
    patience = (Patience(2, 1, 3, 60), Patience(100, 1, 1, 60))
    told = []
    for _ in range(4):
        wait, _ = throttle.attempt(hub, "slow", "1", patience)
        while wait:
            told.append(wait)
            time.sleep(0.05)
            hub.client.hincrby(throttle._key("wrong", "account", "slow"), "until", -1)  # a second goes by
            wait, _ = throttle.attempt(hub, "slow", "1", patience)
    assert max(told) <= 3
    assert max(told) > 1


def test_many_tries_at_once_are_no_more_than_one_after_the_other(hub):
    patience = (Patience(), Patience(100))
    tried = [throttle.attempt(hub, "many", "2", patience)[0] for _ in range(20)]
    assert tried.count(0) == 5


def test_one_address_may_not_try_name_after_name(hub):
    patience = (Patience(), Patience(free=20))
    tried = [throttle.attempt(hub, f"name{n}", "3", patience)[0] for n in range(40)]
    assert tried.count(0) == 20


def test_the_right_password_forgives_the_account_but_not_the_other_tries_of_the_address(hub):
    patience = (Patience(), Patience(free=5))
    for n in range(4):
        throttle.attempt(hub, f"other{n}", "4", patience)
    for _ in range(3):
        assert throttle.attempt(hub, "own", "4", patience)[0] == 0
        throttle.passed(hub, "own", "4")
    assert throttle.attempt(hub, "last", "4", patience) == (0, True)
    assert throttle.attempt(hub, "own", "4", patience)[0] > 0


def test_what_was_typed_as_a_name_is_not_in_the_log(hub, client):
    enter(client, "my secret password", "x")
    told = [each for each in lines(hub, "sign-in-refused") if "secret" in json.dumps(each)]
    assert not told


def test_signing_in_ends_the_session_that_the_browser_had(hub, client, person):
    enter(client, person)
    before = client.cookies[COOKIE]
    enter(client, person)
    assert client.cookies[COOKIE] != before
    assert sessions.held(hub, before) is None
    assert client.get("/me").status_code == 200


def test_a_session_does_not_outlive_a_day_nor_an_empty_chair(hub, person):
    token, session = sessions.begin(hub, person)
    name = sessions._key(token)
    hub.client.expire(name, 100)
    assert sessions.held(hub, token, keep=False)
    assert hub.client.ttl(name) <= 100
    assert sessions.held(hub, token)
    assert hub.client.ttl(name) > 1700
    sessions.change(hub, token, msgspec.structs.replace(session, since=session.since - sessions.MOST_SECONDS - 1))
    assert sessions.held(hub, token) is None
    sessions.change(hub, token, session)
    assert sessions.held(hub, token) is None, "a session that ended does not come back"


@pytest.mark.parametrize(
    "change",
    [
        lambda hub, name: staff.changed(hub, None, "t", name, role="supervisor"),
        lambda hub, name: staff.changed(hub, None, "t", name, state="BRB"),
        lambda hub, name: staff.changed(hub, None, "t", name, disabled=True),
        lambda hub, name: staff.give_password(hub, "t", name),
        lambda hub, name: staff.take_password(hub, "t", name, "five terns at noon"),
        lambda hub, name: staff.signed_out(hub, "t", name),
    ],
    ids=["role", "state", "disabled", "password-given", "password-taken", "signed-out"],
)
def test_sessions_end_when_the_account_becomes_another(hub, client, person, change):
    assert enter(client, person).status_code == 303
    assert client.get("/me").status_code == 200
    change(hub, person)
    assert client.get("/me").status_code == 303
    assert client.get("/api/v1/me").status_code == 401


def test_a_given_password_is_changed_before_anything_else(hub, client, person):
    given = staff.give_password(hub, "t", person)
    assert enter(client, person, given).headers["location"] == "/password"
    assert client.get("/").headers["location"] == "/password"
    assert client.get("/api/v1/me").status_code == 403
    csrf = client.get("/password").text.split('name="csrf" value="')[1].split('"')[0]
    sent = {"csrf": csrf, "old": given, "new": "five terns at noon", "again": "five terns at noon"}
    assert client.post("/password", data=sent | {"old": "x"}).status_code == 422
    assert client.post("/password", data=sent | {"again": "x"}).status_code == 422
    assert client.post("/password", data=sent | {"new": "password1234", "again": "password1234"}).status_code == 422
    assert client.post("/password", data=sent | {"new": given, "again": given}).status_code == 422
    assert client.post("/password", data=sent).headers["location"] == "/sign-in"
    assert enter(client, person, "five terns at noon").headers["location"] == "/me"
    assert client.get("/me").status_code == 200


def test_the_old_password_cannot_be_guessed_from_a_session(client, person):
    enter(client, person)
    csrf = client.get("/password").text.split('name="csrf" value="')[1].split('"')[0]
    sent = {"csrf": csrf, "old": "x", "new": "five terns at noon", "again": "five terns at noon"}
    told = [client.post("/password", data=sent).status_code for _ in range(6)]
    assert told == [422] * 5 + [429]


def test_the_cookie_is_bound_to_this_host_where_browsers_come_by_https(centre, person):
    client = TestClient(
        create_app(centre, Settings(secure=True)), base_url="https://console.example", follow_redirects=False
    )
    told = enter(client, person).headers["set-cookie"]
    assert told.startswith("__Host-ops_hub_session=")
    for word in ("Secure", "HttpOnly", "Path=/", "SameSite=lax"):
        assert word in told
    assert "Domain" not in told


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site", "origin": "http://testserver"},
    ],
)
def test_no_other_page_signs_anybody_in(client, person, headers):
    assert enter(client, person, **headers).status_code == 403


@pytest.mark.parametrize(
    "headers", [{"origin": "http://testserver"}, {"sec-fetch-site": "same-origin"}, {"sec-fetch-site": "none"}, {}]
)
def test_our_own_page_does(client, person, headers):
    assert enter(client, person, **headers).status_code == 303


def test_who_asks_too_often_is_told_when_to_come_again(centre, hub):
    slow = Paces(session=Pace(1, 5), address=Pace(1000, 1000), stranger=Pace(1, 3))
    app = create_app(centre, Settings(paces=slow))
    token, session = sessions.begin(hub, "wanda")
    client = TestClient(app, cookies={COOKIE: token}, client=("198.51.100.251", 1))
    told = [client.get("/api/v1/me") for _ in range(7)]
    assert [each.status_code for each in told] == [200] * 5 + [429] * 2
    assert int(told[-1].headers["retry-after"]) >= 1
    assert told[-1].headers["content-type"] == "application/problem+json"
    stranger = TestClient(app, client=("198.51.100.252", 1))
    assert [stranger.get("/sign-in").status_code for _ in range(5)] == [200] * 3 + [429] * 2
    other, _ = sessions.begin(hub, "wanda")
    assert TestClient(app, cookies={COOKIE: other}, client=("198.51.100.252", 1)).get("/api/v1/me").status_code == 200


def test_an_account_whose_state_cannot_be_read_lets_nobody_in(hub, client):
    account = Account("odd", "CENTRE", "no-such-role", passwords.hashed(GOOD), hub.now())
    accounts.put(hub, "odd", msgspec.json.encode(account))
    enter(client, "odd")
    assert client.get("/api/v1/me").status_code == 403
    assert client.get("/watch").status_code in (403, 404)
