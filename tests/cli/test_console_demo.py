"""The console's demo: ready at once, first hits soon, and nothing left behind."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from urllib.request import urlopen

import polars as pl
import pytest

from ops_hub.cli.console_demo import ACCOUNTS, PASSWORD
from ops_hub.exercise.day.messages import day_of, with_new_route
from ops_hub.exercise.networks.grow import NetworkSpec, grow_networks
from ops_hub.store import cases as store
from ops_hub.store.hub import open_hub

_CLI = [sys.executable, "-c", "from ops_hub.cli import main; main()"]


@pytest.fixture(scope="module")
def past():
    return grow_networks(NetworkSpec(40, 20, 1, 0, 1)).history


def test_a_day_leaves_in_the_next_hours_in_order_of_departure(past):
    now = datetime(2026, 3, 1, 22, 0, tzinfo=UTC)
    made = day_of(now, past, 1)
    leaves = [each.departs_utc for each in made.messages]
    assert leaves == sorted(leaves)
    assert (leaves[-1] - now).total_seconds() <= 12 * 3600
    assert sum(each < now for each in leaves) == 6  # three flights that left, with a list and a close-out each
    assert made.travellers > 2000
    assert {each.terms["handling"] for each in made.lists} == {"enforce", "discreet", "protect"}
    assert {each.alteration for each in made.planted} >= {"alias", "document-only", "typo", "exact"}
    text = "".join(each.text for each in made.messages)
    assert all(each.person["document_number"] in text for each in made.planted)
    assert day_of(now, past, 1).messages == made.messages


def test_a_new_route_stands_in_the_last_two_weeks_only(past):
    today = datetime(2026, 11, 23).date()
    more = with_new_route(past, today, 1)
    new = more.filter(pl.col("flight") == "KX431")
    assert new["departs_at"].dt.date().n_unique() == 14
    assert new["departs_at"].max().date() < today
    assert more.height == past.height + new.height


def test_a_folder_that_no_demo_made_is_refused(tmp_path):
    (tmp_path / "mine.txt").write_text("mine")
    done = subprocess.run(
        [*_CLI, "console", "demo", "--out", str(tmp_path)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "no demo made" in done.stderr
    assert (tmp_path / "mine.txt").exists()


@pytest.mark.wide
def test_the_demo_is_ready_shows_hits_and_ends_without_leaving_processes():
    with tempfile.TemporaryDirectory(dir="/tmp", prefix="oh-") as name:
        out = Path(name) / "demo"
        running = subprocess.Popen(
            [*_CLI, "console", "demo", "--port", str(_free_port()), "--speed", "0", "--days", "20", "--out", str(out)],
            stdout=subprocess.PIPE, text=True, env=os.environ | {"PYTHONUNBUFFERED": "1"},
        )  # fmt: skip
        said = ""
        try:
            while "console: " not in said:
                line = running.stdout.readline()
                assert line, said
                said += line
            assert PASSWORD in said
            assert all(account in said for account, _, _ in ACCOUNTS)
            address = re.search(r"http://\S+", said)[0]
            _answers(address)
            hub = open_hub(out / "hub")
            deadline = time.monotonic() + 60
            while not store.last_number(hub) and time.monotonic() < deadline:
                time.sleep(0.2)
            assert store.last_number(hub)
            hub.client.close()
        finally:
            running.send_signal(signal.SIGTERM)
            running.communicate(timeout=90)
        assert running.returncode == 0
        assert str(out) not in subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout


def _free_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def _answers(address):
    deadline = time.monotonic() + 20
    while True:
        try:
            with urlopen(f"{address}sign-in", timeout=5) as told:  # noqa: S310
                assert told.status == 200
                return
        except OSError:
            assert time.monotonic() < deadline
            time.sleep(0.1)
