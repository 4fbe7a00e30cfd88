"""Protection packages: who is to be helped, where they arrive, and what has to be ready there.

Reach for `shelter()` and `needs_around()`. Words are those of help: nothing in here is evidence against anybody, and who
pays to be brought over a border is no offender.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from ops_hub.operations.ahead import Journey, acts
from ops_hub.operations.plan import Plan
from ops_hub.operations.settings import Settings
from ops_hub.states import States


@dataclass(frozen=True)
class Sheltered:
    """A person to be protected: id, why, their row of NODES, their next journey, whether they are under age."""

    person: str
    why: str
    node: Mapping[str, Any]
    journey: Journey | None
    young: bool


def needs_around(
    target: str, ahead: Mapping[str, Journey], protect: set[str], young: set[str], around: Mapping[str, set[str]]
) -> list[str]:
    """Return in words what protection is needed where a target is met: who of those to be protected is there too.

    Persons are counted, not named: who they are stands in their own packages, for the protection desk.
    """
    mine = ahead.get(target)
    flights = _flights(mine) if mine else set()
    along = {other for other, journey in ahead.items() if other != target and flights & _flights(journey)}
    tied = around.get(target, set())
    said = []
    children = along & tied & young
    helped = (along & protect) - children
    if children:
        said.append(
            f"{len(children)} minor{'s who share' if len(children) > 1 else ' who shares'} a booking, document, contact or payment "
            "travels along: child protection first, and ask who cares for the child before anything else"
        )
    if helped:
        said.append(
            f"{len(helped)} to be protected on the same flight: do not question them beside this person, and do not let "
            "this person see who spoke"
        )
    rest = (tied & (protect | young)) - along
    if rest:
        said.append(f"{len(rest)} minor or protected tied from other journeys: tell the protection desk before acting")
    return said


def shelter(
    plan: Plan,
    sheltered: Collection[Sheltered],
    targets: Mapping[str, Journey],
    states: States,
    settings: Settings,
    contacts: Mapping[str, Collection[str]],
) -> list[dict[str, Any]]:
    """Return rows of PROTECTION.

    Args:
        plan: says which services there are.
        sheltered: who is to be protected.
        targets: the next journeys of targets.
        states: ports and languages.
        settings: the table of languages.
        contacts: person id to desks that work on the same person.
    """
    found = [_row(plan, each, targets, states, settings, contacts) for each in sheltered]
    found.sort(
        key=lambda row: (
            not row["minor"], not row["along"], row["arrives_at"] is None, str(row["arrives_at"]), row["person_id"],
        )
    )  # fmt: skip
    for rank, row in enumerate(found, 1):
        row["rank"] = rank
    return found


def _row(
    plan: Plan,
    each: Sheltered,
    targets: Mapping[str, Journey],
    states: States,
    settings: Settings,
    contacts: Mapping[str, Collection[str]],
) -> dict[str, Any]:
    journey, node = each.journey, each.node
    language = settings.language_of.get(node.get("nationality") or "")
    place = journey.place() if journey else {}
    arrival = states.of_port(place.get("to_port"))
    home = states.by_code.get(arrival or "")
    interpreter = home is not None and language not in home.languages
    woman = each.young or node.get("sex") != "M"
    flights = _flights(journey) if journey else set()
    along = sorted(target for target, other in targets.items() if flights & _flights(other))
    can_act = acts(plan, journey.legs, states) if journey else []
    member = plan.member(arrival or "")
    desk = member.victim_services if member else None
    services = f"{arrival}: {desk.desk}" if desk else None
    needs = ["take aside without drawing attention; safety and basic needs before any question"]
    if each.young:
        needs.append("child protection first: a guardian and a person trained to speak with children")
    if woman:
        needs.append("a woman officer" + ("" if node.get("sex") else " (sex not known)"))
    if interpreter:
        needs.append(
            f"an interpreter, perhaps for {language} (guess from the nationality; ask the person)"
            if language
            else "an interpreter: language not known, ask the person"
        )
    if along:
        needs.append(f"{len(along)} person{'s' if len(along) > 1 else ''} of interest on the same flight: keep apart")
    needs.append("no return before the need for protection, asylum too, has been looked at (non-refoulement)")
    if arrival is not None and desk is None and member is not None:
        needs.append(f"{arrival} has named no victim services: name them in plan.toml")
    return {
        "person_id": each.person, "minor": True if each.young else node.get("minor"), "why": each.why, "needs": needs,
        "language": language, "interpreter": interpreter, "female_officer": woman, "services": services, **place,
        "acts": can_act, "states": sorted({act["state"] for act in can_act}), "along": along,
        "caveats": sorted(node.get("caveats") or ()), "others": sorted(contacts.get(each.person, ())),
    }  # fmt: skip


def _flights(journey: Journey) -> set[str]:
    return {leg["flight_id"] for leg in journey.legs if leg["flight_id"]}
