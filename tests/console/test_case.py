"""Cases in the console: what each role is shown, told and let do."""

import io
import re
import zipfile

import msgspec
import pytest

from ops_hub.access.accounts import User
from ops_hub.casework.fold import acted
from ops_hub.casework.forgotten import reduced
from ops_hub.casework.package import checked
from ops_hub.casework.policy import sharing_policy
from ops_hub.console.comparing import compared, fall
from ops_hub.desk.filing import case_of, cases_of, story_of
from ops_hub.errors import ConfigError, OpsHubError
from ops_hub.service.cases.cases import show
from ops_hub.service.cases.held import Held
from ops_hub.service.cases.opened import OfCase
from ops_hub.service.cases.possible import possible
from ops_hub.service.cases.travel import Kept
from ops_hub.service.index import OPERATIONS
from ops_hub.service.table import Caller
from ops_hub.store.audit import STREAM
from ops_hub.store.hub import key


@pytest.fixture
def found(hub, the_day):
    """Return the number of a case by what its hit is."""

    def one(**wanted):
        for number, case in cases_of(hub, the_day).items():
            about = {"owner": case.hits[0].owner, "channel": case.channel, "flight": case.flight}
            if all(about[name] == value for name, value in wanted.items()):
                return number
        raise AssertionError(wanted)

    return one


def last_lines(hub, action):
    """Return the events of an action that went to the audit log, the latest first."""
    lines = (msgspec.json.decode(fields[b"event"]) for _, fields in hub.client.xrevrange(STREAM, count=50))
    return [line for line in lines if line["action"] == action]


def test_an_officer_reads_the_comparison_and_the_score_that_its_parts_make(as_person, found):
    number = found(owner="USA", flight="CM227")
    page = as_person("wanda").get(f"/cases/{number}")
    assert page.status_code == 200
    for words in ("MUNOZ LEDESMA, ANASOFIA", "MUÑOZ-LEDESMA, Ana Sofía", "the same day", "cut to 0 to 1", "1.000"):
        assert words in page.text
    told = as_person("wanda").get(f"/api/v1/cases/{number}").json()
    met = told["content"][0]
    walk = fall(met, told["bands"])
    assert sum(bar.points for bar in walk.bars) == pytest.approx(met["score"])
    assert [mark[1] for mark in walk.marks] == [0.7, 0.9]
    person = next(row for row in told["traveller"] if row["record_id"] == met["record_id"])
    verdicts = {field.name: field.verdict for field in compared(person, met)}
    assert verdicts["birth date"] == verdicts["sex"] == verdicts["nationality"] == "agrees"
    assert verdicts["birth place"] == verdicts["documents"] == "missing"


def test_who_looked_and_why_is_in_the_audit_log(as_person, found, hub):
    number = found(owner="USA", flight="CM227")
    as_person("wanda", "gate 4").get(f"/cases/{number}")
    line = last_lines(hub, "case-shown")[0]
    assert (line["about"], line["by"], line["purpose"]) == (f"case {number}", "CENTRE/wanda:officer", "gate 4")
    as_person("wanda", "gate 5").get(f"/cases/{number}/travellers")
    assert last_lines(hub, "case-travellers-shown")[0]["purpose"] == "gate 5"
    refused = as_person("wanda", "").get(f"/cases/{number}")
    assert refused.status_code == 422
    assert "MUNOZ" not in refused.text


def test_a_case_that_one_may_not_see_looks_like_one_that_is_not_there(as_person, found):
    wanda, hidden = as_person("wanda"), found(channel="protection", flight="BW432")
    for tail in ("", "/travellers", "/seats", "/journeys", "/segments"):
        there, nowhere = wanda.get(f"/cases/{hidden}{tail}"), wanda.get(f"/cases/7{tail}")
        assert there.status_code == nowhere.status_code == 404
        assert there.text.replace(str(hidden), "7") == nowhere.text
    for tail in ("", "/possible", "/travellers", "/seats", "/journeys", "/segments"):
        there, nowhere = wanda.get(f"/api/v1/cases/{hidden}{tail}"), wanda.get(f"/api/v1/cases/7{tail}")
        assert there.status_code == nowhere.status_code == 404
        assert there.text.replace(str(hidden), "7") == nowhere.text
    note = {"verb": "note", "detail": {"reason": "x"}}
    assert wanda.post(f"/api/v1/cases/{hidden}/acts", json=note).status_code == 404


def test_a_state_on_the_journey_without_release_reads_a_lead_and_whom_to_ask(as_person, found):
    number = found(owner="USA", flight="BW449")
    page = as_person("lia").get(f"/cases/{number}").text
    assert "PAVLOVICH ZHILYAEV, ARKADY" in page  # what the carrier sent
    assert "What the entry says is its owner" in page
    assert "usa-sample" not in page
    assert "How the score comes about" not in page


def test_a_state_off_the_journey_is_told_that_there_is_no_such_case(as_person, found):
    assert as_person("lia").get(f"/cases/{found(owner='UN', flight='CM227')}").status_code == 404


def test_a_list_owner_elsewhere_compares_and_learns_nothing_of_who_else_travels(as_person, found, hub, centre):
    number = found(owner="HND", flight="CM227")
    luis = as_person("luis")
    page = luis.get(f"/cases/{number}").text
    assert "REYES, JOSE" in page
    assert "for states on the journey" in page  # booking and seats
    assert "On the same flight" not in page
    assert "KXQ7PD" not in page
    assert luis.get(f"/api/v1/cases/{number}/travellers").status_code == 403  # the role
    owner = Caller(User("olga", "HND", "watch-officer"), "check", "officer")
    assert not possible.run(centre, owner, OfCase(number)).around  # an officer of that state, neither


def test_the_owners_release_opens_the_entry_to_the_state_named(as_person, found, centre):
    number = found(owner="HND", flight="CM227")
    jo, luis = Caller(User("jo", "JAM", "watch-officer"), "check", "officer"), as_person("luis")
    assert show.run(centre, jo, OfCase(number))["content"] == []
    can = luis.get(f"/api/v1/cases/{number}/possible").json()
    assert {"JAM", "PAN"} <= set(can["release_to"])
    sent = luis.post(f"/cases/{number}/act", data={"verb": "release", "to": "JAM", "reason": "they land there"})
    assert sent.status_code == 303
    assert show.run(centre, jo, OfCase(number))["content"][0]["list_id"] == "hnd-wanted"


def test_the_protection_desk_reads_of_care_and_nobody_is_called_a_suspect(as_person, found):
    for flight in ("BW432", "BW449"):
        page = as_person("petra").get(f"/cases/{found(channel='protection', flight=flight)}").text
        assert "help first" in page
        assert not re.search(r"suspect|wanted|offender|illegal|criminal", page, re.IGNORECASE)
        assert "denied-boarding" not in page


def test_roles_without_cases_are_refused(as_person, found):
    number = found(owner="USA", flight="CM227")
    for name in ("audra", "rita", "adam"):
        assert as_person(name).get(f"/cases/{number}").status_code == 403
        assert as_person(name).get(f"/api/v1/cases/{number}").status_code == 403
    for name in ("serge", "pros", "luis"):
        assert as_person(name).get(f"/api/v1/cases/{number}/travellers").status_code in (403, 404)


def test_whoever_acts_as_auditor_reads_no_names(centre, found):
    number = found(owner="USA", flight="CM227")
    told = show.run(centre, Caller(User("ada", "CENTRE", "auditor"), "audit", "auditor"), OfCase(number))
    assert told["traveller"] == told["content"] == []
    assert "MUNOZ" not in str(told)


def test_what_retention_masks_is_said_to_be_masked(as_person, found, centre, monkeypatch):
    number = found(owner="USA", flight="CM227")
    for module in ("requests", "retention"):
        monkeypatch.setattr(f"ops_hub.engines.live.{module}.is_masked", lambda *given: True)
    monkeypatch.setattr("ops_hub.service.cases.travel.is_masked", lambda *given: True)
    page = as_person("wanda").get(f"/cases/{number}").text
    assert "masked by retention" in page
    assert "MUNOZ" not in page
    around = as_person("wanda").get(f"/api/v1/cases/{number}/travellers").json()
    assert around["travellers"] == []
    assert around["missing"] == "masked by retention"


def test_a_case_that_was_forgotten_says_so_on_its_page_and_in_the_api(as_person, found, centre):
    number = found(owner="USA", flight="CM227")
    hub, name = centre.hub, key("case", number)
    before, case = hub.client.hget(name, "case"), case_of(hub, number)
    hub.client.hset(
        name, "case", msgspec.json.encode(reduced(case, story_of(hub, case), hub.now(), sharing_policy())[0])
    )
    try:
        wanda = as_person("wanda")
        page = wanda.get(f"/cases/{number}")
        assert page.status_code == 200
        assert "forgotten under retention" in page.text
        assert "Two persons can have it unmasked" not in page.text
        assert not re.search("MUNOZ|CM227", page.text)
        for part in ("travellers", "seats", "journeys", "chart"):
            told = wanda.get(f"/api/v1/cases/{number}/{part}")
            assert told.status_code == 200, part
            assert "forgotten under retention" in told.text, part
        told = wanda.get(f"/api/v1/cases/{number}").json()
        assert told["no_content_because"] == "forgotten under retention"
        assert number in [each["case"] for each in wanda.get("/api/v1/cases?done=true").json()["cases"]]
        done = as_person("wanda").post(f"/cases/{number}/act", data={"verb": "claim"})
        assert "forgotten under retention" in done.text
    finally:
        hub.client.hset(name, "case", before)


def test_co_travellers_share_what_carriers_said_and_protected_ones_bear_no_mark(as_person, found):
    number = found(owner="BRB", flight="BW432")
    told = as_person("lia").get(f"/api/v1/cases/{number}/travellers").json()["travellers"]
    first = told[0]
    assert first["name"] == "ORDONEZ LAGOS, GENESIS"  # with a case of the protection desk
    assert first["ties"] == ["booking", "contact", "seat"]
    assert first["minor"]
    assert first["case"] is None
    assert {"seat"} == set(told[1]["ties"])
    assert len(told) == 33
    seats = as_person("lia").get(f"/api/v1/cases/{number}/seats").json()
    assert [(s["row"], s["letter"]) for s in seats["seats"] if s["self"]] == [(1, "D")]
    assert seats["seated"] == seats["persons"] == 34


def test_what_is_offered_works_and_what_is_not_offered_is_refused(centre, the_day, hub):
    desk = centre.desk
    people = [
        Caller(User(name, state, role), "check", role)
        for name, state, role in (
            ("wanda", "CENTRE", "officer"), ("sofia", "CENTRE", "supervisor"), ("lia", "BRB", "officer"),
            ("petra", "CENTRE", "protection"), ("luis", "HND", "list-owner"), ("pros", "BRB", "prosecutor"),
        )
    ]  # fmt: skip
    tried = 0
    for number in the_day:
        for by in people:
            try:
                can = possible.run(centre, by, OfCase(number))
            except OpsHubError:
                continue
            case, now = case_of(hub, number), hub.now()

            def works(verb, case=case, by=by, now=now, **detail):
                try:
                    return acted(case, verb, by.actor, now, {"reason": "-", **detail}, desk.table)
                except ConfigError:
                    return None

            offered = {each.name for each in can.verbs}
            for verb in set(desk.table.verbs) - {"decide", "refer", "release", "result"}:
                assert (verb in offered) == (works(verb) is not None), (number, by, verb)
            outcomes = {each.name: each for each in can.outcomes}
            for name in desk.table.outcomes:
                event = works("decide", outcome=name)
                assert (name in outcomes) == (event is not None)
                assert event is None or outcomes[name].second == bool(event.detail.get("pending"))
            for name in desk.table.results:
                assert (name in {each.name for each in can.results}) == (works("result", result=name) is not None)
            assert ("decide" in offered) == bool(outcomes)
            for to in can.refer_to:
                assert works("refer", to=to)
            for to in can.release_to:
                assert works("release", to=[to])
            assert "release" not in offered or can.release_to
            tried += 1
    assert tried > 15


def test_two_people_deny_boarding_and_nobody_confirms_themselves(as_person, found, hub):
    number = found(owner="USA", flight="BW449")
    lia, wanda, sofia = as_person("lia"), as_person("wanda"), as_person("sofia")
    assert lia.post(f"/api/v1/cases/{number}/acts", json={"verb": "claim"}).json()["status"] == "claimed"
    decide = {"verb": "decide", "detail": {"outcome": "denied-boarding", "reason": "the same document"}}
    assert wanda.post(f"/api/v1/cases/{number}/acts", json=decide).status_code == 422  # claimed by somebody else
    done = lia.post(f"/api/v1/cases/{number}/acts", json=decide).json()
    assert done["waits_for_second_person"] == "decide"
    page = lia.get(f"/cases/{number}").text
    assert "A second person must agree" in page
    assert "You cannot confirm this one." in page
    assert lia.post(f"/cases/{number}/act", data={"verb": "confirm"}).status_code == 422
    page = sofia.get(f"/cases/{number}").text
    assert "Confirm, as the second person" in page
    assert "lia" not in page  # another state's officers are that state's to name
    assert sofia.post(f"/cases/{number}/act", data={"verb": "confirm"}).status_code == 303
    assert case_of(hub, number).outcome == "denied-boarding"
    assert "denied-boarding" in lia.get(f"/cases/{number}").text


def test_whoever_was_slower_is_told_who_was_quicker(as_person, found, hub, monkeypatch):
    number = found(owner="UN", flight="CM227")
    real, raced = acted, []

    def slow(case, verb, by, *rest):
        event = real(case, verb, by, *rest)
        if verb == "claim" and by.name == "wanda" and not raced:
            raced.append(True)
            as_person("sofia").post(f"/api/v1/cases/{number}/acts", json={"verb": "claim"})
        return event

    monkeypatch.setattr("ops_hub.desk.acting.acted", slow)
    told = as_person("wanda").post(f"/cases/{number}/act", data={"verb": "claim"})
    assert told.status_code == 409
    assert "somebody was quicker: claim by CENTRE/sofia:supervisor" in told.text


def test_not_the_person_is_remembered_shown_and_revoked_with_a_reason(as_person, found, hub):
    number = found(owner="CARICOM", flight="CM227")
    wanda = as_person("wanda")
    wanda.post(f"/cases/{number}/act", data={"verb": "claim"})
    said = {
        "verb": "decide",
        "outcome": "not-the-person",
        "reason": "another birth place",
        "days": "30",
        "scope": "region",
    }
    assert wanda.post(f"/cases/{number}/act", data=said).status_code == 303
    assert case_of(hub, number).status == "not-the-person"
    page = wanda.get("/cases/decided").text
    assert "another birth place" in page
    assert wanda.post("/cases/decided", data={"number": "1"}).status_code == 422
    assert wanda.post("/cases/decided", data={"number": "1", "reason": "it was"}).status_code == 303
    assert "revoked" in wanda.get("/cases/decided").text


def test_the_carriers_words_and_packages_are_for_prosecutors(as_person, found):
    number = found(owner="BRB", flight="BW432")
    raw = as_person("lia").get(f"/api/v1/cases/{number}/segments").json()
    assert not raw["allowed"]
    assert raw["segments"] == []
    raw = as_person("pros").get(f"/api/v1/cases/{number}/segments").json()
    assert raw["segments"][0]["text"].startswith("NAD+FL+++ALLEYNE BYNOE")
    pros = as_person("pros")
    assert pros.post(f"/cases/{number}/package", data={}).status_code == 422  # a purpose of its own
    made = pros.post(f"/cases/{number}/package", data={"purpose": "file 12/2026"})
    assert made.headers["content-disposition"].endswith(f"case-{number}.zip")
    assert not checked(made.content).problems
    assert "case.json" in zipfile.ZipFile(io.BytesIO(made.content)).namelist()
    lia = as_person("lia")
    assert lia.post(f"/cases/{number}/package", data={"purpose": "mine"}).status_code == 403


@pytest.mark.parametrize(
    "sent",
    [
        {"verb": "refer", "detail": {"to": ["JAM"], "reason": "x"}},
        {"verb": "refer", "detail": {"to": {"a": 1}, "reason": "x"}},
        {"verb": "decide", "detail": {"outcome": ["confirmed"], "reason": "x"}},
        {"verb": "decide", "detail": {"outcome": "confirmed", "reason": "x" * 5000}},
        {"verb": "decide", "detail": {"outcome": "confirmed", "reason": "x", "days": 10**30}},
        {"verb": "release", "detail": {"to": "JAM", "hits": [{}], "reason": "x"}},
        {"verb": "list"}, {"verb": "show"}, {"verb": "revoke"}, {"verb": ""}, {"verb": None}, {}, {"verb": "note", "more": 1},
        {"verb": "note", "detail": {"reason": "   "}}, {"verb": "result", "detail": {"operation": "../x", "result": "arrested"}},
    ],
)  # fmt: skip
def test_an_act_that_is_not_as_it_must_be_is_refused_in_words(as_person, found, sent):
    told = as_person("wanda").post(f"/api/v1/cases/{found(owner='UN', flight='CM227')}/acts", json=sent)
    assert told.status_code == 422, told.text


@pytest.mark.parametrize("number", ["0", "-1", "x", "9" * 30, "9" * 5000, "1.5", "%F0%9F%A6%80", "1%00"])
def test_numbers_that_are_none_are_refused_in_words(as_person, number):
    for path in (f"/cases/{number}", f"/api/v1/cases/{number}", f"/cases/{number}/journeys?days=x"):
        assert as_person("wanda").get(path).status_code in (404, 422)


def test_an_act_that_is_held_says_until_when_it_can_be_taken_back(as_person, found, hub, monkeypatch):
    number, asked = found(owner="UN", flight="CM227"), []

    def held(centre, by, case, verb, detail):
        asked.append((case, verb, detail))
        return Held("h1", hub.now())

    monkeypatch.setattr("ops_hub.service.cases.cases.hold", held)
    sent = {"verb": "decide", "detail": {"outcome": "confirmed", "reason": "x"}, "hold": True}
    told = as_person("wanda").post(f"/api/v1/cases/{number}/acts", json=sent).json()
    assert told["held"]["id"] == "h1"
    assert asked == [(number, "decide", {"outcome": "confirmed", "reason": "x"})]
    monkeypatch.setitem(OPERATIONS, "cases.undo", OPERATIONS["cases.act"])
    page = as_person("wanda").get(f"/cases/{number}").text
    assert ('name="hold"' in page) == ('value="decide"' in page)
    form = {"verb": "decide", "outcome": "confirmed", "reason": "x", "hold": "true"}
    part = as_person("wanda").post(f"/cases/{number}/act", data=form, headers={"hx-request": "true"}).text
    assert 'hx-delete="/api/v1/cases/held/h1"' in part


def test_of_a_very_full_day_co_travellers_are_those_of_the_same_message(as_person, found, monkeypatch):
    monkeypatch.setattr("ops_hub.service.cases.travel.MOST_ROWS", 0)
    monkeypatch.setattr("ops_hub.service.cases.trips.FRESH", 0)
    client = as_person("wanda")
    client.app.state.centre.kept("travel", "anew", Kept)  # nothing is remembered
    told = client.get(f"/api/v1/cases/{found(owner='BRB', flight='BW432')}/travellers").json()
    assert len(told["travellers"]) == 33


def test_a_look_back_reads_a_little_and_the_next_one_goes_further(as_person, found, centre, monkeypatch):
    monkeypatch.setattr("ops_hub.service.cases.trips._A_LOOK", 1)
    monkeypatch.setattr("ops_hub.service.cases.trips.FRESH", 1000)
    centre.kept("travel", "anew", Kept)  # nothing is remembered
    number = found(owner="USA", flight="CM227")
    looks = [as_person("wanda").get(f"/api/v1/cases/{number}/journeys").json() for _ in range(3)]
    assert [each["cut"] for each in looks] == [True, True, False]
    assert looks[0]["read"] < looks[1]["read"] < looks[2]["read"]
