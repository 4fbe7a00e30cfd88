"""Matching of many persons: in the manner that users of matching services know, and never of entries that the asker may not read."""

import json

import msgspec
import polars as pl
import pytest

from ops_hub.access.accounts import Account, hashed
from ops_hub.casework.case import Actor
from ops_hub.lists.reading import read_lists
from ops_hub.service.matching.reading import Reading
from ops_hub.store import accounts
from tests.conftest import ROOT

QUINTANILLA = {"schema": "Person", "properties": {"name": ["Heriberto Quintanilla Ordaz"], "birthDate": ["1971-08-12"], "nationality": ["mx"], "gender": ["male"]}}  # fmt: skip


@pytest.fixture(scope="module")
def bela(hub):
    """A watch officer of Barbados."""
    for name, state in (("bela", "BRB"), ("hugo", "HND"), ("jane", "JAM")):
        account = Account(name, state, "watch-officer", hashed("seven herons at dusk"), hub.now())
        accounts.put(hub, name, msgspec.json.encode(account))
    return "bela"


def matched(client, queries, path="/match/default", **query):
    return client.post(f"/api/v1{path}", json={"queries": queries}, params=query)


def test_a_person_is_found_in_the_answer_that_yente_users_know(as_person, the_day):
    told = matched(as_person("wanda"), {"q1": QUINTANILLA}).json()
    assert set(told) == {"responses", "matcher", "limit"}
    answer = told["responses"]["q1"]
    assert answer["status"] == 200
    assert answer["query"]["properties"] == QUINTANILLA["properties"]
    assert answer["total"] == {"value": 1, "relation": "eq"}
    best = answer["results"][0]
    assert best["id"] == "usa-sample/ofac-90001"
    assert best["datasets"] == ["usa-sample"]
    assert best["schema"] == "Person"
    assert best["match"] is True
    assert best["score"] > 0.95
    assert best["properties"]["nationality"] == ["mx"]
    assert best["properties"]["passportNumber"] == ["G11820047"]
    assert set(best["features"]) == set(told["matcher"]) == set(best["explanations"])
    assert sum(best["features"].values()) >= best["score"] - 1e-6


def test_states_are_understood_by_two_letters_three_letters_and_name(as_person, the_day):
    queries = {
        state: {"properties": {"lastName": ["Quintanilla Ordaz"], "firstName": ["Heriberto"], "nationality": [state]}}
        for state in ("mx", "MEX", "Mexico")
    }
    told = matched(as_person("wanda"), queries).json()["responses"]
    assert {each["results"][0]["features"]["nationality"] for each in told.values()} == {0.02}


def test_a_year_or_a_month_alone_is_a_birth_date(as_person, the_day):
    queries = {
        born: {"properties": {"name": "Heriberto Quintanilla Ordaz", "birthDate": born}} for born in ("1971", "1971-08")
    }
    told = matched(as_person("wanda"), queries).json()["responses"]
    assert all(each["results"][0]["features"]["birth_date"] > 0 for each in told.values())


def test_a_document_alone_finds_its_holder(as_person, the_day):
    told = matched(as_person("wanda"), {"q": {"properties": {"passportNumber": ["G11820047"]}}}).json()["responses"]
    assert [each["id"] for each in told["q"]["results"]] == ["usa-sample/ofac-90001"]
    assert told["q"]["results"][0]["match"] is True


def test_what_is_not_compared_is_told(as_person, the_day):
    properties = QUINTANILLA["properties"] | {"address": ["Somewhere"], "birthdate": ["1971"], "gender": ["?"], "nationality": ["mx", "Narnia"]}  # fmt: skip
    told = matched(as_person("wanda"), {"q": {"properties": properties}}).json()["responses"]["q"]
    said = {each["property"]: each["reason"] for each in told["ignored"]}
    assert said["address"] == "not compared"
    assert said["birthdate"] == "unknown; did you mean birthDate?"
    assert "Narnia" in said["nationality"]
    assert "gender" in said
    assert told["results"]


def test_one_query_that_cannot_be_asked_does_not_lose_the_others(as_person, the_day):
    queries = {"good": QUINTANILLA, "nobody": {"properties": {"name": ["..."]}}, "ship": {"schema": "Vessel", "properties": {"name": ["X"]}}}  # fmt: skip
    told = matched(as_person("wanda"), queries).json()["responses"]
    assert {name: each["status"] for name, each in told.items()} == {"good": 200, "nobody": 422, "ship": 422}
    assert told["good"]["results"]
    assert told["ship"]["detail"]


def test_cutoff_shows_what_is_no_match_and_says_so(as_person, the_day):
    other = {"properties": {"name": ["Heriberto Quintanilla"], "birthDate": ["1990-01-01"]}}
    client = as_person("wanda")
    assert not matched(client, {"q": other}).json()["responses"]["q"]["results"]
    shown = matched(client, {"q": other}, cutoff=0.5).json()["responses"]["q"]["results"]
    assert shown
    assert not shown[0]["match"]


def test_entries_are_left_out_by_id_and_lists_by_name(as_person, the_day):
    client, queries = as_person("wanda"), {"q": QUINTANILLA}
    for query in ({"exclude_entity_ids": "usa-sample/ofac-90001"}, {"exclude_dataset": "usa-sample"}, {"include_dataset": "un-sample"}, {"exclude_schema": "Person"}):  # fmt: skip
        answer = matched(client, queries, **query).json()["responses"]["q"]
        assert answer["results"] == []
        assert answer["total"]["value"] == 0
    assert matched(client, queries, "/match/un-sample").json()["responses"]["q"]["total"]["value"] == 0
    assert matched(client, queries, "/match").json()["responses"]["q"]["total"]["value"] == 1


def test_other_algorithms_and_weights_are_refused_in_words(as_person, the_day):
    client = as_person("wanda")
    assert matched(client, {"q": QUINTANILLA}, algorithm="logic-v1").status_code == 422
    body = {"queries": {"q": QUINTANILLA}, "weights": {"name": 2}}
    assert client.post("/api/v1/match/default", json=body).status_code == 422


def everything_of(list_id):
    """Every entry of a list as a query of its own words, so that whatever can be found is found."""
    entries = pl.concat([read.entries for read in read_lists([ROOT / "watchlists"])])
    for entry in entries.filter(pl.col("list_id") == list_id).to_dicts():
        for number, name in enumerate(entry["names"]):
            papers = [each["number"] for each in entry["documents"]]
            yield (
                f"{entry['entry_id']}-{number}",
                {"properties": {"name": [name["full"]], "birthDate": [str(b["from"]) for b in entry["births"]], "passportNumber": papers}},
            )  # fmt: skip


@pytest.mark.parametrize(
    ("who", "reads", "not_told"),
    [
        ("wanda", {"usa-sample", "un-sample", "region-documents"}, {"open-trafficking", "hnd-wanted", "brb-smuggling", "jam-missing"}),
        ("bela", {"brb-smuggling"}, {"hnd-wanted", "jam-missing", "usa-sample", "un-sample"}),
        ("hugo", {"hnd-wanted"}, {"brb-smuggling", "jam-missing", "usa-sample"}),
        ("jane", set(), {"jam-missing", "brb-smuggling", "hnd-wanted", "usa-sample"}),
    ],
)  # fmt: skip
def test_nothing_of_a_list_that_is_not_the_askers_comes_back(as_person, bela, the_day, who, reads, not_told):
    client = as_person(who)
    assert reads == {each["name"] for each in client.get("/api/v1/catalog").json()["datasets"]}
    for list_id in not_told:
        queries = dict(everything_of(list_id))
        told = matched(client, queries, cutoff=0.5).json()["responses"]
        for answer in told.values():
            assert not {each for result in answer["results"] for each in result["datasets"]} & not_told
        # a list that is there and one that is not are told alike
        one, other = (matched(client, queries, f"/match/{name}") for name in (list_id, "no-such-list"))
        assert one.status_code == other.status_code == 404
        assert one.text.replace(list_id, "X") == other.text.replace("no-such-list", "X")


def test_own_entries_are_found_by_their_owner(as_person, bela, the_day):
    queries = dict(everything_of("brb-smuggling"))
    told = matched(as_person("bela"), queries).json()["responses"]
    assert all(answer["results"] for answer in told.values())


def test_a_state_cannot_ask_for_its_own_people_as_somebody_elses(centre, bela, the_day):
    entry = {"list_id": "x", "entry_id": "1", "owner": "HND", "handling": "discreet", "caveats": ["content-to-concerned", "not-to-state-of-nationality"], "nationalities": []}  # fmt: skip
    reading = Reading(centre.desk.policy, Actor("BRB", "bela"))
    assert not reading.may(entry, frozenset({"USA"}))  # nobody knows whose national it is
    assert reading.may(entry | {"nationalities": ["GUY"]}, frozenset({"USA"}))
    assert not reading.may(entry | {"nationalities": ["GUY"]}, frozenset({"BRB"}))
    assert not reading.may(entry | {"nationalities": ["BRB"]}, frozenset({"USA"}))
    assert not reading.may(entry | {"nationalities": ["GUY"], "caveats": ["content-to-concernd"]})


def test_many_are_asked_at_once_and_too_many_are_refused(as_person, the_day):
    client = as_person("wanda")
    many = {str(number): {"properties": {"name": [f"Somebody Number{number}"]}} for number in range(2000)}
    assert len(matched(client, many | {"q": QUINTANILLA}).json()["responses"]) == 2001
    short = {str(number): {"properties": {}} for number in range(5001)}
    assert matched(client, short).status_code in (413, 422)


@pytest.mark.parametrize(
    "query",
    [
        {"properties": {"name": ["<script>alert(1)</script>"]}}, {"properties": {"name": ["a\u0001b", "\ud7ff" * 300]}},
        {"properties": {"name": [1, None, {"a": []}]}}, {"properties": {"birthDate": ["99999999999"], "name": ["A B"]}},
        {"properties": {"name": [f"Name {i}" for i in range(50)], "birthDate": [f"19{i:02}" for i in range(50)]}},
        {"properties": {"passportNumber": ["'; DROP TABLE x; --" * 20]}}, {"properties": {"name": ["X" * 100000]}},
        {"properties": {"firstName": ["A", "B"], "middleName": ["C"], "lastName": ["D", "E", "F"]}},
        {"properties": {"firstName": ["Ana"]}}, {"properties": {"lastName": ["Lopez"]}}, {"properties": {"name": ["-"], "idNumber": ["1"]}},
    ],
)  # fmt: skip
def test_whatever_is_asked_is_answered(as_person, the_day, query):
    assert matched(as_person("wanda"), {"q": query}).status_code == 200


@pytest.mark.parametrize("query", [{"limit": "nan"}, {"threshold": "nan"}, {"cutoff": "-1"}, {"limit": "0"}, {"changed_since": "x"}, {"limit": 10**30}])  # fmt: skip
def test_parameters_that_are_none_are_refused(as_person, the_day, query):
    assert matched(as_person("wanda"), {"q": QUINTANILLA}, **query).status_code == 422


def test_the_audit_log_knows_who_asked_for_how_many_and_why_but_not_for_whom(as_person, hub, the_day):
    matched(as_person("wanda", purpose="vetting of crews"), {"q": QUINTANILLA})
    last = json.loads(hub.client.xrevrange("oh:{0}:audit", count=1)[0][1][b"event"])
    assert (last["by"], last["about"], last["purpose"]) == ("CENTRE/wanda:watch-officer", "match.batch", "vetting of crews")  # fmt: skip
    assert last["detail"]["queries"] == 1
    assert "quintanilla" not in json.dumps(last).lower()


def test_algorithms_are_told(as_person, the_day):
    told = as_person("wanda").get("/api/v1/algorithms").json()
    assert told["best"] == told["algorithms"][0]["name"] == "ops-hub"
