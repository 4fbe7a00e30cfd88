"""From a network to what each reader gets: cut first, then planned."""

import pytest

from ops_hub.casework.case import Actor
from ops_hub.casework.policy import sharing_policy
from ops_hub.desk.planning import planned
from ops_hub.errors import ConfigError
from ops_hub.graph.settings import graph_settings
from ops_hub.operations.settings import operation_settings
from ops_hub.states import home_states
from tests.graph.nets import a_net
from tests.operations.scenes import NOW, a_plan
from tests.operations.test_targets import SCENE


def made(reader):
    trips = [(*each[:5], {"states": ["BRB", "TTO"], **(each[5] if len(each) > 5 else {})}) for each in SCENE["trips"]]
    net = a_net(SCENE["edges"], trips, SCENE["nodes"])
    return planned(a_plan(), net, reader, sharing_policy(), NOW, home_states(), operation_settings(), graph_settings())


def test_an_officer_plans_without_learning_who_is_to_be_protected():
    found = made(Actor("CENTRE", "carla", "officer"))
    told = str(found.made.targets.to_dicts()) + str(found.names)
    assert "victim" not in told
    assert "person:child" not in told
    assert found.made.targets["person_id"].to_list() == ["person:boss"]
    assert found.coverage.persons[0] == 3  # sums are of all: the boss, and both who are to be protected


def test_the_protection_desk_has_the_packages_of_protection():
    for role in ("protection", "services"):
        found = made(Actor("CENTRE", "pia", role)).made
        assert "person:victim" in found.protection["person_id"].to_list()
        assert "person:victim" not in found.targets["person_id"].to_list()


def test_networks_are_not_for_auditors():
    with pytest.raises(ConfigError, match="auditor"):
        made(Actor("CENTRE", "aud", "auditor"))
