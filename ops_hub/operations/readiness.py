"""Whether an operation can begin: what is missing, where, and what to do about it; and what is in order.

Reach for `readiness()`. It is pure: what is known of lists, carriers, tasks and people expected is handed in. Red lines
stand in the way of an action day; amber ones are to be seen to; green ones are in order.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import msgspec
import polars as pl

from ops_hub.operations.known import LEVELS, Known, Level, Line
from ops_hub.operations.plan import Plan, Team
from ops_hub.states import States

_SOON_DAYS = 7  # amber until so many days before the action where others have still to do something, red from then on


def readiness(plan: Plan, known: Known, states: States, today: dt.date) -> list[Line]:
    """Return the lines of the check, red ones first.

    Args:
        plan: the operation.
        known: what is known besides.
        states: the home states.
        today: the day of the check.
    """
    case = _Check(plan, known, states, today)
    found: list[Line] = []
    for check, look in _LOOKS.items():
        lines = [msgspec.structs.replace(each, check=check) for each in look(case)]
        found += lines or [Line("green", check, plan.name, IN_ORDER[check])]
    return sorted(found, key=lambda each: LEVELS.index(each.level))


def reds(lines: Sequence[Line]) -> int:
    """Return how many lines are red."""
    return sum(each.level == "red" for each in lines)


@dataclass(frozen=True)
class _Check:
    plan: Plan
    known: Known
    states: States
    today: dt.date
    ports: Mapping[str, int] = field(init=False)  # of participating states: priority

    def __post_init__(self) -> None:
        part = {each.code for each in self.plan.states}
        ports = dict(self.plan.ports)
        for route in self.plan.routes:
            for port in (route.from_port, route.to_port):
                if self.states.of_port(port) in part:
                    ports[port] = min(route.priority, ports.get(port, route.priority))
        object.__setattr__(self, "ports", ports)

    @property
    def action(self) -> dt.date:
        """First day of the next action, else of the last one."""
        actions = [each for each in self.plan.phases if each.kind == "action"]
        return next((each for each in actions if each.ends >= self.today), actions[-1]).begins

    def soon(self) -> Level:
        return "red" if (self.action - self.today).days <= _SOON_DAYS else "amber"

    def same(self, port: str) -> Collection[str]:
        """Return all codes of a port."""
        return {
            port,
            self.states.same_port.get(port, port),
            *(s for s, a in self.states.same_port.items() if a == port),
        }

    def state(self, port: str) -> str:
        return self.states.of_port(port) or "?"


def _at(level: Level, where: str, what: str, remedy: str = "") -> Line:
    return Line(level, "", where, what, remedy)


def _dates(case: _Check) -> Iterator[Line]:
    last = max(each.ends for each in case.plan.phases if each.kind == "action")
    if case.known.closed:
        yield _at("red", case.plan.name, "the operation is closed", "plan a new one: ops-hub operation new")
    elif case.today > last:
        remedy = "set new days in plan.toml and let the states acknowledge them, or close it: ops-hub operation close"
        yield _at("red", case.plan.name, f"the action ended on {last}", remedy)


def _acknowledged(case: _Check) -> Iterator[Line]:
    for member in case.plan.states:
        of = case.known.acknowledged.get(member.code)
        remedy = f"let its desk read the plan: ops-hub operation ack {case.plan.name} --as {member.code}/NAME"
        if of is None:
            yield _at("red", member.code, "has not acknowledged the plan", remedy)
        elif of != case.plan.digest:
            what = f"acknowledged an older version of the plan ({of}; now {case.plan.digest})"
            yield _at("red", member.code, what, remedy)


def _named(*contacts: str, level: Level, what: str, remedy: str) -> Callable[[_Check], Iterator[Line]]:
    def look(case: _Check) -> Iterator[Line]:
        for member in case.plan.states:
            for contact in contacts:
                if getattr(member, contact) is None:
                    yield _at(level, member.code, what.format(contact), remedy.format(contact))

    return look


def _lists(case: _Check) -> Iterator[Line]:
    lists, most = case.known.lists, case.plan.most_stale_days
    if lists is None:
        yield _at("amber", "lists", "nobody looked at the lists", "give them: --watchlist, or --hub")
        return
    owners = {each.owner for each in lists}
    for code in (each.code for each in case.plan.states):
        state = case.states.by_code.get(code)
        if state is not None and state.lists and code not in owners:
            what = f"its list {', '.join(state.lists)} is not among those looked at"
            yield _at("amber", code, what, "ask its owner for it, or leave it out knowingly")
    for each in lists:
        if each.expires is not None and each.expires < case.action:
            remedy = f"ask {each.owner} whether it still holds, or leave it out"
            yield _at("red", each.name, f"holds until {each.expires} only", remedy)
        if each.updated_on is None:
            what = "nobody says when it was changed last"
            yield _at("amber", each.name, what, f"ask {each.owner} whether it still holds")
            continue
        age = (case.today - each.updated_on).days
        remedy = f"ask {each.owner} for the list as it is now, and publish it: ops-hub hub publish"
        if age > most:
            yield _at("red", each.name, f"was changed last {age} days ago, {most} are allowed", remedy)
        elif (case.action - each.updated_on).days > most and case.action > case.today:
            yield _at("amber", each.name, f"will be older than {most} days on {case.action}", remedy)


def _carriers(case: _Check) -> Iterator[Line]:
    if not case.plan.routes:
        yield _at("amber", "routes", "the plan names no route", "add [[routes]] to plan.toml")
    elif case.known.carriers is None:
        what, remedy = "nobody looked whether carriers send their lists", "give the feeds and --schedule"
        yield _at("amber", "carriers", what, remedy)
    for route in case.plan.routes:
        begins, ends = case.same(route.from_port), case.same(route.to_port)
        on = [each for each in case.known.carriers or () if each.from_port in begins and each.to_port in ends]
        for each in on:
            where = f"{each.carrier} {route.from_port}-{route.to_port}"
            remedy = f"call the carrier's desk: without its lists nobody on {where} is seen in time"
            last = f", the last one was of {each.last}" if each.last else ""
            if each.due and not each.announced:
                level: Level = "red" if route.priority == 1 else "amber"
                yield _at(level, where, f"is silent: {each.due} departures and no list{last}", remedy)
            elif each.announced < each.due:
                what = f"{each.due - each.announced} of {each.due} departures have no list{last}"
                yield _at("amber", where, what, remedy)


def _capacity(case: _Check) -> Iterator[Line]:
    if case.known.expected is None:
        what = "nobody looked how many people to be protected are expected"
        yield _at("amber", "protection", what, "give --hub as the centre's supervisor, or --expect PORT=PERSONS")
        return
    needed: dict[str, dict[dt.date, int]] = {}
    for each in case.known.expected:
        days = needed.setdefault(case.state(each.port), {})
        days[each.day] = days.get(each.day, 0) + each.persons
    for code, days in sorted(needed.items()):
        member, most = case.plan.member(code), max(days.values())
        places = member.protection_places if member else 0
        if most > places:
            what = f"{most} persons to be protected are expected on one day, there are {places} places"
            remedy = "find places with its victim services or in another state, and enter them: protection_places"
            yield _at("red", code, what, remedy)


def _reception(case: _Check) -> Iterator[Line]:
    for port in sorted({each.port for each in case.known.expected or () if each.persons}):
        teams = _teams_at(case, port)
        if not any(each.female for each in teams):
            what = "people to be protected are expected, and no female officer is declared"
            yield _at("red", port, what, f"ask {case.state(port)} for one, or lend one: [[states.teams]] female")
        if not any(each.languages for each in teams):
            what = "people to be protected are expected, and no interpreter is declared"
            yield _at("red", port, what, f"ask {case.state(port)} or the centre: [[states.teams]] languages")


def _teams_there(case: _Check) -> Iterator[Line]:
    for port, priority in sorted(case.ports.items()):
        if priority == 1 and not _teams_at(case, port):
            remedy = f"let {case.state(port)} declare officers: [[states.teams]]"
            yield _at(case.soon(), port, "no officers are declared at this priority port", remedy)


def _teams_at(case: _Check, port: str) -> list[Team]:
    member = case.plan.member(case.state(port))
    return [each for each in member.teams if each.port in case.same(port)] if member is not None else []


def _tasks(case: _Check) -> Iterator[Line]:
    live = case.known.tasks.filter(pl.col("status") != "dropped")
    at = set(live["port"].drop_nulls())
    for port, priority in sorted(case.ports.items()):
        if not at & set(case.same(port)):
            remedy = f"make them: ops-hub operation targets {case.plan.name}, or add one: ops-hub operation task"
            level: Level = "red" if priority == 1 else "amber"
            yield _at(level, port, f"no task is set for this port of priority {priority}", remedy)


def _overdue(case: _Check) -> Iterator[Line]:
    begin = dt.datetime.combine(case.today, dt.time())
    late = case.known.tasks.filter((pl.col("status") == "open") & (pl.col("due_at") < begin))
    for state, count in late.group_by("state").len().sort("state").iter_rows():
        remedy = f"do or drop them: ops-hub operation task {case.plan.name} list --state {state}"
        yield _at("amber", state, f"{count} tasks should be done by now", remedy)


_LOOKS: Mapping[str, Callable[[_Check], Iterator[Line]]] = {
    "dates": _dates,
    "acknowledged": _acknowledged,
    "prosecutor": _named(
        "prosecutor", level="red", what="names no {}",
        remedy="name one in plan.toml: who is arrested comes before a prosecutor at once",
    ),
    "victim services": _named(
        "victim_services", level="red", what="names no victim services",
        remedy="name them in plan.toml: whoever may be a victim is received by them, not by enforcement",
    ),
    "focal points": _named(
        "police", "immigration", level="amber", what="names no focal point for {}", remedy="name one in plan.toml: {}",
    ),
    "lists": _lists,
    "carriers": _carriers,
    "protection places": _capacity,
    "reception": _reception,
    "officers": _teams_there,
    "tasks": _tasks,
    "late tasks": _overdue,
}  # fmt: skip
IN_ORDER = {
    "dates": "the action is still to come or under way",
    "acknowledged": "all states acknowledged this version of the plan",
    "prosecutor": "every state names a prosecutor",
    "victim services": "every state names victim services",
    "focal points": "every state names police and immigration",
    "lists": "all lists are as new as the plan asks",
    "carriers": "no carrier is silent on the plan's routes",
    "protection places": "there are places for all who are expected",
    "reception": "female officers and interpreters are where people to be protected are expected",
    "officers": "officers are declared at all ports of priority 1",
    "tasks": "there are tasks for all priority ports",
    "late tasks": "no task is late",
}
