# ruff: noqa: F811  fixtures are imported by name
"""What officers do with cases, in the hub: who may, who was quicker, what is told to whom, what is remembered."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from click.testing import CliRunner

from ops_hub.casework.case import CENTRE, Actor
from ops_hub.casework.fold import fold
from ops_hub.cli.main import main
from ops_hub.desk.acting import act
from ops_hub.desk.filing import open_desk, story_of
from ops_hub.desk.remembering import revoke, suppressed
from ops_hub.desk.showing import listed, shown
from ops_hub.errors import ConfigError, StoreError
from ops_hub.store import cases as store
from ops_hub.store.archive import keep_rules
from ops_hub.store.hub import key
from tests.conftest import ROOT
from tests.live.fixtures_cases import (
    ANA,
    BEN,
    CARLA,
    JO,
    LUIS,
    PRO,
    all_cases,
    audited,
    entry,
    hub,
    office,
    screened,
    server,
    told,
    traveller,
    worked,
)

__all__ = ["hub", "office", "server", "told"]  # fixtures
AWAY = Actor("SUR", "zed")
NOT = {"outcome": "not-the-person", "reason": "twenty years older"}


@pytest.fixture
def desk(hub, office):
    screened(hub, 1, [(traveller(hub, "r1"), entry())])
    worked(office)
    return office.desk


def decided_not(desk, number, by=CARLA, **detail):
    act(desk, number, by, "claim")
    return act(desk, number, by, "decide", NOT | detail)


def again(desk, office, unit, pairs, **options):
    """Let the person travel again, on another flight."""
    screened(desk.hub, unit, [(row | {"flight": f"BW{500 + unit}"}, met) for row, met in pairs], **options)
    worked(office)


def test_of_two_officers_at_once_one_wins_and_the_other_is_told_who(desk):
    officers = [Actor("BRB", f"officer{k}") for k in range(8)]
    desks = [open_desk(desk.hub) for _ in officers]

    def claim(k):
        try:
            return act(desks[k], 1, officers[k], "claim")
        except (StoreError, ConfigError) as error:
            return str(error)

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(claim, range(8)))
    case = all_cases(desk.hub)[1]
    refused = [each for each in found if isinstance(each, str)]
    assert len(refused) == 7
    assert all(case.claimed_by.name in each for each in refused)
    assert [event.kind for event in story_of(desk.hub, case)] == ["opened", "claim"]


def test_notes_of_many_at_once_are_all_kept(desk):
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda k: act(desk, 1, ANA, "note", {"reason": f"note {k}"}), range(8)))
    events = story_of(desk.hub, all_cases(desk.hub)[1])
    assert sorted(event.detail["reason"] for event in events[1:]) == [f"note {k}" for k in range(8)]
    assert [event.number for event in events] == list(range(1, 10))


def test_a_no_board_waits_for_a_second_person_of_the_state_or_the_centre(desk):
    act(desk, 1, ANA, "claim")
    case = act(desk, 1, ANA, "decide", {"outcome": "denied-boarding", "reason": "same passport"})
    assert (case.status, case.outcome, case.pending["by"]) == ("claimed", None, "BRB/ana:officer")
    for one in (ANA, Actor("BRB", "Ana ", "supervisor"), Actor(CENTRE, "ana", "supervisor")):
        with pytest.raises(ConfigError, match="cannot confirm what"):
            act(desk, 1, one, "confirm")
    with pytest.raises(ConfigError, match="somebody of BRB"):
        act(desk, 1, JO, "confirm")
    with pytest.raises(ConfigError, match="second person"):
        act(desk, 1, BEN, "decide", {"outcome": "refused-entry", "reason": "x"})
    assert act(desk, 1, BEN, "decline", {"reason": "another sex"}).pending is None
    act(desk, 1, ANA, "decide", {"outcome": "denied-boarding", "reason": "same passport"})
    case = act(desk, 1, CARLA, "confirm")
    assert (case.status, case.outcome, case.pending) == ("closed", "denied-boarding", None)
    assert case == fold(story_of(desk.hub, case), desk.table)


def test_controlled_content_is_released_by_two_persons_of_its_owner(hub, office):
    listing = entry("S1", "brb-smuggling", "BRB", "discreet", ["owner-release-only"])
    screened(hub, 1, [(traveller(hub, "r1", to_port="KIN"), listing), (traveller(hub, "r1", to_port="KIN"), entry())])
    worked(office)
    desk = office.desk
    with pytest.raises(ConfigError, match="for the owner"):
        act(desk, 1, JO, "release", {"to": ["JAM"], "reason": "x"})
    with pytest.raises(ConfigError, match="SUR is not concerned"):
        act(desk, 1, ANA, "release", {"to": ["SUR"], "reason": "x"})
    assert act(desk, 1, ANA, "release", {"to": ["JAM"], "reason": "they board him"}).released == {}
    with pytest.raises(ConfigError, match="cannot confirm"):
        act(desk, 1, JO, "confirm")
    case = act(desk, 1, BEN, "confirm")
    own = [hit.hit_id for hit in case.hits if hit.owner == "BRB"]
    assert case.released == {"JAM": own}
    # content that is not controlled needs no second person
    assert len(act(desk, 1, LUIS, "release", {"to": ["JAM"], "reason": "x"}).released["JAM"]) == 2


def test_what_a_state_may_not_see_is_as_if_it_were_not_there(desk):
    errors = []
    for number in (1, 77):
        for call in (lambda n: shown(desk, n, AWAY), lambda n: act(desk, n, AWAY, "note", {"reason": "x"})):
            with pytest.raises(StoreError) as error:
                call(number)
            errors.append(str(error.value).replace(str(number), "N"))
    assert len(set(errors)) == 1
    assert listed(desk, AWAY) == []
    assert suppressed(desk, AWAY) == []


def test_looking_listing_and_deciding_are_in_the_audit_log_by_ids_alone(desk):
    listed(desk, ANA)
    shown(desk, 1, ANA, purpose="inbound check")
    with pytest.raises(StoreError):
        shown(desk, 1, AWAY)
    decided_not(desk, 1)
    events = audited(desk.hub)
    assert [each["action"] for each in events] == [
        "case-opened", "cases-listed", "case-shown", "case-refused", "case-claim", "case-decide",
    ]  # fmt: skip
    assert events[2]["purpose"] == "inbound check"
    assert "GOMEZ" not in str(events)
    assert "older" not in str(events)


def test_who_a_traveller_is_stays_hidden_where_retention_masks_it_or_the_key_is_gone(desk):
    assert "GOMEZ" in str(shown(desk, 1, LUIS))
    hidden = shown(desk, 1, LUIS, masked=True)
    assert hidden["no_content_because"] == "masked by retention"
    case = all_cases(desk.hub)[1]
    desk.hub.keyring.destroy(case.keeper, case.day)
    gone = shown(desk, 1, LUIS)
    assert "destroyed" in gone["no_content_because"]
    assert "GOMEZ" not in str(hidden) + str(gone)
    assert [event["kind"] for event in gone["story"]] == ["opened"]


def test_a_pair_that_was_decided_is_quiet_from_then_on_stored_and_counted(desk, office, told):
    decided_not(desk, 1)
    worked(office)
    before = len(told)
    again(desk, office, 2, [(traveller(desk.hub, "r2"), entry())])
    case = all_cases(desk.hub)[2]
    assert (case.status, case.outcome, case.hits[0].suppressed_by) == ("closed", "suppressed", 1)
    assert len(told) == before
    (known,) = suppressed(desk, CARLA)
    assert (known["hits"], known["reason"], known["state"], known["scope"]) == (
        1,
        "twenty years older",
        "active",
        "region",
    )
    assert listed(desk, CARLA) == []
    assert len(listed(desk, CARLA, done=True)) == 2


def test_what_is_quiet_does_not_keep_another_hit_quiet(desk, office):
    decided_not(desk, 1)
    again(desk, office, 2, [(traveller(desk.hub, "r2"), entry()), (traveller(desk.hub, "r2"), entry("E2"))])
    case = all_cases(desk.hub)[2]
    assert case.status == "new"
    assert [hit.entry_id for hit in case.live] == ["E2"]


@pytest.mark.parametrize(
    "other",
    [
        {"documents": []}, {"born": "1990-02-04"}, {"number": "X123457"}, {"nationality": "GTM"}, {"sex": "M"},
        {"given": "ANNA"}, {"born": None}, {"number": None, "born": "1990"},
    ],
    ids=str,
)  # fmt: skip
def test_somebody_else_of_the_same_name_is_not_quiet(desk, office, other):
    decided_not(desk, 1)
    again(desk, office, 2, [(traveller(desk.hub, "r2", **other), entry())])
    case = all_cases(desk.hub)[2]
    assert case.status == "new"
    opened = story_of(desk.hub, case)[0].detail
    if "sex" in other:  # the same person, by the passport
        assert opened["decided_before"][case.hits[0].hit_id]["changed"] == ["traveller's sex"]
        assert opened["decided_before"][case.hits[0].hit_id]["case"] == 1


def test_a_changed_entry_is_heard_again_and_changed_remarks_are_not(desk, office):
    decided_not(desk, 1)
    again(desk, office, 2, [(traveller(desk.hub, "r2"), entry(remarks="seen in May"))])
    again(desk, office, 3, [(traveller(desk.hub, "r3"), entry(handling="discreet"))])
    cases = all_cases(desk.hub)
    assert [cases[n].status for n in (2, 3)] == ["closed", "new"]
    said = story_of(desk.hub, cases[3])[0].detail["decided_before"]
    assert next(iter(said.values()))["changed"] == ["entry's handling"]


def test_nobody_is_remembered_by_a_name_alone(hub, office):
    nameless = {"number": None, "born": None}
    screened(hub, 1, [(traveller(hub, "r1", **nameless), entry())])
    worked(office)
    decided_not(office.desk, 1)
    assert suppressed(office.desk, CARLA) == []
    assert story_of(hub, all_cases(hub)[1])[-1].detail["remembered"] == []
    again(office.desk, office, 2, [(traveller(hub, "r2", **nameless), entry())])
    assert all_cases(hub)[2].status == "new"


def test_the_word_of_one_state_holds_where_no_other_is_concerned(desk, office):
    act(desk, 1, ANA, "claim")
    with pytest.raises(ConfigError, match="for the region"):
        act(desk, 1, ANA, "decide", NOT | {"scope": "region"})
    act(desk, 1, ANA, "decide", NOT)
    again(desk, office, 2, [(traveller(desk.hub, "r2"), entry())])
    again(desk, office, 3, [(traveller(desk.hub, "r3", from_port="MIA"), entry())])
    assert [all_cases(desk.hub)[n].status for n in (2, 3)] == ["new", "closed"]


def test_a_decision_ends_when_it_expires_and_when_it_is_revoked(desk, office):
    decided_not(desk, 1, days=30)
    again(desk, office, 2, [(traveller(desk.hub, "r2"), entry())])
    with pytest.raises(ConfigError, match="needs a reason"):
        revoke(desk, 1, CARLA, " ")
    with pytest.raises(ConfigError, match="made by CENTRE"):
        revoke(desk, 1, ANA, "x")
    assert revoke(desk, 1, CARLA, "it was the person") == [2]
    assert all_cases(desk.hub)[2].status == "new"
    again(desk, office, 3, [(traveller(desk.hub, "r3"), entry())])
    assert all_cases(desk.hub)[3].status == "new"
    (known,) = suppressed(desk, CARLA)
    assert known["state"] == "revoked"
    assert known["expires"] - known["at"] == timedelta(days=30)
    with pytest.raises(ConfigError, match="was revoked by"):
        revoke(desk, 1, CARLA, "again")
    with pytest.raises(ConfigError, match="5000 days"):
        decided_not(desk, 3, days=5000)


def test_a_message_sent_again_does_not_open_what_was_decided_and_a_new_fact_does(desk, office):
    act(desk, 1, ANA, "claim")
    act(desk, 1, ANA, "decide", {"outcome": "secondary-negative", "reason": "searched"})
    screened(desk.hub, 2, [(traveller(desk.hub, "r2"), entry())])
    worked(office)
    assert (all_cases(desk.hub)[1].outcome, len(all_cases(desk.hub)[1].hits)) == ("secondary-negative", 2)
    screened(desk.hub, 3, [(traveller(desk.hub, "r3"), entry("E9"))])
    worked(office)
    assert (all_cases(desk.hub)[1].status, all_cases(desk.hub)[1].outcome) == ("new", None)


def run(hub, *words):
    found = CliRunner().invoke(main, ["case", *words], env={"OPS_HUB_HOME": str(hub.home), "OPS_HUB_REDIS": ""})
    return found.exit_code, found.output


def test_the_commands_do_it_all(desk):
    hub = desk.hub
    code, said = run(hub, "list", "--as", "BRB/ana", "--json")
    assert code == 0
    (one,) = json.loads(said)
    assert (one["case"], one["status"]) == (1, "new")
    assert "GOMEZ" not in said
    assert 290 <= one["minutes_left"] <= 300
    assert "4 h" in run(hub, "list", "--as", "BRB/ana")[1]
    assert run(hub, "claim", "1", "--as", "BRB/ana") == (0, "case 1: claimed\n")
    code, said = run(hub, "claim", "1", "--as", "BRB/ben")
    assert code == 2
    assert "claimed by BRB/ana:officer" in said
    assert run(hub, "note", "1", "--as", "BRB/ana", "--reason", "at gate 4")[0] == 0
    assert run(hub, "refer", "1", "--to", "HND", "--as", "BRB/ana", "--reason", "theirs")[1] == "case 1: referred\n"
    assert run(hub, "claim", "1", "--as", "HND/luis")[0] == 0
    code, said = run(hub, "decide", "1", "--outcome", "denied-boarding", "--as", "HND/luis", "--reason", "x")
    assert code == 2
    assert "denied-boarding is for the departure or transit or destination or centre" in said
    assert run(hub, "refer", "1", "--to", "BRB", "--as", "HND/luis", "--reason", "it is him")[0] == 0
    assert run(hub, "claim", "1", "--as", "BRB/ana")[0] == 0
    code, said = run(hub, "decide", "1", "--outcome", "denied-boarding", "--as", "BRB/ana", "--reason", "x")
    assert "a second person must agree: ops-hub case confirm 1" in said
    assert run(hub, "confirm", "1", "--as", "BRB/ana")[0] == 2
    assert run(hub, "confirm", "1", "--as", "BRB/ben") == (0, "case 1: closed, denied-boarding\n")
    code, said = run(hub, "show", "1", "--as", "HND/maria", "--purpose", "check")
    assert code == 0
    assert "GOMEZ" in said
    assert "same family name" in said
    assert "confirm by BRB:officer" in said
    assert run(hub, "reopen", "1", "--as", "HND/maria", "--reason", "the document came")[1] == "case 1: new\n"
    for words in (["show", "1"], ["show", "99"], ["claim", "1"]):
        code, said = run(hub, *words, "--as", "SUR/zed")
        assert code == 2
        assert "there is no case" in said
    assert run(hub, "suppressed", "--as", "HND/maria", "--json")[1].strip() == "[]"
    happened = [
        each["detail"]["event"] for each in audited(hub) if each["about"] == "case 1" and "event" in each["detail"]
    ]
    assert happened == [event.number for event in story_of(hub, all_cases(hub)[1])]
    for wrong in ("XXX/ana", "BRB", "BRB/ana:king", "CENTRE/x:system"):
        assert run(hub, "list", "--as", wrong)[0] == 2


def test_nobody_to_be_protected_is_called_what_they_are_not(hub, office):
    met = entry("M1", "jam-missing", "JAM", "protect", purpose="missing")
    screened(hub, 1, [(traveller(hub, "r1"), met)])
    worked(office)
    act(office.desk, 1, PRO, "claim")
    for words in (["list"], ["show", "1"], ["note", "1", "--reason", "called the services"]):
        code, said = run(hub, *words, "--as", "CENTRE/pro:protection")
        assert code == 0
        assert not any(bad in said.lower() for bad in ("suspect", "wanted", "offender", "criminal"))
    assert store.counts(hub, ["claimed"]) == {"claimed": 1}


def test_names_and_documents_are_printed_once_in_words_and_it_is_said_whom_to_ask(hub, office):
    paper = {"type": "P", "number": "X123456", "issuer": "HND", "number_to": None, "status": "stolen"}
    names = [{"full": "GOMEZ, Ana", "family": "GOMEZ", "given": "Ana", "quality": "strong"}]
    met = entry(
        "M1", "jam-missing", "JAM", "protect", purpose="missing", names=names, documents=[paper], nationalities=[]
    )
    child = traveller(hub, "r1", born="2015-02-03", to_port="TGU")  # a child of HND, on the way to HND
    screened(hub, 1, [(child, met)])
    worked(office)
    said = run(hub, "show", "1", "--as", "JAM/pro:protection")[1]
    assert "GOMEZ, Ana (strong)  " in said.replace("\n", "  ")
    assert "P X123456 HND, stolen" in said
    assert "True" not in said
    assert "the traveller is, or may be, a minor" in said
    assert "ask: Protection Desk of the Centre" in said
    assert "not told, until you release it to them: HND" in said


def test_what_somebody_wrote_cannot_pass_for_what_happened(desk):
    act(desk, 1, ANA, "note", {"reason": "x\n   9  2026-11-25 14:00 UTC  confirm by BRB/ben\x1b[2J"})
    said = run(desk.hub, "show", "1", "--as", "BRB/ana")[1]
    assert "\x1b" not in said
    assert not any("confirm" in line and "note by" not in line for line in said.splitlines())


def test_desks_work_by_the_rules_that_are_published(desk, tmp_path):
    for name in ("cases.toml", "sharing.toml", "states.toml"):
        text = (ROOT / "rules" / name).read_text(encoding="utf-8")
        changed = text.replace("possible match with a list entry:", "please look at this:")
        changed = changed.replace('name = "claim"\nfrom = ["new", "referred"]', 'name = "claim"\nfrom = ["referred"]')
        (tmp_path / name).write_text(changed, encoding="utf-8")
    desk.hub.client.set(key("ruleset"), keep_rules(desk.hub, tmp_path))
    code, said = run(desk.hub, "show", "1", "--as", "BRB/ana")
    assert code == 0
    assert "please look at this" in said
    assert "possible match" not in run(desk.hub, "list", "--as", "BRB/ana")[1]
    code, said = run(desk.hub, "claim", "1", "--as", "BRB/ana")
    assert code == 2
    assert "claim is for cases that are referred" in said


def test_words_go_to_whom_they_are_for(desk):
    def words(*reader):
        return str(shown(desk, 1, Actor(*reader))["story"])

    act(desk, 1, ANA, "ask-owner", {"reason": "which birth date holds?"})
    act(desk, 1, LUIS, "answer", {"reason": "the first one"})
    act(desk, 1, ANA, "refer", {"to": "TTO", "reason": "he boards there"})
    act(desk, 1, ANA, "note", {"reason": "said to us alone"})
    assert "which birth date" in words("HND", "luis", "list-owner")
    assert "the first one" in words("BRB", "ana")
    assert "he boards there" in words("TTO", "jo")
    for other in (("TTO", "jo"), ("HND", "luis", "list-owner"), (CENTRE, "carla")):
        assert "said to us alone" not in words(*other)
    assert "the first one" not in words("TTO", "jo")
    assert "ana" not in words("TTO", "jo")
    assert "which birth date" not in str(shown(desk, 1, LUIS, masked=True)["story"])


def test_what_happened_tells_nothing_of_a_hit_that_the_reader_does_not_see(hub, office):
    screened(hub, 1, [(traveller(hub, "r1"), entry())])
    worked(office)
    hidden = entry("J1", "jam-list", "JAM", caveats=["not-to:BRB"])
    screened(hub, 2, [(traveller(hub, "r1"), entry()), (traveller(hub, "r1"), hidden)])
    worked(office)
    act(office.desk, 1, Actor("JAM", "kay"), "note", {"reason": "ours"})
    told = shown(office.desk, 1, ANA)
    assert [event["kind"] for event in told["story"]] == ["opened"]
    assert "JAM" not in str(told)
    assert [event["kind"] for event in shown(office.desk, 1, JO)["story"]] == ["opened", "joined", "note"]
