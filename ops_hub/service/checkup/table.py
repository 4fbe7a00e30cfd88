"""All checks, in the order in which they are told, and how they are asked: one that breaks off is a problem, not an end.

Reach for `examined()`. Checks are named by module and function and loaded one by one, since what is wrong with an
installation may be that a module cannot be loaded. To add one: a function that yields Findings, and a line here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from importlib import import_module
from typing import Any

from ops_hub.errors import OpsHubError
from ops_hub.service.checkup.finding import Asked, Finding, note, problem

# What it is called, and where it is written (below ops_hub.service.checkup).
MACHINE = (
    ("engine", "installed.python"),
    ("packages", "installed.packages"),
    ("extras", "installed.extras"),
    ("files", "installed.shipped"),
    ("rules", "installed.rules"),
    ("processor", "machine.processor"),
    ("kernels", "machine.kernels"),
    ("temporary", "machine.temporary"),
    ("limits", "machine.limits"),
    ("hash key", "machine.hash_key"),
    ("named lists", "listed.named"),
    ("home", "home.folder"),
    ("keys", "home.keys"),
    ("space", "home.space"),
    ("consoles", "people.consoles"),
    ("embedded server", "server.binary"),
    ("way to server", "server.way"),
)
# The same of what needs a server that runs.
HUB = (
    ("server", "server.settings"),
    ("servers", "server.together"),
    ("clocks", "server.clocks"),
    ("keys of hub", "proven.fingerprints"),
    ("workers", "live.up"),
    ("work", "live.work"),
    ("lists", "listed.published"),
    ("audit log", "proven.audit"),
    ("retention", "live.retention"),
    ("accounts", "people.accounts"),
    ("tokens", "people.api_tokens"),
)
_REACHED = "server.reached"
_AGAIN = "pip install -r requirements.lock, then ops-hub again"


def examined(asked: Asked) -> Iterator[tuple[str, Finding]]:
    """Yield what each check says, with its name; nothing is changed by looking."""
    for name, where in MACHINE:
        for found in _said(asked, where, asked):
            yield name, found
    with ExitStack() as stack:
        try:
            hub = stack.enter_context(_function(_REACHED)(asked))
        except Exception as error:  # whatever it is, it is what is wrong
            yield "server", _broken(asked, error)
            return
        if hub is None:
            said = note("no server runs here: what a hub holds is not looked at", "ops-hub hub up, then this again")
            yield "server", said
            return
        for name, where in HUB:
            for found in _said(asked, where, asked, hub):
                yield name, found


def _function(where: str) -> Callable[..., Any]:
    module, _, name = where.partition(".")
    made: Callable[..., Any] = getattr(import_module(f"ops_hub.service.checkup.{module}"), name)
    return made


def _said(asked: Asked, where: str, *given: object) -> Iterator[Finding]:
    try:
        yield from _function(where)(*given)
    except Exception as error:  # a check that breaks off has found something, and the others go on
        yield _broken(asked, error)


def _broken(asked: Asked, error: Exception) -> Finding:
    """Return an error as a finding, without the secrets of the environment."""
    if isinstance(error, OpsHubError):
        said = str(error)
        what, _, remedy = said.rpartition("; ")
        return problem(_told(asked, what or said), _told(asked, remedy))
    text = _told(asked, f"{type(error).__name__}: {error}")
    if isinstance(error, ImportError):
        return problem(f"a package cannot be loaded: {text}", _AGAIN)
    return problem(f"this check broke off: {text}", "see to what it names; else report it with this line")


def _told(asked: Asked, text: str) -> str:
    line = " ".join(text.split())[:300]
    address = asked.address or ""
    password = address.partition("://")[2].rpartition("@")[0].rpartition(":")[2]
    for secret in (address, password, asked.environment.get("OPS_HUB_HASH_KEY", "")):
        line = line.replace(secret, "***") if secret else line
    return line
