"""`ops-hub operation task`: what each state has to do at each port, by the clock there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
import polars as pl

from ops_hub.casework.case import Actor
from ops_hub.cli.common import as_json, rules_option, show, table, told
from ops_hub.cli.operations import Operation, folder_option, now, opened
from ops_hub.cli.operations import name_argument as name_
from ops_hub.cli.persons import as_option
from ops_hub.desk.operating import added, new_task, shown_task
from ops_hub.desk.operating import ended as ended_
from ops_hub.operations import tasks

_HEADING = ("task", "due at the port", "due (UTC)", "state", "port", "kind", "status", "about", "what")


@click.command()
@name_
@click.argument("verb", type=click.Choice(["list", "add", "done", "drop"]), default="list")
@click.argument("ids", nargs=-1, metavar="[TASK...]")
@click.option("--state", help="Only tasks of this state; of the one that does it, for add [default: yours].")
@click.option("--port", help="Only tasks at this port; where it is done, for add.")
@click.option("--due", metavar="TIME", help="For add: when, on the clock of the port, e.g. 2026-11-20T14:30.")
@click.option("--kind", default="other", show_default=True, type=click.Choice(tasks.KINDS), help="For add.")
@click.option("--what", default="", help="For add: in words that name nobody.")
@click.option("--about", help="For add: id of a case, person or list, e.g. 'case 7'.")
@click.option("--reason", default="", help="For drop: why.")
@click.option("--all", "ended", is_flag=True, help="For list: also those that were done or dropped.")
@folder_option
@rules_option
@as_option
@as_json
@told
def task(
    name: str, verb: str, ids: tuple[str, ...], state: str | None, port: str | None, due: str | None, kind: str, what: str,
    about: str | None, reason: str, ended: bool, operations: Path, rules: Path | None, who: str | None, as_json: bool,
) -> None:  # fmt: skip
    """List tasks with times on the clock of the port; add one, do it, or drop it.

    You see your own state's; the centre and the state that coordinates see all. Tasks of receiving and speaking to those
    who may be victims are for the desks of protection and services.

    \b
    Example:
      ops-hub operation task ALCYON list --as BRB/ana
      ops-hub operation task ALCYON add --port BGI --due 2026-11-20T14:30 --what 'watch the arrival of BW432' --as BRB/ana
      ops-hub operation task ALCYON done 3f2a91c0 --as BRB/ana
    """
    found = opened(operations, name, rules)
    by = found.person(who)
    if verb == "list":
        _list(found, by, state, port, ended, as_json)
        return
    if verb == "add":
        if ids:
            raise click.UsageError("add takes no ids: the task's id is made from what it is")
        row = new_task(found, by, state, port, due, kind, what, about)
        added(found, by, row, now())
        show(
            shown_task(row, found),
            as_json,
            lambda told: click.echo(f"task {told['task']}: {told['local']}, {told['what']}"),
        )
        return
    if not ids:
        raise click.UsageError(f"name the tasks: ops-hub operation task {name} {verb} TASK...")
    ended_(found, by, ids, "done" if verb == "done" else "dropped", now(), reason)
    show({"tasks": list(ids), "status": verb}, as_json, lambda _: click.echo(f"{', '.join(ids)}: {verb}"))


def _list(found: Operation, by: Actor, state: str | None, port: str | None, ended: bool, as_json: bool) -> None:
    rows, apart = tasks.seen(found.journal().task_frame(), found.plan, by.state, by.role)
    wanted = [pl.col("state") == state] if state else []
    wanted += [pl.col("port") == port] if port else []
    wanted += [pl.col("status") == "open"] if not ended else []
    told = [shown_task(row, found) for row in rows.filter(*wanted).to_dicts()]
    show({"tasks": told, "with_protection": apart}, as_json, _print)


def _print(said: dict[str, Any]) -> None:
    table(
        [
            (
                each["task"], each["local"], f"{each['due_at']:%Y-%m-%d %H:%M}", each["state"], each["port"] or "-",
                each["kind"], each["status"], each["about"] or "-", each["what"],
            )
            for each in said["tasks"]
        ],
        _HEADING,
    )  # fmt: skip
    if said["with_protection"]:
        click.echo(f"\n{said['with_protection']} more are with the desks of protection and services")
