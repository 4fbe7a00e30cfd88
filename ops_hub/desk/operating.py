"""An operation that is open: its plan and its journal, where it stands for a reader, and what may be done to its tasks.

Reach for `opened()`, `board()`, and for tasks `new_task()`, `allowed()`, `ended()` and `shown_task()`. Keyboard and console
go through the same functions, so that neither shows or does what the other would not.
"""

from __future__ import annotations

import datetime as dt
import difflib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from ops_hub.casework.case import CENTRE, Actor
from ops_hub.errors import ConfigError, StoreError
from ops_hub.operations import journal as of_journal
from ops_hub.operations import tasks as of_tasks
from ops_hub.operations.journal import Journal, Line
from ops_hub.operations.known import Known
from ops_hub.operations.plan import CONTACTS, Phase, Plan
from ops_hub.operations.planfile import FILE, read
from ops_hub.operations.readiness import readiness, reds
from ops_hub.operations.settings import Counted
from ops_hub.states import States
from ops_hub.store import operations as store

_MOST_WORDS = 500  # characters of a task


@dataclass(frozen=True)
class Operation:
    """An operation that is open: its folder, its plan, the home states."""

    folder: Path
    plan: Plan
    states: States

    def lines(self) -> Sequence[Line]:
        """Return the lines of its journal.

        Raises:
            StoreError: a line was altered.
        """
        found = store.lines_of(self.folder)
        if found.altered:
            where, remedy = str(self.folder / store.FILE), "put it right from the copy that you keep"
            raise StoreError(where, found.altered, remedy)
        return found.lines

    def journal(self) -> Journal:
        """Return what its journal comes to.

        Raises:
            StoreError: a line was altered.
        """
        return Journal.of(self.lines())

    def known(self, journal: Journal | None = None) -> Known:
        """Return what plan and journal tell to a check of readiness."""
        journal = journal or self.journal()
        plans = {state: each.plan for state, each in journal.acknowledged.items()}
        return Known(plans, journal.task_frame(), closed=journal.closed is not None)

    def write(self, made: Callable[[Sequence[Line]], Sequence[Line]]) -> Journal:
        """Append what `made` gives for the lines that stand there, and return what all come to."""
        return Journal.of(store.appended(self.folder, made))


def opened(operations: Path, name: str, states: States) -> Operation:
    """Return an operation.

    Raises:
        ConfigError: there is none of this name.
        PlanError: its plan cannot be used, with all that is wrong.
    """
    folder = operations / name
    if not name or not (folder / FILE).is_file():
        near = difflib.get_close_matches(name, names(operations), 1)
        hint = f"did you mean {near[0]}?" if near else "see ops-hub operation list, or name the folder: --operations"
        raise ConfigError(str(operations), f"there is no operation {name}", hint)
    return Operation(folder, read(folder, states), states)


def names(operations: Path) -> list[str]:
    """Return the names of the operations in a folder."""
    return sorted(each.parent.name for each in operations.glob(f"*/{FILE}")) if operations.is_dir() else []


def phase_of(plan: Plan, day: dt.date) -> str:
    """Return the phase of a day; before, between or over where it is in none."""
    kind = next((each.kind for each in plan.phases if each.begins <= day <= each.ends), None)
    return kind or ("before" if day < plan.begins else "over" if day > plan.ends else "between")


def board(found: Operation, journal: Journal, by: Actor, day: dt.date, says: Counted) -> dict[str, Any]:
    """Return where an operation stands for a reader.

    Args:
        found: the operation.
        journal: what its journal comes to.
        by: who asks: a state's reader gets its own tasks and results.
        day: today.
        says: which results say who was helped; those are for protection desks.
    """
    plan, known = found.plan, found.known(journal)
    acknowledged, lines = known.acknowledged, readiness(plan, known, found.states, day)
    tasks = of_tasks.seen(known.tasks, plan, by.state, "protection")[0]  # how many are of protection, each may know
    by_state = {
        state: {status: int(n) for status, n in each["status"].value_counts().iter_rows()}
        for (state,), each in tasks.group_by("state", maintain_order=True)
    }
    states = [
        {
            "state": each.code, "coordinates": each.coordinates,
            "acknowledged": {None: "no", plan.digest: "yes"}.get(acknowledged.get(each.code), "an older version"),
            "missing": [contact for contact in CONTACTS if getattr(each, contact) is None],
            "officers": sum(team.officers for team in each.teams), "protection_places": each.protection_places,
            "tasks": by_state.get(each.code, {}),
        }
        for each in plan.states
    ]  # fmt: skip
    return {
        "operation": plan.name, "title": plan.title, "handling": plan.handling, "legal_basis": plan.legal_basis,
        "plan": plan.digest, "objectives": plan.objectives,
        "phases": [
            {"kind": each.kind, "begins": each.begins, "ends": each.ends, "goal": each.goal} | _left(each, day)
            for each in plan.phases
        ],
        "states": states, "red": reds(lines),
        "red_lines": [f"{each.where}: {each.what}" for each in lines if each.level == "red"],
        "results": _results(journal, plan, by, says), "closed": journal.closed,
    }  # fmt: skip


def _left(phase: Phase, day: dt.date) -> dict[str, Any]:
    """Return days until a phase begins and until it is over, 0 where that is past."""
    begins, ends = (phase.begins - day).days, (phase.ends - day).days + 1
    return {"days_to_begin": max(begins, 0), "days_left": max(ends, 0) if begins <= 0 else None}


def reads_result(detail: dict[str, Any], plan: Plan, by: Actor, says: Counted) -> bool:
    """Return whether a reader may know of a result that was entered here."""
    helped = {*says.protected, *says.migrants} if by.role not in of_tasks.PROTECTIVE_ROLES else set()
    return detail["result"] not in helped and by.state in (CENTRE, plan.coordinator, detail["state"])


def _results(journal: Journal, plan: Plan, by: Actor, says: Counted) -> dict[str, int]:
    """Return how many cases each result was entered of here, as far as they are the reader's, without retracted ones."""
    standing: dict[tuple[Any, ...], int] = {}
    for each in journal.results:
        if reads_result(each, plan, by, says):
            standing[each["result"], each["case"], each["state"]] = 0 if each.get("retract") else 1
    frame = pl.DataFrame({"result": [key[0] for key, n in standing.items() if n]}, schema={"result": pl.String})
    return dict(frame["result"].value_counts().sort("result").iter_rows())


def new_task(
    found: Operation, by: Actor, state: str | None, port: str | None, due: str | None, kind: str, what: str, about: str | None
) -> dict[str, Any]:  # fmt: skip
    """Return a task that somebody adds by hand, a row of TASKS.

    Args:
        found: the operation.
        by: who adds it.
        state: who does it; the state of `by` by default.
        port: where.
        due: when, by the port's clock, unless it names its zone.
        kind: one of KINDS.
        what: in words that name nobody.
        about: id of a case, person or list.

    Raises:
        ConfigError: it says nothing, too much, no time, or a port of somebody else.
    """
    doer, where = state or by.state, f"operation {found.plan.name}"
    what = " ".join("".join(sign if sign.isprintable() else " " for sign in what).split())
    if len(what) > _MOST_WORDS:
        raise ConfigError(where, f"a task of {len(what):,} characters", f"say it in {_MOST_WORDS}")
    if not what:
        raise ConfigError(where, "a task without words", "say what is to be done, naming nobody: --what")
    if port is not None and found.states.of_port(port) != doer:
        raise ConfigError(where, f"{port} is no port of {doer}", "name a port of the state that does it")
    try:
        at = dt.datetime.fromisoformat(due or "")
        at = (at if at.tzinfo else at.replace(tzinfo=of_tasks.zone(found.states, doer, port))).astimezone(dt.UTC)
        if not 1900 < at.year < 2200:
            raise ValueError
    except (ValueError, OverflowError):
        raise ConfigError(
            where, f"{due or 'nothing'} is no time", "write --due 2026-11-20T14:30, by the port's clock"
        ) from None
    return of_tasks.task(found.plan, doer, kind, at, what, port=port, about=about, made_by=str(by))


def added(found: Operation, by: Actor, row: dict[str, Any], at: dt.datetime) -> None:
    """Put a task into the journal.

    Raises:
        ConfigError: it is not for this person, or stands there already.
    """
    allowed(found, by, row)
    found.write(lambda lines: [of_journal.adding(found.plan, str(by), _unknown(row, lines), at)])


def _unknown(row: dict[str, Any], lines: Sequence[Line]) -> dict[str, Any]:
    """Return a task that does not stand there yet."""
    if row["task"] in Journal.of(lines).tasks:
        raise ConfigError(
            f"operation {row['operation']}", f"task {row['task']} stands there already", "see task list --all"
        )
    return row


def allowed(found: Operation, by: Actor, row: dict[str, Any]) -> None:
    """Make sure that somebody may add, do or drop a task.

    Raises:
        ConfigError: they may not; who may is told.
    """
    if not of_tasks.may_change(row, found.plan, by.state, by.role):
        desk = " protection or services of" if row["kind"] in of_tasks.PROTECTIVE_KINDS else ""
        who = (
            CENTRE if row["state"] == CENTRE else " or ".join(dict.fromkeys((row["state"], CENTRE, found.plan.coordinator)))
        )  # fmt: skip
        remedy = f"let{desk} {who} do it"
        raise ConfigError(f"operation {found.plan.name}", f"this task is not for {by}", remedy)


def ended(found: Operation, by: Actor, ids: Sequence[str], how: str, at: dt.datetime, reason: str = "") -> None:
    """Say in the journal that tasks are done or dropped: all of them, or none.

    Raises:
        ConfigError: one is not there, or not for this person, both in the same words where they may not see it; it is
            ended already; or it is dropped without a reason.
    """

    def made(lines: Sequence[Line]) -> list[Line]:
        known, told = Journal.of(lines), []
        for each in ids:
            row = known.tasks.get(each)
            visible = (
                row is not None and not of_tasks.seen(of_tasks.frame([row]), found.plan, by.state, by.role)[0].is_empty()
            )  # fmt: skip
            if row is not None and visible:
                allowed(found, by, row)
            elif row is not None:  # not a word of what others have to do
                known.tasks.pop(each)
            told.append(of_journal.ending(found.plan, str(by), known, each, how, at, reason))
            known.tasks[each]["status"] = how
        return told

    found.write(made)


def shown_task(row: dict[str, Any], found: Operation) -> dict[str, Any]:
    """Return a task as it may be shown, with the time on the clock of its port."""
    at = of_tasks.local(row, found.states)
    told = {name: value for name, value in row.items() if name != "not_to"}  # it would tell of a caveat
    return told | {"local": f"{at:%Y-%m-%d %H:%M %Z}" if at else "-"}
