"""Who is worth a package, and what each package says: who, where next, on which flight, which state can act.

Reach for `packages()`. The score is a sum whose terms are columns (rules/operations.toml); persons to be protected have
packages of their own (`protection`) and are never among these. A package is a lead: nothing in it is a verdict.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from ops_hub.operations.ahead import Journey, acts, journeys
from ops_hub.operations.evidence import Gathered, confidence_value, gathered, harm_value
from ops_hub.operations.picture import PERSON, Picture, cases, minors, protected, ties
from ops_hub.operations.plan import Plan
from ops_hub.operations.protection import Sheltered, needs_around, shelter
from ops_hub.operations.settings import Settings
from ops_hub.schemas import PROTECTION, TARGETS, rows
from ops_hub.states import States

TERMS = ("position_term", "case_term", "urgency_term", "harm_term", "confidence_term")


@dataclass(frozen=True)
class Packages:
    """What `packages` returns.

    Attributes:
        targets: TARGETS, best first.
        protection: PROTECTION, most urgent first.
        interest: ids of all persons whose movement is of interest, worth a package or not.
        protect: ids of all persons to be protected.
        left_out: how many candidates scored too low or came after the most that are made.
    """

    targets: pl.DataFrame
    protection: pl.DataFrame
    interest: frozenset[str]
    protect: frozenset[str]
    left_out: int = 0


def packages(
    plan: Plan,
    picture: Picture,
    now: dt.datetime,
    states: States,
    settings: Settings,
    contacts: Mapping[str, Collection[str]] | None = None,
) -> Packages:
    """Return the packages of an operation.

    Args:
        plan: the operation.
        picture: network, standing and cases, cut to the reader.
        now: UTC.
        states: ports and time zones.
        settings: rules/operations.toml.
        contacts: person id to desks that work on the same person, in words (de-confliction).
    """
    contacts = contacts or {}
    of_cases = cases(picture)
    shielded = protected(picture, of_cases)
    young = minors(picture)
    against = gathered(picture, of_cases, settings)
    standing = _standing(picture)
    # whom a verdict of 'not the person' cleared has nothing left that speaks against them
    named = {person for person, each in against.items() if each.lines or each.case > 0} | set(standing)
    interest = {person for person in named if person.startswith(PERSON)} - set(shielded) - young
    around = ties(picture, interest, settings.harm.least_weight)
    moving = interest | set(shielded) | set().union(*around.values())
    trips = picture.trips.filter(pl.col("person_id").is_in(sorted(moving)))
    ahead = journeys(plan, trips, now, states)
    made = []
    for person in sorted(interest):
        near = around.get(person, set()) & (young | set(shielded))
        made.append(
            _package(person, against.get(person, Gathered()), standing.get(person), near, ahead.get(person), plan, now, states, settings)
        )  # fmt: skip
    made.sort(key=lambda each: (-each["score"], each["person_id"]))
    kept = [each for each in made if each["score"] >= settings.score.least][: settings.score.most]
    chosen = {each["person_id"] for each in kept}
    near_targets = {other: person for person in sorted(chosen) for other in sorted(around.get(person, set()) & young)}
    # a child may well travel with family: what is asked for is care, not an accusation
    shielded |= {
        child: "a minor who shares a booking, document, contact or payment with a person of interest"
        for child in near_targets
        if child not in shielded and child in ahead
    }
    persons = _persons(picture, set(shielded))
    sheltered = [
        Sheltered(person, why, persons.get(person, {}), ahead.get(person), person in young)
        for person, why in sorted(shielded.items())
        if person in ahead or _has_open_case(of_cases, person)
    ]
    flights = {person: ahead[person] for person in chosen if person in ahead}
    for rank, each in enumerate(kept, 1):
        each["rank"] = rank
        each["others"] = sorted(contacts.get(each["person_id"], ()))
        each["protection"] = needs_around(each["person_id"], ahead, set(shielded), young, around)
    return Packages(
        rows(TARGETS, kept),
        rows(PROTECTION, shelter(plan, sheltered, flights, states, settings, contacts)),
        frozenset(interest),
        frozenset(shielded),
        len(made) - len(kept),
    )


def _standing(picture: Picture) -> dict[str, tuple[float, str, str]]:
    """Return the best position, all roles and reasons of each person whom an analysis names."""
    found: dict[str, tuple[float, str, str]] = {}
    for row in picture.standing.sort(pl.col("position"), descending=True, maintain_order=True).iter_rows(named=True):
        if row["person_id"] in found:
            position, role, why = found[row["person_id"]]
            found[row["person_id"]] = (position, f"{role}, {row['role']}", f"{why}; {row['why']}")
        else:
            found[row["person_id"]] = (min(1.0, max(0.0, row["position"])), row["role"], row["why"])
    return found


def _package(
    person: str,
    against: Gathered,
    standing: tuple[float, str, str] | None,
    near: set[str],
    journey: Journey | None,
    plan: Plan,
    now: dt.datetime,
    states: States,
    settings: Settings,
) -> dict[str, Any]:
    """Return a row of TARGETS but for rank, protection and others."""
    position, role, why = standing or (0.0, None, None)
    score = settings.score
    hours = None if journey is None else _hours(now, journey)
    urgency = 0.0 if hours is None else max(0.0, 1 - hours / settings.urgency.hours)
    terms = {
        "position_term": score.position * position,
        "case_term": score.case * against.case,
        "urgency_term": score.urgency * urgency,
        "harm_term": score.harm * harm_value(against, len(near), settings),
        "confidence_term": score.confidence * confidence_value(against, settings.confidence),
    }
    can_act = acts(plan, journey.legs, states) if journey else []
    lines = list(against.lines)
    if why is not None:
        lines.insert(0, {"what": f"network: looks like {role}; {why}"})
    return {
        "person_id": person, "score": sum(terms.values()), **terms, "role": role,
        "why": _why(role, against, hours, len(near)), "handling": against.handling,
        "crime_types": sorted(against.crimes), "caveats": sorted(against.caveats), "cases": sorted(against.cases),
        **(journey.place() if journey else {}), "acts": can_act, "states": _states(plan, can_act, known_states(journey)),
        "evidence": lines[: score.most_evidence],
    }  # fmt: skip


def known_states(journey: Journey | None) -> set[str]:
    """Return the home states that a journey names."""
    return set() if journey is None else {state for leg in journey.legs for state in leg["states"] or ()}


def _states(plan: Plan, can_act: list[dict[str, Any]], named: set[str]) -> list[str]:
    taking_part = {each.code for each in plan.states}
    return sorted(({act["state"] for act in can_act} | named) & taking_part)


def _hours(now: dt.datetime, journey: Journey) -> float:
    leaves: dt.datetime = journey.legs[0]["at"]
    return max(0.0, (leaves - now) / dt.timedelta(hours=1))


def _why(role: str | None, against: Gathered, hours: float | None, near: int) -> str:
    """Return what the score comes from, in words."""
    said = [f"looks like {role} (to verify)" if role else "no analysis of the network names this person"]
    said.append(against.case_words)
    said.append("no journey known in the plan's window" if hours is None else f"leaves in {hours:.0f} h")
    if against.crimes:
        said.append(f"named for {', '.join(sorted(against.crimes))}")
    if near:
        said.append(f"{near} minor{'s' if near > 1 else ''} or protected around")
    owners = len(against.owners)
    said.append(
        f"{owners} independent source{'s' if owners > 1 else ''}" if owners else "no list and no intelligence says so"
    )
    return "; ".join(said)


def _persons(picture: Picture, ids: set[str]) -> dict[str, dict[str, Any]]:
    found = picture.nodes.filter(pl.col("node_id").is_in(sorted(ids)))
    return {row["node_id"]: row for row in found.iter_rows(named=True)}


def _has_open_case(of_cases: pl.DataFrame, person: str) -> bool:
    return not of_cases.filter((pl.col("person_id") == person) & pl.col("outcome").is_null()).is_empty()
