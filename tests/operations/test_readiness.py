"""Readiness: each thing that is missing is a line with its remedy, and what is in order stands in no way."""

import datetime as dt

import polars as pl
import pytest

from ops_hub.desk.preparing import carriers_seen
from ops_hub.manifests.frames import MANIFESTS, SCHEDULE
from ops_hub.operations import tasks
from ops_hub.operations.known import CarrierSeen, Expected, Known, ListAge
from ops_hub.operations.readiness import readiness, reds
from ops_hub.schemas import rows
from tests.operations.plans import ACTION, STATES, a_plan

TODAY = dt.date(2026, 11, 18)
DUE = dt.datetime(2026, 11, 20, 18, 30)


def known(plan, **other):
    """All that an operation needs, with parts replaced."""
    at = (("BRB", "BGI"), ("TTO", "POS"), ("JAM", "KIN"))
    made = {
        "acknowledged": {each.code: plan.digest for each in plan.states},
        "tasks": tasks.frame([tasks.task(plan, state, "watch-arrival", DUE, "watch", port=port) for state, port in at]),
        "lists": [
            ListAge("brb-smuggling", "BRB", TODAY), ListAge("jam-missing", "JAM", TODAY), ListAge("tto", "TTO", TODAY),
        ],
        "carriers": [CarrierSeen("BW", "POS", "BGI", 3, 3)], "expected": [Expected("BGI", ACTION, 2)],
    }  # fmt: skip
    return Known(**(made | other))


def told(plan, what, today=TODAY):
    return [each for each in readiness(plan, what, STATES, today) if each.level != "green"]


def test_where_nothing_is_missing_all_lines_are_green(tmp_path):
    plan = a_plan(tmp_path)
    lines = readiness(plan, known(plan), STATES, TODAY)
    assert {each.level for each in lines} == {"green"}, [each for each in lines if each.level != "green"]
    assert reds(lines) == 0


OLD = TODAY - dt.timedelta(days=31)
EXPECTED = [Expected("BGI", ACTION, 2), Expected("BGI", ACTION, 1), Expected("BGI", ACTION + dt.timedelta(days=1), 2)]
AT_POS = [Expected("POS", ACTION, 1)]
CHANGED = [
    ([('prosecutor = { desk = "Prosecutor TTO" }\n', "")], {}, "red", "prosecutor", "TTO", "names no prosecutor"),
    ([('victim_services = { desk = "Services JAM" }\n', "")], {}, "red", "victim services", "JAM", "no victim services"),
    ([('police = { desk = "Police desk JAM" }\n', "")], {}, "amber", "focal points", "JAM", "police"),
    ([], {"acknowledged": {}}, "red", "acknowledged", "BRB", "has not acknowledged"),
    ([], {"acknowledged": {"BRB": "old"}}, "red", "acknowledged", "BRB", "an older version of the plan (old"),
    ([], {"lists": [ListAge("l", "BRB", OLD)]}, "red", "lists", "l", "31 days ago, 30 are allowed"),
    ([], {"lists": [ListAge("l", "BRB", OLD + dt.timedelta(days=2))]}, "amber", "lists", "l", "will be older than 30 days"),
    ([], {"lists": [ListAge("l", "BRB", None)]}, "amber", "lists", "l", "nobody says"),
    ([], {"lists": [ListAge("l", "BRB", TODAY, TODAY)]}, "red", "lists", "l", "holds until 2026-11-18 only"),
    ([], {"lists": []}, "amber", "lists", "BRB", "brb-smuggling is not among"),
    ([], {"lists": None}, "amber", "lists", "lists", "nobody looked"),
    ([], {"carriers": [CarrierSeen("BW", "POS", "BGI", 3, 0)]}, "red", "carriers", "BW POS-BGI", "is silent: 3"),
    ([], {"carriers": [CarrierSeen("BW", "TTPOS", "BBBGI", 3, 0)]}, "red", "carriers", "BW POS-BGI", "is silent: 3"),
    ([("priority = 1", "priority = 2")], {"carriers": [CarrierSeen("BW", "POS", "BGI", 3, 0)]}, "amber", "carriers", "BW POS-BGI", "is silent"),
    ([], {"carriers": [CarrierSeen("BW", "POS", "BGI", 3, 1)]}, "amber", "carriers", "BW POS-BGI", "2 of 3 departures"),
    ([], {"carriers": None}, "amber", "carriers", "carriers", "nobody looked"),
    ([], {"expected": EXPECTED}, "red", "protection places", "BRB", "3 persons to be protected are expected on one day, there are 2"),
    ([], {"expected": None}, "amber", "protection places", "protection", "nobody looked"),
    ([], {"expected": AT_POS}, "red", "reception", "POS", "no female officer"),
    ([], {"expected": AT_POS}, "red", "reception", "POS", "no interpreter"),
    ([('[[states.teams]]\nport = "POS"\nofficers = 4\n', "")], {}, "red", "officers", "POS", "no officers"),
    ([], {"tasks": tasks.frame([])}, "red", "tasks", "BGI", "no task is set for this port of priority 1"),
    ([], {"tasks": tasks.frame([])}, "amber", "tasks", "KIN", "no task is set for this port of priority 2"),
    ([], {"closed": True}, "red", "dates", "ALCYON", "is closed"),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "other", "level", "check", "where", "what"), CHANGED)
def test_what_is_missing_is_a_line_with_its_remedy(tmp_path, changes, other, level, check, where, what):
    plan = a_plan(tmp_path, *changes)
    found = [each for each in told(plan, known(plan, **other)) if (each.check, each.where) == (check, where)]
    line = next((each for each in found if what in each.what), None)
    assert line is not None, told(plan, known(plan, **other))
    assert line.level == level
    assert line.remedy


def test_after_the_action_the_days_are_red_and_tasks_that_were_not_done_are_told(tmp_path):
    plan = a_plan(tmp_path)
    found = told(plan, known(plan), plan.phases[1].ends + dt.timedelta(days=1))
    assert ("red", "dates", "the action ended on 2026-11-23") in [(each.level, each.check, each.what) for each in found]
    assert [each.where for each in found if each.check == "late tasks"] == ["BRB", "JAM", "TTO"]


def test_a_carrier_is_silent_where_no_departure_of_its_schedule_was_announced():
    day = dt.date(2026, 11, 17)

    def leg(flight, carrier, at):
        return {"flight": flight, "carrier": carrier, "from_port": "POS", "to_port": "BGI"} | at

    due = [leg(f"BW{k}", "BW", {"departs_at": dt.datetime(2026, 11, 17, 10)}) for k in (1, 2)]
    due.append(leg("XX1", "XX", {"departs_at": dt.datetime(2026, 11, 17, 12)}))
    came = [leg("BW1", "BW", {"departure_date": day, "is_reported": True})]
    came.append(leg("XX1", "XX", {"departure_date": dt.date(2026, 11, 10), "is_reported": True}))
    found = carriers_seen(rows(MANIFESTS, came), rows(SCHEDULE, due), TODAY)
    assert [(each.carrier, each.due, each.announced, each.last) for each in found] == [
        ("BW", 2, 1, day), ("XX", 1, 0, dt.date(2026, 11, 10)),
    ]  # fmt: skip


def test_late_tasks_count_only_where_they_are_open(tmp_path):
    plan = a_plan(tmp_path)
    frame = known(plan).tasks.with_columns(pl.lit("done").alias("status"))
    assert told(plan, known(plan, tasks=frame), ACTION + dt.timedelta(days=2)) == []
