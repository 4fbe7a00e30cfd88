"""What commands of operations share: where operations stand, and one that is open: its plan, its journal.

Reach for `operation_options` and `opened()`. A plan that cannot be used is told fault by fault.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from ops_hub.casework.case import Actor
from ops_hub.cli.common import rules_option
from ops_hub.cli.persons import person
from ops_hub.desk import operating
from ops_hub.operations.planfile import PlanError
from ops_hub.states import home_states

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
class Operation(operating.Operation):
    """An operation that is open at the keyboard."""

    def person(self, who: str | None) -> Actor:
        """Return who is at the keyboard."""
        return person(who, self.states)


def opened(operations: Path, name: str, rules: Path | None = None) -> Operation:
    """Return an operation; all that is wrong with its plan is told on stderr, and ends the command.

    Raises:
        ConfigError: there is none of this name.
    """
    try:
        found = operating.opened(operations, name, home_states(rules))
    except PlanError as error:
        for line in error.lines:
            click.echo(f"ops-hub: {' '.join(line.split())}", err=True)
        raise click.exceptions.Exit(2) from None
    return Operation(found.folder, found.plan, found.states)


def now() -> datetime:
    """Return the time that a line of a journal gets."""
    return datetime.now(UTC)
