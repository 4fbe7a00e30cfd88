"""Briefs and after-action reports: each reader's own, figures that are counted, small groups that stay hidden."""

import datetime as dt
import inspect
import json
import random
import re

import polars as pl
import pytest
from msgspec.structs import replace

from ops_hub.operations import tasks as of_tasks
from ops_hub.operations.brief import brief
from ops_hub.operations.brief_page import brief_html
from ops_hub.operations.cells import OTHERS, by_group
from ops_hub.operations.coverage import coverage
from ops_hub.operations.expected import expected
from ops_hub.operations.known import Line
from ops_hub.operations.report import Course, report, wilson
from ops_hub.operations.report_page import report_html
from ops_hub.operations.settings import operation_settings
from ops_hub.operations.targets import packages
from ops_hub.operations.tasking import Informed, tasks
from ops_hub.schemas import FLAGS, OUTCOMES, rows
from ops_hub.states import home_states
from tests.operations.scenes import NOW, a_case, a_picture, a_plan, a_result
from tests.operations.test_targets import SCENE

STATES, SETTINGS = home_states(), operation_settings()
PLAN = a_plan()


ALL = ("CENTRE", "BRB", "TTO", "JAM")
KNOWN = Informed(
    {(state, "person:boss"): "enforce" for state in ALL},
    {(state, person) for state in ALL for person in ("person:victim", "person:child")},
)


def made(plan=PLAN, contacts=None, informed=KNOWN, **scene):
    picture = a_picture(**(SCENE | scene))
    found = packages(plan, picture, NOW, STATES, SETTINGS, contacts)
    roster = coverage(plan, expected(plan, picture, found, NOW, STATES, SETTINGS), STATES, SETTINGS)
    return found, roster, tasks(plan, found.targets, found.protection, roster, NOW, SETTINGS, informed)


def told(reader="BRB", role="officer", plan=PLAN, **more):
    found, roster, todo = made(plan)
    return brief(plan, found, todo, roster, [Line("red", "prosecutor", "BRB", "names no prosecutor", "name one")], reader, role, NOW, STATES, **more)  # fmt: skip


def test_tasks_are_due_in_order_of_the_journey_and_the_same_when_made_again():
    first, again = made()[2], made()[2]
    assert first.equals(again)
    by = {(row["kind"], row["state"]): row for row in first.iter_rows(named=True)}
    check = by["secondary-check", "TTO"], by["secondary-check", "BRB"]
    assert [each["due_at"] for each in check] == [dt.datetime(2026, 11, 22, 11), dt.datetime(2026, 11, 22, 16)]
    assert by["protection-reception", "BRB"]["port"] == "BGI"
    assert by["prosecutor-briefing", "BRB"]["about"] == "person:boss"
    assert first["due_at"].min() >= NOW
    assert not any("boss" in what or "victim" in what for what in first["what"])


def test_desks_that_work_on_the_same_person_are_a_task_before_the_journey():
    todo = made(contacts={"person:boss": ["JAM desk"]})[2]
    spoken = todo.filter(todo["kind"] == "coordination")
    assert spoken["state"].to_list() == ["CENTRE"]  # a state might be told its own desk, or one it may not know of
    assert "JAM desk" in spoken["what"][0]
    for state, role in (("BRB", "officer"), ("TTO", "officer"), ("TTO", "supervisor")):  # TTO coordinates
        assert "JAM desk" not in str(of_tasks.seen(todo, PLAN, state, role)[0]["what"].to_list())
        assert not of_tasks.may_change(spoken.row(0, named=True), PLAN, state, role)


def test_a_state_is_asked_in_words_of_what_it_may_know():
    """BRB may know of nothing that is said of the boss, and not of the victim; JAM, which coordinates, of neither."""
    at_jam = [replace(each, coordinates=each.code == "JAM") for each in PLAN.states]
    plan = a_plan(states=at_jam)
    known = Informed(
        {("CENTRE", "person:boss"): "enforce", ("TTO", "person:boss"): "enforce"}, {("CENTRE", "person:victim")}
    )
    todo = made(plan, informed=known)[2]
    of_boss = {each["state"]: each for each in todo.to_dicts() if each["about"] == "person:boss"}
    assert of_boss["TTO"]["kind"] == "secondary-check"
    assert of_boss["BRB"]["kind"] == "watch-arrival"  # the network's word, and nothing of a list
    assert "observe only" in of_boss["BRB"]["what"]
    (helped,) = [each for each in todo.to_dicts() if each["about"] == "person:victim"]
    assert (helped["state"], helped["kind"]) == ("CENTRE", "protection-reception")
    for role in ("officer", "protection"):
        seen = of_tasks.seen(todo, plan, "JAM", role)[0]
        assert [each["state"] for each in seen.to_dicts() if each["about"] in ("person:boss", "person:victim")] == ["BRB"]  # fmt: skip
    unnamed = made(a_plan(states=at_jam), informed=known, standing=())[2].filter(pl.col("about") == "person:boss")
    assert "BRB" not in unnamed["state"].to_list()
    assert "BRB could act and may not be told" in unnamed.filter(pl.col("state") == "CENTRE")["what"][0]


def test_a_brief_holds_a_states_own_and_protection_only_for_protection_desks():
    said = told("BRB", "officer")
    assert {each["state"] for each in said["tasks"]} == {"BRB"}
    assert said["protection"] is None
    assert said["tasks_of_protection"] is True
    assert "person:victim" not in json.dumps(said, default=str)
    assert told("JAM")["targets"] == []
    desk = told("BRB", "protection")
    assert {each["person_id"] for each in desk["protection"]} == {"person:victim", "person:child"}
    assert told("BRB", "services")["targets"] == []
    everything = told("CENTRE", "supervisor")
    assert {each["state"] for each in everything["tasks"]} == {"BRB", "TTO"}


def test_names_stand_only_where_they_are_handed_in_and_cannot_act():
    name = '<img src=x onerror="alert(1)">'
    page = brief_html(told(names={"person:boss": name}), chart_svg='<svg xmlns="http://www.w3.org/2000/svg"><script>1</script></svg>')  # fmt: skip
    assert name not in page
    assert "&lt;img src=x" in page
    assert "<script" not in page
    assert "default-src 'none'" in page
    assert not re.search(r'(?:href|src)="(?!data:image/svg)', page)
    assert "names no prosecutor" in page


def test_a_handling_caveat_cannot_leave_the_style_sheet():
    page = brief_html(told(plan=a_plan(handling='Only us"}</style><script>alert(1)</script>')))
    assert page.count("</style>") == 1
    assert "<script" not in page


def test_times_are_local_and_universal():
    page = brief_html(told("BRB"))
    assert "Sun 22 Nov 12:00" in page  # arrival in Barbados
    assert "22 Nov 16:00 UTC" in page


CASES = [
    a_case(case=1, outcome="secondary-positive", decided_by="BRB", acted=["BRB", "TTO"], decided_at=dt.datetime(2026, 11, 22, 20),
           lists=["jam-wanted/7"], owners=["JAM"], crime_types=["smuggling", "drugs"], records=["r1"],
           results=[a_result("arrested"), a_result("referred-to-prosecutor", day=23), a_result("prosecuted", day=28)]),
    a_case(case=2, outcome="not-the-person", decided_by="TTO", acted=["TTO"], decided_at=dt.datetime(2026, 11, 22, 21),
           lists=["jam-wanted/8", "usa-x/1"], owners=["JAM", "USA"], crime_types=["smuggling"], records=["r2"]),
    a_case(case=3, lists=["jam-wanted/9"], owners=["JAM"], crime_types=["smuggling"], opened_at=dt.datetime(2026, 11, 5)),
    a_case(case=4, outcome="protected-and-referred", channel="protection", decided_by="BRB", acted=["BRB"], nationality="VEN",
           lists=["jam-missing/1"], owners=["JAM"], handlings=["protect"], results=[a_result("protected"), a_result("arrested")]),
    a_case(case=5, outcome="refused-entry", decided_by="BRB", acted=["BRB"], nationality="HTI", results=[a_result("irregular-migrant-found")]),
    a_case(case=6, outcome="withdrawn"),
    a_case(case=7, outcome="secondary-positive", opened_at=dt.datetime(2025, 1, 1), results=[a_result("arrested", operation="other")]),
]  # fmt: skip


def counted(cases=CASES, **more):
    return report(PLAN, rows(OUTCOMES, list(cases)), SETTINGS, **more)


def test_figures_are_counted_from_cases():
    said = counted()
    assert said["figures"] == {
        "cases": 3, "confirmed": 1, "arrests": 1, "referred": 1, "prosecuted": 1,
        "protected": "fewer than 5", "migrants": "fewer than 5",
    }  # fmt: skip
    assert said["links"]["by_crime"] == {"drugs": 1}
    lists = {each["name"]: each for each in said["lists"]}
    assert (lists["jam-wanted"]["cases"], lists["jam-wanted"]["confirmed"], lists["jam-wanted"]["refuted"]) == (3, 1, 1)
    assert "jam-missing" not in lists


def test_no_figure_can_be_typed_in():
    """Nothing that `report` takes is a number, nor holds one: only frames, words and the rules of counting."""
    kinds = [str(each.annotation) for each in inspect.signature(report).parameters.values()]
    kinds += [str(kind) for kind in Course.__annotations__.values()]
    assert not [kind for kind in kinds if re.search(r"\b(int|float|Any|dict|Mapping)\b", kind)]


def test_protected_persons_and_migrants_are_never_arrests_or_suspects():
    said = counted()
    assert said["figures"]["arrests"] == 1  # of case 4 an arrest was said as well: not counted, but told
    assert "retracts what is wrong" in said["to_correct"][0]
    assert sum(each["arrests"] for each in said["by_state"]) == 1
    assert "irregular-migrant-found" not in said["after_arrest"]
    alone = counted([case for case in CASES if case["case"] not in (4, 5)])
    for part in ("lists", "by_state", "timeline", "links", "after_arrest"):
        assert alone[part] == said[part]


def test_sums_reconcile():
    said = counted()
    figures, phases = said["figures"], said["timeline"]
    assert sum(each["opened"] for each in phases) == figures["cases"]
    for name in ("arrests", "referred", "prosecuted"):
        assert sum(each[name] for each in phases) == figures[name]
    for each in said["lists"]:
        assert each["confirmed"] + each["refuted"] + each["undecided"] == each["cases"]
    assert sum(each["decided"] for each in said["by_state"]) == sum(each["decided"] for each in phases) == 2


def test_cases_that_only_count_are_counted():
    """The centre's rows of cases that it may not see: no day, no lists, but how they ended."""
    blank = a_case(case=None, opened_at=None, outcome="secondary-positive", decided_by="TTO", acted=["TTO"])
    blank["results"] = [a_result("arrested") | {"at": None}]
    said = counted([*CASES, blank])
    assert said["figures"]["arrests"] == 2
    assert said["lists_unknown"] == 1
    assert sum(each["arrests"] for each in said["timeline"]) == 2


def test_small_groups_are_not_shown_and_cannot_be_computed():
    dice = random.Random(11)
    for _ in range(300):
        counts = {f"N{k}": dice.choice([0, 1, 2, 3, 4, 5, 6, 9, 30]) for k in range(dice.randint(0, 6))}
        table = by_group(counts, 5)
        total = sum(counts.values())
        if 0 < total < 5:
            assert table == [{"group": OTHERS, "persons": "fewer than 5"}]
            continue
        shown = {row["group"]: row["persons"] for row in table}
        assert sum(shown.values()) == total
        assert all(persons >= 5 for persons in shown.values())
        hidden = [count for name, count in counts.items() if count and name not in shown]
        assert len(hidden) != 1 or not shown.keys() - {OTHERS}
        assert sum(hidden) == shown.get(OTHERS, 0)
        assert all(counts[name] == persons for name, persons in shown.items() if name != OTHERS)


def test_one_small_nationality_takes_the_next_larger_one_with_it():
    people = [("VEN", 12), ("HTI", 6), ("CUB", 1)]
    cases = [
        a_case(
            case=k, channel="protection", nationality=nationality, decided_by="BRB", outcome="protected-and-referred"
        )
        for k, nationality in enumerate(n for n, count in people for _ in range(count))
    ]
    said = counted(cases)
    assert said["protected_by_nationality"] == [{"group": "VEN", "persons": 12}, {"group": OTHERS, "persons": 7}]
    assert said["figures"]["protected"] == 19
    assert "CUB" not in report_html(said)


def test_rules_are_counted_by_record_and_protective_ones_are_left_out():
    flags = [{"record_id": "r1", "rule_id": "late-cash", "handling": "enforce"}, {"record_id": "r2", "rule_id": "late-cash", "handling": "enforce"}, {"record_id": "r1", "rule_id": "child-alone", "handling": "protect"}]  # fmt: skip
    said = counted(flags=rows(FLAGS, flags))["rules"]
    assert [(each["name"], each["cases"], each["confirmed"]) for each in said] == [("late-cash", 2, 1)]


def test_wilson_is_the_textbook_interval():
    assert wilson(8, 10, 1.96) == pytest.approx((0.4902, 0.9433), abs=1e-4)
    assert wilson(0, 0, 1.96) is None
    assert wilson(0, 5, 1.96)[0] == 0


def test_an_empty_operation_gives_an_honest_empty_report():
    said = counted([])
    assert said["nothing"]
    assert said["figures"]["arrests"] == 0
    page = report_html(said)
    assert "nothing to count" in page
    assert "persons protected" not in page


def test_the_page_holds_figures_lessons_and_no_script():
    page = report_html(counted(course=Course(lessons=[("BRB", "Book interpreters <earlier>")], acknowledged=["BRB"])))
    assert "Book interpreters &lt;earlier&gt;" in page
    assert "<script" not in page
    assert "TTO, JAM" in page  # who did not acknowledge


def test_who_is_helped_is_counted_and_no_lead_that_was_somebody_elses():
    """Of the protection desk's cases, those that helped somebody; whoever only crossed a border is counted as that."""
    apart = {"channel": "protection", "nationality": "VEN", "decided_by": "BRB", "acted": ["BRB"]}
    cases = [a_case(case=k, **apart, outcome="protected-and-referred") for k in range(6)]
    cases += [a_case(case=10 + k, **apart, outcome="not-the-person") for k in range(7)]
    cases += [
        a_case(case=20 + k, **apart, outcome="confirmed", results=[a_result("irregular-migrant-found")])
        for k in range(8)
    ]
    cases += [a_case(case=30, **apart)]
    said = counted(cases)
    assert (said["figures"]["protected"], said["figures"]["migrants"]) == (6, 8)
    assert said["migrants_by_nationality"] == [{"group": "VEN", "persons": 8}]
    assert said["figures"]["cases"] == said["figures"]["confirmed"] == 0


def test_nothing_but_their_own_tables_moves_with_one_person_helped_or_migrant():
    """Two reports, one with one person more: no other figure tells of that person, so none gives a group by subtraction."""
    own = {"figures", "protected_by_nationality", "protected_by_state", "migrants_by_nationality"}
    for more in (
        {"outcome": "protected-and-referred"},
        {"results": [a_result("irregular-migrant-found")]},
        {"outcome": "not-the-person"},
    ):
        one = a_case(case=99, channel="protection", nationality="CUB", acted=["JAM"], owners=["JAM"], lists=["jam-missing/2"],
                     crime_types=["trafficking"], answered=["JAM"], decided_by="JAM", records=["r2"], **more)  # fmt: skip
        before, after = counted(), counted([*CASES, one])
        assert {name for name in before if before[name] != after[name]} <= own
        assert before["figures"] == after["figures"]  # both are fewer than 5


def test_answers_are_counted_from_cases():
    cases = [a_case(case=1, outcome="not-the-person", decided_by="BRB", acted=["BRB", "JAM"], answered=["JAM", "JAM"])]
    assert {each["state"]: each["answers"] for each in counted(cases)["by_state"]} == {"BRB": 0, "TTO": 0, "JAM": 2}


def test_where_and_when_one_to_be_protected_is_expected_is_told_to_few():
    for reader, role in (("BRB", "officer"), ("CENTRE", "officer"), ("TTO", "supervisor")):
        found = told(reader, role)["coverage"]
        assert all(row["protection"] is None and row["protection_left"] is None for row in found["roster"])
        assert not found["more"]
        assert not [row for row in found["left"] if not row["interest"] or row["share"] is not None]
        assert "to be protected are expected, where and when, is told" in brief_html(told(reader, role))
    for reader, role in (("CENTRE", "supervisor"), ("BRB", "protection")):
        assert all(row["protection"] is not None for row in told(reader, role)["coverage"]["roster"])
