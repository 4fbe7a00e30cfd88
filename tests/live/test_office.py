# ruff: noqa: F811  fixtures are imported by name
"""Hits into cases: one hit in one case, whatever comes how often in which order, and whoever is killed when."""

import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from itertools import permutations

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from redis.client import Pipeline

from ops_hub.casework.case import ORDINARY, PROTECTION, Bundle
from ops_hub.casework.fold import fold
from ops_hub.desk.acting import act
from ops_hub.desk.filing import bundle_of, open_desk, opened_bundle, sealed_bundle, story_of
from ops_hub.engines.live import office as office_module
from ops_hub.engines.live.office import Office, withdraw
from ops_hub.feeds.reading import ReadOptions, read
from ops_hub.lists.reading import read_lists
from ops_hub.pipeline import compile_lists, open_lists, screen
from ops_hub.store import cases as store
from ops_hub.store.consume import Reader
from ops_hub.store.hub import key
from tests.conftest import ROOT, TODAY, TRIES
from tests.live.fixtures_cases import (
    ANA,
    BEN,
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


def hits_of(hub):
    return sorted(sorted(hit.hit_id for hit in case.hits) for case in all_cases(hub).values() if case.hits)


def test_a_hit_opens_a_case_with_its_countdown_and_the_states_that_it_concerns(hub, office, told):
    screened(hub, 1, [(traveller(hub, "r1"), entry())])
    worked(office)
    (case,) = all_cases(hub).values()
    assert case.status == "new"
    assert case.concerned == {"BRB": ["destination"], "HND": ["owner"], "TTO": ["departure"]}
    assert case.deadline == case.departs_at
    assert case.arrives_at > case.departs_at
    assert case.keeper == "BRB"
    assert case.day == case.arrives_at.date().isoformat()
    assert [event.kind for event in told[0][2]] == ["opened"]
    bundle = bundle_of(hub, case)
    assert bundle.travellers["family_name"].to_list() == ["GOMEZ"]
    assert case == fold(story_of(hub, case), office.desk.table)


def test_content_comes_back_from_the_hub_as_it_was(hub, office, knowledge):
    """Every value of what real feeds and lists give: JSON holds all of it."""
    options = ReadOptions(today=TODAY, hash_key=b"k" * 32)
    people = pl.concat([batch.travellers for batch in read([ROOT / "sample_feeds"], options)])
    lists = open_lists(compile_lists(read_lists([ROOT / "watchlists"]), knowledge), knowledge)
    hits = screen(people, lists, knowledge, today=TODAY)
    whole = Bundle(hits, people.filter(pl.col("record_id").is_in(hits["record_id"].implode())), lists.snapshot.entries)
    screened(hub, 1, [(traveller(hub, "r1"), entry())])
    worked(office)
    case = all_cases(hub)[1]
    back = opened_bundle(hub, case, sealed_bundle(hub, case, whole))
    assert min(whole.hits.height, whole.travellers.height, whole.entries.height) > 5
    for name in ("hits", "travellers", "entries"):
        assert getattr(back, name).equals(getattr(whole, name)), name


def test_an_inbound_journey_counts_down_to_its_arrival(hub, office):
    screened(hub, 1, [(traveller(hub, "r1", from_port="MIA"), entry())])
    worked(office)
    (case,) = all_cases(hub).values()
    assert case.deadline == case.arrives_at


def test_nothing_about_a_traveller_stands_unsealed_in_the_hub(hub, office):
    screened(
        hub,
        1,
        [
            (
                traveller(hub, "r1", family="ZZYZX", given="QWERTZUIOP", number="K7777777"),
                entry(name="ZZYZX, Qwertzuiop"),
            )
        ],
    )
    worked(office)
    act(open_desk(hub), 1, ANA, "note", {"reason": "ZZYZX told me"})
    for name in hub.client.scan_iter("*"):
        dumped = hub.client.dump(name)
        values = {
            b"hash": lambda n: b"".join(k + v for k, v in hub.client.hgetall(n).items()),
            b"list": lambda n: b"".join(hub.client.lrange(n, 0, -1)),
            b"stream": lambda n: repr(hub.client.xrange(n)).encode(),
        }.get(hub.client.type(name), lambda n: b"")(name)
        for word in (b"ZZYZX", b"QWERTZUIOP", b"K7777777", b"1990-02-03"):
            assert word not in dumped + values + name, name
    case = all_cases(hub)[1]
    assert story_of(hub, case)[-1].detail["reason"] == "ZZYZX told me"
    hub.keyring.destroy(case.keeper, case.day)
    assert story_of(hub, case)[-1].detail["reason"] == "(deleted)"


def test_a_corrected_message_joins_the_same_case(hub, office):
    first = traveller(hub, "r1", number="X123456", passenger_ref="P1")
    screened(hub, 1, [(first, entry())])
    screened(hub, 2, [(first | {"record_id": "r2", "given_names": "ANNA", "birth_date": "1990-02-04"}, entry())])
    screened(hub, 3, [(traveller(hub, "r3", given="ANNA MARIA", passenger_ref="P1", number=None), entry())])
    screened(hub, 4, [(traveller(hub, "r4", given="MRS ANA", number=None), entry())])
    worked(office)
    # the second one changed name and birth date at once: nothing but the passport's number agrees, and that is not enough
    assert sorted(len(each) for each in hits_of(hub)) == [1, 3]


def test_members_of_a_family_are_never_one_case(hub, office):
    common = {"number": "F555555", "passenger_ref": "B1", "booking_ref": "B1"}
    ana = traveller(hub, "r1", given="ANA", born="1990-02-03", **common)
    eva = traveller(hub, "r2", given="EVA", born="1990-02-03", **(common | {"number": "F555556"}))
    son = traveller(hub, "r3", given="ANA", born="2015-01-01", **common)
    screened(hub, 1, [(each, entry()) for each in (ana, eva, son)])
    screened(hub, 2, [(each | {"record_id": each["record_id"] + "b"}, entry()) for each in (son, ana, eva)])
    worked(office)
    assert sorted(len(each) for each in hits_of(hub)) == [2, 2, 2]
    assert sorted(case.minor for case in all_cases(hub).values()) == [False, False, True]


def test_the_same_item_twice_or_years_later_is_one_hit_in_one_case(hub, office, told):
    unit = [(traveller(hub, "r1"), entry()), (traveller(hub, "r1"), entry("E2"))]
    for number in (1, 1, 2):
        screened(hub, number, unit)
        worked(office)
    case = all_cases(hub)[1]
    hub.keyring.destroy(case.keeper, case.day)
    screened(hub, 1, unit)
    worked(office)
    assert store.last_number(hub) == 1
    assert [len(each) for each in hits_of(hub)] == [2]
    assert len(told) == 1


def test_another_flight_or_another_day_is_another_case(hub, office):
    person = traveller(hub, "r1")
    later = {"record_id": "r3", "departs_at": person["departs_at"].replace(year=2031)}
    units = [person, person | {"record_id": "r2", "flight": "BW433"}, person | later]
    for number, each in enumerate(units):
        screened(hub, number, [(each, entry())])
    worked(office)
    assert len(all_cases(hub)) == 3


def test_a_protect_hit_moves_the_case_and_ends_what_others_claimed(hub, office, told):
    screened(hub, 1, [(traveller(hub, "r1"), entry())])
    worked(office)
    act(office.desk, 1, ANA, "claim")
    act(office.desk, 1, ANA, "decide", {"outcome": "denied-boarding", "reason": "x"})
    assert all_cases(hub)[1].pending is not None
    screened(hub, 2, [(traveller(hub, "r2"), entry("M1", "jam-missing", "JAM", "protect"))])
    worked(office)
    case = all_cases(hub)[1]
    assert (case.channel, case.claimed_by, case.pending, case.status) == (PROTECTION, None, None, "new")
    assert [event.kind for _, _, events in told for event in events][-2:] == ["joined", "moved"]
    with pytest.raises(Exception, match="another desk"):
        act(office.desk, 1, ANA, "claim")


def test_records_that_a_later_one_joins_make_one_case_in_the_end(hub, office):
    by_paper = traveller(hub, "r1", family="GOMES", number="X123456")
    by_name = traveller(hub, "r2", number=None)
    both = traveller(hub, "r3", number="X123456")
    outcomes = set()
    for order in permutations([by_paper, by_name, both]):
        hub.client.flushall()
        hub.keyring._open.clear()
        fresh = Office(hub)
        for number, each in enumerate(order):
            screened(hub, number, [(each, entry())])
            worked(fresh)
        outcomes.add(str(hits_of(hub)))
        assert len(hits_of(hub)) == 1
        for case in all_cases(hub).values():
            assert case == fold(story_of(hub, case), fresh.desk.table)
            assert case.hits or case.outcome == "merged"
    assert len(outcomes) == 1


def test_a_hit_that_a_corrected_message_no_longer_gives_stays_and_is_told(hub, office, told):
    person = traveller(hub, "r1")
    screened(hub, 1, [(person, entry()), (person, entry("E2"))])
    screened(hub, 2, [(person | {"record_id": "r2"}, entry("E2"))])
    worked(office)
    assert len(all_cases(hub)[1].hits) == 3
    assert told[-1][2][-1].detail["no_longer_met"] == ["hnd-wanted/E1"]


def test_all_people_of_a_unit_are_answered_for_and_one_without_a_hit_joins_what_is_there(hub):
    answers = []
    office = Office(
        hub, reply=lambda told, people, cases, rejects: answers.append((told.reply_to, people.height, cases))
    )
    screened(hub, 1, [(traveller(hub, "r1"), entry())])
    again, other = (
        traveller(hub, "r2", given="ANA"),
        traveller(hub, "r3", family="LEE", number="Z999999", born="1980-01-01"),
    )
    screened(hub, 2, [], people=[again, other], reply_to="BW")
    worked(office)
    ((carrier, people, cases),) = answers
    assert (carrier, people, [case.id for case in cases]) == ("BW", 2, [1])
    assert all_cases(hub)[1].records == ("r1", "r2")
    assert len(all_cases(hub)) == 1


def test_an_item_that_cannot_be_opened_goes_to_the_dead_letters_and_the_others_go_on(hub, office):
    hub.client.xadd(key("screened"), {"receipt": b"no receipt of GOMEZ"})
    screened(hub, 1, [(traveller(hub, "r1"), entry())])
    worked(office)
    ((_, letter),) = hub.client.xrange(key("dead"))
    assert b"GOMEZ" not in letter[b"reason"]
    assert len(all_cases(hub)) == 1


DRAWN = office_module.drawn


class Killed(BaseException):
    """Ends an office where it stands, as a kill would."""


KILLED = """
import os, signal, sys
from pathlib import Path
from ops_hub.engines.live import office
from ops_hub.store.hub import open_hub
hub, left, call = open_hub(Path(sys.argv[1])), [int(sys.argv[2])], None
office.drawn = lambda place: place
def counted(*args, **options):
    left[0] -= 1
    if left[0] == 0:
        os.kill(os.getpid(), signal.SIGKILL)
    return call(*args, **options)
call, hub.client.execute_command = hub.client.execute_command, counted
made = office.Office(hub)
while made.work():
    pass
"""


def two_units(hub):
    hub.client.flushall()
    hub.keyring._open.clear()
    other = traveller(hub, "r9", family="LEE", given="BO", born="1970-01-01", number="L111111")
    screened(hub, 1, [(traveller(hub, "r1"), entry()), (other, entry("E2"))])
    screened(hub, 2, [(traveller(hub, "r2"), entry("E3"))])


def finished_by_another(hub, monkeypatch, said):
    """Let another office finish what one that was killed had taken."""
    with monkeypatch.context() as patched:
        patched.setattr(
            office_module, "Reader", lambda hub, stream, group, name: Reader(hub, stream, group, "b", idle_ms=0)
        )
        worked(Office(hub, share=lambda case, bundle, events: said.extend((case.id, each.number) for each in events)))
    assert [len(case.hits) for case in all_cases(hub).values()] == [2, 1]
    assert hub.client.xlen(key("screened")) == hub.client.xlen(store.CHANGES) == hub.client.xlen(key("dead")) == 0
    told = sorted((each["about"], each["detail"]["event"]) for each in audited(hub))
    assert told == [("case 1", 1), ("case 1", 2), ("case 2", 1)]


@pytest.mark.parametrize("first", [1, *(pytest.param(each, marks=pytest.mark.wide) for each in (2, 3))])
def test_an_office_that_ends_between_any_two_commands_loses_and_doubles_nothing(hub, monkeypatch, first):
    ended = 0
    for step in range(first, 100, 3):  # every third here; all of them where it is run wide
        two_units(hub)
        left, said = [step], []

        def counted(call, left=left):
            def wrapped(*args, **options):
                left[0] -= 1
                if left[0] == 0:
                    raise Killed
                return call(*args, **options)

            return wrapped

        with monkeypatch.context() as patched:
            patched.setattr(hub.client, "execute_command", counted(hub.client.execute_command))
            patched.setattr(Pipeline, "execute", counted(Pipeline.execute))
            try:
                made = Office(
                    hub, share=lambda case, bundle, events, s=said: s.extend((case.id, e.number) for e in events)
                )
                worked(made)
            except Killed:
                ended += 1
        finished_by_another(hub, monkeypatch, said)
        assert set(said) == {(1, 1), (1, 2), (2, 1)}, step
        if left[0] > 0:
            break
    assert ended == (step - first) // 3 > 7


@pytest.mark.slow
@pytest.mark.parametrize("step", [20, 25])
def test_an_office_that_is_killed_loses_and_doubles_nothing(hub, monkeypatch, step):
    two_units(hub)
    done = subprocess.run([sys.executable, "-c", KILLED, str(hub.home), str(step)], cwd=ROOT, check=False)
    assert done.returncode == -signal.SIGKILL
    finished_by_another(hub, monkeypatch, [])


UNITS = (
    ("r1", "X123456", "GOMEZ"),
    ("r2", None, "GOMEZ"),
    ("r3", "X123456", "GOMES"),
    ("r4", "Y777777", "LEE"),
    ("r5", "Y777777", "LEE"),
)


@settings(max_examples=5 * TRIES, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.permutations(list(range(5)) * 2))
def test_any_order_and_repetition_gives_the_same_cases(hub, order):
    hub.client.flushall()
    hub.keyring._open.clear()
    office = Office(hub)
    for place, number in enumerate(order):
        record, paper, family = UNITS[number]
        screened(hub, number, [(traveller(hub, record, family=family, number=paper), entry())])
        if place % 3 == 0:
            office.work()
    worked(office)
    by_case = sorted(sorted(case.records) for case in all_cases(hub).values() if case.hits)
    assert by_case == [["r1", "r2", "r3"], ["r4", "r5"]]
    assert sorted(map(len, hits_of(hub))) == [2, 3]


def test_two_offices_at_once_make_the_cases_that_one_makes(hub):
    for number in range(40):
        record, paper, family = UNITS[number % 5]
        screened(hub, number, [(traveller(hub, f"{record}-{number}", family=family, number=paper), entry())])
    offices = [Office(hub), Office(hub)]
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(worked, offices))
    worked(offices[0])
    cases = [case for case in all_cases(hub).values() if case.hits]
    assert sorted(len(case.hits) for case in cases) == [16, 24]
    for case in cases:
        assert case == fold(story_of(hub, case), offices[0].desk.table)
        assert bundle_of(hub, case).hits.height == len(case.hits)


def test_withdrawn_entries_close_what_has_no_other_hit_and_leave_decisions(hub, office, told):
    people = [traveller(hub, f"r{n}", family=f"GOMEZ{n}", number=f"X00000{n}") for n in (1, 2, 3)]
    screened(
        hub,
        1,
        [(people[0], entry()), (people[1], entry()), (people[1], entry("E2")), (people[2], entry())],
        kind="retrospective",
    )
    worked(office)
    assert all(case.retrospective for case in all_cases(hub).values())
    act(office.desk, 3, ANA, "claim")
    act(office.desk, 3, ANA, "decide", {"outcome": "secondary-negative", "reason": "searched"})
    assert withdraw(hub, [("hnd-wanted", "E1")], LUIS, "removed from the list") == [1, 2, 3]
    assert withdraw(hub, [("hnd-wanted", "E1")], LUIS, "removed from the list") == []
    cases = all_cases(hub)
    assert [(cases[n].status, cases[n].outcome) for n in (1, 2, 3)] == [
        ("closed", "withdrawn"),
        ("new", None),
        ("closed", "secondary-negative"),
    ]
    worked(office)
    assert [events[-1].kind for _, _, events in told[-3:]] == ["withdrawn"] * 3
    screened(hub, 2, [(people[0], entry(remarks="listed anew", sex="M"))], kind="retrospective")
    worked(office)
    assert all_cases(hub)[1].status == "new"


def test_a_protected_person_is_in_the_protection_channel_from_the_start(hub, office):
    screened(hub, 1, [(traveller(hub, "r1"), entry("M1", "jam-missing", "JAM", "protect"))])
    screened(hub, 2, [(traveller(hub, "r2", family="LEE", number="L222222"), entry("U1", "un", "UN"))])
    worked(office)
    cases = all_cases(hub)
    assert [cases[n].channel for n in (1, 2)] == [PROTECTION, ORDINARY]
    assert cases[2].concerned["CENTRE"] == ["owner"]
    assert act(office.desk, 1, PRO, "claim").status == "claimed"
    with pytest.raises(Exception, match="another desk|there is no case"):
        act(office.desk, 1, BEN, "decide", {"outcome": "refused-entry", "reason": "x"})
    with pytest.raises(Exception, match="cannot end in refused-entry"):
        act(office.desk, 1, PRO, "decide", {"outcome": "refused-entry", "reason": "x"})
    assert act(office.desk, 1, PRO, "decide", {"outcome": "protected-and-referred", "reason": "x"}).status == "closed"


def test_what_comes_about_somebody_who_was_denied_boarding_joins_the_denial(hub, office):
    def denied(number):
        for by, verb, detail in (
            (ANA, "claim", {}),
            (ANA, "decide", {"outcome": "denied-boarding", "reason": "x"}),
            (BEN, "confirm", {}),
        ):
            act(office.desk, number, by, verb, detail)

    # two cases that nobody knows to be one traveller: by document, and by name
    screened(hub, 1, [(traveller(hub, "r1", given="A"), entry())])
    screened(hub, 2, [(traveller(hub, "r2", number=None), entry("E2"))])
    worked(office)
    assert len(all_cases(hub)) == 2
    denied(2)
    screened(hub, 3, [(traveller(hub, "r3"), entry("E3"))])  # the one and the other
    worked(office)
    cases = all_cases(hub)
    assert (cases[1].outcome, cases[2].outcome) == ("merged", "denied-boarding")
    assert (cases[2].status, set(cases[2].records)) == ("new", {"r1", "r2", "r3"})


def test_numbers_of_cases_tell_neither_how_many_there_are_nor_their_order(hub, office, monkeypatch):
    monkeypatch.setattr(office_module, "drawn", DRAWN)
    for number in range(6):
        one = traveller(hub, f"r{number}", f"LEE{number}", number=f"Z00000{number}")
        screened(hub, number, [(one, entry())])
    worked(office)
    found = list(all_cases(hub))
    assert len(found) == 6
    assert all(len(str(number)) == 8 for number in found)
    assert 1 not in {abs(a - b) for a, b in permutations(found, 2)}  # by lot: once in some millions of runs


def test_a_number_that_is_taken_is_drawn_anew(hub, office, monkeypatch):
    lots = iter([7, 7, 8, 8, 9])
    monkeypatch.setattr(office_module, "drawn", lambda place: next(lots))
    screened(hub, 1, [(traveller(hub, "r1"), entry())])
    two = [
        traveller(hub, f"r{family}", family, number=f"Z99999{family}", born="1980-01-01") for family in ("LEE", "ROY")
    ]
    screened(hub, 2, [(each, entry()) for each in two])
    worked(office)
    assert list(all_cases(hub)) == [7, 8, 9]


def test_of_two_cases_of_one_traveller_the_younger_goes_into_the_older_whatever_their_numbers(hub, office, monkeypatch):
    lots = iter([9, 3, 5])
    monkeypatch.setattr(office_module, "drawn", lambda place: next(lots))
    screened(hub, 1, [(traveller(hub, "r1", given="A"), entry())])
    worked(office)
    screened(hub, 2, [(traveller(hub, "r2", number=None), entry("E2"))])
    worked(office)
    screened(hub, 3, [(traveller(hub, "r3"), entry("E3"))])
    worked(office)
    assert {number: case.outcome for number, case in all_cases(hub).items()} == {3: "merged", 9: None}
