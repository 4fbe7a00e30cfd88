"""What a reader may not see of a network is not in what they get: not as a node, a count, a date or a word."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ops_hub.casework.case import Actor
from ops_hub.casework.policy import sharing_policy
from ops_hub.desk.networks import for_reader
from ops_hub.errors import ConfigError
from tests.graph.nets import a_net

POLICY = sharing_policy()
CARD = {"payment_ids": ["payment:card-7"], "contact_ids": ["phone:5551234"], "booking_ids": ["booking:BW/AAA111"]}
PAID = {"fares": ["777.00 XCD"], "paid_kinds": ["CC QQ"]}


def hit(person, entry, owner, handling="enforce", caveats=(), record=None, states=("BRB", "TTO")):
    cites = [{"record_id": record or f"r-{person}-0", "source": "day.edi", "message_ref": "1", "position": 0}]
    said = {
        "owner": owner,
        "handling": handling,
        "caveats": list(caveats),
        "crime_types": [f"crime-of-{owner}"],
        "states": list(states),
    }
    return (
        f"person:{person}",
        entry,
        "hit",
        {"band": "high", "label": "high 93%", "weight": 0.9312, "cites": cites} | said,
    )


def the_net():
    """Bo travels to Barbados and is listed by Barbados and Honduras; Vi travels with Bo, listed by Jamaica to be protected."""
    edges = [
        hit("Bo", "entry:brb-smuggling/BRB-1", "BRB"),
        hit("Bo", "entry:hnd-wanted/HND-1", "HND", record="r-Bo-5", states=("HND", "PAN")),
        hit("Vi", "entry:jam-missing/JAM-1", "JAM", "protect"),
        ("entry:hnd-wanted/HND-1", "crime:drugs", "about"),
        (
            "person:Bo",
            "organisation:Blue Sail",
            "member of",
            {"grade": "B2", "owner": "TTO", "handling": "discreet", "caveats": []},
        ),
    ]
    trips = [
        ("Bo", "BW1", 0, "POS", "BGI", CARD | {"states": ["BRB", "TTO"]}),
        ("Vi", "BW1", 0, "POS", "BGI", CARD | {"states": ["BRB", "TTO"], "document_ids": ["document:VI123/HTI"]}),
        ("Bo", "AV9", 5, "SAP", "PTY", {"states": ["HND", "PAN"], "payment_ids": ["payment:secret-card"]}),
        ("Zoe", "LI5", 3, "KIN", "NAS", {"states": ["BHS", "JAM"], "contact_ids": ["phone:5551234"]}),
    ]
    people = {"birth_date": "1980-02-03", "nationality": "VEN", "sex": "M", "nationalities": ["VEN"], "minor": False}
    return a_net(edges, trips, {f"person:{name}": people for name in ("Bo", "Vi", "Zoe")})


def seen(state, role="officer", net=None, **options):
    return for_reader(net or the_net(), Actor(state, "ana", role), POLICY, **options)


def text(net):
    frames = (net.nodes, net.edges, net.trips, net.resolved)
    return json.dumps([frame.to_dicts() for frame in frames], default=str) + json.dumps(net.about)


def test_a_state_that_no_journey_and_no_list_concerns_gets_an_empty_network():
    net = seen("DMA")
    assert (net.nodes.height, net.edges.height, net.trips.height) == (0, 0, 0)


def test_a_state_on_a_journey_sees_that_journey_and_nothing_of_the_others():
    said = text(seen("TTO"))
    assert "Bo" in said
    for secret in ("AV9", "SAP", "PTY", "secret-card", "Zoe", "LI5", "HND", "2026-11-06", "r-Bo-5"):
        assert secret not in said, secret


def test_an_entry_of_another_owner_is_a_lead_without_its_list_its_crime_or_its_score():
    said = text(seen("TTO"))
    assert "entry of BRB" in said
    for secret in ("brb-smuggling", "BRB-1", "crime-of-BRB", "93%", "0.9312"):
        assert secret not in said, secret


def test_an_owner_sees_its_entry_and_whom_it_met_wherever_but_no_bookings_there():
    said = text(seen("HND", "list-owner"))
    assert "hnd-wanted/HND-1" in said
    assert "Bo" in said
    assert "crime:drugs" in said
    assert "secret-card" not in said
    assert "POS" not in said


def test_who_is_to_be_protected_has_no_name_on_anybodys_chart_but_the_protection_desks():
    for state in ("BRB", "TTO", "CENTRE"):
        said = text(seen(state))
        assert "withheld-1" in said, state
        for secret in ("Vi", "VI123", "jam-missing", "protect"):
            assert secret not in said.replace("This may", ""), (state, secret)
    assert "Vi" in text(seen("BRB", "protection"))


def test_the_state_of_nationality_does_not_learn_that_somebody_is_to_be_protected():
    net = a_net(
        [hit("Vi", "entry:jam-missing/JAM-1", "JAM", "protect")],
        [("Vi", "BW1", 0, "POS", "BGI", {"states": ["BRB", "TTO"]})],
        {"person:Vi": {"nationality": "TTO", "nationalities": ["TTO"], "minor": False}},
    )
    assert "withheld" not in text(seen("TTO", net=net))
    assert "Vi" in text(seen("TTO", net=net))


def test_fares_and_forms_of_payment_are_of_the_journey_and_of_nobody_whose_name_is_withheld():
    states = {"states": ["BRB", "TTO"]}
    net = a_net([hit("Bo", "entry:hnd-wanted/HND-1", "HND")], [("Bo", "BW1", 0, "POS", "BGI", PAID | states)])
    assert "777.00 XCD" in text(seen("TTO", net=net))
    for state, role in (("HND", "officer"), ("HND", "list-owner"), ("TTO", "list-owner")):
        assert "777.00 XCD" not in text(seen(state, role, net=net))
        assert "CC QQ" not in text(seen(state, role, net=net))
    kid = a_net([], [("Kid", "BW1", 0, "POS", "BGI", PAID | states)], {"person:Kid": {"minor": True}})
    assert "withheld-1" in text(seen("TTO", net=kid))
    assert "777.00 XCD" not in text(seen("TTO", net=kid))
    assert "CC QQ" not in text(seen("TTO", net=kid))


def test_minors_are_nameless_on_charts():
    trips = [("Kid", "BW1", 0, "POS", "BGI", {"states": ["BRB", "TTO"], "minor": True})]
    net = a_net([], trips, {"person:Kid": {"minor": True, "birth_date": "2015-01-01"}})
    assert "Kid" not in text(seen("BRB", net=net))
    assert "2015" not in text(seen("BRB", net=net))
    assert "Kid" in text(seen("BRB", "protection", net=net))


def test_intelligence_is_its_owners_and_of_those_whom_its_caveats_name():
    assert "Blue Sail" in text(seen("TTO"))
    assert "Blue Sail" not in text(seen("BRB"))
    assert "Blue Sail" not in text(seen("CENTRE"))


def test_an_unknown_caveat_is_the_strictest():
    net = a_net(
        [hit("Bo", "entry:x/1", "HND", caveats=["unknown"])], [("Bo", "BW1", 0, "POS", "BGI", {"states": ["BRB"]})]
    )
    assert "entry" not in text(seen("BRB", net=net))


def test_roles_that_need_no_names_get_no_networks():
    for role in ("auditor", "system", "services"):
        with pytest.raises(ConfigError, match=role):
            seen("BRB", role)


@settings(max_examples=25, deadline=None)
@given(
    st.sampled_from(sorted(POLICY.states.by_code)),
    st.sampled_from(["officer", "supervisor", "prosecutor", "list-owner"]),
)
def test_no_edge_of_what_a_reader_gets_hangs_in_the_air(state, role):
    net = seen(state, role)
    nodes = set(net.nodes["node_id"])
    assert set(net.edges["from_id"]) | set(net.edges["to_id"]) | set(net.trips["person_id"]) <= nodes
