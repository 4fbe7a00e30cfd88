from datetime import timedelta

from ops_hub.graph.analyses.minors import minors
from ops_hub.graph.analyses.mules import mules
from ops_hub.graph.settings import graph_settings
from tests.graph.nets import DAY, a_net

SET = graph_settings()


def showing(person, day, document, flight="BW1", ports=("POS", "BGI"), **more):
    return (person, flight, day, *ports, {"document_ids": [f"document:{document}"]} | more)


def kinds(net):
    return dict(mules(net, SET).table.select("node_id", "kind").rows())


def test_a_document_of_two_persons_is_found_unless_they_are_perhaps_one():
    trips = [showing("a", 1, "X1/VEN"), showing("b", 9, "X1/VEN"), showing("c", 1, "X2/VEN"), showing("d", 9, "X2/VEN")]
    assert kinds(a_net([("person:c", "person:d", "perhaps same person")], trips)) == {
        "document:X1/VEN": "several persons"
    }


def test_a_document_that_departs_before_it_arrived_is_in_two_places():
    long = {"arrives_at": DAY + timedelta(days=1, hours=9)}
    trips = [showing("a", 1, "X1/VEN", "BA1", ("LHR", "POS"), **long), showing("a", 1, "X1/VEN", "BW2", ("KIN", "MIA"))]
    fine = [showing("b", 1, "X2/VEN"), showing("b", 2, "X2/VEN", "BW3", ("BGI", "POS"))]
    assert kinds(a_net((), trips + fine)) == {"document:X1/VEN": "two places"}


def test_several_documents_of_one_state_in_turn_are_found_and_a_renewal_is_not():
    trips = [showing("a", day, f"X{day % 2}/VEN") for day in (1, 12, 23)]  # one, the other, one again
    renewed = [showing("b", 1, "Y1/VEN"), showing("b", 9, "Y2/VEN"), showing("b", 19, "Y3/HTI")]
    assert kinds(a_net((), [trip for trip in trips + renewed])) == {"person:a": "several documents"}


def with_minor(adult, kid, day, *, back_with=False, back=True):
    tied = {"booking_ids": [f"booking:{kid}"]}
    trips = [(adult, "XX1", day, "CCS", "POS", tied), (kid, "XX1", day, "CCS", "POS", tied | {"minor": True})]
    trips += [(adult, "XX2", day + 2, "POS", "CCS", {})] if back else []
    return trips + ([(kid, "XX2", day + 2, "POS", "CCS", {"minor": True})] if back_with else [])


def of(trips, families=None):
    adults = {f"person:{p}": {"label": f"{(families or {}).get(p, p.upper())}, X"} for p, *_ in trips}
    return minors(a_net((), [(p, f, d, a, b, {"minor": False} | more) for p, f, d, a, b, more in trips], adults), SET)


def test_an_adult_who_takes_different_minors_out_and_comes_back_without_is_found():
    row = of([*with_minor("guide", "kid1", 1), *with_minor("guide", "kid2", 9)]).table.to_dicts()[0]
    assert row["node_id"] == "person:guide"
    assert row["minor_ids"] == ["person:kid1", "person:kid2"]
    assert "minor 1, minor 2" in row["why"]
    assert "KID" not in row["why"]


def test_parents_teachers_and_who_stays_are_not_found():
    parent = [*with_minor("mum", "son", 1), *with_minor("mum", "girl", 9)]
    teacher = [*with_minor("teacher", "kid1", 1, back_with=True), *with_minor("teacher", "kid2", 9, back_with=True)]
    stays = [*with_minor("aunt", "kid3", 1, back=False), *with_minor("aunt", "kid4", 9, back=False)]
    assert of(parent + teacher + stays, dict.fromkeys(("mum", "son", "girl"), "LOPEZ")).table.is_empty()
