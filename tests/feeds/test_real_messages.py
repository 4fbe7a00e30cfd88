"""Real messages, counted independently: by searching the text for segments that begin a person."""

import re

import pytest

from ops_hub.feeds.messages import parse_edifact
from ops_hub.feeds.parsed import Source
from tests.conftest import TODAY

PEOPLE = {
    "2_pnrs_basic.edi": 4, "Test1.txt": 8, "airline2.edi": 10, "codeshare.edi": 2, "infant.edi": 2,
    "multiple_flight_leg_apis.txt": 2, "pnrWithDoco.txt": 1, "pnr_split.edi": 3,
}  # fmt: skip


@pytest.mark.parametrize("name", PEOPLE)
def test_everyone_in_a_real_message_is_read(real_data, name):
    data = (real_data / "api_messages" / name).read_bytes()
    found = parse_edifact(data, Source(name, TODAY, b"key"))
    assert len(found.travellers) == PEOPLE[name]
    if found.format == "paxlst":
        assert len(re.findall(rb"NAD[+*]F[LM][+*]", data)) == PEOPLE[name]
    assert not [reject for reject in found.rejects if reject["kind"] == "record"]
    assert all(person.get("family_name") and person.get("given_names") for person in found.travellers)
    assert all(
        person["flight"] and person["from_port"] and person["to_port"] and person["departs_at"]
        for person in found.travellers
    )
