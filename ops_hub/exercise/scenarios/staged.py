"""What officers look for, staged: one small function for each scenario, called once a case.

Reach for `STAGED`: kind -> function (stage). Each tells what published indicators describe, with chances of its own,
never what a rule asks for: a rule that finds all of them may be lucky, one that finds none is wrong. Roles are
facilitator, victim, client (a migrant who pays: no offender, Smuggling of Migrants Protocol art. 5) and companion.

Sources: UNODC, Human Trafficking Indicators (2009) and Toolkit to Combat Smuggling of Migrants (2010), Tool 2;
Frontex, VEGA Handbook: Children at Airports (2015); UN Security Council, Madrid Guiding Principles (S/2015/939).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ops_hub.exercise.scenarios.stage import Stage
from ops_hub.exercise.timetable import DAY


def minors_escorted(s: Stage) -> None:
    """An adult takes unrelated minors out, one or two at a time, and comes back without them."""
    adult = s.person("facilitator", (25, 58))
    home, card, phone = s.home(adult), s.card(), s.phone()
    target = s.port(home)
    last = day = s.tested_day() - s.between(0, 2)
    apart = s.chance(0.2)  # the minors in bookings of their own
    for _ in range(s.between(3, 5)):
        minors = [s.person("victim", (4, 16), like=adult if s.chance(0.7) else None) for _ in range(s.between(1, 2))]
        lead = s.between(12, 150)
        ready = day * DAY + s.between(0, 900)
        s.book([adult] if apart else [adult, *minors], [home, target], day, lead_hours=lead, card=card, phone=phone, ready=ready)  # fmt: skip
        if apart:
            s.book(minors, [home, target], day, lead_hours=lead + 1, card=card, phone=phone, ready=ready)
        back = day + s.between(1, 4) if day < last else max(day + s.between(1, 4), s.opens)
        s.book([adult], [target, home], back, lead_hours=s.between(5, 200), card=card, phone=phone)
        day -= s.between(6, 15)


def minor_passed_on(s: Stage) -> None:
    """A child travels again and again, each time with another adult of another name."""
    child = s.person("victim", (5, 15))
    here, day = s.home(child), s.tested_day()
    ports = [here]
    for _ in range(s.between(2, 3)):
        ports.append(s.port(ports[-1]))
    days = [day]
    for _ in ports[2:]:
        days.insert(0, days[0] - s.between(5, 18))
    for k, on in enumerate(days):
        adult = s.person("facilitator", (22, 60), like=child if s.chance(0.5) else None)
        s.book([adult, child], ports[k : k + 2], on, lead_hours=s.between(10, 300), cash=s.chance(0.4))
        s.book([adult], [ports[k + 1], ports[k]], on + s.between(1, 6), lead_hours=s.between(10, 300))


def minors_sent_alone(s: Stage) -> None:
    """Minors travel one way, each alone, on a payment that also pays for adults who do not know them."""
    card, phone, target = s.card(), s.phone(), s.port()
    alone = s.between(2, 4)
    for k in range(alone + s.between(1, 3)):
        who = s.person("victim", (9, 17)) if k < alone else s.person("client", (19, 45))
        home = s.home_abroad(who, target)
        day = s.tested_day() if k in (0, alone) else s.tested_day() - s.between(0, 20)
        s.book([who], [home, target], day, lead_hours=s.between(8, 200), card=card, phone=phone if s.chance(0.7) else None, bags=s.between(0, 1))  # fmt: skip


def recruited_women(s: Stage) -> None:
    """Young women of different families, recruited, go to one place on one payment; somebody may escort them."""
    recruiter = s.person("facilitator", (28, 52))
    home, card, phone = s.home(recruiter), s.card(), s.phone()
    target = s.port(home)
    women = [s.person("victim", (17, 27), "F", like=recruiter) for _ in range(s.between(4, 9))]
    day, returns = s.tested_day(), s.chance(0.25)  # a way back that is never used looks better
    while women:
        together = 2 if s.chance(0.4) else 1
        group, women = women[:together], women[together:]
        back = s.days.all + s.between(5, 40) if returns else None
        s.book(group, [home, target], day, back=back, lead_hours=s.between(48, 400), card=card, phone=phone if s.chance(0.6) else None, bags=1)  # fmt: skip
        day = s.tested_day() if s.chance(0.5) else s.tested_day() - s.between(1, 18)
    if s.chance(0.5):
        on = s.tested_day()
        s.book([recruiter], [home, target], on, back=on + s.between(2, 5), lead_hours=s.between(48, 400), card=card, phone=phone)  # fmt: skip


def one_payer(s: Stage) -> None:
    """One card pays for migrants of several families to one place, one way and late; the payer may travel along."""
    facilitator = s.person("facilitator", (25, 55))
    card, target = s.card(), s.port()
    home = s.home_abroad(facilitator, target)
    day = s.tested_day()
    for k in range(s.between(4, 8)):
        first = s.person("client", (19, 48))
        party = [first]
        if s.chance(0.35):
            party.append(s.person("client", (19, 45), like=first))
        if s.chance(0.3):
            party.append(s.person("client", (1, 15), like=first, **s.of(first, "family_name")))
        on = s.tested_day() if k < 2 else max(0, day - s.between(0, 6))
        s.book(party, [home, target], on, lead_hours=s.between(6, 110), card=card, bags=s.between(0, 1))
    if s.chance(0.5):
        s.book([facilitator], [home, target], day, back=day + s.between(1, 3), lead_hours=s.between(6, 110), card=card)


def shared_contact(s: Stage) -> None:
    """Migrants who do not know each other give one telephone number; each pays for himself, many in cash."""
    phone, target = s.phone(), s.port()
    for k in range(s.between(6, 11)):
        who = s.person("client", (18, 45))
        home = s.port(target)
        day = s.tested_day() if k < 2 else s.tested_day() - s.between(0, 14)
        late = s.chance(0.6)
        lead = s.between(5, 70) if late else s.between(72, 500)
        s.book([who], [home, target], day, lead_hours=lead, cash=s.chance(0.6), phone=phone, bags=s.between(0, 1))


def long_way_round(s: Stage) -> None:
    """A few migrants go one way by three or four flights, a far longer way than the straight one, booked late."""
    here, target, stops = s.port(), 0, [0]
    for _ in range(400):
        here = s.port()
        target = s.port(here)
        stops = [s.port(here, target)]
        stops.append(s.port(here, target, stops[0]))
        if s.chance(0.25):
            stops.append(s.port(here, target, *stops))
        way = [here, *stops, target]
        flown = sum(float(s.table.km[a, b]) for a, b in zip(way, way[1:], strict=False))
        if s.table.km[here, target] > 600 and 1.8 <= flown / s.table.km[here, target] <= 5:
            break
    card, cash, day = s.card(), s.chance(0.4), s.tested_day()
    lead = s.between(8, 140)
    for _ in range(s.between(1, 4)):
        s.book([s.person("client", (19, 45))], [here, *stops, target], day, lead_hours=lead, card=card, cash=cash, bags=s.between(0, 1))  # fmt: skip


def courier(s: Stage) -> None:
    """An escort flies out with strangers on the same flight, paid by the same card, and is back alone in a day or two."""
    escort = s.person("facilitator", (23, 50))
    home, card = s.home(escort), s.card()
    target = s.port(home, near=home, within_km=2500)
    day = s.tested_day()
    for _ in range(s.between(4, 7)):
        ready = (day - 1) * DAY + s.between(0, 900)
        clients = [s.person("client", (18, 45)) for _ in range(s.between(1, 2))]
        landed = s.book([escort], [home, target], day, lead_hours=s.between(8, 60), card=card, ready=ready)
        s.book(clients, [home, target], day, lead_hours=s.between(8, 60), card=card, ready=ready, bags=s.between(0, 1))
        s.book([escort], [target, home], day, lead_hours=s.between(8, 60), card=card, ready=landed + s.between(180, 1800))  # fmt: skip
        day -= s.between(3, 7)


def broken_travel(s: Stage) -> None:
    """Somebody flies to one island and, days later, flies home from another: the way between was no feed's."""
    skipper = s.person("facilitator", (22, 60), "M" if s.chance(0.8) else "F")
    home, day = s.home(skipper), s.tested_day()
    for _ in range(s.between(2, 4)):
        target = s.port(home)
        other = s.port(home, target, near=target, within_km=700)
        s.book([skipper], [other, home], day, lead_hours=s.between(6, 120), cash=s.chance(0.3))
        day -= s.between(2, 6)
        s.book([skipper], [home, target], day, lead_hours=s.between(6, 300), cash=s.chance(0.3))
        day -= s.between(4, 12)


def shared_passport(s: Stage) -> None:
    """Several people travel on one passport: under their own names, or as its holder, in two places at once."""
    holder = s.person("facilitator", (22, 50))
    paper = s.of(holder, "document_number", "document_issuer", "document_issued", "document_expires", "nationality")
    home, day = s.home(holder), s.tested_day()
    as_holder = s.chance(0.4)
    s.book([holder], [home, s.port(home)], day - s.between(20, 30), lead_hours=s.between(50, 500))
    for k in range(s.between(2, 4)):
        borrower = s.person("client", (20, 50), s.of(holder, "sex")["sex"], **paper)
        if as_holder:
            borrower = s.again(borrower, **s.of(holder, "family_name", "given_names", "birth_date"))
        start = s.port()
        ports = [start, s.port(start)]
        on = day if k < 2 else day - s.between(3, 18)
        ready = on * DAY + s.between(480, 700) if k < 2 else None
        s.book([borrower], ports, on, lead_hours=s.between(8, 300), cash=s.chance(0.5), ready=ready)


def two_passports(s: Stage) -> None:
    """One person uses two passports of one state in turn, so that neither shows all stays."""
    one = s.person("facilitator", (25, 55))
    two = s.again(one, **s.new_document(s.of(one, "document_issuer")["document_issuer"], -s.between(200, 900)))
    home, day = s.home(one), s.tested_day()
    for k in range(s.between(4, 6)):
        target = s.port(home)
        paper = (one, two)[k % 2]
        s.book([paper], [home, target], day, back=day + s.between(2, 4), lead_hours=s.between(20, 400))
        day -= s.between(8, 12)


STAGED: Mapping[str, Callable[[Stage], None]] = {
    "minors-escorted": minors_escorted, "minor-passed-on": minor_passed_on, "minors-sent-alone": minors_sent_alone,
    "recruited-women": recruited_women, "one-payer": one_payer, "shared-contact": shared_contact,
    "long-way-round": long_way_round, "courier": courier, "broken-travel": broken_travel,
    "shared-passport": shared_passport, "two-passports": two_passports,
}  # fmt: skip
