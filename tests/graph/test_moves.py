"""What journeys tell: co-travel, hand-overs, broken travel, several crimes, money."""

from datetime import timedelta

import numpy as np
import polars as pl
import pytest

from ops_hub.graph.analyses import statistics
from ops_hub.graph.analyses.broken import broken, gaps
from ops_hub.graph.analyses.cotravel import cotravel
from ops_hub.graph.analyses.cross import cross, meetings
from ops_hub.graph.analyses.handovers import handovers
from ops_hub.graph.analyses.money import money
from ops_hub.graph.analyses.regions import region
from ops_hub.graph.settings import graph_settings
from tests.graph.nets import DAY, a_net

MOVES = graph_settings().moves


def test_tails_and_rates_are_those_of_a_library_of_statistics():
    stats = pytest.importorskip("scipy.stats")
    for x, n, p in [(3, 10, 0.2), (5, 200, 0.001), (20, 30, 0.9), (0, 3, 0.5), (1, 3, 0.0), (3, 3, 1.0)]:
        assert statistics.binomial_tail(x, n, p) == pytest.approx(stats.binom.sf(x - 1, n, p), rel=1e-9)
    for x, total, marked, drawn in [
        (3, 100, 10, 20),
        (40, 1000, 100, 60),
        (1, 5, 3, 4),
        (3, 5, 2, 4),
        (1, 300_000, 9, 80),
    ]:
        expected = stats.hypergeom.sf(x - 1, total, marked, drawn)
        assert statistics.hypergeometric_tail(x, total, marked, drawn) == pytest.approx(expected, rel=1e-6)
    chances = np.array([0.001, 0.5, 0.02, 0.03])
    for independent, method in ((True, "bh"), (False, "by")):
        expected = stats.false_discovery_control(chances, method=method)
        assert statistics.adjusted(chances, 4, independent=independent) == pytest.approx(expected)


def test_the_chance_of_so_many_unequal_trials_is_exact():
    rng = np.random.default_rng(1)
    trials, wanted = rng.integers(0, 12, 60), rng.integers(0, 7, 60)
    owner, chance = np.repeat(np.arange(60), trials), rng.random(trials.sum()) * 0.3
    expected = []
    for each in range(60):
        spread = np.ones(1)
        for p in chance[owner == each]:
            spread = np.convolve(spread, [1 - p, p])
        expected.append(spread[wanted[each] :].sum())
    assert statistics.poisson_binomial_tail(owner, chance, wanted) == pytest.approx(expected, rel=1e-9)


def traffic(days=112, a_day=6):
    """Three flights a day there and back, and strangers on them who come once."""
    rng = np.random.default_rng(3)
    return [
        (f"stranger-{way}-{day}-{n}", f"BW{way + rng.integers(0, 3)}", day, *ports)
        for way, ports in ((100, ("POS", "BGI")), (200, ("BGI", "POS")))
        for day in range(days)
        for n in range(a_day)
    ]


def journeys(person, out_days, flight=0, **more):
    """There on these days, and back two days later."""
    extra = {name: [f"{value}-{person}"] for name, value in more.items()}
    return [
        trip
        for day in out_days
        for trip in ((person, f"BW{100 + flight}", day, "POS", "BGI", extra), (person, f"BW{200 + flight}", day + 2, "BGI", "POS", extra))
    ]  # fmt: skip


IRREGULAR = (3, 19, 37, 58, 79, 101)


def test_a_pair_on_bookings_of_their_own_is_found_and_one_with_a_common_booking_is_not():
    pair = journeys("ana", IRREGULAR, booking_ids="booking:a") + journeys("eva", IRREGULAR, booking_ids="booking:b")
    couple = [
        (*trip[:5], {"booking_ids": ["booking:both"]})
        for who in ("tom", "tim")
        for trip in journeys(who, [d + 4 for d in IRREGULAR])
    ]
    net = a_net(trips=traffic() + pair + couple)
    found = cotravel(net, MOVES)
    assert found.table.select("person_id", "other_id", "times").rows() == [("person:ana", "person:eva", 12)]
    assert found.table["rate"][0] < MOVES.rate
    assert "flight:BW100/2026-11-04/POS" in found.ids
    assert "colleagues" in " ".join(found.words)
    assert cotravel(net, MOVES, around=["person:eva"]).table["other_id"].to_list() == ["person:eva"]
    assert cotravel(net, MOVES, around=["person:tom"]).table.is_empty()


def test_two_who_fly_each_week_by_habit_are_no_discovery():
    weekly = [day for day in range(1, 110, 7)]
    net = a_net(trips=traffic() + journeys("mon", weekly) + journeys("day", weekly))
    assert cotravel(net, MOVES).table.is_empty()


def test_crew_and_a_pair_with_one_family_name_are_left_out():
    crew = [(*trip[:5], {"role": "crew"}) for who in ("c1", "c2") for trip in journeys(who, IRREGULAR)]
    kin = journeys("ana", IRREGULAR) + journeys("eva", IRREGULAR)
    labels = {"person:ana": {"label": "DIAZ ROJAS, ANA"}, "person:eva": {"label": "Diaz, Eva"}}
    assert cotravel(a_net(trips=traffic() + crew + kin, nodes=labels), MOVES).table.is_empty()


def test_a_hand_over_of_several_travellers_is_found_and_one_parent_to_the_other_is_not():
    trips = []
    for n, day in enumerate((1, 20, 40)):
        card, phone = {"payment_ids": ["payment:in"]}, {"contact_ids": ["phone:on"]}
        trips += [("ann", "BW1", day, "POS", "BGI", card), (f"x{n}", "BW1", day, "POS", "BGI", card)]
        trips += [
            ("bob", "BW2", day + 1, "BGI", "MIA", phone),
            (f"x{n}", "BW2", day + 1, "BGI", "MIA", phone),
            ("ann", "BW3", day + 1, "BGI", "POS"),
        ]
    child = {"booking_ids": ["booking:kid"]}
    trips += [("mum", "BW1", 60, "POS", "BGI", child), ("kid", "BW1", 60, "POS", "BGI", child), ("dad", "BW2", 61, "BGI", "MIA", child), ("kid", "BW2", 61, "BGI", "MIA", child)]  # fmt: skip
    nodes = {
        "person:kid": {"minor": True, "label": "DIAZ, KIM"},
        "person:mum": {"label": "DIAZ, ANA"},
        "person:dad": {"label": "ROJAS, LUIS"},
        "person:x0": {"handling": "protect"},
    }
    found = handovers(a_net(trips=trips, nodes=nodes), MOVES)
    assert found.table.select("port", "brings_id", "takes_id", "travellers", "guarded").rows() == [
        ("BGI", "person:ann", "person:bob", 3, 1)
    ]
    assert "person:x0" not in str(found.table.rows())
    assert "person:x0" not in found.ids


def test_strangers_who_change_planes_at_a_hub_are_no_hand_over():
    rng = np.random.default_rng(5)
    trips = []
    for day in range(60):
        trips += [
            (f"t{day}-{n}", flight, day, *ports)
            for n in range(8)
            for flight, ports in (("BW1", ("POS", "MIA")), ("AA2", ("MIA", "JFK")))
        ]
    for who, flight, ports in (("in", "BW1", ("POS", "MIA")), ("on", "AA2", ("MIA", "JFK"))):
        trips += [(who, flight, int(day), *ports) for day in np.sort(rng.choice(60, 25, replace=False))]
    assert handovers(a_net(trips=trips), MOVES).table.is_empty()


def test_a_gap_between_islands_is_stitched_and_parties_of_the_same_days_are_seen_together():
    trips = []
    for n in range(4):
        trips += [(f"m{n}", "BW1", 10, "POS", "BGI"), (f"m{n}", "LI5", 12, "SVD", "ANU")]
    trips += [
        ("home", "BW1", 10, "POS", "BGI"),
        ("home", "BW9", 12, "BGI", "POS"),
        ("fast", "BW1", 10, "POS", "BGI"),
        ("fast", "AA1", 11, "JFK", "YYZ"),
    ]
    net = a_net(trips=trips)
    told = gaps(net, MOVES)
    assert set(told["person_id"]) == {"person:m0", "person:m1", "person:m2", "person:m3", "person:fast"}
    assert told.filter(pl.col("to_port") == "JFK")["way"][0].startswith("too far for a boat")
    together = broken(net, MOVES).table.filter(pl.col("what") == "same days").row(0, named=True)
    assert (together["from_port"], together["to_port"], together["parties"], round(together["days"], 1)) == (
        "BGI",
        "SVD",
        4,
        1.9,
    )
    assert together["way"].startswith("by sea")


def a_hit(person, entry, owner, crime, handling="enforce", caveats=()):
    return (
        f"person:{person}",
        f"entry:{entry}",
        "hit",
        {
            "band": "high",
            "owner": owner,
            "crime_types": [crime],
            "handling": handling,
            "caveats": list(caveats),
            "weight": 0.9,
        },
    )


TIES = [("person:ana", "phone:77", "contact"), ("person:eva", "phone:77", "contact")]


def test_owners_on_two_continents_are_told_of_their_own_entries_and_of_no_word_of_the_other():
    hits = [a_hit("ana", "hnd-list/H-1", "HND", "smuggling"), a_hit("eva", "sen-secret/S-9", "SEN", "narcotics")]
    found = cross(a_net([*TIES, *hits]), MOVES)
    assert found.table.select("crime_types", "regions").row(0) == (["narcotics", "smuggling"], ["Africa", "Americas"])
    told = dict(found.notices)
    assert set(told) == {"HND", "SEN"}
    content = {
        "HND": ("hnd-list", "H-1", "HND", "smuggling", "ana", "Honduras"),
        "SEN": ("sen-secret", "S-9", "SEN", "narcotics", "eva", "Senegal"),
    }
    for owner, other in (("HND", "SEN"), ("SEN", "HND")):
        assert content[owner][1] in told[owner]
        assert [
            word
            for word in (*content[other], "person:", "phone", "77", "Africa", "Americas")
            if word.lower() in told[owner].lower()
        ] == []


@pytest.mark.parametrize("caveat", ["not-to:HND", "protection-desk-only", "never-heard-of"])
def test_a_caveat_that_hides_an_entry_keeps_the_other_owner_from_being_told(caveat):
    hits = [a_hit("ana", "l/H-1", "HND", "smuggling"), a_hit("eva", "m/S-9", "SEN", "narcotics", caveats=[caveat])]
    found = cross(a_net([*TIES, *hits]), MOVES)
    assert [owner for owner, _ in found.notices] == ["SEN"]
    assert "the centre decides" in " ".join(found.words)


@pytest.mark.parametrize("crime", ["smuggling", "fraud"])
def test_what_is_hidden_from_an_owner_changes_nothing_of_what_it_is_told(crime):
    chain = [("ana", "1"), ("x", "1"), ("x", "2"), ("cid", "2"), ("cid", "3"), ("y", "3"), ("y", "4"), ("eva", "4")]
    ties = [(f"person:{who}", f"phone:{number}", "contact") for who, number in chain]
    ties += TIES if crime == "smuggling" else []  # tied without the hidden one, but then of one crime
    hits = [a_hit("ana", "l/H-1", "HND", "smuggling"), a_hit("eva", "m/B-9", "BRB", crime)]
    hidden = a_hit("cid", "n/J-1", "JAM", "narcotics", caveats=["not-to:HND"])
    told = [each.owner for each in meetings(a_net([*ties, *hits, hidden]), MOVES)]
    assert told == ["BRB", "JAM"]
    assert meetings(a_net([*ties, *hits]), MOVES) == []


@pytest.mark.parametrize("guard", ["protect", "minor"])
def test_who_is_to_be_protected_carries_no_crime_and_ties_no_group(guard):
    hits = [a_hit("ana", "l/H-1", "HND", "smuggling"), a_hit("eva", "m/S-9", "SEN", "narcotics")]
    victim = [a_hit("eva", "n/V-1", "CRI", "trafficking", "protect")] if guard == "protect" else []
    nodes = {"person:eva": {"minor": True}} if guard == "minor" else {}
    assert cross(a_net([*TIES, *hits, *victim], nodes=nodes), MOVES).table.is_empty()


def test_a_damped_value_ties_no_group():
    hits = [a_hit("ana", "l/H-1", "HND", "smuggling"), a_hit("eva", "m/S-9", "SEN", "narcotics")]
    assert cross(a_net([*TIES, *hits], nodes={"phone:77": {"weight": 0.1}}), MOVES).table.is_empty()


def test_every_state_has_a_continent_and_a_body_has_none():
    assert (region("HND"), region("SEN"), region("JPN"), region("UN"), region(None)) == (
        "Americas",
        "Africa",
        "Asia",
        None,
        None,
    )


def test_a_payment_for_many_is_shown_with_fares_by_distance_and_nobody_to_be_protected():
    card = {"payment_ids": ["payment:c1"]}
    trips = [
        (who, "BW1", day, "POS", "BGI", card | {"booking_ids": [f"booking:{who}"]})
        for who, day in (("ana", 1), ("eva", 5), ("kid", 9))
    ]
    trips += [("eva", "BW2", 20, "BGI", "POS", {"payment_ids": ["payment:c2"]}), ("tom", "BW2", 20, "BGI", "POS")]
    nodes = {"person:kid": {"minor": True}, "person:ana": {"label": "DIAZ, ANA"}, "person:eva": {"label": "ROJAS, EVA"}}
    net = a_net(trips=trips, nodes=nodes)
    row = money(net, MOVES).table.row(0, named=True)
    assert (row["payment_id"], row["persons"], row["guarded"], row["paid_for_ids"], row["with_ids"]) == (
        "payment:c1",
        3,
        1,
        ["person:ana", "person:eva"],
        ["payment:c2"],
    )
    assert (row["fare_low"], row["fare_high"], row["fare_band"], row["last"]) == (
        180,
        750,
        "of under 1,000 USD by distance, for 3 trips without a fare",
        DAY + timedelta(days=9),
    )
    found = money(net, MOVES, around=["person:tom", "person:eva"])
    assert set(found.table["payment_id"]) == {"payment:c1", "payment:c2"}
    assert "33% of the 3 trips" in found.words[1]
    assert "not offenders" in found.words[-1]


def test_fares_that_carriers_told_count_once_a_ticket_and_each_currency_for_itself():
    card = {"payment_ids": ["payment:c1"], "paid_kinds": ["CC VI"]}
    there = card | {"booking_ids": ["booking:A"], "fares": ["4000.00 USD"]}  # on both legs of one ticket
    trips = [
        ("ana", "BW1", 1, "POS", "BGI", there),
        ("ana", "BW2", 2, "BGI", "KIN", there),
        ("eva", "BW1", 5, "POS", "BGI", card | {"booking_ids": ["booking:B"], "fares": ["1500.00 USD", "900000 COP"]}),
        ("tom", "BW1", 9, "POS", "BGI", card | {"booking_ids": ["booking:C"], "fares": ["0.00 USD"]}),
        ("zoe", "BW1", 9, "POS", "BGI", {"paid_kinds": ["CA"], "booking_ids": ["booking:D"], "fares": ["300.00 USD"]}),
        ("lia", "BW1", 9, "POS", "BGI", {"paid_kinds": ["CC CA"], "booking_ids": ["booking:E"]}),
    ]
    found = money(a_net(trips=trips), MOVES)
    row = found.table.row(0, named=True)
    assert row["fares_told"] == ["900000.00 COP", "5500.00 USD"]
    assert (row["tickets_told"], row["trips_untold"], row["fare_high"]) == (2, 1, 250)
    assert row["fare_band"] == (
        "of under 4,000,000 COP and 5,000 to 20,000 USD told on 2 tickets; "
        "of under 1,000 USD by distance, for 1 trip without a fare"
    )
    assert "33% of the 6 trips" in found.words[1]
    assert "17% were paid in cash, fares of under 1,000 USD where told" in found.words[1]
    assert "fares of 3 tickets" in found.words[2]
    assert "For 2 trips no fare is told" in found.words[2]
    assert "5500" not in " ".join([*found.words, row["why"]])  # bands, not sums


@pytest.mark.parametrize("finder", [cotravel, handovers, broken, cross, money])
def test_an_empty_network_has_nothing_to_tell(finder):
    found = finder(a_net(), MOVES)
    assert found.table.is_empty()
    assert "why" in found.table.columns
    assert found.ids == ()
