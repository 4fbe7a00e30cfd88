"""Those who only look like a network: one row for each kind that pays or calls for many, a function for the others.

Reach for `LOOK_ALIKES`: kind -> function (cast). Roles say whom somebody looks like; the truth calls all of them innocent.
Figures are assumptions, drawn for each case. They are there in numbers, as in life: far more than networks.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from ops_hub.exercise.networks.cast import OWN, Cast, Member, Terms
from ops_hub.exercise.scenarios.innocent import clerk_slip, divorced_parent, island_hopper, renewed_passport
from ops_hub.exercise.scenarios.stage import Stage
from ops_hub.exercise.timetable import DAY

Span = tuple[int, int]
MONTHS = 60  # days that the numbers of journeys are for


@dataclass(frozen=True)
class Chief:
    """Somebody who pays or calls for many.

    Attributes:
        people: how many there are.
        group: how many of them travel at once.
        journeys: of groups, in two months.
        own: the chief's own journeys.
        card, phone, email: share of bookings with the chief's.
        cash: share paid in cash.
        returns: share with a way back in the same booking.
        home: share of the others who go home at the end of their stay on a booking of its own, on the same terms: seafarers
            at the shipowner's cost (Maritime Labour Convention 2006, regulation 2.5), seasonal workers by contract.
        lead: hours from booking to departure.
        stay: days away.
        along: share of journeys on which the chief is with them.
        apart: share of groups in which each one or two have a booking of their own.
        places: where they go to.
        minors: share of minors.
        abroad: whether the people live elsewhere and come to the chief.
        kin: share who bear the chief's name.
        agency: whether it is an agency, with a number of its own.
    """

    people: Span
    group: Span
    journeys: Span
    own: Span
    card: float
    phone: float
    email: float
    cash: float
    returns: float
    lead: Span
    stay: Span
    along: float
    apart: float
    places: int
    minors: float = 0.03
    abroad: bool = False
    kin: float = 0.02
    agency: bool = False
    home: float = 0.0


CHIEFS: Mapping[str, Chief] = {
    "tour-leader": Chief((60, 140), (8, 22), (3, 6), (0, 1), 0.6, 0.9, 0.5, 0.05, 0.98, (600, 2500), (5, 10), 1.0, 0.3, 3),
    "travel-club": Chief((30, 90), (5, 18), (3, 6), (1, 3), 0.5, 0.8, 0.8, 0.1, 0.97, (400, 2500), (4, 12), 0.15, 0.7, 4),
    "travel-manager": Chief((15, 60), (1, 4), (12, 30), (1, 3), 0.9, 0.6, 0.9, 0.0, 0.95, (14, 600), (1, 5), 0.03, 0.9, 5),
    "school-secretary": Chief((40, 120), (8, 20), (2, 4), (1, 2), 0.9, 0.95, 0.9, 0.02, 1.0, (900, 3000), (3, 8), 0.05, 0.1, 3, minors=0.88),
    "diaspora-uncle": Chief((6, 20), (1, 3), (4, 10), (1, 3), 0.85, 0.4, 0.3, 0.05, 0.6, (50, 1500), (10, 40), 0.05, 0.5, 1, minors=0.25, abroad=True, kin=0.5, home=0.5),
    "sports-manager": Chief((15, 40), (6, 16), (3, 6), (1, 3), 0.8, 0.8, 0.6, 0.05, 1.0, (200, 1500), (2, 5), 0.4, 0.3, 5, minors=0.3),
    "parish": Chief((25, 80), (5, 18), (2, 5), (1, 2), 0.4, 0.9, 0.4, 0.4, 0.97, (300, 2000), (4, 12), 0.3, 0.6, 2, minors=0.1, kin=0.05),
    "seasonal-employer": Chief((25, 90), (3, 14), (3, 8), (1, 3), 0.85, 0.5, 0.5, 0.0, 0.25, (200, 1200), (40, 90), 0.02, 0.8, 1, minors=0.0, abroad=True, home=0.95),
    "small-agency": Chief((30, 80), (1, 4), (15, 35), (1, 2), 0.15, 0.95, 0.7, 0.2, 0.85, (20, 1500), (3, 14), 0.0, 0.6, 8, minors=0.08, agency=True),
    "wedding-planner": Chief((40, 100), (6, 18), (2, 4), (1, 3), 0.5, 0.9, 0.8, 0.02, 1.0, (1000, 3500), (3, 7), 0.3, 0.8, 2, minors=0.08),
    "crewing-agent": Chief((30, 80), (1, 6), (8, 20), (1, 3), 0.9, 0.7, 0.8, 0.0, 0.3, (10, 200), (60, 120), 0.02, 0.9, 6, minors=0.0, home=0.95),
}  # fmt: skip


def _sends(c: Cast, kind: Chief) -> None:
    """Somebody sends groups of the same people here and there, and travels now and then."""
    s = c.s
    chief = c.member("organiser", (28, 66))
    base = c.port(chief.home) if kind.abroad else chief.home
    people = [_member(c, kind, chief, base) for _ in range(s.between(*kind.people))]
    places = [chief.home if kind.abroad else c.port(base) for _ in range(kind.places)]
    agency = f"7{s.between(1000000, 9999999)}" if kind.agency else None
    before = kind.stay[1] if kind.home else 0  # some left before the first day, and come home after it
    for _ in range(max(1, round(s.between(*kind.journeys) * (s.days.all + before) / MONTHS))):
        some = s.rng.choice(len(people), min(len(people), s.between(*kind.group)), replace=False)
        day, ready = s.between(-before, s.days.all - 1), s.between(0, 900)
        until = day + s.between(*kind.stay)
        group = [one for one in (people[int(k)] for k in some) if c.free(one, day, until)]
        ports = [base, places[s.between(0, len(places) - 1)]]
        back = until if s.chance(kind.returns) else None
        if s.chance(kind.along) and not kind.abroad and c.free(chief, day, until):
            group.insert(0, chief)
        size = 2 if s.chance(kind.apart) else len(group)
        while group:
            cut = s.between(1, size) if size == 2 else size
            party, group = group[:cut], group[cut:]
            terms = _terms(c, kind, chief, agency)
            c.fly(party, ports, day, terms, lead=kind.lead, back=back, ready=day * DAY + ready)
            if back is None and s.chance(kind.home):
                c.fly(party, ports[::-1], until, terms, lead=kind.lead, ready=until * DAY + ready)
    for _ in range(s.between(*kind.own)):
        terms = Terms(chief.card if s.chance(0.8) else s.card(), False, chief.phone, chief.email, agency)
        if spell := c.spell(chief, (1, 9)):
            c.fly([chief], [chief.home, c.port(chief.home)], spell[0], terms, lead=(24, 1200), back=spell[1])


def _member(c: Cast, kind: Chief, chief: Member, base: int) -> Member:
    s = c.s
    ages = (9, 17) if s.chance(kind.minors) else (19, 70)
    kin: dict[str, Any] = s.of(chief.bearer, "family_name") if s.chance(kind.kin) else {}
    if kind.kin >= 0.5 or s.chance(0.5):
        kin = kin | {"state": s.of(chief.bearer, "nationality")["nationality"]}
    return c.member("client", ages, home=base, **kin)


def _terms(c: Cast, kind: Chief, chief: Member, agency: str | None) -> Terms:
    s = c.s
    card = chief.card if s.chance(kind.card) else None
    return Terms(card, s.chance(kind.cash), chief.phone if s.chance(kind.phone) else None, chief.email if s.chance(kind.email) else None, agency)  # fmt: skip


def weekly_travellers(c: Cast) -> None:
    """Business people who know nothing of each other take the same flight on the same day of most weeks."""
    s = c.s
    home = c.port()
    ports, weekday, ready, stay = [home, c.port(home)], s.between(0, 6), s.between(0, 900), s.between(1, 4)
    for k in range(s.between(4, 8)):
        if k:
            s.begin()  # each is a case of their own
        who = c.local("escort", home)
        for day in range(weekday, s.days.all, 7):
            if s.chance(0.75):
                c.fly([who], ports, day, OWN, lead=(24, 500), back=day + stay, ready=day * DAY + ready)


def couple_apart(c: Cast) -> None:
    """A couple, or two friends, who book and pay apart and travel together."""
    s = c.s
    one = c.member("escort", (22, 70))
    two = c.member("client", (22, 70), home=one.home, like=one.bearer)
    for _ in range(max(2, round(s.between(2, 4) * s.days.all / MONTHS))):
        ready, ports = s.between(0, 900), [one.home, c.port(one.home)]
        if spell := c.spell(one, (2, 8)):
            for who in (one, two):
                c.fly([who], ports, spell[0], OWN, lead=(100, 1500), back=spell[1], ready=spell[0] * DAY + ready)


def child_of_many(c: Cast) -> None:
    """A child travels with the mother, then with the father, then with a grandmother of another name."""
    s = c.s
    mother = c.member("escort", (24, 45), sex="F")
    child = c.member("victim", (3, 14), home=mother.home, like=mother.bearer)
    others = [c.member("escort", ages, home=mother.home, like=mother.bearer) for ages in ((25, 50), (52, 75))]
    target, day = c.port(mother.home), s.between(0, max(1, s.days.all - 40))
    for adult in (mother, *others):
        c.fly([adult, child], [mother.home, target], day, OWN, lead=(100, 1500), back=day + s.between(3, 9))
        day += s.between(12, 25)


def nurse(c: Cast) -> None:
    """A nurse brings patients to a hospital abroad, and comes back alone."""
    s = c.s
    who = c.member("escort", (25, 60))
    hospital, card, phone = c.port(who.home), s.card(), s.phone()
    for _ in range(max(2, round(s.between(3, 7) * s.days.all / MONTHS))):
        spell = c.spell(who, (3, 3))
        if spell is None:
            continue
        day = spell[0]
        patient = c.member("client", (5, 80), home=who.home, like=who.bearer)
        terms = Terms(card, False, phone)
        landed = c.fly([who, patient], [who.home, hospital], day, terms, lead=(20, 400))
        c.fly([who], [hospital, who.home], 0, terms, lead=(20, 400), ready=landed + s.between(300, 2000))
        if s.chance(0.8):
            c.fly([patient], [hospital, who.home], day + s.between(5, 20), terms, lead=(20, 400))


def _earlier(tell: Callable[[Stage], None], c: Cast) -> None:
    tell(c.s)


LOOK_ALIKES: Mapping[str, Callable[[Cast], None]] = {
    **{name: partial(_sends, kind=kind) for name, kind in CHIEFS.items()},
    "weekly-travellers": weekly_travellers, "couple-apart": couple_apart, "child-of-many": child_of_many, "nurse": nurse,
    "divorced-parent": partial(_earlier, divorced_parent), "island-hopper": partial(_earlier, island_hopper),
    "clerk-slip": partial(_earlier, clerk_slip), "renewed-passport": partial(_earlier, renewed_passport),
}  # fmt: skip
# of the kinds that `scenarios` tells of: whom all of them look like
LOOKS_LIKE = {"divorced-parent": "escort", "island-hopper": "client", "clerk-slip": "document-supplier", "renewed-passport": "document-supplier"}  # fmt: skip
