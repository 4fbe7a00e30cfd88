"""The home states of the region: their ports, contact points and retention (rules/states.toml).

Reach for `home_states()`. What a journey is to a state is told by manifests.directions. A bad state is left out and
named, the good ones go on: a centre must not stop because one contact point is mistyped.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any
from zoneinfo import available_timezones

import msgspec

from ops_hub.config import rules_file
from ops_hub.errors import ConfigError
from ops_hub.ports import time_zones
from ops_hub.reference import country, port_country

_IATA, _LOCODE = re.compile(r"^[A-Z]{3}$"), re.compile(r"^[A-Z]{2}[A-Z2-9]{3}$")


class Contact(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """The desk that answers for a state."""

    desk: str
    email: str
    duty_phone: str = ""


class Retention(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """Days after arrival when identifying data are masked and deleted."""

    mask_days: int
    delete_days: int


class State(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """A home state; the fields are explained in rules/states.toml."""

    code: str
    name: str
    ports: list[tuple[str, str]]
    timezone: str
    languages: list[str]
    retention: Retention
    contact: Contact | None = None
    served_by: str = ""
    lists: list[str] = []


@dataclass(frozen=True)
class States:
    """The home states by code, what was wrong with those left out, one line each, and the folder of rules that says so."""

    by_code: Mapping[str, State]
    problems: tuple[str, ...] = ()
    rules: Path | None = None

    def contact(self, code: str) -> Contact | None:
        """Return the contact point that answers for a state: its own, or that of the state that serves it."""
        state = self.by_code.get(code)
        for _ in self.by_code:  # no chain is longer, and a circle has no contact
            if state is None or state.contact is not None:
                break
            state = self.by_code.get(state.served_by)
        return state.contact if state else None

    @cached_property
    def same_port(self) -> Mapping[str, str]:
        """UN/LOCODE to the IATA code of the same port."""
        return {sea: air for state in self.by_code.values() for air, sea in state.ports if air and sea}

    @cached_property
    def _of_port(self) -> Mapping[str, str]:
        return {port: state.code for state in self.by_code.values() for pair in state.ports for port in pair if port}

    def of_port(self, port: str | None) -> str | None:
        """Return the state (alpha-3) of a port, home or not; None where it is not known."""
        return self._of_port.get(port or "") or port_country(port)

    def zone(self, port: str | None) -> str | None:
        """Return the time zone of a port; None where it is not known."""
        airport = time_zones().get(port or "")
        state = self.by_code.get(self.of_port(port) or "")
        return airport or (state.timezone if state else None)


def home_states(rules: Path | None = None) -> States:
    """Read `states.toml` of a rules folder (default, or where it has none: the shipped one).

    Raises:
        ConfigError: the file is no TOML, or not one state of it can be used.
    """
    path = rules_file(rules, "states.toml")
    try:
        text = path.read_text(encoding="utf-8")
        raw = tomllib.loads(text).get("state", [])
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(str(path), str(error), "correct it; rules/states.toml as shipped is the model") from None
    lines = [k for k, line in enumerate(text.splitlines(), 1) if re.match(r"\s*\[\[\s*state\s*\]\]", line)]
    found: dict[str, State] = {}
    problems: list[str] = []
    for place, each in enumerate(raw if isinstance(raw, list) else []):
        where = f"{path}:{lines[place]}" if place < len(lines) else str(path)
        wrong, state = _state(each, found)
        if state is not None and not wrong:
            found[state.code] = state
        else:
            problems.append(f"{where}: {wrong}; the state is left out, the others are used")
    problems += [f"{path}: {problem}" for problem in _unserved(found)]
    if not found:
        raise ConfigError(str(path), problems[0] if problems else "it names no state", "add [[state]] tables")
    return States(found, tuple(problems), rules)


@cache
def _zones() -> set[str]:
    return available_timezones()  # walks the folder of zones each time that it is asked


def _state(raw: Any, known: Mapping[str, State]) -> tuple[str, State | None]:
    """Return what is wrong with a table of the file, or '' and the state."""
    name = raw.get("code", "(no code)") if isinstance(raw, dict) else "(no table)"
    try:
        state = msgspec.convert(raw, State)
    except msgspec.ValidationError as error:
        return f"{name}: {error}", None
    taken = {port: other.code for other in known.values() for pair in other.ports for port in pair if port}
    ports = [port for pair in state.ports for port in pair if port]
    wrong = [
        f"{a or b}: a port is [IATA, UN/LOCODE], three letters and five signs"
        for a, b in state.ports
        if not (a or b) or (a and not _IATA.match(a)) or (b and not _LOCODE.match(b))
    ]
    wrong += [f"port {port} belongs to {taken[port]} already; name it once" for port in ports if port in taken]
    if country(state.code) != state.code:
        wrong.append("the code is no ISO 3166 alpha-3 code")
    if state.code in known:
        wrong.append("the state stands in the file twice; keep one")
    if state.timezone not in _zones():
        wrong.append(f"{state.timezone} is no time zone; write for example America/Barbados")
    if not 0 < state.retention.mask_days <= state.retention.delete_days:
        wrong.append("retention must satisfy 0 < mask_days <= delete_days")
    if (state.contact is None) == (not state.served_by):
        wrong.append("give either contact or served_by")
    return (f"{state.code}: {'; '.join(wrong)}" if wrong else ""), state


def _unserved(found: dict[str, State]) -> Iterable[str]:
    """Yield what is wrong with `served_by`: a state that is missing, or states that serve each other in a circle."""
    for state in found.values():
        chain = [state.code]
        at = state
        while at.served_by:
            if at.served_by not in found:
                yield f"{at.code}: served_by names {at.served_by}, which is no state of the file; correct the code"
                break
            chain.append(at.served_by)
            if at.served_by in chain[:-1]:
                yield f"{' > '.join(chain)}: served_by goes round in a circle; give one of them a contact"
                break
            at = found[at.served_by]
