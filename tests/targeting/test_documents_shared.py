"""Documents across records: whose they are, what records say of their bearer, and where they have been."""

from datetime import date, datetime

import pytest

from tests.targeting.test_documents import findings, paper, traveller

GRENADA = paper("AB774312", "GRD")


@pytest.fixture
def found(knowledge):
    def run(*changes):
        """What is found where the same document is shown in several records, each changed in some way."""
        people = [traveller(f"r{k}", **{"papers": [GRENADA], **change}) for k, change in enumerate(changes)]
        made = findings(knowledge, people)
        return {check: bool(weak) for check, weak in made.select("check", "is_weak").iter_rows()}

    return run


def named(family, given, **more):
    return {"family_name": family, "given_names": given, **more}


def flown(day, hour, from_port, to_port, hours=1, flight=None, **more):
    departs = datetime(2026, 11, day, hour)
    arrives = departs.replace(hour=hour + hours)
    flight = flight or f"XX{day}{hour}"
    return {"flight": flight, "from_port": from_port, "to_port": to_port, "departs_at": departs, "arrives_at": arrives, **more}  # fmt: skip


def test_one_document_under_two_names_two_births_or_for_two_people(found):
    assert found({}, named("OLUWOLE", "ADAEZE")) == {"two-names": False}
    assert found({}, {"birth_date": "1991-08-25"}) == {"two-births": False}
    assert found({}, named("OLUWOLE", "ADAEZE", birth_date="1991-08-25")) == {"two-bearers": False}
    assert found({}, {}) == {}


def test_another_family_name_with_the_same_given_names_is_weaker_or_plain_but_told(found):
    assert "two-names" in found(named("BYNOE", "MARISOL"), named("ECHEVERRIA", "MARISOL"))


def test_the_same_number_of_another_issuer_is_another_document(found):
    other = {"papers": [paper("AB774312", "BLZ")], "birth_date": "1991-08-25"}
    assert found({}, named("OLUWOLE", "ADAEZE", **other)) == {}


def test_a_birth_date_that_is_less_precise_does_not_contradict(found):
    assert found({}, {"birth_date": "1979"}, {"birth_date": "1979-03"}, {"birth_date": None}) == {}


def test_exchanged_day_and_month_and_one_wrong_digit_are_weaker(found):
    assert found({"birth_date": "1979-03-04"}, {"birth_date": "1979-04-03"}) == {"two-births": True}
    assert found({"birth_date": "1979-03-04"}, {"birth_date": "1978-03-04"}) == {"two-births": True}


def test_a_child_in_a_parents_passport_is_weaker(found):
    assert found({}, named("OLUWOLE", "ADAEZE", birth_date="2019-08-25")) == {"two-bearers": True}


def test_the_finding_names_both_records(knowledge):
    people = [traveller("r0", papers=[GRENADA]), traveller("r1", papers=[GRENADA], **named("OLUWOLE", "ADAEZE"))]
    row = findings(knowledge, people).row(0, named=True)
    assert (row["record_id"], row["other_record_id"]) == ("r1", "r0")
    assert "OLUWOLE, ADAEZE" in row["detail"]
    assert "BYNOE, KESTER" in row["detail"]
    assert "BW432 on 20 Nov 2026" in row["detail"]


def test_a_placeholder_number_that_thousands_bear_costs_no_square(knowledge):
    syllables = ["KA", "RO", "MI", "TU", "VE", "LO", "SHI", "BAN", "DOR", "FEX"]
    people = [
        traveller(f"r{k}", papers=[GRENADA], given_names="".join(syllables[int(d)] for d in f"{k:04}"))
        for k in range(600)
    ]
    assert findings(knowledge, people).height < 600


@pytest.mark.parametrize("what", [("sex", "F"), ("nationality", "GRD")])
def test_messages_that_disagree_about_the_bearer_of_a_document(found, what):
    column, other = what
    assert found({}, {"message_type": "pnrgov", column: other}) == {f"{column}-disagrees": False}
    assert found({}, {"message_type": "pnrgov", column: None}) == {}
    assert found({"message_ref": "one"}, {"message_ref": "one", column: other}) == {}  # one message: not two sources


def test_unspecified_sex_disagrees_with_nothing(found):
    assert found({}, {"sex": "X"}) == {}


def test_messages_about_one_passenger_reference_are_compared_whatever_the_document(found):
    api = {"passenger_ref": "ABO1", "papers": [paper("AB774312", "GRD")]}
    pnr = {"passenger_ref": "ABO1", "papers": [paper("QX993311", "GRD")], "message_type": "pnrgov", "sex": "F"}
    assert found(api, pnr) == {"sex-disagrees": False}
    assert found(api, {**pnr, "flight": "BW999"}) == {}
    assert found({**api, "passenger_ref": None, "booking_ref": "K2"}, {**pnr, "passenger_ref": None, "booking_ref": "K2"}) == {"sex-disagrees": False}  # fmt: skip


def test_two_people_of_one_booking_do_not_disagree(found):
    one = {"booking_ref": "K2", "papers": [paper("AB774312", "GRD")]}
    twin = named("BYNOE", "ODALYS", booking_ref="K2", papers=[paper("QX993311", "GRD")], sex="F")
    assert found(one, twin) == {}


def test_two_issuers_of_one_number_for_one_person(found):
    assert found({}, {"papers": [paper("AB774312", "BLZ")]}) == {"issuer-disagrees": False}
    assert found({}, {"papers": [paper("AB774312", "BLZ")], "birth_date": "1960-01-01"}) == {}


def test_two_passports_used_in_turn(found):
    other = {"papers": [paper("QX993311", "GRD")]}
    trips = [flown(1, 8, "POS", "BGI"), flown(5, 8, "BGI", "POS"), flown(9, 8, "POS", "BGI")]
    assert found(trips[0], {**trips[1], **other}, trips[2]) == {"documents-in-turn": False}
    assert found(trips[0], {**trips[1], **other}, {**trips[2], **other}) == {}  # a renewal
    both = {"papers": [GRENADA, paper("QX993311", "GRD")]}
    assert found(trips[0], {**trips[1], **both}, trips[2]) == {}
    foreign = {"papers": [paper("QX993311", "BLZ")]}
    assert found(trips[0], {**trips[1], **foreign}, trips[2]) == {"documents-in-turn": True}
    namesake = {**other, "birth_date": "1980-01-01"}
    assert found(trips[0], {**trips[1], **namesake}, trips[2]) == {}


def test_journeys_that_one_person_cannot_have_made(found):
    first = flown(5, 8, "POS", "BGI")
    assert found(first, flown(5, 9, "KIN", "MIA")) == {"impossible-journeys": False}  # Kingston is 1,900 km away
    assert found(first, flown(5, 13, "KIN", "MIA")) == {}
    assert found(first, flown(5, 10, "BGI", "KIN")) == {}
    assert found(first, flown(6, 9, "KIN", "MIA")) == {}


def test_times_are_compared_in_universal_time(found):
    west = flown(5, 8, "JFK", "LAX", hours=4)  # arrives 12:00 in Los Angeles, 20:00 UTC
    assert found(west, flown(5, 13, "LAX", "SFO")) == {}
    assert found(west, flown(5, 13, "JFK", "BOS")) == {"impossible-journeys": False}
    east = flown(5, 22, "SYD", "AKL", hours=1)
    assert found(east, flown(6, 8, "AKL", "WLG")) == {}


def test_where_zones_are_not_known_fourteen_hours_are_allowed(found):
    ferry = flown(5, 1, "LCCAS", "MQFDF", hours=22)
    assert found(ferry, flown(5, 8, "VCKTN", "GDSTG")) == {"impossible-journeys": False}
    assert found(ferry, flown(5, 10, "VCKTN", "GDSTG")) == {}


def test_a_flight_booked_anew_is_weaker_and_a_codeshare_or_another_message_is_nothing(found):
    first = flown(5, 8, "POS", "BGI", flight="BW432")
    assert found(first, flown(5, 9, "POS", "BGI", flight="BW434")) == {"impossible-journeys": True}
    assert found(first, flown(5, 8, "POS", "BGI", flight="CM9432")) == {}
    assert found(first, flown(5, 9, "POS", "BGI", flight="BW0432", message_type="pnrgov")) == {}


def test_an_arrival_that_was_not_sent_is_no_alarm_by_itself(found):
    first = {**flown(5, 8, "POS", "BGI"), "arrives_at": None}
    assert found(first, flown(5, 10, "BGI", "KIN")) == {}
    assert found(first, flown(5, 8, "KIN", "MIA", flight="JM19")) == {"impossible-journeys": False}


def test_what_is_not_known_about_journeys_gives_no_finding(found):
    nowhere = {"from_port": None, "to_port": None, "departs_at": None, "arrives_at": None, "flight": None}
    assert found(flown(5, 8, "POS", "BGI"), nowhere, nowhere, {**nowhere, "arrives_at": datetime(2026, 11, 5, 8)}) == {}
    assert found({"birth_date": None, "papers": [paper("AB774312", "GRD", expires=date(2030, 1, 1))]}, nowhere) == {}
