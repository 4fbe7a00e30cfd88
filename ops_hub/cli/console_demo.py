"""`ops-hub console demo`: a centre at work on this machine, with an invented day that arrives while one looks.

Everything is in one folder. A hub is started beside, as `ops-hub hub up` would; history and messages are handed in by the
way that all messages take. It ends on Ctrl-C or SIGTERM and leaves no process behind.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
import msgspec
import redis

from ops_hub.access.accounts import Account, hashed
from ops_hub.casework.case import CENTRE
from ops_hub.cli.common import table, told
from ops_hub.cli.operation_demo import NAME, STATES, moved_plan
from ops_hub.cli.operations import opened
from ops_hub.config import data_dir
from ops_hub.console.serving import serve_console
from ops_hub.console.settings import Settings
from ops_hub.engines.live.ingest import Intake
from ops_hub.engines.live.old_networks import FOLDER
from ops_hub.engines.live.status import pulse
from ops_hub.errors import ConfigError, OpsHubError
from ops_hub.exercise.day.accounts import ACCOUNTS, PASSWORD
from ops_hub.exercise.day.messages import Day, day_of, with_new_route
from ops_hub.exercise.networks.grow import NetworkSpec, grow_networks
from ops_hub.operations import journal
from ops_hub.service.centre import Centre
from ops_hub.states import home_states
from ops_hub.store import accounts
from ops_hub.store.audit import record
from ops_hub.store.files import write_atomic, write_parquet, write_text
from ops_hub.store.hub import Hub, open_hub

_MARK = "console-demo.json"  # in the folder: made by this command, which may remove it
_CLI = [sys.executable, "-c", "from ops_hub.cli import main; main()"]
_UP_SECONDS = 120.0
_UP = "workers; hand in"  # what `hub up` says when it is up
_A_DAY = 400  # travellers a day of history, about
_AT_ONCE = 6  # messages that are there from the beginning
_NETWORK = "last-weeks"
_PLANNER = "CENTRE/sofia:supervisor"
_KEPT_SECONDS = 5.0  # from what is screened to the lake
_PURPOSE = "operation ALCYON: who organises"


class _Ended(BaseException):
    """Somebody ended the demo."""


@click.command()
@click.option("--port", default=8440, show_default=True, type=click.IntRange(1, 65535), help="Port of the console.")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), default=Path("runs/console-demo"), show_default=True, help="Folder for everything; one of an earlier demo is replaced.")  # fmt: skip
@click.option("--speed", "minutes", type=click.FloatRange(0, 600), default=10, show_default=True, help="Minutes in which the day's messages arrive; 0: all at once.")  # fmt: skip
@click.option("--seed", type=click.IntRange(0), default=7, show_default=True, help="Another seed is another day.")
@click.option("--days", type=click.IntRange(20, 120), default=45, show_default=True, help="Days of history.")
@told
def demo(port: int, out: Path, minutes: float, seed: int, days: int) -> None:
    """Start a hub and a console with an invented day that arrives while one looks; Ctrl-C ends all of it.

    Everybody in it is invented. All accounts have the same password, which is printed: never use this for real work.

    \b
    Example:
      ops-hub console demo --port 8440
    """
    begin = time.monotonic()
    out = out.resolve()
    _end_on_signals()
    try:
        _cleared(out)
        os.environ |= {"OPS_HUB_HASH_KEY": "exercise", "OPS_HUB_HOME": str(out / "hub"), "OPS_HUB_OPERATIONS": str(out / "operations")}  # fmt: skip
        os.environ.pop("OPS_HUB_REDIS", None)
        click.echo("An invented day is made ...")
        day, history = _made(out, seed, days)
        with _hub(out):
            hub = open_hub()
            _accounts(hub)
            _operation(out, hub)
            over = threading.Event()
            feeding = threading.Thread(target=_fed, args=(hub, out, day, minutes, over), daemon=True)
            feeding.start()
            planning = threading.Thread(target=_planned, args=(hub, out, history, over), daemon=True)
            planning.start()
            _tell(port, day, minutes, time.monotonic() - begin)
            try:
                serve_console(Centre(hub), Settings(), "127.0.0.1", port, lambda _: None)
            finally:
                over.set()
                feeding.join(10)
                planning.join(10)
                hub.client.close()
    except (_Ended, KeyboardInterrupt):
        pass
    click.echo(f"\nended; everything is in {out}")


def _end_on_signals() -> None:
    """End by an exception on the first signal; the work of ending is not disturbed by further ones."""

    def end(number: int, _: Any) -> None:
        for name in (signal.SIGINT, signal.SIGTERM):
            signal.signal(name, signal.SIG_IGN)
        raise _Ended

    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, end)


def _cleared(out: Path) -> None:
    """Make the folder empty; only what an earlier demo made is removed.

    Raises:
        ConfigError: there is something else in it.
    """
    if out.exists() and any(out.iterdir()):
        if not (out / _MARK).is_file():
            raise ConfigError(str(out), "there is something in this folder that no demo made", "name another --out")
        down = os.environ | {"OPS_HUB_HOME": str(out / "hub")}
        down.pop("OPS_HUB_REDIS", None)
        subprocess.run([*_CLI, "hub", "down"], env=down, capture_output=True, check=False)
        shutil.rmtree(out)
    out.mkdir(parents=True, exist_ok=True)
    (out / "hub").mkdir(mode=0o700)  # before a file in it makes it open to others
    write_text(out / _MARK, json.dumps({"made by": "ops-hub console demo"}))


def _made(out: Path, seed: int, days: int) -> tuple[Day, int]:
    """Make history, lists and messages, and write them where they can be looked at; return the day, and rows of history."""
    now = datetime.now(UTC)
    today = now.date()
    grown = grow_networks(NetworkSpec(_A_DAY, days, seed, 3, 1, None, tuple(STATES.split(",")), reference=today))
    day = day_of(now, grown.history, seed)
    past = with_new_route(grown.history, today, seed)
    write_parquet(out / "day" / "history.parquet", past.drop("card_number", "payments", strict=False))
    for each in day.lists:
        folder = out / "lists" / str(each.terms["id"])
        terms = "".join(f"{name} = {json.dumps(value)}\n" for name, value in each.terms.items())
        write_text(folder / "list.toml", terms)
        write_atomic(folder / "entries.csv", each.entries.write_csv)
    for number, sent in enumerate(day.messages):
        write_text(out / "day" / f"{number:02d}-{sent.name}", sent.text)
    write_text(out / "hub" / "schedule.csv", day.schedule)
    rows = [f"{each.list_id},{each.entry_id},{each.alteration}" for each in day.planted]
    write_text(out / "day" / "planted.csv", "\n".join(["list_id,entry_id,differs by", *rows, ""]))
    return day, past.height


@contextmanager
def _hub(out: Path) -> Iterator[None]:
    """Keep a hub up beside, with a worker; its words go to hub.log."""
    lists = ["-w", str(out / "lists"), "-w", str(data_dir("watchlists"))]
    log = out / "hub.log"
    with log.open("w") as words:
        # a session of its own: Ctrl-C is for this process, which ends that one when the console has ended
        running = subprocess.Popen(
            [*_CLI, "hub", "up", *lists, "--workers", "1"], stdout=words, stderr=words, start_new_session=True
        )
    try:
        deadline = time.monotonic() + _UP_SECONDS
        while _UP not in log.read_text(encoding="utf-8", errors="replace"):
            if running.poll() is not None or time.monotonic() > deadline:
                raise ConfigError("hub", "it does not come up", f"see {log}")
            time.sleep(0.1)
        yield
    finally:
        with suppress(ProcessLookupError):
            running.send_signal(signal.SIGTERM)
        try:
            running.wait(_UP_SECONDS)
        except subprocess.TimeoutExpired:
            running.kill()
        subprocess.run([*_CLI, "hub", "down"], capture_output=True, check=False)  # a server that goes on without it


def _accounts(hub: Hub) -> None:
    password = hashed(PASSWORD)
    for name, state, role in ACCOUNTS:
        account = Account(name, state, role, password, hub.now())
        accounts.put(hub, name, msgspec.json.encode(account))
        record(hub, "CENTRE/demo:administrator", "account-added", name, role=role, state=state)


def _operation(out: Path, hub: Hub) -> None:
    """Put the sample operation beside, its action beginning today, as the states agreed on it."""
    text = (data_dir("sample_feeds") / "operation-alcyon" / "plan.toml").read_text(encoding="utf-8")
    moved = moved_plan(text, hub.now().date()).replace("# prosecutor", "prosecutor")
    write_text(out / "operations" / NAME / "plan.toml", moved)
    found = opened(out / "operations", NAME)
    lines = [journal.acknowledging(found.plan, f"{state}/focal", state, hub.now()) for state in STATES.split(",")]
    found.write(lambda _: lines)


def _fed(hub: Hub, out: Path, day: Day, minutes: float, over: threading.Event) -> None:
    """Hand in the first messages, the history, then the rest at speed; what goes wrong is told, and ends the feeding."""
    try:
        intake = Intake(hub, home_states())
        for sent in day.messages[:_AT_ONCE]:
            intake.message(sent.text.encode(), sent.name)
        intake.files([out / "day" / "history.parquet"])
        rest = day.messages[_AT_ONCE:]
        for sent in rest:
            if over.wait(minutes * 60 / len(rest)):
                return
            intake.message(sent.text.encode(), sent.name)
        click.echo("all messages of the day have been handed in")
    except (OpsHubError, redis.RedisError) as error:
        if not over.is_set():
            click.echo(f"ops-hub: the day's messages do not arrive any more: {error}", err=True)


def _planned(hub: Hub, out: Path, history: int, over: threading.Event) -> None:
    """Build a network when the history is screened, and set the operation's tasks by it: beside, and after all else."""
    network = str(hub.home / FOLDER / _NETWORK)
    try:
        while pulse(hub).screened < history:
            if over.wait(1):
                return
        if over.wait(_KEPT_SECONDS):
            return
        for step in (
            ("graph", "build", "--hub", "--purpose", _PURPOSE, "--out", network),
            ("operation", "targets", NAME, "--network", network, "--hub", "--set-tasks"),
        ):
            if not _done_beside(step, out / "planning.log", over):
                return
    except (OpsHubError, redis.RedisError, OSError) as error:
        if not over.is_set():
            click.echo(f"ops-hub: no network is built: {error}", err=True)


def _done_beside(step: tuple[str, ...], log: Path, over: threading.Event) -> bool:
    """Do a command of ops-hub at the lowest priority; it ends with the demo. Return whether it succeeded."""
    with log.open("a") as words:
        running = subprocess.Popen(
            ["nice", "-n", "19", *_CLI, *step], stdout=words, stderr=words, start_new_session=True,
            env=os.environ | {"OPS_HUB_USER": _PLANNER},
        )  # fmt: skip
        while running.poll() is None:
            if over.wait(0.2):
                running.terminate()
                running.wait(10)
                return False
    return running.returncode == 0


def _tell(port: int, day: Day, minutes: float, seconds: float) -> None:
    click.echo(
        f"{day.travellers:,} invented travellers in {len(day.messages)} messages arrive within {minutes:g} minutes;"
        f" {len(day.planted)} of them are listed. Ready after {seconds:.0f} s.\n"
    )
    table(
        [(name, role, "the centre" if state == CENTRE else state) for name, state, role in ACCOUNTS],
        ("account", "role", "of"),
    )
    click.echo(
        f"\nFOR THIS DEMO ONLY, all accounts have the password: {PASSWORD}\n\n"
        f"console: http://127.0.0.1:{port}/   (Ctrl-C ends everything)"
    )
