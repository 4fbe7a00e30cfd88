"""The hub's own holdings as a network takes them: whom retention masks, and who is not the person, is in none."""

from datetime import timedelta

import pytest

from ops_hub.casework.case import Actor
from ops_hub.desk.acting import act
from ops_hub.desk.filing import open_desk
from ops_hub.engines.live.networks import gathered, others, released_to
from ops_hub.errors import ConfigError
from ops_hub.store.aside import aside
from ops_hub.store.lakefiles import Writer

from .fixtures_cases import ANA, CARLA, audited, entry, hub, office, screened, server, told, traveller, worked
from .fixtures_keeping import kept, people

__all__ = ["hub", "office", "server", "told"]


@pytest.fixture
def desk(hub, office):  # noqa: F811
    """Cases 1 and 2: one traveller is met by HND's list, another one by BRB's."""
    screened(hub, 1, [(traveller(hub, "r1"), entry())])
    screened(
        hub,
        2,
        [(traveller(hub, "r2", "DIAZ", "EVA", number="Y9"), entry("B1", "brb-smuggling", "BRB", name="DIAZ, Eva"))],
    )
    worked(office)
    return open_desk(hub)


def found(desk, tmp_path, **options):
    with aside(tmp_path) as place:
        got = gathered(desk, place, CARLA, **({"since": None, "until": None, "purpose": "operation"} | options))
        return got, got.travellers.collect()


def test_hits_of_cases_are_links_until_somebody_says_that_it_is_not_the_person(desk, tmp_path):
    assert sorted(found(desk, tmp_path)[0].hits["record_id"]) == ["r1", "r2"]
    assert sorted(found(desk, tmp_path)[0].entries["list_id"]) == ["brb-smuggling", "hnd-wanted"]
    act(desk, 1, ANA, "claim", {})
    act(desk, 1, ANA, "decide", {"outcome": "not-the-person", "reason": "another birth date"})
    assert found(desk, tmp_path)[0].hits["record_id"].to_list() == ["r2"]


def test_travellers_whom_retention_masks_are_left_out_and_counted(desk, tmp_path):
    days = [(desk.hub.now() - timedelta(days=ago)).date().isoformat() for ago in (1, 400)]
    for place, day in enumerate(days):
        Writer(desk.hub.home).append([kept(desk.hub, "BRB", day, f"s{place}", people(place * 10, place + 2))])
    got, travellers = found(desk, tmp_path)
    assert travellers.height == 2
    assert got.masked == 1


def test_a_network_needs_a_purpose_and_the_audit_log_knows_before_anything_is_read(desk, tmp_path):
    with pytest.raises(ConfigError, match="purpose"):
        found(desk, tmp_path, purpose=" ")
    found(desk, tmp_path)
    said = {each["action"]: each["purpose"] for each in audited(desk.hub)}
    assert said["network-gathered"] == "operation"


def test_who_acts_next_is_told_whom_to_speak_to_first(desk):
    told_ = others(desk, Actor("TTO", "jo"))
    assert "HND" in told_["r1"][0]
    assert "BRB" in told_["r2"][0]


def test_released_content_is_known_by_record_and_entry(desk):
    assert released_to(desk, "TTO") == set()
    act(desk, 2, ANA, "release", {"to": ["TTO"], "reason": "to be met"})
    assert released_to(desk, "TTO") == {("r2", "entry:brb-smuggling/B1")}
