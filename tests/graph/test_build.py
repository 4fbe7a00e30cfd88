"""Networks are built from records: nothing is lost, nothing depends on order, persons are put together for a reason."""

from datetime import date

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ops_hub.errors import ConfigError
from ops_hub.graph.intelligence import read_intelligence
from ops_hub.graph.net import as_networkx
from ops_hub.schemas import ENTRIES, HITS, conform, rows
from tests.graph.travellers import DAY, frame, network, persons, traveller

SAMPLE = st.lists(
    st.builds(
        lambda name, born, document, day, phone, booking: {
            "name": name, "born": born, "document": document, "day": day, "phone": phone, "booking": booking,
        },
        st.sampled_from(["PEREZ ANA", "ANA PEREZ", "DIAZ LUIS", "DIAZ LUISA"]),
        st.sampled_from(["1990-02-03", "1991", None]),
        st.sampled_from(["P1234567/HND", "P7654321/HND", None]),
        st.integers(0, 3),
        st.sampled_from(["+1 246 555 0100", "+1 246 555 0101"]),
        st.sampled_from(["ABC123", "DEF456"]),
    ),
    min_size=8,
    max_size=25,
)  # fmt: skip


@settings(max_examples=5, deadline=None)
@given(SAMPLE, st.randoms(use_true_random=False))
def test_every_record_is_one_persons_and_order_does_not_matter(asked, rng):
    given_ = [traveller(f"r{place}", **each) for place, each in enumerate(asked)]
    net = network(given_)
    assert net.resolved["record_id"].to_list() == sorted(each["record_id"] for each in given_)
    assert net.edges.filter(pl.col("link") == "travelled")["count"].sum() == len(given_)
    assert net.nodes.filter(pl.col("type") == "person")["records"].sum() == len(given_)
    ends = pl.concat([net.edges["from_id"], net.edges["to_id"].rename("from_id")])
    assert ends.is_in(net.nodes["node_id"].implode()).all()
    # what ties a record leads to the first record of its person
    nearer = dict(net.resolved.select("record_id", "other_record_id").iter_rows())
    for record, person in net.resolved.select("record_id", "person_id").iter_rows():
        steps = 0
        while nearer[record] is not None:
            record, steps = nearer[record], steps + 1
            assert steps <= len(given_)
        assert person == f"person:{record}"
    rng.shuffle(given_)
    again = network(given_)
    for name in ("nodes", "edges", "trips", "resolved"):
        assert getattr(net, name).equals(getattr(again, name)), name


@pytest.mark.parametrize(
    ("one", "other", "by"),
    [
        ({"document": "P1234567/HND", "born": "1990-02-03"}, {"document": "P1234567/HND", "born": "1990-02-03", "name": "PERES ANNA"}, "document and birth date"),
        ({"document": "P1234567/HND"}, {"document": "p-123 4567/HND", "name": "Ana Pérez Mrs"}, "document and name"),
        ({"born": "1990-02-03", "phone": "+1 246 555 0100"}, {"born": "1990-02-03", "phone": "0012465550100"}, "name, birth date and contact"),
        ({"booking": "ABC123", "day": 0}, {"booking": "ABC123", "day": 0, "born": "1990-02-03"}, "name, booking and flight"),
    ],
)  # fmt: skip
def test_records_are_one_person_by(one, other, by):
    net = network([traveller("a", **one), traveller("b", **{"day": 2} | other)])
    assert net.resolved.rows()[1][1:3] == ("person:a", by)
    assert net.resolved["other_record_id"].to_list() == [None, "a"]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"document": "P1234567/HND", "born": "1990-02-03"}, {"document": "P1234567/HND", "born": "1985-05-06", "name": "DIAZ LUIS"}),
        ({"born": "1990-02-03"}, {"born": "1990-02-03"}),
        ({"document": "000000000/HND", "born": "1990-02-03"}, {"document": "000000000/HND", "born": "1990-02-03", "name": "DIAZ LUIS"}),
        ({"document": "P1234567/HND"}, {"document": "P1234567/GTM"}),
        ({"booking": "ABC123", "message_ref": "1"}, {"booking": "ABC123", "message_ref": "1", "day": 0}),
    ],
)  # fmt: skip
def test_records_stay_apart(one, other):
    assert persons(network([traveller("a", **one), traveller("b", **{"day": 2} | other)])) == {("a",), ("b",)}


def test_name_and_birth_date_alone_are_an_edge():
    net = network([traveller("a", born="1990-02-03"), traveller("b", born="1990-02-03", day=2)])
    edge = net.edges.filter(pl.col("link") == "perhaps same person").row(0, named=True)
    assert (edge["from_id"], edge["to_id"], edge["weight"]) == ("person:a", "person:b", 0.5)
    assert [cite["record_id"] for cite in edge["cites"]] == ["a", "b"]


def test_several_people_on_one_passport_share_it_as_a_finding():
    net = network([traveller(each, name=f"{each * 3} X", document="P1234567/HND", born=f"198{place}-01-02") for place, each in enumerate("ABC")])  # fmt: skip
    node = net.nodes.filter(pl.col("node_id") == "document:P1234567/HND").row(0, named=True)
    assert (node["persons"], node["records"], node["weight"]) == (3, 3, 1.0)
    assert net.nodes.filter(pl.col("type") == "person")["persons"].to_list() == [2, 2, 2]


CHAIN = [
    traveller("a", "PEREZ ANA", "1990-02-03", "P1111111/HND"),
    traveller("b", "PEREZ ANA", "1990-02-03", "P1111111/HND", day=1),
    traveller("c", "DIAZ LUZ", None, "P1111111/HND", day=2)
    | {"documents": [{"type": "P", "number": n, "issuer": "HND"} for n in ("P1111111", "P2222222")], "family_name": "PEREZ", "given_names": "ANA"},
    traveller("d", "PEREZ ANA", "1970-07-08", "P2222222/HND", day=3),
    traveller("e", "PEREZ ANA", "1970-07-08", "P2222222/HND", day=4),
]  # fmt: skip


def test_a_chain_with_contradicting_births_is_told_and_can_be_cut():
    net = network(CHAIN)
    assert persons(net) == {("a", "b", "c", "d", "e")}
    assert net.about["doubtful"] == [{"person_id": "person:a", "birth_dates": ["1970-07-08", "1990-02-03"]}]
    cut = network(CHAIN, apart=[("a", "e")])
    assert {("d", "e")} <= {tuple(r for r in each if r in "de") for each in persons(cut)}
    assert not any({"a", "e"} <= set(each) for each in persons(cut))
    assert len(persons(cut)) == 2
    with pytest.raises(ConfigError, match="nobody"):
        network(CHAIN, apart=[("a", "nobody")])


def test_a_list_and_a_booking_of_one_flight_are_one_trip():
    shown = {"document": "P1234567/HND", "born": "1990-02-03"}
    net = network([traveller("api", **shown), traveller("pnr", flight="BW0432", booking="ABC123", phone="+1 246 555 0100", **shown)])  # fmt: skip
    trip = net.trips.row(0, named=True)
    assert net.trips.height == 1
    assert (trip["flight_id"], trip["booking_ids"], trip["contact_ids"]) == ("flight:BW432/2026-11-01/POS", ["booking:BW/ABC123"], ["phone:12465550100"])  # fmt: skip
    assert [cite["record_id"] for cite in trip["cites"]] == ["api", "pnr"]
    assert trip["states"] == ["BRB", "TTO"]


def test_a_trip_tells_fares_and_forms_of_payment_as_sent_and_nothing_that_only_looks_like_them():
    said = [
        '{"fare": "250.00 USD; 40.00 EUR"}',
        '{"fare": "250.00"}',
        '{"texts": ["\\"fare\\": \\"9.00 USD\\""]}',
        None,
    ]
    paid = [[{"kind": "CA", "token": None}], [{"kind": " cc vi", "token": "t"}], [{"kind": None, "token": "t"}], []]
    shown = {"document": "P1234567/HND", "born": "1990-02-03"}
    net = network([traveller(str(k), **shown, extra=extra, payments=kinds) for k, (extra, kinds) in enumerate(zip(said, paid, strict=True))])  # fmt: skip
    assert net.trips.select("fares", "paid_kinds").row(0) == (["250.00 USD", "40.00 EUR"], ["CA", "CC VI"])
    assert network([traveller("a")]).trips.select("fares", "paid_kinds").row(0) == ([], [])


def test_a_boat_is_a_vessel_and_its_port_the_same_place():
    net = network([traveller("a", flight="MV Pelican 7", carrier=None, from_port="TTPOS", to_port="BBBGI")])
    trip = net.trips.row(0, named=True)
    assert (trip["mode"], trip["flight_id"][:17]) == ("sea", "vessel:PELICAN7/2")
    assert {"from", "to"} <= set(net.edges["link"])


@pytest.mark.parametrize(
    ("born", "minor"), [("2008-11-02", True), ("2008-11-01", False), ("2008", None), ("2010", True), ("1990", False), (None, None)]
)  # fmt: skip
def test_a_minor_is_under_18_on_the_day_and_unknown_is_not_known(born, minor):
    net = network([traveller("a", born=born)])
    assert net.trips["minor"][0] is minor
    assert net.nodes.filter(pl.col("type") == "person")["minor"][0] is minor


def a_hit(record, **more):
    base = {"hit_id": f"h-{record}", "record_id": record, "list_id": "list", "entry_id": "E1", "entry_hash": "x", "band": "high",
            "score": 0.9, "matched_name": "PEREZ, Ana", "owner": "BRB", "handling": "enforce", "crime_types": ["migrant-smuggling"]}  # fmt: skip
    return base | more


def test_hits_carry_what_their_owner_demands():
    hits = rows(HITS, [a_hit("a"), a_hit("b", band="exact-document", score=1.0, handling="protect")])
    entries = conform(
        pl.LazyFrame({"list_id": ["list"], "entry_id": ["E1"], "caveats": [["no-onward"]]}), ENTRIES
    ).collect()
    shown = {"document": "P1234567/HND", "born": "1990-02-03"}
    people = [traveller("a", **shown), traveller("b", day=1, **shown)]
    net = network(people, hits=hits, entries=entries)
    edge = net.edges.filter(pl.col("link") == "hit").row(0, named=True)
    assert (edge["band"], edge["weight"], edge["handling"], edge["count"], edge["caveats"]) == ("exact-document", 1.0, "protect", 2, ["no-onward"])  # fmt: skip
    about = net.edges.filter(pl.col("link") == "about").row(0, named=True)
    assert (about["to_id"], about["owner"], about["caveats"]) == ("crime:migrant-smuggling", "BRB", ["no-onward"])
    unknown = network(people, hits=hits)
    assert set(unknown.edges.filter(pl.col("link").is_in(["hit", "about"]))["caveats"].explode()) == {"unknown"}
    assert any("not known" in line for line in unknown.about["caveats"])


def test_journeys_after_the_day_asked_are_left_out():
    net = network([traveller("a"), traveller("b", day=5)], as_of=date(2026, 11, 3))
    assert net.resolved["record_id"].to_list() == ["a"]
    assert net.about["as_of"] == "2026-11-03"


def test_an_id_that_stands_for_several_records_loses_none_of_them_and_each_keeps_its_own_hits():
    people = [traveller("1", name="PEREZ ANA"), traveller("1", name="DIAZ LUIS", source="other.csv"), traveller("1", name="DIAZ LUIS", source="other.csv", day=3, position=9), traveller("2", name="ROJAS EVA")]  # fmt: skip
    hits = rows(HITS, [a_hit("1") | {"source": "other.csv", "position": 1}])
    net = network([*people, people[0]], hits=hits)
    assert net.resolved["record_id"].to_list() == ["1@other.csv:1", "1@other.csv:9", "1@test.edi", "2"]
    labels = dict(net.nodes.select("node_id", "label").iter_rows())
    assert [labels[person] for person in net.edges.filter(pl.col("link") == "hit")["from_id"]] == ["DIAZ, LUIS"]
    assert net.trips.height == 4
    assert any("id of its own" in line for line in net.about["caveats"])
    assert any("more than once" in line for line in net.about["caveats"])
    assert network([people[0]] * 2).resolved["record_id"].to_list() == ["1"]
    same = [traveller("1", name=name) for name in ("PEREZ ANA", "DIAZ LUIS")]  # one file's name, one place
    assert network(same).resolved["record_id"].n_unique() == 2


def test_intelligence_goes_the_way_that_its_owner_says_and_always_has_a_grade():
    head = "from_type,from,from_born,link,to_type,to,to_born,owner,handling\n"
    lines = head + "person,ROJAS EVA,1980-01-01,exploits,person,DIAZ ANA,1999-01-01,BRB,protect\nperson,X Y,1980-01-01,hit,crime,z,,BRB,enforce"  # fmt: skip
    known, bad = read_intelligence(lines, "known.csv", DAY.date())
    assert "of the network's own" in bad[0]
    people = [traveller("a", name="DIAZ ANA", born="1999-01-01"), traveller("b", name="ROJAS EVA", born="1980-01-01")]
    edge = network(people, intelligence=known).edges.filter(pl.col("link") == "exploits").row(0, named=True)
    assert (edge["from_id"], edge["to_id"], edge["grade"], edge["weight"]) == ("person:b", "person:a", "F6", 0.5)


def test_cites_are_the_first_ones_and_the_last():
    people = [traveller(f"r{n}", document="P1234567/HND", born="1990-02-03", day=n) for n in range(9)]
    edge = network(people).edges.filter(pl.col("link") == "holds").row(0, named=True)
    assert [cite["record_id"] for cite in edge["cites"]] == ["r0", "r1", "r2", "r3", "r8"]
    assert (edge["count"], edge["first_seen"]) == (9, DAY)


def test_nobody_travels_and_the_network_is_empty():
    net = network(frame([]))
    assert net.nodes.is_empty()
    assert as_networkx(net).number_of_nodes() == 0
