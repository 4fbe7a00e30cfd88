"""The after-action report of an operation, counted from its cases and nothing else.

Reach for `report()`; the page is made of it by `report_page.report_html`. No figure is handed in: each is counted here
from OUTCOMES, FLAGS, TASKS and the lines of the journal. Persons to be protected are counted apart from all others, so no
sum holds both, and neither can be had from the other by subtraction.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from ops_hub.operations.cells import by_group, tally, told
from ops_hub.operations.known import Line
from ops_hub.operations.plan import Plan
from ops_hub.operations.settings import Counted, Settings
from ops_hub.operations.tasks import PROTECTIVE_KINDS
from ops_hub.schemas import FLAGS, OUTCOMES, TASKS, check, empty

PROTECTION = "protection"
Row = Mapping[str, Any]


@dataclass(frozen=True)
class Course:
    """How the operation went, besides its cases.

    Attributes:
        tasks: TASKS.
        acknowledged: states that acknowledged the plan.
        lessons: what to do again and what not, with who says so.
        readiness: lines of the last check.
        findings: what analyses of the network found, in words.
    """

    tasks: pl.DataFrame = field(default_factory=lambda: empty(TASKS))
    acknowledged: Sequence[str] = ()
    lessons: Sequence[tuple[str, str]] = ()
    readiness: Sequence[Line] = ()
    findings: Sequence[str] = ()


def report(
    plan: Plan,
    outcomes: pl.DataFrame,
    settings: Settings,
    course: Course | None = None,
    flags: pl.DataFrame | None = None,
) -> dict[str, Any]:
    """Return the report, ready for JSON.

    Args:
        plan: the operation.
        outcomes: OUTCOMES of its cases; what was opened outside its days, or ended by the hub itself, is not counted.
        settings: what counts as what, and how small a group may be shown.
        course: tasks, acknowledgements, lessons, findings.
        flags: FLAGS of risk rules, where rules were run.
    """
    check(outcomes, OUTCOMES, "report")
    course, says = course or Course(), settings.report
    rows = [row for row in outcomes.iter_rows(named=True) if _counts(row, plan, says)]
    apart = [row for row in rows if is_apart(row, says)]
    ordinary = [row for row in rows if not is_apart(row, says)]
    enforced = [*says.arrests, *says.referred, *says.prosecuted]
    # nobody stands in two groups: protection before enforcement, and who is only a migrant is no suspect
    helped = [row for row in apart if _is_helped(row, says, plan)]
    met = [row for row in apart if not _is_helped(row, says, plan)] + ordinary
    migrants = [
        row for row in met if _has(row, says.migrants, plan) and (is_apart(row, says) or not _has(row, enforced, plan))
    ]
    suspects = [row for row in ordinary if _has(row, enforced, plan) or not _has(row, says.migrants, plan)]
    strayed = any(_has(row, enforced, plan) for row in apart)
    return {
        "operation": plan.name, "title": plan.title, "handling": plan.handling, "legal_basis": plan.legal_basis,
        "plan": plan.digest, "begins": plan.begins, "ends": plan.ends, "states": [each.code for each in plan.states],
        "objectives": plan.objectives, "smallest": says.smallest, "nothing": not rows,
        "figures": {
            "cases": len(suspects), "confirmed": sum(_confirmed(row, says) for row in suspects),
            "arrests": _count(suspects, says.arrests, plan),
            "referred": _count(suspects, says.referred, plan), "prosecuted": _count(suspects, says.prosecuted, plan),
            "protected": told(len(helped), says.smallest), "migrants": told(len(migrants), says.smallest),
        },
        "protected_by_nationality": by_group(tally(row["nationality"] for row in helped), says.smallest),
        "protected_by_state": by_group(tally(_helped_by(row, says) for row in helped), says.smallest),
        "migrants_by_nationality": by_group(tally(row["nationality"] for row in migrants), says.smallest),
        "links": _links(suspects, plan, says, course),
        "lists": _shares(suspects, _lists_of, says), "lists_unknown": sum(not row["lists"] for row in suspects),
        "rules": _rules(suspects, flags, says),
        "by_state": _by_state(suspects, plan, says, course), "timeline": _timeline(suspects, plan, says),
        "after_arrest": _by_result(suspects, plan),
        "readiness": [f"{each.where}: {each.what}" for each in course.readiness if each.level == "red"],
        "acknowledged": sorted(set(course.acknowledged)), "lessons": [{"by": by, "lesson": text} for by, text in course.lessons],
        "to_correct": [_STRAYED] if strayed else [],
    }  # fmt: skip


_STRAYED = (
    "A result of enforcement stands in a case about a person to be protected: it is not counted; the desk that "
    "leads the case looks at it and retracts what is wrong."
)


def _counts(row: Row, plan: Plan, says: Counted) -> bool:
    if row["outcome"] in says.not_counted:
        return False
    opened = row["opened_at"]
    return opened is None or plan.begins <= opened.date() <= plan.ends or bool(_results(row, plan))


def _results(row: Row, plan: Plan) -> list[str]:
    """Return the results that were reached in this operation; those that name none are its own, opened in its days."""
    return [each["result"] for each in row["results"] if each["operation"] in (plan.name, None)]


def _has(row: Row, names: Iterable[str], plan: Plan) -> bool:
    return bool(set(names) & set(_results(row, plan)))


def _count(rows: Sequence[Row], names: Iterable[str], plan: Plan) -> int:
    names = list(names)
    return sum(_has(row, names, plan) for row in rows)


def _is_helped(row: Row, says: Counted, plan: Plan) -> bool:
    """Return whether a person to be protected was found and helped: a lead that was somebody else's protects nobody."""
    return row["outcome"] in says.protected_outcomes or _has(row, says.protected, plan)


def is_apart(row: Row, says: Counted) -> bool:
    """Return whether anything says that the person is to be protected; then nothing of enforcement that is said counts."""
    results = {each["result"] for each in row["results"]}
    by_desk = row["channel"] == PROTECTION or bool(row["minor"]) or "protect" in (row["handlings"] or ())
    return by_desk or row["outcome"] in says.protected_outcomes or bool(results & set(says.protected))


def _helped_by(row: Row, says: Counted) -> str | None:
    """Return the state that took a person in, else the one that decided."""
    state: str | None = next(
        (each["state"] for each in row["results"] if each["result"] in says.protected), row["decided_by"]
    )
    return state


def _confirmed(row: Row, says: Counted) -> bool:
    return (row["outcome"] or row["status"]) in says.confirmed


def _refuted(row: Row, says: Counted) -> bool:
    return row["outcome"] in says.refuted


def wilson(part: int, of: int, z: float) -> tuple[float, float] | None:
    """Return the interval (Wilson) of a share, None where there is nothing to divide by."""
    if not of:
        return None
    share, square = part / of, z * z / of
    middle, half = share + square / 2, z * math.sqrt(share * (1 - share) / of + square / (4 * of))
    return max(0.0, (middle - half) / (1 + square)), min(1.0, (middle + half) / (1 + square))


def _lists_of(row: Row) -> set[str]:
    return {entry.partition("/")[0] for entry in row["lists"] or ()}


def _shares(rows: Sequence[Row], of: Any, says: Counted) -> list[dict[str, Any]]:
    """Return hits and confirmed share of each list or rule; a case counts once for each that it has."""
    found: dict[str, list[Row]] = {}
    for row in rows:
        for name in of(row):
            found.setdefault(name, []).append(row)
    made = []
    for name, cases in sorted(found.items(), key=lambda each: (-len(each[1]), each[0])):
        yes, no = sum(_confirmed(row, says) for row in cases), sum(_refuted(row, says) for row in cases)
        interval = wilson(yes, yes + no, says.z)
        made.append({
            "name": name, "cases": len(cases), "confirmed": yes, "refuted": no, "undecided": len(cases) - yes - no,
            "share": yes / (yes + no) if yes + no else None,
            "low": interval[0] if interval else None, "high": interval[1] if interval else None,
        })  # fmt: skip
    return made


def _rules(rows: Sequence[Row], flags: pl.DataFrame | None, says: Counted) -> list[dict[str, Any]] | None:
    if flags is None:
        return None
    check(flags, FLAGS, "report")
    kept = flags.filter(pl.col("handling") != "protect")
    fired: dict[str, set[str]] = {}
    for record, rule in kept.select("record_id", "rule_id").unique().sort("record_id", "rule_id").iter_rows():
        fired.setdefault(record, set()).add(rule)
    return _shares(rows, lambda row: set().union(*(fired.get(record, set()) for record in row["records"])), says)


def _links(rows: Sequence[Row], plan: Plan, says: Counted, course: Course) -> dict[str, Any]:
    """Return what ties the operation to other kinds of crime: cases with one, by kind, and what the network shows."""
    mine = set(plan.crime_types)
    others = [sorted(set(row["crime_types"] or ()) - mine) for row in rows]
    return {
        "cases": sum(bool(each) for each in others) if mine else 0,
        "by_crime": dict(sorted(tally(crime for each in others for crime in each).items())) if mine else {},
        "found": _count(rows, says.linked, plan), "findings": list(course.findings),
    }  # fmt: skip


def _by_state(rows: Sequence[Row], plan: Plan, says: Counted, course: Course) -> list[dict[str, Any]]:
    """Return what each participating state contributed."""
    # how many receptions there were would tell how many were to be protected
    every = course.tasks.filter((pl.col("status") != "dropped") & ~pl.col("kind").is_in(PROTECTIVE_KINDS))
    done = every.filter(pl.col("status") == "done")
    made = []
    for member in plan.states:
        state = member.code
        owned = [row for row in rows if state in (row["owners"] or ())]
        made.append({
            "state": state, "acknowledged": state in course.acknowledged,
            "worked_on": sum(state in (row["acted"] or ()) for row in rows),
            "decided": sum(row["decided_by"] == state for row in rows),
            "hits_of_lists": len(owned), "confirmed_of_lists": sum(_confirmed(row, says) for row in owned),
            "arrests": sum(any(each["state"] == state and each["result"] in says.arrests and each["operation"] in (plan.name, None) for each in row["results"]) for row in rows),
            "answers": sum((row["answered"] or ()).count(state) for row in rows),
            "tasks_done": done.filter(pl.col("state") == state).height, "tasks": every.filter(pl.col("state") == state).height,
        })  # fmt: skip
    return made


def _timeline(rows: Sequence[Row], plan: Plan, says: Counted) -> list[dict[str, Any]]:
    """Return the same figures by phase; each case stands where it was opened, each result where it was reached."""
    spans = [(each.kind, each.begins, each.ends) for each in plan.phases]
    made = [_stretch(kind, begins, ends, rows, plan, says) for kind, begins, ends in spans]

    def outside(day: dt.date | None) -> bool:
        return day is None or not any(begins <= day <= ends for _, begins, ends in spans)

    rest = _stretch("other days, or day not told", None, None, rows, plan, says, outside)
    return [*made, rest] if any(isinstance(value, int) and value for value in rest.values()) else made


def _stretch(
    kind: str,
    begins: dt.date | None,
    ends: dt.date | None,
    rows: Sequence[Row],
    plan: Plan,
    says: Counted,
    inside: Any = None,
) -> dict[str, Any]:
    def within(day: dt.date | None) -> bool:
        if inside is not None:
            return bool(inside(day))
        return day is not None and begins is not None and ends is not None and begins <= day <= ends

    def reached(names: Sequence[str]) -> int:
        return sum(within(_first_day(row, names, plan)) for row in rows if _has(row, names, plan))

    decided = [row for row in rows if row["outcome"] is not None and within(_day(row["decided_at"]))]
    return {
        "phase": kind, "begins": begins, "ends": ends, "opened": sum(within(_day(row["opened_at"])) for row in rows),
        "decided": len(decided), "confirmed": sum(_confirmed(row, says) for row in decided),
        "arrests": reached(says.arrests), "referred": reached(says.referred), "prosecuted": reached(says.prosecuted),
    }  # fmt: skip


def _first_day(row: Row, names: Sequence[str], plan: Plan) -> dt.date | None:
    days = [
        _day(each["at"])
        for each in row["results"]
        if each["result"] in names and each["operation"] in (plan.name, None)
    ]
    return min((day for day in days if day is not None), default=None)


def _day(at: dt.datetime | None) -> dt.date | None:
    return at.date() if at is not None else None


def _by_result(rows: Sequence[Row], plan: Plan) -> dict[str, int]:
    """Return how many cases each result was reached in."""
    return dict(sorted(tally(name for row in rows for name in set(_results(row, plan))).items()))
