"""What somebody may do with a case as it is now: tried with the same checks that an act goes through, never guessed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from ops_hub.casework.case import CENTRE, Actor, Event
from ops_hub.casework.fold import acted, decided
from ops_hub.casework.handling import JOURNEY
from ops_hub.casework.memory import REGION
from ops_hub.casework.package import RECIPIENTS
from ops_hub.desk.filing import Desk
from ops_hub.desk.sight import Sight
from ops_hub.errors import ConfigError
from ops_hub.service.cases.opened import OfCase, may_look_around, on_journey, opened
from ops_hub.service.centre import Centre
from ops_hub.service.table import Caller, operation

_SAID = "-"  # stands for the reason that a person will give


class Verb(msgspec.Struct, frozen=True):
    """Something that may be done, and whether a reason must be given."""

    name: str
    reason: bool


class Outcome(msgspec.Struct, frozen=True):
    """What the case may be decided to be.

    Attributes:
        name: of rules/cases.toml.
        second: a second person must agree.
        remember: the pair is quiet from then on.
    """

    name: str
    second: bool
    remember: bool


class Result(msgspec.Struct, frozen=True):
    """What may be said to have come of it, and whether a value band may be given."""

    name: str
    money: bool


class Release(msgspec.Struct, frozen=True):
    """A hit that may be released to other states, and whether a second person must agree."""

    hit_id: str
    second: bool


class Possible(msgspec.Struct):
    """What this person may do with the case now.

    Attributes:
        case: its number.
        verbs: of rules/cases.toml.
        outcomes: for decide.
        scopes: for decide, of outcomes that are remembered: whom it holds for.
        days: for how long it is remembered where nothing is said; `most_days` at most.
        refer_to: for refer: states that you know to be concerned, or CENTRE.
        release_to: for release: states on the journey.
        releases: for release: hits of your lists.
        results: for result.
        retractable: results of your state that may be taken back.
        bands: for result: value bands of money.
        second_from: who may be a second person: same (state), centre.
        needs_second: what waits for a second person is yours to confirm.
        around: co-travellers, seats and other journeys may be asked for.
        segments: the carrier's own words may be asked for.
        package: a package may be asked for.
    """

    case: int
    verbs: list[Verb]
    outcomes: list[Outcome] = []
    scopes: list[str] = []
    days: int = 0
    most_days: int = 0
    refer_to: list[str] = []
    release_to: list[str] = []
    releases: list[Release] = []
    results: list[Result] = []
    retractable: list[str] = []
    bands: list[str] = []
    second_from: list[str] = []
    needs_second: bool = False
    around: bool = False
    segments: bool = False
    package: bool = False


@operation("cases.possible", "GET", "/cases/{case}/possible")
def possible(centre: Centre, by: Caller, asked: OfCase) -> Possible:
    """Tell what you may do with a case now, and what each act needs."""
    found, desk = opened(centre, by, asked.case), centre.desk
    tried = _Tries(desk, found, by.actor, desk.hub.now())
    verbs = [name for name in desk.table.verbs if tried.may(name)]
    known = _known_states(found, by.actor)
    memory, rules = desk.table.memory, desk.table.cases
    releases = tried.releases() if "release" in verbs else []
    return Possible(
        asked.case,
        [Verb(name, desk.table.verbs[name].reason) for name in verbs],
        outcomes=tried.outcomes(),
        scopes=[REGION, "state"] if found.case.parties(by.actor.state) & set(memory.region_by) else ["state"],
        days=memory.days,
        most_days=memory.most_days,
        refer_to=known if "refer" in verbs else [],
        release_to=[each for each in tried.release_to() if each in known] if releases else [],
        releases=releases,
        results=tried.results(),
        retractable=tried.retractable(),
        bands=list(rules.value_bands),
        second_from=list(rules.second_person_from),
        needs_second="confirm" in verbs,
        around=may_look_around(found, by.actor),
        segments=by.role == "prosecutor" and on_journey(found, by.actor),
        package=by.role in RECIPIENTS,
    )  # fmt: skip


def _known_states(found: Sight, reader: Actor) -> list[str]:
    """Return whom a case can be handed to, as far as the reader knows of them; who else owns a hit stays unsaid."""
    owners = {lead["owner"] for lead in found.told["leads"]}
    known = {
        state for state, parts in found.case.concerned.items() if state in owners or any(part in JOURNEY for part in parts)
    }  # fmt: skip
    return sorted({*known, CENTRE} - {reader.state})


class _Tries:
    """Acts that are tried on a case and never done."""

    def __init__(self, desk: Desk, found: Sight, by: Actor, now: datetime) -> None:
        self._desk, self._found, self._by, self._now = desk, found, by, now

    def may(self, verb: str) -> bool:
        """Return whether a verb can be done in any way."""
        if verb == "decide":
            return bool(self.outcomes())
        if verb == "release":
            return bool(self.release_to())
        if verb == "result":
            return bool(self.results() or self.retractable())
        if verb == "refer":
            return any(self._event(verb, {"to": to}) for to in _known_states(self._found, self._by))
        return self._event(verb, {}) is not None

    def outcomes(self) -> list[Outcome]:
        """Return what may be decided."""
        return [
            Outcome(each.name, each.second, each.remember)
            for each in self._desk.table.outcomes.values()
            if self._event("decide", {"outcome": each.name}) is not None
        ]

    def results(self) -> list[Result]:
        """Return what may be said to have come of it."""
        found = self._desk.table.results.values()
        return [Result(each.name, each.money) for each in found if self._event("result", {"result": each.name})]

    def retractable(self) -> list[str]:
        """Return results that may be taken back, those without an operation."""
        said = {each.result for each in self._found.case.results if each.state == self._by.state}
        return [name for name in sorted(said) if self._event("result", {"result": name, "retract": True})]

    def release_to(self) -> list[str]:
        """Return the states to whom the hits of the reader's state can be released."""
        hits = [lead["hit_id"] for lead in self._found.told["leads"] if "not_told" in lead]
        every = _known_states(self._found, self._by)
        return [to for to in every if any(self._event("release", {"to": [to], "hits": [hit]}) for hit in hits)]

    def releases(self) -> list[Release]:
        """Return the hits that can be released."""
        found, to = [], self.release_to()[:1]
        for lead in self._found.told["leads"]:
            event = self._event("release", {"to": to, "hits": [lead["hit_id"]]}) if "not_told" in lead else None
            if event is not None:
                found.append(Release(lead["hit_id"], bool(event.detail.get("pending"))))
        return found

    def _event(self, verb: str, detail: Mapping[str, Any]) -> Event | None:
        case = self._found.case
        try:
            event = acted(case, verb, self._by, self._now, {"reason": _SAID, **detail}, self._desk.table)
        except ConfigError:
            return None
        outcome = decided(case, event, self._desk.table)
        gone = outcome is not None and outcome.remember and self._found.bundle.travellers.is_empty()
        return None if gone else event  # nothing can be remembered of somebody whose key was destroyed
