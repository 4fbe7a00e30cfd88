"""The embedded server: one for a home folder whatever happens, and gone when nobody needs it."""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
import threading
import time

import pytest
import redis

from ops_hub.cli.reaching import reaching
from ops_hub.errors import StoreError
from ops_hub.store import server
from ops_hub.store.consume import MOST_TRIES, Reader
from ops_hub.store.hub import RUNNING, key, open_hub, running_pid
from tests.conftest import ROOT


def test_a_server_that_does_not_answer_never_gets_a_second_one_beside_it(hub, monkeypatch):
    monkeypatch.setattr(server, "_SECONDS", 1.0)
    monkeypatch.setattr(server, "_STALLED", 0.5)
    monkeypatch.setattr(server, "_client", _hasty)
    pid = server.pid_of(hub.home)
    hub.client.set(key("x"), "1")
    os.kill(pid, signal.SIGSTOP)
    try:
        with pytest.raises(StoreError, match="lives and does not answer"):
            open_hub(hub.home)
        assert server.pid_of(hub.home) == pid
    finally:
        os.kill(pid, signal.SIGCONT)
    assert hub.client.get(key("x")) == b"1"


def _hasty(socket, seconds):
    del seconds
    return redis.Redis(unix_socket_path=str(socket), retry=None, socket_timeout=0.2)


def test_a_server_that_was_killed_is_started_anew_and_is_no_longer_said_to_run(hub):
    hub.client.set(key("x"), "1")
    pid = server.pid_of(hub.home)
    os.kill(pid, signal.SIGKILL)
    deadline = time.monotonic() + 5
    while server.pid_of(hub.home) is not None:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    again = open_hub(hub.home)
    assert again.client.get(key("x")) == b"1"
    assert server.pid_of(hub.home) not in (None, pid)
    again.client.close()


@pytest.mark.parametrize("words", [("status", "--json"), ("dead",), ("ingest", "sample_feeds")])
def test_a_command_leaves_no_server_behind_that_it_had_to_start(words, tmp_path_factory):
    home = tmp_path_factory.mktemp("h")
    command = [sys.executable, "-c", "from ops_hub.cli import main; main()", "hub", *words]
    told = subprocess.run(
        command, cwd=ROOT, env=os.environ | {"OPS_HUB_HOME": str(home)}, capture_output=True, text=True, check=False
    )
    assert told.returncode == 0, told.stderr
    assert (home / "server" / "appendonlydir").is_dir()
    assert server.pid_of(home) is None


def test_a_command_leaves_the_server_to_others_who_use_it_by_then(tmp_path_factory):
    home, begun, end = tmp_path_factory.mktemp("h"), threading.Event(), threading.Event()

    @reaching
    def command():
        open_hub(home).client.close()
        begun.set()
        end.wait(20)

    thread = threading.Thread(target=command)
    thread.start()
    begun.wait(20)
    with redis.Redis(unix_socket_path=str(server.socket_of(home)), client_name="somebody") as other:
        other.ping()
        end.set()
        thread.join()
        assert other.ping()
    server.stop(home)


def test_a_command_that_brings_back_the_server_of_a_running_hub_leaves_it_there(tmp_path_factory):
    home = tmp_path_factory.mktemp("h")
    with (home / RUNNING).open("w") as mark:
        mark.write(str(os.getpid()))
        mark.flush()
        fcntl.flock(mark, fcntl.LOCK_EX)
        reaching(lambda: open_hub(home).client.close())()
        assert server.pid_of(home) is not None
    server.stop(home)


def test_the_number_of_a_process_that_is_none_of_ours_does_not_count_as_a_running_hub(tmp_path):
    (tmp_path / RUNNING).write_text(str(os.getpid()))  # as a machine that was cut off leaves it
    assert running_pid(tmp_path) is None


def test_what_ends_its_reader_is_buried_and_its_neighbours_are_not(hub):
    for number in range(5):
        hub.client.xadd(key("s"), {"number": number})
    Reader(hub, key("s"), "g", "first").take(10, 0)
    done = set()
    for life in range(40):
        reader = Reader(hub, key("s"), "g", f"life-{life}", idle_ms=0)
        while items := reader.take(10, 0):
            if any(item.fields[b"number"] == b"0" for item in items):
                break  # it dies
            done |= {item.fields[b"number"] for item in items}
            reader.done(*items)
    assert done == {b"1", b"2", b"3", b"4"}
    letters = hub.client.xrange(key("dead"))
    assert [fields[b"f:number"] for _, fields in letters] == [b"0"]
    assert int(letters[0][1][b"tries"]) == MOST_TRIES + 1


def test_passwords_of_users_stay_closed_to_others_when_the_server_writes_them_anew(hub):
    hub.client.acl_setuser("desk", enabled=True, passwords=["+secret"])
    hub.client.acl_save()
    assert (hub.home / "server" / "users.acl").stat().st_mode & 0o077 == 0
