"""The capacity plan: its page is what the costs come to, and its arithmetic can be followed."""

import json
from dataclasses import fields, replace

import pytest

from benchmarks.capacity import COSTS, PAGE, asked
from benchmarks.capacity_model import SCALES, Assumed, Demand, costs, foretold, limits, plan
from benchmarks.capacity_tables import WHY, number, tables, written

DATA = json.loads(COSTS.read_text(encoding="utf-8"))
COST = costs(DATA)
REGION = SCALES[0]


def test_the_tables_of_the_page_are_made_of_the_measured_costs():
    page, made = PAGE.read_text(encoding="utf-8"), tables(DATA)
    assert [name for name in made if f"<!-- made: {name} -->" not in page] == []
    assert page == written(page, made), "write them anew: python -m benchmarks.capacity --write"


def test_the_model_gives_back_what_it_was_fitted_to():
    for point in DATA["batch"]:
        sizes = sorted(map(int, point["runs"]))
        cpu, _, snapshot = (
            told
            for told in foretold(point | {"runs": {str(sizes[-1]): point["runs"][str(sizes[-1])]}}, COST)
            if told[0] in ("CPU of the whole run", "peak of memory", "snapshot")
        )
        assert cpu[1] == pytest.approx(cpu[2], rel=0.25), "starting differs from list to list, a traveller does not"
        assert snapshot[1] == pytest.approx(snapshot[2])


def test_every_cost_is_one_that_can_be():
    assert [each.name for each in fields(COST) if not getattr(COST, each.name) >= 0] == []
    assert COST.growth < 1, "time grows slower than the list"


def test_twice_as_many_travellers_need_twice_as_much_of_all_that_grows_with_them():
    one, two = (plan(Demand("x", many, 100_000, 3), COST, Assumed()) for many in (5e9, 1e10))
    for name in ("day", "peak_records", "lake_gb", "in_mbit", "hub_gb", "again_new_hours", "cases_day"):
        assert getattr(two, name) == pytest.approx(2 * getattr(one, name))
    assert two.cores == pytest.approx(2 * one.cores, abs=1)
    assert two.snapshot_gb == one.snapshot_gb


def test_officers_are_hits_times_minutes():
    demand = Demand("x", 5e9, 100_000, 2, hits=0.3)
    told = plan(demand, COST, replace(Assumed(), minutes=60, hours=1000, busy=1))
    assert told.officers == 1_500_000 / 1000
    assert plan(replace(demand, hits=0.6), COST, Assumed()).officers == pytest.approx(
        2 * plan(demand, COST, Assumed()).officers, abs=1
    )


def test_what_breaks_first_stands_first_and_each_has_a_remedy():
    for demand in SCALES:
        found = limits(demand, COST, Assumed())
        assert [each.share for each in found] == sorted((each.share for each in found), reverse=True)
        assert all(each.remedy for each in found)


def test_every_assumption_is_an_option_and_has_a_reason():
    told = asked(["--travellers-a-year", "12e6", "--core-hour", "0.5"])
    assert told.travellers_a_year == 12e6
    assert told.core_hour == 0.5
    assert WHY.keys() == {each.name for each in fields(Assumed)} <= vars(told).keys()


@pytest.mark.parametrize(
    ("value", "words"),
    [(0, "0"), (1234.6, "1,230"), (5e9, "5,000,000,000"), (0.0123, "0.0123"), (999.6, "1,000"), (12, "12")],
)
def test_a_number_has_three_digits_that_count(value, words):
    assert number(value) == words
