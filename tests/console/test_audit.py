"""The audit log on the screen: who sees which lines, bounded searches, and a verification that nobody waits for."""

import time

import msgspec
import pytest

from ops_hub.access.accounts import Account, hashed
from ops_hub.store import accounts
from ops_hub.store.audit import record
from ops_hub.store.chain import files_of
from ops_hub.store.loglines import read_back
from ops_hub.store.scribe import folder_of


@pytest.fixture(scope="module")
def log(hub, the_day):
    """Events of two states and of the centre in the log, and an auditor of Barbados."""
    account = Account("abel", "BRB", "auditor", hashed("seven herons at dusk"), hub.now())
    accounts.put(hub, "abel", msgspec.json.encode(account))
    for number in range(30):
        record(hub, "BRB/bea:officer", "case-shown", f"case {number}", purpose="inbound check")
    record(hub, "HND/hans:officer", "case-shown", "case 7", purpose="otra <script>alert(1)</script>")
    record(hub, "CENTRE/eve:officer", "exported", "case 7", purpose="file 12/2026", sha256="ab")
    return hub


def searched(client, **query):
    return client.get("/api/v1/audit", params=query).json()


def test_the_newest_stands_first_and_pages_follow_without_gap_or_double(as_person, log):
    client, seen, before = as_person("audra"), [], None
    for _ in range(6):
        told = searched(client, action="case-shown", by="BRB/", limit=7, **({"before": before} if before else {}))
        seen += [each["about"] for each in told["lines"]]
        before = told["before"]
        if before is None:
            break
    assert seen == [f"case {number}" for number in reversed(range(30))]


def test_each_filter_narrows(as_person, log):
    client = as_person("audra")
    assert [each["by"] for each in searched(client, about="case 7", action="exported")["lines"]] == [
        "CENTRE/eve:officer"
    ]
    assert {each["by"] for each in searched(client, about="case 7", action="case-shown")["lines"]} == {"BRB/bea:officer", "HND/hans:officer"}  # fmt: skip
    assert [each["about"] for each in searched(client, text="FILE 12")["lines"]] == ["case 7"]
    assert searched(client, since="2999-01-01")["lines"] == []
    assert searched(client, until="2001-01-01")["lines"] == []
    today = log.now().date().isoformat()
    assert len(searched(client, action="exported", since=today, until=today)["lines"]) == 1
    assert searched(client, action="nothing-such")["lines"] == []


def test_a_states_auditor_sees_its_own_people_alone(as_person, log):
    client = as_person("abel")
    told = searched(client, limit=200)
    assert told["of"] == "BRB"
    assert told["lines"]
    assert all(each["by"].startswith("BRB/") for each in told["lines"])
    for query in ({"by": "HND/"}, {"by": "CENTRE/"}, {"about": "case 7", "by": "HND/hans"}, {"text": "hans"}):
        assert not [each for each in searched(client, **query)["lines"] if not each["by"].startswith("BRB/")]


def test_that_somebody_searched_is_in_the_log_but_not_the_words_they_typed(as_person, log):
    client = as_person("audra", purpose="yearly audit")
    searched(client, text="Quintanilla", about="case 7")
    last = searched(client, action="audit-shown", by="CENTRE/audra")["lines"][1]
    assert last["detail"] == {"asked": {"about": "case 7", "text": True}}
    assert last["purpose"] == "yearly audit"


@pytest.mark.parametrize("query", [{"since": "x"}, {"until": "2026-13-01"}, {"limit": 0}, {"limit": 201}, {"before": "0"}, {"before": 10**20}, {"by": "x" * 300}, {"colour": "red"}, {"since": "9999-12-31T23:59:59-14:00"}])  # fmt: skip
def test_what_is_no_question_is_refused(as_person, log, query):
    assert as_person("audra").get("/api/v1/audit", params=query).status_code == 422


def test_odd_text_finds_nothing_and_hurts_nothing(as_person, log):
    for text in ("\ud7ff", '"', "\\", "' OR 1=1", "%"):
        for field in ("text", "by", "action", "about"):
            assert as_person("audra").get("/api/v1/audit", params={field: text}).status_code == 200


def test_others_do_not_see_the_log(as_person, log):
    for name in ("wanda", "lia", "adam", "rita"):
        assert as_person(name).get("/api/v1/audit").status_code == 403
        assert as_person(name).get("/audit").status_code == 403


def verified(client):
    for _ in range(200):
        told = client.get("/api/v1/audit/verification").json()
        if told["state"] != "running":
            return told
        time.sleep(0.05)
    raise AssertionError("it does not end")


def test_a_whole_log_is_told_with_its_head_and_an_altered_one_with_the_place(as_person, log):
    client = as_person("audra")
    head = client.get("/api/v1/audit/head").json()
    assert client.post("/api/v1/audit/verification", json={"heads": [head["head"]]}).json()["state"] == "running"
    told = verified(client)
    assert told["state"] == "whole"
    assert int(told["head"].partition(":")[0]) >= int(head["head"].partition(":")[0])
    assert told["by"] == "CENTRE/audra:auditor"
    path = files_of(folder_of(log.home))[0]
    path.write_bytes(path.read_bytes().replace(b"case-shown", b"case-shewn", 1))
    client.post("/api/v1/audit/verification", json={})
    told = verified(client)
    path.write_bytes(path.read_bytes().replace(b"case-shewn", b"case-shown", 1))
    assert told["state"] == "broken"
    assert told["faults"][0]["file"] == path.name
    assert "altered" in told["faults"][0]["reason"]


@pytest.mark.parametrize("heads", [["x"], ["1:ab"], ["9" * 30 + ":" + "a" * 64], "x", [1]])
def test_what_is_no_head_is_refused(as_person, log, heads):
    assert as_person("audra").post("/api/v1/audit/verification", json={"heads": heads}).status_code == 422


def test_a_search_looks_at_a_bounded_part_and_says_how_far_it_came(as_person, log):
    folder = folder_of(log.home)
    whole = read_back(folder, lambda line: True, [], most=10_000)
    numbers = [each["seq"] for each in whole.lines]
    assert numbers == list(range(numbers[0], 0, -1))
    part = read_back(folder, lambda line: line["seq"] == 1, [], window=10)
    assert part.examined == 10
    assert part.before == numbers[0] - 9
    rest = read_back(folder, lambda line: True, [], before=part.before, most=10_000)
    assert [each["seq"] for each in rest.lines] == list(range(part.before - 1, 0, -1))


def test_lines_that_are_none_are_passed_over(tmp_path):
    (tmp_path / "audit-000001.jsonl").write_bytes(
        b'\n{"at":"2026"}\nnonsense\n\xff\n{"at":"2026-01-01","event":{},"seq":4}\n{"at":"2026'
    )
    assert [each["seq"] for each in read_back(tmp_path, lambda line: True, []).lines] == [4]
    assert read_back(tmp_path, lambda line: True, [], before=4, until="2026-02").lines == []
