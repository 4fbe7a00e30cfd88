"""What people type about the log and retention; the hub is a real one, in a home folder of its own."""

import json
import shutil
import tempfile
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from ops_hub.cli.main import main
from ops_hub.schemas import TRAVELLERS, rows
from ops_hub.store.hub import open_hub
from ops_hub.store.lakefiles import Kept, Writer
from ops_hub.store.receipt import packed
from ops_hub.store.server import stop

BEN, ANN, EVE = "BRB/ben:supervisor", "BRB/ann", "CENTRE/eve:auditor"


@pytest.fixture
def home(monkeypatch):
    folder = Path(tempfile.mkdtemp(dir="/tmp", prefix="ohc"))
    monkeypatch.setenv("OPS_HUB_HOME", str(folder))
    monkeypatch.delenv("OPS_HUB_REDIS", raising=False)
    hub = open_hub()
    now = hub.now().date()
    for days in (1, 200, 1100):
        day = (now - timedelta(days=days)).isoformat()
        frame = rows(TRAVELLERS, [{"record_id": f"R{days}", "family_name": "SECRET"}])
        blob = hub.keyring.seal("BRB", day, packed(frame), f"BRB {day} s".encode())
        Writer(folder).append([Kept("BRB", day, 1, "s", blob)])
    hub.client.close()
    yield folder
    stop(folder)
    shutil.rmtree(folder, ignore_errors=True)


def say(*words, code=0):
    done = CliRunner().invoke(main, list(words))
    assert done.exit_code == code, done.output
    return done.output


def test_a_run_is_told_done_and_proven(home):
    plan = json.loads(say("retention", "run", "--dry-run", "--json"))
    assert [len(plan[name]) for name in ("deleted", "masked", "held")] == [1, 1, 0]
    assert "delete_days=1095" in say("retention", "run")
    kept = json.loads(say("retention", "show", "--json", "--as", BEN))["kept"]
    assert [(each["rows"], each["masked"]) for each in kept] == [(1, True), (1, False)]
    events = [json.loads(line)["event"]["action"] for line in say("audit", "show", "--json", "--as", EVE).splitlines()]
    assert set(events) == {"retention-deleted", "keys-forgotten", "retention-masked", "retention-shown", "audit-shown"}
    assert say("audit", "verify").startswith("whole: 5 lines")


def test_two_people_unmask_and_a_supervisor_holds_and_releases(home):
    assert "request 1" in say("retention", "unmask", "--record", "R200", "--reason", "why SECRET", "--as", ANN)
    say("retention", "confirm", "1", "--as", "BRB/ann:supervisor", code=2)
    assert "confirmed until" in say("retention", "confirm", "1", "--as", BEN)
    say("retention", "hold", "--record", "R1100", "--reason", "court", "--as", ANN, code=2)
    say("retention", "hold", "BRB", "--reason", "court", "--as", BEN, code=2)
    assert "hold 1" in say("retention", "hold", "--record", "R1100", "--reason", "court", "--as", BEN)
    shown = say("retention", "show", "--as", BEN)
    assert "hold 1: record R1100" in shown
    assert "why SECRET" in shown
    assert "why SECRET" not in say("retention", "show", "--as", ANN)
    assert "released" in say("retention", "release", "1", "--reason", "over", "--as", BEN)
    log = say("audit", "show", "--json", "--as", EVE)
    assert "SECRET" not in log
    assert "unmask-confirmed" in log


def test_verify_names_the_line_that_was_altered_and_ends_with_1(home):
    say("retention", "run")
    head = json.loads(say("audit", "head", "--json"))
    say("audit", "verify", "--head", head["head"])
    number = head["head"].partition(":")[0]
    assert "written anew" in say("audit", "verify", "--head", f"{number}:{'0' * 64}", code=1)
    path = home / "audit" / "audit-000001.jsonl"
    path.write_bytes(path.read_bytes().replace(b'"rows":1', b'"rows":2', 1))
    told = json.loads(say("audit", "verify", "--json", code=1))
    assert told["faults"][0]["file"] == str(path)
    assert "altered" in told["faults"][0]["reason"]


def test_a_state_sees_the_log_of_its_own_desk_alone(home):
    say("retention", "show", "--as", BEN)
    say("retention", "show", "--as", "TTO/bo")
    assert "BRB/" not in say("audit", "show", "--as", "TTO/bo")
    assert "TTO/bo:officer  retention-shown" in say("audit", "show", "--as", "TTO/bo")
    assert "TTO/bo" in say("audit", "show", "--by", "TTO/", "--as", EVE)


@pytest.mark.parametrize("who", ["ann", "XYZ/ann", "BRB/ann:king", "BRB/"])
def test_who_is_nobody_is_told_so(home, who):
    assert "--as" in say("retention", "show", "--as", who, code=2)
