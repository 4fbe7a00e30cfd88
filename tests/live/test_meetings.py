"""Owners whose work meets in a network are told so in their own mailboxes, once, and of nothing that is the other's."""

import json

import pytest
from click.testing import CliRunner

from ops_hub.casework.case import Actor
from ops_hub.casework.policy import sharing_policy
from ops_hub.cli.main import main
from ops_hub.engines.live.meetings import notices_for, tell
from ops_hub.engines.network import saved
from ops_hub.errors import ConfigError
from ops_hub.graph.settings import graph_settings
from ops_hub.store.audit import STREAM
from ops_hub.store.hub import key
from ops_hub.store.mail import CHANNELS, notices, place, read_credentials
from ops_hub.store.users import provision
from tests.graph.nets import a_net
from tests.live.fixtures_sharing import shared_hub

__all__ = ["shared_hub"]
MOVES, POLICY, CARLA = graph_settings().moves, sharing_policy(), Actor("CENTRE", "carla")
TIES = [(f"person:{who}", "phone:77", "contact") for who in ("ana", "eva", "ida")]
HND = ("ana", "hnd-wanted/H-1", "HND", "smuggling")
BRB = ("eva", "brb-secret/B-9", "BRB", "narcotics")
CONTENT = {
    "HND": ("hnd-wanted", "H-1", "HND", "hondur", "smuggling", "ana"),
    "BRB": ("brb-secret", "B-9", "BRB", "barbad", "narcotics", "eva", "person:", "phone"),
}


def a_hit(person, entry, owner, crime, handling="enforce", caveats=()):
    said = {"band": "high", "owner": owner, "crime_types": [crime], "handling": handling, "caveats": list(caveats)}
    return (f"person:{person}", f"entry:{entry}", "hit", said)


def a_network(*hits, hub=True):
    about = {"name": "live", "as_of": "2026-11-20"} | ({"inputs": {"hub": {}}} if hub else {})
    return a_net([*TIES, *(a_hit(*hit) for hit in hits)], about=about)


def told(hub, *hits):
    return [(each.owner, each.is_new) for each in tell(hub, a_network(*hits), CARLA, MOVES, POLICY)]


def box(hub, state, channel="ordinary"):
    return [fields[b"text"].decode() for _, fields in hub.client.xrange(place(state, channel, "notices"))]


def lacks(text, words):
    return [word for word in words if word.lower() in text.lower()] == []


def test_each_owner_reads_its_own_entries_in_its_own_language_and_no_word_of_the_other(shared_hub, tmp_path):
    assert told(shared_hub, HND, BRB) == [("BRB", True), ("HND", True)]
    for state, other, own in (("HND", "BRB", "H-1"), ("BRB", "HND", "B-9")):
        path = provision(shared_hub, state, "ordinary", tmp_path)
        (notice,) = notices(read_credentials(path))
        assert own in notice["text"]
        assert "watch desk" in notice["text"]
        assert lacks(json.dumps(notice).replace('"language"', ""), CONTENT[other])
        shown = CliRunner().invoke(main, ["hub", "notices", "--credentials", str(path)])
        assert notice["text"] in shown.output
    assert box(shared_hub, "HND")[0].startswith("red ")
    assert not [text for state in POLICY.states.by_code for text in box(shared_hub, state, "protection")]
    assert shared_hub.client.xlen(key("delivery")) == 2


def test_a_list_is_not_named_in_what_travels_by_mail(shared_hub):
    told(shared_hub, HND, BRB)
    assert lacks(" ".join(box(shared_hub, "HND")), ["hnd-wanted"])


def test_the_same_is_told_once_and_what_an_owner_may_know_to_have_joined_is_told(shared_hub):
    told(shared_hub, HND, BRB)
    assert told(shared_hub, HND, BRB) == [("BRB", False), ("HND", False)]
    hidden = ("ida", "jam-list/J-1", "JAM", "fraud", "enforce", ["not-to:HND"])
    assert told(shared_hub, HND, BRB, hidden) == [("BRB", True), ("HND", False), ("JAM", True)]
    assert told(shared_hub, HND, BRB, hidden[:4]) == [("BRB", False), ("HND", True), ("JAM", False)]
    assert [len(box(shared_hub, state)) for state in ("BRB", "HND", "JAM")] == [2, 2, 1]


@pytest.mark.parametrize(
    "hidden",
    [("protect", []), ("enforce", ["protection-desk-only"]), ("enforce", ["never-heard-of"]), ("enforce", ["content-to"]), ("enforce", ["not-to:CENTRE"])],
)  # fmt: skip
def test_of_who_is_to_be_protected_and_of_what_the_centre_may_not_know_nobody_is_told(shared_hub, hidden):
    assert told(shared_hub, HND, (*BRB, *hidden)) == []
    assert [state for state in (*POLICY.states.by_code, "CENTRE") for channel in CHANNELS if box(shared_hub, state, channel)] == []  # fmt: skip


def test_who_may_not_know_of_an_entry_is_not_told_while_its_owner_is(shared_hub):
    assert told(shared_hub, HND, (*BRB, "enforce", ["not-to:HND"])) == [("BRB", True)]


def test_owners_that_are_no_home_states_are_told_at_the_centres_own_desk(shared_hub):
    assert told(shared_hub, HND, ("eva", "un-list/UN-5", "UN", "narcotics")) == [("HND", True), ("UN", True)]
    assert "UN-5" in box(shared_hub, "CENTRE")[0]


def test_the_audit_log_knows_who_told_which_owners_and_no_content(shared_hub):
    told(shared_hub, HND, BRB)
    told(shared_hub, HND, BRB)
    events = [json.loads(fields[b"event"]) for _, fields in shared_hub.client.xrange(STREAM)]
    assert [(each["by"], each["action"]) for each in events] == [
        ("CENTRE/carla:officer", action)
        for action in ("network-compared", "network-told", "network-told", "network-compared")
    ]
    assert events[0]["detail"] == {"owners": ["BRB", "HND"], "notices": 2}
    assert lacks(json.dumps(events), ["H-1", "B-9", "wanted", "secret", "smuggling", "narcotics", "eva", "phone"])


def test_only_the_centre_tells_and_only_of_what_the_hub_holds(shared_hub):
    with pytest.raises(ConfigError, match="by the centre"):
        tell(shared_hub, a_network(HND, BRB), Actor("BRB", "ana"), MOVES, POLICY)
    with pytest.raises(ConfigError, match="not built from the hub"):
        tell(shared_hub, a_network(HND, BRB, hub=False), CARLA, MOVES, POLICY)


def test_a_reader_is_shown_its_own_notices_and_the_centre_whose_desks_there_are_to_tell():
    net = a_network(HND, BRB)
    ((owner, words),) = notices_for(net, Actor("HND", "eva"), MOVES, POLICY)
    assert owner == "HND"
    assert "H-1" in words
    assert lacks(words, CONTENT["BRB"])
    assert notices_for(net, Actor("TTO", "jo"), MOVES, POLICY) == []
    assert notices_for(net, Actor("HND", "eva", "protection"), MOVES, POLICY) == []
    seen = dict(notices_for(net, CARLA, MOVES, POLICY))
    assert set(seen) == {"HND", "BRB"}
    assert lacks(" ".join(seen.values()), [*CONTENT["HND"], *CONTENT["BRB"]])


def test_at_the_keyboard_the_centre_tells_and_nobody_is_shown_more_than_is_theirs(shared_hub, tmp_path, monkeypatch):
    monkeypatch.setenv("OPS_HUB_HOME", str(shared_hub.home))
    saved(tmp_path / "live", a_network(HND, BRB), name="live", made_at="2026-11-20T00:00:00")
    saved(tmp_path / "files", a_network(HND, BRB, hub=False), name="files", made_at="2026-11-20T00:00:00")

    def find(folder, *words):
        return CliRunner().invoke(main, ["graph", "find", "cross", str(tmp_path / folder), *words])

    for again in ("now", "before"):
        said = find("live", "--tell", "--as", "CENTRE/carla").output
        assert f"to HND: find 1: told {again}, reference " in said
        assert lacks(said, ["H-1", "B-9", "brb-secret", "hnd-wanted", "smuggling", "narcotics"])
    assert len(box(shared_hub, "HND")) == 1
    for folder in ("live", "files"):
        said = find(folder, "--as", "BRB/ana").output
        assert "to BRB" in said
        assert lacks(said, ["to HND", "H-1", "hnd-wanted", "smuggling"])
    assert "to HND: Persons whom your entries entry:hnd-wanted/H-1" in find("files").output
    assert "by the centre" in find("live", "--tell", "--as", "BRB/ana").output
    assert "goes with cross" in CliRunner().invoke(main, ["graph", "find", "mules", str(tmp_path / "live"), "--tell"]).output  # fmt: skip
