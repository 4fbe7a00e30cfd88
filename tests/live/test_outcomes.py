# ruff: noqa: F811  fixtures are imported by name
"""What became of cases: as a reader may see it, whole in the centre's sums, told to the audit log."""

from datetime import timedelta

import polars as pl
import pytest

from ops_hub.casework.case import CENTRE, Actor
from ops_hub.desk.acting import act
from ops_hub.desk.outcomes import hits_by_list, outcomes, period
from ops_hub.desk.preparing import expected
from ops_hub.errors import ConfigError
from ops_hub.operations.plan import Plan
from ops_hub.schemas import OUTCOMES, check
from tests.live.fixtures_cases import (
    ANA,
    BEN,
    CARLA,
    JO,
    PRO,
    all_cases,
    audited,
    entry,
    hub,
    office,
    screened,
    server,
    soon,
    told,
    traveller,
    worked,
)  # fmt: skip
from tests.operations.plans import a_plan

__all__ = ["hub", "office", "server", "told"]  # fixtures
HELP = Actor("BRB", "help", "protection")


@pytest.fixture
def desk(hub, office):
    """Three cases: one that was arrested, one that was not the person, one of somebody to be protected."""
    lists = [
        entry("E1"), entry("E2", name="PEREZ, Eva"),
        entry("P1", "open-trafficking", "CRI", "protect", name="RIVAS, Sol"),
    ]  # fmt: skip
    people = [
        traveller(hub, "r1"), traveller(hub, "r2", "PEREZ", "EVA", number="X2", born="1991-01-01"),
        traveller(hub, "r3", "RIVAS", "SOL", number="X3", born="1992-01-01"),
    ]  # fmt: skip
    screened(hub, 1, list(zip(people, lists, strict=True)))
    worked(office)
    desk = office.desk
    numbers = {case.records[0]: number for number, case in all_cases(hub).items()}
    for record, who, outcome, result in (
        ("r1", ANA, "refused-entry", "arrested"), ("r2", ANA, "not-the-person", None),
        ("r3", HELP, "protected-and-referred", "protected"),
    ):  # fmt: skip
        act(desk, numbers[record], who, "claim")
        act(desk, numbers[record], who, "decide", {"outcome": outcome, "reason": "compared"})
        if result:
            act(desk, numbers[record], who, "result", {"result": result, "operation": "ALCYON"})
    return desk


def read(desk, reader, **options):
    now = desk.hub.now()
    return check(outcomes(desk, reader, now - timedelta(days=1), now + timedelta(hours=1), **options), OUTCOMES, "test")


def results(found):
    return sorted(each["result"] for each in found["results"].explode(empty_as_null=False).to_list())


def test_the_centres_sums_are_right_and_expose_nobody_to_be_protected(desk):
    found = read(desk, CARLA)
    assert results(found) == ["arrested", "protected"]
    assert found["outcome"].sort().to_list() == ["not-the-person", "protected-and-referred", "refused-entry"]
    (counted,) = found.filter(pl.col("case").is_null()).to_dicts()
    said = {name: value for name, value in counted.items() if value not in (None, [])}
    assert said == {
        "status": "closed", "outcome": "protected-and-referred", "channel": "protection", "acted": ["BRB"],
        "decided_by": "BRB",
        "results": [{"result": "protected", "state": "BRB", "at": None, "operation": "ALCYON", "band": ""}],
    }  # fmt: skip
    arrested = found.filter(pl.col("outcome") == "refused-entry").to_dicts()[0]
    assert arrested["nationality"] == "HND"
    assert (arrested["records"], arrested["concerned"], arrested["acted"]) == (["r1"], ["BRB", "TTO"], ["BRB"])
    assert arrested["decided_by"] == "BRB"


def test_who_counts_and_who_audits_is_told_no_more_than_handling_lets_them_see(desk):
    found = read(desk, Actor(CENTRE, "aud", "auditor"))
    assert results(found) == ["arrested", "protected"]
    assert found["nationality"].null_count() == found.height == 3
    assert found["lists"].explode(empty_as_null=False).is_empty()
    assert read(desk, Actor(CENTRE, "off")).height == 2  # an officer of the centre counts nothing
    assert results(read(desk, PRO)) == ["protected"]


def test_an_account_that_holds_small_groups_back_may_count_nationalities(desk):
    (counted,) = read(desk, CARLA, nationalities=True).filter(pl.col("case").is_null()).to_dicts()
    assert counted["nationality"] == "HND"
    assert not counted["records"]
    assert read(desk, Actor(CENTRE, "off"), nationalities=True).height == 2  # who counts nothing gets nothing more


def test_answers_of_owners_are_told_by_state(hub, office):
    screened(hub, 1, [(traveller(hub, "r1"), entry())])
    worked(office)
    act(office.desk, 1, ANA, "claim")
    act(office.desk, 1, ANA, "ask-owner", {"reason": "is it the one?"})
    act(office.desk, 1, Actor("HND", "luis"), "answer", {"reason": "yes"})
    for reader in (CARLA, ANA):
        assert read(office.desk, reader)["answered"].to_list() == [["HND"]]


def test_a_state_reads_its_own_cases_and_no_protection_without_that_desk(desk):
    assert results(read(desk, BEN)) == ["arrested"]
    assert results(read(desk, HELP)) == ["protected"]
    assert read(desk, Actor("SUR", "zed", "supervisor")).is_empty()
    mine = read(desk, JO)
    assert mine["lists"].explode(empty_as_null=False).is_empty()  # the list is of HND, who released nothing
    assert mine["acted"].to_list() == [["BRB"], ["BRB"]]


def test_a_retracted_result_is_no_result_and_cases_of_others_are_left_out(desk):
    number = read(desk, ANA).filter(pl.col("outcome") == "refused-entry")["case"][0]
    act(
        desk, number, ANA, "result", {"result": "arrested", "operation": "ALCYON", "retract": True, "reason": "another"}
    )
    assert results(read(desk, CARLA)) == ["protected"]
    assert read(desk, CARLA, states=["JAM"]).is_empty()
    assert read(desk, CARLA, states=["TTO"]).height == 3
    first, last = period(desk.hub.now().date(), desk.hub.now().date())
    assert (last - first).days == 1
    assert outcomes(desk, CARLA, last, last + timedelta(days=1)).is_empty()


def test_hits_of_each_list_are_counted_whatever_the_channel_and_only_for_those_who_count(desk):
    now = desk.hub.now()
    found = hits_by_list(desk, CARLA, now - timedelta(days=1), now + timedelta(hours=1))
    assert found.rows() == [("hnd-wanted", "HND", 2, 1, 1, 0), ("open-trafficking", "CRI", 1, 1, 0, 0)]
    with pytest.raises(ConfigError, match="for those at the centre who count"):
        hits_by_list(desk, BEN, now, now)


def test_every_reading_is_in_the_audit_log(desk):
    read(desk, CARLA, purpose="report of ALCYON")
    last = audited(desk.hub)[-1]
    assert (last["action"], last["by"], last["purpose"]) == (
        "outcomes-read",
        "CENTRE/carla:supervisor",
        "report of ALCYON",
    )
    assert (last["detail"]["count"], last["detail"]["counted"]) == (2, 1)
    said = [each for each in audited(desk.hub) if each["action"] == "case-result"]
    assert [each["detail"]["result"] for each in said] == ["arrested", "protected"]


def test_who_is_to_be_received_is_counted_by_port_and_day_for_few(hub, office, tmp_path):
    screened(hub, 1, [(traveller(hub, "r1"), entry("P1", "open-trafficking", "CRI", "protect"))])
    worked(office)
    day = soon(hub, 6).date()
    plan: Plan = a_plan(tmp_path, ("begins = 2026-11-20", f"begins = {day}"), ("ends = 2026-11-23", f"ends = {day}"),
                        ("begins = 2026-11-01\nends = 2026-11-19", f"begins = {day - timedelta(days=9)}\nends = {day - timedelta(days=1)}"),
                        ("begins = 2026-11-24\nends = 2027-02-01", f"begins = {day + timedelta(days=1)}\nends = {day + timedelta(days=9)}"))  # fmt: skip
    found = expected(office.desk, CARLA, plan)
    assert [(each.port, each.day, each.persons) for each in found] == [("BGI", day, 1)]
    with pytest.raises(ConfigError, match="not for everyone"):
        expected(office.desk, ANA, plan)
