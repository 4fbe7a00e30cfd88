"""Which ports and shifts get the officers that states declare, how much of the expected movement that covers, and what not.

Reach for `coverage()`. The programme is in `solving`; what is expected comes from `expected`.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import polars as pl

from ops_hub.operations.plan import Member, Plan
from ops_hub.operations.settings import Cover, Settings
from ops_hub.operations.solving import Cell, Crew, Group, Solved, solve, together
from ops_hub.schemas import ROSTER, rows
from ops_hub.states import States

LEFT = {
    "state": pl.String, "port": pl.String, "day": pl.Date, "shift": pl.String, "interest": pl.Float64,
    "protection": pl.Float64, "share": pl.Float64, "why": pl.String,
}  # fmt: skip
MORE = {"state": pl.String, "port": pl.String, "what": pl.String, "share": pl.Float64}


@dataclass(frozen=True)
class Coverage:
    """A roster and what it comes to.

    Attributes:
        roster: ROSTER, one row a shift that is covered.
        left: what is not covered: state, port, day, shift, interest, protection (persons), share of all value, why.
        more: what one more officer, woman officer or interpreter on each day would add: state, port, what, share of all value.
        share: of the expected movement, weighted by priority, that is covered; null where nothing is expected.
        bound: that no plan with these officers can exceed.
        persons: expected movements, and how many of them are covered.
        words: the same for a planner, one sentence each.
        seconds: that the solver took for the roster.
    """

    roster: pl.DataFrame
    left: pl.DataFrame
    more: pl.DataFrame
    share: float | None
    bound: float | None
    persons: tuple[float, float]
    words: tuple[str, ...]
    seconds: float


def coverage(plan: Plan, expected: pl.DataFrame, states: States, settings: Settings) -> Coverage:
    """Return the roster that covers most of the expected movement, weighted by priority.

    States are solved one by one: officers do not cross borders. Nothing is random, so equal inputs give equal rosters.

    Args:
        plan: says the teams.
        expected: EXPECTED.
        states: ports and languages.
        settings: what an officer can do in a shift.
    """
    cover = settings.coverage
    total = _sum(expected, "interest_value") + _sum(expected, "protection_value")
    roster: list[dict[str, Any]] = []
    left: list[dict[str, Any]] = []
    more: list[dict[str, Any]] = []
    value = bound = seconds = 0.0
    for member in sorted(plan.states, key=lambda each: each.code):
        said = expected.filter(pl.col("state") == member.code).to_dicts()
        crews = _crews(member, states, cover)
        cells = [_cell(row, states, cover) for row in said]
        begun = time.perf_counter()
        solved = solve(crews, cells, cover.seconds)
        seconds += time.perf_counter() - begun
        value, bound = value + solved.value, bound + solved.bound
        for k, row in enumerate(said):
            if solved.covered[k]:
                roster.append(_on_roster(row, cells[k], solved, k))
            left += _left(row, cells[k], solved, k, crews, total)
        more += [
            {"state": member.code, "port": port, "what": what, "share": gain / total}
            for port, what, gain in _again(member, crews, cells, solved, cover)
            if total and gain > 1e-9
        ]
    left.sort(key=lambda each: (-each["share"], each["state"], each["port"], each["day"], each["shift"]))
    more.sort(key=lambda each: (-each["share"], each["state"], each["port"], each["what"]))
    persons = _sum(expected, "interest") + _sum(expected, "protection")
    reached = sum(each["interest"] + each["protection"] for each in roster)
    share, most = (value / total, min(1.0, bound / total)) if total else (None, None)
    found = Coverage(
        rows(ROSTER, roster).sort("state", "port", "day", "shift"), pl.DataFrame(left, LEFT, orient="row"),
        pl.DataFrame(more, MORE, orient="row"), share, most, (persons, reached), (), seconds,
    )  # fmt: skip
    return replace(found, words=_words(plan, found, expected))


def _sum(expected: pl.DataFrame, column: str) -> float:
    return float(sum(expected[column]))


def _crews(member: Member, states: States, cover: Cover) -> list[Crew]:
    home = {
        port for pair in (states.by_code[member.code].ports if member.code in states.by_code else ()) for port in pair
    }
    ports = {states.same_port.get(port, port) for port in home if port} | {
        _port(team.port, states) for team in member.teams
    }
    return [
        Crew(
            frozenset(ports if cover.officers_move else {_port(team.port, states)}),
            team.officers,
            min(team.female, team.officers),
            tuple(sorted(team.languages.items())),
        )
        for team in member.teams
    ]


def _port(port: str, states: States) -> str:
    return states.same_port.get(port, port)


def _cell(row: Mapping[str, Any], states: States, cover: Cover) -> Cell:
    home = states.by_code.get(row["state"])
    own = home.languages if home else []
    groups = tuple(
        Group(each["value"], row["women"] + row["minors"] > 0, _interpreter(each, own, cover))
        for each in row["languages"]
    )
    need = max(cover.least_officers, math.ceil(_persons(row) / cover.persons_per_officer - 1e-9))
    return Cell(row["port"], row["day"], row["shift"], need, row["interest_value"], groups)


def _interpreter(group: Mapping[str, Any], own: Sequence[str], cover: Cover) -> str | None:
    """Return the language for which somebody has to be there; None where the officers speak it or hardly anybody comes.

    Where the language is not known none can be planned for: that alone leaves nobody uncovered, and words say so.
    """
    language: str | None = group["language"]
    return None if language is None or language in own or group["persons"] < cover.least_language else language


def _persons(row: Mapping[str, Any]) -> float:
    return float(row["interest"] + row["protection"])


def _on_roster(row: Mapping[str, Any], cell: Cell, solved: Solved, k: int) -> dict[str, Any]:
    helped = sum(each["persons"] for each, on in zip(row["languages"], solved.groups[k], strict=True) if on)
    return {
        "state": row["state"], "port": row["port"], "day": row["day"], "shift": row["shift"], "begins_at": row["begins_at"],
        "officers": solved.officers[k], "female": solved.female[k], "interpreters": solved.interpreters[k],
        "interest": row["interest"], "protection": helped, "protection_left": row["protection"] - helped,
    }  # fmt: skip


def _left(
    row: Mapping[str, Any], cell: Cell, solved: Solved, k: int, crews: Sequence[Crew], total: float
) -> Iterable[dict[str, Any]]:
    """Yield what of a cell is not covered, and why."""
    where = {name: row[name] for name in ("state", "port", "day", "shift")}
    here = [crew for crew in crews if cell.port in crew.ports]
    officers = sum(crew.officers for crew in here)
    if not solved.covered[k]:
        worth = cell.value + sum(group.value for group in cell.groups)
        why = (
            "no officers are declared for this port"
            if not officers
            else f"it takes {cell.need} officers, {officers} are declared for a day"
            if cell.need > officers
            else "the officers of the day are on shifts where more is expected"
        )
        yield {
            **where,
            "interest": row["interest"],
            "protection": row["protection"],
            "share": worth / total,
            "why": why,
        }
        return
    for group, each, on in zip(cell.groups, row["languages"], solved.groups[k], strict=True):
        if not on:
            yield {**where, "interest": 0.0, "protection": each["persons"], "share": group.value / total, "why": _unhelped(group, here, solved.female[k])}  # fmt: skip


def _unhelped(group: Group, here: Sequence[Crew], women: int) -> str:
    said = []
    if group.needs_woman and not women:
        said.append(
            "no woman officer is left for this shift"
            if any(crew.female for crew in here)
            else "no woman officer is declared"
        )
    if group.interpreter is not None:
        known = any(group.interpreter in dict(crew.languages) for crew in here)
        if not known:
            said.append(f"no interpreter for {group.interpreter} is declared")
        elif not said:
            said.append(f"the interpreter for {group.interpreter} is on another shift")
    return "officers are there, but " + " and ".join(said or ["the women officers are on other shifts"])


def _again(
    member: Member, crews: Sequence[Crew], cells: Sequence[Cell], solved: Solved, cover: Cover
) -> Iterable[tuple[str, str, float]]:
    """Yield what one more of each kind in each team adds: the programme of its ports is solved again."""
    for k, (team, crew) in enumerate(zip(member.teams, crews, strict=True)):
        ports = together(crews, min(crew.ports))
        # where a day is covered whole, nobody adds anything
        days = {cell.day for at, cell in enumerate(cells) if cell.port in ports and not solved.whole(at)}
        places = [at for at, cell in enumerate(cells) if cell.port in ports and cell.day in days]
        near, reached = [cells[at] for at in places], solved.worth(cells, places)
        wanted = sorted({group.interpreter for cell in near for group in cell.groups if group.interpreter})
        more = {
            "one more officer": replace(crew, officers=crew.officers + 1),
            "one more officer, a woman": replace(crew, officers=crew.officers + 1, female=crew.female + 1),
        }
        for language in wanted:
            said = dict(crew.languages)
            more[f"one more interpreter for {language}"] = replace(
                crew, languages=tuple(sorted((said | {language: said.get(language, 0) + 1}).items()))
            )
        for what, each in more.items():
            again = solve([*crews[:k], each, *crews[k + 1 :]], near, cover.seconds)
            yield team.port, what, again.value - reached


def _words(plan: Plan, found: Coverage, expected: pl.DataFrame) -> tuple[str, ...]:
    if found.share is None or found.bound is None:
        return (
            "Nobody is expected at the ports of participating states in the days of action: there is nothing to cover.",
        )
    everything, reached = found.persons
    optimal = found.bound - found.share < 5e-4
    said = [
        f"No plan with these officers covers more than {found.bound:.1%} of the expected movement, weighted by priority; "
        f"this one covers {found.share:.1%}{' and cannot be bettered' if optimal else ''}.",
        f"In persons: {reached:.1f} of {everything:.1f} expected movements are met by enough officers.",
    ]
    if found.more.height:
        best = found.more.row(0, named=True)
        said.append(f"What would help most: {best['what']} at {best['port']} ({best['state']}) on each day, {best['share']:+.1%}.")  # fmt: skip
    if found.left.height:
        first = found.left.row(0, named=True)
        said.append(
            f"Not covered: {found.left.height} shift{'s' if found.left.height > 1 else ''} or groups; the largest is "
            f"{first['port']} on {first['day']} from {first['shift']} ({first['share']:.1%}): {first['why']}."
        )
    unknown = sum(each["persons"] for row in expected["languages"] for each in row if each["language"] is None)
    if unknown:
        said.append(f"Of {unknown:.1f} expected persons to be protected the language is not known: have a telephone interpreter at hand.")  # fmt: skip
    pattern = expected.filter(pl.col("basis").str.starts_with("usual")).height
    if pattern:
        said.append(f"{pattern} of {expected.height} shifts rest on the usual movement of past weeks, not on manifests: plan again as manifests come.")  # fmt: skip
    silent = [each.code for each in plan.states if not each.teams]
    if silent:
        said.append(f"No officers are declared by {', '.join(silent)}.")
    return tuple(said)
