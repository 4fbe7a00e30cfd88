"""Operation ALCYON on the day that its action begins, in a hub with a day of cases and a small network. Everybody is invented."""

import datetime as dt
import re

import msgspec
import pytest

from ops_hub.access.accounts import Account
from ops_hub.casework.case import Actor
from ops_hub.desk import operating
from ops_hub.engines.network import saved
from ops_hub.operations import journal
from ops_hub.service.centre import Centre
from ops_hub.states import home_states
from ops_hub.store import accounts
from tests.conftest import ROOT
from tests.console.people import _HASHED
from tests.graph.nets import DAY, a_net
from tests.operations.scenes import hit

MORE = {
    "bea": ("BRB", "watch-officer"), "tito": ("TTO", "watch-officer"), "tess": ("TTO", "protection"),
    "suri": ("SUR", "liaison"), "brita": ("BRB", "protection"),
}  # fmt: skip
SECRETS = ("VICTIM, Vera", "CHILD, Carl", "r-victim", "r-child")
_DATE = re.compile(r"20\d\d-\d\d-\d\d")
_BEGAN = dt.date(2026, 12, 1)  # of the action, in the sample


def moved(text, today):
    """Return the sample plan with its action beginning today."""
    by = today - _BEGAN
    return _DATE.sub(lambda found: str(dt.date.fromisoformat(found[0]) + by), text)


@pytest.fixture(scope="module")
def operations(tmp_path_factory, hub):
    folder = tmp_path_factory.mktemp("ops") / "operations"
    (folder / "ALCYON").mkdir(parents=True)
    text = (ROOT / "sample_feeds" / "operation-alcyon" / "plan.toml").read_text(encoding="utf-8")
    (folder / "ALCYON" / "plan.toml").write_text(moved(text, hub.now().date()), encoding="utf-8")
    (folder / "BROKEN").mkdir()
    (folder / "BROKEN" / "plan.toml").write_text("name = 7\n", encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def centre(hub, the_day, operations):
    """The centre with more people; they come after the day, which is laid out over all that a hub holds."""
    for name, (state, role) in MORE.items():
        accounts.put(hub, name, msgspec.json.encode(Account(name, state, role, _HASHED, hub.now())))
    return Centre(hub, operations=operations)


def cited(record):
    return [{"record_id": record, "source": "test.edi", "message_ref": "1", "position": 0}]


def a_network(today):
    """Return who travels from POS to BGI tomorrow: one who is wanted, one who is to be protected, a child, and many others."""
    day = (today - DAY.date()).days + 1
    here, there = {"states": ["BRB", "TTO"]}, {"states": ["DOM", "PAN"]}
    travel = [(name, here | {"booking_ids": ["booking:A"]}) for name in ("r-boss", "r-victim")]
    travel += [("r-child", here | {"booking_ids": ["booking:A"], "minor": True})]
    travel += [(f"r-{n}", here) for n in range(40)]
    trips = [(name, "BW432", day, "POS", "BGI", {"cites": cited(name)} | more) for name, more in travel]
    trips += [(f"s-{n}", "CM300", day, "SDQ", "PTY", {"cites": cited(f"s-{n}")} | there) for n in range(3)]
    edges = [
        hit("r-boss", "jam-wanted/7", crime_types=["smuggling"], cites=cited("r-boss"), **here),
        ("person:r-boss", "organisation:crew", "member of", {"grade": "B2", "owner": "TTO", "handling": "enforce", "crime_types": ["trafficking"]}),
        hit("r-victim", "jam-missing/1", handling="protect", crime_types=["trafficking"], cites=cited("r-victim"), **here),
    ]  # fmt: skip
    nodes = {
        "person:r-boss": {"label": "BOSS, Bruno", "band": "high", "handling": "enforce"},
        "person:r-victim": {"label": "VICTIM, Vera", "handling": "protect", "band": "high", "sex": "F", "nationality": "VEN"},
        "person:r-child": {"label": "CHILD, Carl", "minor": True, "nationality": "HND"},
    } | {f"port:{port}": {} for port in ("BGI", "POS", "SDQ", "PTY")}  # fmt: skip
    return a_net(edges, trips, nodes)


@pytest.fixture(scope="module")
def the_operation(centre, operations):
    """Three states acknowledged the plan; tasks of two states stand in the journal, one of them for the protection desk."""
    now = centre.hub.now()
    found = operating.opened(operations, "ALCYON", home_states())
    for state in ("BRB", "TTO", "PAN"):
        found.write(
            lambda lines, state=state: [journal.acknowledging(found.plan, f"{state}/focal:officer", state, now)]
        )
    told = (
        ("BRB", "BGI", "watch-arrival", 3, "watch the arrival of BW432"),
        ("BRB", "BGI", "protection-reception", 4, "receive who arrives with BW432"),
        ("BRB", None, "prosecutor-briefing", -5, "brief the prosecutor"),
        ("TTO", "POS", "secondary-check", 2, "check the bookings of BW432"),
        ("JAM", "MBJ", "shift", 30, "two officers for the evening shift"),
    )
    for state, port, kind, hours, what in told:
        due = (now + dt.timedelta(hours=hours)).isoformat()
        by = Actor("CENTRE", "carla", "protection")
        operating.added(found, by, operating.new_task(found, by, state, port, due, kind, what, None), now)
    return found


@pytest.fixture(scope="module")
def the_network(centre):
    saved(centre.hub.home / "networks" / "november", a_network(centre.hub.now().date()), name="november", made_at="2026-11-29T12:00:00")  # fmt: skip
    return "november"
