"""Who went on board, and who of them was screened."""

from ops_hub.manifests.gaps import gaps
from tests.manifests.helpers import built, on_board, one, paxlst, person, pnrgov, states_of

CLOSED = "261120:1450"


def listed():
    return paxlst(*(person(f"P{k}X", ref=f"R{k}") for k in range(3)), total=3)


def test_a_close_out_by_reference_closes_those_on_board_and_names_those_left_behind():
    manifest, people = one(
        pnrgov(("LOC1", [("NNN", "NOEL")])),
        listed(),
        paxlst(on_board("R0"), on_board("R1"), bgm="266+CLOB", at=CLOSED),
    )
    assert states_of(people) == {"P0X": "closed", "P1X": "closed", "P2X": "offloaded", "NNN": "no-show"}
    counts = ("status", "boarded", "offloaded", "no_show")
    assert [manifest[name] for name in counts] == ["closed", 2, 1, 1]
    assert [people[name]["on_board"] for name in ("P0X", "P2X")] == [True, False]


def test_a_second_list_with_clob_closes_too_and_its_names_count():
    closing = paxlst(person("P0X", ref="R0"), person("ZED", ref="R9"), bgm="745+CLOB", at=CLOSED)
    manifest, people = one(listed(), closing)
    assert states_of(people) == {"P0X": "closed", "P1X": "offloaded", "P2X": "offloaded", "ZED": "closed"}
    assert manifest["boarded"] == 2


def test_a_close_out_of_which_a_part_is_lost_proves_nobody_absent():
    closing = paxlst(on_board("R0"), bgm="266+CLOB", access="C1", part="01:C", at=CLOSED)
    manifest, people = one(listed(), closing)
    assert manifest["status"] == "open"
    assert states_of(people) == {"P0X": "boarded", "P1X": "checked-in", "P2X": "checked-in"}


def test_a_close_out_that_names_those_not_on_board_leaves_all_others_on_board():
    _, people = one(listed(), paxlst(on_board("R2"), bgm="266+CLNB", at=CLOSED))
    assert states_of(people) == {"P0X": "closed", "P1X": "closed", "P2X": "offloaded"}


def test_a_close_out_without_names_boards_those_on_lists_and_not_those_from_bookings():
    _, people = one(pnrgov(("LOC1", [("NNN", "NOEL")])), listed(), paxlst(bgm="266+CL", at=CLOSED))
    assert states_of(people) == {"P0X": "closed", "P1X": "closed", "P2X": "closed", "NNN": "no-show"}


def test_who_is_listed_after_the_close_out_is_not_taken_for_offloaded():
    late = paxlst(person("LATE", ref="R9"), bgm="745+CP", at="261120:1500")
    _, people = one(listed(), paxlst(on_board("R0"), bgm="266+CLOB", at=CLOSED), late)
    assert people["LATE"]["state"] == "checked-in"


def test_the_close_out_of_crew_says_nothing_of_passengers():
    crew = paxlst(person("QQQ", role="FM"), person("SSS", role="FM"), bgm="250+C")
    _, people = one(listed(), crew, paxlst(person("QQQ", role="FM"), bgm="250+CLOB", at=CLOSED))
    assert [people[name]["state"] for name in ("QQQ", "SSS", "P0X")] == ["closed", "offloaded", "checked-in"]


def test_a_booking_reference_means_all_of_the_booking_or_says_that_it_is_not_known_who():
    pair = paxlst(person("AAA", booking="LOC1"), person("BBB", "BEN", booking="LOC1"), person("CCC", booking="LOC2"))
    both = paxlst(on_board(booking="LOC1"), on_board(booking="LOC1"), bgm="266+CLOB", at=CLOSED)
    assert states_of(one(pair, both)[1]) == {"AAA": "closed", "BBB": "closed", "CCC": "offloaded"}
    single = paxlst(on_board(booking="LOC1"), bgm="266+CLOB", at=CLOSED)
    _, people = one(pair, single)
    assert [people[name]["on_board"] for name in ("AAA", "BBB", "CCC")] == [None, None, False]
    assert people["AAA"]["reason"] == "1 of 2 of the booking are on board; not said who"


def test_who_is_on_board_and_on_no_list_was_never_announced_and_never_screened():
    found = built(listed(), paxlst(on_board("R0"), on_board("R7"), bgm="266+CLOB", at=CLOSED), screened={"0.edi"})
    assert found.people.filter(found.people["person_id"] == "ref:R7")["state"].to_list() == ["boarded"]
    counts = ("never_announced", "boarded", "boarded_not_screened", "screened_not_boarded")
    assert found.manifests.select(counts).row(0) == (1, 2, 1, 2)
    assert {"boarded-not-screened", "screened-not-boarded", "never-announced"} <= set(gaps(found.manifests)["gap"])


def test_a_cancelled_passenger_named_on_board_is_on_board():
    _, people = one(
        listed(),
        paxlst(person("P0X", ref="R0"), bgm="745+XR", at="261120:0700"),
        paxlst(on_board("R0"), bgm="266+CLOB", at=CLOSED),
    )
    assert people["P0X"]["state"] == "closed"
    assert people["P0X"]["reason"] == "cancelled by the carrier; named on board all the same"


def test_a_correction_that_was_not_screened_is_not_screened():
    corrected = paxlst(person("SMITH", ref="R0"), bgm="745+CP", at="261120:0700")
    manifest, people = one(paxlst(person("SMIHT", ref="R0")), corrected, screened={"0.edi"})
    assert (people["SMITH"]["is_screened"], manifest["screened"], manifest["not_screened"]) == (False, 0, 1)
    manifest, _ = one(paxlst(person("SMIHT", ref="R0")), corrected, screened={"0.edi", "1.edi"})
    assert manifest["screened"] == 1


def test_without_a_run_nothing_is_said_of_screening():
    manifest, people = one(listed())
    assert (manifest["screened"], manifest["not_screened"], people["P0X"]["is_screened"]) == (None, None, None)
