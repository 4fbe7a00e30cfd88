"""What rules would have found in the travel that the hub retains, before they are switched on.

Reach for `begin()` and `find()`. It runs in a thread, one at a time, over a bounded number of travellers. What comes of
it is counts and ids: no name leaves. Where a condition asks for something that tells one person (a name, a number), nothing is
told, or a rule would be a way to ask whether somebody travels.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Sequence
from datetime import date

import msgspec
import polars as pl

from ops_hub.casework.case import CENTRE
from ops_hub.casework.policy import terms_of
from ops_hub.desk.filing import Desk, cases_of
from ops_hub.desk.outcomes import confirms, denies
from ops_hub.errors import ConflictError, MissingError, OpsHubError
from ops_hub.schemas import TRAVELLERS, empty
from ops_hub.service.centre import Centre
from ops_hub.service.rules import files as rule_files
from ops_hub.service.table import Caller
from ops_hub.store import cases as store
from ops_hub.store import drafts, lake
from ops_hub.store.audit import record
from ops_hub.store.hub import Hub
from ops_hub.store.segments import Damage
from ops_hub.targeting.facts import facts
from ops_hub.targeting.figures import decided, judged, overlap, per_day
from ops_hub.targeting.rulefile import Rule
from ops_hub.trends.frames import SMALLEST

KIND = "rule-backtests"
MOST_DAYS, MOST_ROWS = 31, 200_000
_MOST_RULES, _EXAMPLES, _HOUR = 20, 10, 3600
# Columns that can tell one person: of a rule that asks for one of them nothing is told.
_ONE_PERSON = {
    "record_id", "message_ref", "family_name", "given_names", "full_name", "birth_date", "birth_place", "booking_ref",
    "passenger_ref", "seats", "tickets", "bag_tags", "document_number", "document_numbers", "phones", "emails", "addresses",
    "document_birth_dates", "booked_at", "document_expires", "document_issued",
}  # fmt: skip
_SILENT = ("hit_", "finding_", "co_travel_with_listed")
_OF_MANIFESTS = {
    "manifest_id", "manifest_status", "travel_state", "on_board", "announced_by", "times_replaced", "what_changed",
    "directions", "list_minutes_late", "manifest_quality", "record_counts", "seat_changes", "leg_ports",
}  # fmt: skip


class DayCount(msgspec.Struct, frozen=True):
    """A day: its travellers, and how many a rule flags."""

    day: date | None
    travellers: int
    flags: int


class Overlap(msgspec.Struct, frozen=True):
    """Another rule, and how many travellers both flag."""

    rule: str
    both: int
    share: float


class RuleFigures(msgspec.Struct, frozen=True):
    """What a rule would have found.

    Attributes:
        flags, share: travellers; None where the rule could ask for one person.
        withheld: that is so.
        confirmed, cleared, undecided: what cases say of them, those about somebody to be protected left out; precision is
            confirmed of decided, None where none is. All are None where fewer than 10 travellers are flagged.
        examples: record ids.
        silent: columns that it asks and that nothing is known of here: it fires less than it would.
    """

    rule: str
    title: str
    flags: int | None
    share: float | None
    withheld: bool
    days: list[DayCount]
    confirmed: int | None
    cleared: int | None
    undecided: int | None
    precision: float | None
    overlap: list[Overlap]
    examples: list[str]
    silent: list[str]


class Backtest(msgspec.Struct, frozen=True):
    """A back-test: running, done or failed, and what came of it; `cut` says that there was more than could be looked at."""

    id: str
    state: str
    by: str
    of: str
    days: int
    travellers: int = 0
    first: date | None = None
    last: date | None = None
    cut: bool = False
    rules: list[RuleFigures] = []
    failure: str = ""


def begin(centre: Centre, by: Caller, of: str, rules: Sequence[Rule], days: int) -> Backtest:
    """Begin to test rules on what is retained, in a thread.

    Args:
        centre: whose travel.
        by: who asks: of a home state, on what that state keeps.
        of: what is tested, e.g. the id of a draft.
        rules: to test.
        days: how many.

    Raises:
        ConflictError: another one runs.
    """
    made = Backtest(secrets.token_urlsafe(12), "running", str(by), of, days)
    lock = drafts.alone(centre.hub, "backtest")
    lock.__enter__()
    _put(centre.hub, made)
    states = None if by.user.state == CENTRE else [by.user.state]

    def work() -> None:
        found = msgspec.structs.replace(made, state="failed", failure="something that nobody foresaw went wrong")
        try:
            found = _tested(centre, made, rules, states)
        except OpsHubError as error:
            found = msgspec.structs.replace(found, failure=str(error))
        finally:
            lock.__exit__(None, None, None)
            _put(centre.hub, found)

    record(centre.hub, str(by), "rules-backtested", of, purpose=by.purpose, rules=len(rules), days=days)
    threading.Thread(target=work, daemon=True, name="backtest").start()
    return made


def find(centre: Centre, name: str) -> Backtest:
    """Return a back-test.

    Raises:
        MissingError: there is none, or its hour is over.
    """
    kept = drafts.from_aside(centre.hub, KIND, name)
    if kept is None:
        raise MissingError("back-test", "there is no such back-test, or its hour is over", "run it again")
    return msgspec.json.decode(kept, type=Backtest)


def _put(hub: Hub, found: Backtest) -> None:
    drafts.aside(hub, KIND, found.id, msgspec.json.encode(found), _HOUR)


def _tested(centre: Centre, made: Backtest, rules: Sequence[Rule], states: Sequence[str] | None) -> Backtest:
    travel, cut = _travel(centre.hub, states, made.days)
    if travel.is_empty():
        raise ConflictError("back-test", "the hub retains no travel of those days", "wait until flights were screened")
    own = {rule.id for rule in rules[:_MOST_RULES]}
    asked = [*rules[:_MOST_RULES], *(each for each in rule_files.in_force(centre).rules if each.id not in own)]
    known = facts(travel.lazy(), today=centre.hub.now().date())
    people = judged(known, asked)
    outcomes = _outcomes(centre.desk)
    days = people["day "].drop_nulls()
    first, last = (days.min(), days.max()) if len(days) else (None, None)
    return msgspec.structs.replace(
        made, state="done", travellers=people.height, cut=cut,
        first=first if isinstance(first, date) else None, last=last if isinstance(last, date) else None,
        rules=[_figures(people, each, [other.id for other in asked if not _tells_one(other)], outcomes) for each in rules[:_MOST_RULES]],
    )  # fmt: skip


def _travel(hub: Hub, states: Sequence[str] | None, days: int) -> tuple[pl.DataFrame, bool]:
    """Return TRAVELLERS of the latest days, the latest first until there are enough, and whether some were left out."""
    kept = lake.days(hub, states)
    latest = sorted({day for _, day in kept}, reverse=True)[:days]
    wanted: list[str] = []
    count = 0
    for day in latest:
        count += sum(lake.rows(hub, state, each) for state, each in kept if each == day)
        if wanted and count > MOST_ROWS:
            break
        wanted.append(day)
    damaged: list[Damage] = []
    frames = [empty(TRAVELLERS)]
    for frame in lake.read(hub, states, wanted, identity=True, damaged=damaged):
        frames.append(frame.select(*TRAVELLERS))
        if sum(each.height for each in frames) > MOST_ROWS:
            break
    travel = pl.concat(frames).unique("record_id", keep="first", maintain_order=True)
    return travel.head(MOST_ROWS), len(wanted) < len(latest) or travel.height > MOST_ROWS or bool(damaged)


def _outcomes(desk: Desk) -> pl.DataFrame:
    """Return record_id, rule_id and outcome of what was decided in cases about travellers, whatever rules say of them.

    Cases of which a hit is about somebody to be protected take no part: who writes rules may not know that there are any.
    """
    made = []
    cases = cases_of(desk.hub, store.of_state(desk.hub, CENTRE, list(desk.table.states)))
    for case in cases.values():
        if any(terms_of(desk.policy, hit.handling, hit.caveats, frozenset()).protected for hit in case.hits):
            continue
        is_it, is_not = confirms(desk, case), bool(case.hits) and all(denies(case, hit.suppressed_by) for hit in case.hits)  # fmt: skip
        if is_it or is_not:
            made += [(each, None, "confirmed" if is_it else "cleared") for each in case.records]
    return pl.DataFrame(made, schema=dict.fromkeys(("record_id", "rule_id", "outcome"), pl.String), orient="row")


def _tells_one(rule: Rule) -> bool:
    """Return whether a rule asks for what can tell one person; not even large counts of it are told, since two compared tell."""
    return bool(set(rule.condition.columns) & _ONE_PERSON)


def _figures(people: pl.DataFrame, rule: Rule, ids: Sequence[str], outcomes: pl.DataFrame) -> RuleFigures:
    columns, title = set(rule.condition.columns), rule.written.title
    silent = sorted(each for each in columns if each.startswith(_SILENT) or each in _OF_MANIFESTS)
    if _tells_one(rule):
        return RuleFigures(rule.id, title, None, None, True, [], None, None, None, None, [], [], silent)
    flags = int(people[rule.id].sum() or 0)
    after = decided(people, rule.id, outcomes)
    precision = after["confirmed_share"]
    # of few it would say what came of the one traveller that the rule was written around
    few = flags < SMALLEST
    confirmed, cleared, undecided = (
        None if few else _whole(after[name]) for name in ("confirmed", "cleared", "undecided")
    )
    return RuleFigures(
        rule.id, title, flags, flags / people.height if people.height else None, False,
        [DayCount(*row) for row in per_day(people, [rule.id]).iter_rows()],
        confirmed, cleared, undecided,
        float(precision) if precision is not None and not few else None,
        [Overlap(*row) for row in overlap(people, rule.id, ids).head(10).iter_rows()],
        people.filter(pl.col(rule.id))["record_id"].head(_EXAMPLES).to_list(), silent,
    )  # fmt: skip


def _whole(value: float | None) -> int:
    return int(value or 0)
