"""Officers to shifts, solved exactly: one small integer programme a state, with a bound on what any plan could reach.

Reach for `solve()`. What it means in words is left to `coverage`.

The programme. Of each team: how many officers, and how many women among them, work on each shift they may be sent to; an
officer works one shift a day. A shift is covered when as many officers are there as its expected persons need; then its
persons of interest count. Its persons to be protected count by language: where women or minors are expected a woman
officer has to be there too, and an interpreter where the language is not one of the state's own.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import highspy

_EXACT = 1e-9


@dataclass(frozen=True)
class Crew:
    """A team as the programme takes it: where it may work, how many there are on each day, how many women, interpreters."""

    ports: frozenset[str]
    officers: int
    female: int
    languages: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True)
class Group:
    """Persons to be protected in a cell who speak one language: what they are worth, and who has to be there."""

    value: float
    needs_woman: bool
    interpreter: str | None  # language; '' where one is needed that nobody knows; None where none is


@dataclass(frozen=True)
class Cell:
    """A port and shift of one day: officers needed, value of the persons of interest, groups to be protected."""

    port: str
    day: dt.date
    shift: str
    need: int
    value: float
    groups: tuple[Group, ...] = ()


@dataclass(frozen=True)
class Solved:
    """What the solver found.

    Attributes:
        value: what the plan covers.
        bound: what no plan can exceed.
        covered: whether each cell is.
        groups: whether each group of each cell is.
        officers, female: on each cell.
        interpreters: languages on each cell.
    """

    value: float
    bound: float
    covered: list[bool] = field(default_factory=list)
    groups: list[list[bool]] = field(default_factory=list)
    officers: list[int] = field(default_factory=list)
    female: list[int] = field(default_factory=list)
    interpreters: list[list[str]] = field(default_factory=list)

    def worth(self, cells: Sequence[Cell], places: Sequence[int]) -> float:
        """Return what is covered of some of the cells, by their places."""
        return sum(
            cells[k].value * self.covered[k]
            + sum(group.value for group, on in zip(cells[k].groups, self.groups[k], strict=True) if on)
            for k in places
        )

    def whole(self, k: int) -> bool:
        """Return whether nothing of a cell is left."""
        return self.covered[k] and all(self.groups[k])


def solve(crews: Sequence[Crew], cells: Sequence[Cell], seconds: float) -> Solved:
    """Return the best roster of one state.

    Days do not depend on each other, nor do ports that no crew could serve both: each such part is solved by itself.

    Args:
        crews: its teams.
        cells: its ports and shifts in which anybody is expected.
        seconds: for one part, after which the best roster so far is taken; the bound then says what might be missed. One
            thread and a fixed seed: the same input gives the same roster.
    """
    parts: dict[tuple[dt.date, frozenset[str]], list[int]] = {}
    for k, cell in enumerate(cells):
        parts.setdefault((cell.day, together(crews, cell.port)), []).append(k)
    count = len(cells)
    whole = Solved(0.0, 0.0, [False] * count, [[]] * count, [0] * count, [0] * count, [[]] * count)
    value = bound = 0.0
    for places in parts.values():
        found = _part(crews, [cells[k] for k in places], seconds)
        value, bound = value + found.value, bound + found.bound
        for at, k in enumerate(places):
            for name in ("covered", "groups", "officers", "female", "interpreters"):
                getattr(whole, name)[k] = getattr(found, name)[at]
    return replace(whole, value=value, bound=bound)


def together(crews: Sequence[Crew], port: str) -> frozenset[str]:
    """Return the ports that are planned together with one: those that its crews could serve, and theirs in turn."""
    found = frozenset({port})
    while (grown := found.union(*(crew.ports for crew in crews if crew.ports & found))) != found:
        found = grown
    return found


def _part(crews: Sequence[Crew], cells: Sequence[Cell], seconds: float) -> Solved:
    model: Any = _Silent()  # type: ignore[no-untyped-call]
    for name, value in (("threads", 1), ("random_seed", 7), ("mip_rel_gap", 0.0), ("mip_abs_gap", _EXACT), ("time_limit", seconds)):  # fmt: skip
        model.setOptionValue(name, value)
    built = _Programme(model, crews, cells)
    model.maximize(built.goal)
    info = model.getInfo()
    if info.primal_solution_status != highspy.SolutionStatus.kSolutionStatusFeasible:
        # out of time before the first roster: one with nobody on it there always is
        nobody, all_of_it = [0] * len(cells), sum(cell.value + sum(g.value for g in cell.groups) for cell in cells)
        helped = [[False] * len(cell.groups) for cell in cells]
        return Solved(0.0, all_of_it, [False] * len(cells), helped, nobody, nobody, [[] for _ in cells])
    values = list(model.getSolution().col_value)
    reached = max(0.0, info.objective_function_value)
    # where all is solved before branching, the solver states no bound of its own
    bound = (
        reached if model.getModelStatus() == highspy.HighsModelStatus.kOptimal else max(reached, info.mip_dual_bound)
    )
    return built.read(values, reached, bound)


class _Silent(highspy.Highs):
    """A solver that says nothing: it would put its banner into what a command prints, before it can be told not to."""

    def enableCallbacks(self) -> None:
        self.silent()
        super().enableCallbacks()  # type: ignore[no-untyped-call]


class _Programme:
    """The variables of one day, by cell."""

    def __init__(self, model: Any, crews: Sequence[Crew], cells: Sequence[Cell]) -> None:
        self.cells = cells
        self.covered = [model.addBinary() for _ in cells]
        self.helped = [[model.addBinary() for _ in cell.groups] for cell in cells]
        self.officers: list[list[Any]] = [[] for _ in cells]
        self.female: list[list[Any]] = [[] for _ in cells]
        self.interpreters: list[dict[str, list[Any]]] = [{} for _ in cells]
        for crew in crews:
            self._post(model, crew, cells, [k for k, cell in enumerate(cells) if cell.port in crew.ports])
        for k, cell in enumerate(cells):
            model.addConstr(_sum(self.officers[k]) - cell.need * self.covered[k] == 0)
            for group, helped in zip(cell.groups, self.helped[k], strict=True):
                model.addConstr(helped - self.covered[k] <= 0)
                if group.needs_woman:
                    model.addConstr(helped - _sum(self.female[k]) <= 0)
                if group.interpreter is not None:
                    model.addConstr(helped - _sum(self.interpreters[k].get(group.interpreter, [])) <= 0)
        self.goal = _sum(
            [cell.value * self.covered[k] for k, cell in enumerate(cells)]
            + [g.value * h for k, cell in enumerate(cells) for g, h in zip(cell.groups, self.helped[k], strict=True)]
        )

    def _post(self, model: Any, crew: Crew, cells: Sequence[Cell], places: list[int]) -> None:
        """Add what one crew may do."""
        if not places:
            return
        officers = [model.addIntegral(0, min(crew.officers, cells[k].need)) for k in places]
        female = [model.addIntegral(0, min(crew.female, cells[k].need)) for k in places]
        model.addConstr(_sum(officers) <= crew.officers)
        model.addConstr(_sum(female) <= crew.female)
        # who is no woman is a man: there are only so many of them, too
        model.addConstr(_sum(officers) - _sum(female) <= crew.officers - crew.female)
        for k, each, women in zip(places, officers, female, strict=True):
            model.addConstr(women - each <= 0)
            self.officers[k].append(each)
            self.female[k].append(women)
        for language, count in crew.languages:
            wanted = [k for k in places if any(group.interpreter == language for group in cells[k].groups)]
            posted = [model.addBinary() for _ in wanted]
            if posted:
                model.addConstr(_sum(posted) <= count)
            for k, each in zip(wanted, posted, strict=True):
                self.interpreters[k].setdefault(language, []).append(each)

    def read(self, value: list[float], reached: float, bound: float) -> Solved:
        """Return what the variables say; an interpreter is posted only where somebody is helped by it."""

        def count(several: list[Any]) -> int:
            total: float = sum(value[each.index] for each in several)
            return round(total)

        covered = [value[each.index] > 0.5 for each in self.covered]
        helped = [[value[each.index] > 0.5 for each in several] for several in self.helped]
        return Solved(
            reached, bound, covered, helped,
            [count(each) for each in self.officers], [count(each) for each in self.female],
            [sorted({g.interpreter for g, on in zip(cell.groups, helped[k], strict=True) if on and g.interpreter}) for k, cell in enumerate(self.cells)],
        )  # fmt: skip


def _sum(terms: list[Any]) -> Any:
    return highspy.Highs.qsum(terms) if terms else highspy.highs_linear_expression(0)
