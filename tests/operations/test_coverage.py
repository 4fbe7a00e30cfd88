"""Coverage: what is expected where, and the best roster, with a bound that holds."""

import datetime as dt
import itertools
import random

import pytest
from msgspec.structs import replace

from ops_hub.operations.coverage import coverage
from ops_hub.operations.expected import expected
from ops_hub.operations.plan import Member, Phase, Team
from ops_hub.operations.settings import operation_settings
from ops_hub.operations.solving import Cell, Crew, Group, solve
from ops_hub.operations.targets import packages
from ops_hub.schemas import EXPECTED, rows
from ops_hub.states import home_states
from tests.operations.scenes import NOW, a_picture, a_plan, flight_day, hit

STATES, SETTINGS = home_states(), operation_settings()
DAY = dt.date(2026, 11, 22)


def worth(cells, posted):
    """What a roster covers, told from the rules alone: posted is (officers, women, languages) a cell."""
    total = 0.0
    for cell, (officers, women, languages) in zip(cells, posted, strict=True):
        if officers < cell.need:
            continue
        total += cell.value
        total += sum(
            group.value
            for group in cell.groups
            if not (group.needs_woman and not women) and (group.interpreter is None or group.interpreter in languages)
        )
    return total


def brute(crew, cells):
    """The best roster of one crew on one day, by trying them all."""
    best = 0.0
    posts = [(o, w) for o in range(crew.officers + 1) for w in range(min(o, crew.female) + 1)]
    speak = [None, *range(len(cells))]
    names = [name for name, count in crew.languages for _ in range(count)]
    for posted in itertools.product(posts, repeat=len(cells)):
        officers, women = sum(o for o, _ in posted), sum(w for _, w in posted)
        if officers > crew.officers or women > crew.female or officers - women > crew.officers - crew.female:
            continue
        for places in itertools.product(speak, repeat=len(names)):
            there = [{name for name, at in zip(names, places, strict=True) if at == k} for k in range(len(cells))]
            best = max(best, worth(cells, [(o, w, t) for (o, w), t in zip(posted, there, strict=True)]))
    return best


def greedy(crew, cells):
    """The shift of most value first, as long as anybody is left."""
    officers, women, names = crew.officers, crew.female, dict(crew.languages)
    posted = [(0, 0, set()) for _ in cells]
    for k in sorted(range(len(cells)), key=lambda k: -(cells[k].value + sum(g.value for g in cells[k].groups))):
        cell = cells[k]
        if cell.need > officers:
            continue
        least = max(0, cell.need - (officers - women))
        sent = max(least, min(1, women) if any(g.needs_woman for g in cell.groups) else 0)
        there = {g.interpreter for g in cell.groups if g.interpreter and names.get(g.interpreter)}
        posted[k] = (cell.need, sent, there)
        officers, women = officers - cell.need, women - sent
        for name in there:
            names[name] -= 1
    return worth(cells, posted)


def some_cells(dice, count):
    return [
        Cell(
            "BGI", DAY, str(k), dice.randint(1, 3), float(dice.randint(0, 9)),
            tuple(
                Group(float(dice.randint(1, 9)), dice.random() < 0.5, dice.choice([None, "es", "ht"]))
                for _ in range(dice.randint(0, 2))
            ),
        )
        for k in range(count)
    ]  # fmt: skip


def test_the_roster_is_as_good_as_trying_them_all_and_never_worse_than_greedy():
    dice = random.Random(4)
    for _ in range(25):
        crew = Crew(frozenset({"BGI"}), dice.randint(0, 4), 0, (("es", 1),))
        crew = Crew(crew.ports, crew.officers, dice.randint(0, crew.officers), crew.languages)
        cells = some_cells(dice, 3)
        found = solve([crew], cells, 10)
        assert found.value == pytest.approx(brute(crew, cells))
        assert found.bound >= found.value - 1e-9
        assert found.value >= greedy(crew, cells) - 1e-9
        posted = [(o, w, set(i)) for o, w, i in zip(found.officers, found.female, found.interpreters, strict=True)]
        assert worth(cells, posted) == pytest.approx(found.value)  # and the roster is one that reaches it
        assert sum(found.officers) <= crew.officers
        assert sum(found.female) <= crew.female


def test_officers_stay_at_their_port_and_serve_each_day_anew():
    crews = [Crew(frozenset({"BGI"}), 1, 0), Crew(frozenset({"POS"}), 1, 0)]
    cells = [Cell(port, DAY + dt.timedelta(k), "06:00", 2, 1.0) for port in ("BGI", "POS") for k in range(2)]
    assert solve(crews, cells, 10).value == 0  # two officers, but never at one port
    cells = [Cell("BGI", DAY + dt.timedelta(k), "06:00", 1, 1.0) for k in range(3)]
    assert solve(crews, cells, 10).value == 3


def a_cell(shift="06:00", interest=2.0, protection=0.0, women=0.0, language=None, port="BGI"):
    groups = [{"language": language, "persons": protection, "value": 1.5 * protection}] if protection else []
    return {
        "state": STATES.of_port(port), "port": port, "day": DAY, "shift": shift, "interest": interest, "protection": protection,
        "women": women, "minors": 0.0, "languages": groups, "interest_value": interest, "protection_value": 1.5 * protection,
        "basis": "manifests",
    }  # fmt: skip


def covered(*cells, **team):
    plan = a_plan(states=[Member("BRB", teams=[Team("BGI", **team)])])
    return coverage(plan, rows(EXPECTED, list(cells)), STATES, SETTINGS)


def test_without_a_woman_or_an_interpreter_protected_arrivals_count_as_not_covered():
    cell = a_cell(protection=2.0, women=2.0, language="es")
    whole = covered(cell, officers=1, female=1, languages={"es": 1})
    assert (whole.share, whole.bound) == (1.0, 1.0)
    for team, why in (
        ({"officers": 1, "languages": {"es": 1}}, "no woman officer is declared"),
        ({"officers": 1, "female": 1}, "no interpreter for es is declared"),
    ):
        found = covered(cell, **team)
        assert found.share == pytest.approx(2 / 5)
        assert why in found.left["why"][0]
        assert found.roster["protection_left"].to_list() == [2.0]


def test_what_one_more_officer_would_add_is_what_solving_again_gives():
    cells = [a_cell("06:00", 5.0), a_cell("14:00", 3.0)]
    found = covered(*cells, officers=1)
    best = found.more.row(0, named=True)
    assert best["share"] == pytest.approx(covered(*cells, officers=2).share - found.share)
    assert "one more officer" in " ".join(found.words)
    assert "62.5%" in found.words[0]
    assert "cannot be bettered" in found.words[0]


def test_a_port_without_officers_is_named_with_the_reason():
    found = covered(a_cell(), officers=0)
    assert found.share == 0
    assert found.left["why"].to_list() == ["no officers are declared for this port"]
    assert "it takes 4 officers" in covered(a_cell(interest=20.0), officers=3).left["why"][0]


def test_equal_inputs_give_equal_rosters_and_nothing_expected_is_said():
    cells = [a_cell(shift, 2.0, 1.0, 1.0, "es") for shift in ("06:00", "14:00", "22:00")]
    one, other = (covered(*cells, officers=2, female=1, languages={"es": 1}) for _ in range(2))
    assert one.roster.equals(other.roster)
    assert one.words == other.words
    nothing = covered(officers=2)
    assert nothing.share is None
    assert "nothing to cover" in nothing.words[0]


def expectation(trips, now=NOW, plan=None, nodes=None):
    plan = plan or a_plan()
    frames = a_picture([hit("a", "l/1"), hit("v", "l/2", handling="protect")], trips, nodes)
    return expected(plan, frames, packages(plan, frames, now, STATES, SETTINGS), now, STATES, SETTINGS)


def test_near_days_are_what_manifests_say_and_late_ones_the_pattern_where_that_is_more():
    weekly = [("a", "BW432", flight_day(day), "POS", "BGI") for day in (4, 11, 18)]  # Wednesdays
    plan = a_plan(phases=[Phase("action", dt.date(2026, 11, 21), dt.date(2026, 11, 30))])
    found = expectation([*weekly, ("a", "BW1", flight_day(21), "POS", "BGI")], plan=plan)
    said = {(str(row["day"]), row["shift"]): row for row in found.iter_rows(named=True)}
    assert said["2026-11-21", "06:00"]["basis"] == "manifests"
    usual = said["2026-11-25", "06:00"]
    assert usual["basis"].startswith("usual movement")
    assert usual["interest"] == pytest.approx(1.0)  # of the two whole weeks that are known
    assert found.height == 2


def test_shifts_are_local_and_night_belongs_to_the_day_it_began():
    night = {"arrives_at": dt.datetime(2026, 11, 22, 3), "departs_at": dt.datetime(2026, 11, 22, 1)}
    found = expectation([("a", "BW432", flight_day(22), "POS", "BGI", night)]).row(0, named=True)
    assert (found["day"], found["shift"]) == (dt.date(2026, 11, 21), "22:00")
    assert found["begins_at"] == dt.datetime(2026, 11, 22, 2)  # UTC


def test_movement_is_counted_at_arrival_else_at_departure_and_by_language():
    trips = [("v", "BW432", flight_day(22), "POS", "BGI"), ("a", "BW9", flight_day(22), "POS", "MIA")]
    nodes = {"person:v": {"handling": "protect", "sex": "F", "nationality": "VEN"}}
    found = {row["port"]: row for row in expectation(trips, nodes=nodes).iter_rows(named=True)}
    assert set(found) == {"BGI", "POS"}
    assert (found["BGI"]["protection"], found["BGI"]["women"]) == (1, 1)
    assert found["BGI"]["languages"][0]["language"] == "es"
    assert found["BGI"]["protection_value"] == pytest.approx(1.5)  # a route of priority 1
    assert found["POS"]["interest_value"] == pytest.approx(0.6)  # a port of priority 2


def test_a_shift_that_is_over_is_none_and_one_that_runs_stays_whatever_day_it_is_elsewhere():
    """At 02:00 UTC it is 22:00 the day before in Barbados: that evening's shift runs, the afternoon's is over."""
    day = dt.datetime(2026, 11, 21)
    late = [{"departs_at": day, "arrives_at": day + dt.timedelta(hours=hour)} for hour in (15, 23)]
    trips = [("a", f"BW{k}", flight_day(21), "POS", "BGI", more) for k, more in enumerate(late)]
    found = expectation(trips, now=dt.datetime(2026, 11, 22, 2, 30))
    assert found.select("day", "shift").rows() == [(day.date(), "22:00")]


def test_zero_officers_one_port_sixty_days_are_planned_with_reasons():
    days = 60
    plan = a_plan(states=[Member("BRB", coordinates=True)], routes=[], ports={},
                  phases=[Phase("action", dt.date(2026, 11, 21), dt.date(2026, 11, 20) + dt.timedelta(days))])  # fmt: skip
    cells = [{"state": "BRB", "port": "BGI", "day": dt.date(2026, 11, 21) + dt.timedelta(k), "shift": shift, "interest": 2.0, "protection": 0.0,
              "women": 0.0, "minors": 0.0, "interest_value": 2.0, "protection_value": 0.0, "languages": [], "basis": "manifests"}
             for k in range(days) for shift in plan.shift_hours]  # fmt: skip
    nobody = coverage(plan, rows(EXPECTED, cells[:9]), STATES, SETTINGS)
    assert (nobody.roster.height, nobody.left.height, nobody.share, nobody.bound) == (0, 9, 0.0, 0.0)
    assert "No officers are declared by BRB." in nobody.words
    some = coverage(
        replace(plan, states=[Member("BRB", teams=[Team("BGI", 2)])]), rows(EXPECTED, cells), STATES, SETTINGS
    )
    assert some.roster.height == 2 * days
    assert some.share == pytest.approx(2 / 3)
    assert some.bound == pytest.approx(2 / 3)
