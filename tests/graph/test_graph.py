import io
from datetime import datetime

import networkx as nx
import polars as pl
import pytest

from ops_hub.graph.chart import MAX_NODES, chart_html
from ops_hub.graph.export import FORMATS, export
from ops_hub.graph.links import MANY, links
from ops_hub.graph.network import network
from ops_hub.schemas import HITS, LINKS, TRAVELLERS, rows


def traveller(key, **more):
    return {
        "record_id": key,
        "family_name": f"F{key}",
        "given_names": "G",
        "source": "a.edi",
        "message_ref": "1",
        "flight": "BW1",
        "departs_at": datetime(2026, 11, 20),
    } | more


def hit(key, entry="E1", **more):
    return {
        "record_id": key,
        "list_id": "l",
        "entry_id": entry,
        "band": "high",
        "score": 0.97,
        "handling": "enforce",
        "matched_name": "GARCIA, Ana",
    } | more


def made(people, hits):
    return links(rows(TRAVELLERS, people), rows(HITS, hits)).collect()


PHONE = {"contacts": [{"kind": "phone", "value": "+1 (246) 555-0173"}]}
SAME_PHONE = {"contacts": [{"kind": "phone", "value": "0012465550173"}]}


def test_who_shares_a_value_with_a_hit_is_drawn_in_and_who_only_shares_the_flight_is_not():
    found = made([traveller("1", **PHONE), traveller("2", **SAME_PHONE), traveller("3")], [hit("1")])
    people = set(found.filter(pl.col("link") == "travels")["record_id"])
    assert people == {"1", "2"}
    assert found.filter(pl.col("link") == "contact")["to_id"].n_unique() == 1


def test_a_value_shared_by_very_many_ties_nobody():
    crowd = [traveller(str(k), **PHONE) for k in range(MANY + 10)]
    assert set(made(crowd, [hit("1")])["record_id"]) == {"1"}


def test_no_hits_give_no_links():
    assert made([traveller("1")], []).is_empty()


def test_records_of_one_document_are_tied_and_not_merged():
    paper = {"documents": [{"type": "P", "number": "X 1", "issuer": "HND"}]}
    found = made(
        [traveller("1", **paper), traveller("2", documents=[{"type": "P", "number": "x1", "issuer": "HND"}])],
        [hit("1")],
    )
    tie = found.filter(pl.col("link") == "perhaps same person").row(0, named=True)
    assert (tie["from_id"], tie["to_id"], tie["label"]) == ("passenger:1", "passenger:2", "same document")


def test_a_protected_person_is_shown_as_one():
    found = made([traveller("1")], [hit("1", handling="protect")])
    graph = network(found)
    assert graph.nodes["entry:l/E1"]["type"] == "protected person"
    assert "suspect" not in chart_html(found, title="t", subtitle="s").lower().replace("suspected", "suspect")[-60_000:]


HOSTILE = "</script><script>alert(1)</script>\x00\x1f é 👤 ‮"


@pytest.mark.parametrize("kind", FORMATS)
def test_every_format_keeps_nodes_and_links_whatever_the_names(kind):
    graph = network(made([traveller("1", family_name=HOSTILE, **PHONE), traveller("2", **SAME_PHONE)], [hit("1")]))
    data = export(graph, kind)
    if kind == "graphml":
        again = nx.read_graphml(io.BytesIO(data))
        assert (len(again), again.number_of_edges()) == (len(graph), graph.number_of_edges())
    elif kind == "gexf":
        assert len(nx.read_gexf(io.BytesIO(data))) == len(graph)
    else:
        assert pl.read_csv(io.BytesIO(data)).height == graph.number_of_edges()
    assert export(graph, kind) == data


def test_names_cannot_leave_the_data_of_the_page():
    page = chart_html(made([traveller("1", family_name=HOSTILE)], [hit("1")]), title=HOSTILE, subtitle="s")
    assert "<script>alert(1)" not in page
    assert "http://" not in page.split("<script>")[0]
    assert "default-src 'none'" in page


def test_a_network_too_large_is_folded_to_what_is_near_hits_and_says_so():
    def link(one, other, **more):
        ends = {
            "from_id": one,
            "from_type": "passenger",
            "from_label": one,
            "to_id": other,
            "to_type": "passenger",
            "to_label": other,
        }
        return ends | {"link": "contact", "record_id": one} | more

    chains = [[f"passenger:{chain}-{k}" for k in range(100)] for chain in range(MAX_NODES // 100 + 5)]
    found = [link(one, other) for chain in chains for one, other in zip(chain, chain[1:], strict=False)]
    found += [link(f"entry:{chain[0]}", chain[0], link="hit", band="high", handling="enforce") for chain in chains]
    page = chart_html(rows(LINKS, found), title="t", subtitle="s")
    left_out = len(chains) * 101 - MAX_NODES
    assert f"{left_out} nodes farthest from any hit are not drawn" in page
    assert '"id": "passenger:7-10"' in page
    assert '"id": "passenger:7-99"' not in page


def test_an_empty_network_has_a_page_and_a_frame():
    assert "drawing 0 nodes" in chart_html(rows(LINKS, []), title="t", subtitle="s")


def test_links_made_in_pieces_are_the_same_links():
    papers = [{"type": "P", "number": n, "issuer": "HND"} for n in ("x1", "X 1", "x-2")]
    people = [
        traveller(f"{k:02d}", family_name=f"F{k % 7}", birth_date="1990-01-01", documents=papers[k % 3 :], booking_ref=f"B{k // 4}", **PHONE)
        for k in range(23)
    ] + [traveller("05", family_name="TWICE", departs_at=None)]  # fmt: skip
    hits = [hit(f"{k:02d}", f"E{k % 2}", matched_name=f"N{k}", source="a.edi") for k in range(0, 23, 3)]
    whole = made(people, hits)
    pieces = links(rows(TRAVELLERS, people), rows(HITS, hits), piece=4).collect()
    assert pieces.equals(whole)
    order = ["link", "from_id", "to_id", "record_id"]
    assert whole.select(order).equals(whole.select(order).sort(order))
    assert whole.unique().height == whole.height
    assert (whole["from_id"] != whole["to_id"]).all()
    assert whole.group_by("to_id").agg(pl.col("to_label").n_unique())["to_label"].max() == 1
