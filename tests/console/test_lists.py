"""Lists by the API: who sees what of them, what is refused of an upload, and how a new state comes into force."""

import base64
import re
import time
from datetime import timedelta

import msgspec
import pytest

from ops_hub.access.accounts import Account
from ops_hub.desk.filing import cases_of
from ops_hub.engines.live.ingest import Intake
from ops_hub.states import home_states
from ops_hub.store import accounts, archive
from tests.conftest import ROOT
from tests.console import day
from tests.console.people import _HASHED

HEAD = "entry_id,name,birth_date,documents,handling\n"
WANTED = (ROOT / "watchlists" / "HND" / "wanted" / "entries.toml").read_bytes()
MORE = WANTED + b'\n[[entry]]\nentry_id = "HND-NEW-1"\nname = "INVENTADO, Nuevo"\nbirth_date = "1981-02-03"\n'


@pytest.fixture(scope="module", autouse=True)
def more_people(hub, the_day):
    for name, state, role in (("lena", "HND", "supervisor"), ("jo", "JAM", "list-owner")):
        accounts.put(hub, name, msgspec.json.encode(Account(name, state, role, _HASHED, hub.now())))


def sent(client, content, name="entries.toml", of="hnd-wanted", **more):
    files = [{"name": name, "content": base64.b64encode(content).decode()}]
    return client.post(f"/api/v1/lists/{of}/uploads", json={"files": files} | more)


def settled(client, upload):
    """Wait until an upload is published, or is not."""
    for _ in range(200):
        told = client.get(f"/api/v1/lists/uploads/{upload}").json()
        if told["state"] not in ("publishing",):
            return told
        time.sleep(0.05)
    raise AssertionError(told)


def by_id(told):
    return {each["health"]["list_id"]: each for each in told["lists"]}


def test_everybody_who_looks_at_hits_sees_how_lists_are(as_person):
    told = by_id(as_person("wanda").get("/api/v1/lists").json())
    assert told["hnd-wanted"]["health"]["owner"] == "HND"
    assert told["region-documents"]["health"]["documents"] > 0
    assert {each["health"]["age"] for each in told.values()} <= {"fresh", "ageing", "old", "unknown"}


def test_what_came_of_hits_is_for_who_answers_for_the_list_and_for_who_counts(as_person):
    of_state = by_id(as_person("luis").get("/api/v1/lists").json())
    assert of_state["hnd-wanted"]["figures"] is not None
    assert of_state["brb-smuggling"]["figures"] is None
    assert by_id(as_person("lia").get("/api/v1/lists").json())["hnd-wanted"]["figures"] is None
    all_told = by_id(as_person("sofia").get("/api/v1/lists").json())
    assert all(each["figures"] is not None for each in all_told.values())
    assert sum(each["figures"]["hits"] for each in all_told.values()) > 0


def test_of_people_to_be_protected_an_owners_ordinary_desk_is_told_no_sum_and_no_name(as_person):
    client = as_person("jo")
    figures = by_id(client.get("/api/v1/lists").json())["jam-missing"]["figures"]
    assert (figures["hits"], figures["never_hit"], figures["protected_left_out"]) == (0, 0, True)
    told = client.post("/api/v1/lists/jam-missing/entries").json()
    assert told["count"] > 0
    assert all(each["withheld"] and not each["names"] for each in told["entries"])
    assert client.post("/api/v1/lists/jam-missing/entries", json={"never_hit": "true"}).json()["count"] == 0
    assert client.post("/api/v1/lists/jam-missing/entries", json={"text": "a"}).json()["entries"] is not None


def test_entries_are_read_by_their_owner_alone_and_found_by_name_and_number(as_person):
    told = as_person("luis").post("/api/v1/lists/hnd-wanted/entries").json()
    named = next(each for each in told["entries"] if each["names"])
    found = as_person("luis").post("/api/v1/lists/hnd-wanted/entries", json={"text": named["names"][0].lower()}).json()
    assert named["entry_id"] in {each["entry_id"] for each in found["entries"]}
    assert as_person("lena").post("/api/v1/lists/brb-smuggling/entries").status_code == 403
    assert as_person("wanda").post("/api/v1/lists/hnd-wanted/entries").status_code == 403
    assert as_person("luis").post("/api/v1/lists/no-list/entries").status_code == 404


BAD = {
    "not a list": ("a.csv", b"hello\n", "format"),
    "no such ending": ("a.exe", b"x", "ending"),
    "leads elsewhere": ("../../etc/passwd.csv", HEAD.encode(), "name"),
    "leads elsewhere by backslash": ("..\\a.csv", HEAD.encode(), "name"),
    "hidden": (".a.csv", HEAD.encode(), "name"),
    "packed": ("a.csv", b"PK\x03\x04" + b"0" * 99, "packed"),
    "empty": ("a.csv", b" \n", "empty"),
    "broken toml": ("a.toml", b'[[entry]]\nentry_id = "1\n', "TOML"),
    "deep toml": ("a.toml", b"a = " + b"[" * 100_000, "cannot be read"),
    "no entry can be used": ("a.csv", (HEAD + "1,,,,\n").encode(), "a.csv:2"),
    "a line that cannot be read": ("a.csv", (HEAD + '1,"ONE, A",1970-01-01,,enforce\n,"TWO, B",,,\n').encode(), ":3"),
    "terms of another": ("list.toml", b'id = "other"', "no list"),
    "a name that is none": ("a.csv", (HEAD + "1," + "x" * 9000 + ",,,\n").encode(), "names"),
    "in the name of others": ("a.csv", b"entry_id,name,owner\n1,ONE A,BRB\n", "own name"),
    "odd bytes": ("a.csv", bytes(range(256)) * 40, ""),
    "xml that unfolds": (
        "a.xml", b'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;">]>'
        b"<CONSOLIDATED_LIST><INDIVIDUALS><INDIVIDUAL><DATAID>&b;</DATAID></INDIVIDUAL></INDIVIDUALS></CONSOLIDATED_LIST>",
        "cannot be read",
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", BAD)
def test_a_bad_upload_is_refused_with_a_readable_message(as_person, kind):
    name, content, words = BAD[kind]
    told = sent(as_person("luis"), content, name)
    assert told.status_code == 422, told.text
    assert words in told.json()["detail"]
    assert "/tmp" not in told.json()["detail"]


def test_a_line_that_cannot_be_read_is_left_out_when_that_is_said(as_person):
    content = (HEAD + '1,"ONE, A",1970-01-01,,enforce\n,"TWO, B",,,\n').encode()
    told = sent(as_person("luis"), content, "a.csv", leave_out=True).json()
    assert told["after"] == 1
    assert told["faults"][0]["lost"]


def test_who_does_not_answer_for_a_list_uploads_nothing_to_it(as_person, hub):
    for name in ("wanda", "lia", "audra", "rita"):
        assert sent(as_person(name), MORE).status_code == 403
    assert sent(as_person("luis"), MORE, of="brb-smuggling").status_code == 403
    assert sent(as_person("sofia"), MORE).status_code == 403  # the centre answers for no home state's list


def test_a_list_that_grows_is_published_by_one_person_and_told_in_the_history(as_person, hub):
    client, before = as_person("luis"), archive.published(hub)
    told = sent(client, MORE).json()
    assert (told["added"], told["changed"], told["removed"], told["second"]) == (1, 0, 0, [])
    assert told["examples"][0]["entry_id"] == "HND-NEW-1"
    where = f"/api/v1/lists/uploads/{told['id']}"
    assert client.post(f"{where}/publish", json={}).status_code == 422  # no reason
    assert as_person("lia").post(f"{where}/publish", json={"reason": "x"}).status_code == 403
    assert client.post(f"{where}/publish", json={"reason": "new warrant"}).json()["state"] == "publishing"
    assert settled(client, told["id"])["state"] == "published"
    assert archive.published(hub) != before
    assert client.post("/api/v1/lists/hnd-wanted/entries", json={"text": "inventado"}).json()["count"] == 1
    history = client.get("/api/v1/lists/published").json()
    assert history[0]["about"]["reason"] == "new warrant"
    assert history[0]["about"]["by"] == "HND/luis:list-owner"
    assert as_person("sofia").get("/api/v1/lists/published").json()[0]["about"]["by"] == "HND"
    assert client.post(f"{where}/publish", json={"reason": "again"}).status_code == 409
    assert sent(client, MORE).status_code == 422  # changes nothing


def test_who_travels_after_an_entry_came_into_force_is_screened_against_it(as_person, hub, centre):
    client = as_person("luis")
    found = client.post("/api/v1/lists/hnd-wanted/entries", json={"never_hit": True}).json()["entries"]
    assert "HND-NEW-1" in {each["entry_id"] for each in found}
    before = day.numbers(hub)
    text = day.moved((ROOT / "sample_feeds" / day.MESSAGES[0]).read_bytes(), hub.now() + timedelta(hours=3))
    family, given, born = re.search(rb"NAD\+FL\+\+\+([^:']+):([^:']+).*?DTM\+329:(\d+)", text, re.DOTALL).groups()
    text = text.replace(family + b":" + given, b"INVENTADO:NUEVO", 1).replace(b"329:" + born, b"329:810203", 1)
    Intake(hub, home_states()).message(text.replace(b"BW432", b"BW438"), "new.edi")
    day.worked(hub)
    new = sorted(set(day.numbers(hub)) - set(before))
    leads = [lead for number in new for lead in cases_of(hub, [number])[number].hits]
    assert ("hnd-wanted", "HND-NEW-1") in {(each.list_id, each.entry_id) for each in leads}
    centre._kept.pop("list-met")  # else it is told for half a minute as it was
    left = client.post("/api/v1/lists/hnd-wanted/entries", json={"never_hit": True}).json()["entries"]
    assert "HND-NEW-1" not in {each["entry_id"] for each in left}


def test_where_much_goes_or_handling_gets_sharper_a_second_person_confirms(as_person, hub):
    client = as_person("luis")
    content = (HEAD + '1,"ONE, A",1970-01-01,,enforce\n').encode()
    told = sent(client, content, "a.csv").json()
    assert [each["code"] for each in told["second"]] == ["removed-many"]
    where = f"/api/v1/lists/uploads/{told['id']}"
    assert client.post(f"{where}/publish", json={"reason": "old warrants are withdrawn"}).json()["state"] == "waits"
    assert client.post(f"{where}/confirm", json={}).status_code == 403
    assert as_person("sofia").post(f"{where}/confirm", json={}).status_code == 403
    other = as_person("lena")
    assert other.get("/api/v1/lists/uploads").json()[0]["state"] == "waits"
    assert other.post(f"{where}/confirm", json={}).json()["confirmed_by"] == "HND/lena:supervisor"
    assert settled(other, told["id"])["state"] == "published"
    assert by_id(client.get("/api/v1/lists").json())["hnd-wanted"]["health"]["entries"] == 1
    back = sent(client, MORE).json()
    client.post(f"/api/v1/lists/uploads/{back['id']}/publish", json={"reason": "put back"})
    other.post(f"/api/v1/lists/uploads/{back['id']}/confirm", json={})
    assert settled(client, back["id"])["state"] == "published"


def test_a_sharper_handling_and_other_caveats_need_a_second_person(as_person):
    told = sent(as_person("luis"), MORE + b'caveats = ["no-onward"]\n').json()
    assert [each["code"] for each in told["second"]] == ["caveats"]
    owner = as_person("jo")
    entries = owner.post("/api/v1/lists/jam-missing/entries").json()["entries"]
    lines = "".join(
        f'{{"entry_id": "{each["entry_id"]}", "name": "X, Y", "handling": "enforce"}}\n' for each in entries
    )
    told = sent(owner, lines.encode(), "a.ndjson", "jam-missing").json()
    assert "sharper" in [each["code"] for each in told["second"]]
    assert all(each["name"] is None for each in told["examples"])


def test_an_upload_that_was_overtaken_is_not_published(as_person):
    client = as_person("luis")
    one, other = (sent(client, MORE + b"# \n" + f'[[entry]]\nentry_id = "N-{n}"\nname = "EINS, N"\n'.encode()).json() for n in (1, 2))  # fmt: skip
    for each in (one, other):
        client.post(f"/api/v1/lists/uploads/{each['id']}/publish", json={"reason": "test"})
        settled(client, each["id"])
    told = settled(client, other["id"])
    assert told["state"] == "failed"
    assert "upload it again" in told["failure"]
    assert client.post(f"/api/v1/lists/uploads/{other['id']}/withdraw", json={}).json()["state"] == "withdrawn"
