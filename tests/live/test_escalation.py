# ruff: noqa: F811  fixtures are imported by name
"""The clock of cases: the hub's time alone counts, and what is due happens once."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from ops_hub.desk.acting import act
from ops_hub.desk.filing import open_desk, story_of
from ops_hub.engines.live.escalation import tick
from ops_hub.store.hub import Hub
from tests.conftest import ROOT
from tests.live.fixtures_cases import (
    ANA,
    PRO,
    all_cases,
    entry,
    hub,
    office,
    screened,
    server,
    told,
    traveller,
    worked,
)

__all__ = ["hub", "office", "server", "told"]  # fixtures


def opened(hub, office, **other):
    screened(hub, 1, [(traveller(hub, "r1", **other), entry())])
    worked(office)
    return all_cases(hub)[1]


def test_nobody_does_anything_and_one_after_the_other_is_told(hub, office, told):
    case = opened(hub, office)
    assert case.escalates_at == case.opened_at + timedelta(minutes=20)  # five hours before departure
    assert tick(office.desk, case.escalates_at - timedelta(seconds=1)) == 0
    assert tick(office.desk, case.escalates_at) == 1
    assert tick(office.desk, case.escalates_at) == 0
    worked(office)
    event = told[-1][2][0]
    assert (event.kind, event.detail["role"], event.detail["state"]) == ("escalated", "supervisor", "BRB")
    for _ in range(4):
        tick(office.desk, all_cases(hub)[1].escalates_at)
    kinds = [(each.kind, each.detail.get("state")) for each in story_of(hub, all_cases(hub)[1])]
    assert kinds[1:4] == [("escalated", "BRB"), ("escalated", "CENTRE"), ("escalated", "CENTRE")]
    assert [kind for kind, _ in kinds[4:]] == ["departed", "missed"]


def test_doing_something_begins_the_clock_anew(hub, office):
    first = opened(hub, office)
    claimed = act(office.desk, 1, ANA, "claim")
    assert claimed.escalates_at > first.escalates_at
    assert tick(office.desk, first.escalates_at) == 0


def test_an_undecided_case_is_missed_when_the_journey_is_over(hub, office):
    case = opened(hub, office)
    assert tick(office.desk, case.departs_at + timedelta(minutes=1)) >= 1
    on_the_way = all_cases(hub)[1]
    assert on_the_way.deadline == case.arrives_at
    tick(office.desk, case.arrives_at + timedelta(minutes=61))
    over = all_cases(hub)[1]
    assert (over.status, over.outcome, over.escalates_at) == ("closed", "missed", None)


def test_a_decided_case_is_not_missed(hub, office):
    case = opened(hub, office)
    act(office.desk, 1, ANA, "claim")
    act(office.desk, 1, ANA, "decide", {"outcome": "secondary-negative", "reason": "searched"})
    assert tick(office.desk, case.arrives_at + timedelta(days=1)) == 0


def test_a_journey_of_last_year_is_not_missed_and_is_asked_about(hub, office):
    screened(
        hub,
        1,
        [
            (
                traveller(hub, "r1", departs_at=None, arrives_at=hub.now().replace(tzinfo=None) - timedelta(days=300)),
                entry(),
            )
        ],
        kind="retrospective",
    )
    worked(office)
    case = all_cases(hub)[1]
    assert case.retrospective
    assert case.deadline is None
    tick(office.desk, hub.now() + timedelta(days=9))
    assert all_cases(hub)[1].status == "new"
    assert all_cases(hub)[1].told >= 1


def test_what_is_due_happens_once_however_many_look(hub, office):
    case = opened(hub, office)
    desks = [open_desk(hub) for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(lambda desk: tick(desk, case.escalates_at), desks))
    assert sum(done) == 1
    assert all_cases(hub)[1].told == 1


def test_a_machine_whose_clock_is_an_hour_off_changes_nothing(hub, office, monkeypatch):
    """Nothing that cases are made by asks the machine for the time; the hub's is all that is stored."""
    asks = re.compile(r"datetime\.(now|utcnow|today)|date\.today|time\.(time|localtime|gmtime)\(")
    rooms = [*(ROOT / "ops_hub").glob("casework/*.py"), *(ROOT / "ops_hub").glob("desk/*.py")]
    files = [
        ROOT / "ops_hub" / "store" / "cases.py",
        *(ROOT / "ops_hub" / "engines" / "live" / f"{n}.py" for n in ("office", "escalation", "keeping")),
    ]
    assert [path for path in (*rooms, *files) if asks.search(path.read_text())] == []
    real = Hub.now
    for hours in (1, -1):  # all machines of the hub are as wrong as they like: the same things happen at the same times
        monkeypatch.setattr(Hub, "now", lambda self, hours=hours: real(self) + timedelta(hours=hours))
        hub.client.flushall()
        hub.keyring._open.clear()
        office.__init__(hub)
        before = hub.now()
        case = opened(hub, office)
        assert before <= case.opened_at <= hub.now()
        assert case.escalates_at - case.opened_at == timedelta(minutes=20)
        assert tick(office.desk) == 0


def test_a_case_about_somebody_to_be_protected_stays_open_after_arrival_until_a_person_ends_it(hub, office):
    met = entry("M1", "jam-missing", "JAM", "protect", purpose="missing")
    screened(hub, 1, [(traveller(hub, "r1"), met)])
    worked(office)
    (case,) = all_cases(hub).values()
    tick(office.desk, case.arrives_at + timedelta(days=3))
    (case,) = all_cases(hub).values()
    assert (case.status, case.outcome) == ("new", None)
    act(office.desk, case.id, PRO, "claim")
    assert act(office.desk, case.id, PRO, "decide", {"outcome": "missed", "reason": "left"}).outcome == "missed"
