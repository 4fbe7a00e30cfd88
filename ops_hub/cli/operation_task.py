"""`ops-hub operation task`: what each state has to do at each port, by the clock there."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import click
import polars as pl

from ops_hub.casework.case import Actor
from ops_hub.cli.common import as_json, rules_option, show, table, told
from ops_hub.cli.operations import Operation, folder_option, now, opened
from ops_hub.cli.operations import name_argument as name_
from ops_hub.cli.persons import as_option
from ops_hub.errors import ConfigError
from ops_hub.operations import journal, tasks

_MOST_WORDS = 500  # characters of a task
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
        row = _new(found, by, state, port, due, kind, what, about)
        _allowed(found, by, row)
        found.write(lambda lines: [journal.adding(found.plan, str(by), _unknown(row, lines), now())])
        show(
            _shown(row, found),
            as_json,
            lambda told: click.echo(f"task {told['task']}: {told['local']}, {told['what']}"),
        )
        return
    if not ids:
        raise click.UsageError(f"name the tasks: ops-hub operation task {name} {verb} TASK...")
    _end(found, by, ids, "done" if verb == "done" else "dropped", reason)
    show({"tasks": list(ids), "status": verb}, as_json, lambda _: click.echo(f"{', '.join(ids)}: {verb}"))


def _list(found: Operation, by: Actor, state: str | None, port: str | None, ended: bool, as_json: bool) -> None:
    rows, apart = tasks.seen(found.journal().task_frame(), found.plan, by.state, by.role)
    wanted = [pl.col("state") == state] if state else []
    wanted += [pl.col("port") == port] if port else []
    wanted += [pl.col("status") == "open"] if not ended else []
    told = [_shown(row, found) for row in rows.filter(*wanted).to_dicts()]
    show({"tasks": told, "with_protection": apart}, as_json, _print)


def _new(
    found: Operation, by: Actor, state: str | None, port: str | None, due: str | None, kind: str, what: str, about: str | None
) -> dict[str, Any]:  # fmt: skip
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
        at = (at if at.tzinfo else at.replace(tzinfo=tasks.zone(found.states, doer, port))).astimezone(dt.UTC)
    except (ValueError, OverflowError):
        raise ConfigError(
            where, f"{due or 'nothing'} is no time", "write --due 2026-11-20T14:30, by the port's clock"
        ) from None
    return tasks.task(found.plan, doer, kind, at, what, port=port, about=about, made_by=str(by))


def _unknown(row: dict[str, Any], lines: Any) -> dict[str, Any]:
    """Return a task that does not stand there yet."""
    if row["task"] in journal.Journal.of(lines).tasks:
        raise ConfigError(
            f"operation {row['operation']}", f"task {row['task']} stands there already", "see task list --all"
        )
    return row


def _allowed(found: Operation, by: Actor, row: dict[str, Any]) -> None:
    if not tasks.may_change(row, found.plan, by.state, by.role):
        desk = " protection or services of" if row["kind"] in tasks.PROTECTIVE_KINDS else ""
        who = (
            "CENTRE"
            if row["state"] == tasks.CENTRE
            else " or ".join(dict.fromkeys((row["state"], tasks.CENTRE, found.plan.coordinator)))
        )
        remedy = f"let{desk} {who} do it"
        raise ConfigError(f"operation {found.plan.name}", f"this task is not for {by}", remedy)


def _end(found: Operation, by: Actor, ids: tuple[str, ...], how: str, reason: str) -> None:
    def made(lines: Any) -> list[journal.Line]:
        known, told = journal.Journal.of(lines), []
        for each in ids:
            row = known.tasks.get(each)
            visible = (
                row is not None and not tasks.seen(tasks.frame([row]), found.plan, by.state, by.role)[0].is_empty()
            )
            if row is not None and visible:
                _allowed(found, by, row)
            elif row is not None:  # not a word of what others have to do
                known.tasks.pop(each)
            told.append(journal.ending(found.plan, str(by), known, each, how, now(), reason))
            known.tasks[each]["status"] = how
        return told

    found.write(made)


def _shown(row: dict[str, Any], found: Operation) -> dict[str, Any]:
    at = tasks.local(row, found.states)
    told = {name: value for name, value in row.items() if name != "not_to"}  # it would tell of a caveat
    return told | {"local": f"{at:%Y-%m-%d %H:%M %Z}" if at else "-"}


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
