"""The live hub on a cluster of two servers: what a single server does, it does, each thing once."""

from __future__ import annotations

import pytest

from benchmarks.servers import a_cluster
from ops_hub.engines.live.ingest import Intake
from ops_hub.engines.live.keeper import Keeper
from ops_hub.engines.live.office import Office
from ops_hub.engines.live.status import dead_letters, reject_rows, status
from ops_hub.engines.live.worker import Worker
from ops_hub.states import home_states
from ops_hub.store import archive, lake, users
from ops_hub.store.hub import grow, key, open_hub
from ops_hub.store.mail import case_numbers, read_credentials
from ops_hub.store.scribe import verified
from tests.conftest import ROOT
from tests.live import helpers_live as live

SAMPLE = ROOT / "sample_feeds"


@pytest.fixture
def wide(tmp_path, compiled):
    """A hub of four partitions on two servers, with the sample lists published."""
    with a_cluster(2) as made:
        hub = grow(open_hub(tmp_path / "home", made.address), 4)
        archive.publish(hub, archive.keep_snapshot(hub, compiled), archive.keep_rules(hub, None))
        yield hub
        hub.close()


def test_two_servers_ingest_screen_open_cases_and_keep_each_thing_once(wide, tmp_path):
    counted = Intake(wide, home_states()).files([SAMPLE])
    assert Intake(wide, home_states()).files([SAMPLE]).duplicates == counted.accepted
    for stream in wide.streams("buckets"):
        assert wide.of(stream).zcard(stream)  # every partition has something to do

    one, two = Worker(wide, "one"), Worker(wide, "two")
    assert one.step()  # opens the lists
    assert one.step()
    two.run(live.never, until_empty=True)
    said = status(wide)
    assert (said["accepted"], said["duplicates"]) == (counted.accepted, counted.accepted)
    assert said["units"] == counted.accepted
    assert said["waiting"] == said["pending"] == said["dead_letters"] == len(list(dead_letters(wide))) == 0
    assert said["behind"]["screened"] == counted.accepted
    assert (said["servers"], said["partitions"], said["server"]) == (2, 4, "external")

    office = Office(wide)
    while office.work():
        pass
    keeper = Keeper(wide, home_states())
    assert keeper.open(live.never)
    keeper.finish()
    keeper.close()
    assert status(wide)["behind"] == {"screened": 0, "kept": 0, "audit": 0}
    assert sum(lake.rows(wide, *place) for place in lake.days(wide)) == said["screened"]
    assert sum(frame.filter(frame["kind"] == "record").height for frame in reject_rows(wide)) == said["rejected"]
    assert verified(wide).faults == ()
    assert len({receipt.unit for receipt in live.logged(wide.home)}) == counted.accepted
    assert wide.client.scard(key("cases", "status", "new")) > 0

    held = read_credentials(users.provision(wide, "BRB", "ordinary", tmp_path))
    assert case_numbers(held) == []
    assert all(b"BRB" in server.execute_command("ACL", "USERS") for server in wide.servers())
    assert users.revoke(wide, "BRB", "ordinary")


def test_destroyed_keys_leave_the_logs_of_all_servers(wide):
    wide.keyring.seal("BRB", "2026-11-20", b"x")
    assert wide.keyring.destroy("BRB", "2026-11-20")
    wide.keyring.forget()
    assert all(server.info("persistence")["aof_last_bgrewrite_status"] == "ok" for server in wide.servers())
