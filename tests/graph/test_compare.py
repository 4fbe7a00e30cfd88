"""What changed between two networks, and who somebody is in one."""

from datetime import date

from ops_hub.graph.compare import compare, until
from ops_hub.graph.who import card, found
from tests.graph.travellers import network, traveller

PEOPLE = [
    traveller("a", "PEREZ ANA", "1990-02-03", "P1234567/HND", phone="+1 246 555 0100"),
    traveller("b", "DIAZ LUIS", "1980-01-02", "P7654321/HND", phone="+1 246 555 0100", day=1),
    traveller("c", "PEREZ ANA", "1990-02-03", "P1234567/HND", phone="+1 246 555 0100", day=5),
    traveller("d", "ROJAS EVA", "1985-01-02", "P5555555/HND", phone="+1 246 555 0100", day=5),
]


def changes(finding):
    return {(row["change"], row["node_id"], row["before"], row["after"]) for row in finding.table.iter_rows(named=True)}


def test_growth_is_told_between_two_days_and_between_two_networks_alike():
    whole, early = network(PEOPLE), network(PEOPLE[:2])
    told = changes(compare(early, whole))
    assert told == changes(compare(until(whole, date(2026, 11, 2)), whole))
    assert {("grown", "phone:12465550100", 2, 3), ("grown", "person:a", 1, 2), ("new", "person:d", 0, 1)} <= told
    assert not changes(compare(whole, whole))


def test_persons_keep_their_name_when_an_earlier_record_comes_and_merges_are_told():
    bridge = traveller("z", "PEREZ ANA", "1990-02-03", "P1234567/HND", day=-3)
    told = changes(compare(network(PEOPLE), network([*PEOPLE, bridge])))
    assert ("grown", "person:z", 2, 3) in told
    assert not any(change == "gone" for change, *_ in told)
    apart = network(PEOPLE, apart=[("a", "c")])
    assert ("put together", "person:a", 2, 1) in changes(compare(apart, network(PEOPLE)))
    assert ("taken apart", "person:a", 1, 2) in changes(compare(network(PEOPLE), apart))


def test_who_is_found_by_name_or_number_and_told_with_reasons():
    net = network(PEOPLE)
    assert found(net, "ana pérez")["node_id"].to_list() == ["person:a"]
    assert found(net, "+1 (246) 555-0100")["node_id"].to_list() == ["phone:12465550100"]
    assert found(net, "p7654321")["node_id"].to_list() == ["document:P7654321/HND"]
    assert found(net, "nobody").is_empty()
    said = card(net, "person:a")
    assert {each["other_id"] for each in said["sharing"]} == {"person:b", "person:d"}
    assert [each["by"] for each in said["records"]] == [None, "document and birth date"]
    assert len(said["trips"]) == 2
    assert {each["other_id"] for each in card(net, "phone:12465550100")["sharing"]} == {
        "person:a",
        "person:b",
        "person:d",
    }
