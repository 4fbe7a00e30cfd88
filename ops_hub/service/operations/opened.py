"""An operation as somebody may open it, and what the operations' own operations keep: networks, plans made of them, cases.

Reach for `opened_for()` first: a state that takes no part is told the same as where there is none. `cases_for()`, `cut_for()`
and `planned_for()` are costly; each is made once for a state and role, and anew when plan, network or cases have changed.
"""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from ops_hub.casework.case import CENTRE, Actor
from ops_hub.desk import operating
from ops_hub.desk.networks import READERS, for_reader
from ops_hub.desk.operating import Operation
from ops_hub.desk.outcomes import outcomes, period
from ops_hub.desk.planning import Planned, planned
from ops_hub.engines.live.networks import others, released_to
from ops_hub.engines.live.old_networks import FOLDER
from ops_hub.engines.network import opened as opened_network
from ops_hub.errors import MissingError, StoreError
from ops_hub.graph.net import Network
from ops_hub.graph.settings import graph_settings
from ops_hub.operations.journal import Journal, Line
from ops_hub.operations.known import ListAge
from ops_hub.operations.meaning import NAME
from ops_hub.operations.plan import Plan
from ops_hub.operations.planfile import FILE, PlanError, read
from ops_hub.operations.settings import Settings, operation_settings
from ops_hub.service.centre import Centre
from ops_hub.service.shelf import Shelf
from ops_hub.service.table import Caller
from ops_hub.store.cases import FEED
from ops_hub.store.graphs import ACCOUNT
from ops_hub.store.operations import FILE as JOURNAL

RESULTS, PLANS = 15, 60  # seconds before a change of cases is looked for again
_DAY = 86_400
_PATIENCE = 20  # seconds that somebody waits for others' plans


@dataclass
class _Shelves:
    marks: Shelf[str] = field(default_factory=lambda: Shelf(4, RESULTS))
    slow_marks: Shelf[str] = field(default_factory=lambda: Shelf(4, PLANS))
    cases: Shelf[pl.DataFrame] = field(default_factory=lambda: Shelf(24, _DAY))
    networks: Shelf[Network] = field(default_factory=lambda: Shelf(2, _DAY))
    cuts: Shelf[Network] = field(default_factory=lambda: Shelf(6, _DAY))
    plans: Shelf[Planned] = field(default_factory=lambda: Shelf(12, 5 * PLANS))
    results: Shelf[dict[str, Any]] = field(default_factory=lambda: Shelf(48, _DAY))
    lists: Shelf[Sequence[ListAge] | None] = field(default_factory=lambda: Shelf(1, _DAY))
    planning: threading.Lock = field(default_factory=threading.Lock)  # one at a time: screening needs its cores


def shelves(centre: Centre) -> _Shelves:
    """Return what is kept for operations."""
    return centre.kept("operations", None, _Shelves)


def settings_of(centre: Centre) -> Settings:
    """Return how operations are planned and counted."""
    return operation_settings(centre.rules)


def opened_for(centre: Centre, by: Caller, name: str) -> Operation:
    """Return an operation that somebody's state takes part in; the centre opens all.

    Raises:
        MissingError: there is none of this name, or not for who asks.
        PlanError: its plan cannot be used; told to the centre.
    """
    state, gone = by.actor.state, MissingError(name[:60], "there is no such operation", "see the list of operations")
    if not NAME.fullmatch(name) or not (centre.operations / name / FILE).is_file():
        raise gone
    try:
        plan = plan_of(centre, name)
    except PlanError:
        if state == CENTRE:
            raise
        raise gone from None  # whose it is cannot be told
    if not takes_part(plan, state):
        raise gone
    return Operation(centre.operations / name, plan, centre.desk.states)


def takes_part(plan: Plan, state: str) -> bool:
    """Return whether an operation is a state's to read."""
    return state == CENTRE or plan.member(state) is not None


def plan_of(centre: Centre, name: str) -> Plan:
    """Return a plan, read again when its file or the home states change.

    Raises:
        PlanError: it cannot be used.
    """
    path, states = centre.operations / name / FILE, centre.desk.states
    return centre.kept(f"operation-plan {name}", (_mark_of(path), states.rules), lambda: read(path, states))


def journal_of(centre: Centre, found: Operation) -> Journal:
    """Return what a journal comes to: to read from, not to change.

    Raises:
        StoreError: a line was altered.
    """
    return _journal(centre, found)[1]


def lines_of(centre: Centre, found: Operation) -> Sequence[Line]:
    """Return the lines of a journal.

    Raises:
        StoreError: one was altered.
    """
    return _journal(centre, found)[0]


def _journal(centre: Centre, found: Operation) -> tuple[Sequence[Line], Journal]:
    def made() -> tuple[Sequence[Line], Journal]:
        lines = found.lines()
        return lines, Journal.of(lines)

    return centre.kept(f"operation-journal {found.plan.name}", journal_mark(found), made)


def journal_mark(found: Operation) -> Hashable:
    """Return what is another one when a journal has changed."""
    return _mark_of(found.folder / JOURNAL)


def _mark_of(path: Path) -> tuple[int, int]:
    try:
        said = path.stat()
    except OSError:
        return 0, 0
    return said.st_mtime_ns, said.st_size


def names(centre: Centre) -> list[str]:
    """Return the names of all operations."""
    return [each for each in operating.names(centre.operations) if NAME.fullmatch(each)]


def cases_for(centre: Centre, found: Operation, actor: Actor) -> pl.DataFrame:
    """Return OUTCOMES of the operation's days as a state and role see them, made again when a case changed."""
    return shelves(centre).cases.get(of_cases(centre, found, actor), lambda: _cases(centre, found, actor))


def of_cases(centre: Centre, found: Operation, actor: Actor) -> tuple[Hashable, ...]:
    """Return what sums over the operation's cases are of: another one when a case changed, looked at every few seconds."""
    changed = _changed(centre, shelves(centre).marks)
    return found.plan.name, found.plan.digest, actor.state, actor.role, changed, centre.rules


def _cases(centre: Centre, found: Operation, actor: Actor) -> pl.DataFrame:
    begins, ends = period(found.plan.begins, found.plan.ends)
    part = [each.code for each in found.plan.states]
    about = f"operation {found.plan.name}"
    return outcomes(centre.desk, actor, begins, ends, states=part, purpose=about, nationalities=True)


def _changed(centre: Centre, marks: Shelf[str]) -> str:
    """Return what is another one when any case has changed, looked at every few seconds."""

    def last() -> str:
        found: Any = centre.hub.client.xrevrange(FEED, count=1)
        return found[0][0].decode() if found else "none"

    return marks.get("last", last)


def network_names(centre: Centre) -> list[str]:
    """Return the networks that the hub keeps, the newest first."""
    folder = centre.hub.home / FOLDER
    found = [each for each in folder.glob(f"*/{ACCOUNT}") if each.is_file()] if folder.is_dir() else []
    return [each.parent.name for each in sorted(found, key=lambda path: (-_mark_of(path)[0], str(path)))]


def network_named(centre: Centre, name: str | None) -> str:
    """Return the network of this name, the newest where none is named.

    Raises:
        MissingError: there is none.
    """
    known = network_names(centre)
    if name is None and known:
        return known[0]
    if name not in known:
        raise MissingError("networks", "there is no such network" if known else "there is no network yet", "build one on the network screen")  # fmt: skip
    return name


def whole_network(centre: Centre, name: str) -> Network:
    """Return a network as it was built: to be cut before anybody reads it.

    Raises:
        StoreError: it is not whole, or holds travellers who are to be masked by now.
    """
    folder, today = centre.hub.home / FOLDER / name, centre.hub.now().date()
    of = (name, _mark_of(folder / ACCOUNT), today)
    return shelves(centre).networks.get(of, lambda: opened_network(folder, today))


def cut_for(centre: Centre, name: str, actor: Actor) -> Network:
    """Return a network as a state and role see it.

    Raises:
        ConfigError: networks are not for the role.
    """
    desk = centre.desk

    def made() -> Network:
        net = whole_network(centre, name)
        return for_reader(net, actor, desk.policy, released=released_to(desk, actor.state))

    return shelves(centre).cuts.get(_of_network(centre, name, actor), made)


def reads_networks(actor: Actor) -> bool:
    """Return whether networks are for a role."""
    return actor.role in READERS


def planned_for(centre: Centre, found: Operation, actor: Actor, network: str) -> Planned:
    """Return packages, roster and tasks made of a network.

    Raises:
        ConfigError: networks are not for the role.
        StoreError: others' plans are being made, and take long.
    """
    desk, rules, held = centre.desk, centre.rules, shelves(centre)

    def in_turn() -> Planned:
        if not held.planning.acquire(timeout=_PATIENCE):
            raise StoreError(f"operation {found.plan.name}", "plans for others are being made", "ask again in a minute")
        try:
            return made()
        finally:
            held.planning.release()

    def made() -> Planned:
        now = centre.hub.now().astimezone(dt.UTC).replace(tzinfo=None, microsecond=0)
        return planned(
            found.plan, whole_network(centre, network), actor, desk.policy, now, found.states, operation_settings(rules),
            graph_settings(rules), cases_for(centre, found, actor), others(desk, actor), released_to(desk, actor.state),
        )  # fmt: skip

    of = (found.plan.name, found.plan.digest, _of_network(centre, network, actor))
    return held.plans.get(of, in_turn)


def _of_network(centre: Centre, name: str, actor: Actor) -> Hashable:
    mark = _mark_of(centre.hub.home / FOLDER / name / ACCOUNT)
    changed = _changed(centre, shelves(centre).slow_marks)
    return name, mark, actor.state, actor.role, changed, centre.hub.now().date(), centre.rules
