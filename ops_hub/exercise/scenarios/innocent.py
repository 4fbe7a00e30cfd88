"""Those who look like it and are not: one small function for each kind of innocent look-alike, called once a case.

Reach for `INNOCENT`: kind -> (the scenario that it looks like, function (stage)). All roles are innocent. How often
they are flagged is the price of a rule.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ops_hub.exercise.scenarios.stage import Stage
from ops_hub.exercise.timetable import DAY

WHO = "innocent"


def school_class(s: Stage) -> None:
    """Two teachers with a class: one booking, there and back; the same teachers took another class before."""
    teachers = [s.person(WHO, (26, 60)) for _ in range(2)]
    home = s.home(teachers[0])
    target, day = s.port(home), s.tested_day()
    for _ in range(s.between(1, 2)):
        pupils = [s.person(WHO, (9, 17), like=teachers[0]) for _ in range(s.between(8, 22))]
        s.book([*teachers, *pupils], [home, target], day, back=day + s.between(3, 8), lead_hours=s.between(900, 3000), bags=1)  # fmt: skip
        day -= s.between(18, 30)


def club_coach(s: Stage) -> None:
    """A coach with three to six young athletes to meets abroad, again and again; all come back together."""
    coach = s.person(WHO, (25, 55))
    home, card = s.home(coach), s.card()
    team = [s.person(WHO, (10, 17), like=coach) for _ in range(s.between(3, 6))]
    day = s.tested_day()
    for _ in range(s.between(2, 3)):
        s.book([coach, *team], [home, s.port(home)], day, back=day + s.between(2, 4), lead_hours=s.between(300, 1500), card=card, bags=1)  # fmt: skip
        day -= s.between(14, 25)


def divorced_parent(s: Stage) -> None:
    """A parent of another name takes the child to the other parent, comes back alone, and fetches it later."""
    parent = s.person(WHO, (25, 50))
    child = s.person(WHO, (3, 15), like=parent)
    home = s.home(parent)
    target, day = s.port(home), s.tested_day()
    away = s.between(10, 25)
    fetch = s.chance(0.5)
    out = day - away if fetch else day - s.between(1, 3)
    s.book([parent, child], [home, target], out, lead_hours=s.between(100, 1500), bags=1)
    s.book([parent], [target, home], day if not fetch else out + s.between(1, 3), lead_hours=s.between(100, 1500))
    if fetch:
        s.book([parent], [home, target], day - s.between(1, 3), lead_hours=s.between(100, 1500))
        s.book([parent, child], [target, home], day, lead_hours=s.between(100, 1500))


def other_surname(s: Stage) -> None:
    """A mother who kept her own name, on holiday with her children, the journey booked late."""
    mother = s.person(WHO, (24, 48), "F")
    first = s.person(WHO, (1, 15), like=mother)
    others = [s.person(WHO, (1, 15), like=mother, **s.of(first, "family_name")) for _ in range(s.between(0, 2))]
    home, day = s.home(mother), s.tested_day()
    s.book([mother, first, *others], [home, s.port(home)], day, back=day + s.between(4, 14), lead_hours=s.between(20, 400))  # fmt: skip


def child_by_air_service(s: Stage) -> None:
    """A child who flies alone in the airline's care to the parent who lives abroad, and back, as every holiday."""
    child = s.person(WHO, (6, 15))
    home, card = s.home(child), s.card()
    target, day = s.port(home), s.tested_day()
    for _ in range(2):
        s.book([child], [home, target], day, back=day + s.between(5, 12), lead_hours=s.between(400, 2000), card=card)
        day -= s.between(20, 30)


def company_staff(s: Stage) -> None:
    """A company pays for its staff, some of them often, many to one branch; some only hear of it the day before."""
    card, base = s.card(), s.port()
    branch, agency = s.port(base), f"7{s.between(1000000, 9999999)}" if s.chance(0.4) else None
    for _ in range(s.between(6, 18)):
        who = s.person(WHO, (23, 62))
        day = s.tested_day() if s.chance(0.3) else s.tested_day() - s.between(0, 35)
        target = branch if s.chance(0.6) else s.port(base)
        s.book([who], [base, target], day, back=day + s.between(0, 4), lead_hours=s.between(14, 600), card=card, agency=agency)  # fmt: skip


def wedding_guests(s: Stage) -> None:
    """A family invites its relatives, of several names, to a wedding on an island, and pays for all of them."""
    card, base = s.card(), s.port()
    place, day = s.port(base), s.tested_day()
    for _ in range(s.between(4, 8)):
        first = s.person(WHO, (20, 75))
        party = [first, s.person(WHO, (20, 75), like=first)][: s.between(1, 2)]
        s.book(party, [base, place], day - s.between(0, 2), back=day + s.between(3, 7), lead_hours=s.between(1500, 3500), card=card)  # fmt: skip


def seasonal_workers(s: Stage) -> None:
    """A farm abroad pays the way out of workers with contracts; the way back is booked after the harvest."""
    card, base = s.card(), s.port()
    farm, agency = s.port(base), f"7{s.between(1000000, 9999999)}"
    for _ in range(s.between(8, 20)):
        who = s.person(WHO, (19, 55), "M" if s.chance(0.8) else "F")
        day = s.tested_day() if s.chance(0.3) else s.tested_day() - s.between(0, 20)
        s.book([who], [base, farm], day, lead_hours=s.between(300, 1200), card=card, agency=agency, bags=1)


def netball_team(s: Stage) -> None:
    """A federation sends a team of young women with their trainers to a tournament and back, in several bookings."""
    card, base = s.card(), s.port()
    place, day = s.port(base), s.tested_day()
    back = day + s.between(5, 10)
    trainer = s.person(WHO, (30, 55))
    s.book([trainer], [base, place], day, back=back, lead_hours=1000, card=card)
    for _ in range(s.between(3, 5)):
        team = [s.person(WHO, (17, 28), "F", like=trainer) for _ in range(s.between(2, 4))]
        s.book(team, [base, place], day, back=back, lead_hours=s.between(600, 1400), card=card, bags=1)


def small_agency(s: Stage) -> None:
    """An agency with few customers gives its own telephone for all of them."""
    agency, phone = f"7{s.between(1000000, 9999999)}", s.phone()
    for _ in range(s.between(7, 16)):
        who = s.person(WHO, (20, 75))
        home = s.home(who)
        day = s.tested_day() if s.chance(0.25) else s.tested_day() - s.between(0, 40)
        back = day + s.between(3, 14) if s.chance(0.85) else None
        s.book([who], [home, s.port(home)], day, back=back, lead_hours=s.between(20, 1500), agency=agency, phone=phone, cash=s.chance(0.15))  # fmt: skip


def twins(s: Stage) -> None:
    """Twins on one journey, with one birth date, one family name, and one telephone."""
    one = s.person(WHO, (18, 40))
    two = s.person(WHO, (18, 40), s.of(one, "sex")["sex"], like=one, **s.of(one, "family_name", "birth_date"))
    home, day = s.home(one), s.tested_day()
    s.book([one, two], [home, s.port(home)], day - 20, back=day - 12, lead_hours=s.between(100, 1000))
    s.book([one, two], [home, s.port(home)], day, back=day + 5, lead_hours=s.between(100, 1000))


def renewed_passport(s: Stage) -> None:
    """A traveller whose passport ran out and who has a new one since the last journey."""
    one = s.person(WHO, (20, 75))
    new = s.again(one, **s.new_document(s.of(one, "document_issuer")["document_issuer"], s.opens - s.between(8, 20)))
    home, day = s.home(one), s.tested_day()
    s.book([one], [home, s.port(home)], day - s.between(32, 38), back=day - s.between(24, 28), lead_hours=500)
    s.book([new], [home, s.port(home)], day, back=day + s.between(3, 9), lead_hours=s.between(100, 1000))


def dual_national(s: Stage) -> None:
    """Somebody with two nationalities shows each state its own passport: one on the way out, the other on the way home."""
    one = s.person(WHO, (20, 75))
    home = s.home(one)
    away = s.port(home)
    state = s.table.states[away]
    other = s.again(one, nationality=state, **s.new_document(state, -s.between(200, 2000)))
    day = s.tested_day()
    for _ in range(3):
        s.book([other], [home, away], day - s.between(3, 6), lead_hours=s.between(100, 1000))
        s.book([one], [away, home], day, lead_hours=s.between(100, 1000))
        day -= s.between(14, 20)


def island_hopper(s: Stage) -> None:
    """A tourist flies to one island, sails on by yacht, and flies home from another; and has travelled before."""
    tourist = s.person(WHO, (22, 72))
    home, day = s.home(tourist), s.tested_day()
    target = s.port(home)
    other = s.port(home, target, near=target, within_km=600)
    s.book([tourist], [other, home], day, lead_hours=s.between(200, 2000))
    s.book([tourist], [home, target], day - s.between(5, 20), lead_hours=s.between(300, 2500))
    s.book([tourist], [home, s.port(home)], day - s.between(34, 40), back=day - s.between(24, 30), lead_hours=900)


def island_trader(s: Stage) -> None:
    """A trader who buys on the next island and is back the same or the next day, week after week."""
    trader = s.person(WHO, (25, 65))
    home, card = s.home(trader), s.card()
    target, day = s.port(home, near=home, within_km=1500), s.tested_day()
    for _ in range(s.between(4, 8)):
        s.book([trader], [home, target], day, back=day + s.between(0, 1), lead_hours=s.between(8, 100), card=card, cash=s.chance(0.4), bags=2)  # fmt: skip
        day -= s.between(4, 8)


def backpacker(s: Stage) -> None:
    """A student with little money takes the cheapest way there is, by three flights, booked late and one way."""
    student = s.person(WHO, (18, 29))
    here = s.home(student)
    target = s.port(here)
    stops = [s.port(here, target)]
    stops.append(s.port(here, target, stops[0]))
    s.book([student], [here, *stops, target], s.tested_day(), lead_hours=s.between(24, 500), bags=s.between(0, 1))


def clerk_slip(s: Stage) -> None:
    """A clerk typed one figure of the birth date wrong on the journey before."""
    one = s.person(WHO, (25, 70))
    right = s.of(one, "birth_date")["birth_date"]
    wrong = s.again(one, birth_date=right[:3] + str((int(right[3]) + s.between(1, 3)) % 10) + right[4:])
    home, day = s.home(one), s.tested_day()
    s.book([wrong], [home, s.port(home)], day - s.between(30, 36), back=day - s.between(22, 27), lead_hours=700)
    s.book([one], [home, s.port(home)], day, back=day + 6, lead_hours=s.between(100, 1000))


def missed_flight(s: Stage) -> None:
    """A traveller missed a flight and was booked on the next one: the carrier sent both."""
    one = s.person(WHO, (20, 70))
    home, day = s.home(one), s.tested_day()
    target, card, ready = s.port(home), s.card(), day * DAY + s.between(0, 300)
    s.book([one], [home, target], day, lead_hours=s.between(200, 900), card=card, ready=ready)
    s.book([one], [home, target], day, lead_hours=3, card=card, ready=ready + 480)


INNOCENT: Mapping[str, tuple[str, Callable[[Stage], None]]] = {
    "school-class": ("minors-escorted", school_class), "club-coach": ("minors-escorted", club_coach),
    "divorced-parent": ("minors-escorted", divorced_parent), "other-surname": ("minors-escorted", other_surname),
    "child-by-air-service": ("minors-sent-alone", child_by_air_service),
    "company-staff": ("one-payer", company_staff), "wedding-guests": ("one-payer", wedding_guests),
    "seasonal-workers": ("recruited-women", seasonal_workers), "netball-team": ("recruited-women", netball_team),
    "small-agency": ("shared-contact", small_agency), "twins": ("two-passports", twins),
    "renewed-passport": ("two-passports", renewed_passport), "dual-national": ("two-passports", dual_national),
    "island-hopper": ("broken-travel", island_hopper), "island-trader": ("courier", island_trader),
    "backpacker": ("long-way-round", backpacker), "clerk-slip": ("shared-passport", clerk_slip),
    "missed-flight": ("shared-passport", missed_flight),
}  # fmt: skip
