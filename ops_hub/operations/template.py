"""A new plan as a text to fill in: what is known stands in it, what is not is told in comments.

Reach for `template()`.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence

from ops_hub.states import State, States

_HEAD = """\
# The plan of an operation. It is kept under version control by the states that take part; whoever changes it makes a new
# version, which every state acknowledges again: ops-hub operation ack {name} --as STATE/NAME
# Days include both ends. Ports are IATA codes or UN/LOCODEs. ops-hub operation show {name} tells what is wrong with it.
name = "{name}"
title = "Operation {name}"
legal_basis = ""  # the law or agreement that it rests on; without one the plan is refused
crime_types = ["smuggling"]  # as lists write them
objectives = [
  "Find who organises, not who is carried: migrants who pay are no offenders",
  "Protection first: whoever may be a victim, a minor or an asylum seeker meets services, not enforcement",
]
shift_hours = ["06:00", "14:00", "22:00"]  # when shifts begin, local time
most_stale_days = 30  # how old a list may be at the action

# Ports that matter beside the ends of routes, 1 most.
[ports]
{ports}

# Ways that matter: how much, 1 most.
# [[routes]]
# from_port = "POS"
# to_port = "BGI"
# priority = 1
"""
_PHASE = """
[[phases]]
kind = "{kind}"
begins = {begins}
ends = {ends}
goal = "{goal}"
"""
_GOALS = {
    "gathering": "Share intelligence, watch trends, prepare prosecution and protection",
    "action": "Act together at the priority ports",
    "after": "Prosecute, protect, follow the money, account for it",
}
_STATE = """
[[states]]  # {title}
code = "{code}"
coordinates = {coordinates}
protection_places = 0  # persons a day whom its services can take in
{police}
{immigration}
# prosecutor = {{ desk = "", email = "", duty_phone = "" }}  # named before the action: prosecution follows arrest at once
# victim_services = {{ desk = "", email = "", duty_phone = "" }}  # whoever receives those to be protected

# Officers at a port on each day of action, each for one shift. Ports: {ports}
# [[states.teams]]
# port = "{port}"
# officers = 6
# female = 2  # of these
# languages = {{ es = 1 }}  # interpreters, ISO 639-1
"""


def template(
    name: str, codes: Sequence[str], states: States, phases: Sequence[tuple[str, dt.date, dt.date]], lead: str
) -> str:
    """Return the text of a new plan.

    Args:
        name: of the operation.
        codes: states that take part, alpha-3.
        states: the home states: ports and contact points.
        phases: kind, first and last day of each.
        lead: the state that coordinates.
    """
    members = [states.by_code[code] for code in codes]
    known = [f"# {_ports(each)[0]} = 1  # {each.name}" for each in members]
    parts = [_HEAD.format(name=name, ports="\n".join(known))]
    parts += [_PHASE.format(kind=kind, begins=begin, ends=end, goal=_GOALS[kind]) for kind, begin, end in phases]
    parts += [_state(each, states, coordinates=each.code == lead) for each in members]
    return "".join(parts)


def _ports(state: State) -> list[str]:
    return [air or sea for air, sea in state.ports]


def _state(state: State, states: States, *, coordinates: bool) -> str:
    contact = states.contact(state.code)
    known = "" if contact is None else ", ".join(
        f"{key} = {json.dumps(value, ensure_ascii=False)}"
        for key, value in (("desk", contact.desk), ("email", contact.email), ("duty_phone", contact.duty_phone))
        if value
    )  # fmt: skip
    desk = f"{{ {known} }}  # the contact point of rules/states.toml, until another one is named"
    police, immigration = (f"{'' if known else '# '}{key} = {desk}" for key in ("police", "immigration"))
    return _STATE.format(
        title=state.name, code=state.code, coordinates="true" if coordinates else "false", police=police,
        immigration=immigration, ports=", ".join(_ports(state)), port=_ports(state)[0],
    )  # fmt: skip
