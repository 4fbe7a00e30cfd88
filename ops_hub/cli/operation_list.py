"""`ops-hub operation list`: the operations that there are."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from ops_hub.cli.common import as_json, day_of, rules_option, show, table, today_option, told
from ops_hub.cli.operations import folder_option
from ops_hub.desk.operating import names, phase_of
from ops_hub.operations.journal import Journal
from ops_hub.operations.planfile import FILE, examined
from ops_hub.states import home_states
from ops_hub.store.operations import lines_of


@click.command("list")
@folder_option
@rules_option
@today_option
@as_json
@told
def list_(operations: Path, rules: Path | None, today: str | None, as_json: bool) -> None:
    """List operations: where each stands, and whether its plan can be used.

    \b
    Example:
      ops-hub operation list
    """
    states, day, found = home_states(rules), day_of(today), []
    for name in names(operations):
        plan, faults = examined(operations / name / FILE, states)
        closed = Journal.of(lines_of(operations / name).lines).closed
        row: dict[str, Any] = {"operation": name, "faults": len(faults), "closed": closed is not None}
        if plan is not None and not faults:
            row |= {"title": plan.title, "states": [each.code for each in plan.states], "begins": plan.begins}
            row |= {"ends": plan.ends, "phase": phase_of(plan, day)}
        found.append(row)
    show(found, as_json, _print)


def _print(found: Any) -> None:
    rows = [
        (
            each["operation"], "closed" if each["closed"] else each.get("phase", f"{each['faults']} faults in its plan"),
            str(each.get("begins", "-")), str(each.get("ends", "-")), ", ".join(each.get("states", [])), each.get("title", ""),
        )
        for each in found
    ]  # fmt: skip
    table(rows, ("operation", "phase", "begins", "ends", "states", "title"))


list = list_  # the command's name, by which it is asked for
