import datetime as dt

import polars as pl
import pytest

from ops_hub.exercise.ordinary import HABITS
from ops_hub.exercise.passports import numbers
from ops_hub.exercise.scenarios.grow import KINDS, ScenarioSpec, grow
from ops_hub.exercise.scenarios.innocent import INNOCENT
from ops_hub.exercise.scenarios.staged import STAGED
from ops_hub.exercise.score_flags import said_of, score_flags
from ops_hub.exercise.timetable import Timetable
from ops_hub.schemas import FINDINGS, FLAGS, rows
from ops_hub.targeting.documents.formats import document_rules

FIRST = dt.date(2026, 11, 23)


@pytest.fixture(scope="module")
def grown():
    return grow(ScenarioSpec(200, 60, 1, cases=dict.fromkeys(KINDS, 3)))


def test_one_seed_grows_one_exercise_and_another_another(grown):
    again, other = (grow(ScenarioSpec(200, 60, seed, cases=dict.fromkeys(KINDS, 3))) for seed in (1, 2))
    for part in ("feed", "history", "watchlist", "truth"):
        assert getattr(again, part).equals(getattr(grown, part)), part
    assert not other.feed.equals(grown.feed)


def test_another_number_of_cases_leaves_ordinary_travel_as_it_was(grown):
    fewer = grow(ScenarioSpec(200, 60, 1, cases={"courier": 1}))
    key = ["document_number", "document_issuer", "flight", "departs_at"]
    ordinary = grown.feed.join(grown.truth, on="record_id", how="anti").select(key)
    assert ordinary.equals(fewer.feed.join(fewer.truth, on="record_id", how="anti").select(key))


def test_history_ends_where_the_days_under_test_begin(grown):
    first = dt.datetime.combine(FIRST, dt.time())
    assert grown.history["departs_at"].max() < first <= grown.feed["departs_at"].min()
    assert grown.feed["departs_at"].max() < first + dt.timedelta(3)
    assert grown.feed["record_id"].is_unique().all()
    assert set(grown.feed["record_id"]).isdisjoint(grown.history["record_id"])


def test_every_kind_has_all_its_cases_under_test_and_the_truth_names_real_rows(grown):
    under_test = grown.truth.filter(pl.col("part") == "feed")
    counts = dict(under_test.group_by("kind").agg(pl.col("case").n_unique()).iter_rows())
    assert counts == dict.fromkeys(KINDS, 3)
    assert under_test.join(grown.feed, on="record_id", how="semi").height == under_test.height
    assert set(grown.truth.filter(pl.col("kind").is_in(list(INNOCENT)))["role"]) == {"innocent"}
    assert set(grown.truth.filter(pl.col("kind").is_in(list(STAGED)))["role"]) == {"facilitator", "victim", "client"}
    assert {like for like, _ in INNOCENT.values()} <= set(STAGED)


def test_the_same_people_travel_again_and_come_back_whence_they_came(grown):
    everything = pl.concat([grown.history, grown.feed]).join(grown.truth, on="record_id", how="anti")
    person = ["document_issuer", "document_number"]
    trips = everything.sort("departs_at").with_columns(pl.col("to_port").shift().over(person).alias("was"))
    again = trips.drop_nulls("was")
    assert again.height > everything.height / 2
    assert (again["was"] == again["from_port"]).mean() > 0.9


def test_a_day_has_about_as_many_travellers_as_were_asked_for():
    grown = grow(ScenarioSpec(1000, 30, 4))
    a_day = grown.history.height / 30
    assert 700 < a_day < 1300
    assert grown.truth.is_empty()


def test_the_shares_of_habits_sum_to_one():
    assert abs(sum(habit.share for habit in HABITS.values()) - 1) < 1e-9


def test_a_passport_number_is_given_once_and_has_the_form_that_its_state_uses():
    formats = document_rules().formats.filter(pl.col("type") == "P")
    for issuer, form in formats.select("issuer", "numbers").iter_rows():
        made = numbers(pl.Series([issuer] * 50_000), pl.int_range(50_000, eager=True).to_numpy())
        assert made.is_unique().all(), issuer
        if issuer in ("USA", "GBR", "CAN", "JAM", "FRA", "NLD", "ESP", "BRA", "IND", "CHN", "TUR", "RUS"):
            assert made.str.contains(form).all(), issuer


def test_flights_leave_when_their_travellers_are_ready_and_arrive_by_the_clock_of_the_port():
    table = Timetable(FIRST, 10)
    names = {code: at for at, code in enumerate(("MIA", "JFK"))}
    assert table.states[names["MIA"]] == "USA"
    lhr, bgi = (next(at for at, state in enumerate(table.states) if state == code) for code in ("GBR", "BRB"))
    one = pl.Series([lhr]).to_numpy()
    departs, arrives = table.fly(one, pl.Series([bgi]).to_numpy(), pl.Series([600]).to_numpy())
    assert 600 <= departs[0] < 600 + 480
    assert 4 * 60 < arrives[0] - departs[0] < 7 * 60  # eight or nine hours in the air, four hours back


def test_scoring_counts_cases_persons_and_who_is_treated_how():
    truth = pl.DataFrame(
        [
            ("1", "feed", "courier", "courier-001", "facilitator", "1", None),
            ("2", "feed", "courier", "courier-001", "client", "2", None),
            ("3", "feed", "recruited-women", "recruited-women-001", "victim", "3", None),
            ("4", "feed", "recruited-women", "recruited-women-001", "victim", "4", None),
            ("5", "history", "recruited-women", "recruited-women-001", "victim", "4", None),
            ("6", "feed", "twins", "twins-001", "innocent", "6", "two-passports"),
            ("7", "feed", "twins", "twins-001", "innocent", "7", "two-passports"),
            ("8", "feed", "courier", "courier-002", "facilitator", "8", None),
        ],
        schema=["record_id", "part", "kind", "case", "role", "person", "looks_like"],
        orient="row",
    )
    flagged = [
        ("2", "quick-returns", "discreet"), ("3", "recruits", "protect"), ("3", "payer", "discreet"), ("4", "payer", "discreet"),
        ("6", "payer", "discreet"), ("9", "payer", "discreet"),
    ]  # fmt: skip
    flags = rows(FLAGS, [{"record_id": r, "rule_id": rule, "handling": h} for r, rule, h in flagged])
    findings = rows(
        FINDINGS,
        [
            {"check": "two-births", "record_id": "7", "is_weak": True},
            {"check": "two-names", "record_id": "10", "other_record_id": "1", "is_weak": False},
        ],
    )
    said = score_flags(said_of(flags, findings), truth, pl.Series([str(n) for n in range(1, 13) if n != 5]))
    courier, women = said["scenarios"]
    assert (courier["cases"], courier["found"], courier["missed"]) == (2, 1, ["courier-002"])
    assert courier["by"] == {"document:two-names": 1, "quick-returns": 1}
    assert (women["found"], women["by"]) == (1, {"payer": 1, "recruits": 1})
    assert [(row["role"], row["flagged"], row["persons"]) for row in said["roles"][:2]] == [
        ("client", 1, 1),
        ("facilitator", 1, 2),
    ]
    victims = said["victims"]
    assert (victims["persons"], victims["flagged"], victims["also_under_other_rules"]) == (2, 2, 1)
    assert (victims["only_as_suspects"], victims["only_as_suspects_by"]) == (1, {"payer": 1})
    (twins,) = said["innocents"]
    assert (twins["persons"], twins["flagged"], twins["by"]) == (2, 1, {"payer": 1})
    ordinary = said["ordinary"]
    assert ordinary["records"] == 4
    assert ordinary["by"] == {"payer": 250.0, "document:two-names": 250.0}
