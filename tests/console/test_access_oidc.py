"""Signing in elsewhere: the whole walk with a provider that really signs, and everything that is refused."""

import json
from http.client import HTTPConnection
from itertools import count
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from joserfc.jwk import OctKey
from starlette.testclient import TestClient

from ops_hub.access.oidc import Mapped, Provider, provider_of
from ops_hub.access.roles import role_table
from ops_hub.console import oidc
from ops_hub.console.app import create_app
from ops_hub.console.settings import Paces, Settings
from ops_hub.errors import ConfigError
from ops_hub.service.people import staff
from ops_hub.states import home_states
from ops_hub.store.throttle import Pace
from tests.console.people import PASSWORD
from tests.console.provider import CLIENT, SECRET, a_provider, elliptic

FREE = Paces(Pace(1000, 10000), Pace(1000, 10000), Pace(1000, 10000))
MAP = (Mapped("groups", "watch", "watch-officer", "CENTRE"), Mapped("groups", "liaison-brb", "liaison", "BRB"))


_NUMBERS = count()


@pytest.fixture
def provider(hub):
    """A provider with an account here that nobody used yet: the first to come from a provider is bound to it."""
    with a_provider() as made:
        name = f"elsewhere-{next(_NUMBERS)}"
        staff.add(hub, None, "t", name, "watch-officer", "CENTRE", password="")
        made.claims = {"sub": "s-1", "preferred_username": name}
        oidc._asked.cache_clear()
        yield made


def sent_back(address):
    """Return where the provider sends the browser back to."""
    at = urlsplit(address)
    asked = HTTPConnection(at.hostname, at.port, timeout=10)
    try:
        asked.request("GET", f"{at.path}?{at.query}")
        return asked.getresponse().headers["location"]
    finally:
        asked.close()


def browser(centre, provider, mapped=()):
    told = Provider(provider.issuer, CLIENT, "http://testserver", SECRET, map=mapped)
    return TestClient(create_app(centre, Settings(provider=told, paces=FREE)), follow_redirects=False)


def inside(client, name):
    """Sign somebody in with their password first."""
    assert client.post("/sign-in", data={"name": name, "password": PASSWORD, "next": "/"}).status_code == 303
    return client


def there_and_back(client, following="/me"):
    """Return the answer at the end of the walk, and the address that the provider sent the browser to."""
    out = client.get("/sign-in/oidc", params={"next": following})
    assert out.status_code == 303
    back = sent_back(out.headers["location"])
    return client.get(back.removeprefix("http://testserver")), back


def test_somebody_with_an_account_signs_in_elsewhere(centre, provider):
    client = browser(centre, provider)
    assert "Sign in with your organisation" in client.get("/sign-in").text
    told, _ = there_and_back(client)
    assert (told.status_code, told.headers["location"]) == (303, "/me")
    assert client.get("/api/v1/me").json()["name"] == provider.claims["preferred_username"]


def test_keys_that_the_provider_changed_are_asked_for_anew(centre, provider):
    client = browser(centre, provider)
    assert there_and_back(client)[0].status_code == 303
    provider.key = elliptic("two")
    provider.header = {"alg": "ES256", "kid": "two"}
    assert there_and_back(client)[0].status_code == 303


@pytest.mark.parametrize(
    "wrong",
    [
        {"nonce": "another"}, {"nonce": None}, {"aud": "another"}, {"aud": None}, {"aud": [CLIENT, "another"]}, {"iss": "http://127.0.0.1:1"},
        {"exp": 1_500_000_000}, {"exp": None}, {"iat": None}, {"sub": None}, {"azp": "another"}, {"preferred_username": "nobody"},
        {"preferred_username": None}, {"preferred_username": "<script>"}, {"exp": "soon"}, {"nbf": 4_000_000_000},
    ],
    ids=str,
)  # fmt: skip
def test_a_token_that_is_not_for_us_now_and_here_is_refused(centre, provider, wrong):
    client = browser(centre, provider)
    assert there_and_back(client)[0].status_code == 303
    client.cookies.clear()
    provider.wrong = wrong
    told, _ = there_and_back(client)
    assert told.status_code == 401
    assert client.get("/api/v1/me").status_code == 401


@pytest.mark.parametrize("way", ["another key", "secret", "none"])
def test_a_token_that_the_provider_did_not_sign_is_refused(centre, provider, way, monkeypatch):
    assert there_and_back(browser(centre, provider))[0].status_code == 303
    if way == "another key":
        provider.signing = provider.other
    elif way == "secret":  # signed with what two know
        provider.header = {"alg": "HS256", "kid": "one"}
        provider.signing = OctKey.import_key(b"k" * 32)
    else:
        plain = "eyJhbGciOiJub25lIn0.e30."
        monkeypatch.setattr(
            provider, "token", lambda form, by: (200, {"access_token": "a", "token_type": "Bearer", "id_token": plain})
        )
    assert there_and_back(browser(centre, provider))[0].status_code == 401


def test_what_comes_back_is_taken_once_and_by_the_browser_that_began(centre, provider):
    client = browser(centre, provider)
    _, back = there_and_back(client)
    assert client.get(back.removeprefix("http://testserver")).status_code == 401
    out = client.get("/sign-in/oidc")
    stolen = sent_back(out.headers["location"]).removeprefix("http://testserver")
    other = browser(centre, provider)
    assert other.get(stolen).status_code == 401
    assert other.get("/sign-in/oidc/back?code=x&state=y").status_code == 401
    assert other.get("/sign-in/oidc/back?error=access_denied").status_code == 401


def test_an_answer_of_another_provider_is_refused(centre, provider):
    client = browser(centre, provider)
    out = client.get("/sign-in/oidc")
    back = sent_back(out.headers["location"]).removeprefix("http://testserver")
    assert client.get(back.rpartition("&iss=")[0] + "&iss=https://evil.example").status_code == 401


def test_a_code_without_our_proof_is_worth_nothing(provider, centre):
    client = browser(centre, provider)
    out = client.get("/sign-in/oidc")
    asked = parse_qs(urlsplit(out.headers["location"]).query)
    assert len(asked["code_challenge"][0]) == 43
    back = sent_back(out.headers["location"])
    code = parse_qs(urlsplit(back).query)["code"][0]
    told = httpx.post(
        f"{provider.issuer}/token", data={"code": code, "code_verifier": "guessed"}, auth=(CLIENT, SECRET)
    )
    assert told.status_code == 400


def test_nobody_gets_an_account_by_signing_in_unless_the_file_says_which(centre, hub, provider):
    provider.claims = {"sub": "s-9", "preferred_username": "newcomer@brb.example", "groups": ["liaison-brb"]}
    assert there_and_back(browser(centre, provider))[0].status_code == 401
    client = browser(centre, provider, MAP)
    assert there_and_back(client)[0].status_code == 303
    assert client.get("/api/v1/me").json()["role"] == "liaison"
    assert (
        client.post("/sign-in", data={"name": "newcomer@brb.example", "password": "", "next": "/"}).status_code == 401
    )
    provider.claims["groups"] = ["watch"]
    assert there_and_back(client)[0].status_code == 303
    assert staff.found(hub, "newcomer@brb.example").role == "watch-officer"
    provider.claims["groups"] = []
    assert there_and_back(client)[0].status_code == 401, "whom the provider gives no role any more is out"


def test_an_account_made_by_hand_keeps_its_role_whatever_the_provider_says(centre, hub, provider):
    provider.claims = {"sub": "s-3", "preferred_username": "audra", "groups": ["watch"]}
    assert there_and_back(inside(browser(centre, provider, MAP), "audra"))[0].status_code == 303
    assert there_and_back(browser(centre, provider, MAP))[0].status_code == 303, (
        "bound once, it is theirs at any browser"
    )
    assert staff.found(hub, "audra").role == "auditor"


def test_a_name_that_the_provider_gave_to_somebody_else_opens_nothing(centre, hub, provider):
    provider.claims = {"sub": "s-4", "preferred_username": "sofia"}
    client = inside(browser(centre, provider), "sofia")
    assert there_and_back(client)[0].status_code == 303
    provider.claims["sub"] = "s-5"
    assert there_and_back(browser(centre, provider))[0].status_code == 401


def test_a_name_taken_at_the_provider_does_not_open_an_account_that_has_a_password(centre, hub, provider):
    provider.claims = {"sub": "s-evil", "preferred_username": "adam", "groups": ["watch"]}
    assert there_and_back(browser(centre, provider, MAP))[0].status_code == 401
    assert there_and_back(inside(browser(centre, provider, MAP), "wanda"))[0].status_code == 401, (
        "nor from within another"
    )
    found = staff.found(hub, "adam")
    assert (found.subject, found.role) == ("", "administrator")


def test_a_disabled_account_is_shut_for_the_provider_too(centre, hub, provider):
    provider.claims = {"sub": "s-6", "preferred_username": "rosa"}
    staff.changed(hub, None, "t", "rosa", disabled=True)
    assert there_and_back(browser(centre, provider))[0].status_code == 401


def test_a_provider_that_is_away_is_told_in_words(centre):
    told = Provider("http://127.0.0.1:1", CLIENT, "http://testserver", SECRET)
    client = TestClient(create_app(centre, Settings(provider=told)), follow_redirects=False)
    assert client.get("/sign-in/oidc").status_code == 503


def test_without_a_provider_there_is_no_way_elsewhere(app):
    client = TestClient(app)
    assert client.get("/sign-in/oidc").status_code == 404
    assert client.get("/sign-in/oidc/back?code=1").status_code == 404


def test_the_file_of_a_provider_is_read_with_its_secret_from_outside(tmp_path, monkeypatch):
    path, roles, homes = tmp_path / "oidc.toml", role_table(), home_states().by_code
    good = {
        "issuer": "https://id.example", "client_id": "x", "client_secret": "$A_SECRET", "address": "https://console.example/",
        "map": [{"claim": "groups", "value": "watch", "role": "watch-officer", "state": "CENTRE"}],
    }  # fmt: skip

    def read(**changed):
        told = good | changed
        lines = [f"{name} = {json.dumps(value)}" for name, value in told.items() if name != "map"]
        lines += ["[[map]]", *(f"{name} = {json.dumps(value)}" for name, value in told["map"][0].items())]
        path.write_text("\n".join(lines))
        return provider_of(path, roles, homes)

    with pytest.raises(ConfigError, match="environment"):
        read()
    monkeypatch.setenv("A_SECRET", "s")
    assert read().client_secret == "s"
    assert read().address == "https://console.example"
    for changed in (
        {"client_secret": "written here"}, {"issuer": "http://id.example"}, {"address": "http://console.example"}, {"isuer": "x"},
        {"map": [{"claim": "g", "value": "w", "role": "liaison", "state": "CENTRE"}]},
    ):  # fmt: skip
        with pytest.raises(ConfigError):
            read(**changed)
