"""Cases by their events: whatever people do in whatever order, nothing leads outside the table."""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from ops_hub.casework.answers import judgement
from ops_hub.casework.case import HUB, ORDINARY, PROTECTION, Actor, Case, Event, Hit
from ops_hub.casework.clock import due
from ops_hub.casework.fold import acted, applied, fold
from ops_hub.casework.reply_codes import NO_BOARD
from ops_hub.casework.table import VERBS, case_table
from ops_hub.errors import ConfigError

TABLE = case_table()
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
PEOPLE = [
    Actor(state, name, role)
    for state, name in (
        ("BRB", "ana"),
        ("BRB", "ben"),
        ("TTO", "jo"),
        ("HND", "luis"),
        ("CENTRE", "carla"),
        ("CENTRE", "ana"),
    )
    for role in ("officer", "supervisor", "protection", "services", "list-owner", "auditor")
]


def hit(number, handling="enforce", owner="HND", caveats=()):
    return Hit(f"h{number}", f"r{number}", "l", f"e{number}", "x", owner, handling, "high", 0.9, "s", "i", caveats)


def opened(*hits, **other):
    concerned = {"BRB": ["destination"], "HND": ["owner"], "TTO": ["departure"]}
    channel = PROTECTION if any(each.handling == "protect" for each in hits) else ORDINARY
    departs = NOON + timedelta(hours=10)
    made = Case(
        id=1, key="k", status="", channel=channel, concerned=concerned, keeper="BRB", day="2026-11-23", opened_at=NOON,
        flight="BW1", from_port="POS", to_port="BGI", departs_at=departs, arrives_at=departs + timedelta(hours=1),
        deadline=departs, hits=hits, **other,
    )  # fmt: skip
    return Event(1, NOON, "opened", HUB, {"case": msgspec.to_builtins(made)})


def again(event):
    """The event as it comes back from the hub."""
    return msgspec.json.decode(msgspec.json.encode(event), type=Event)


class Life(RuleBasedStateMachine):
    """A case among people who do everything that they can think of, allowed or not."""

    @initialize(protect=st.booleans())
    def open(self, protect):
        self.now = NOON
        self.events = [opened(hit(0, "protect" if protect else "enforce", caveats=("owner-release-only",)))]
        self.case = fold(self.events, TABLE)
        self.hits = 1

    def happens(self, event):
        before = self.case
        self.events.append(event)
        self.case = applied(self.case, event, TABLE)
        if TABLE.is_done(before.status) and not TABLE.is_done(self.case.status):
            assert event.kind in ("reopen", "joined", "heard-again")

    @rule(
        verb=st.sampled_from(VERBS), by=st.sampled_from(PEOPLE), outcome=st.sampled_from([*TABLE.outcomes, "nonsense"]),
        to=st.sampled_from(["BRB", "HND", "TTO", "CENTRE", "JAM"]), reason=st.sampled_from(["why", ""]),
    )  # fmt: skip
    def act(self, verb, by, outcome, to, reason):
        detail = {"reason": reason}
        detail |= {"outcome": outcome} if verb == "decide" else {}
        detail |= {"to": to} if verb == "refer" else {"to": [to]} if verb == "release" else {}
        before = self.case
        try:
            event = acted(self.case, verb, by, self.now, detail, TABLE)
        except ConfigError:
            return
        assert by.role in TABLE.allowed_roles(verb, before.channel)
        self.happens(event)
        if before.pending is not None and verb == "confirm":
            assert before.pending["actor"]["name"] != by.name
        ended = self.case.outcome
        if ended and ended != before.outcome and TABLE.outcomes[ended].second:
            assert verb == "confirm"

    @rule(handling=st.sampled_from(["enforce", "discreet", "protect"]), quiet=st.booleans())
    def join(self, handling, quiet):
        new = msgspec.structs.replace(hit(self.hits, handling), suppressed_by=1 if quiet else None)
        self.hits += 1
        detail = {"hits": [msgspec.to_builtins(new)], "records": [new.record_id], "concerned": {"BRB": ["destination"]}}
        self.happens(Event(self.case.events + 1, self.now, "joined", HUB, detail))
        if handling == "protect" and self.case.channel == ORDINARY:
            self.happens(Event(self.case.events + 1, self.now, "moved", HUB, {"channel": PROTECTION}))

    @rule(which=st.integers(0, 5))
    def withdraw(self, which):
        self.happens(Event(self.case.events + 1, self.now, "withdrawn", HUB, {"hits": [f"h{which}"]}))

    @rule(minutes=st.sampled_from([1, 20, 90, 700]))
    def wait(self, minutes):
        self.now += timedelta(minutes=minutes)
        for _ in range(10):
            found = due(self.case, self.now, TABLE)
            if found is None:
                break
            self.happens(Event(self.case.events + 1, self.now, found[0], HUB, found[1]))
        assert due(self.case, self.now, TABLE) is None

    @invariant()
    def stays_inside_the_table(self):
        case = self.case
        assert case.status in TABLE.states
        assert case.outcome is None or case.outcome in TABLE.outcomes
        assert case == fold([again(event) for event in self.events], TABLE)
        if any(each.handling == "protect" for each in case.hits):
            assert case.channel == PROTECTION
        if case.channel == PROTECTION and case.claimed_by is not None and not TABLE.is_done(case.status):
            assert case.claimed_by.role == "protection"
        if TABLE.is_done(case.status):
            assert case.escalates_at is None
            assert (
                case.outcome is not None
                or self.events[-1].kind in ("close", "note")
                or "close" in {e.kind for e in self.events}
            )


Life.TestCase.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
test_nothing_that_people_do_leads_outside_the_table = Life.TestCase


def test_a_protected_person_never_ends_in_an_outcome_of_enforcement():
    case = fold([opened(hit(0, "protect"))], TABLE)
    by = Actor("BRB", "pro", "protection")
    case = applied(case, acted(case, "claim", by, NOON, {}, TABLE), TABLE)
    for name, outcome in TABLE.outcomes.items():
        if outcome.enforcement:
            with pytest.raises(ConfigError, match="cannot end"):
                acted(case, "decide", by, NOON, {"outcome": name, "reason": "x"}, TABLE)


def test_the_clock_runs_faster_as_the_departure_nears():
    case = fold([opened(hit(0))], TABLE)
    told = []
    for hours in (48, 10, 5, 1):
        near = msgspec.structs.replace(case, deadline=NOON + timedelta(hours=hours), departs_at=None)
        event = acted(near, "note", Actor("BRB", "ana"), NOON, {"reason": "x"}, TABLE)
        told.append((applied(near, event, TABLE).escalates_at - NOON).total_seconds() / 60)
    assert told == [60, 60, 20, 5]


def denied(*more):
    ana, ben = Actor("BRB", "ana"), Actor("BRB", "ben")
    events = [opened(hit(0))]
    for verb, by, detail in (
        ("claim", ana, {}),
        ("decide", ana, {"outcome": "denied-boarding", "reason": "same passport"}),
        ("confirm", ben, {}),
    ):
        events.append(acted(fold(events, TABLE), verb, by, NOON, detail, TABLE))
    for kind, by, detail in more:
        case = fold(events, TABLE)
        events.append(
            acted(case, kind, by, NOON, detail, TABLE) if by != HUB else Event(case.events + 1, NOON, kind, by, detail)
        )
    return fold(events, TABLE)


JOINED = ("joined", HUB, {"hits": [msgspec.to_builtins(hit(1))], "records": ["r1"], "concerned": {}})
PROTECT = ("joined", HUB, {"hits": [msgspec.to_builtins(hit(2, "protect"))], "records": ["r2"], "concerned": {}})
CLAIM = ("claim", Actor("BRB", "ana"), {})


@pytest.mark.parametrize(
    "more",
    [
        [JOINED],
        [JOINED, CLAIM, ("decide", Actor("BRB", "ana"), {"outcome": "confirmed", "reason": "x"})],
        [JOINED, CLAIM, ("decide", Actor("BRB", "ana"), {"outcome": "denied-boarding", "reason": "x"})],
        [JOINED, ("missed", HUB, {"outcome": "missed"})],
        [JOINED, ("withdrawn", HUB, {"hits": ["h0", "h1"]})],
        [("withdrawn", HUB, {"hits": ["h0"]})],
        [("heard-again", HUB, {"hits": ["h0"]})],
    ],
)
def test_a_denial_stands_until_a_person_ends_it_whatever_joins_the_case(more):
    assert denied(*more).outcome == "denied-boarding"
    assert judgement([denied(*more)]) == NO_BOARD


def test_a_case_that_begins_again_after_a_denial_asks_for_a_person():
    case = denied(JOINED)
    assert (case.status, case.claimed_by) == ("new", None)
    assert case.escalates_at is not None


@pytest.mark.parametrize(
    ("more", "outcome"),
    [
        ([("reopen", Actor("BRB", "ben"), {"reason": "mistaken"})], None),
        ([JOINED, CLAIM, ("decide", Actor("BRB", "ana"), {"outcome": "not-the-person", "reason": "x"})], "not-the-person"),
        ([PROTECT, ("moved", HUB, {"channel": PROTECTION})], None),
    ],
)  # fmt: skip
def test_a_denial_ends_by_a_person_and_for_people_to_be_protected(more, outcome):
    assert denied(*more).outcome == outcome
    assert judgement([denied(*more)]) != NO_BOARD


HOURS = st.one_of(st.none(), st.integers(-3, 3))


@given(
    departs=HOURS,
    arrives=HOURS,
    counts=st.sampled_from(["departs", "arrives", "none"]),
    status=st.sampled_from(list(TABLE.states)),
)
def test_whatever_times_a_carrier_sends_the_clock_comes_to_rest(departs, arrives, counts, status):
    times = [None if at is None else NOON + timedelta(hours=at) for at in (departs, arrives)]
    deadline = {"departs": times[0], "arrives": times[1], "none": None}[counts]
    case = msgspec.structs.replace(
        fold([opened(hit(0))], TABLE), departs_at=times[0], arrives_at=times[1], deadline=deadline, status=status
    )
    for _ in range(8):
        found = due(case, NOON + timedelta(days=9), TABLE)
        if found is None:
            return
        case = applied(case, Event(case.events + 1, NOON + timedelta(days=9), found[0], HUB, found[1]), TABLE)
    raise AssertionError(f"{case} is never done")
