"""The hub's own holdings as a network takes them: whom retention masks, and who is not the person, is in none."""

from datetime import timedelta

import pytest
from click.testing import CliRunner

from ops_hub.casework.case import Actor
from ops_hub.cli.main import main
from ops_hub.desk.acting import act
from ops_hub.desk.filing import open_desk
from ops_hub.engines.live import retention
from ops_hub.engines.live.networks import gathered, others, released_to
from ops_hub.engines.live.old_networks import let_go
from ops_hub.engines.network import made, opened, saved
from ops_hub.errors import ConfigError, StoreError
from ops_hub.graph.said import Said
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


def test_released_content_is_known_by_record_and_entry(desk, tmp_path):
    assert released_to(desk, "TTO") == set()
    act(desk, 2, ANA, "release", {"to": ["TTO"], "reason": "to be met"})
    assert released_to(desk, "TTO") == {("r2", "entry:brb-smuggling/B1")}
    assert found(desk, tmp_path)[0].released == {"TTO": [("r2", "entry:brb-smuggling/B1")]}


def test_a_network_is_read_until_the_first_of_its_travellers_is_to_be_masked(desk, tmp_path):
    days = [(desk.hub.now() - timedelta(days=ago)).date() for ago in (3, 1)]
    for place, day in enumerate(days):
        Writer(desk.hub.home).append([kept(desk.hub, "BRB", str(day), f"s{place}", people(place * 10, 2))])
    got, travellers = found(desk, tmp_path)
    end = days[0] + timedelta(days=desk.states.by_code["BRB"].retention.mask_days)
    assert got.keep_until == end
    home = desk.hub.home / "networks" / "live"
    net = made(Said(travellers.lazy(), inputs={"hub": {"keep_until": got.keep_until}}))
    saved(home, net, name="live", made_at="2026-11-29T00:00:00")
    assert opened(home, end).trips.height == travellers.height
    with pytest.raises(StoreError, match="retention masks"):
        opened(home, end + timedelta(days=1))
    assert let_go(desk.hub, end, [], dry_run=False, by="t") == []
    assert let_go(desk.hub, end + timedelta(days=1), [], dry_run=True, by="t") == ["live"]
    assert home.exists()
    assert retention.run(desk.hub, desk.states, end + timedelta(days=1)).networks == ["live"]
    assert not home.exists()
    assert "network-removed" in [each["action"] for each in audited(desk.hub)]


def test_an_account_that_cannot_be_read_keeps_nothing_else_and_is_told(desk):
    broken = desk.hub.home / "networks" / "x"
    broken.mkdir(parents=True)
    (broken / "network.json").write_text('{"inputs": {"hub": {"keep_until": "soon"}}}', encoding="utf-8")
    problems = []
    assert let_go(desk.hub, desk.hub.now().date(), problems, dry_run=False, by="t") == []
    assert "soon" in problems[0]
    (broken / "network.json").unlink()


def test_the_folder_of_a_hubs_network_is_nobody_elses_to_open_and_it_is_cut_to_whoever_asks(desk, tmp_path):
    Writer(desk.hub.home).append([kept(desk.hub, "BRB", str(desk.hub.now().date()), "s9", people(90, 2))])
    env, out = {"OPS_HUB_HOME": str(desk.hub.home), "OPS_HUB_REDIS": "", "OPS_HUB_USER": ""}, tmp_path / "there before"
    out.mkdir(mode=0o755)

    def graph(*words):
        return CliRunner().invoke(main, ["graph", *map(str, words)], env=env)

    build = ("build", "--hub", "--purpose", "operation", "--out", out, "--as")
    assert "the lake is the centre's" in graph(*build, "BRB/ana").output
    told_ = graph(*build, "CENTRE/carla:supervisor")
    assert told_.exit_code == 0, told_.output
    assert "may be read until" in told_.output
    assert out.stat().st_mode & 0o077 == 0
    assert graph("who", out, "P").exit_code == 2
    assert "networks are not for" in graph("who", out, "P", "--as", "BRB/ana:auditor").output
