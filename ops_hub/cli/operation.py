"""`ops-hub operation`: what states plan and do together; what an operation is stands in `ops_hub.operations`."""

from __future__ import annotations

import click

from ops_hub.cli.loading import Commands

# Where each command is written.
_MODULES = {
    "new": "operation_plan",
    "show": "operation_show",
    "list": "operation_list",
    "ack": "operation_plan",
    "task": "operation_task",
    "ready": "operation_ready",
    "targets": "operation_targets",
    "coverage": "operation_targets",
    "brief": "operation_report",
    "report": "operation_report",
    "result": "operation_result",
    "close": "operation_plan",
    "demo": "operation_demo",
}


@click.group(commands=Commands(_MODULES))
def operation() -> None:
    """Plan an operation of several states, see what it still lacks, do it, and account for it.

    Each is a folder with plan.toml, which the states keep under version control, and a journal that the centre keeps:
    OPERATIONS/NAME, where OPERATIONS is --operations, OPS_HUB_OPERATIONS or ./operations.

    \b
    Example:
      ops-hub operation new ALCYON --states BRB,TTO,HND --from 2026-11-01 --action 2026-11-20 2026-11-23 --until 2027-02-01
      ops-hub operation ready ALCYON -w watchlists
    """
