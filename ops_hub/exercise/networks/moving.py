"""How a hidden network moves people over months: waves of clients, escorts, hand-overs, ways by sea, journeys of its own.

Reach for `operate()`. Who is in the network, and by what means it pays, is `ring`'s. A client pays for the journey: the
migrant is not the offender (Smuggling of Migrants Protocol, art. 5); minors who are moved alone are victims.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from ops_hub.exercise.networks.cast import Member, Terms
from ops_hub.exercise.networks.ring import FAR, Recruiter, Ring, Way
from ops_hub.exercise.timetable import CODES, DAY, SLOT

_LATE = (6, 240)  # hours from booking to departure


@dataclass(frozen=True)
class _Party:
    """Clients who travel together, and how their bookings are made."""

    people: list[Member]
    terms: Terms
    is_alone: bool = False  # a minor without anybody


@dataclass
class _Movement:
    """A network at work."""

    ring: Ring
    busy: dict[int, int] = field(default_factory=dict)  # minute until which an escort is on the way

    def wave(self, day: int, size: int) -> None:
        """Move a wave of clients that one recruiter sends by one way."""
        s = self.ring.cast.s
        recruiter = self.ring.recruiters[s.between(0, len(self.ring.recruiters) - 1)]
        way = recruiter.ways[s.between(0, len(recruiter.ways) - 1)]
        parties = self.parties(recruiter, size)
        ready = day * DAY + s.between(0, 900)
        accompanied, last = way.kind == "hand-over" or s.chance(0.5), None
        for ports, by_sea in _hops(way, one_booking=s.chance(0.6)):
            if by_sea:
                everybody = [one for party in parties for one in party.people]
                if s.chance(self.ring.sails_openly):
                    landed = self.ring.cast.sail(everybody, ports[0], ports[1], ready)
                else:  # no list tells of it
                    landed = ready + s.between(DAY // 2, 3 * DAY)
                last = None
            else:
                last = self.escort(ports, ready, last) if accompanied else None
                landed = self.hop(parties, ports, ready, last)
            ready = landed + s.between(240, 3 * DAY)

    def parties(self, recruiter: Recruiter, size: int) -> list[_Party]:
        """Return so many new clients of a recruiter: single ones, couples, families, a minor alone now and then."""
        ring, cast = self.ring, self.ring.cast
        s, made, left = cast.s, [], size
        while left > 0:
            state = recruiter.nationalities[s.between(0, len(recruiter.nationalities) - 1)]
            terms = ring.terms(recruiter)
            kind = s.rng.choice(["one", "couple", "family", "minor"], p=[0.62, 0.13, 0.2, 0.05])
            home = recruiter.member.home
            if kind == "minor":
                people = [cast.member("victim", (6, 16), home=home, state=state)]
            elif kind == "one" and ring.papers and s.chance(0.3):
                paper = ring.papers[s.between(0, len(ring.papers) - 1)]
                people = [cast.member("client", (20, 48), home=home, **({"sex": paper.get("sex")} | paper))]
            else:
                people = [cast.member("client", (18, 46), home=home, state=state)]
                if kind != "one":
                    people.append(cast.member("client", (18, 46), home=home, state=state))
                name = s.of(people[0].bearer, "family_name")
                for _ in range(s.between(1, 3) if kind == "family" else 0):
                    people.append(cast.member("client", (1, 16), home=home, state=state, **name))
            made.append(_Party(people, terms, kind == "minor"))
            left -= len(people)
        return made

    def hop(self, parties: list[_Party], ports: list[int], ready: int, escort: Member | None) -> int:
        """Fly all parties, most of them on one flight, and return the minute at which the last one arrives."""
        s, cast = self.ring.cast.s, self.ring.cast
        landed = []
        in_tow = []
        for party in parties:
            if escort is not None and (party.is_alone or s.chance(0.12 * (1 - self.ring.care))):
                in_tow += party.people
                continue
            at = ready if s.chance(0.88) else ready + SLOT * s.between(1, 3)
            landed.append(cast.fly(party.people, ports, 0, party.terms, lead=_LATE, ready=at))
        if escort is not None:
            landed.append(self.accompany(escort, in_tow, ports, ready))
        return max(landed)

    def escort(self, ports: list[int], ready: int, last: Member | None) -> Member | None:
        """Return an escort who is free, best one who lives where the flight begins; another one than on the last flight."""
        free = [one for one in self.ring.escorts if self.busy.get(one.bearer, -DAY * 99) < ready - 3 * DAY and one is not last]  # fmt: skip
        states = self.ring.cast.s.table.states
        return min(free, key=lambda one: states[one.home] != states[ports[0]], default=None)

    def accompany(self, escort: Member, others: list[Member], ports: list[int], ready: int) -> int:
        """Bring an escort to the flight, fly with clients on it, and back home alone; return the minute of arrival."""
        s, cast, states = self.ring.cast.s, self.ring.cast, self.ring.cast.s.table.states
        terms = self.ring.staff_terms()
        if states[escort.home] != states[ports[0]]:
            cast.fly([escort], [escort.home, ports[0]], 0, terms, lead=_LATE, ready=ready - s.between(DAY, 3 * DAY))
        landed = cast.fly([escort, *others], ports, 0, terms, lead=_LATE, ready=ready)
        home = landed
        if states[escort.home] != states[ports[-1]]:
            again = landed + s.between(180, 3 * DAY)
            home = cast.fly([escort], [ports[-1], escort.home], 0, self.ring.staff_terms(), lead=_LATE, ready=again)
        self.busy[escort.bearer] = home
        return landed


def _hops(way: Way, *, one_booking: bool) -> list[tuple[list[int], bool]]:
    """Return the bookings of a way, each with its ports, and whether it is by sea."""
    p = way.ports
    if way.kind == "by-sea":
        return [(p[:2], False), (p[1:3], True), (p[2:], False)]
    if way.kind == "hand-over" or (way.kind == "by-stop" and not one_booking):
        return [(p[:2], False), (p[1:], False)]
    return [(p, False)]


def operate(ring: Ring) -> None:
    """Let a network work from the first day to the last, the last wave on one of the live days."""
    s, move = ring.cast.s, _Movement(ring)
    left = ring.clients
    days = sorted(s.between(0, s.days.all - 1) for _ in range(max(2, round(left / s.rng.uniform(3, 9)))))
    days[-1] = s.tested_day()
    for k, day in enumerate(days):
        waves = len(days) - k
        size = left if waves == 1 else min(left - waves + 1, 1 + int(s.rng.poisson(left / waves - 1)))
        if size > 0:
            move.wave(day, size)
            left -= size
    if s.chance(0.5):
        _minor_passed_on(ring)
    if ring.crime == "human-trafficking":
        _women_sent(ring)
    if ring.crime == "narcotics":
        _couriers(ring)
    _of_their_own(ring)


def _of_their_own(ring: Ring) -> None:
    """Journeys that those of the network make for themselves: the organiser a few, the others fewer."""
    s, cast = ring.cast.s, ring.cast
    places = sorted({port for one in ring.recruiters for way in one.ways for port in way.ports})

    def journey(who: Member, terms: Terms) -> None:
        states = s.table.states
        there = [port for port in places if states[port] != states[who.home]] or [cast.port(who.home)]
        day = s.between(0, s.days.all - 2)
        target = there[s.between(0, len(there) - 1)]
        cast.fly([who], [who.home, target], day, terms, lead=(12, 700), back=day + s.between(1, 9))

    for _ in range(1 + int(s.rng.binomial(3, 0.4))):
        journey(ring.organiser, ring.own_terms())
    for one in ring.recruiters:
        for _ in range(s.between(0, 3)):
            journey(one.member, ring.staff_terms())
    for payer in ring.payers:
        for _ in range(s.between(1, 2)):
            journey(payer, Terms())
    if ring.supplier is not None:
        for _ in range(s.between(1, 2)):
            journey(ring.supplier, ring.staff_terms())


def _minor_passed_on(ring: Ring) -> None:
    """A child is moved two or three times, each time with another adult of the network, who comes back alone."""
    s, cast = ring.cast.s, ring.cast
    child = cast.member("victim", (4, 15))
    adults = [*ring.escorts, *(one.member for one in ring.recruiters)]
    here, day = child.home, s.between(0, max(1, s.days.all - 30))
    for k in s.rng.permutation(len(adults))[: s.between(2, 3)]:
        there, adult = cast.port(here), adults[int(k)]
        terms = ring.staff_terms()
        cast.fly([adult, child], [here, there], day, terms, lead=_LATE)
        cast.fly([adult], [there, here], day + s.between(2, 6), terms, lead=_LATE)
        here, day = there, day + s.between(7, 16)


def _women_sent(ring: Ring) -> None:
    """Young women, recruited with a promise, are sent to one place, and do not come back."""
    s, cast = ring.cast.s, ring.cast
    recruiter = ring.recruiters[s.between(0, len(ring.recruiters) - 1)]
    home = recruiter.member.home
    target, left = cast.port(home), s.between(4, 9)
    while left > 0:
        state = recruiter.nationalities[0]
        women = [cast.member("victim", (17, 27), home=home, sex="F", state=state) for _ in range(min(left, s.between(1, 2)))]  # fmt: skip
        card = recruiter.member.card if s.chance(0.5) else ring.terms(recruiter).card
        terms = Terms(card, False, recruiter.member.phone if s.chance(0.5) else None)
        cast.fly(women, [home, target], s.between(0, s.days.all - 1), terms, lead=(24, 400))
        left -= len(women)


def _couriers(ring: Ring) -> None:
    """Couriers fly far and are back within days, on means of the network."""
    s, cast = ring.cast.s, ring.cast
    for _ in range(s.between(2, 4)):
        who = cast.member("courier", (20, 45))
        far = [at for at in cast.ports if CODES[at] in FAR and s.table.states[at] != s.table.states[who.home]]
        target = far[s.between(0, len(far) - 1)] if far else cast.port(who.home)
        for _ in range(s.between(1, 4)):
            day = s.between(0, s.days.all - 1)
            cast.fly([who], [who.home, target], day, ring.staff_terms(), lead=(12, 150), back=day + s.between(2, 5))
