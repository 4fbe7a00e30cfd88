"""`ops-hub operation demo`: an invented operation of eight states, from the first message to the after-action report.

Every step is a command that can be typed; each is printed before it is done. What officers decide is taken from the
exercise's own truth, by `demo_officers`, as somebody at a border would find it out.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import click

from ops_hub.cli.common import told
from ops_hub.cli.demo_officers import decide_all, listed_leads, listed_to_meet
from ops_hub.config import data_dir
from ops_hub.errors import ConfigError
from ops_hub.store.files import write_text

NAME = "ALCYON"
STATES = "BRB,TTO,JAM,DOM,HND,PAN,CRI,GTM"
Running = subprocess.Popen[bytes]
_CLI = [sys.executable, "-c", "from ops_hub.cli import main; main()"]
_WAIT = 600  # seconds in which something that waits must become less
_TELL = 15  # seconds between two words about what waits


@click.command()
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), default=Path("runs/operation-demo"), show_default=True, help="Folder for everything.")  # fmt: skip
@click.option("--seed", type=click.IntRange(0), default=7, show_default=True, help="Another seed is another story.")
@told
def demo(out: Path, seed: int) -> None:
    """Run an invented operation of eight states in two phases, with all its files to look at, in a few minutes.

    Gathering: sixty days of travel become a network, its organisers targets, the plan tasks. Action: messages come live, cases
    are decided, results entered. Then the report. Everybody in it is invented; days are moved so that the action begins today.

    \b
    Example:
      ops-hub operation demo --out runs/operation-demo
    """
    os.environ |= {"OPS_HUB_HASH_KEY": "exercise", "OPS_HUB_OPERATIONS": str(out / "operations")}
    os.environ |= {"OPS_HUB_HOME": str((out / "hub").resolve()), "OPS_HUB_USER": "CENTRE/carla:supervisor"}
    if (out / "hub").exists():
        _run(out, "hub", "down", quiet=True)
        shutil.rmtree(out)
    out.mkdir(parents=True, exist_ok=True)
    today = datetime.now(UTC).date()
    _gathering(out, seed, today)
    _agreeing(out, today)
    with _hub(out) as running:
        _action(out, running)
        _accounting(out, running)
    click.echo(
        f"\nto look at: {out}/chart.html, {out}/brief.html, {out}/brief-pan.html, {out}/report.html; all is in {out}"
    )


def _gathering(out: Path, seed: int, today: date) -> None:
    _title("Gathering: sixty days of travel, screened and linked")
    ex = out / "exercise"
    _run(out, "exercise", "network", "--passengers", "250", "--days", "60", "--live", "4", "--networks", "4", "--seed", str(seed),
         "--states", STATES, "--first-live", str(today + timedelta(days=1)), "--format", "pnrgov", "--out", str(ex))  # fmt: skip
    history = _history(ex)
    _run(out, "screen", *history, "-w", str(ex / "lists"), "--out", str(out / "gathering"))
    _run(out, "graph", "build", *history, "--run", str(out / "gathering"), "--out", str(out / "network"))
    _run(
        out, "graph", "find", "organisers", str(out / "network"), "--top", "8", "--out", str(out / "organisers.parquet")
    )
    for kind in ("minors", "cross"):
        _run(out, "graph", "find", kind, str(out / "network"), "--top", "5")


def _history(ex: Path) -> list[str]:
    """Return the files of sixty days: flights, and boats where there are any."""
    return [str(path) for path in (ex / "history.parquet", ex / "sea.parquet") if path.is_file()]


def _agreeing(out: Path, today: date) -> None:
    _title("The plan: what eight states agree on")
    plan = out / "operations" / NAME / "plan.toml"
    text = (data_dir("sample_feeds") / "operation-alcyon" / "plan.toml").read_text(encoding="utf-8")
    write_text(plan, moved_plan(text, today))
    leads = listed_leads(out / "network", out / "organisers.parquet", out / "leads")
    click.echo(
        f"The states verify what was found and list {leads} leads, to be looked at without their noticing: {out / 'leads'}"
    )
    for code in STATES.split(","):
        _run(out, "operation", "ack", NAME, "--as", f"{code}/focal", quiet=True)
    _run(out, "operation", "ready", NAME, "-w", str(out / "exercise" / "lists"), accept=(0, 1))
    click.echo("Guatemala names its prosecutor: a new version of the plan, which all acknowledge again.")
    write_text(plan, plan.read_text(encoding="utf-8").replace("# prosecutor", "prosecutor"))
    for code in STATES.split(","):
        _run(out, "operation", "ack", NAME, "--as", f"{code}/focal", quiet=True)


def _action(out: Path, running: Running) -> None:
    _title("Action: messages come live")
    ex = out / "exercise"
    _run(out, "hub", "ingest", str(ex / "feed.edi"))
    _settled(out, running)
    _run(out, "graph", "build", *_history(ex), "--run", str(out / "gathering"), "--hub", "--purpose", f"operation {NAME}",
         "--out", str(out / "network-live"))  # fmt: skip
    network = ("--network", str(out / "network-live"))
    _run(out, "operation", "targets", NAME, *network, "--hub", "--set-tasks")
    _run(out, "operation", "coverage", NAME, *network)
    _run(out, "operation", "ready", NAME, "--hub", accept=(0, 1))
    _run(out, "operation", "task", NAME, "list", "--as", "BRB/focal")
    chart = ("chart", str(out / "network-live"), "--find", "organisers")
    _run(out, *chart, "--out", str(out / "chart.html"))
    _run(out, *chart, "--format", "svg", "--out", str(out / "chart.svg"))
    brief = ("operation", "brief", NAME, *network, "--hub")
    _run(out, *brief, "--chart", str(out / "chart.svg"), "--out", str(out / "brief.html"))
    _run(out, *brief, "--as", "PAN/paz:protection", "--out", str(out / "brief-pan.html"))
    meet = listed_to_meet(out / "network-live", out / "organisers.parquet", out / "leads")
    click.echo(
        f"{meet} people travel soon on what looks like an organiser's means: listed to be met by services, not by the police.\n"
    )
    _run(out, "hub", "publish", "-w", str(ex / "lists"), "-w", str(out / "leads"))
    _settled(out, running)
    decide_all(ex / "truth.csv", NAME)
    # with the number of cases the report's figures would give how many were protected, which is few
    click.echo("Officers decide all open cases; what came of them is counted in the report.")


def _accounting(out: Path, running: Running) -> None:
    _title("After: what became of it")
    _settled(out, running)
    _run(out, "graph", "compare", str(out / "network"), str(out / "network-live"))
    _do_tasks(out)
    plan = out / "operations" / NAME / "plan.toml"
    lessons = data_dir("sample_feeds") / "operation-alcyon" / "lessons.md"
    over = max(re.findall(r"ends = (\S+)", plan.read_text(encoding="utf-8")))
    day_after = str(date.fromisoformat(over) + timedelta(days=1))
    click.echo(
        "The last phase runs for months: it is closed as if the day after it were today. Results can be said later."
    )
    _run(out, "operation", "close", NAME, "--lessons", str(lessons), "--today", day_after, "--yes")
    _run(out, "operation", "show", NAME)
    _run(
        out,
        "operation",
        "report",
        NAME,
        "--hub",
        "--network",
        str(out / "network-live"),
        "--out",
        str(out / "report.html"),
    )
    _run(out, "audit", "verify")


def _do_tasks(out: Path) -> None:
    """Let each state say that it did what was due today."""
    listed = _asked("operation", "task", NAME, "list", "--json")["tasks"]
    today = f"{datetime.now(UTC):%Y-%m-%d}"
    for state in STATES.split(","):
        due = [each["task"] for each in listed if each["state"] == state and each["due_at"].startswith(today)]
        if due:
            _run(out, "operation", "task", NAME, "done", *due, "--as", f"{state}/focal")


def _title(text: str) -> None:
    click.echo(f"\n== {text}\n")


def _run(out: Path, *words: str, quiet: bool = False, accept: tuple[int, ...] = (0,)) -> None:
    """Do a command as if it were typed; stop where it does not do what it should."""
    if not quiet:
        click.echo(f"$ ops-hub {shlex.join(words)}")
    done = subprocess.run([*_CLI, *words], check=False, text=True, capture_output=quiet)
    if not quiet:
        click.echo("")
    if done.returncode not in accept and words[:2] != ("hub", "down"):
        raise ConfigError(
            f"ops-hub {shlex.join(words)}", f"it ended with {done.returncode}", f"see {out}, and say this again"
        )


def moved_plan(text: str, today: date) -> str:
    """Return the sample's plan with its days moved so that the action begins today."""
    found = re.search(r'kind = "action"\s+begins = (\S+)', text)
    assert found is not None
    by = today - date.fromisoformat(found[1])
    return re.sub(r"\d{4}-\d\d-\d\d", lambda day: str(date.fromisoformat(day[0]) + by), text)


@contextmanager
def _hub(out: Path) -> Iterator[Running]:
    """Keep a hub up beside; its words go to hub.log."""
    click.echo(f"$ ops-hub hub up -w {out}/exercise/lists -w {out}/leads &    (says what it does in {out}/hub.log)\n")
    lists = ["-w", str(out / "exercise" / "lists"), "-w", str(out / "leads")]
    with (out / "hub.log").open("w") as log:
        running = subprocess.Popen([*_CLI, "hub", "up", *lists, "--workers", "1"], stdout=log, stderr=log)
        try:
            yield running
        finally:
            running.send_signal(signal.SIGTERM)
            running.wait(60)
            _run(out, "hub", "down", quiet=True)  # the server goes on without it


def _settled(out: Path, running: Running) -> None:
    """Wait until nothing waits any more, and tell how much does; a first start compiles before it screens.

    Raises:
        ConfigError: the hub has ended, or nothing becomes less.
    """
    least, moved, told, calm = sys.maxsize, time.monotonic(), time.monotonic(), 0
    while calm < 2:
        time.sleep(1)
        status, again = (_asked("hub", *words, "--json") for words in (("status",), ("rescreen", "--status")))
        if running.poll() is not None:
            raise ConfigError("hub", "it has ended", f"see {out / 'hub.log'}")
        left = sum([status["waiting"], status["pending"], *status["behind"].values()]) if status else sys.maxsize
        calm = calm + 1 if not left and again.get("state") == "idle" and again.get("queued") == 0 else 0
        if left < least or again.get("state") not in (None, "idle"):
            least, moved = min(left, least), time.monotonic()
        if time.monotonic() - moved > _WAIT:
            raise ConfigError("hub", "it is not done with what it was handed", f"see {out / 'hub.log'}")
        if calm == 0 and status and time.monotonic() - told > _TELL:
            told = time.monotonic()
            compiling = "" if status["screened"] else "; the first start compiles, a minute or more"
            click.echo(f"waiting: {status['waiting'] + status['pending']:,} units{compiling}", err=True)


def _asked(*words: str) -> dict[str, Any]:
    said = subprocess.run([*_CLI, *words], capture_output=True, text=True, check=False)
    return dict(json.loads(said.stdout or "{}"))
