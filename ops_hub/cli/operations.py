"""What commands of operations share: where operations stand, and one that is open: its plan, its journal.

Reach for `operation_options` and `opened()`. A plan that cannot be used is told fault by fault.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from ops_hub.casework.case import Actor
from ops_hub.cli.common import rules_option
from ops_hub.cli.persons import person
from ops_hub.errors import ConfigError, StoreError
from ops_hub.operations.journal import Journal, Line
from ops_hub.operations.known import Known
from ops_hub.operations.plan import Plan
from ops_hub.operations.planfile import FILE, PlanError, read
from ops_hub.states import States, home_states
from ops_hub.store import operations as store

folder_option = click.option(
    "--operations", "operations", type=click.Path(path_type=Path, file_okay=False), envvar="OPS_HUB_OPERATIONS",
    default=Path("operations"), show_default=True, help="Folder of operations; also from OPS_HUB_OPERATIONS.",
)  # fmt: skip
name_argument = click.argument("name", metavar="NAME")


def operation_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command NAME, --operations and --rules."""
    for add in (rules_option, folder_option, name_argument):
        command = add(command)
    return command


@dataclass(frozen=True)
class Operation:
    """An operation that is open: its folder, its plan, the home states."""

    folder: Path
    plan: Plan
    states: States

    def journal(self) -> Journal:
        """Return what its journal comes to.

        Raises:
            StoreError: a line was altered.
        """
        found = store.lines_of(self.folder)
        if found.altered:
            where, remedy = str(self.folder / store.FILE), "put it right from the copy that you keep"
            raise StoreError(where, found.altered, remedy)
        return Journal.of(found.lines)

    def known(self, journal: Journal | None = None) -> Known:
        """Return what plan and journal tell to a check of readiness."""
        journal = journal or self.journal()
        plans = {state: each.plan for state, each in journal.acknowledged.items()}
        return Known(plans, journal.task_frame(), closed=journal.closed is not None)

    def write(self, made: Callable[[Sequence[Line]], Sequence[Line]]) -> Journal:
        """Append what `made` gives for the lines that stand there, and return what all come to."""
        return Journal.of(store.appended(self.folder, made))

    def person(self, who: str | None) -> Actor:
        """Return who is at the keyboard."""
        return person(who, self.states)


def opened(operations: Path, name: str, rules: Path | None = None) -> Operation:
    """Return an operation; all that is wrong with its plan is told on stderr, and ends the command.

    Raises:
        ConfigError: there is none of this name.
    """
    folder, states = operations / name, home_states(rules)
    if not name or not (folder / FILE).is_file():
        near = difflib.get_close_matches(name, names(operations), 1)
        hint = f"did you mean {near[0]}?" if near else "see ops-hub operation list, or name the folder: --operations"
        raise ConfigError(str(operations), f"there is no operation {name}", hint)
    try:
        return Operation(folder, read(folder, states), states)
    except PlanError as error:
        for line in error.lines:
            click.echo(f"ops-hub: {' '.join(line.split())}", err=True)
        raise click.exceptions.Exit(2) from None


def names(operations: Path) -> list[str]:
    """Return the names of the operations in a folder."""
    return sorted(each.parent.name for each in operations.glob(f"*/{FILE}")) if operations.is_dir() else []


def now() -> datetime:
    """Return the time that a line of a journal gets."""
    return datetime.now(UTC)
