"""Home states as data, and what a journey is to each of them."""

import polars as pl
import pytest

from ops_hub.config import data_dir
from ops_hub.errors import ConfigError
from ops_hub.manifests.directions import directions
from ops_hub.reference import port_country
from ops_hub.states import home_states
from tests.manifests.helpers import STATES, one, paxlst, person

GOOD = """
[[state]]
code = "BRB"
name = "Barbados"
ports = [["BGI", "BBBGI"]]
timezone = "America/Barbados"
languages = ["en"]
retention = { mask_days = 10, delete_days = 20 }
contact = { desk = "Desk", email = "desk@states.example.org" }
"""


def file(tmp_path, text):
    (tmp_path / "states.toml").write_text(text, encoding="utf-8")
    return tmp_path


def told(embark, debark, leg=None):
    begin, end = leg or (embark, debark)
    frame = pl.DataFrame({"embark_port": [embark], "debark_port": [debark], "from_port": [begin], "to_port": [end]})
    return {each["state"]: each["direction"] for each in directions(frame, STATES)[0]}


def test_the_shipped_states_are_whole_and_their_ports_are_theirs():
    assert len(STATES.by_code) == 21
    assert not STATES.problems
    ports = [(state.code, port) for state in STATES.by_code.values() for pair in state.ports for port in pair if port]
    assert [(code, port) for code, port in ports if port_country(port) != code] == []
    text = (data_dir("rules") / "states.toml").read_text(encoding="utf-8")
    assert all("example.org" in line for line in text.splitlines() if line.startswith("contact"))


def test_direction_is_each_states_own():
    assert told("MIA", "BGI") == {"BRB": "inbound"}
    assert told("BGI", "MIA") == {"BRB": "outbound"}
    assert told("POS", "BGI") == {"TTO": "intra-region", "BRB": "intra-region"}
    assert told("MIA", "LHR", ("MIA", "BGI")) == {"BRB": "transit"}
    assert told("POS", "MIA", ("POS", "BGI")) == {"TTO": "outbound", "BRB": "transit"}
    assert told("POS", "TAB") == {"TTO": "domestic"}
    assert told("LCCAS", "MQFDF") == {"LCA": "outbound"}
    assert told("MIA", "LHR") == {}


def test_a_traveller_has_the_direction_of_the_whole_journey_a_manifest_that_of_its_leg():
    through = [*person("AAA"), "LOC+178+POS", "LOC+179+MIA"]
    manifest, people = one(paxlst(through))
    assert {each["direction"] for each in manifest["directions"]} == {"intra-region"}
    assert {each["state"]: each["direction"] for each in people["AAA"]["directions"]} == {
        "TTO": "outbound",
        "BRB": "transit",
    }


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (GOOD.replace('"BRB"', '"BRX"'), "BRX: the code is no ISO 3166 alpha-3 code"),
        (GOOD.replace('"BGI", "BBBGI"', '"BG", "BBBGI"'), "BG: a port is [IATA, UN/LOCODE]"),
        (GOOD.replace('Barbados"\nlang', 'Barbadoz"\nlang'), "Barbadoz is no time zone"),
        (GOOD.replace("mask_days = 10", "mask_days = 30"), "retention must satisfy"),
        (GOOD.replace("languages", "langauges"), "unknown field `langauges`"),
        (GOOD.replace("contact", "served_by = 'LCA'\ncontact"), "give either contact or served_by"),
    ],
)
def test_a_bad_state_is_named_with_its_line_and_the_others_are_used(tmp_path, wrong, said):
    good = GOOD.replace("BRB", "LCA").replace("BGI", "UVF").replace("BBUVF", "LCVIF")
    found = home_states(file(tmp_path, good + wrong))
    assert list(found.by_code) == ["LCA"]
    assert len(found.problems) == 1
    assert "states.toml:11: " in found.problems[0]
    assert said in found.problems[0]


def test_states_that_serve_each_other_in_a_circle_or_are_missing_are_named(tmp_path):
    contact = 'contact = { desk = "Desk", email = "desk@states.example.org" }'
    one_way = GOOD.replace(contact, 'served_by = "LCA"')
    other = (
        one_way.replace("BRB", "X")
        .replace("LCA", "BRB")
        .replace('"X"', '"LCA"')
        .replace("BGI", "UVF")
        .replace("BBUVF", "LCVIF")
    )
    circle = home_states(file(tmp_path, one_way + other))
    assert any("BRB > LCA > BRB: served_by goes round in a circle" in problem for problem in circle.problems)
    assert circle.contact("BRB") is None
    missing = home_states(file(tmp_path, one_way))
    assert "served_by names LCA, which is no state of the file" in missing.problems[0]


def test_a_state_may_be_served_by_the_desk_of_another(tmp_path):
    served = GOOD.replace('contact = { desk = "Desk", email = "desk@states.example.org" }', 'served_by = "BRB"')
    served = served.replace('code = "BRB"', 'code = "LCA"').replace("BGI", "UVF").replace("BBUVF", "LCVIF")
    contact = home_states(file(tmp_path, GOOD + served)).contact("LCA")
    assert contact is not None
    assert contact.desk == "Desk"


def test_a_file_without_one_good_state_is_an_error(tmp_path):
    with pytest.raises(ConfigError, match="states.toml"):
        home_states(file(tmp_path, "[[state]]\ncode = 1\n"))
