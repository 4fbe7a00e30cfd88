"""The hub as real processes: started, killed, brought back, ended; every message screened once."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from ops_hub.engines.live import up
from ops_hub.engines.live.ingest import Intake
from ops_hub.engines.live.status import status
from ops_hub.engines.live.worker import Worker
from ops_hub.errors import StoreError
from ops_hub.states import home_states
from ops_hub.store.hub import open_hub
from ops_hub.store.server import pid_of, stop
from tests.conftest import ROOT
from tests.live import helpers_live as live

COMMAND = [sys.executable, "-c", "from ops_hub.cli import main; main()", "hub"]
SAMPLE = ROOT / "sample_feeds"


@pytest.fixture
def centre():
    """A home folder, and a function that runs `ops-hub hub ...` in it."""
    home = Path(tempfile.mkdtemp(dir="/tmp", prefix="oh-"))
    environment = os.environ | {"OPS_HUB_HOME": str(home), "PYTHONPATH": str(ROOT)}
    environment.pop("OPS_HUB_REDIS", None)
    started = []

    def start(*words):
        process = subprocess.Popen(
            [*COMMAND, *words], env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        started.append(process)
        return process

    yield home, start
    for process in started:
        if process.poll() is None:
            process.terminate()
        process.communicate(timeout=120)
    stop(home)
    shutil.rmtree(home, ignore_errors=True)


def said(process):
    out, _ = process.communicate(timeout=120)
    assert process.returncode == 0, out
    return out


def until(wanted, seconds=120):  # for a busy machine; what is waited for is seldom late
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            if found := wanted():
                return found
        except Exception:  # the server is being killed meanwhile
            pass
        time.sleep(0.1)
    raise AssertionError("it did not happen in time")


@pytest.mark.faults
def test_killed_workers_and_a_killed_server_lose_and_double_nothing(centre, compiled, tmp_path):
    home, start = centre
    running = start("up", "-w", str(compiled), "--workers", "2")
    until(lambda: pid_of(home))
    text = (SAMPLE / "BW432_POS-BGI_2026-11-20.paxlst.edi").read_text()
    for number in range(60):
        (tmp_path / f"{number}.edi").write_text(text.replace("UNH+", f"UNH+{number}Z", 1))
    hub = open_hub(home)
    until(lambda: len(status(hub)["worker"]) == 2)
    victims = [each["pid"] for each in status(hub)["worker"]]
    assert Intake(hub, home_states()).files([tmp_path]).accepted == 60
    os.kill(victims[0], signal.SIGKILL)
    time.sleep(0.2)
    os.kill(pid_of(home), signal.SIGKILL)
    hub.client.close()

    def finished():
        again = open_hub(home)
        try:
            found = status(again)
            idle = found["waiting"] == found["pending"] == 0 and not any(found["behind"].values())
            return idle and found["workers"] >= 2 and live.logged(home)
        finally:
            again.client.close()

    receipts = until(finished)
    assert len(receipts) == 60
    assert len({each.unit for each in receipts}) == 60
    hub = open_hub(home)
    assert status(hub)["screened"] == sum(each.screened for each in receipts)
    assert status(hub)["dead_letters"] == 0
    hub.client.close()
    said(start("down"))
    assert "0 units remain waiting" in said(running)
    assert pid_of(home) is None


@pytest.mark.slow
def test_the_commands_hand_in_screen_and_tell(centre, compiled):
    home, start = centre
    assert "published" in said(start("publish", "-w", str(compiled)))
    assert json.loads(said(start("ingest", str(SAMPLE), "--json"))) == {"files": 11, "accepted": 13, "duplicates": 0}
    assert "screened 188 travellers" in said(start("worker", "--until-empty"))
    found = json.loads(said(start("status", "--json")))
    assert (found["waiting"], found["pending"], found["screened"], found["rejected"]) == (0, 0, 188, 3)
    assert json.loads(said(start("dead", "--json"))) == []
    lost = json.loads(said(start("rejects", "--json")))
    assert sum(each["kind"] == "record" for each in lost) == 3
    assert all(each["source"] and each["reason"] for each in lost)
    assert "0 of 0" in said(start("requeue", "--all"))
    assert "nothing runs here" in said(start("down"))


def test_a_server_that_is_not_there_is_told_in_one_line(tmp_path):
    told = subprocess.run(
        [*COMMAND, "status"],
        env=os.environ | {"OPS_HUB_HOME": str(tmp_path), "OPS_HUB_REDIS": f"unix://{tmp_path}/none.sock"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 2
    assert told.stderr.startswith("ops-hub: unix://")
    assert told.stderr.count("\n") == 1


def test_rules_that_services_cannot_read_are_not_published(centre, compiled, tmp_path):
    home, start = centre
    rules = tmp_path / "rules"
    shutil.copytree(ROOT / "rules", rules)
    (rules / "cases.toml").write_text("[state")
    refused = start("publish", "-w", str(compiled), "--rules", str(rules))
    out, _ = refused.communicate(timeout=120)
    assert refused.returncode == 2
    assert "cases.toml" in out
    assert json.loads(said(start("status", "--json")))["snapshot"] is None


def test_what_is_published_has_the_keys_of_all_home_states_so_that_copies_of_them_are_whole(centre, compiled):
    home, start = centre
    said(start("publish", "-w", str(compiled)))
    assert {f"{code}.key" for code in ["CENTRE", *home_states().by_code]} <= {
        each.name for each in (home / "keys").iterdir()
    }


def test_a_worker_without_a_states_key_takes_nothing_and_says_which(listed):
    (listed.home / "keys" / "BRB.key").unlink()
    again = open_hub(listed.home)
    worker = Worker(again, "elsewhere")
    Intake(again, home_states()).files([SAMPLE])
    while worker.step():
        pass
    assert status(again)["screened"] == status(again)["dead_letters"] == 0
    assert "BRB.key" in status(again)["alarms"][0]["what"]
    worker._leave()
    again.client.close()


def _breaks(hub, name, stopped):
    del hub, name, stopped
    raise ValueError("ALLEYNE KESTER")


def test_a_service_that_breaks_raises_an_alarm_once_that_names_nobody(hub, capsys):
    for _ in range(2):
        with pytest.raises(SystemExit):
            up._child(_breaks, str(hub.home), None, "host-1-office", os.getppid())
    (alarm,) = status(hub)["alarms"]
    assert alarm["what"].startswith("ValueError")
    assert "ALLEYNE" not in str(alarm) + capsys.readouterr().err


def test_a_password_in_an_address_is_not_told(tmp_path):
    with pytest.raises(StoreError) as told:
        open_hub(tmp_path, "redis://me:secret@127.0.0.1:1/0")
    assert "secret" not in str(told.value)
