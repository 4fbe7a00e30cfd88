"""The API's description: a valid OpenAPI document of all operations, which is what the API does, for whoever tries."""

import re

import jsonschema_rs
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import CHECKS, load_all_checks
from starlette.testclient import TestClient

from ops_hub.access.roles import role_table
from ops_hub.console.openapi import document
from ops_hub.console.signed_in import COOKIE
from ops_hub.service.index import OPERATIONS
from ops_hub.store import sessions

_CHECKS = ("not_a_server_error", "status_code_conformance", "content_type_conformance", "response_schema_conformance")
_SOMEBODY = {"audit": "audra", "accounts": "adam", "health": "adam", "rules": "sofia", "lists": "luis"}


@pytest.fixture(scope="module")
def described():
    return document(role_table(None))


def test_every_operation_stands_in_it_with_its_method_and_roles(described):
    told = {
        each["operationId"]: (method.upper(), path)
        for path, methods in described["paths"].items()
        for method, each in methods.items()
    }
    assert told == {name: (each.method, re.sub(r":\w+}", "}", each.path)) for name, each in OPERATIONS.items()}
    roles = {
        each["operationId"]: each["x-roles"] for methods in described["paths"].values() for each in methods.values()
    }
    assert roles["match.batch"] == ["watch-officer", "supervisor"]
    assert roles["audit.search"] == ["auditor"]


def test_everything_that_it_refers_to_is_there_and_every_schema_is_one(described):
    def walked(form):
        if isinstance(form, dict):
            yield form
            for value in form.values():
                yield from walked(value)
        elif isinstance(form, list):
            for value in form:
                yield from walked(value)

    for form in walked(described):
        if isinstance(form.get("$ref"), str):
            target = described
            for part in form["$ref"].removeprefix("#/").split("/"):
                target = target[part]
        if isinstance(form.get("schema"), dict):
            jsonschema_rs.meta.validate(form["schema"] | {"$schema": "https://json-schema.org/draft/2020-12/schema"})
    for schema in described["components"]["schemas"].values():
        jsonschema_rs.meta.validate(schema | {"$schema": "https://json-schema.org/draft/2020-12/schema"})
    assert all(re.fullmatch(r"[A-Za-z0-9._-]+", name) for name in described["components"]["schemas"])


def test_a_reader_of_openapi_takes_it(described):
    schemathesis.openapi.from_dict(described).validate()


def test_it_is_for_those_who_are_signed_in_and_personal_operations_want_a_purpose(app, as_person, described):
    assert TestClient(app).get("/api/v1/openapi.json").status_code == 401
    assert as_person("adam").get("/api/v1/openapi.json").json()["paths"].keys() == described["paths"].keys()
    for methods in described["paths"].values():
        for each in methods.values():
            named = {one["name"] for one in each["parameters"] if one["required"]}
            operation = OPERATIONS[each["operationId"]]
            assert ("X-Purpose" in named) == (operation.personal or operation.export)


def test_the_page_for_people_names_every_operation(as_person):
    page = as_person("wanda").get("/api/v1/docs").text
    assert all(f'id="{name}"' in page for name in OPERATIONS)
    assert "https://" not in re.sub(r"http://testserver\S*", "", page)


@pytest.mark.wide
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", sorted(OPERATIONS))
def test_whoever_tries_finds_no_fault_and_no_answer_that_is_not_described(app, hub, centre, the_day, described, name):
    load_all_checks()
    checks = CHECKS.get_by_names(list(_CHECKS))
    # who asks is signed in already: without this, guessed cookies stand in for the true one
    open_ = {key: value for key, value in described.items() if key != "security"}
    schema = schemathesis.openapi.from_dict(open_)
    schema.app, schema.config.base_url = app, "http://testserver/api/v1"
    who = _SOMEBODY.get(name.partition(".")[0], "wanda")
    operation = next(
        each.ok() for each in schema.get_all_operations() if each.ok().definition.raw["operationId"] == name
    )

    @settings(max_examples=5, derandomize=True, database=None, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))  # fmt: skip
    @given(case=operation.as_strategy())
    def tried(case):
        token, session = sessions.begin(hub, who)
        with TestClient(app, cookies={COOKIE: token}, headers={"x-csrf-token": session.csrf}, raise_server_exceptions=False) as client:  # fmt: skip
            case.headers = {key: value for key, value in (case.headers or {}).items() if key.lower() != "x-csrf-token"}
            case.call_and_validate(session=client, checks=checks)

    tried()
