"""Intelligence joins the network where it means the same; lines that cannot be are refused with file, line and remedy."""

from datetime import date

import polars as pl
import pytest

from ops_hub.graph.intelligence import read_intelligence, trust
from tests.graph.travellers import network, traveller

HEAD = "from_type,from,from_born,from_document,link,to_type,to,since,until,grade,owner,handling,crime_types,caveats\n"
TODAY = date(2026, 11, 29)


def known(*lines):
    found, problems = read_intelligence(HEAD + "\n".join(lines), "links.csv", TODAY)
    assert problems == []
    return found


def test_persons_are_met_by_document_or_by_name_and_birth_date():
    people = [
        traveller("a", "PEREZ ANA", "1990-02-03", "P1234567/HND"),
        traveller("b", "DIAZ LUIS", "1980-01-02", day=1),
    ]
    net = network(people, intelligence=known(
        "person,Ana Pérez,,P123-4567/HND,employed by,organisation,Blue Sea Tours,2026-01-01,,B2,BRB,discreet,migrant-smuggling,no-onward",
        "person,\"DIAZ, Luis\",1980-01-02,,uses,phone,+1 246 555 0100,,,A1,JAM,enforce,,",
        "person,El Gordo,,,leads,organisation,Blue Sea Tours,,,F6,BRB,enforce,,",
    ))  # fmt: skip
    told = net.edges.filter(pl.col("owner").is_not_null()).select("from_id", "link", "to_id", "weight", "grade").rows()
    assert ("person:a", "employed by", "organisation:BLUE SEA TOURS", 0.8, "B2") in told
    assert ("person:a", "holds", "document:P1234567/HND", 0.8, "B2") in told
    assert ("person:b", "uses", "phone:12465550100", 1.0, "A1") in told
    alone = net.nodes.filter(pl.col("label") == "El Gordo").row(0, named=True)
    assert (alone["type"], alone["records"], alone["owner"]) == ("person", 0, "BRB")
    edge = net.edges.filter(pl.col("link") == "employed by").row(0, named=True)
    assert (edge["caveats"], edge["handling"], str(edge["first_seen"].date())) == (
        ["no-onward"],
        "discreet",
        "2026-01-01",
    )
    assert edge["cites"] == [{"record_id": None, "source": "links.csv", "message_ref": "2", "position": 2}]
    assert net.nodes.filter(pl.col("node_id") == "person:a")["owner"][0] is None


def test_where_two_could_be_meant_nobody_is_taken():
    people = [traveller("a", born="1990-02-03"), traveller("b", born="1990-02-03", day=1)]
    net = network(
        people, intelligence=known("person,PEREZ ANA,1990-02-03,,member of,organisation,Blue Sea,,,,BRB,discreet,,")
    )
    perhaps = net.edges.filter(pl.col("link") == "perhaps same person")
    assert perhaps.height == 3
    assert net.edges.filter(pl.col("link") == "member of")["from_id"][0].startswith("person:known/")


def test_owners_who_say_the_same_stay_two_edges():
    line = "phone,+1 246 555 0100,,,belongs to,organisation,Blue Sea,,,B2,{},discreet,,"
    net = network([traveller("a")], intelligence=known(line.format("BRB"), line.format("JAM"), line.format("BRB")))
    assert net.edges.filter(pl.col("link") == "belongs to").select("owner", "count").rows() == [("BRB", 2), ("JAM", 1)]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("person,,,,leads,organisation,Blue Sea,,,,BRB,enforce,,", "from is empty"),
        ("ghost,X,,,leads,organisation,Blue Sea,,,,BRB,enforce,,", "from_type ghost"),
        ("phone,12,,,belongs to,person,PEREZ ANA,,,,BRB,enforce,,", "could be a phone"),
        ("entry,HND7,,,is,person,PEREZ ANA,,,,BRB,enforce,,", "LIST/ENTRY"),
        ("organisation,Blue Sea,,,owns,organisation,BLUE  SEA,,,,BRB,enforce,,", "both ends"),
        ("phone,2465550100,,,of,person,PEREZ ANA,2026-05-01,2026-04-01,,BRB,enforce,,", "before since"),
        ("phone,2465550100,,,of,person,PEREZ ANA,2027-05-01,,,BRB,enforce,,", "in the future"),
        ("phone,2465550100,,,of,person,PEREZ ANA,2026-02-30,,,BRB,enforce,,", "no date"),
        ("phone,2465550100,,,of,person,PEREZ ANA,,,Z9,BRB,enforce,,", "grade Z9"),
        ("phone,2465550100,,,of,person,PEREZ ANA,,,,XXZ,enforce,,", "owner XXZ"),
        ("phone,2465550100,,,of,person,PEREZ ANA,,,,BRB,arrest,,", "handling arrest"),
        ("person,PEREZ ANA,1990-13-01,,of,phone,2465550100,,,,BRB,enforce,,", "no birth date"),
        ("phone,2465550100", "fields instead of"),
    ],
)
def test_lines_that_cannot_be_are_refused(line, said):
    found, problems = read_intelligence(HEAD + line, "links.csv", TODAY)
    assert found.is_empty()
    assert len(problems) == 1
    assert problems[0].startswith("links.csv:2: ")
    assert said in problems[0]


def test_a_grade_weighs_as_its_weaker_half():
    assert (trust("A1"), trust("A5"), trust("E1"), trust(None)) == (1.0, 0.2, 0.2, 0.5)
