"""One hidden network: who is in it, by what means it pays and calls, by which ways it moves people.

Reach for `ring()`. Figures are assumptions, drawn anew for every network: from UNODC, Global Study on Smuggling of
Migrants (2018) and Toolkit to Combat Smuggling of Migrants (2010), Tool 2. How people move is left to `moving`. None of
it is written with a way to find it in mind; `care` is how far a network goes not to be found.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from ops_hub.exercise.networks.cast import OWN, Cast, Member, Terms
from ops_hub.exercise.timetable import CODES

FAR = ("MAD", "CDG", "AMS", "LHR", "GRU", "UIO", "CCS")  # where people from other continents set out
_REGION = ("HTI", "CUB", "VEN", "DOM", "HND", "GTM", "SLV", "NIC", "COL", "JAM")
_WORLD = ("IND", "CHN", "NGA", "GHA", "SYR", "EGY", "UZB", "AFG", "IRN", "TUR", "MAR")
CRIMES = ("human-trafficking", "narcotics")


@dataclass(frozen=True)
class Way:
    """Ports from the recruiter's to the last one, and how: straight, by-stop, hand-over or by-sea."""

    kind: str
    ports: list[int]


@dataclass(frozen=True)
class Recruiter:
    """Somebody who finds clients in one place, sends them by some ways, and may take the money there."""

    member: Member
    nationalities: tuple[str, ...]
    ways: list[Way]


@dataclass
class Ring:
    """A network.

    Attributes:
        cast: its stage.
        care: 0 careless to 1 careful.
        clients: how many it moves.
        organiser: few journeys of his own.
        cards, phones, emails: the organiser's, the first one used most.
        recruiters: who find clients.
        payers: who pay for some of the clients, from elsewhere.
        escorts: who travel with clients.
        supplier: who lends documents, where there is one.
        papers: columns of the documents that he lends, used by several people in turn.
        crime: a second one, or none.
        paid, called: share of bookings on the organiser's card, with his telephone.
        sails_openly: share of crossings that a vessel's list tells of.
    """

    cast: Cast
    care: float
    clients: int
    organiser: Member
    cards: list[int]
    phones: list[str]
    emails: list[str]
    recruiters: list[Recruiter]
    payers: list[Member]
    escorts: list[Member]
    supplier: Member | None
    crime: str | None
    paid: float
    called: float
    sails_openly: float
    papers: list[dict[str, Any]] = field(default_factory=list)

    def terms(self, recruiter: Recruiter) -> Terms:
        """Return how one party's booking is paid and who is called: the organiser, somebody between, or themselves."""
        s = self.cast.s
        middle = s.rng.choice(len(self.payers) + 2)  # of those between, the recruiter is the likeliest
        between = self.payers[middle] if middle < len(self.payers) else recruiter.member
        who = s.rng.random()
        cash = s.chance(0.08 + 0.2 * self.care)
        card = self._one(self.cards) if who < self.paid else between.card if who < 0.55 + self.paid / 2 else None
        whom = s.rng.random()
        phone = self._one(self.phones) if whom < self.called else recruiter.member.phone if whom < 0.6 + self.called / 3 else None  # fmt: skip
        email = self._one(self.emails) if self.emails and s.chance(self.called) else None
        return Terms(card, cash, phone, email)

    def own_terms(self) -> Terms:
        """Return how the organiser's own journey is booked: on one of his cards, or with one of his telephones, or both."""
        s = self.cast.s
        card, phone = s.chance(0.75), s.chance(0.75)
        return Terms(
            self._one(self.cards) if card or not phone else None,
            False,
            self._one(self.phones) if phone else None,
            self.emails[0] if self.emails and s.chance(0.5) else None,
        )

    def staff_terms(self) -> Terms:
        """Return how the journey of somebody who works for the network is booked."""
        s = self.cast.s
        if s.chance(0.5 - 0.3 * self.care):
            return Terms(self._one(self.cards))
        return Terms(cash=True) if s.chance(0.15) else OWN

    def _one(self, among: Sequence[Any]) -> Any:
        """Return one of several, the first ones more often."""
        return among[int(len(among) * self.cast.s.rng.random() ** 1.6)]


def ring(cast: Cast) -> Ring:
    """Return a new network on a cast's stage."""
    s = cast.s
    care = float(s.rng.beta(2, 2))
    far = [at for at in cast.ports if CODES[at] in FAR]
    wide = bool(far) and s.chance(0.4)  # works on two continents
    organiser = cast.member("organiser", (32, 62))
    targets = [cast.port(organiser.home) for _ in range(s.between(1, 3))]
    recruiters: list[Recruiter] = []
    for k in range(s.between(2, 5)):
        home = (
            far[s.between(0, len(far) - 1)] if wide and k == 0 else cast.port(*(one.member.home for one in recruiters))
        )
        member = cast.local("recruiter", home, (25, 55))
        nations = _WORLD if (wide and k == 0) or s.chance(0.25) else (s.table.states[home], *_REGION)
        among = tuple(nations[i] for i in s.rng.choice(len(nations), 2, replace=False))
        target = targets[s.between(0, len(targets) - 1)]
        recruiters.append(Recruiter(member, among, [_way(cast, home, target) for _ in range(s.between(1, 2))]))
    stops = [way.ports[1] for one in recruiters for way in one.ways if len(way.ports) > 2]
    homes = [recruiters[0].member.home, *stops[:1], recruiters[-1].member.home]
    escorts = [cast.local("escort", home, (21, 50)) for home in homes[: s.between(1, 3)]]
    has_supplier = s.chance(0.7)
    made = Ring(
        cast, care, round(math.exp(s.rng.uniform(math.log(15), math.log(150)))), organiser,
        cards=[organiser.card] + [s.card() for _ in range(s.rng.binomial(3, 0.2 + 0.5 * care))],
        phones=[organiser.phone] + [s.phone() for _ in range(s.rng.binomial(3, 0.2 + 0.5 * care))],
        emails=[organiser.email] if organiser.email else [],
        recruiters=recruiters, escorts=escorts,
        payers=[cast.member("payer", (25, 60)) for _ in range(s.between(0, 2))],
        supplier=cast.member("document-supplier", (30, 60)) if has_supplier else None,
        crime=CRIMES[s.between(0, 1)] if s.chance(0.4) else None,
        paid=float(s.rng.uniform(0.3, 0.6)) - 0.15 * care, called=float(s.rng.uniform(0.2, 0.55)) - 0.12 * care,
        sails_openly=float(s.rng.choice([0.0, 0.5, 1.0])),
    )  # fmt: skip
    if has_supplier:
        made.papers = [_paper(made) for _ in range(s.between(1, 4))]
    return made


def _paper(made: Ring) -> dict[str, Any]:
    """Return a true passport to lend, of somebody who stays at home: shown under the holder's name, or with one's own."""
    s = made.cast.s
    state = s.table.states[made.cast.port()]
    holder = s.person("holder", (20, 50), state=state)
    shown = ["nationality", "document_issuer", "document_number", "document_issued", "document_expires"]
    if s.chance(0.4):
        shown += ["family_name", "given_names", "birth_date", "sex"]
    return s.of(holder, *shown)


def _way(cast: Cast, home: int, target: int) -> Way:
    s = cast.s
    if s.table.states[home] == s.table.states[target]:
        target = cast.port(home)
    stop = cast.port(home, target)
    kind = str(s.rng.choice(["straight", "by-stop", "hand-over", "by-sea"], p=[0.25, 0.2, 0.35, 0.2]))
    if s.table.states[stop] in (s.table.states[home], s.table.states[target]):
        kind = "straight"  # too few states for a stop
    if kind == "straight":
        return Way(kind, [home, target])
    if kind == "by-sea":
        other = cast.port(home, target, stop, near=stop, within_km=700)
        if s.table.km[stop, other] < 1000 and len({s.table.states[at] for at in (home, stop, other, target)}) == 4:
            return Way(kind, [home, stop, other, target])
        kind = "hand-over"
    return Way(kind, [home, stop, target])
