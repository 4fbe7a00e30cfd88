import datetime as dt

import polars as pl

from ops_hub.schemas import FINDINGS, FLAGS, HITS, MANIFESTED, TRAVELLERS, check, rows
from ops_hub.targeting.columns import FACTS
from ops_hub.targeting.evaluate import evaluate
from ops_hub.targeting.facts import facts
from ops_hub.targeting.rulefile import read_rules
from tests.targeting.helpers_rules import TODAY, at, card, document, facts_of, phone, traveller
from tests.targeting.test_rulefile import GOOD

UNKNOWN = {"documents": None, "birth_date": None}


def leg(one, other, day="11-20T10:45"):
    return {"flight": "X1", "from_port": one, "to_port": other, "departs_at": at(day), "arrives_at": None}


def trip(name, day, one="POS", other="BGI", **more):
    base = {"from_port": one, "to_port": other, "departs_at": at(day), "arrives_at": at(day) + dt.timedelta(hours=1)}
    return traveller(name, **(base | {"booking_ref": f"B{name[:3]}{day[:5]}".upper()} | more))


def test_facts_have_a_row_for_each_traveller_in_their_order_and_the_documented_columns():
    now = [traveller(f"n{i}/x", record_id=str(i)) for i in range(50)]
    frame = facts(rows(TRAVELLERS, now).lazy(), today=TODAY).collect()
    check(frame, FACTS, "facts")
    assert frame["record_id"].to_list() == [str(i) for i in range(50)]


def test_age_is_at_departure_and_what_is_not_told_is_taken_as_the_younger():
    ages = {
        "2008-11-20": 18,
        "2008-11-21": 17,
        "2008": 17,
        "2008-11": 17,
        "2008-10": 18,
        "2030": None,
        "x": None,
        None: None,
    }
    found = facts_of([traveller("a/b", birth_date=born) for born in ages])
    assert [each["age"] for each in found] == list(ages.values())


def test_a_party_is_a_booking_on_a_flight_and_each_kind_of_message_is_counted_by_itself():
    child = {"birth_date": "2015-01-01"}
    now = [
        traveller("lee/ann"),
        traveller("lee/bo", **child),
        traveller("roe/cy", **child),
        traveller("zed/d", booking_ref="OTHER1"),
    ]
    again = [each | {"message_type": "paxlst", "record_id": f"p{i}"} for i, each in enumerate(now)]
    found = facts_of([*now, *again, traveller("lee/ann"), traveller("nobody/e", booking_ref=None)])
    for each in (*found[:3], *found[4:7]):
        assert (each["party_size"], each["party_adults"], each["party_minors"]) == (3, 1, 2)
        assert each["minors_other_family_name"] == 1
    assert found[3]["party_size"] == 1
    assert found[-1]["party_size"] is None


def test_one_shared_word_of_two_surnames_makes_a_family():
    now = [traveller("garcia lopez/ana"), traveller("lopez-diaz/eva", birth_date="2016-01-01")]
    assert facts_of(now)[0]["minors_other_family_name"] == 0


def test_trips_are_counted_once_however_many_messages_tell_of_them():
    history = [
        trip("doe/al", "11-10T08:00"),
        trip("doe/al", "11-10T08:00", message_type="paxlst"),
        trip("doe/al", "02-01T08:00"),
        trip("roe/b", "11-11T08:00"),
    ]
    one, other = facts_of([trip("doe/al", "11-20T08:00"), trip("new/x", "11-20T08:00")], history)
    assert (one["trips_before"], one["trips_last_30_days"], one["trips_last_365_days"]) == (2, 1, 2)
    assert (one["days_since_last_trip"], one["last_from_port"], one["last_to_port"]) == (10.0, "POS", "BGI")
    assert (other["trips_before"], other["days_since_last_trip"], other["route_new"]) == (0, None, None)


def test_thirty_days_end_where_they_end():
    history = [trip("doe/al", "10-21T08:00"), trip("doe/al", "10-21T07:59", flight="BW1")]
    assert facts_of([trip("doe/al", "11-20T08:00")], history)[0]["trips_last_30_days"] == 1


def test_windows_agree_with_counting_one_by_one():
    days = ["01-05", "01-06", "02-01", "02-03", "03-05", "06-30", "07-01", "07-30", "11-01", "11-19"]
    history = [trip(name, f"{day}T08:00") for name in ("a/a", "b/b") for day in days]
    now = [trip("a/a", f"{day}T09:00", flight="BW9") for day in ("02-03", "03-04", "08-01", "11-20")]
    for each in facts_of(now, history):
        mine = [at(f"{day}T08:00") for day in days] + [one["departs_at"] for one in now]
        ago = [each["departs_at"] - when for when in mine]
        assert each["trips_last_30_days"] == sum(dt.timedelta() < gone <= dt.timedelta(days=30) for gone in ago)
        assert each["trips_before"] == sum(dt.timedelta() < gone for gone in ago)


def test_broken_travel_turnaround_and_new_routes():
    history = [trip("doe/al", "11-10T08:00", "POS", "BGI"), trip("roe/bo", "11-10T08:00", "POS", "BGI")]
    back, away = facts_of(
        [trip("doe/al", "11-11T09:00", "BGI", "POS"), trip("roe/bo", "11-12T09:00", "KIN", "BGI")], history
    )
    assert (back["broken_travel"], back["turnaround_hours"], back["route_new"]) == (False, 24.0, True)
    assert (away["broken_travel"], away["turnaround_hours"]) == (True, None)
    assert facts_of([trip("doe/al", "11-20T09:00")], history)[0]["route_new"] is False


def test_a_document_switched_and_switched_back():
    def shown(number, day):
        return trip("doe/al", day, documents=[document(number)])

    second = facts_of([shown("B2", "11-15T08:00")], [shown("A1", "11-10T08:00")])[0]
    assert (second["document_switched"], second["document_alternated"]) == (True, False)
    third = facts_of([shown("A1", "11-20T08:00")], [shown("A1", "11-10T08:00"), shown("B2", "11-15T08:00")])[0]
    assert (third["document_switched"], third["document_alternated"]) == (True, True)
    assert facts_of([shown("A1", "11-20T08:00")], [shown("a-1", "11-10T08:00")])[0]["document_switched"] is False


def test_a_document_with_two_birth_dates():
    now = [
        traveller("doe/al", documents=[document("A1")]),
        traveller("roe/bo", documents=[document("A1")], birth_date="1990-01-01"),
    ]
    assert [each["document_birth_dates"] for each in facts_of(now)] == [2, 2]


def test_unrelated_minors_are_counted_over_a_year_also_when_the_adult_comes_back_alone():
    def with_child(name, day):
        ref = f"R{day}"
        return [trip("adult/a", day, booking_ref=ref), trip(name, day, booking_ref=ref, birth_date="2016-01-01")]

    history = [
        *with_child("kid/b", "03-01T08:00"),
        *with_child("kid/c", "11-10T08:00"),
        *with_child("adult/d", "11-12T08:00"),
    ]
    old = [
        each | {"departs_at": at("03-01T08:00").replace(year=2025), "booking_ref": "OLD"}
        for each in with_child("kid/e", "03-01T08:00")
    ]
    adult = facts_of([trip("adult/a", "11-14T08:00", "BGI", "POS")], [*history, *old])[0]
    assert (adult["distinct_minors_accompanied_365_days"], adult["unrelated_minors_accompanied_365_days"]) == (3, 2)
    child = facts_of([trip("kid/c", "11-14T08:00", birth_date="2016-01-01", booking_ref=None)], history)[0]
    assert child["distinct_adults_accompanying_365_days"] == 1


def test_a_child_whose_parent_is_in_the_party_is_no_stranger_to_the_parents_partner():
    child = {"birth_date": "2016-01-01"}
    partner, *_ = facts_of(
        [traveller("own/p"), traveller("lee/ann"), traveller("lee/kid", **child), traveller("roe/kid", **child)]
    )
    assert partner["distinct_minors_accompanied_365_days"] == 2
    assert partner["unrelated_minors_accompanied_365_days"] == 1


def test_a_payer_of_many_counts_and_an_agencys_card_does_not():
    def paid(i, token, **more):
        return traveller(f"fam{i}/x", booking_ref=f"REF{i}", payments=card(token), **more)

    found = facts_of([paid(i, "t") for i in range(5)] + [paid(9, "own")])
    assert (found[0]["payer_bookings"], found[0]["payer_people"], found[0]["payer_family_names"]) == (5, 5, 5)
    assert (found[0]["payer_people_same_port"], found[-1]["payer_bookings"]) == (5, 1)
    assert facts_of([paid(i, "t", agency="91500271") for i in range(25)])[0]["payer_bookings"] == 0
    assert facts_of([traveller("a/b")])[0]["payer_bookings"] is None
    assert facts_of([traveller("a/b", payments=[{"kind": "CA", "token": None}])])[0]["paid_cash"] is True


def test_a_contact_is_counted_outside_the_own_booking_and_however_it_is_written():
    now = [
        traveller(f"f{i}/x", booking_ref=f"R{i // 2}", contacts=phone("+1 246 555 0100" if i else "0012465550100"))
        for i in range(6)
    ]
    assert [each["contact_travellers"] for each in facts_of(now)] == [4] * 6
    assert (
        facts_of([each | {"contacts": phone(f"24655501{i}")} for i, each in enumerate(now)])[0]["contact_travellers"]
        == 0
    )
    office = [traveller(f"f{i}/x", booking_ref=f"R{i}", agency="915", contacts=phone("2465550100")) for i in range(25)]
    assert facts_of(office)[0]["contact_travellers"] == 0
    assert facts_of([traveller("a/b")])[0]["contact_travellers"] is None


def test_itineraries_one_way_return_and_the_long_way_round():
    around = [leg("POS", "MAD"), leg("MAD", "BGI")]
    now = [
        traveller("a/b", legs=[leg("POS", "BGI")]),
        traveller("c/d", legs=[leg("POS", "BGI"), leg("BGI", "POS")]),
        traveller("e/f", legs=around),
    ]
    one, two, three = facts_of(now)
    assert (one["one_way"], one["round_trip"], one["detour"]) == (True, False, None)
    assert (two["one_way"], two["round_trip"], two["detour"]) == (False, True, None)
    assert three["detour"] > 20
    assert 330 < one["distance_km"] < 350
    assert (one["from_state"], one["to_state"]) == ("TTO", "BRB")
    assert facts_of([traveller("a/b", message_type="paxlst", legs=[leg("POS", "BGI")])])[0]["one_way"] is None


def test_a_table_tells_an_itinerary_where_it_says_when_it_was_booked():
    row = {"message_type": "parquet", "legs": [leg("POS", "BGI")]}
    booked, not_said = facts_of([traveller("a/b", booked_at=at("11-01T08:00"), **row), traveller("c/d", **row)])
    assert (booked["one_way"], booked["round_trip"]) == (True, False)
    assert (not_said["one_way"], not_said["round_trip"]) == (None, None)


def test_hits_of_the_traveller_and_of_companions():
    hit = {
        "record_id": "bad",
        "band": "high",
        "score": 0.9,
        "list_id": "l",
        "purpose": "smuggling",
        "crime_types": ["x"],
        "handling": "protect",
    }
    hits = rows(HITS, [hit, hit | {"band": "review", "list_id": "k", "score": 0.95}]).lazy()
    now = [
        traveller("a/a", record_id="bad"),
        traveller("a/b", record_id="with"),
        traveller("a/c", record_id="away", booking_ref="ZZZ"),
    ]
    bad, companion, away = facts_of(now, hits=hits)
    assert (bad["hit_count"], bad["hit_band"], bad["hit_score"], bad["hit_lists"]) == (2, "high", 0.95, ["k", "l"])
    assert (bad["hit_crime_types"], bad["hit_handlings"]) == (["x"], ["protect"])
    assert [each["co_travel_with_listed"] for each in (bad, companion, away)] == [0, 1, 0]
    assert (companion["hit_count"], companion["hit_lists"]) == (0, None)


def test_flags_name_the_rule_and_show_what_it_saw(tmp_path):
    (tmp_path / "r.toml").write_text(
        GOOD + GOOD.replace('"good"', '"over"').replace("source = ", "valid_until = 2020-01-01\nsource = ")
    )
    rules = read_rules([tmp_path]).rules
    frame = rows(
        FACTS,
        [
            {"record_id": "a", "bags": 1, "one_way": True},
            {"record_id": "b", "bags": 0, "one_way": True},
            {"record_id": "b", "bags": 0, "one_way": True},
        ],
    )
    flags = check(evaluate(frame.lazy(), rules, today=TODAY).collect(), FLAGS, "evaluate")
    assert flags.select("record_id", "rule_id", "facts").rows() == [("b", "good", "bags = 0; one_way = true")]
    assert evaluate(frame.lazy(), (), today=TODAY).collect().is_empty()


def test_no_travellers_give_no_flags():
    frame = pl.DataFrame(schema={name: column.dtype for name, column in TRAVELLERS.items()}).lazy()
    assert facts(frame, today=TODAY).collect().is_empty()


def manifested(**more):
    return rows(
        MANIFESTED, [{"record_id": "kept", "travel_state": "no-show", "directions": ["inbound:BRB"]} | more]
    ).lazy()


def test_what_the_manifest_says_is_known_of_the_record_that_counts_and_replaced_ones_say_so():
    now = [
        traveller("lee/ann", record_id="old"),
        traveller("lee/ann", record_id="kept"),
        traveller("lee/ann", record_id="none", flight=None),
    ]
    frame = facts(rows(TRAVELLERS, now).lazy(), today=TODAY, manifested=manifested()).collect()
    assert frame["record_counts"].to_list() == [False, True, None]
    assert frame["travel_state"].to_list() == [None, "no-show", None]
    assert facts(rows(TRAVELLERS, now).lazy(), today=TODAY).collect()["record_counts"].to_list() == [None] * 3


def test_findings_are_known_of_both_records_and_weak_ones_apart():
    found = [
        {"finding_id": "1", "check": "expired", "severity": "medium", "is_weak": False, "record_id": "a"},
        {
            "finding_id": "2",
            "check": "two-bearers",
            "severity": "high",
            "is_weak": False,
            "record_id": "a",
            "other_record_id": "b",
        },
        {"finding_id": "3", "check": "number-format", "severity": "low", "is_weak": True, "record_id": "b"},
    ]
    now = [traveller(f"{name}/x", record_id=name) for name in "abc"]
    frame = facts(rows(TRAVELLERS, now).lazy(), today=TODAY, findings=rows(FINDINGS, found).lazy()).collect()
    assert frame["finding_checks"].to_list() == [["expired", "two-bearers"], ["two-bearers"], []]
    assert frame["finding_checks_weak"].to_list() == [[], ["number-format"], []]
    assert frame["finding_severity"].to_list() == ["high", "high", None]


def test_another_seat_in_a_later_message_of_one_type_is_a_change():
    def of(*seats, kind="paxlst"):
        return [
            traveller("lee/ann", record_id=f"{kind}{k}", message_type=kind, seats=[seat] if seat else None)
            for k, seat in enumerate(seats)
        ]

    assert [each["seat_changes"] for each in facts_of(of("12A", "12A", "14C"))] == [1, 1, 1]
    assert [each["seat_changes"] for each in facts_of([*of("12A"), *of("12B", kind="pnrgov")])] == [0, 0]
    assert [each["seat_changes"] for each in facts_of(of(None))] == [None]
    assert facts_of(of("12A", "13A", "12A"))[0]["seat_changes"] == 2


def test_seats_of_strangers_of_whom_only_the_name_is_known_are_no_changes():
    now = [
        traveller(name, record_id=name, booking_ref=ref, seats=[seat], **UNKNOWN)
        for name, ref, seat in (
            ("one/a", "Q1", "1A"),
            ("two/b", "Q2", "2A"),
            ("one/a", "Q3", "3A"),
            ("one/a", "Q1", "1B"),
        )
    ]
    assert [each["seat_changes"] for each in facts_of(now)] == [1, 0, 0, 1]


def test_a_booking_sent_again_with_documents_has_as_many_people_as_before():
    names = [f"solo{i}/x" for i in "abc"]
    now = [
        traveller(name, record_id=f"{push}{name}{ref}", booking_ref=ref, payments=card("t"), contacts=phone("2465550100"), **known)
        for push, known in enumerate((UNKNOWN, UNKNOWN, {}))
        for ref in ("R1", "R2", "R3")
        for name in names
    ]  # fmt: skip
    # the same names in another booking are other people, until a document tells that they are the same
    found = facts_of([each | {"family_name": f"{each['family_name']}{each['booking_ref']}", "documents": each["documents"] and [document(each["booking_ref"] + each["family_name"])]} for each in now])  # fmt: skip
    for each in found:
        assert (each["party_size"], each["payer_bookings"], each["payer_people"]) == (3, 3, 9)
        assert each["contact_travellers"] == 6


def test_what_one_record_leaves_out_another_of_the_same_name_tells():
    def size(*known):
        return facts_of([traveller("duo/ann", record_id=str(i), **each) for i, each in enumerate(known)])[0][
            "party_size"
        ]

    born, other = {"birth_date": "1990-01-01"}, {"birth_date": "1991-01-01"}
    first, second = {"documents": [document("A1")]}, {"documents": [document("B2")]}
    nothing = {"documents": None}
    assert size(born | nothing, born | first) == 1
    assert size(UNKNOWN, UNKNOWN) == 1
    assert size(UNKNOWN, born | nothing, UNKNOWN | first) == 1
    assert size(born | first, born | second) == 2
    assert size(born | nothing, other | first) == 2
    assert size(born | first, other | second, born | nothing, other | nothing) == 2
    card, other_card = ({"documents": [document(number, type="I")]} for number in ("C1", "C2"))
    assert size(UNKNOWN | card, born | first, UNKNOWN | card) == 1
    assert size(born | card, born | other_card, born | first) == 3
    assert size(UNKNOWN, UNKNOWN | {"given_names": "ANNMRS"}, UNKNOWN | {"given_names": "Mrs. Ann"}) == 1
    assert size(UNKNOWN, UNKNOWN | {"given_names": "AMR"}) == 2
    assert size({"family_name": None, "given_names": None} | UNKNOWN, UNKNOWN) == 2


def test_a_name_alone_tells_nobody_from_a_namesake_in_another_booking():
    now = [
        traveller("doe/al", record_id="a", booking_ref="Q1"),
        traveller("doe/al", record_id="b", booking_ref="Q2", **UNKNOWN),
        traveller("doe/al", record_id="c", booking_ref="Q1", **UNKNOWN),
        traveller("doe/al", record_id="d", booking_ref="Q2", documents=None),
    ]
    history = [traveller("doe/al", departs_at=at("11-01T08:00"), booking_ref="OLD")]
    assert [each["trips_before"] for each in facts_of(now[:3], history)] == [1, None, 1]
    assert [each["trips_before"] for each in facts_of(now, history)] == [1, 1, 1, 1]  # name, birth date and flight


def test_a_lone_traveller_in_two_records_is_no_stranger_to_himself():
    given = {"contacts": phone("18685550100"), "booking_ref": None}
    now = [
        traveller("solo/ann", record_id="a", booking_ref="Q1", contacts=phone("18685550100"), documents=None),
        traveller("solo/ann", record_id="b", **given),
    ]
    assert [each["contact_travellers"] for each in facts_of(now)] == [0, 0]
    companion = traveller("solo/bo", record_id="c", booking_ref="Q1", contacts=phone("18685550100"))
    assert [each["contact_travellers"] for each in facts_of([*now, companion])] == [0, 0, 0]
    known = [now[0] | {"documents": now[1]["documents"]}, *now[1:], companion]
    assert [each["contact_travellers"] for each in facts_of(known)] == [0, 0, 0]


def test_bags_are_counted_by_the_latest_record_of_each_person():
    now = [traveller("a/a", bags=2), traveller("b/b", bags=0), traveller("a/a", bags=2), traveller("a/a", bags=None)]
    assert [each["bags_per_person"] for each in facts_of(now)] == [1.0] * 4
    assert facts_of([*now, traveller("a/a", bags=4)])[0]["bags_per_person"] == 2.0
    assert facts_of([traveller("a/a")])[0]["bags_per_person"] is None


def test_a_listed_traveller_is_no_companion_of_himself_in_another_message():
    hits = rows(HITS, [{"record_id": "later", "band": "high", "score": 0.9}]).lazy()
    now = [traveller("a/a", record_id="first", **UNKNOWN), traveller("a/a", record_id="later"), traveller("b/b")]
    assert [each["co_travel_with_listed"] for each in facts_of(now, hits=hits)] == [0, 0, 1]


def test_people_behind_several_contacts_are_counted_together_and_each_once():
    both = [*phone("2465550100"), {"kind": "email", "value": "all@mail.example"}]
    now = [
        traveller("a/a", booking_ref="R1", contacts=both),
        traveller("b/b", booking_ref="R2", contacts=both[:1]),
        traveller("c/c", booking_ref="R3", contacts=both[:1]),
        traveller("d/d", booking_ref="R4", contacts=both[1:]),
        traveller("e/e", booking_ref="R1", contacts=both[1:]),
    ]
    assert [each["contact_travellers"] for each in facts_of(now)] == [3, 2, 2, 2, 1]
    assert facts_of([*now, traveller("b/b", booking_ref="R2", contacts=both)])[0]["contact_travellers"] == 3
    crowd = [traveller(f"f{i}/x", booking_ref=f"C{i}", contacts=both[:1]) for i in range(60)]
    assert facts_of([*now, *crowd])[0]["contact_travellers"] == 62  # as many as the larger one has by itself
    office = [each | {"agency": "915"} for each in crowd]
    alone = facts_of([*(each | {"agency": "915"} for each in now[:3]), *now[3:], *office])
    assert alone[0]["contact_travellers"] == 1


def test_a_document_of_another_state_than_on_the_trip_before():
    def shown(number, issuer, day):
        return trip("doe/al", day, documents=[document(number, issuer)])

    def told(*before, now=("A1", "BRB")):
        history = [shown(*paper, f"11-{10 + i}T08:00") for i, paper in enumerate(before)]
        return facts_of([shown(*now, "11-20T08:00")], history)[0]["document_of_another_state"]

    assert told() is None
    assert told(("A1", "BRB")) is False
    assert told(("A1", "BRB"), ("B2", "BRB")) is False
    assert told(("B2", "BRB"), ("A1", "VEN")) is True
    assert told(("A1", None)) is None


def test_all_ports_of_the_journey_are_known_in_order():
    (found,) = facts_of([traveller("lee/ann", legs=[leg("POS", "PTY"), leg("PTY", "MAD")])])
    assert found["leg_ports"] == ["POS", "PTY", "MAD"]
