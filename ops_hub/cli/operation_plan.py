"""`ops-hub operation new`, `ack` and `close`: how an operation begins, is agreed on, and ends."""

from __future__ import annotations

import datetime
from pathlib import Path

import click

from ops_hub.cli.common import as_json, day_of, rules_option, show, today_option, told
from ops_hub.cli.operations import folder_option, name_argument, now, opened, operation_options
from ops_hub.cli.persons import as_option
from ops_hub.errors import ConfigError
from ops_hub.operations import journal
from ops_hub.operations.meaning import NAME
from ops_hub.operations.planfile import FILE, examined
from ops_hub.operations.readiness import readiness, reds
from ops_hub.operations.template import template
from ops_hub.states import home_states
from ops_hub.store.files import write_text

_DAY = click.DateTime(["%Y-%m-%d"])
_MOST_LESSONS = 100_000  # characters
_AFTERWARDS = ("prosecutor", "victim services")  # what must be in order after the action, too
# the journal tells which cases are to be protected: it is the centre's alone
_UNSHARED = "# The plan is shared; the journal stays at the centre.\njournal.ndjson\n.journal.lock\n"


@click.command()
@name_argument
@click.option("--states", "codes", required=True, metavar="BRB,TTO,...", help="States that take part, alpha-3.")
@click.option("--from", "begins", required=True, type=_DAY, metavar="DATE", help="First day of gathering.")
@click.option("--action", required=True, type=_DAY, nargs=2, metavar="DATE DATE", help="First and last day of action.")
@click.option("--until", "ends", required=True, type=_DAY, metavar="DATE", help="Last day of what follows.")
@click.option("--lead", metavar="STATE", help="The state that coordinates [default: the first one].")
@folder_option
@rules_option
@as_json
@told
def new(
    name: str, codes: str, begins: datetime.datetime, action: tuple[datetime.datetime, datetime.datetime],
    ends: datetime.datetime, lead: str | None, operations: Path, rules: Path | None, as_json: bool,
) -> None:  # fmt: skip
    """Write the plan of a new operation, to be filled in: what is not known yet stands in comments.

    \b
    Example:
      ops-hub operation new ALCYON --states BRB,TTO,HND --from 2026-11-01 --action 2026-11-20 2026-11-23 --until 2027-02-01
    """
    folder, states = operations / name, home_states(rules)
    part = [code.strip().upper() for code in codes.split(",") if code.strip()]
    _check(name, part, lead, sorted(states.by_code))
    if folder.exists():
        raise ConfigError(str(folder), "it is there already", "choose another name, or edit its plan.toml")
    day = datetime.timedelta(days=1)
    first, last = (each.date() for each in action)
    if not begins.date() <= first <= last <= ends.date():
        raise click.UsageError("days must follow each other: --from, --action (first and last), --until")
    phases = [("action", first, last)]
    phases[:0] = [("gathering", begins.date(), first - day)] if begins.date() < first else []
    phases += [("after", last + day, ends.date())] if ends.date() > last else []
    write_text(folder / FILE, template(name, part, states, phases, lead or part[0]))
    write_text(folder / ".gitignore", _UNSHARED)
    faults = examined(folder / FILE, states)[1]
    said = {"plan": str(folder / FILE), "to_fill_in": [f"{each.reason}; {each.remedy}" for each in faults]}
    show(
        said, as_json, lambda told: click.echo("\n".join([told["plan"], *(f"  {each}" for each in told["to_fill_in"])]))
    )


def _check(name: str, part: list[str], lead: str | None, known: list[str]) -> None:
    if not NAME.fullmatch(name):
        raise click.BadParameter(f"{name} is no name; use up to 40 letters, digits and hyphens", param_hint="NAME")
    for code in part:
        if code not in known:
            raise ConfigError(f"--states {code}", "this is no home state", f"home states are {', '.join(known)}")
        if part.count(code) > 1:
            raise ConfigError(f"--states {code}", "this state is named twice", "name each state once")
    if not part or (lead is not None and lead not in part):
        raise click.UsageError(
            "--lead must be one of --states" if part else "name at least one state: --states BRB,TTO"
        )


@click.command()
@operation_options
@as_option
@as_json
@told
def ack(name: str, operations: Path, rules: Path | None, who: str | None, as_json: bool) -> None:
    """Acknowledge the plan as it is now, for your state. After each change of the plan this is due again.

    \b
    Example:
      ops-hub operation ack ALCYON --as BRB/ana
    """
    found = opened(operations, name, rules)
    by = found.person(who)
    found.write(lambda lines: [journal.acknowledging(found.plan, str(by), by.state, now())])
    said = {"operation": name, "state": by.state, "plan": found.plan.digest}
    show(said, as_json, lambda told: click.echo(f"{name}: {by.state} acknowledges version {told['plan']} of the plan"))


@click.command()
@operation_options
@click.option("--lessons", required=True, type=click.Path(path_type=Path, exists=True, dir_okay=False), help="Text file: what was learned.")  # fmt: skip
@click.option("--yes", is_flag=True, help="Close it although tasks or red lines are open.")
@as_option
@today_option
@as_json
@told
def close(
    name: str, operations: Path, rules: Path | None, lessons: Path, yes: bool, who: str | None, today: str | None,
    as_json: bool,
) -> None:  # fmt: skip
    """Close an operation whose last phase is over, with what was learned. It names nobody: it goes into the report.

    \b
    Example:
      ops-hub operation close ALCYON --lessons lessons.txt --as CENTRE/carla:supervisor
    """
    found, day = opened(operations, name, rules), day_of(today)
    by, text = found.person(who), _text(lessons)
    if by.state not in ("CENTRE", found.plan.coordinator):
        raise ConfigError(str(by), "this operation is not yours to close", f"ask CENTRE or {found.plan.coordinator}")
    before = found.journal()
    lines = readiness(found.plan, found.known(before), found.states, day)
    open_tasks = sum(row["status"] == "open" for row in before.tasks.values())
    red = [each for each in lines if each.check in _AFTERWARDS]
    if (open_tasks or red) and not yes and before.closed is None:
        what = f"{open_tasks} tasks are open and {reds(red)} red lines stand"
        raise ConfigError(f"operation {name}", what, "see to them, or close it all the same: --yes")
    found.write(lambda told: [journal.closing(found.plan, str(by), told, text, day, now())])
    show({"operation": name, "closed": True}, as_json, lambda _: click.echo(f"{name} is closed"))


def _text(path: Path) -> str:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(str(path), f"it cannot be read as text: {error}", "save it as UTF-8 text") from None
    if len(text) > _MOST_LESSONS:
        raise ConfigError(str(path), f"it has {len(text):,} characters", f"shorten it to {_MOST_LESSONS:,}")
    return text
