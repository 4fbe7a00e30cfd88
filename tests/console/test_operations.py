"""Operations in the console: each state its own, nobody who is to be protected on a board, no small groups, no word twice."""

import datetime as dt
import json

import pytest

from ops_hub.operations.journal import proposing
from ops_hub.service.shelf import Shelf
from ops_hub.store.operations import lines_of
from tests.console.operation_scene import SECRETS, centre, operations, the_network, the_operation

__all__ = ["centre", "operations", "the_network", "the_operation"]
AT = "/api/v1/operations/ALCYON"
PARTS = ("", "/tasks", "/readiness", "/map", "/results", "/proposals", "/targets", "/coverage", "/papers")


@pytest.fixture
def get(as_person, the_operation):
    def got(name, path=""):
        return as_person(name).get(AT + path)

    return got


def test_the_list_tells_phase_and_what_changes_next(as_person, the_operation):
    told = {each["name"]: each for each in as_person("wanda").get("/api/v1/operations").json()["operations"]}
    assert told["ALCYON"]["phase"] == "action"
    assert told["ALCYON"]["coordinates"] == "BRB"
    assert told["ALCYON"]["acknowledged"] == 3
    assert told["BROKEN"]["faults"] > 0
    assert "ALCYON" in as_person("wanda").get("/operations").text


def test_a_state_that_takes_no_part_is_told_as_if_there_were_none(as_person, the_operation):
    client = as_person("suri")
    assert client.get("/api/v1/operations").json() == {"operations": []}
    gone = client.get("/api/v1/operations/NOTHING")
    for path in ("", "/tasks", "/readiness", "/routes", "/results", "/proposals", "/targets", "/coverage"):
        told = client.get(AT + path)
        assert told.status_code == 404
        assert told.json()["detail"].replace("ALCYON", "NOTHING") == gone.json()["detail"]
    for part in PARTS:
        assert client.get("/operations/ALCYON" + part).status_code == 404


def test_a_plan_that_cannot_be_used_is_told_to_the_centre_alone(as_person, the_operation):
    assert as_person("wanda").get("/api/v1/operations/BROKEN").status_code == 422
    assert as_person("bea").get("/api/v1/operations/BROKEN").status_code == 404
    assert "BROKEN" not in as_person("bea").get("/api/v1/operations").text


def test_no_form_or_query_makes_an_error_of_the_console(as_person, get):
    client, odd = as_person("wanda"), ["\u202e", "0" * 3000, "-1", "null", "[]", "<b>", "'; --", "9" * 400]
    for value in odd:
        for field in ("state", "port", "kind", "status", "nothing"):
            assert client.get(f"{AT}/tasks", params={field: [value, value]}).status_code == 422
            assert client.get("/operations/ALCYON/tasks", params={field: value}).status_code in (200, 422)
        for path in ("targets", "coverage"):
            assert client.get(f"{AT}/{path}", params={"network": value}).status_code in (404, 422)
        for path in ("tasks", "proposals", "acknowledgements", "targets/tasks", f"tasks/{value[:20]}"):
            for body in (
                value,
                [value],
                {"nodes": [value], "reason": value, "due": value, "what": value, "verb": value},
            ):
                assert client.post(f"{AT}/{path}", json=body).status_code in (404, 405, 422)


def test_names_that_lead_elsewhere_lead_nowhere(as_person, the_operation):
    for name in ("%2e%2e%2fALCYON", "ALCYON%00", "%2fetc", "x" * 500, "ÄÖ", "ALCYON%0a"):
        assert as_person("wanda").get(f"/api/v1/operations/{name}").status_code in (404, 405, 422)


def test_every_page_opens_for_who_may(as_person, the_operation, the_network, the_day):
    for name in ("wanda", "sofia", "bea", "petra"):
        for part in PARTS:
            for headers in ({}, {"hx-request": "true"}):
                told = as_person(name).get("/operations/ALCYON" + part, headers=headers)
                assert told.status_code == 200, (name, part, told.text[:300])


def test_two_states_see_their_own_tasks(get):
    ours = {each["what"] for each in get("tito", "/tasks").json()["tasks"]}
    assert ours == {"check the bookings of BW432"}
    leads = get("bea", "/tasks").json()
    assert [each["own"] for each in leads["tasks"]] == [True, True, False, False]  # it leads: its own come first
    assert leads["with_protection"] == 1
    assert "receive who" not in str(leads)
    assert "receive who" in str(get("brita", "/tasks").json())
    assert get("tito", "").json()["states"][0]["tasks"] == {}
    assert get("bea", "").json()["states"][0]["tasks"] == {"open": 3}


def test_tasks_are_filtered(get):
    told = get("wanda", "/tasks?port=POS").json()
    assert [each["port"] for each in told["tasks"]] == ["POS"]
    assert get("wanda", "/tasks?status=gone").status_code == 422


def test_a_task_is_done_once_and_by_who_may(as_person, get):
    task = get("tito", "/tasks").json()["tasks"][0]["task"]
    refused = as_person("lia").post(f"{AT}/tasks/{task}", json={"verb": "drop"})
    assert refused.status_code == 422  # the coordinator may, but says no reason
    reception = next(e for e in get("brita", "/tasks").json()["tasks"] if e["kind"] == "protection-reception")["task"]
    hidden = as_person("tito").post(f"{AT}/tasks/{reception}", json={"verb": "done"})
    unknown = as_person("tito").post(f"{AT}/tasks/00000000", json={"verb": "done"})
    assert hidden.json()["detail"].replace(reception, "00000000") == unknown.json()["detail"]
    done = as_person("tito").post(f"/operations/ALCYON/tasks/{task}", data={"verb": "done"})
    assert done.status_code == 303
    again = as_person("tito").post(f"{AT}/tasks/{task}", json={"verb": "done"})
    assert "is done by" in again.json()["detail"]
    assert get("tito", "/tasks?status=done").json()["tasks"][0]["ended_by"] == "TTO/tito:officer"
    assert "tito" not in get("bea", "/tasks?status=done").text  # another state reads who as a desk


def test_a_task_is_added_and_what_is_no_task_refused(as_person, get):
    client, added = (
        as_person("tito"),
        {"due": "2026-12-01T14:30", "what": "<script>alert(1)</script> gate 4", "port": "POS"},
    )
    assert client.post(f"{AT}/tasks", json=added).json()["local"] == "2026-12-01 14:30 AST"
    assert "<script>alert" not in client.get("/operations/ALCYON/tasks").text
    for wrong in ({"due": "soon"}, {"due": "9999-12-31T23:59"}, {"what": " "}, {"port": "BGI"}, {"state": "BRB"}, {"kind": "nap"}, {"what": "x" * 501}):  # fmt: skip
        assert client.post(f"{AT}/tasks", json=added | wrong).status_code == 422


def test_a_plan_is_acknowledged_for_ones_own_state_as_it_was_read(as_person, get):
    plan = get("lia", "").json()["plan"]
    assert as_person("lia").post(f"{AT}/acknowledgements", json={"plan": "0123456789ab"}).status_code == 409
    assert as_person("lia").post(f"{AT}/acknowledgements", json={"plan": plan}).json()["state"] == "BRB"
    assert as_person("wanda").post(f"{AT}/acknowledgements", json={}).status_code == 422  # the centre takes no part


def test_readiness_tells_who_has_to_act(get, the_day):
    told = get("tito", "/readiness").json()
    assert told["counts"]["red"] > 0
    prosecutor = next(each for each in told["lines"] if each["check"] == "prosecutor")
    assert prosecutor["level"] == "red"
    assert prosecutor["where"] == "GTM"
    assert not prosecutor["own"]
    assert all(each["remedy"] for each in told["lines"] if each["level"] == "red")


def test_nobody_to_be_protected_is_on_a_board(as_person, get, the_network, the_day):
    for name in ("wanda", "sofia", "bea", "tito", "lia"):
        said = "".join(get(name, part).text for part in ("", "/tasks", "/routes", "/results", "/coverage", "/targets"))
        said += "".join(
            as_person(name).get("/operations/ALCYON" + part, headers={"hx-request": "1"}).text for part in PARTS
        )
        assert not [secret for secret in SECRETS if secret in said], name
    assert "BOSS, Bruno" in get("wanda", "/targets").text
    mine = get("brita", "/targets").json()
    assert [each["name"] for each in mine["protection"]] == ["VICTIM, Vera"]
    assert "VICTIM" not in str(mine["targets"])


def test_a_state_gets_packages_that_concern_it(get, the_network):
    assert [each["person_id"] for each in get("tito", "/targets").json()["targets"]] == ["person:r-boss"]
    assert get("tito", "/targets").json()["protection"] is None


def test_services_read_whom_to_receive_and_nothing_of_enforcement(as_person, get, the_network):
    told = get("serge", "/targets").json()
    assert told["targets"] == []
    assert [each["name"] for each in told["protection"]] == ["VICTIM, Vera"]
    assert "receive who" in get("serge", "/tasks").text
    assert get("serge", "/results").status_code == 403
    assert "/results" not in as_person("serge").get("/operations/ALCYON").text


def test_without_a_purpose_no_name_is_read(as_person, the_operation, the_network):
    for path in ("/targets", "/proposals"):
        assert as_person("wanda", purpose="").get(AT + path).status_code == 422


def test_small_groups_on_a_route_are_not_told(get, the_network, the_day):
    told = {each["number"]: each for each in get("wanda", "/routes").json()["routes"]}
    assert told[1]["travellers"] == 43
    assert told[1]["listed"] == "fewer than 5"  # the one who is wanted; who is to be protected is not among them
    assert told[2]["travellers"] == "fewer than 5"
    assert told[3]["travellers"] == 0
    assert get("tito", "/routes").json()["routes"][1]["travellers"] == 0  # a way of others


def test_results_are_counted_from_cases_and_the_centre_counts_all(get, the_day):
    whole, own = get("sofia", "/results").json(), get("tito", "/results").json()
    assert whole["whole"]
    assert not own["whole"]
    assert whole["figures"]["cases"] >= own["figures"]["cases"]
    assert whole["figures"]["protected"] in (0, "fewer than 5")


def test_a_proposal_needs_a_reason_and_nodes_that_are_there(as_person, the_operation, the_network):
    client = as_person("tito")
    said = {"nodes": ["person:r-boss"], "network": the_network, "reason": "books for others"}
    for wrong in (
        {"reason": ""},
        {"reason": "\u0000"},
        {"nodes": []},
        {"nodes": ["person:withheld-1"]},
        {"nodes": "x"},
    ):
        assert client.post(f"{AT}/proposals", json=said | wrong).status_code == 422
    for gone in ({"nodes": ["person:nobody"]}, {"network": "../../etc"}, {"nodes": ["person:r-victim"]}):
        assert client.post(f"{AT}/proposals", json=said | gone).status_code == 404
    assert client.post(f"{AT}/proposals", json=said).json() == {"operation": "ALCYON", "id": 1, "nodes": 1}
    refused = as_person("brita").post(f"{AT}/proposals", json=said | {"nodes": ["person:r-victim"]})
    assert "no target" in refused.json()["detail"]
    told = as_person("wanda").get(f"{AT}/proposals").json()["proposals"][0]
    assert told["nodes"][0]["label"] == "BOSS, Bruno"
    assert told["by"] == "TTO:officer"
    assert "books for others" in as_person("wanda").get("/operations/ALCYON/proposals").text
    board = as_person("tito").get(AT).json()
    assert board["latest"][0]["kind"] == "proposed"
    assert "r-boss" not in json.dumps(board)


def test_who_was_proposed_and_is_to_be_protected_is_told_to_their_desk_alone(as_person, the_operation, the_network):
    """Whoever proposed them did not know, or it was not known yet."""
    found, nodes = the_operation, ["person:r-victim", "person:r-child", "person:r-1"]
    now = dt.datetime.now(dt.UTC)
    found.write(
        lambda lines: [proposing(found.plan, "JAM/jo:officer", lines, nodes, the_network, "seen together", now)]
    )
    told = {name: as_person(name).get(f"{AT}/proposals").json()["proposals"] for name in ("wanda", "tito", "brita")}
    assert [each["id"] for each in told["wanda"][0]["nodes"]] == ["person:r-1"]
    assert told["wanda"][0]["others"] == 2
    assert not [secret for secret in SECRETS if secret in str(told["wanda"]) + str(told["tito"])]
    mine = {each["label"]: each["protect"] for each in told["brita"][0]["nodes"]}
    assert mine["VICTIM, Vera"]
    assert "no target" in as_person("brita").get("/operations/ALCYON/proposals").text
    assert "seen together" not in str(as_person("sofia").get(AT).json())


def test_papers_leave_for_a_purpose_of_their_own(as_person, the_operation, the_network, the_day):
    client = as_person("sofia")
    for paper in ("brief", "report"):
        asked = f"/operations/ALCYON/papers/{paper}"
        assert client.post(asked, data={"purpose": ""}).status_code == 422
        told = client.post(asked, data={"purpose": "for the morning meeting"})
        assert told.status_code == 200
        assert "attachment" in told.headers["content-disposition"]
        assert "ALCYON" in told.text
        assert not [secret for secret in SECRETS if secret in told.text]
    assert client.post("/operations/ALCYON/papers/secrets", data={"purpose": "x"}).status_code == 404
    assert json.loads(client.get(f"{AT}/brief?form=json").text)["operation"] == "ALCYON"


def test_tasks_that_follow_are_set_by_centre_and_coordinator(as_person, the_operation, the_network, operations):
    assert as_person("tito").post(f"{AT}/targets/tasks", json={}).status_code == 403
    assert as_person("wanda").post(f"{AT}/targets/tasks", json={}).json()["tasks"] > 0
    assert lines_of(operations / "ALCYON").lines[-1]["kind"] == "tasks-set"


def test_a_journal_that_was_altered_is_told_and_nothing_is_shown(as_person, the_operation, operations):
    path = operations / "ALCYON" / "journal.ndjson"
    kept = path.read_bytes()
    path.write_bytes(kept.replace(b"watch the arrival", b"leave the arrival"))
    try:
        assert as_person("wanda").get(AT).status_code == 503
        assert as_person("wanda").get("/api/v1/operations").status_code == 200
    finally:
        path.write_bytes(kept)


def test_what_is_on_a_shelf_is_made_once_and_the_oldest_goes():
    made, shelf = [], Shelf(2, 60)
    for of in "aabbcca":
        shelf.get(of, lambda of=of: made.append(of) or of)
    assert made == ["a", "b", "c", "a"]
