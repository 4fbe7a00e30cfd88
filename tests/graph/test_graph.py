import io
from datetime import datetime

import networkx as nx
import polars as pl

from ops_hub.graph.chart import chart_html
from ops_hub.graph.charts.folding import IN_FILE
from ops_hub.graph.charts.looks import KIND
from ops_hub.graph.charts.model import of_links
from ops_hub.graph.export import export
from ops_hub.graph.links import MANY, links
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


def page(found, **more):
    return chart_html(of_links(found, **{"title": "t", "subtitle": "s"} | more))


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
    kinds = dict(of_links(found, title="t").nodes.select("node_id", KIND).iter_rows())
    assert kinds["entry:l/E1"] == "protected person"
    assert kinds["passenger:1"] == "may need protection"
    said = page(found).partition("<footer>")[2].partition("</footer>")[0]
    assert "are not suspects" in said


def test_what_several_records_say_is_one_edge_that_cites_the_first_ones_and_the_last():
    days = [datetime(2026, 11, day) for day in range(1, 9)]
    link = {"from_id": "passenger:1", "from_type": "passenger", "from_label": "A", "to_id": "phone:+1", "to_type": "phone", "to_label": "+1", "link": "contact"}  # fmt: skip
    edges = of_links(rows(LINKS, [link | {"record_id": f"r{d.day}", "at": d} for d in reversed(days)]), title="t").edges
    one = edges.row(0, named=True)
    assert (edges.height, one["count"], one["first_seen"], one["last_seen"]) == (1, 8, days[0], days[-1])
    assert [cite["record_id"] for cite in one["cites"]] == ["r1", "r2", "r3", "r4", "r8"]


HOSTILE = "</script><script>alert(1)</script>\x00\x1f é 👤 ‮"


def test_links_of_a_run_reach_other_tools_whatever_the_names():
    chart = of_links(made([traveller("1", family_name=HOSTILE, **PHONE), traveller("2", **SAME_PHONE)], [hit("1")]), title="t")  # fmt: skip
    again = nx.read_graphml(io.BytesIO(export(chart, "graphml")))
    assert (len(again), again.number_of_edges()) == (chart.nodes.height, chart.edges.height)
    assert pl.read_csv(io.BytesIO(export(chart, "csv"))).height == chart.edges.height


def test_names_cannot_leave_the_data_of_the_page():
    text = page(made([traveller("1", family_name=HOSTILE)], [hit("1")]), title=HOSTILE)
    assert "<script>alert(1)" not in text
    assert "http://" not in text.split("<script>")[0]
    assert "default-src 'none'" in text


def test_a_network_too_large_is_cut_to_what_is_near_hits_and_says_so():
    most = 2_500
    assert most <= IN_FILE

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

    chains = [[f"passenger:{chain}-{k}" for k in range(100)] for chain in range(most // 100 + 5)]
    found = [link(one, other) for chain in chains for one, other in zip(chain, chain[1:], strict=False)]
    found += [link(f"entry:{chain[0]}", chain[0], link="hit", band="high", handling="enforce") for chain in chains]
    text = page(rows(LINKS, found), most=most)
    left_out = len(chains) * 101 - most
    assert f"{left_out:,} nodes farthest from any hit are not in it" in text
    assert '"id":"passenger:7-10"' in text
    assert '"id":"passenger:7-99"' not in text


def test_an_empty_network_has_a_page_and_a_frame():
    assert "drawing 0 nodes" in page(rows(LINKS, []))


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
