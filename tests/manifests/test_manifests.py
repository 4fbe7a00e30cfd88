"""What becomes of the messages about one leg."""

import random

import pytest
from polars.testing import assert_frame_equal

from ops_hub.manifests.assemble import assemble
from ops_hub.manifests.gaps import gaps
from tests.manifests.helpers import DUTIES, STATES, built, on_board, one, paxlst, person, pnrgov, read, states_of

LATER, LAST = "261120:0700", "261120:1430"


def codes(found, **period):
    return sorted(gaps(found.manifests, **period)["gap"].to_list())


def test_a_leg_has_one_manifest_however_its_number_and_ports_are_written():
    other = ["TDT+20+BWA 0432+++BW", "LOC+125+TTPOS", "DTM+189:202611201045:203", "LOC+87+BBBGI"]
    manifest, people = one(paxlst(person("ALLEYNE")), paxlst(person("BYNOE"), flight=other, at=LATER))
    assert manifest["manifest_id"] == "BW432/2026-11-20/POS-BGI"
    assert sorted(people) == ["ALLEYNE", "BYNOE"]


def test_parts_are_joined_out_of_order_and_the_total_is_the_whole_flights():
    share = {"access": "BW432A", "total": 3, "tn": "T1"}
    parts = [
        paxlst(person("AAA"), part="01:C", **share),
        paxlst(person("BBB"), part="02", **share),
        paxlst(person("CCC"), part="03:F", **share),
    ]
    found = built(parts[2], parts[0], parts[1])
    assert found.transmissions.height == 1
    sent = found.transmissions.row(0, named=True)
    assert (sent["parts"], sent["lost_parts"], sent["is_complete"], sent["people"]) == ([1, 2, 3], [], True, 3)
    assert found.manifests.select("expected_passengers", "passengers").row(0) == (3, 3)
    assert codes(found) == []


@pytest.mark.parametrize(
    ("left", "said"), [((0, 2), "BW432A: part 2"), ((1, 2), "BW432A: part 1"), ((0, 1), "BW432A: the last part")]
)
def test_a_lost_part_is_noted_and_the_people_of_the_others_are_kept(left, said):
    share = {"access": "BW432A", "total": 3}
    parts = [paxlst(person(f"P{k}X"), part=part, **share) for k, part in enumerate(["01:C", "02", "03:F"])]
    found = built(*(parts[k] for k in left))
    assert found.manifests["lost_parts"].to_list() == [[said]]
    assert found.people.height == 2
    assert codes(found) == ["lost-part", "total-differs"]


def test_the_order_in_which_messages_arrive_changes_nothing():
    share = {"access": "BW432A", "total": 3, "tn": "T1:::1"}
    messages = [
        pnrgov(("LOC1", [("AAA", "ANA"), ("DDD", "DAN")]), ("LOC2", [("EEE", "EVA")]), at="261118:0600"),
        pnrgov(("LOC1", [("AAA", "ANA"), ("DDD", "DAN")]), ("LOC2", []), at="261119:0600"),
        paxlst(person("AAA", ref="R1", booking="LOC1"), part="01:C", **share),
        paxlst(person("BBB", ref="R2"), part="02", **share),
        paxlst(person("CCC", ref="R3"), part="03:F", **share),
        paxlst(person("BBB", "BEATRIZ", ref="R2"), bgm="745+CP", at=LATER),
        paxlst(person("CCC", ref="R3"), bgm="745+XR", at="261120:0705"),
        paxlst(person("QQQ", role="FM"), bgm="250+C", crew=1),
        paxlst(on_board("R1"), on_board("R2"), on_board("R9"), bgm="266+CLOB", at=LAST),
    ]
    first = built(*messages)
    assert first.people.height == 7
    random.seed(4)
    for _ in range(6):
        random.shuffle(messages)
        again = built(*messages)
        assert_frame_equal(first.manifests, again.manifests)
        assert_frame_equal(first.people.drop("source"), again.people.drop("source"))


def test_a_message_delivered_twice_counts_once():
    message = paxlst(person("AAA"), person("BBB"), total=2)
    manifest, people = one(message, message)
    assert (manifest["passengers"], manifest["transmissions"], len(people)) == (2, 1, 2)


def test_a_higher_revision_replaces_the_whole_list_whatever_the_clock_says():
    first = paxlst(person("AAA", ref="R1"), person("BBB", ref="R2"), tn="T1:::1", at=LATER)
    second = paxlst(person("AAA", "ANABEL", ref="R1"), person("CCC", ref="R3"), tn="T1:::2", at="261120:0610")
    manifest, people = one(first, second)
    assert states_of(people) == {"AAA": "checked-in", "BBB": "cancelled", "CCC": "checked-in"}
    assert people["BBB"]["reason"] == "left out of a later list of the same transaction"
    assert people["AAA"]["given_names"] == "ANABEL"
    assert (people["AAA"]["revision"], people["AAA"]["changed"]) == (1, "given_names: ANA > ANABEL")
    assert (manifest["passengers"], manifest["cancelled"], manifest["replaced"]) == (2, 1, 1)


def test_a_replacement_of_which_a_part_is_lost_removes_nobody():
    first = paxlst(person("AAA", ref="R1"), person("BBB", ref="R2"), tn="T1:::1")
    second = paxlst(person("AAA", "ANABEL", ref="R1"), tn="T1:::2", access="X", part="01:C", at=LATER)
    _, people = one(first, second)
    assert states_of(people) == {"AAA": "checked-in", "BBB": "checked-in"}
    assert people["AAA"]["given_names"] == "ANABEL"


def test_one_passenger_a_message_on_one_reference_is_interactive_and_loses_nobody():
    manifest, people = one(*(paxlst(person(f"P{k}X", ref=f"R{k}"), tn="BW432", total=1) for k in range(5)))
    assert len(people) == manifest["passengers"] == 5
    assert manifest["expected_passengers"] is None


def test_a_later_record_of_the_same_reference_replaces_the_earlier_one():
    _, people = one(
        paxlst(person("SMIHT", ref="R1", doc="X1"), person("BBB", ref="R2")),
        paxlst(person("SMITH", ref="R1", doc="X2"), at=LATER),
    )
    assert sorted(people) == ["BBB", "SMITH"]
    assert people["SMITH"]["changed"] == "family_name: SMIHT > SMITH; document: P:X1:BRB > P:X2:BRB"


def test_a_list_sent_again_doubles_nobody_even_where_only_names_were_sent():
    bare = [["NAD+FL+++AAA:ANA"], ["NAD+FL+++AAA:BEN"]]
    assert built(paxlst(*bare), paxlst(*bare, at=LATER)).people.height == 2


def test_an_infant_on_its_mothers_passport_is_a_person_of_its_own():
    _, people = one(paxlst(person("ROJAS", "CLARA", doc="X1"), person("ROJO", "SAMUEL", doc="X1", born="260203")))
    assert len(people) == 2


def test_two_people_alike_in_everything_are_both_kept():
    assert built(paxlst(person("AAA"), person("AAA"))).people.height == 2


def test_change_cancel_and_reduction_do_what_they_say():
    manifest, people = one(
        paxlst(*(person(f"P{k}X", ref=f"R{k}") for k in range(4)), total=4),
        paxlst(person("P9X", ref="R9"), bgm="745+CP", at=LATER),
        paxlst(person("P0X", ref="R0"), bgm="745+XR", at=LATER),
        paxlst(person("P1X", ref="R1"), bgm="745+RP", at=LATER),
    )
    assert states_of(people) == dict.fromkeys(["P0X", "P1X"], "cancelled") | dict.fromkeys(
        ["P2X", "P3X", "P9X"], "checked-in"
    )
    assert (manifest["expected_passengers"], manifest["passengers"]) == (4, 3)


def test_people_cancelled_after_the_total_was_told_are_no_gap():
    found = built(
        paxlst(person("AAA", ref="R1"), person("BBB", ref="R2"), total=2),
        paxlst(person("AAA", ref="R1"), bgm="745+XR", at=LATER),
    )
    assert codes(found) == []


def test_a_cancelled_person_who_is_announced_again_travels():
    _, people = one(
        paxlst(person("AAA", ref="R1")),
        paxlst(person("AAA", ref="R1"), bgm="745+XR", at=LATER),
        paxlst(person("AAA", ref="R1"), bgm="745+CP", at="261120:0800"),
    )
    assert states_of(people) == {"AAA": "checked-in"}


def test_who_is_missing_from_a_later_full_push_is_cancelled():
    manifest, people = one(
        pnrgov(("LOC1", [("AAA", "ANA"), ("BBB", "BEN")]), ("LOC2", [("CCC", "CARL")])),
        pnrgov(("LOC1", [("AAA", "ANA")]), ("LOC2", []), at="261119:1200"),
    )
    assert states_of(people) == {"AAA": "booked", "BBB": "cancelled", "CCC": "cancelled"}
    assert people["BBB"]["reason"] == "left out of a later push of all bookings"
    assert (manifest["booked_only"], manifest["cancelled"]) == (1, 2)


def test_an_update_push_leaves_the_others_alone_and_an_empty_booking_cancels_its_own():
    _, people = one(
        pnrgov(("LOC1", [("AAA", "ANA")]), ("LOC2", [("BBB", "BEN")]), ("LOC3", [("CCC", "CARL")])),
        pnrgov(("LOC2", []), at="261119:1200", what="141"),
    )
    assert states_of(people) == {"AAA": "booked", "BBB": "cancelled", "CCC": "booked"}


def test_a_booking_and_a_list_entry_of_the_same_name_are_one_person():
    _, people = one(
        pnrgov(("LOC1", [("AAA", "ANAMRS"), ("BBB", "BEN")])), paxlst(person("AAA", "ANA MARIA", booking="LOC1"))
    )
    assert states_of(people) == {"AAA": "checked-in", "BBB": "booked"}
    assert people["AAA"]["announced_by"] == ["api", "pnr"]
    assert people["AAA"]["birth_date"] == "1990-02-03"


def test_crew_and_passengers_in_transit_are_kept_apart():
    manifest, people = one(
        paxlst(person("AAA"), person("TTT", role="DDU"), total=2),
        paxlst(person("QQQ", role="FM"), person("RRR", role="DDT"), bgm="250+C", crew=2),
    )
    counts = ("passengers", "transit", "crew", "expected_passengers", "expected_crew")
    assert [manifest[name] for name in counts] == [1, 1, 2, 2, 2]
    assert people["TTT"]["role"] == "transit"


def test_a_flight_that_is_cancelled_carries_nobody_until_it_is_announced_again():
    first, off = paxlst(person("AAA", ref="R1")), paxlst(bgm="266+XF", at=LATER)
    manifest, people = one(first, off)
    assert (manifest["status"], states_of(people)) == ("cancelled", {"AAA": "cancelled"})
    manifest, people = one(first, off, paxlst(person("AAA", ref="R1"), at="261120:0900"))
    assert (manifest["status"], states_of(people)) == ("open", {"AAA": "checked-in"})


def test_a_change_of_flight_takes_the_people_of_its_transaction_along():
    late = ["TDT+20+BW432+++BW", "LOC+125+POS", "DTM+189:2611210045:201", "LOC+87+BGI", "DTM+232:2611210145:201"]
    manifest, people = one(
        paxlst(person("AAA"), tn="T1", total=1), paxlst(bgm="266+CF", tn="T1", flight=late, at=LATER)
    )
    assert manifest["manifest_id"] == "BW432/2026-11-21/POS-BGI"
    assert states_of(people) == {"AAA": "checked-in"}


def test_travellers_are_on_the_legs_between_where_they_board_and_leave():
    legs = [
        "TDT+20+BW449+++BW", "LOC+92+PTY", "DTM+189:2611220700:201", "LOC+92+CUR", "DTM+232:2611220830:201",
        "TDT+20+BW449+++BW", "LOC+125+CUR", "DTM+189:2611220915:201", "LOC+87+POS", "DTM+232:2611221045:201",
    ]  # fmt: skip
    first, second = (
        [*person(name), f"LOC+178+{port}", "LOC+179+POS"] for name, port in (("AAA", "PTY"), ("BBB", "CUR"))
    )
    found = built(paxlst(first, second, flight=legs))
    on = {(each["manifest_id"], each["family_name"]) for each in found.people.to_dicts()}
    border, before = "BW449/2026-11-22/CUR-POS", "BW449/2026-11-22/PTY-CUR"
    assert on == {(border, "AAA"), (border, "BBB"), (before, "AAA")}
    assert dict(found.manifests.select("manifest_id", "is_reported").iter_rows()) == {border: True, before: False}


def test_a_list_after_its_time_is_late_by_the_ports_own_time():
    on_time, late = one(paxlst(person("AAA"), at="261120:1400"))[0], one(paxlst(person("AAA"), at="261120:1435"))[0]
    assert (on_time["late_minutes"], late["late_minutes"]) == (0, 20)  # 10:45 in Port of Spain is 14:45 UTC; due 14:15
    assert codes(built(paxlst(person("AAA"), total=1, at="261120:1435"))) == ["late"]


def test_an_empty_list_leaves_a_manifest_and_a_gap():
    found = built(paxlst(total=0))
    assert found.manifests["passengers"].to_list() == [0]
    assert codes(found) == ["no-passenger-list"]


def test_gaps_can_be_asked_for_a_period():
    found = built(paxlst(person("AAA"), total=2))
    day = found.manifests["departure_date"][0]
    assert codes(found, since=day, until=day) == ["total-differs"]
    assert codes(found, since=day.replace(day=21)) == []


def test_nothing_in_nothing_out():
    message = paxlst(person("AAA"), flight=[])
    found = built(message)
    assert (found.manifests.height, found.people.height, found.unplaced) == (0, 0, 1)
    assert gaps(found.manifests).is_empty()


def test_travellers_without_a_message_are_taken_as_rows_of_a_table():
    travellers, messages = read(paxlst(person("AAA")))
    found = assemble(travellers, messages.clear(), DUTIES, STATES)
    assert found.manifests["manifest_id"].to_list() == ["BW432/2026-11-20/POS-BGI"]
    assert found.transmissions["kind"].to_list() == ["table"]


def departing(day, number="432"):
    return [
        f"TDT+20+BW{number}+++BW",
        "LOC+125+POS",
        f"DTM+189:2611{day}1045:201",
        "LOC+87+BGI",
        f"DTM+232:2611{day}1145:201",
    ]


def test_a_transaction_that_is_called_the_same_every_day_replaces_nobody_of_another_flight():
    found = built(
        paxlst(person("AAA"), tn="T:::1", flight=departing(20)),
        paxlst(person("BBB"), tn="T:::1", flight=departing(21), at="261121:0610"),
        paxlst(person("CCC"), tn="T:::2", flight=departing(21, "433"), at="261121:0700"),
    )
    assert found.manifests.height == 3
    assert set(found.people["state"]) == {"checked-in"}


def test_an_access_reference_that_is_used_again_joins_no_parts_of_two_days():
    sent = [
        paxlst(person(f"P{day}{k}X"), part=part, access="BW432", flight=departing(day), at=f"2611{day}:0610", total=2)
        for day in (20, 21)
        for k, part in enumerate(["01:C", "02:F"])
    ]
    found = built(*sent)
    assert found.manifests["passengers"].to_list() == [2, 2]
    assert codes(found) == []


def test_a_reduction_by_reference_cancels_that_one_alone():
    whole = paxlst(person("AAA", ref="R1"), person("BBB", ref="R2"), person("CCC", ref="R3"), tn="T:::1")
    less = paxlst(["NAD+FL", "RFF+ABO:R2"], person("CCC", ref="R3"), tn="T:::2", bgm="745+RP", at=LATER)
    _, people = one(whole, less)
    assert states_of(people) == {"AAA": "checked-in", "BBB": "cancelled", "CCC": "cancelled"}
    assert people["BBB"]["reason"] == "cancelled by the carrier"


def test_a_later_list_of_the_same_transaction_makes_nothing_late():
    manifest, _ = one(
        paxlst(person("AAA"), tn="T:::1", at="261120:0610"), paxlst(person("AAA"), tn="T:::2", at="261120:1455")
    )
    assert manifest["late_minutes"] == 0


def test_who_was_dropped_from_the_list_and_stands_in_a_booking_is_not_in_the_control_total():
    push = pnrgov(("LOC1", [("AAA", "ANA")]), ("LOC2", [("BBB", "ANA")]))
    lists = [
        paxlst(person("AAA", booking="LOC1"), person("BBB", booking="LOC2"), tn="T:::1", total=2),
        paxlst(person("AAA", booking="LOC1"), tn="T:::2", total=1, at=LATER),
    ]
    found = built(push, *lists)
    assert "total-differs" not in codes(found)


def test_a_message_that_breaks_off_is_a_gap():
    text = paxlst(person("AAA"), person("BBB"), total=2)
    found = built(text[: text.index("NAD+FL+++BBB")])
    assert "lost-part" in codes(found)


def test_a_crew_on_board_does_not_hide_that_no_passenger_list_came():
    crew = [paxlst(person("CRU", role="FM"), bgm=bgm, at=at) for bgm, at in (("250", LATER), ("250+CLOB", LAST))]
    assert "no-passenger-list" in codes(built(*crew))


def test_who_leaves_and_boards_on_other_legs_is_not_on_the_border_leg_and_counts_in_its_total():
    legs = ["TDT+20+BW432+++BW", "LOC+125+MIA", "DTM+189:2611200600:201", "LOC+87+POS", "DTM+232:2611201000:201",
            "LOC+92+POS", "DTM+189:2611201045:201", "LOC+92+BGI", "DTM+232:2611201145:201"]  # fmt: skip
    stays = [*person("AAA"), "LOC+178+MIA", "LOC+179+BGI"]
    joins = [*person("BBB"), "LOC+178+POS", "LOC+179+BGI"]
    found = built(paxlst(stays, joins, total=2, flight=legs))
    on = {(each["manifest_id"][-7:], each["family_name"]) for each in found.people.to_dicts()}
    assert ("MIA-POS", "BBB") not in on
    assert {("MIA-POS", "AAA"), ("POS-BGI", "BBB")} <= on
    assert "total-differs" not in codes(found)


def test_an_interchange_that_was_cut_between_messages_is_one_transmission_all_the_same():
    share = {"access": "BW432A", "total": 2}
    one_part, other = paxlst(person("AAA"), part="01:C", **share), paxlst(person("BBB"), part="02:F", **share)
    other = other[other.index("UNH") :]
    assert codes(built(one_part, other)) == []


def test_who_is_listed_again_with_the_same_particulars_was_screened_and_a_correction_was_not():
    first = paxlst(person("AAA", doc="P1"), person("BBB", doc="P2"), tn="T:::1")
    again = paxlst(person("AAA", doc="P1"), person("BBB", doc="P3"), tn="T:::2", at=LATER)
    _, people = one(first, again, screened={"0.edi"})
    assert {name: each["is_screened"] for name, each in people.items()} == {"AAA": True, "BBB": False}
