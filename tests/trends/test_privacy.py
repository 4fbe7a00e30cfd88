"""No published number, and no difference of published numbers, tells of 1 to k - 1 persons.

The oracle below is plain Python over the travellers themselves: for every period it works out which persons stand
behind each published number, and behind what is left of a total when published parts are taken from it.
"""

import datetime as dt
from collections import defaultdict

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.conftest import TRIES
from tests.trends.helpers_trends import START, cell, findings_of, frame, hits_of, made, table, traveller

K = 10
PORTS = ("POS", "BGI", "KIN", "SVD")
PLAIN = ("carrier", "document_issuer", "payment")
REST = ("others", "not known")


@st.composite
def histories(draw):
    """Return journeys as dicts: groups of persons on a route, of all sizes around k."""
    groups = draw(
        st.lists(
            st.tuples(
                st.integers(1, 24),  # persons
                st.integers(0, 1),  # day
                st.sampled_from(PORTS),
                st.sampled_from(PORTS),
                st.sampled_from(("TTO", "BRB", "HND")),
                st.sampled_from(("BW", "CM", "AV")),
                st.sampled_from((None, "CA", "CC")),
                st.sampled_from((None, None, "smuggling", "sanctions")),  # hit
                st.sampled_from((None, "expired", "two-names")),
                st.integers(0, 30),  # number of the first person: some are the same as elsewhere
            ),
            min_size=1,
            max_size=14,
        )
    )
    found = {}
    for size, day, first, last, nationality, carrier, paid, hit, finding, begin in groups:
        for person in range(begin, begin + size):
            key = (person, day, first, last)
            found.setdefault(
                key,
                {
                    "person": person, "day": day, "embarkation": first, "destination": last, "nationality": nationality,
                    "carrier": carrier, "document_issuer": "TTO", "payment": {"CA": "cash", "CC": "other means"}.get(paid, "not known"),
                    "paid": paid, "hit": hit, "finding": finding,
                },
            )  # fmt: skip
    return list(found.values())


def published(journeys, k=K):
    listed = [
        traveller(
            j["person"], j["day"], f"{j['embarkation']}-{j['destination']}", nationality=j["nationality"], carrier=j["carrier"],
            payments=[{"kind": j["paid"], "token": None}] if j["paid"] else [],
        )
        for j in journeys
    ]  # fmt: skip
    whole = frame(listed)
    hits = [hits_of(whole[at : at + 1], j["hit"]) for at, j in enumerate(journeys) if j["hit"]]
    findings = [findings_of(whole[at : at + 1], j["finding"]) for at, j in enumerate(journeys) if j["finding"]]
    empty = whole[:0]
    return made(
        whole,
        k=k,
        hits=_concat(hits) if hits else hits_of(empty, "x"),
        findings=_concat(findings) if findings else findings_of(empty, "x"),
    )


def _concat(frames):
    whole = frames[0]
    for each in frames[1:]:
        whole = whole.vstack(each)
    return whole


def safe(journeys, k):
    """Nobody, or at least k persons."""
    return len({j["person"] for j in journeys}) not in range(1, k)


def behind(said, name, day, of, column, within=""):
    """Return [(published number, journeys behind it)] of a table's named cells, and the journeys left over."""
    parts, rest = [], list(of)
    for row in table(said, name):
        if row["group"] != within or row["category"] in REST:
            continue
        number = cell(said, name, row["category"], within, day)
        if number is not None:
            mine = [j for j in of if j[column] == row["category"]]
            parts.append((number, mine))
            rest = [j for j in rest if j not in mine]
    return parts, rest


def check_bulletin(journeys, said, k):
    for j in journeys:
        j["route"] = f"{j['embarkation']}-{j['destination']}"
    by_day = defaultdict(list)
    for j in journeys:
        by_day[j["day"]].append(j)
    for day, whole in by_day.items():
        if START + dt.timedelta(days=day) not in said["periods"]:
            assert not safe(whole, k)
            continue
        total = said["journeys"][said["periods"].index(START + dt.timedelta(days=day))]
        assert total == len(whole)
        assert safe(whole, k)
        # tables that divide all journeys: each number is right, and every part and what is left is safe
        for name in (*PLAIN, "embarkation", "routes", "destination"):
            column = "route" if name == "routes" else name
            parts, rest = behind(said, name, day, whole, column)
            for number, mine in parts:
                if name == "destination":  # of the routes shown only
                    shown = [j for j in mine if cell(said, "routes", j["route"], day=day) is not None]
                    assert number == len(shown)
                    assert len({j["person"] for j in shown}) >= k
                    assert safe([j for j in whole if j not in shown], k)
                else:
                    assert number == len(mine)
                    assert len({j["person"] for j in mine}) >= k
            if name != "destination":
                assert safe(rest, k)
                # whatever else is named (others, not known) is what is left
                others = [cell(said, name, each, day=day) or 0 for each in REST]
                assert sum(number for number, _ in parts) + sum(others) == total
        # what a point of embarkation has beyond its routes; what a route has beyond its nationalities
        for point in PORTS:
            if cell(said, "embarkation", point, day=day) is not None:
                mine = [j for j in whole if j["embarkation"] == point]
                assert safe([j for j in mine if cell(said, "routes", j["route"], day=day) is None], k)
        for route in {j["route"] for j in whole}:
            if cell(said, "routes", route, day=day) is None:
                assert all(row["group"] != route or cell(said, "nationality", row["category"], route, day) is None
                           for row in table(said, "nationality"))  # fmt: skip
                continue
            mine = [j for j in whole if j["route"] == route]
            parts, rest = behind(said, "nationality", day, mine, "nationality", route)
            assert all(number == len(these) and len({j["person"] for j in these}) >= k for number, these in parts)
            assert safe(rest, k)
        check_marked(said, day, whole, ("hits", "with a hit", "hit", "purposes"), k)
        check_marked(said, day, whole, ("findings", "with a finding", "finding", "checks"), k)
        check_hit_routes(said, day, whole, k)


def check_marked(said, day, whole, names, k):
    name, category, column, parts_name = names
    marked = [j for j in whole if j[column]]
    number = cell(said, name, category, day=day)
    parts, rest = behind(said, parts_name, day, marked, column)
    if number is None:
        assert parts == []
        return
    assert number == len(marked)
    for group in (marked, [j for j in whole if not j[column]]):
        assert len({j["person"] for j in group}) >= k
    assert all(number == len(mine) and len({j["person"] for j in mine}) >= k for number, mine in parts)
    assert safe(rest, k)


def check_hit_routes(said, day, whole, k):
    left = list(whole)
    named = False
    for route in {j["route"] for j in whole}:
        number = cell(said, "hit routes", "with a hit", route, day)
        if number is None:
            continue
        named = True
        mine = [j for j in whole if j["route"] == route]
        assert cell(said, "routes", route, day=day) == len(mine)
        assert number == sum(j["hit"] is not None for j in mine)
        left = [j for j in left if j not in mine]
        for is_hit in (True, False):
            assert len({j["person"] for j in mine if (j["hit"] is not None) == is_hit}) >= k
    if named and left:  # all hits less those named, and all others less theirs
        assert cell(said, "hits", "with a hit", day=day) is not None
        for is_hit in (True, False):
            assert len({j["person"] for j in left if (j["hit"] is not None) == is_hit}) >= k


@pytest.mark.slow
@settings(max_examples=20 * TRIES, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(histories(), st.sampled_from((10, 10, 12)))
def test_no_number_and_no_difference_of_numbers_tells_of_fewer_than_k_persons(journeys, k):
    by_day = defaultdict(list)
    for j in journeys:
        by_day[j["day"]].append(j)
    if all(len({j["person"] for j in whole}) < k for whole in by_day.values()):
        return
    check_bulletin(journeys, published(journeys, k), k)


def test_a_small_category_takes_the_next_smallest_with_it():
    said = made(frame([traveller(n, carrier="BW" if n < 30 else "CM" if n < 45 else "AV") for n in range(50)]))
    assert cell(said, "carrier", "BW") == 30
    assert cell(said, "carrier", "CM") is None  # 15: else the 5 of AV were 50 - 30 - 15
    assert cell(said, "carrier", "AV") is None
    assert cell(said, "carrier", "others") == 20


def test_one_person_who_travels_often_is_one_person():
    often = [traveller(1, 0, "POS-BGI", flight=f"BW{n}", record_id=str(n)) for n in range(30)]
    said = made(frame([*often, *(traveller(n, 0, "POS-KIN") for n in range(100, 130))]))
    assert cell(said, "routes", "POS-BGI") is None
    assert said["journeys"] == [60]


def test_a_route_on_which_all_are_hits_is_not_named():
    whole = frame([traveller(n, 0, "POS-BGI" if n < 40 else "POS-KIN") for n in range(120)])
    hits = _concat([hits_of(whole[:40], "smuggling"), hits_of(whole[40:60], "smuggling")])
    said = made(whole, hits=hits)
    assert cell(said, "hits", "with a hit") == 60
    assert cell(said, "hit routes", "with a hit", "POS-BGI") is None


def test_nothing_that_tells_who_somebody_is_is_in_a_bulletin():
    whole = frame(
        [
            traveller(
                n,
                day,
                booking_ref=f"LOC{n}",
                agency=f"IATA-{n % 3}",
                contacts=[{"kind": "phone", "value": f"555{n:04}"}],
            )
            for n in range(40)
            for day in range(3)
        ]
    )
    text = str(made(whole, hits=hits_of(whole[:60], "smuggling")))
    for secret in ("DOE", "ANA", "LOC1", "IATA-", "5550", "N12", "1990", "history.csv", "12/0"):
        assert secret not in text


@pytest.mark.parametrize("persons", [9, 10])
def test_a_period_of_fewer_than_k_persons_is_left_out_of_every_sum(persons):
    listed = [traveller(n) for n in range(40)] + [traveller(n, 1) for n in range(persons)]
    said = made(frame(listed))
    assert said["made_from"]["journeys"] == (40 if persons < K else 50)
    assert len(said["periods"]) == (1 if persons < K else 2)
    assert said["made_from"]["messages"] == len(said["periods"])
