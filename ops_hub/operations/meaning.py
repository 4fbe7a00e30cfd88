"""What a plan may say: phases in order, states and ports that are there, officers that are enough for their own numbers.

Reach for `wrong()`. Where in the file something stands is left to `planfile`.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from itertools import pairwise

from ops_hub.operations.plan import CONTACTS, Member, Plan
from ops_hub.states import States

Where = tuple[str | int, ...]  # names of tables and keys, and places in lists
Wrong = Iterator[tuple[Where, str, str]]
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,39}")
_HOUR = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
_LANGUAGE = re.compile(r"[a-z]{2}")


def wrong(plan: Plan, states: States, folder: str) -> Wrong:
    """Yield what is wrong: place in the plan, the reason, the remedy.

    Args:
        plan: the plan.
        states: the home states.
        folder: name of the folder that the plan stands in.
    """
    yield from _texts(plan, folder)
    yield from _phases(plan)
    yield from _states(plan, states)
    yield from _routes(plan, states)
    yield from _shifts(plan)


def _texts(plan: Plan, folder: str) -> Wrong:
    if not NAME.fullmatch(plan.name):
        yield ("name",), f"{plan.name or 'nothing'} is no name", "use up to 40 letters, digits and hyphens"
    elif plan.name != folder:
        yield ("name",), f"the name is {plan.name}, its folder {folder}", "call both the same"
    told = {"title": "write for people what it is called", "handling": "write whom every page is for"}
    told["legal_basis"] = "name the law or agreement that it rests on: without one there is no operation"
    for key, remedy in told.items():
        if not str(getattr(plan, key)).strip():
            yield (key,), f"{key} is empty", remedy
    if plan.most_stale_days < 1:
        yield ("most_stale_days",), f"most_stale_days is {plan.most_stale_days}", "give 1 or more"


def _phases(plan: Plan) -> Wrong:
    for place, phase in enumerate(plan.phases):
        if phase.ends < phase.begins:
            yield ("phases", place), f"{phase.kind} ends {phase.ends}, before it begins", "exchange begins and ends"
    for place, (one, other) in enumerate(pairwise(plan.phases), 1):
        if other.begins <= one.ends and other.ends >= one.begins:
            told = f"{other.kind} overlaps {one.kind}, which ends {one.ends}"
            yield ("phases", place), told, "let it begin the day after, or later"
        elif other.begins < one.begins:
            yield ("phases", place), f"{other.kind} is before {one.kind}", "write phases in the order of their days"
    kinds = [each.kind for each in plan.phases]
    if "action" not in kinds:
        yield ("phases",), "there is no action phase", 'add [[phases]] with kind = "action", begins and ends'
        return
    for place, kind in enumerate(kinds):
        if kind == "after" and "action" not in kinds[:place]:
            yield ("phases", place), "after comes before any action", "put the action before it"
        if kind == "gathering" and "action" not in kinds[place:]:
            yield ("phases", place), "no action follows this gathering", "put it before the action, or call it after"


def _states(plan: Plan, states: States) -> Wrong:
    codes = [each.code for each in plan.states]
    if not codes:
        yield ("states",), "no state takes part", 'add [[states]] with code = "BRB" and the like'
    for place, member in enumerate(plan.states):
        if member.code not in states.by_code:
            yield ("states", place, "code"), f"{member.code} is no home state", _nearest(member.code, states)
        elif member.code in codes[:place]:
            yield ("states", place, "code"), f"{member.code} stands in the plan twice", "keep one"
        yield from _member(member, ("states", place), states)
    leads = [place for place, each in enumerate(plan.states) if each.coordinates]
    if codes and not leads:
        yield ("states", 0), "no state coordinates", "write coordinates = true in one of them"
    for place in leads[1:]:
        told = f"{codes[place]} coordinates, and so does {codes[leads[0]]}"
        yield ("states", place, "coordinates"), told, "leave it to one state"


def _nearest(code: str, states: States) -> str:
    names = {state.name.casefold(): state.code for state in states.by_code.values()}
    near = difflib.get_close_matches(code.upper(), states.by_code, 1, 0.5)
    near = near or [names[name] for name in difflib.get_close_matches(code.casefold(), names, 1)]
    return f"did you mean {near[0]}?" if near else f"home states are {', '.join(states.by_code)}"


def _member(member: Member, where: Where, states: States) -> Wrong:
    for contact in CONTACTS:
        desk = getattr(member, contact)
        if desk is not None and not desk.desk.strip():
            yield (*where, contact), f"{member.code}: {contact} names no desk", "leave it out until there is one"
    if member.protection_places < 0:
        yield (*where, "protection_places"), f"protection_places is {member.protection_places}", "give 0 or more"
    for place, team in enumerate(member.teams):
        at = (*where, "teams", place)
        if team.port in [each.port for each in member.teams[:place]]:
            yield (*at, "port"), f"{member.code} declares two teams at {team.port}", "make one of them"
        elif not _is_port(team.port, states):
            yield (*at, "port"), f"{team.port} is no port", _own_ports(member.code, states)
        elif states.of_port(team.port) != member.code:
            yield (*at, "port"), f"{team.port} is not in {member.code}", _own_ports(member.code, states)
        if team.officers < 1:
            yield (*at, "officers"), f"{team.officers} officers at {team.port}", "give 1 or more, or leave the team out"
        if not 0 <= team.female <= max(team.officers, 0):
            told = f"{team.female} of {team.officers} officers at {team.port} are women"
            yield (*at, "female"), told, "give 0 up to the number of officers"
        for language, number in team.languages.items():
            if not _LANGUAGE.fullmatch(language) or number < 1:
                told = f"{language} = {number} is no language with its interpreters"
                yield (*at, "languages"), told, "write for example { es = 2 } (ISO 639-1)"


def _own_ports(code: str, states: States) -> str:
    state = states.by_code.get(code)
    ports = [port for pair in state.ports for port in pair if port] if state else []
    return f"ports of {code} are {', '.join(ports)}" if ports else "name a port by IATA code or UN/LOCODE"


def _is_port(port: str, states: States) -> bool:
    return bool(re.fullmatch(r"[A-Z0-9]{3}|[A-Z]{2}[A-Z0-9]{3}", port)) and states.of_port(port) is not None


def _routes(plan: Plan, states: States) -> Wrong:
    part = {each.code for each in plan.states}
    seen: set[tuple[str, str]] = set()
    for place, route in enumerate(plan.routes):
        ends = (route.from_port, route.to_port)
        named = "-".join(ends)
        bad = [key for key, port in zip(("from_port", "to_port"), ends, strict=True) if not _is_port(port, states)]
        for key in bad:
            remedy = "name it by IATA code or UN/LOCODE, in capitals"
            yield ("routes", place, key), f"{getattr(route, key) or 'nothing'} is no port", remedy
        if not bad and ends[0] == ends[1]:
            yield ("routes", place), f"the route {named} leads nowhere", "name two ports"
        elif not bad and not {states.of_port(port) for port in ends} & part:
            yield (
                ("routes", place),
                f"no participating state is on the route {named}",
                "add the state, or drop the route",
            )
        if ends in seen:
            yield ("routes", place), f"the route {named} stands in the plan twice", "keep one"
        seen.add(ends)
        if route.priority < 1:
            yield ("routes", place, "priority"), f"priority is {route.priority}", "give 1 (most) or more"
    for port, priority in plan.ports.items():
        if not _is_port(port, states):
            yield ("ports", port), f"{port} is no port", "name it by IATA code or UN/LOCODE, in capitals"
        elif states.of_port(port) not in part:
            told = f"{port} is in {states.of_port(port)}, which does not take part"
            yield ("ports", port), told, "add the state, or drop the port"
        if priority < 1:
            yield ("ports", port), f"priority of {port} is {priority}", "give 1 (most) or more"


def _shifts(plan: Plan) -> Wrong:
    hours = plan.shift_hours
    bad = [hour for hour in hours if not _HOUR.fullmatch(hour)]
    if bad or not hours:
        yield (
            ("shift_hours",),
            f"{', '.join(bad) or 'nothing'} is no hour",
            'write for example ["06:00", "14:00", "22:00"]',
        )
    elif any(later <= hour for hour, later in pairwise(hours)):
        yield ("shift_hours",), "shifts do not begin one after the other", "write each hour once, from early to late"
