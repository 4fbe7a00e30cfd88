# ruff: noqa: F811  fixtures are imported by name
"""Cases whose time is over: nobody can be recognised by what the server still holds, and every figure is what it was."""

from datetime import timedelta

import msgspec
import pytest

from ops_hub.casework.case import FORGOTTEN, Event
from ops_hub.desk.acting import act
from ops_hub.desk.filing import EMPTY, bundle_of
from ops_hub.desk.outcomes import hits_by_list, outcomes
from ops_hub.desk.remembering import suppressed
from ops_hub.desk.showing import listed, shown
from ops_hub.engines.live import forgetting, holds, sharing, unmask
from ops_hub.engines.live.office import Office
from ops_hub.engines.live.requests import masking
from ops_hub.engines.live.retention import run
from ops_hub.engines.live.services import _loaded
from ops_hub.errors import ConfigError, StoreError
from ops_hub.operations.report import report
from ops_hub.operations.settings import operation_settings
from ops_hub.service.watching.queue_rows import worked_out
from ops_hub.store.hub import key
from tests.live.fixtures_cases import (
    ANA,
    BEN,
    CARLA,
    JO,
    LUIS,
    all_cases,
    audited,
    entry,
    hub,
    screened,
    server,
    soon,
    traveller,
    worked,
)  # fmt: skip
from tests.live.fixtures_keeping import STATES
from tests.operations.plans import a_plan

__all__ = ["hub", "server"]  # fixtures
FAR = timedelta(days=4000)
SAID = (
    "GOMEZ", "PEREZ", "RIVAS", "BW432", '"POS"', '"BGI"', "rec-", "ENT-", "X12345", '"ana"', "/ana:", '"luis"', "/luis:", "spelled by me",
)  # fmt: skip
"""Names, flight, ports, records, entries, officers, a caveat in somebody's own words."""
KEPT = (
    "audit",
    "published",
    "mailbox-keys",
    "keys",
    "keyfiles",
    "told-once",
)  # by a rule of their own (docs/security.md)


@pytest.fixture
def office(hub):
    return Office(hub, share=lambda case, bundle, events: sharing.share(hub, case, bundle, events))


@pytest.fixture
def desk(hub, office):
    """Five cases: arrested, not the person, to be protected, confirmed but open, and one that nobody touched."""
    names = [("GOMEZ", "ANA"), ("PEREZ", "EVA"), ("RIVAS", "SOL"), ("GOMEZ", "LUZ"), ("PEREZ", "MIA")]
    handlings = ["enforce", "enforce", "protect", "enforce", "enforce"]
    people, lists = [], []
    for k, ((family, given), handling) in enumerate(zip(names, handlings, strict=True), 1):
        people.append(traveller(hub, f"rec-{k}", family, given, number=f"X12345{k}", born=f"199{k}-02-03"))
        where = ("open-trafficking", "CRI") if handling == "protect" else ("hnd-wanted", "HND")
        caveats = ("content-to-concerned",) if k != 4 else ("spelled by me",)
        lists.append(entry(f"ENT-{k}", *where, handling, caveats, name=f"{family}, {given}"))
    screened(hub, 1, list(zip(people, lists, strict=True)))
    worked(office)
    number = numbers(hub)
    for record, who, outcome in (
        ("rec-1", ANA, "refused-entry"), ("rec-2", ANA, "not-the-person"), ("rec-4", LUIS, "confirmed"),
    ):  # fmt: skip
        act(office.desk, number[record], who, "claim")
        act(office.desk, number[record], who, "decide", {"outcome": outcome, "reason": "compared with GOMEZ"})
    act(office.desk, number["rec-1"], ANA, "result", {"result": "arrested", "operation": "ALCYON"})
    act(office.desk, number["rec-5"], ANA, "note", {"reason": "she travels with PEREZ"})
    unmask.request(hub, f"case {number['rec-1']}", "who is GOMEZ", ANA)
    worked(office)
    return office.desk


def numbers(hub):
    return {case.records[0]: number for number, case in all_cases(hub).items()}


def over(hub, **options):
    """Let all that is due be forgotten, as in eleven years."""
    return run(hub, STATES, (hub.now() + FAR).date(), **options)


def words(hub, without=()):
    """Every key of the server and all that it holds, as text."""
    read = {
        b"string": hub.client.get, b"hash": hub.client.hgetall, b"set": hub.client.smembers,
        b"list": lambda name: hub.client.lrange(name, 0, -1), b"stream": hub.client.xrange,
        b"zset": lambda name: hub.client.zrange(name, 0, -1),
    }  # fmt: skip
    for name in hub.client.scan_iter():
        if name.decode().removeprefix(key("")).split(":")[0] not in without:
            yield name.decode(), f"{name!r} {read[hub.client.type(name)](name)!r}"


def found_in(hub):
    return sorted((name, word) for name, text in words(hub, KEPT) for word in SAID if word in text)


def figures(desk, folder):
    now = desk.hub.now()
    span = (now - timedelta(days=2), now + timedelta(days=2))
    (phase, *_) = (plan := a_plan(folder)).phases
    phase = msgspec.structs.replace(phase, begins=span[0].date(), ends=span[1].date())
    plan = msgspec.structs.replace(plan, name="ALCYON", phases=(phase,))
    told = outcomes(desk, CARLA, *span)
    made = report(plan, told, operation_settings())
    of_content = ("protected_by_nationality", "migrants_by_nationality")  # nationality goes with the day's key
    return {name: each for name, each in made.items() if name not in of_content}, hits_by_list(desk, CARLA, *span)


def test_before_its_end_the_server_tells_all_of_it_so_that_the_search_below_would_find_it(hub, desk):
    assert {word for _, word in found_in(hub)} >= {"BW432", "rec-", "ENT-", '"BGI"', "/ana:", "spelled by me"}


def test_nothing_in_the_server_tells_who_it_was_on_which_flight_after_retention(hub, desk):
    assert over(hub).cases == 5
    assert found_in(hub) == []
    left = [name for name, _ in words(hub) if ":s:" in name and (":case" in name or name.endswith(":cases"))]
    assert left == []
    assert not [name for name, _ in words(hub) if name.startswith(key("memory", "pair"))]
    assert {case.day for case in all_cases(hub).values()} == {str(soon(hub, 6).date())[:7]}
    assert [each["about"] for each in audited(hub) if each["action"] == "case-forgotten"] == [
        f"case {each}" for each in sorted(all_cases(hub))
    ]
    assert [name for name, text in words(hub) if name.endswith(":notices") and "b'case'" in text] == []
    assert over(hub).cases == 0


def test_figures_of_operations_and_lists_are_the_same_before_and_after(hub, desk, tmp_path):
    before, by_list = figures(desk, tmp_path)
    assert before["figures"]["arrests"] == 1
    assert before["figures"]["confirmed"] == 2
    over(hub)
    after, by_list_after = figures(desk, tmp_path)
    assert after == before
    assert by_list_after.equals(by_list)


def test_a_forgotten_case_is_shown_as_such_and_nobody_acts_on_it(hub, desk):
    number = numbers(hub)
    over(hub)
    told = shown(desk, number["rec-1"], BEN, masked=masking(desk)(number["rec-1"], BEN))
    assert told["no_content_because"] == FORGOTTEN
    assert (told["traveller"], told["content"], told["flight"], told["outcome"]) == ([], [], None, "refused-entry")
    assert told["story"][-1]["kind"] == "forgotten"
    for verb in ("note", "reopen", "claim"):
        with pytest.raises(ConfigError, match=FORGOTTEN):
            act(desk, number["rec-5"], ANA, verb, {"reason": "again"})
    case = all_cases(hub)[number["rec-1"]]
    for wanted in (
        lambda: bundle_of(hub, case), lambda: holds.hold_case(hub, case.id, "court", BEN),
        lambda: unmask.request(hub, f"case {case.id}", "who", ANA),
    ):  # fmt: skip
        with pytest.raises(StoreError, match=FORGOTTEN):
            wanted()
    assert suppressed(desk, LUIS) == []


def test_one_that_was_never_decided_keeps_its_state_and_stands_in_no_queue(hub, desk):
    number = numbers(hub)
    assert number["rec-5"] in [each["case"] for each in listed(desk, ANA)]
    over(hub)
    assert all_cases(hub)[number["rec-5"]].status == "new"
    assert listed(desk, ANA) == []
    rows = worked_out(desk, list(number.values()), [("BRB", "officer")])
    assert set(rows["BRB", "officer"].values()) == {None}
    told = {each["case"]: each for each in listed(desk, ANA, done=True)}
    assert told[number["rec-5"]]["no_content_because"] == FORGOTTEN


def test_a_state_that_might_not_see_a_case_does_not_see_what_is_left_of_it(hub, desk):
    number = numbers(hub)
    seen = {reader: {each["case"] for each in listed(desk, reader, done=True)} for reader in (ANA, JO, LUIS)}
    over(hub)
    after = {reader: {each["case"] for each in listed(desk, reader, done=True)} for reader in (ANA, JO, LUIS)}
    assert all(after[reader] <= seen[reader] for reader in seen)
    assert number["rec-3"] not in after[LUIS]


def test_a_run_that_was_killed_anywhere_is_ended_by_the_next(hub, desk, monkeypatch):
    real, calls = forgetting.forget, []

    def killed(*arguments):
        calls.append(arguments)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return real(*arguments)

    with monkeypatch.context() as patch:
        patch.setattr(forgetting, "forget", killed)
        with pytest.raises(KeyboardInterrupt):
            over(hub)
    assert sum(case.forgotten for case in all_cases(hub).values()) == 2
    assert over(hub).cases == 3
    assert found_in(hub) == []


def test_days_that_were_ended_before_cases_were_reduced_are_ended_now(hub, desk, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(forgetting, "let_go", lambda *arguments, **options: 0)
        over(hub)
    assert found_in(hub)
    assert over(hub, dry_run=True).cases == 5
    assert found_in(hub)
    assert over(hub).cases == 5
    assert found_in(hub) == []


def test_what_a_hold_keeps_is_not_reduced_until_it_is_released(hub, desk):
    number = numbers(hub)
    hold = holds.hold_case(hub, number["rec-1"], "court", BEN)
    assert over(hub).cases == 4
    assert all_cases(hub)[number["rec-1"]].flight == "BW432"
    assert shown(desk, number["rec-1"], BEN)["traveller"][0]["family_name"] == "GOMEZ"
    holds.release(hub, hold.id, "over", BEN)
    assert over(hub).cases == 1
    assert found_in(hub) == []


def test_a_case_that_somebody_changed_meanwhile_is_reduced_as_it_is_then(hub, desk, monkeypatch):
    number, real, calls = numbers(hub)["rec-5"], forgetting.reduced, []

    def slow(case, *arguments):
        if case.id == number and not calls:
            calls.append(act(desk, number, ANA, "claim"))
        return real(case, *arguments)

    monkeypatch.setattr(forgetting, "reduced", slow)
    over(hub)
    assert all_cases(hub)[number].status == "claimed"
    assert found_in(hub) == []


def test_who_read_a_case_before_it_was_forgotten_cannot_write_it_back(hub, desk, monkeypatch):
    number, real = numbers(hub)["rec-5"], act.__globals__["acted"]

    def slow(*arguments):
        over(hub)
        return real(*arguments)

    monkeypatch.setitem(act.__globals__, "acted", slow)
    with pytest.raises(ConfigError, match=FORGOTTEN):
        act(desk, number, ANA, "claim")
    assert found_in(hub) == []


def test_a_late_word_to_the_desks_brings_no_view_back(hub, desk, office):
    act(desk, numbers(hub)["rec-5"], ANA, "claim")  # the office has not told of it
    case = all_cases(hub)[numbers(hub)["rec-5"]]
    over(hub)
    worked(office)
    assert found_in(hub) == []
    news = [Event(case.events, hub.now(), "claim", ANA)]
    sharing.share(hub, case, EMPTY, news)  # an office that had read the case before
    assert hub.client.exists(key("s", "BRB", "case", case.id))
    for _ in sharing.after_retention(hub, lambda number: _loaded(desk, number), lambda case: False):
        pass
    assert not hub.client.exists(key("s", "BRB", "case", case.id))


def test_a_list_change_that_meets_a_forgotten_journey_opens_no_case(hub, desk, office, monkeypatch):
    then = hub.now() - FAR
    past = {"departs_at": then.replace(tzinfo=None), "arrives_at": then.replace(tzinfo=None) + timedelta(hours=1)}
    over(hub)
    screened(hub, 2, [(traveller(hub, "rec-9", "RIVAS", "LIA", **past), entry("ENT-9"))], kind="retrospective")
    worked(office)
    assert len(all_cases(hub)) == 5
    refused = [each for each in audited(hub) if each["action"] == "hits-of-forgotten"]
    assert [each["detail"]["records"] for each in refused] == [1]


def test_a_traveller_who_comes_again_is_a_new_case_and_nothing_of_the_old_one(hub, desk, office):
    over(hub)
    screened(hub, 2, [(traveller(hub, "rec-1"), entry("ENT-1"))])
    worked(office)
    new = [case for case in all_cases(hub).values() if not case.forgotten]
    assert [case.records for case in new] == [("rec-1",)]
    assert {hit.suppressed_by for hit in new[0].hits} == {None}


def test_what_stays_of_a_case_takes_little_room(hub, desk):
    def size():
        names = [name for name, _ in words(hub) if name.startswith((key("case"), key("s"), key("cases")))]
        return sum(hub.client.memory_usage(name) for name in names) / 5

    before = size()
    over(hub)
    assert size() < before / 2
