"""An invented operation for tests: three states, a few persons, who travels with whom."""

import datetime as dt

from ops_hub.operations.picture import Picture
from ops_hub.operations.plan import Desk, Member, Phase, Plan, Route, Team
from ops_hub.schemas import OUTCOMES, STANDING, rows
from tests.graph.nets import DAY, a_net

NOW = dt.datetime(2026, 11, 20, 12)


def a_plan(**more):
    said = {
        "name": "calm-sea", "title": "Operation Calm Sea", "legal_basis": "Joint declaration (invented)",
        "phases": [
            Phase("gathering", dt.date(2026, 11, 1), dt.date(2026, 11, 20)),
            Phase("action", dt.date(2026, 11, 21), dt.date(2026, 11, 24)),
            Phase("after", dt.date(2026, 11, 25), dt.date(2026, 12, 10)),
        ],
        "states": [
            Member("BRB", victim_services=Desk("Safe House BRB"), teams=[Team("BGI", 3, female=1, languages={"es": 1})]),
            Member("TTO", victim_services=Desk("Services TTO"), teams=[Team("POS", 2, female=1)], coordinates=True),
            Member("JAM", teams=[Team("KIN", 2)]),
        ],
        "crime_types": ["smuggling"], "routes": [Route("POS", "BGI", 1)], "ports": {"POS": 2},
    }  # fmt: skip
    return Plan(**(said | more))


def a_picture(edges=(), trips=(), nodes=None, standing=(), outcomes=()):
    """Return Picture; standing as (person, position, role), outcomes as dicts of OUTCOMES."""
    net = a_net(edges, trips, nodes)
    stands = [
        {"person_id": f"person:{p}", "position": at, "role": role, "why": f"{p} pays for many"}
        for p, at, role in standing
    ]
    return Picture(net.nodes, net.edges, net.trips, net.resolved, rows(STANDING, stands), rows(OUTCOMES, [a_case(**each) for each in outcomes]))  # fmt: skip


def a_case(**said):
    """Return a row of OUTCOMES."""
    lists = ("concerned", "acted", "records", "lists", "owners", "crime_types", "handlings", "results")
    base = {
        "case": 1,
        "opened_at": dt.datetime(2026, 11, 22, 9),
        "status": "new",
        "channel": "ordinary",
        "minor": False,
    }
    return base | {name: [] for name in lists} | said


def a_result(result, state="BRB", day=22, operation="calm-sea"):
    """Return one result of a case."""
    return {
        "result": result,
        "state": state,
        "at": dt.datetime(2026, 11, day, 15),
        "operation": operation,
        "band": None,
    }


def hit(person, entry, **more):
    """Return an edge of a hit."""
    said = {"band": "high", "weight": 0.9, "owner": "JAM", "handling": "enforce", "crime_types": ["smuggling"]}
    return (f"person:{person}", f"entry:{entry}", "hit", said | more)


def flight_day(day):
    """Return the number of days from the networks' first day, for trips."""
    return (dt.date(2026, 11, day) - DAY.date()).days
