"""Link charts: one input, the same picture every time, every format whole and safe, caveats on all of them."""

import io
import re
from datetime import datetime, timedelta
from xml.etree import ElementTree

import networkx as nx
import polars as pl
import pytest

from ops_hub.errors import ConfigError, FeedError
from ops_hub.graph.analyses.finding import Finding
from ops_hub.graph.chart import read_places
from ops_hub.graph.charts import anx as anx_file
from ops_hub.graph.charts import graphs, pictures
from ops_hub.graph.charts.drawn import drawn
from ops_hub.graph.charts.layout import APART, laid_out
from ops_hub.graph.charts.looks import LOOKS
from ops_hub.graph.charts.model import CAUTION, Chart, of_network
from ops_hub.graph.charts.of_finding import of_finding
from ops_hub.graph.export import FORMATS, export
from tests.graph.nets import DAY, a_net

HOSTILE = "O'Brien \\' }) DETACH DELETE n // \\u0027 \"]]>&<script>alert(1)</script>\n=cmd \x00\x1f é 👤 ‮$x^2$"
HIT = {"band": "high", "handling": "enforce", "label": "high 0.93", "owner": "HND", "crime_types": ["smuggling"], "caveats": ["no-onward"]}  # fmt: skip


def a_chart(**more):
    nodes = {
        "person:ana": {"label": HOSTILE, "band": "high", "handling": "enforce"},
        "person:kid": {"minor": True},
        "person:help": {"band": "high", "handling": "protect"},
        "entry:l/1": {"band": "high", "handling": "enforce", "owner": "HND", "caveats": ["no-onward"]},
        "entry:l/2": {"band": "high", "handling": "protect"},
    }
    edges = [
        ("person:ana", "entry:l/1", "hit", HIT),
        ("person:help", "entry:l/2", "hit", HIT | {"handling": "protect"}),
        ("person:ana", "booking:B1", "booked"),
        ("person:kid", "booking:B1", "booked", {"last_seen": DAY + timedelta(days=9), "count": 3}),
        ("person:help", "booking:B1", "booked"),
        ("person:ana", "organisation:Org", "member of `x`", {"grade": "B2", "owner": "BRB"}),
        ("person:ana", "organisation:Org", "member of `x`", {"grade": "C6", "owner": "TTO"}),
    ]
    return of_network(a_net(edges, nodes=nodes), title="T", caveats=["Law enforcement only."], reader="BRB", **more)


def a_crowd(people=90):
    """Return a network of several groups, one of them with a crowd around one node."""
    return a_net([(f"person:p{k}", f"booking:B{k // 5}", "booked") for k in range(people)]
                 + [(f"person:p{k}", "phone:+1", "contact") for k in range(0, people, 5)]
                 + [(f"person:x{k}", "flight:BW1", "travelled") for k in range(40)])  # fmt: skip


@pytest.mark.parametrize("kind", FORMATS)
def test_every_format_carries_caveats_reader_and_caution_and_is_the_same_each_time(kind):
    data = export(a_chart(left_out="Two nodes are not in it."), kind)
    if kind == "png":  # the slow one
        assert data.startswith(b"\x89PNG")
    else:
        assert export(a_chart(left_out="Two nodes are not in it."), kind) == data
    text = data.decode("utf-16" if kind == "anx" else "latin-1" if kind == "png" else "utf-8")
    for said in ("never a verdict", "Law enforcement only.", "Made for BRB", "Caveats of HND: no-onward.", "Two nodes"):
        assert said in re.sub(r"\s+", " ", text)
    assert "suspects" in text  # who is green is none
    assert "\x00" not in text or kind == "png"


def test_graphml_and_gexf_are_read_back_whole():
    chart = a_chart()
    for again in (
        nx.read_graphml(io.BytesIO(export(chart, "graphml"))),
        nx.read_gexf(io.BytesIO(export(chart, "gexf"))),
    ):
        assert (len(again), again.number_of_edges()) == (chart.nodes.height, chart.edges.height)
        assert again.nodes["person:kid"]["kind"] == "minor"
        edge = next(iter(again.get_edge_data("person:kid", "booking:B1").values()))
        assert (edge["last_seen"], int(edge["count"])) == ("2026-11-10 10:00", 3)
        assert edge["cites"] == "test.edi, message 1, record r-person:kid, position 0"
    assert CAUTION in nx.read_graphml(io.BytesIO(export(chart, "graphml"))).graph["caveats"]


def test_the_table_has_one_row_a_link_and_no_formula():
    table = pl.read_csv(io.BytesIO(export(a_chart(), "csv")))
    assert table.height == a_chart().edges.height
    assert set(table.filter(pl.col("grade") == "B2").select("from_id", "to_id", "owner").row(0)) == {"person:ana", "organisation:Org", "BRB"}  # fmt: skip
    risky = of_network(a_net([("person:a", "phone:p", "contact")], nodes={"person:a": {"label": "=1+1"}}), title="T")
    assert pl.read_csv(io.BytesIO(export(risky, "csv")))["from_label"].to_list() == ["'=1+1"]


def test_cypher_keeps_every_name_inside_its_quotes():
    text = export(a_chart(), "cypher").decode("utf-8")
    literal = re.compile(r"'((?:[^'\\]|\\(?:[\\'nrt]|u[0-9a-fA-F]{4}))*)'")
    outside = literal.sub("", "\n".join(line for line in text.splitlines() if not line.startswith("//")))
    assert "'" not in outside
    assert "DETACH" not in outside
    assert "\n" not in "".join(found[1] for found in literal.finditer(text))
    assert set(re.findall("`([^`]*)`", outside)) == {"Person", "Entry", "Booking", "Organisation", "HIT", "BOOKED", "MEMBER_OF_X"}  # fmt: skip
    # readers that put characters for codes before they parse find no quote either
    early = re.sub(r"(?<!\\)((?:\\\\)*)\\u([0-9a-fA-F]{4})", lambda m: m[1] + chr(int(m[2], 16)), text)
    assert "\\u0027" in early
    assert early.count("UNWIND") == text.count("UNWIND") == 7


def test_an_i2_chart_is_well_formed_and_every_reference_in_it_leads_somewhere():
    chart = a_chart()
    root = ElementTree.fromstring(export(chart, "anx").decode("utf-16").partition("?>")[2])
    items = root.find("ChartItemCollection").findall("ChartItem")
    entities = {e.get("EntityId"): e.get("Identity") for item in items for e in item.iter("Entity")}
    links = [link for item in items for link in item.iter("Link")]
    assert set(chart.nodes["node_id"]) <= set(entities.values())
    assert len(links) == chart.edges.height
    assert all(link.get(end) in entities for link in links for end in ("End1Id", "End2Id"))
    ids = [element.get("Id") for element in root.iter() if element.get("Id")]
    assert len(ids) == len(set(ids))
    for name in ("AttributeClassReference", "LinkTypeReference", "EntityTypeReference"):
        assert {element.get(name) for element in root.iter() if element.get(name)} <= set(ids)
    types = {each.get("Name") for each in root.iter("EntityType")}
    assert {"Minor: to be protected", "Person", "List entry"} <= types
    times = [a.get("Value") for a in root.iter("Attribute") if a.get("AttributeClass") == "last seen"]
    assert datetime.fromisoformat(times[0]) == DAY
    graded = [item for item in items if "member of" in item.get("Label", "")]
    cards = [card for item in graded for card in item.iter("Card")]
    grades = [s.get("Text") for s in root.find("GradeOne").iter("String")]
    assert {grades[int(card.get("GradeOneIndex"))] for card in cards} == {"B", "C"}
    numbers = [s.get("Text") for s in root.find("GradeTwo").iter("String")]
    assert {numbers[int(card.get("GradeTwoIndex"))] for card in cards} == {"2", "6"}
    assert {card.get("SourceReference") for card in cards} == {"test.edi, message 1, record r-person:ana, position 0"}


def test_people_to_be_protected_look_like_nobody_else_in_every_drawing():
    green = {LOOKS[kind].colour for kind in ("protected person", "may need protection", "minor")}
    others = {each.colour for kind, each in LOOKS.items() if kind not in ("protected person", "may need protection", "minor")}  # fmt: skip
    assert not green & others
    assert len({(each.colour, each.shape) for each in LOOKS.values()}) == len(LOOKS) - 1  # a passenger is a person
    svg = export(a_chart(), "svg").decode()
    for node, kind in (("person:kid", "minor"), ("person:help", "may need protection"), ("entry:l/2", "protected person")):  # fmt: skip
        assert re.search(f'fill="{LOOKS[kind].colour}"[^>]*data-node="{node}"', svg)
        assert LOOKS[kind].words in svg


def test_the_same_network_gives_the_same_places_whatever_the_order():
    net = a_crowd()
    shuffled = Chart(net.nodes.reverse(), net.edges.reverse(), "T")
    assert drawn(of_network(net, title="T")).places == drawn(shuffled).places


def test_a_grown_network_keeps_old_nodes_where_they_were_and_new_ones_stand_near_their_neighbours():
    old = drawn(of_network(a_crowd(60), title="T")).places
    grown = drawn(of_network(a_crowd(90), title="T", places=old)).places
    assert {node: grown[node] for node in old} == dict(old)
    new = grown.keys() - old.keys()
    assert len(new) == 36
    worst = min(
        max(abs(grown[node][0] - x), abs(grown[node][1] - y))
        for node in new for other, (x, y) in grown.items() if other != node
    )  # fmt: skip
    assert worst > APART - 4
    tied = laid_out(["a", "b", "c", "d"], [("a", "b"), ("b", "c"), ("c", "d")], old={"a": (0, 0), "b": (90, 0)})
    assert abs(tied["c"][0] - 90) < 200
    assert abs(tied["c"][1]) < 200


def test_no_two_nodes_are_drawn_on_each_other():
    places = list(drawn(of_network(a_crowd(), title="T")).places.values())
    near = min(max(abs(x - u), abs(y - v)) for k, (x, y) in enumerate(places) for u, v in places[:k])
    assert near > APART - 2


def test_places_are_read_from_page_picture_or_json_and_nothing_else():
    chart = of_network(a_crowd(20), title="T")
    places = dict(drawn(chart).places)
    for kind in ("html", "svg"):
        assert read_places(export(chart, kind).decode("utf-8"), kind) == places
    assert read_places('{"a": [1, 2]}', "x") == {"a": (1.0, 2.0)}
    for damaged in ("<html></html>", '{"a": [NaN, 1]}', '{"a": [1, 1e400]}', '{"a": [1e300, 1]}', '{"a": 1}', "[1]"):
        with pytest.raises(FeedError, match="no chart with places"):
            read_places(damaged, "x.html")


def test_a_chart_too_large_is_folded_hits_last_and_nobody_is_lost():
    edges = [(f"person:p{k}", f"booking:B{k // 4}", "booked") for k in range(200)]
    edges += [(f"person:p{k}", f"entry:l/{k}", "hit", HIT) for k in (0, 50)]
    nodes = {f"person:p{k}": {"band": "high", "handling": "enforce"} for k in (0, 50)}
    chart = of_network(a_net(edges, nodes=nodes), title="T")
    picture = drawn(chart, 80)
    folded = picture.stands_for
    assert chart.nodes.height - len(folded) + len(picture.folds) <= 80
    assert not folded.keys() & nodes.keys()
    assert folded.keys() <= set(chart.nodes["node_id"])
    assert all(len(members) > 1 for members in picture.folds.values())
    tiny = drawn(chart, 3)
    assert chart.nodes.height - len(tiny.stands_for) + len(tiny.folds) <= 3


def test_a_missing_painter_is_named_with_its_remedy(monkeypatch):
    def missing(name):
        raise ImportError(name)

    monkeypatch.setattr(pictures.importlib, "import_module", missing)
    with pytest.raises(ConfigError, match=r"pip install 'ops-hub\[trends\]'"):
        export(a_chart(), "png")
    with pytest.raises(ConfigError, match="not known"):
        export(a_chart(), "doc")


def a_find():
    nodes = {
        "person:boss": {"label": "BOSS, BO", "band": "high", "handling": "enforce"},
        "person:kid": {"label": "YOUNG, YAN", "minor": True, "birth_date": "2015-01-01"},
        "person:help": {"label": "HELP, HAN", "band": "high", "handling": "protect"},
        "entry:l/1": {"label": "Listed"},
    }
    edges = [
        ("person:boss", "phone:+1", "contact"),
        ("person:kid", "phone:+1", "contact"),
        ("person:help", "phone:+1", "contact"),
        ("person:boss", "entry:l/1", "hit", HIT),
        ("person:boss", "document:A", "holds"),
        ("person:kid", "document:A", "holds"),
        ("person:kid", "document:B", "holds"),
        ("person:boss", "flight:BW1", "travelled"),
    ]
    why = [f"{who} looks like one, to verify" for who in ("boss", "help", "kid")]
    table = pl.DataFrame({
        "node_id": ["person:boss", "person:help", "person:kid"], "client_ids": [["person:far"], [], []], "why": why,
    })  # fmt: skip
    shown = ("person:boss", "person:help", "person:kid", "phone:+1")
    return of_finding(a_net(edges, nodes=nodes), Finding("organisers", ("w",), table, shown), title="T")


def test_the_chart_of_a_finding_numbers_its_finds_and_has_their_entries_and_shared_documents():
    chart = a_find()
    beside = {"entry:l/1", "document:A"}  # no flight, and no document of one person only
    assert set(chart.nodes["node_id"]) == {"person:boss", "person:help", "person:kid", "phone:+1"} | beside
    assert chart.finds == {"person:boss": (1, "boss looks like one, to verify")}  # who is green has no number
    assert "1 more nodes of the finds are not drawn" in chart.left_out
    for kind in ("html", "svg", "csv", "graphml", "gexf", "cypher", "anx"):
        text = export(chart, kind).decode("utf-16" if kind == "anx" else "utf-8")
        assert "leads to verify" in text
        assert "YOUNG" not in text  # no name of a minor
        assert "2015-01-01" not in text
    assert "1. BOSS, BO" in export(chart, "svg").decode()
    assert nx.read_graphml(io.BytesIO(export(chart, "graphml"))).nodes["person:boss"]["find"] == 1


def test_a_node_without_links_and_an_empty_chart_are_whole_in_every_format():
    lone = of_network(a_net(nodes={"person:x": {"label": "Alone"}}), title="T")
    for kind in FORMATS.keys() - {"png"}:
        text = export(lone, kind).decode("utf-16" if kind == "anx" else "utf-8")
        assert "Alone" in text
        assert "never a verdict" in text
        assert export(of_network(a_net(), title="T"), kind)


def test_no_name_rearranges_what_stands_after_it():
    turned = of_network(a_net(nodes={"person:x": {"label": "\u202eexe.live\u2066"}}), title="\u202eT")
    for kind in FORMATS.keys() - {"png"}:
        text = export(turned, kind).decode("utf-16" if kind == "anx" else "utf-8")
        assert not {"\u202e", "\u2066", "\\u202e", "\\u2066"} & set(re.findall(r"\\u20\w\w|[\u202e\u2066]", text))


def test_a_tool_that_holds_a_graph_as_a_whole_gets_no_more_than_it_can_hold(monkeypatch):
    monkeypatch.setattr(graphs, "IN_TOOLS", 50)
    monkeypatch.setattr(anx_file, "IN_TOOLS", 50)
    for kind in ("graphml", "gexf", "anx"):
        text = export(of_network(a_crowd(), title="T"), kind).decode("utf-16" if kind == "anx" else "utf-8")
        assert "nodes with the fewest links are not in it" in text
