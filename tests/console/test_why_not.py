"""Why a passenger and an entry did not meet; and that nothing of an entry that the asker may not read comes out by asking."""

import msgspec
import polars as pl
import pytest

from ops_hub.access.accounts import Account, hashed
from ops_hub.casework.case import Actor
from ops_hub.desk.sight import seen_of
from ops_hub.lists.reading import read_lists
from ops_hub.store import accounts
from ops_hub.store import cases as store
from tests.conftest import ROOT

NEAR = {"name": "QUINTANILLA ORDAZ, Heriberto", "birth_date": "1990-01-01"}


@pytest.fixture(scope="module")
def officers(hub, the_day):
    """Watch officers of three states."""
    for name, state in (("bela", "BRB"), ("hugo", "HND"), ("jane", "JAM")):
        account = Account(name, state, "watch-officer", hashed("seven herons at dusk"), hub.now())
        accounts.put(hub, name, msgspec.json.encode(account))
    return ("bela", "hugo", "jane")


@pytest.fixture(scope="module")
def entries():
    return pl.concat([read.entries for read in read_lists([ROOT / "watchlists"])])


def asked(client, **question):
    return client.post("/api/v1/why-not", json=question)


def test_the_first_thing_that_kept_them_apart_is_told_with_the_whole_comparison(as_person, the_day):
    told = asked(as_person("wanda"), **NEAR, entry_id="ofac-90001").json()
    pair = told["compared"][0]
    assert not pair["met"]
    assert pair["first"] == "score"
    assert "the birth date differs" in pair["why"]
    assert sum(part["points"] for part in pair["parts"]) == pytest.approx(pair["score"])
    birth = next(each for each in pair["changes"] if each["part"] == "birth")
    assert birth["enough"]
    assert pair["threshold"] == 0.7


def test_what_is_said_to_be_enough_is_enough(as_person, the_day):
    client = as_person("wanda")
    pair = asked(client, **NEAR, entry_id="ofac-90001").json()["compared"][0]
    birth = next(each for each in pair["changes"] if each["part"] == "birth")
    then = asked(client, **NEAR | {"birth_date": "1971-08-12"}, entry_id="ofac-90001").json()["compared"][0]
    assert then["met"]
    assert then["score"] == pytest.approx(birth["score"])
    paper = asked(client, **NEAR, document="P:G11820047:MEX", entry_id="ofac-90001").json()["compared"][0]
    assert paper["met"]


def test_names_that_nothing_can_lift_are_told_as_such(as_person, the_day):
    pair = asked(as_person("wanda"), name="Somebody Quite Different", entry_id="usa-sample/ofac-90001").json()[
        "compared"
    ][0]
    assert pair["first"] == "names"
    assert pair["name_needed"] is not None


def test_an_entry_of_a_document_alone_is_kept_apart_by_the_document_and_by_nothing_else(as_person, the_day):
    client, entry = as_person("wanda"), "region-documents/DOC-0001"
    for paper in (None, "P:X0000001:HND"):
        pair = asked(client, name="GARCIA LOPEZ, Ana", document=paper, entry_id=entry).json()["compared"][0]
        assert pair["first"] == "document"
        assert [each["part"] for each in pair["changes"]] == ["document"]
        assert pair["name_needed"] is None
    shown = client.post(
        "/why-not", data={"name": "GARCIA LOPEZ, Ana", "entry_id": entry, "csrf": client.headers["x-csrf-token"]}
    )
    assert "is of a document alone" in shown.text
    assert "The names alone" not in shown.text
    met = asked(client, name="GARCIA LOPEZ, Ana", document="P:A3301128:JAM", entry_id=entry).json()["compared"][0]
    assert met["met"]


@pytest.mark.parametrize("entry", ["usa-sample/ofac-90001", "un-sample/", "region-documents/DOC-0002"])
def test_the_centre_is_answered_about_entries_whose_owner_is_no_home_state(as_person, entries, the_day, entry):
    if entry.endswith("/"):
        entry += entries.filter(pl.col("list_id") == entry[:-1])["entry_id"][0]
    told = asked(as_person("wanda"), name="Nobody Alike", entry_id=entry)
    assert told.status_code == 200, told.text
    assert told.json()["compared"][0]["first"]
    assert asked(as_person("lia"), name="Nobody Alike", entry_id=entry).status_code == 403


def test_the_entries_nearest_to_the_passenger_are_taken_where_none_is_named(as_person, the_day):
    told = asked(as_person("wanda"), name="Heriberto Quintanilla").json()["compared"]
    assert [each["entry"]["entry_id"] for each in told] == ["ofac-90001"]
    by_name = asked(as_person("wanda"), name="Nobody Alike", entry_name="Zhilyaev, Arkady").json()["compared"]
    assert [each["entry"]["entry_id"] for each in by_name] == ["ofac-90002"]


def case_with_content(hub, centre, numbers):
    reader = Actor("CENTRE", "wanda")
    return next((n, s) for n, s in seen_of(centre.desk, numbers, reader).items() if s.told["content"])


def test_who_met_is_told_so_with_the_case(as_person, hub, centre, the_day):
    number, sight = case_with_content(hub, centre, the_day)
    content = sight.told["content"][0]
    pair = asked(as_person("wanda"), case=number, list_id=content["list_id"], entry_id=content["entry_id"]).json()[
        "compared"
    ][0]
    assert pair["met"]
    assert pair["case"] == number
    assert {each["step"]: each["passed"] for each in pair["steps"]}["listed"] is True
    record = sight.told["operations"]["records"][0]
    assert store.of_records(hub, [record])[record] == number
    again = asked(as_person("wanda"), record=record, list_id=content["list_id"], entry_id=content["entry_id"]).json()["compared"][0]  # fmt: skip
    assert again["case"] == number
    assert again["score"] == pytest.approx(pair["score"])
    assert {each["step"]: each["passed"] for each in again["steps"]}["listed"] is True


def test_a_record_is_the_centres_and_that_of_states_on_the_journey(as_person, officers, hub, centre, the_day):
    _, sight = case_with_content(hub, centre, the_day)
    record = sight.told["operations"]["records"][0]
    states = {"BRB": "bela", "HND": "hugo", "JAM": "jane"}
    on_journey = {
        state for state, parts in sight.case.concerned.items() if set(parts) & {"departure", "transit", "destination"}
    }
    for state, name in states.items():
        told = asked(as_person(name), record=record)
        assert told.status_code == (200 if state in on_journey else 404)
    none = asked(as_person("wanda"), record="no-such-record")
    assert none.status_code == 404
    assert {asked(as_person(name), record=record).text for state, name in states.items() if state not in on_journey} <= {none.text}  # fmt: skip


def test_a_case_that_may_not_be_seen_is_told_like_one_that_is_not_there(as_person, officers, hub, centre, the_day):
    for number in the_day:
        for name in officers:
            seen = as_person(name).get(f"/api/v1/cases/{number}")
            told = asked(as_person(name), case=number)
            if seen.status_code == 404 and "there is no case" in seen.text:
                assert told.status_code == 404
    assert asked(as_person("wanda"), case=99).status_code == 404


def secrets_of(entry):
    """The strings of an entry that would tell of it."""
    found = [name["full"] for name in entry["names"]] + [paper["number"] for paper in entry["documents"]]
    return {
        text.casefold() for text in [*found, entry["entry_id"], entry["remarks"] or "", *entry["crime_types"]] if text
    }


def test_no_string_of_a_foreign_entry_leaks_through_asking(as_person, officers, entries, the_day):
    owners = {"wanda": {"UN", "USA", "CARICOM"}, "bela": {"BRB"}, "hugo": {"HND"}, "jane": set()}
    for who, own in owners.items():
        client = as_person(who)
        nothing = asked(client, name="Qqqq Xxxx", entry_name="Wwww Yyyy").json()
        foreign = entries.filter(~pl.col("owner").is_in(list(own)))
        for entry in foreign.group_by("list_id", maintain_order=True).head(1).to_dicts():
            name = entry["names"][0]["full"] if entry["names"] else None
            paper = entry["documents"][0]["number"] if entry["documents"] else None
            ways = [
                {"entry_id": entry["entry_id"]},
                {"entry_id": f"{entry['list_id']}/{entry['entry_id']}"}, *([{"entry_name": name}] if name else []), {},
            ]  # fmt: skip
            for way in ways:
                # the passenger is somebody else, so that whatever comes back of the entry comes from the list
                told = asked(client, name="Qqqq Xxxx", **way)
                said = told.text.casefold()
                assert not [each for each in secrets_of(entry) if len(each) > 2 and each in said], (who, way)
            # and asked for by their own name and paper, the answer is that of nobody
            passenger = {"name": name} if name else {}
            told = asked(client, **passenger, **({"document": f"P:{paper}"} if paper else {})).json()
            assert not [each for each in told["compared"] if each["entry"]["entry_id"] == entry["entry_id"]]
            assert told["ask"] == nothing["ask"]
        there = asked(client, name="Qqqq Xxxx", entry_id="JAM-M-01")
        gone = asked(client, name="Qqqq Xxxx", entry_id="JAM-M-99")
        assert (there.status_code, there.text) == (gone.status_code, gone.text) == (404, gone.text)


def test_the_owner_asks_about_their_own_entries(as_person, officers, the_day):
    told = asked(as_person("hugo"), name="Oscar Villalobos", entry_id="HND-W-11").json()["compared"]
    assert told[0]["entry"]["owner"] == "HND"
    assert asked(as_person("luis"), name="Oscar Villalobos", entry_id="HND-W-11").status_code == 200
    assert asked(as_person("luis"), name="Oscar Villalobos", entry_id="ofac-90001").status_code == 404
    # of people to be protected ordinary officers read nothing, not even of their own state's list
    assert asked(as_person("jane"), name="Aaliyah Brissett", entry_id="JAM-M-01").status_code == 404


@pytest.mark.parametrize(
    "question",
    [
        {}, {"name": "..."}, {"name": "A", "case": 1}, {"case": 0}, {"case": 10**30}, {"name": "A B", "birth_date": "x"},
        {"name": "A B", "nationality": "Narnia"}, {"name": "x" * 201}, {"name": "A B", "sex": "Q"}, {"name": "A B", "limit": 99},
        {"record": "x", "day": "../../etc"}, {"name": "A B", "entry_name": "--"}, {"name": ["A"]}, {"colour": "red"},
    ],
)  # fmt: skip
def test_what_is_no_question_is_refused_in_words(as_person, the_day, question):
    told = asked(as_person("wanda"), **question)
    assert told.status_code == 422
    assert told.json()["detail"]


@pytest.mark.parametrize("odd", ["\x01A", "\ud7ffA", "A' OR 1=1 --", "<script>alert(1)</script>", "A\r\nB", "Ａ" * 200, "أحمد", "../../../A", "A,", ",A", "A,,B"])  # fmt: skip
def test_odd_text_is_answered(as_person, the_day, odd):
    client = as_person("wanda")
    assert asked(client, name=odd).status_code == 200
    assert asked(client, name="A B", entry_name=odd).status_code == 200
    assert asked(client, name="A B", document=odd).status_code == 200
    assert asked(client, name="A B", entry_id=odd).status_code == 404
    assert asked(client, record=odd).status_code == 404
    page = client.post("/why-not", data={"name": odd})
    assert page.status_code == 200
    assert "<script>alert" not in page.text


def test_the_screen_is_a_form_that_is_sent_and_stands_without_script(as_person, the_day):
    client = as_person("wanda")
    page = client.get("/why-not").text
    assert 'method="post" action="/why-not"' in page
    whole = client.post("/why-not", data=NEAR | {"entry_id": "ofac-90001"})
    assert "<html" in whole.text
    assert "The score is" in whole.text
    part = client.post("/why-not", data=NEAR | {"entry_id": "ofac-90001"}, headers={"hx-request": "true"})
    assert "<html" not in part.text
    assert "name=" not in str(whole.url)


def test_who_may_not_ask_does_not_see_the_screen_and_without_purpose_nothing_is_told(as_person, the_day):
    for name in ("lia", "audra", "rita", "adam"):
        assert as_person(name).get("/why-not").status_code == 403
        assert as_person(name).post("/why-not", data=NEAR).status_code == 403
    assert as_person("wanda", purpose="").post("/why-not", data=NEAR).status_code == 422
    assert as_person("luis").get("/why-not").status_code == 200
