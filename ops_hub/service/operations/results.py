"""What comes of an operation while it runs: results counted from cases, and what is on its routes.

Small groups are hidden as in the after-action report, by the same functions.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from typing import Any

import msgspec
import polars as pl

from ops_hub.casework.case import Actor
from ops_hub.desk.operating import Operation
from ops_hub.desk.outcomes import counts
from ops_hub.operations.cells import Told, told
from ops_hub.operations.plan import Route
from ops_hub.operations.report import Course, is_apart
from ops_hub.operations.report import report as reported
from ops_hub.reference import airports
from ops_hub.schemas import WITHHELD
from ops_hub.service.centre import Centre
from ops_hub.service.operations.opened import (
    cases_for,
    cut_for,
    journal_mark,
    journal_of,
    network_names,
    of_cases,
    opened_for,
    reads_networks,
    settings_of,
    shelves,
)
from ops_hub.service.operations.operations import Asked
from ops_hub.service.table import Caller, operation
from ops_hub.states import States

_SHOWN = ("figures", "by_state", "after_arrest", "timeline", "smallest", "nothing", "to_correct")


@operation("operations.results", "GET", "/operations/{operation}/results")
def results(centre: Centre, by: Caller, asked: Asked) -> dict[str, Any]:
    """Count what came of the operation so far, from its cases and nothing else.

    Those of the centre who count see sums over all cases; a state's reader sums over those that it may see.
    """
    found, actor = opened_for(centre, by, asked.operation), by.actor
    of = (*of_cases(centre, found, actor), journal_mark(found))
    said = shelves(centre).results.get(of, lambda: _counted(centre, found, actor))
    more = {"operation": found.plan.name, "as_of": centre.hub.now(), "whole": counts(actor)}
    return {name: said[name] for name in _SHOWN} | more


def _counted(centre: Centre, found: Operation, actor: Actor) -> dict[str, Any]:
    known = found.known(journal_of(centre, found))
    current = [state for state, plan in known.acknowledged.items() if plan == found.plan.digest]
    return reported(found.plan, cases_for(centre, found, actor), settings_of(centre), Course(known.tasks, current))


class Place(msgspec.Struct):
    """A port of an operation; `lat` and `lon` are null where nobody knows where it is."""

    port: str
    name: str
    state: str | None
    priority: int | None
    officers: int
    lat: float | None = None
    lon: float | None = None


class Way(msgspec.Struct):
    """A route of an operation, and what is on it as far as the reader may see: null where nothing tells."""

    number: int
    from_port: str
    to_port: str
    priority: int
    travellers: Told | None = None
    listed: Told | None = None
    cases: Told = 0


class Routes(msgspec.Struct):
    """Routes and ports of an operation."""

    operation: str
    network: str | None
    since: dt.date
    smallest: int
    routes: list[Way]
    ports: list[Place]


@operation("operations.routes", "GET", "/operations/{operation}/routes")
def routes(centre: Centre, by: Caller, asked: Asked) -> Routes:
    """Tell the routes and ports of an operation: travellers and listed persons by the newest network, cases by the hub.

    All are counted from what the reader may see, without persons to be protected among those listed or in cases; a number
    that is too small is not told.
    """
    found, actor = opened_for(centre, by, asked.operation), by.actor
    plan, smallest = found.plan, settings_of(centre).report.smallest
    networks = network_names(centre) if reads_networks(actor) else []
    trips, listed = _travel(centre, found, actor, networks[0]) if networks else (None, frozenset())
    cases = _cases(centre, found, actor)
    ways = []
    for number, route in enumerate(plan.routes, 1):
        way = Way(
            number,
            route.from_port,
            route.to_port,
            route.priority,
            cases=told(_on(cases, route, found.states), smallest),
        )
        if trips is not None:
            persons = set(_between(trips, route, found.states)["person_id"])
            way.travellers, way.listed = told(len(persons), smallest), told(len(persons & listed), smallest)
        ways.append(way)
    return Routes(plan.name, networks[0] if networks else None, plan.begins, smallest, ways, _places(found))


def _travel(centre: Centre, found: Operation, actor: Actor, network: str) -> tuple[pl.DataFrame, frozenset[str]]:
    """Return who travels from the operation's first day on, and who of them is listed: nobody who is to be protected."""
    net = cut_for(centre, network, actor)
    trips = net.trips.filter(pl.col("departs_at").dt.date() >= found.plan.begins)
    hits = net.edges.filter(pl.col("link") == "hit")
    helped = set(hits.filter(pl.col("handling") == "protect")["from_id"])
    helped |= set(
        net.nodes.filter((pl.col("handling") == "protect") | pl.col("minor").fill_null(value=False))["node_id"]
    )
    listed = {each for each in hits["from_id"] if each not in helped and not each.startswith(WITHHELD)}
    return trips.select("person_id", "from_port", "to_port"), frozenset(listed)


def _cases(centre: Centre, found: Operation, actor: Actor) -> pl.DataFrame:
    says = settings_of(centre).report
    rows = [
        {name: row[name] for name in ("from_port", "to_port")} for row in cases_for(centre, found, actor).iter_rows(named=True)
        if not is_apart(row, says) and row["outcome"] not in says.not_counted
    ]  # fmt: skip
    return pl.DataFrame(rows, {"from_port": pl.String, "to_port": pl.String}, orient="row")


def _between(frame: pl.DataFrame, route: Route, states: States) -> pl.DataFrame:
    begins, ends = _same(route.from_port, states), _same(route.to_port, states)
    return frame.filter(pl.col("from_port").is_in(list(begins)) & pl.col("to_port").is_in(list(ends)))


def _on(frame: pl.DataFrame, route: Route, states: States) -> int:
    return _between(frame, route, states).height


def _same(port: str, states: States) -> Collection[str]:
    """Return all codes of a port."""
    return {port, states.same_port.get(port, port), *(sea for sea, air in states.same_port.items() if air == port)}


def _places(found: Operation) -> list[Place]:
    plan, states = found.plan, found.states
    priority: dict[str, int | None] = dict(plan.ports)
    for route in plan.routes:
        for port in (route.from_port, route.to_port):
            priority[port] = min(route.priority, priority.get(port) or route.priority)
    officers: dict[str, int] = {}
    for member in plan.states:
        for team in member.teams:
            officers[team.port] = officers.get(team.port, 0) + team.officers
            priority.setdefault(team.port, None)
    return [_place(port, priority[port], officers.get(port, 0), states) for port in sorted(priority)]


def _place(port: str, priority: int | None, officers: int, states: States) -> Place:
    # a sea port lies where the airport of the same place is, near enough for a map of routes
    known: dict[str, Any] = airports().get(states.same_port.get(port, port), {})
    name = str(known.get("city") or known.get("name") or "")
    made = Place(port, name, states.of_port(port), priority, officers)
    if known.get("lat") and known.get("lon"):
        made.lat, made.lon = float(known["lat"]), float(known["lon"])
    return made
