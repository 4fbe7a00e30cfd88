"""Accounts and tokens as administrators look after them, from the screens, the API and the keyboard."""

import json
import threading
from datetime import timedelta

import msgspec
import pytest
from click.testing import CliRunner
from starlette.testclient import TestClient

from ops_hub.cli import main
from ops_hub.errors import AccessError, ConfigError, MissingError
from ops_hub.service.people import staff
from ops_hub.store import accounts, tokens
from ops_hub.store.audit import STREAM


@pytest.fixture
def adam(as_person):
    return as_person("adam", "staff changes")


def made(adam, name, role="watch-officer", state="CENTRE"):
    return adam.post("/api/v1/accounts", json={"name": name, "role": role, "state": state})


def last_line(hub):
    return json.loads(hub.client.xrevrange(STREAM, count=1)[0][1][b"event"])


def test_an_account_is_added_with_a_password_that_is_told_once(adam, hub):
    told = made(adam, "nadia", "liaison", "BRB")
    assert told.status_code == 200
    assert len(told.json()["password"]) >= 20
    line = last_line(hub)
    assert (line["action"], line["about"], line["by"], line["purpose"]) == (
        "account-added",
        "nadia",
        "CENTRE/adam:administrator",
        "staff changes",
    )
    assert told.json()["password"] not in json.dumps(line)
    listed = {each["name"]: each for each in adam.get("/api/v1/accounts").json()}
    assert listed["nadia"]["must_change"]
    assert "password" not in listed["nadia"]


@pytest.mark.parametrize(
    ("name", "role", "state"),
    [
        ("x1", "liaison", "CENTRE"), ("x1", "administrator", "BRB"), ("x1", "watch-officer", "ATA"), ("x1", "king", "CENTRE"),
        ("adam", "watch-officer", "CENTRE"), ("<script>", "watch-officer", "CENTRE"), ("a b", "watch-officer", "CENTRE"),
        ("CENTRE/x:administrator", "watch-officer", "CENTRE"), ("..", "watch-officer", "CENTRE"), ("a\r\nb", "watch-officer", "CENTRE"),
        ("x" * 65, "watch-officer", "CENTRE"), ("", "watch-officer", "CENTRE"),
    ],
)  # fmt: skip
def test_an_account_that_cannot_be_is_refused_in_words(adam, name, role, state):
    told = made(adam, name, role, state)
    assert told.status_code == 422
    assert ";" in told.json()["detail"]


def test_role_and_state_change_together_or_not_at_all(adam, hub):
    made(adam, "oleg")
    assert adam.put("/api/v1/accounts/oleg", json={"role": "liaison"}).status_code == 422
    told = adam.put("/api/v1/accounts/oleg", json={"role": "liaison", "state": "brb"})
    assert (told.json()["role"], told.json()["state"]) == ("liaison", "BRB")
    assert adam.put("/api/v1/accounts/nobody", json={"role": "liaison"}).status_code == 404


def test_the_last_administrator_stays(adam, hub):
    assert adam.post("/api/v1/accounts/adam/disable").status_code == 403
    assert adam.put("/api/v1/accounts/adam", json={"role": "auditor"}).status_code == 403
    made(adam, "berta", "administrator")
    kept = accounts.find(hub, "adam")
    done = []

    def disable(name):
        try:
            staff.changed(hub, None, "t", name, disabled=True)
            done.append(name)
        except AccessError:
            pass

    both = [threading.Thread(target=disable, args=(name,)) for name in ("adam", "berta")]
    for each in both:
        each.start()
    for each in both:
        each.join()
    assert len(done) == 1, "two who disable each other at once do not leave the hub without one"
    accounts.put(hub, "adam", kept)  # as it was, for the other tests
    staff.changed(hub, None, "t", "berta", disabled=True)


def test_a_token_opens_the_api_for_what_its_account_may_and_nothing_else(adam, app, hub):
    made(adam, "sys-brb", "liaison", "BRB")
    told = adam.post("/api/v1/accounts/sys-brb/tokens", json={"use": "case system of BRB", "days": 30}).json()
    secret = told["secret"]
    system = TestClient(app, headers={"authorization": f"Bearer {secret}", "x-purpose": "se%C3%B1al"})
    assert system.get("/api/v1/me").json()["name"] == "sys-brb"
    assert system.get("/api/v1/accounts").status_code == 403
    assert system.post("/api/v1/me", json={"language": "es"}).status_code == 200, "no CSRF token is needed"
    assert system.get("/me", follow_redirects=False).status_code == 303, "screens are for people"
    kept = b"".join(hub.client.hgetall(tokens._TOKENS).values()) + b"".join(hub.client.hgetall(tokens._TOKENS))
    assert secret.encode() not in kept
    shown = adam.get("/api/v1/accounts/sys-brb/tokens").json()
    assert shown[0]["used_at"] is not None
    assert secret not in json.dumps(shown)
    ended = adam.delete(f"/api/v1/accounts/sys-brb/tokens/{told['token']['id']}")
    assert ended.json() == []
    refused = system.get("/api/v1/me")
    assert refused.status_code == 401
    assert refused.headers["www-authenticate"] == "Bearer"


def test_the_owner_of_an_account_is_told_of_every_token_that_somebody_made_for_it(adam, as_person, hub):
    told = adam.post("/api/v1/accounts/wanda/tokens", json={"use": "not hers", "days": 5}).json()["token"]
    line = last_line(hub)
    assert (line["action"], line["about"], line["detail"]["for_another"]) == ("token-made", "wanda", True)
    wanda = as_person("wanda")
    seen = {each["id"]: each["made_by"] for each in wanda.get("/api/v1/me").json()["tokens"]}
    assert seen[told["id"]] == "adam"
    assert "not hers" in wanda.get("/me").text
    assert "not hers" not in as_person("sofia").get("/me").text, "others' tokens are nobody's business"
    adam.post("/api/v1/accounts/adam/tokens", json={"use": "own", "days": 5})
    assert last_line(hub)["detail"]["for_another"] is False


def test_a_token_ends_with_its_time_its_accounts_role_or_the_account(hub, adam):
    made(adam, "sys-2")
    secret, token = tokens.make(hub, "sys-2", "x", "adam", 1)
    assert tokens.held(hub, secret)
    field = tokens._hash(secret)
    old = msgspec.structs.replace(token, expires_at=hub.now() - timedelta(seconds=1))
    hub.client.hset(
        tokens._TOKENS, field, hub.keyring.seal("CENTRE", "tokens", msgspec.json.encode(old), about=field.encode())
    )
    assert tokens.held(hub, secret) is None
    secret, _ = tokens.make(hub, "sys-2", "x", "adam", 1)
    staff.changed(hub, None, "t", "sys-2", role="supervisor")
    assert tokens.held(hub, secret) is None
    secret, _ = tokens.make(hub, "sys-2", "x", "adam", 1)
    staff.changed(hub, None, "t", "sys-2", disabled=True)
    assert tokens.held(hub, secret) is None


def test_a_session_of_somebody_else_does_not_help_a_wrong_token(as_person, app):
    client = as_person("adam")
    assert client.get("/api/v1/me", headers={"authorization": "Bearer oht_wrong"}).status_code == 401


@pytest.mark.parametrize("purpose", ["%00", "%0d%0aX: y", "%ff", "x" * 201])
def test_a_purpose_that_is_not_printable_is_refused(as_person, purpose):
    assert as_person("adam").get("/api/v1/me", headers={"x-purpose": purpose}).status_code == 422


def test_the_screen_adds_changes_and_makes_tokens(adam):
    page = adam.post("/accounts", data={"name": "paula", "role": "supervisor", "state": "CENTRE"})
    assert "shown this once" in page.text
    again = adam.post("/accounts", data={"name": "paula", "role": "supervisor", "state": "CENTRE"})
    assert again.status_code == 422
    assert "account of that name" in again.text
    assert adam.post("/accounts/paula/change", data={"role": "liaison", "state": "HND"}).status_code == 303
    assert "oht_" in adam.post("/accounts/paula/token", data={"use": "x", "days": "5"}).text
    assert "oht_" not in adam.get("/accounts/paula").text
    assert adam.post("/accounts/paula/token", data={"use": "x", "days": "5000"}).status_code == 422
    assert "first sign-in" in adam.post("/accounts/paula/reset").text
    assert adam.post("/accounts/paula/disable").status_code == 303
    assert "disabled" in adam.get("/accounts/paula").text
    assert adam.get("/accounts/nobody").status_code == 404


def test_health_tells_figures_and_nobody(adam):
    told = adam.get("/api/v1/health")
    assert told.json()["units"] == 0
    assert "host" not in told.text
    assert "Health of the hub" in adam.get("/health").text
    assert "<html" not in adam.get("/health", headers={"hx-request": "true"}).text


def test_accounts_are_looked_after_from_the_keyboard(hub, monkeypatch):
    monkeypatch.setenv("OPS_HUB_HOME", str(hub.home))
    run = CliRunner()

    def told(*args):
        return run.invoke(main, ["console", "user", *args])

    assert (
        "may sign in"
        in told("add", "kira", "--role", "liaison", "--state", "BRB", "--password", "five terns at noon").output
    )
    assert told("add", "kiro", "--role", "liaison", "--password", "five terns at noon").exit_code == 2
    assert told("add", "kiro", "--role", "liaison", "--state", "BRB", "--password", "password1234").exit_code == 2
    assert "kira" in told("list").output
    assert told("password", "kira", "--password", "six terns at noon").exit_code == 0
    assert told("disable", "kira").exit_code == 0
    assert {each["name"]: each["disabled"] for each in json.loads(told("list", "--json").output)}["kira"]
    assert told("disable", "kira", "--undo").exit_code == 0
    assert told("disable", "adam").exit_code == 2
    assert told("disable", "nobody").exit_code == 2


def test_names_are_the_same_in_small_and_capital_letters(hub):
    staff.add(hub, None, "t", "Ingrid", "supervisor", "CENTRE")
    assert staff.found(hub, "INGRID").name == "ingrid"
    with pytest.raises(ConfigError):
        staff.add(hub, None, "t", "inGRID", "supervisor", "CENTRE")
    with pytest.raises(MissingError):
        staff.found(hub, "nobody")
