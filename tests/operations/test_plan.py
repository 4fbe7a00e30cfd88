"""Plans: read whole, or refused with all that is wrong, each with its line and what to do."""

import datetime as dt

import pytest

from ops_hub.operations.planfile import PlanError, examined, read
from ops_hub.operations.template import template
from tests.operations.plans import STATES, TEXT, a_plan, written

WRONG = [
    ('name = "ALCYON"', 'name = "ALC YON"', "is no name", 'name = "ALC YON"'),
    ('name = "ALCYON"', 'name = "OTHER"', "call both the same", 'name = "OTHER"'),
    ('legal_basis = "Memorandum of understanding of 2025"', 'legal_basis = " "', "legal_basis is empty", "legal_basis"),
    ('title = "Operation ALCYON"\n', "", "title is missing", None),
    ("most_stale_days = 30", "most_stale_dais = 30", "did you mean most_stale_days?", "most_stale_dais"),
    ("most_stale_days = 30", 'most_stale_days = "x"', "most_stale_days is not as it must be", "most_stale_days"),
    ("most_stale_days = 30", "most_stale_days = 0", "give 1 or more", "most_stale_days"),
    ("most_stale_days = 30", 'shift_hours = ["25:00"]', "25:00 is no hour", "shift_hours"),
    ("most_stale_days = 30", 'shift_hours = ["14:00", "06:00"]', "one after the other", "shift_hours"),
    ("most_stale_days = 30", "shift_hours = []", "nothing is no hour", "shift_hours"),
    ("KIN = 2", "KIM = 2", "KIM is in ZAF, which does not take part", "KIM = 2"),
    ("KIN = 2", "QQQ = 2", "QQQ is no port", "QQQ = 2"),
    ("KIN = 2", "SDQ = 2", "SDQ is in DOM, which does not take part", "SDQ = 2"),
    ("KIN = 2", "KIN = 0", "priority of KIN is 0", "KIN = 0"),
    ('from_port = "POS"', 'from_port = "pos"', "pos is no port", 'from_port = "pos"'),
    ('from_port = "POS"', 'from_port = "BGI"', "leads nowhere", "[[routes]]"),
    ('from_port = "POS"\nto_port = "BGI"', 'from_port = "MIA"\nto_port = "JFK"', "no participating state", "[[routes]]"),
    ("[[phases]]", '[[routes]]\nfrom_port = "POS"\nto_port = "BGI"\n[[phases]]', "stands in the plan twice", None),
    ("priority = 1", "priority = 0", "priority is 0", "priority = 0"),
    ('kind = "action"', 'kind = "acting"', "kind is not as it must be", 'kind = "acting"'),
    ('kind = "action"', 'kind = "gathering"', "there is no action phase", None),
    ("begins = 2026-11-20", "begins = 2026-11-19", "action overlaps gathering", None),
    ("ends = 2026-11-23", "ends = 2026-11-03", "before it begins", None),
    ("begins = 2026-11-01\nends = 2026-11-19", "begins = 2027-11-01\nends = 2027-11-19", "order of their days", None),
    ('kind = "gathering"', 'kind = "after"', "after comes before any action", None),
    ('kind = "after"', 'kind = "gathering"', "no action follows this gathering", None),
    ("begins = 2026-11-20", 'begins = "soon"', "begins is not as it must be", 'begins = "soon"'),
    ('code = "TTO"', 'code = "TTA"', "TTA is no home state; did you mean TTO?", 'code = "TTA"'),
    ('code = "TTO"', 'code = "BRB"', "BRB stands in the plan twice", None),
    ("coordinates = true\n", "", "no state coordinates", None),
    ('code = "TTO"', 'code = "TTO"\ncoordinates = true', "TTO coordinates, and so does BRB", None),
    ('police = { desk = "Police desk TTO" }', 'police = { desk = "" }', "police names no desk", 'police = { desk = "" }'),
    ('police = { desk = "Police desk TTO" }', 'police = "x"', "is no table", 'police = "x"'),
    ("protection_places = 2", "protection_places = -1", "protection_places is -1", "protection_places = -1"),
    ('\nport = "POS"', '\nport = "BGI"', "BGI is not in TTO; ports of TTO are POS", 'port = "BGI"'),
    ('\nport = "POS"', '\nport = "XXX"', "XXX is no port", 'port = "XXX"'),
    ("officers = 4", "officers = 0", "0 officers at POS", "officers = 0"),
    ("female = 2", "female = 7", "7 of 6 officers at BGI are women", "female = 7"),
    ("languages = { es = 1 }", "languages = { Spanish = 1 }", "no language with its interpreters", "languages"),
    ("[[phases]]", "[[phase]]\n[[phases]]", "unknown key phase", "[[phase]]"),
    ('name = "ALCYON"', "name = ", "it is no TOML", "name = "),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "said", "at"), WRONG, ids=[each[2] for each in WRONG])
def test_a_wrong_plan_is_refused_with_line_and_remedy(tmp_path, old, new, said, at):
    path = written(tmp_path, (old, new))
    with pytest.raises(PlanError) as error:
        read(path, STATES)
    (told, *_) = [line for line in error.value.lines if said in line] or [None]
    assert told is not None, error.value.lines
    assert told.startswith(f"{path}:")
    fault = next(each for each in error.value.faults if said in f"{each.reason}; {each.remedy}")
    assert fault.remedy
    if at is not None:
        assert path.read_text().splitlines()[fault.line - 1].startswith(at)


def test_all_that_is_wrong_is_told_at_once_each_on_its_own_line(tmp_path):
    path = written(
        tmp_path, ("most_stale_days", "stale"), ('kind = "after"', 'kind = "aftr"'), ('code = "JAM"', 'code = "JAN"'),
        ("officers = 4", "officers = 0"), ("ends = 2026-11-23", "ends = 2026-11-03"),
    )  # fmt: skip
    faults = examined(path, STATES)[1]
    lines = path.read_text().splitlines()
    assert [lines[each.line - 1] for each in faults] == [
        "stale = 30", "KIN = 2", "[[phases]]", 'kind = "aftr"', "officers = 0", 'code = "JAN"',
    ]  # fmt: skip


def test_a_plan_of_two_rounds_is_allowed(tmp_path):
    more = '[[phases]]\nkind = "action"\nbegins = 2027-03-01\nends = 2027-03-02\n\n[[states]]\ncode = "BRB"'
    plan = a_plan(tmp_path, ('[[states]]\ncode = "BRB"', more))
    assert [each.kind for each in plan.phases] == ["gathering", "action", "after", "action"]
    assert plan.ends == dt.date(2027, 3, 2)


def test_the_version_of_a_plan_is_what_it_says_and_not_how_it_is_written(tmp_path):
    one = a_plan(tmp_path)
    assert one.digest == a_plan(tmp_path, ("most_stale_days = 30", "# a remark\nmost_stale_days   =  30")).digest
    assert one.digest != a_plan(tmp_path, ("officers = 4", "officers = 5")).digest
    assert one.coordinator == "BRB"


def test_a_new_plan_lacks_only_its_legal_basis(tmp_path):
    day = dt.date(2026, 11, 20)
    text = template("ALCYON", list(STATES.by_code), STATES, [("action", day, day)], "JAM")
    path = written(tmp_path, (TEXT, text))
    plan, faults = examined(path, STATES)
    assert [each.reason for each in faults] == ["legal_basis is empty"]
    assert {each.code for each in plan.states} == set(STATES.by_code)
    assert plan.coordinator == "JAM"
    assert plan.member("BRB").police.email == STATES.contact("BRB").email
    assert plan.member("BRB").prosecutor is None
