"""The journal of an operation: what it comes to, that an altered line is found, that two who write lose nothing."""

import datetime as dt
import json
from concurrent.futures import ThreadPoolExecutor

import polars as pl
import pytest

from ops_hub.errors import ConfigError, StoreError
from ops_hub.operations import journal as j
from ops_hub.operations import tasks
from ops_hub.operations.journal import Journal
from ops_hub.store.operations import FILE, appended, lines_of
from tests.operations.plans import STATES, a_plan

NOON = dt.datetime(2026, 11, 18, 12, tzinfo=dt.UTC)
DUE = dt.datetime(2026, 11, 20, 18, 30)


@pytest.fixture
def plan(tmp_path):
    return a_plan(tmp_path)


def acks(plan, folder, *states):
    for state in states:
        appended(folder, lambda _, s=state: [j.acknowledging(plan, f"{s}/ana:officer", s, NOON)])


def arrival(plan, about="case 7", state="BRB", port="BGI", kind="watch-arrival", what="watch"):
    return tasks.task(plan, state, kind, DUE, what, port=port, about=about)


def test_an_acknowledgement_names_the_version_that_it_is_of(plan, tmp_path):
    acks(plan, tmp_path, "BRB", "TTO")
    newer = a_plan(tmp_path, ("officers = 4", "officers = 5"))
    acks(newer, tmp_path, "TTO")
    found = Journal.of(lines_of(tmp_path).lines).acknowledged
    assert {state: each.plan == newer.digest for state, each in found.items()} == {"BRB": False, "TTO": True}
    with pytest.raises(ConfigError, match="SUR does not take part"):
        acks(plan, tmp_path, "SUR")


@pytest.mark.parametrize(
    ("alter", "at"),
    [
        (lambda lines: [lines[0], lines[1].replace(b"TTO", b"JAM"), lines[2]], 2),
        (lambda lines: [lines[0], lines[2]], 2),
        (lambda lines: [lines[1], lines[0], lines[2]], 1),
        (lambda lines: [lines[0], lines[1], b"nonsense"], 3),
        (lambda lines: [lines[0], b'["a"]', lines[2]], 2),
    ],
    ids=["changed", "taken out", "moved", "no JSON", "no line"],
)
def test_an_altered_line_is_found_and_nothing_is_added_behind_it(plan, tmp_path, alter, at):
    acks(plan, tmp_path, "BRB", "TTO", "JAM")
    path = tmp_path / FILE
    path.write_bytes(b"\n".join(alter(path.read_bytes().splitlines())) + b"\n")
    found = lines_of(tmp_path)
    assert found.altered.startswith(f"line {at} was altered")
    assert len(found.lines) == at - 1
    with pytest.raises(StoreError, match=f"line {at} was altered"):
        acks(plan, tmp_path, "BRB")


def test_a_line_that_is_rewritten_with_its_own_hash_is_found_by_the_next_one(plan, tmp_path):
    acks(plan, tmp_path, "BRB", "TTO")
    path = tmp_path / FILE
    first, second = path.read_bytes().splitlines()
    forged = j.acknowledging(plan, "JAM/eve:officer", "JAM", NOON)
    (tmp_path / "aside").mkdir()
    appended(tmp_path / "aside", lambda _: [forged])
    path.write_bytes((tmp_path / "aside" / FILE).read_bytes() + second + b"\n")
    assert lines_of(tmp_path).altered.startswith("line 2")


def test_a_torn_end_of_a_process_that_died_is_cut_off(plan, tmp_path):
    acks(plan, tmp_path, "BRB")
    with (tmp_path / FILE).open("ab") as file:
        file.write(b'{"at":"2026')
    assert len(lines_of(tmp_path).lines) == 1
    acks(plan, tmp_path, "TTO")
    assert [json.loads(each)["seq"] for each in (tmp_path / FILE).read_bytes().splitlines()] == [1, 2]


def test_of_two_who_write_at_once_both_lines_stand(plan, tmp_path):
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda state: acks(plan, tmp_path, state), ["BRB", "TTO", "JAM"] * 4))
    found = lines_of(tmp_path)
    assert (len(found.lines), found.altered) == (12, "")


def test_tasks_made_again_keep_what_was_done_and_what_was_added_by_hand(plan, tmp_path):
    one, two, three = (arrival(plan, f"case {k}") for k in (1, 2, 3))
    by_hand = tasks.task(plan, "BRB", "other", DUE, "call the tower", port="BGI", made_by="BRB/ana:officer")
    lines = [
        j.setting(plan, "CENTRE/x", tasks.frame([one, two]), NOON), j.adding(plan, "BRB/ana:officer", by_hand, NOON),
    ]  # fmt: skip
    lines.append(j.ending(plan, "BRB/ana:officer", Journal.of(lines), one["task"], "done", NOON))
    lines.append(j.setting(plan, "CENTRE/x", tasks.frame([one, three]), NOON))
    appended(tmp_path, lambda _: lines)
    found = Journal.of(lines_of(tmp_path).lines).task_frame()
    told = {row["about"] or row["what"]: (row["status"], row["ended_by"]) for row in found.to_dicts()}
    assert told == {
        "case 1": ("done", "BRB/ana:officer"), "case 3": ("open", None), "call the tower": ("open", None),
    }  # fmt: skip
    with pytest.raises(ConfigError, match="is done by BRB/ana"):
        j.ending(plan, "x", Journal.of(lines), one["task"], "dropped", NOON, "late")
    with pytest.raises(ConfigError, match="without a reason"):
        j.ending(plan, "x", Journal.of(lines), by_hand["task"], "dropped", NOON)


def test_a_state_sees_its_own_tasks_and_of_those_to_be_protected_only_their_desks_do(plan):
    rows = [
        arrival(plan), arrival(plan, state="TTO", port="POS"),
        arrival(plan, "case 8", kind="protection-reception", what="receive"),
    ]  # fmt: skip
    found = tasks.frame(rows)
    kinds = {
        (state, role): (sorted(told["kind"]), apart)
        for state, role in (("BRB", "officer"), ("BRB", "protection"), ("TTO", "officer"), ("CENTRE", "supervisor"))
        for told, apart in [tasks.seen(found, plan, state, role)]
    }
    assert kinds == {
        ("BRB", "officer"): (["watch-arrival", "watch-arrival"], 1),  # it coordinates
        ("BRB", "protection"): (["protection-reception", "watch-arrival", "watch-arrival"], 0),
        ("TTO", "officer"): (["watch-arrival"], 0),
        ("CENTRE", "supervisor"): (["watch-arrival", "watch-arrival"], 1),
    }
    reception = rows[2]
    assert not tasks.may_change(reception, plan, "BRB", "officer")
    assert tasks.may_change(reception, plan, "BRB", "protection")
    assert not tasks.may_change(rows[0], plan, "TTO", "officer")


def test_a_time_is_told_on_the_clock_of_the_port(plan):
    at = {
        port: tasks.local(arrival(plan, state=state, port=port), STATES)
        for state, port in (("BRB", "BGI"), ("JAM", "KIN"))
    }
    assert {port: f"{each:%H:%M %Z}" for port, each in at.items()} == {"BGI": "14:30 AST", "KIN": "13:30 EST"}
    assert tasks.frame([arrival(plan)]).schema["due_at"] == pl.Datetime("us")


def test_an_operation_is_closed_once_after_its_last_phase_with_what_was_learned(plan, tmp_path):
    after = plan.ends + dt.timedelta(days=1)
    with pytest.raises(ConfigError, match="its last phase ends on 2027-02-01"):
        j.closing(plan, "CENTRE/x", [], "x", plan.ends, NOON)
    with pytest.raises(ConfigError, match="lessons are empty"):
        j.closing(plan, "CENTRE/x", [], " ", after, NOON)
    done = j.closing(plan, "CENTRE/x", [], "begin earlier", after, NOON)
    assert Journal.of([done]).closed["lessons"] == "begin earlier"
    with pytest.raises(ConfigError, match="was closed by CENTRE/x"):
        j.closing(plan, "CENTRE/x", [done], "again", after, NOON)
