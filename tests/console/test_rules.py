"""Rules by the API: written, refused, mended, tested, put forward, and put in force by somebody else."""

import time

import msgspec
import pytest

from ops_hub.access.accounts import Account
from ops_hub.store import accounts, archive
from ops_hub.targeting.rulefile import read_rules
from tests.console.people import _HASHED

GOOD = """author = "Analysis desk"
legal_basis = "Immigration Act, part IV"

[[rule]]
id = "late-and-one-way"
title = "Booked late, one way, no bags"
severity = "low"
handling = "discreet"
categories = ["smuggling"]
when = "one_way AND bags = 0 AND hours_booking_to_departure < 48"
action = "Look at the booking; conclude nothing from it alone."
source = "sample"
must_fire = [{ one_way = true, bags = 0, hours_booking_to_departure = 12.0 }]
must_not_fire = [{ one_way = false, bags = 0, hours_booking_to_departure = 12.0 }]
"""
WIDE = (
    GOOD.replace("late-and-one-way", "to-barbados")
    .replace(
        "one_way AND bags = 0 AND hours_booking_to_departure < 48", "to_port IS NOT NULL AND bags >= 0 AND one_way"
    )
    .replace("hours_booking_to_departure = 12.0", 'to_port = "BGI"')
)
UNFAIR = GOOD.replace('when = "one_way AND', "when = \"nationality = 'HTI' OR one_way AND")


@pytest.fixture(scope="module", autouse=True)
def more_people(hub, the_day):
    accounts.put(hub, "bea", msgspec.json.encode(Account("bea", "BRB", "rule-author", _HASHED, hub.now())))


def kept(client, text=GOOD, file="new.toml", **more):
    return client.post("/api/v1/rules/drafts", json={"file": file, "text": text} | more)


def proposed(client, text=GOOD, file="new.toml"):
    told = kept(client, text, file).json()["draft"]
    where = f"/api/v1/rules/drafts/{told['id']}"
    done = client.post(f"{where}/propose", json={"version": told["version"], "reason": "asked for by the desk"})
    assert done.status_code == 200, done.text
    return where


def ids(client):
    return {each["rule"]["id"] for each in client.get("/api/v1/rules").json()["rules"]}


def test_the_rules_in_force_are_told_and_where_they_run(as_person):
    told = as_person("wanda").get("/api/v1/rules", params={"texts": "true"}).json()
    assert "minor-alone" in {each["rule"]["id"] for each in told["rules"]}
    assert "does not ask them" in told["runs"]
    assert "[[rule]]" in told["texts"]["children.toml"]
    assert as_person("luis").get("/api/v1/rules").status_code == 403


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        (UNFAIR, 10, "it can fire on nationality alone"),
        (GOOD.replace("bags = 0 AND", "bagz = 0 AND"), 10, "bagz"),
        (GOOD.replace('when = "one_way AND bags', "when = \"read_csv('/etc/passwd') AND bags"), 10, ""),
        (GOOD.replace("one_way = true", "one_way = false"), 4, "must_fire"),
        (GOOD.replace('severity = "low"', 'severity = "dire"'), 7, "severity"),
        (GOOD.replace('id = "late', 'id = "late\n'), 5, "TOML"),
        (GOOD.replace("late-and-one-way", "minor-alone"), 4, "children.toml"),
        ("x = 1\n", 1, "holds no [[rule]]"),
    ],
)
def test_a_draft_is_kept_with_what_is_wrong_and_where_and_cannot_be_put_forward(as_person, text, line, words):
    client = as_person("rita")
    told = kept(client, text).json()
    assert told["problems"][0]["line"] == line
    assert words in told["problems"][0]["reason"]
    sent = {"version": 1, "reason": "x"}
    assert client.post(f"/api/v1/rules/drafts/{told['draft']['id']}/propose", json=sent).status_code == 422


def test_a_draft_that_two_people_change_at_once_is_not_overwritten(as_person):
    told = kept(as_person("rita")).json()["draft"]
    again = {"draft": told["id"], "version": 1}
    assert kept(as_person("rosa"), GOOD + "# rosa\n", **again).json()["draft"]["authors"] == ["rita", "rosa"]
    assert kept(as_person("rita"), GOOD + "# rita\n", **again).status_code == 409


def test_no_name_of_a_file_leads_elsewhere(as_person):
    for name in ("../x.toml", "a/b.toml", "x.py", ".toml", "A.toml", "x.toml\n", "x" * 99 + ".toml"):
        assert kept(as_person("rita"), GOOD, name).status_code == 422


def test_odd_texts_are_told_not_broken_on(as_person):
    client = as_person("rita")
    for text in ("\x00", "[[rule]]\n" * 90, "x" * 100_001, "[[rule]]\nwhen = '" + "(" * 5000 + "'\n", "a = " + "[" * 90_000, "\udc00"):  # fmt: skip
        told = client.post("/api/v1/rules/test", content=msgspec.json.encode({"text": text.replace("\udc00", "?")}))
        assert told.status_code in (200, 422)
    assert client.post("/api/v1/rules/test", content=b'{"text": "\\ud800"}').status_code == 422


def test_the_author_cannot_approve_and_a_second_person_puts_it_in_force(as_person, hub):
    where = proposed(as_person("rita"))
    decide = {"version": 1, "reason": "read and agreed"}
    assert as_person("rita").post(f"{where}/approve", json=decide).status_code == 403
    assert as_person("bea").post(f"{where}/approve", json=decide).status_code == 403  # rules hold for all states
    assert as_person("wanda").post(f"{where}/approve", json=decide).status_code == 403
    assert as_person("sofia").post(f"{where}/approve", json=decide | {"version": 7}).status_code == 409
    before, lists = archive.published_rules(hub), archive.published(hub)
    assert as_person("sofia").post(f"{where}/approve", json=decide).json()["draft"]["state"] == "approved"
    assert archive.published_rules(hub) != before
    assert archive.published(hub) == lists
    assert "late-and-one-way" in {each.id for each in read_rules([archive.rules_in_force(hub) / "risk"]).rules}
    told = as_person("rita").get("/api/v1/rules").json()
    mine = next(each for each in told["rules"] if each["rule"]["id"] == "late-and-one-way")
    assert mine["switched"]["approved_by"] == "CENTRE/sofia:supervisor"
    assert as_person("sofia").post(f"{where}/approve", json=decide).status_code == 409


def test_a_draft_of_a_file_that_changed_since_is_not_put_in_force(as_person):
    text = WIDE.replace("to-barbados", "late-again")
    one, other = (proposed(as_person("rita"), f"# {n}\n{text}", "two.toml") for n in (1, 2))
    assert as_person("rosa").post(f"{one}/approve", json={"version": 1}).status_code == 200
    assert as_person("rosa").post(f"{other}/approve", json={"version": 1}).status_code == 409
    assert as_person("rosa").get(other.replace("/propose", "")).json()["stale"]


def test_a_rule_is_switched_off_by_two_persons(as_person):
    client = as_person("rosa")
    assert client.post("/api/v1/rules/retire", json={"rule": "minor-alone"}).status_code == 422  # no reason
    told = client.post("/api/v1/rules/retire", json={"rule": "minor-alone", "reason": "replaced"}).json()
    assert [each["sign"] for each in told["difference"]].count("+") == 0
    where = f"/api/v1/rules/drafts/{told['draft']['id']}"
    assert client.post(f"{where}/approve", json={"version": 1}).status_code == 403
    before = ids(client)
    assert as_person("rita").post(f"{where}/approve", json={"version": 1}).status_code == 200
    assert before - ids(client) == {"minor-alone"}
    assert client.post("/api/v1/rules/retire", json={"rule": "minor-alone", "reason": "x"}).status_code == 404


def tried(client, **asked):
    begun = client.post("/api/v1/rules/backtests", json=asked)
    assert begun.status_code == 200, begun.text
    for _ in range(200):
        told = client.get(f"/api/v1/rules/backtests/{begun.json()['id']}").json()
        if told["state"] != "running":
            return told
        time.sleep(0.05)
    raise AssertionError(told)


def test_a_back_test_counts_on_what_is_retained_and_names_nobody(as_person):
    client = as_person("rita")
    wide = WIDE.replace("bags >= 0 AND one_way", "carrier IN ('BW', 'CM') AND NOT is_crew").replace(
        'one_way = true, bags = 0, to_port = "BGI"', 'to_port = "BGI", carrier = "BW", is_crew = false'
    )
    told = tried(client, draft=kept(client, wide, "wide.toml").json()["draft"]["id"], days=30)
    assert told["state"] == "done", told
    rule = told["rules"][0]
    assert rule["flags"] == sum(each["flags"] for each in rule["days"]) > 0
    assert told["travellers"] >= rule["flags"]
    assert len(rule["examples"]) > 0


def test_a_back_test_is_no_way_to_ask_whether_somebody_travels(as_person):
    client = as_person("rita")
    asks = (
        GOOD.replace('when = "', "when = \"family_name = 'SMITH' AND ")
        .replace("source = ", 'reason = "test"\nsource = ')
        .replace("{ one_way", '{ family_name = "SMITH", one_way')
        .replace("late-and", "asks-and")
    )
    draft = kept(client, asks, "asks.toml").json()
    assert draft["problems"] == []
    rule = tried(client, draft=draft["draft"]["id"])["rules"][0]
    assert rule["withheld"]
    assert (rule["flags"], rule["days"], rule["examples"], rule["overlap"]) == (None, [], [], [])


def test_a_back_test_needs_a_purpose_and_bounds(as_person):
    told = as_person("rita", purpose="").post("/api/v1/rules/backtests", json={"rule": "minor-alone"})
    assert told.status_code == 422
    for days in (0, 32, -1, 10**30):
        told = as_person("rita").post("/api/v1/rules/backtests", json={"rule": "document-switched", "days": days})
        assert told.status_code in (404, 422)
    assert as_person("wanda").post("/api/v1/rules/backtests", json={"rule": "x"}).status_code == 403


def test_an_author_is_told_what_a_rule_may_ask(as_person):
    told = {each["column"]: each for each in as_person("rita").get("/api/v1/rules/columns").json()}
    assert told["one_way"]["kind"]
    assert told["nationality"]["trait"] == "nationality"
    page = as_person("rita").get("/rules/new").text
    assert "hours_booking_to_departure" in page
    assert "may not decide alone" in page
    assert as_person("wanda").get("/api/v1/rules/columns").status_code == 403
