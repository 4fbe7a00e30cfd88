"""What every screen stands on: nobody without an account, no form of another page, nothing that the role does not allow."""

from starlette.testclient import TestClient

from tests.console.people import PASSWORD


def test_who_is_not_signed_in_is_sent_to_the_door_and_back(app):
    client = TestClient(app, follow_redirects=False)
    sent = client.get("/me")
    assert sent.status_code == 303
    assert sent.headers["location"] == "/sign-in?next=/me"
    assert client.get("/api/v1/me").status_code == 401
    entered = client.post("/sign-in", data={"name": "wanda", "password": PASSWORD, "next": "/me"})
    assert entered.headers["location"] == "/me"
    assert "wanda" in client.get("/me").text


def test_the_door_leads_nowhere_else(app):
    client = TestClient(app, follow_redirects=False)
    for elsewhere in ("https://evil.example", "//evil.example", "/\\evil.example"):
        entered = client.post("/sign-in", data={"name": "wanda", "password": PASSWORD, "next": elsewhere})
        assert entered.headers["location"] == "/"


def test_a_wrong_password_and_an_unknown_name_are_told_alike(app):
    client = TestClient(app)
    wrong = client.post("/sign-in", data={"name": "wanda", "password": "x", "next": "/"})
    unknown = client.post("/sign-in", data={"name": "nobody", "password": "x", "next": "/"})
    assert wrong.status_code == unknown.status_code == 401
    assert wrong.text == unknown.text


def test_a_form_without_the_sessions_token_does_nothing(as_person):
    client = as_person("wanda")
    assert client.post("/me", data={"language": "es"}, headers={"x-csrf-token": "x"}).status_code == 403
    assert client.post("/me", data={"language": "es", "back": "/me"}).status_code == 303
    assert 'lang="es"' in client.get("/me").text
    client.post("/me", data={"language": "en", "back": "/me"})


def test_every_answer_has_a_policy_that_lets_nothing_in_from_outside(as_person):
    for path in ("/me", "/api/v1/me", "/static/console.css", "/nowhere"):
        told = as_person("wanda").get(path).headers
        assert "default-src 'none'" in told["content-security-policy"]
        assert told["x-content-type-options"] == "nosniff"


def test_the_api_tells_who_is_signed_in(as_person):
    assert as_person("adam").get("/api/v1/me").json()["role"] == "administrator"
