"""What packages and roster come to for states and ports: tasks with the time at which each is due.

Reach for `tasks()`. A state is asked to do what it may know the reason of (`Informed`); what stands between desks, or
cannot be said to a state that could act, is one task for the centre. What a task is, and who sees which, is told by
`operations.tasks`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from ops_hub.operations import tasks as of_tasks
from ops_hub.operations.coverage import Coverage
from ops_hub.operations.plan import Plan
from ops_hub.operations.settings import Settings

_DISCREET = "let pass and note who meets and who accompanies: the list's owner asks that nobody be stopped"
_ENFORCE = "verify identity first: hits are leads, not verdicts; then as the case says, a prosecutor informed"
_NETWORK = "observe only: a place in the network is told here and nothing of any list"


@dataclass(frozen=True)
class Informed:
    """What states, and CENTRE, may be told of persons.

    Attributes:
        handling: state and person to enforce or discreet, where the state may know of a hit or of intelligence.
        helps: state and person, where its protection desk may know that the person is to be protected.
    """

    handling: Mapping[tuple[str, str], str]
    helps: Collection[tuple[str, str]]


def tasks(
    plan: Plan,
    targets: pl.DataFrame,
    protection: pl.DataFrame,
    coverage: Coverage | None,
    now: dt.datetime,
    settings: Settings,
    informed: Informed,
) -> pl.DataFrame:
    """Return TASKS, the first due first; none is due before now. What is to be done names nobody.

    Args:
        plan: the operation.
        targets: TARGETS.
        protection: PROTECTION.
        coverage: the roster; None where there is none.
        now: UTC.
        settings: how long before a journey things are due.
        informed: what each state may be told.
    """
    found: list[dict[str, Any]] = []
    made = _Made(plan, now, settings, informed)
    for row in targets.iter_rows(named=True):
        found += made.of_target(row)
    for row in protection.iter_rows(named=True):
        found += made.of_protection(row)
    if coverage is not None:
        found += made.of_roster(coverage.roster.iter_rows(named=True))
    return of_tasks.frame(list({each["task"]: each for each in found}.values()))


class _Made:
    """Makes tasks of one operation."""

    def __init__(self, plan: Plan, now: dt.datetime, settings: Settings, informed: Informed) -> None:
        self.plan, self.now, self.due, self.informed = plan, now, settings.tasks, informed

    def of_target(self, row: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
        about, acts, before = row["person_id"], row["acts"], self._before(row["departs_at"], self.due.deconflict_hours)
        in_network = row["role"] is not None
        if not in_network and (of_tasks.CENTRE, about) not in self.informed.handling:
            return
        untold = []
        for act in acts:
            told = self.informed.handling.get((act["state"], about))
            if told is None and not in_network:
                untold.append(act["state"])
                continue
            yield self._of_act(act, about, told, asked_to_wait=told == "enforce" and row["handling"] == "discreet")
        for_centre = [f"bring together the desks that work on the same person: {'; '.join(row['others'])}"] if row["others"] else []  # fmt: skip
        if untold:
            for_centre.append(f"ask the owners of what is known: {', '.join(sorted(set(untold)))} could act and may not be told")  # fmt: skip
        if for_centre:
            yield self._task(of_tasks.CENTRE, "coordination", before, "; ".join(for_centre), None, about)
        last = acts[-1]["state"] if acts else None
        if last is not None and self.informed.handling.get((last, about)) == "enforce" == row["handling"]:
            what = "brief the prosecutor on this package: evidence, and what is missing"
            yield self._task(last, "prosecutor-briefing", before, what, None, about, self._unsaid(about))

    def _of_act(self, act: Mapping[str, Any], about: str, told: str | None, *, asked_to_wait: bool) -> dict[str, Any]:
        """Return what a state does on one leg, in words of what it may know itself."""
        how = _ENFORCE if told == "enforce" else _DISCREET if told == "discreet" else _NETWORK
        how = f"speak to the centre before anybody is stopped; {how}" if asked_to_wait else how
        kind = "secondary-check" if told == "enforce" else "watch-arrival"
        what, at = f"flight {act['flight']}, {act['part']}: {how}", act["at"]
        if act["part"] == "departure":
            what = f"flight {act['flight']}: decide with the states on the way what is done before departure; {how}"
            at = self._before(at, self.due.departure_hours)
        return self._task(act["state"], kind, at, what, act["port"], about, self._unsaid(about) if told else ())

    def _unsaid(self, about: str) -> Collection[str]:
        """Return the coordinator where it may not know what a task about somebody rests on."""
        lead = self.plan.coordinator
        return () if (lead, about) in self.informed.handling else (lead,)

    def of_protection(self, row: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
        about, lead = row["person_id"], self.plan.coordinator
        not_to = () if (lead, about) in self.informed.helps else (lead,)
        arrivals = [act for act in row["acts"] if act["part"] != "departure"] or row["acts"]
        told = [act for act in arrivals if (act["state"], about) in self.informed.helps]
        for act in told:
            what = f"flight {act['flight']}: be ready to receive; {'; '.join(row['needs'])}"
            at = self._before(act["at"], self.due.protection_hours)
            yield self._task(act["state"], "protection-reception", at, what, act["port"], about, not_to)
        if arrivals and not told and (of_tasks.CENTRE, about) in self.informed.helps:
            what = f"flight {row['flight']}: no state on the way may be told; find services that can receive"
            at = self._before(arrivals[-1]["at"], self.due.protection_hours)
            yield self._task(of_tasks.CENTRE, "protection-reception", at, what, None, about)

    def of_roster(self, roster: Iterable[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
        for row in roster:
            with_whom = (
                [f"{row['female']} wom{'a' if row['female'] == 1 else 'e'}n among them"] if row["female"] else []
            )
            with_whom += [f"interpreter for {language}" for language in row["interpreters"]]
            officers = f"{row['officers']} officer{'s' if row['officers'] != 1 else ''}"
            what = f"on the shift from {row['shift']}: {', '.join([officers, *with_whom])}"
            yield self._task(row["state"], "shift", row["begins_at"], what, row["port"], f"shift {row['day']} {row['shift']}")  # fmt: skip

    def _before(self, at: dt.datetime | None, hours: float) -> dt.datetime | None:
        return at - dt.timedelta(hours=hours) if at is not None else None

    def _task(
        self, state: str, kind: str, due: dt.datetime | None, what: str, port: str | None, about: str,
        not_to: Collection[str] = (),
    ) -> dict[str, Any]:  # fmt: skip
        # where no time is known it is to be done before the action begins
        action = self.plan.phase("action")
        begins = dt.datetime.combine(action.begins, dt.time()) if action else self.now
        at = max(due or begins, self.now.replace(microsecond=0))
        return of_tasks.task(self.plan, state, kind, at, what, port=port, about=about, not_to=not_to)
