"""From a network to what each reader gets: cut first, then planned."""

import polars as pl
import pytest

from ops_hub.casework.case import Actor
from ops_hub.casework.policy import sharing_policy
from ops_hub.desk import planning
from ops_hub.desk.planning import planned
from ops_hub.errors import ConfigError
from ops_hub.graph.analyses.finding import Finding
from ops_hub.graph.analyses.table import FINDERS
from ops_hub.graph.settings import graph_settings
from ops_hub.operations.plan import Member
from ops_hub.operations.settings import operation_settings
from ops_hub.operations.tasks import seen
from ops_hub.states import home_states
from tests.graph.nets import a_net
from tests.operations.scenes import NOW, a_plan
from tests.operations.test_targets import SCENE


def made(reader, caveats=(), plan=None):
    trips = [(*each[:5], {"states": ["BRB", "TTO"], **(each[5] if len(each) > 5 else {})}) for each in SCENE["trips"]]
    edges = [(*each[:3], each[3] | {"caveats": list(caveats)} if each[0] == "person:boss" else each[3]) for each in SCENE["edges"]]  # fmt: skip
    ports = {f"port:{port}": {} for port in ("BGI", "POS", "KIN")}
    victim = SCENE["nodes"]["person:victim"] | {"nationalities": ["VEN", "BRB"]}
    net = a_net(edges, trips, SCENE["nodes"] | ports | {"person:victim": victim})
    return planned(
        plan or a_plan(), net, reader, sharing_policy(), NOW, home_states(), operation_settings(), graph_settings()
    )


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


def test_no_task_tells_a_state_what_a_caveat_keeps_from_it():
    """The same tasks whoever makes them; BRB may not know of the boss, nor of the victim, who may be its own national."""
    makers = [Actor("CENTRE", "carla", "supervisor"), Actor("CENTRE", "pia", "protection")]
    todo, *again = [made(each, ["not-to:BRB"]).tasks for each in makers]
    assert all(each.equals(todo) for each in again)
    about = {(row["about"], row["state"]): row["kind"] for row in todo.to_dicts()}
    assert about["person:boss", "TTO"] == "secondary-check"
    assert ("person:boss", "BRB") not in about
    assert about["person:boss", "CENTRE"] == "coordination"
    assert about["person:victim", "CENTRE"] == "protection-reception"  # no other state is where they arrive
    assert ("person:victim", "BRB") not in about
    assert (
        "person:child",
        "BRB",
    ) not in about  # nor a child of BRB: its desk hears of it from the hub's case, if at all
    states = [Member("BRB", coordinates=True), Member("TTO"), Member("JAM")]
    plan = a_plan(states=states)
    read = seen(made(makers[0], ["not-to:BRB"], plan).tasks, plan, "BRB", "officer")[0]
    assert "person:boss" not in read["about"].to_list()


def test_a_reader_of_whose_state_the_network_holds_nothing_gets_an_empty_plan():
    net = a_net(trips=[])
    found = planned(a_plan(), net, Actor("JAM", "joe"), sharing_policy(), NOW, home_states(), operation_settings(), graph_settings())  # fmt: skip
    assert found.made.targets.is_empty()
    assert found.tasks.is_empty()
    assert "nothing to cover" in found.coverage.words[0]


def test_a_weak_place_in_the_network_makes_nobody_a_person_of_interest(monkeypatch):
    table = pl.DataFrame({"node_id": ["person:a", "person:b"], "share": [0.9, 0.05], "why": ["a: ties", "b: ties"]})
    monkeypatch.setattr(planning, "_ROLES", {"brokers": planning._ROLES["brokers"]})
    monkeypatch.setitem(FINDERS, "brokers", lambda *_, **__: Finding("brokers", ("", "two"), table))
    found = planning.standing(a_net(trips=[]), graph_settings(), operation_settings())[0]
    assert found["person_id"].to_list() == ["person:a"]
