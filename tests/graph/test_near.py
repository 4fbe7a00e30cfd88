import networkx as nx
import polars as pl
import pytest
import rustworkx as rx

from ops_hub.errors import ConfigError
from ops_hub.graph.analyses.brokers import brokers, sampled_betweenness
from ops_hub.graph.analyses.communities import communities
from ops_hub.graph.analyses.neighbours import neighbours
from ops_hub.graph.analyses.paths import paths
from ops_hub.graph.analyses.spreading import spread
from ops_hub.graph.analyses.which import which
from ops_hub.graph.net import as_networkx
from ops_hub.graph.settings import graph_settings
from tests.graph.nets import a_net

SET = graph_settings()
DAMPED = {"weight": 0.01, "damped": "shared by 900 persons"}


def ties(*pairs):
    """Edges 'ana-c1': person ana paid with c1."""
    return [(f"person:{a}", f"payment:{b}", "paid") for a, b in (pair.split("-") for pair in pairs)]


def test_a_neighbourhood_goes_on_through_persons_and_values_but_not_through_what_many_share():
    edges = [*ties("ana-c1", "bea-c1", "bea-c2", "cid-c2"), ("person:ana", "phone:agency", "contact", {"weight": 0.01}), ("person:dan", "phone:agency", "contact", {"weight": 0.01})]  # fmt: skip
    trips = [("ana", "BW1", 1, "POS", "BGI"), ("eve", "BW1", 1, "POS", "BGI")]
    table = neighbours(a_net(edges, trips, {"phone:agency": DAMPED}), SET, ["person:ana"], 4).table
    steps = dict(table.select("node_id", "hops").rows())
    assert steps["person:bea"] == 2
    assert steps["person:cid"] == 4
    assert steps["phone:agency"] == 1
    assert "person:dan" not in steps
    assert "person:eve" not in steps


def test_a_neighbourhood_of_several_keeps_the_nearest_and_strongest():
    edges = [*ties("ana-c1", "zoe-c9"), ("person:ana", "phone:weak", "contact", {"weight": 0.5})]
    net = a_net(edges)
    table = neighbours(net, SET, ["person:ana", "person:zoe"], 1).table
    assert table["node_id"].to_list() == ["person:ana", "person:zoe", "payment:c1", "payment:c9", "phone:weak"]
    assert table["strength"].to_list()[-1] == 0.5


def test_a_way_is_told_in_words_with_who_says_so():
    finding = paths(a_net(ties("ana-c1", "bea-c1", "bea-c2", "cid-c2")), SET, "person:ana", "person:cid")
    row = finding.table.to_dicts()[0]
    assert (
        row["why"]
        == "ana paid with payment c1, and bea paid with it too, who paid with payment c2, and cid paid with it too"
    )
    assert row["kind"] == "both"
    assert len(row["cites"]) == 4
    assert finding.ids == ("person:ana", "payment:c1", "person:bea", "payment:c2", "person:cid")


def test_the_strongest_way_goes_round_what_many_share_and_a_flight_is_no_way():
    weak = [
        ("person:ana", "phone:agency", "contact", {"weight": 0.01}),
        ("person:cid", "phone:agency", "contact", {"weight": 0.01}),
    ]
    trips = [("ana", "BW1", 1, "POS", "BGI"), ("cid", "BW1", 1, "POS", "BGI")]
    net = a_net([*ties("ana-c1", "bea-c1", "bea-c2", "cid-c2"), *weak], trips, {"phone:agency": DAMPED})
    rows = paths(net, SET, "person:ana", "person:cid").table.to_dicts()
    assert [(row["steps"], row["kind"]) for row in rows] == [(4, "strongest"), (2, "both")]
    assert "weak: shared by 900 persons" in rows[1]["why"]
    asked = paths(net, SET, "person:ana", "person:cid", everything=True).table
    assert asked["node_ids"].explode(empty_as_null=False).str.starts_with("flight:").any()


def test_where_nothing_ties_two_the_finding_says_so():
    finding = paths(a_net(ties("ana-c1", "bea-c2")), SET, "person:ana", "person:bea")
    assert finding.table.is_empty()
    assert "None of at most" in finding.words[1]


def test_minors_have_no_name_in_words():
    net = a_net(ties("ana-c1", "kid-c1"), nodes={"person:kid": {"minor": True, "label": "SECRET, Kid"}})
    assert "SECRET" not in paths(net, SET, "person:ana", "person:kid").table["why"][0]
    assert "SECRET" not in " ".join(neighbours(net, SET, ["person:ana"]).table["why"])


def bridged():
    """Two groups of six on two payments, and bob who has both."""
    return ties(*(f"p{k}-c1" for k in range(6)), *(f"q{k}-c2" for k in range(6)), "bob-c1", "bob-c2")


def test_brokers_have_the_betweenness_that_networkx_gives():
    net = a_net(bridged())
    table = brokers(net, SET).table
    wanted = nx.betweenness_centrality(nx.Graph(as_networkx(net)), normalized=False)
    assert table["node_id"].to_list()[:3] == ["payment:c1", "payment:c2", "person:bob"]
    assert dict(table.select("node_id", "pairs").rows()) == pytest.approx(
        {node: pairs for node, pairs in wanted.items() if pairs}
    )


def test_betweenness_from_a_sample_is_near_and_from_all_exact():
    graph = nx.barabasi_albert_graph(300, 2, seed=1)
    compiled = rx.networkx_converter(graph)
    exact = nx.betweenness_centrality(graph, normalized=False)
    whole, error = sampled_betweenness(compiled, 300)
    assert whole.tolist() == pytest.approx([exact[k] for k in range(300)])
    assert not error.any()
    some, error = sampled_betweenness(compiled, 100)
    most = sorted(exact, key=exact.get)[-20:]
    assert sum(abs(some[k] - exact[k]) <= error[k] for k in most) >= 16


def groups_of(table):
    return {frozenset(group) for group in table["person_ids"].to_list()}


@pytest.mark.parametrize("most", [2000, 12])
def test_groups_that_one_person_ties_together_stay_two(most):
    roles = type(SET.roles)(louvain_nodes=most)
    table = communities(a_net(bridged() + ties(*(f"p{k}-c3" for k in range(6)), *(f"q{k}-c4" for k in range(6)))), type(SET)(roles=roles)).table  # fmt: skip
    found = groups_of(table)
    assert len(found) == 2
    assert any(group >= {f"person:p{k}" for k in range(6)} for group in found)
    assert any(group >= {f"person:q{k}" for k in range(6)} for group in found)


def test_a_group_is_described_and_one_with_hits_comes_first():
    hit = {"band": "high", "crime_types": ["smuggling"]}
    net = a_net(
        ties("a-c1", "b-c1", "c-c1", "d-c1", *(f"m{k}-c2" for k in range(5))),
        [("a", "BW1", 1, "POS", "BGI")],
        {"person:a": hit},
    )
    first = communities(net, SET).table.to_dicts()[0]
    assert first["persons"] == 4
    assert (first["hits"], first["crime_types"], first["routes"]) == (1, "smuggling", "POS-BGI")
    assert "payment c1 shared by 4" in first["why"]


def test_damped_values_hold_no_group_together():
    edges = [(f"person:p{k}", "phone:agency", "contact", {"weight": 0.01}) for k in range(9)]
    assert communities(a_net(edges, nodes={"phone:agency": DAMPED}), SET).table.is_empty()


def test_labels_spread_without_pairs_for_a_value_that_very_many_share():
    shared = pl.DataFrame({"person": range(50_000), "value": [10**9] * 50_000, "is_person": False, "weight": 1.0})
    assert spread(shared)["label"].n_unique() == 1


def test_a_node_is_meant_by_id_or_by_text_that_one_label_has():
    net = a_net(
        ties("ana-c1", "anabel-c1"),
        nodes={"person:ana": {"label": "GARCIA, Ana"}, "person:anabel": {"label": "GARCIA, Anabel"}},
    )
    assert which(net, "person:ana") == "person:ana"
    assert which(net, "garcia, ana") == "person:ana"
    assert which(net, "abel") == "person:anabel"
    with pytest.raises(ConfigError, match=r"person:ana \(GARCIA, Ana\), person:anabel"):
        which(net, "garcia")
    with pytest.raises(ConfigError, match="no id or label"):
        which(net, "nobody")
