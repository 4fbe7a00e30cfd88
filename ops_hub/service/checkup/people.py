"""Who may sign in to the console, and from where it can be reached.

Reach for the checks by way of `table`. Passwords are compared with that of the demo alone, which everybody knows.
"""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

import msgspec

from ops_hub.access.accounts import Account, administrators
from ops_hub.access.passwords import matches
from ops_hub.access.roles import role_table
from ops_hub.exercise.day.accounts import ACCOUNTS, PASSWORD
from ops_hub.service.checkup.finding import Asked, Finding, note, ok, problem
from ops_hub.store import tokens
from ops_hub.store.accounts import every
from ops_hub.store.archive import published_rules
from ops_hub.store.archive_folder import Archive
from ops_hub.store.hub import Hub
from ops_hub.store.tokens import Token

_DEMO = "console-demo.json"  # beside the home folder of a demo
_LONG = 366  # days


def accounts(asked: Asked, hub: Hub) -> Iterator[Finding]:
    """Look whether somebody looks after accounts, and whether the demo's stand in a hub that is none."""
    held = _held(hub)
    if not held:
        yield note("nobody can sign in to the console yet", "ops-hub console user add NAME --role administrator")
        return
    ruleset = published_rules(hub)
    folder = Archive(asked.home).place("rules", ruleset) if ruleset else None
    roles = role_table(folder if folder and folder.is_dir() else None)
    many = administrators(held, roles)
    if not many:
        yield problem(f"{len(held)} accounts, and none is an administrator's", "ops-hub console user add NAME --role administrator")  # fmt: skip
    elif len(many) == 1:
        yield note("there is one administrator", "add a second one: who is away cannot help who is locked out")
    else:
        yield ok(f"{len(held)} accounts, {len(many)} of administrators")
    invented = known_to_all(held)
    if invented and (asked.home.parent / _DEMO).is_file():
        yield note("this is the home folder of a demo: everybody knows its password", "never put real data here")
    elif invented:
        yield problem(f"accounts with the password of the demo, which everybody knows: {', '.join(invented)}", "disable them, or give them another password")  # fmt: skip


def known_to_all(held: Iterable[Account]) -> list[str]:
    """Return the accounts of the demo's people that still have its password."""
    names = {name for name, _, _ in ACCOUNTS}
    able = [each for each in held if each.name in names and each.password and not each.disabled]
    return sorted(each.name for each in able if matches(PASSWORD, each.password))


def api_tokens(asked: Asked, hub: Hub) -> Iterator[Finding]:
    """Look at tokens: for how long they hold, and of whom they are."""
    now, shut = hub.now(), list[str]()
    found: list[Token] = []
    for each in _held(hub):
        own = tokens.of(hub, each.name)
        found += own
        shut += [f"{token.id} of {each.name}" for token in own if each.disabled and token.expires_at > now]
    yield from lasting(found, now)
    if shut:
        yield problem(f"tokens of accounts that are disabled: {', '.join(shut)}", "end them on the screen Accounts")


def lasting(found: Iterable[Token], now: datetime) -> Iterator[Finding]:
    """Say what the times of tokens come to."""
    held = list(found)
    live = [each for each in held if each.expires_at > now]
    for each in live:
        if each.expires_at - now > timedelta(days=_LONG):
            yield note(f"token {each.id} of {each.account} holds until {each.expires_at:%Y-%m-%d}", "end it, and make one for a year at most")  # fmt: skip
    if len(held) > len(live):
        yield note(f"{len(held) - len(live)} tokens have expired and stand in the list", "end them on the screen Accounts")  # fmt: skip
    if live:
        yield ok(f"{len(live)} tokens of the API hold")


def consoles(asked: Asked) -> Iterator[Finding]:
    """Look how consoles on this machine were started: open to other machines only behind HTTPS."""
    yield from started(_commands(Path("/proc")))


def started(commands: Iterable[Sequence[str]]) -> Iterator[Finding]:
    """Say what the command lines of consoles come to.

    Args:
        commands: of all processes.
    """
    for words in commands:
        if "console" not in words or not any("ops-hub" in each or "ops_hub" in each for each in words):
            continue
        given = words[words.index("console") + 1 :]
        host = next((after for word, after in zip(given, given[1:], strict=False) if word == "--host"), "")
        host = host or next((each.removeprefix("--host=") for each in given if each.startswith("--host=")), "127.0.0.1")
        if _is_this_machine(host):
            yield ok(f"a console runs at {host}, which this machine alone reaches")
        elif "--secure" in given:
            yield note(f"a console runs at {host} for other machines, by HTTPS", "see that only the proxy in front reaches its port, and that its certificate is renewed")  # fmt: skip
        else:
            yield problem(f"a console runs at {host}, open to other machines without HTTPS", "a proxy with a certificate in front, --host 127.0.0.1 and --secure")  # fmt: skip


def _is_this_machine(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def _commands(proc: Path) -> Iterator[list[str]]:
    for path in proc.glob("[0-9]*/cmdline"):
        with suppress(OSError):
            if path.stat().st_uid == os.geteuid():
                yield path.read_bytes().decode(errors="replace").rstrip("\0").split("\0")


def _held(hub: Hub) -> list[Account]:
    return [msgspec.json.decode(each, type=Account) for each in every(hub)]
