"""Target packages: a score that can be read, journeys that are known, and nobody to be protected among them."""

import datetime as dt

import pytest

from ops_hub.operations.ahead import utc
from ops_hub.operations.settings import operation_settings
from ops_hub.operations.targets import TERMS, packages
from ops_hub.states import home_states
from tests.operations.scenes import NOW, a_picture, a_plan, flight_day, hit

STATES, SETTINGS = home_states(), operation_settings()


def made(plan=None, now=NOW, contacts=None, **said):
    return packages(plan or a_plan(), a_picture(**said), now, STATES, SETTINGS, contacts)


SCENE = {
    "edges": [
        hit("boss", "jam-wanted/7"),
        ("person:boss", "organisation:crew", "member of", {"grade": "B2", "owner": "TTO", "handling": "enforce", "crime_types": ["trafficking"]}),
        hit("victim", "jam-missing/1", handling="protect", crime_types=["trafficking"]),
        hit("victim", "jam-wanted/9"),
        hit("teen", "jam-wanted/8"),
    ],
    "trips": [
        ("boss", "BW432", flight_day(22), "POS", "BGI", {"booking_ids": ["booking:A"]}),
        ("victim", "BW432", flight_day(22), "POS", "BGI", {"booking_ids": ["booking:A"]}),
        ("child", "BW432", flight_day(22), "POS", "BGI", {"booking_ids": ["booking:A"], "minor": True}),
        ("boss", "BW9", flight_day(10), "KIN", "POS"),
        ("stranger", "BW432", flight_day(22), "POS", "BGI"),
    ],
    "nodes": {
        "person:victim": {"handling": "protect", "band": "high", "sex": "F", "nationality": "VEN"},
        "person:child": {"minor": True, "nationality": "BRB"},
        "person:teen": {"minor": True, "band": "high", "handling": "enforce"},
    },
    "standing": [("boss", 0.9, "an organiser"), ("victim", 0.8, "a payer of many"), ("child", 0.5, "a broker")],
}  # fmt: skip


def test_the_terms_sum_to_the_score_and_rank_by_it():
    found = made(
        **SCENE, outcomes=[{"case": 3, "status": "claimed", "claimed_by": "BRB", "records": ["r-boss-21"]}]
    ).targets
    row = found.row(0, named=True)
    assert row["person_id"] == "person:boss"
    assert row["score"] == pytest.approx(sum(row[term] for term in TERMS))
    assert all(row[term] > 0 for term in TERMS)
    assert row["cases"] == [3]
    assert "case 3: claimed by BRB" in row["why"]


def test_nobody_to_be_protected_is_ever_a_target():
    found = made(**SCENE)
    assert found.targets["person_id"].to_list() == ["person:boss"]
    assert set(found.protection["person_id"]) == {"person:victim", "person:child"}
    assert "person:teen" in found.protect  # no journey, no open case: no package, and no target either
    assert not found.interest & found.protect


def test_a_case_of_the_protection_desk_protects_whatever_lists_say():
    found = made(**SCENE, outcomes=[{"case": 4, "channel": "protection", "records": ["r-boss-21"]}])
    assert found.targets.is_empty()
    assert "person:boss" in found.protect


def test_who_only_travels_or_pays_along_is_no_target():
    assert "person:stranger" not in made(**SCENE).interest


def test_the_next_journey_is_told_in_local_time_and_utc_with_who_can_act_in_order():
    row = made(**SCENE).targets.row(0, named=True)
    assert (row["flight"], row["from_port"], row["to_port"]) == ("BW432", "POS", "BGI")
    assert row["departs_local"] == dt.datetime(2026, 11, 22, 10)
    assert row["departs_at"] == dt.datetime(2026, 11, 22, 14)
    assert [(act["state"], act["part"]) for act in row["acts"]] == [("TTO", "departure"), ("BRB", "destination")]


def test_a_journey_that_has_begun_or_lies_after_the_action_is_not_next():
    late = {**SCENE, "trips": [("boss", "BW432", flight_day(30), "POS", "BGI")]}
    assert made(**late).targets["flight"].to_list() == [None]
    begun = made(**SCENE, now=dt.datetime(2026, 11, 22, 15)).targets
    assert begun["flight"].to_list() == [None]
    assert begun["urgency_term"].to_list() == [0]


def test_onward_legs_make_a_transit_state():
    trips = [("boss", "BW432", flight_day(22), "KIN", "POS"), ("boss", "BW7", flight_day(22), "POS", "BGI", {"departs_at": dt.datetime(2026, 11, 22, 15)})]  # fmt: skip
    row = made(**{**SCENE, "trips": trips}).targets.row(0, named=True)
    assert [(act["state"], act["part"]) for act in row["acts"]] == [
        ("JAM", "departure"),
        ("TTO", "transit"),
        ("BRB", "destination"),
    ]


def test_a_hit_found_to_be_somebody_else_is_no_evidence():
    cleared = {"case": 5, "status": "not-the-person", "outcome": "not-the-person", "records": ["r-one-21"], "lists": ["jam-wanted/7"]}  # fmt: skip
    scene = {"edges": [hit("one", "jam-wanted/7")], "trips": [("one", "BW1", flight_day(22), "POS", "BGI")]}
    assert made(**scene).interest == {"person:one"}
    assert made(**scene, outcomes=[cleared]).interest == set()


def test_a_package_says_what_protection_is_needed_without_naming_anybody_protected():
    row = made(**SCENE).targets.row(0, named=True)
    said = " ".join(row["protection"])
    assert "1 minor" in said
    assert "1 to be protected on the same flight" in said
    assert "victim" not in str({key: value for key, value in row.items() if key != "why"})


def test_a_protection_package_says_where_they_arrive_and_what_is_to_be_ready():
    child, victim = made(**SCENE).protection.to_dicts()
    assert (child["person_id"], child["minor"]) == ("person:child", True)  # minors first
    assert (victim["language"], victim["interpreter"], victim["female_officer"]) == ("es", True, True)
    assert victim["services"] == "BRB: Safe House BRB"
    assert victim["along"] == ["person:boss"]
    assert child["interpreter"] is False
    assert not {"score", "evidence", "crime_types"} & set(victim)


def test_other_desks_are_to_be_spoken_to_first():
    found = made(**SCENE, contacts={"person:boss": {"JAM desk, +000 555 0113"}}).targets
    assert found["others"].to_list() == [["JAM desk, +000 555 0113"]]


def test_evidence_cites_who_says_so():
    evidence = made(**SCENE).targets["evidence"][0].to_list()
    assert evidence[0]["what"].startswith("network: looks like an organiser")
    by_entry = {each["entry"]: each for each in evidence}
    assert by_entry["entry:jam-wanted/7"]["message_ref"] == "1"
    assert [each["grade"] for each in evidence if each["grade"]] == ["B2"]


def test_independent_owners_and_better_grades_raise_confidence():
    def confidence(*edges):
        return made(edges=edges).targets["confidence_term"].to_list()

    one, same, two = hit("a", "l/1"), hit("a", "l/2"), hit("a", "m/1", owner="USA")
    assert confidence(one) == confidence(one, same) < confidence(one, two)


def test_without_hits_or_standing_there_is_nothing():
    found = made(trips=SCENE["trips"])
    assert found.targets.is_empty()
    assert found.protection.is_empty()


def test_whom_another_desk_leads_is_no_target_of_a_reader_who_is_told_no_more():
    apart = {"case": 3, "status": "handled elsewhere", "records": ["r-boss-21"]}
    found = made(**SCENE, outcomes=[apart])
    assert "person:boss" not in found.targets["person_id"].to_list()
    assert "person:boss" in found.protect


def test_a_clock_that_skips_or_repeats_an_hour_still_gives_a_time():
    assert utc(dt.datetime(2026, 3, 8, 2, 30), "America/Nassau") == dt.datetime(2026, 3, 8, 7, 30)
    assert utc(dt.datetime(2026, 11, 1, 1, 30), "America/Nassau") == dt.datetime(2026, 11, 1, 5, 30)
    assert utc(dt.datetime(2026, 11, 1), None) is None
