"""What packages and roster come to for states and ports: tasks with the time at which each is due.

Reach for `tasks()`. What a task is, and who sees which, is told by `operations.tasks`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import polars as pl

from ops_hub.operations import tasks as of_tasks
from ops_hub.operations.coverage import Coverage
from ops_hub.operations.plan import Plan
from ops_hub.operations.settings import Settings

_DISCREET = "let pass and note who meets and who accompanies: the list's owner asks that nobody be stopped"
_ENFORCE = "verify identity first: hits are leads, not verdicts; then as the case says, a prosecutor informed"
_NETWORK = "observe; no list names this person, so nothing but the place in the network speaks for it"


def tasks(
    plan: Plan,
    targets: pl.DataFrame,
    protection: pl.DataFrame,
    coverage: Coverage | None,
    now: dt.datetime,
    settings: Settings,
) -> pl.DataFrame:
    """Return TASKS, the first due first; none is due before now. What is to be done names nobody.

    Args:
        plan: the operation.
        targets: TARGETS.
        protection: PROTECTION.
        coverage: the roster; None where there is none.
        now: UTC.
        settings: how long before a journey things are due.
    """
    found: list[dict[str, Any]] = []
    made = _Made(plan, now, settings)
    for row in targets.iter_rows(named=True):
        found += made.of_target(row)
    for row in protection.iter_rows(named=True):
        found += made.of_protection(row)
    if coverage is not None:
        found += made.of_roster(coverage.roster.iter_rows(named=True))
    return of_tasks.frame(list({each["task"]: each for each in found}.values()))


class _Made:
    """Makes tasks of one operation."""

    def __init__(self, plan: Plan, now: dt.datetime, settings: Settings) -> None:
        self.plan, self.now, self.due = plan, now, settings.tasks

    def of_target(self, row: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
        about, acts = row["person_id"], row["acts"]
        leaves = row["departs_at"]
        if row["others"]:
            desks = "; ".join(row["others"])
            for state in row["states"]:
                yield self._task(state, "coordination", self._before(leaves, self.due.deconflict_hours), f"speak first to {desks}: they work on the same person", None, about)  # fmt: skip
        how = _ENFORCE if row["handling"] == "enforce" else _DISCREET if row["handling"] == "discreet" else _NETWORK
        kind = "secondary-check" if row["handling"] == "enforce" else "watch-arrival"
        for act in acts:
            if act["part"] == "departure":
                what = f"flight {act['flight']}: decide with the states on the way what is done before departure; {how}"
                yield self._task(act["state"], kind, self._before(act["at"], self.due.departure_hours), what, act["port"], about)  # fmt: skip
            else:
                what = f"flight {act['flight']}, {act['part']}: {how}"
                yield self._task(act["state"], kind, act["at"], what, act["port"], about)
        last = acts[-1] if acts else None
        if last is not None and row["handling"] == "enforce":
            what = f"brief the prosecutor on package {row['rank']}: evidence, and what is missing"
            yield self._task(last["state"], "prosecutor-briefing", self._before(leaves, self.due.deconflict_hours), what, None, about)  # fmt: skip

    def of_protection(self, row: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
        arrivals = [act for act in row["acts"] if act["part"] != "departure"] or row["acts"]
        for act in arrivals:
            what = f"flight {act['flight']}: be ready to receive; {'; '.join(row['needs'])}"
            at = self._before(act["at"], self.due.protection_hours)
            yield self._task(act["state"], "protection-reception", at, what, act["port"], row["person_id"])

    def of_roster(self, roster: Iterable[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
        for row in roster:
            with_whom = (
                [f"{row['female']} wom{'a' if row['female'] == 1 else 'e'}n among them"] if row["female"] else []
            )
            with_whom += [f"interpreter for {language}" for language in row["interpreters"]]
            officers = f"{row['officers']} officer{'s' if row['officers'] != 1 else ''}"
            what = f"on the shift from {row['shift']}: {', '.join([officers, *with_whom])}"
            yield self._task(row["state"], "other", row["begins_at"], what, row["port"], f"shift {row['day']} {row['shift']}")  # fmt: skip

    def _before(self, at: dt.datetime | None, hours: float) -> dt.datetime | None:
        return at - dt.timedelta(hours=hours) if at is not None else None

    def _task(
        self, state: str, kind: str, due: dt.datetime | None, what: str, port: str | None, about: str
    ) -> dict[str, Any]:
        # where no time is known it is to be done before the action begins
        action = self.plan.phase("action")
        begins = dt.datetime.combine(action.begins, dt.time()) if action else self.now
        at = max(due or begins, self.now.replace(microsecond=0))
        return of_tasks.task(self.plan, state, kind, at, what, port=port, about=about)
