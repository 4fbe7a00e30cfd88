"""`ops-hub retention`: what is masked and forgotten and when, legal holds, and seeing masked data again."""

from __future__ import annotations

from typing import Any

import click

from ops_hub.casework.case import Actor
from ops_hub.cli.common import as_json, rules_option, show, table, told
from ops_hub.cli.persons import as_option, person
from ops_hub.cli.reaching import reaching
from ops_hub.engines.live import holds, unmask
from ops_hub.engines.live import retention as engine
from ops_hub.errors import ConfigError
from ops_hub.states import States, home_states
from ops_hub.store import audit, lake
from ops_hub.store.archive import rules_in_force
from ops_hub.store.held import Hold, all_holds
from ops_hub.store.hub import Hub, open_hub

reason_option = click.option("--reason", required=True, help="Why, in words; they are sealed.")
record_option = click.option("--record", metavar="R", help="One record, by its id.")
case_option = click.option("--case", type=int, metavar="N", help="One case: its records and content.")


@click.group()
def retention() -> None:
    """Mask and forget travellers when their time is over; hold and unmask them where the law says so.

    \b
    ops-hub retention run --dry-run
    ops-hub retention hold BRB 2026-11-23 --reason "High Court, order 17" --as BRB/ben:supervisor
    ops-hub retention unmask --case 7 --reason "identify the victim" --as BRB/ann
    ops-hub retention confirm 1 --as BRB/ben:supervisor
    """


@retention.command()
@click.option("--dry-run", is_flag=True, help="Say what would be done, and do nothing.")
@rules_option
@as_option
@as_json
@told
@reaching
def run(dry_run: bool, rules: Any, who: str | None, as_json: bool) -> None:
    """Forget what is past its time, by the hub's clock; exit code 1 where something could not be done.

    The keeper of `hub up` does this once a day.

    \b
    ops-hub retention run --dry-run
    """
    hub = open_hub()
    states = home_states(rules or rules_in_force(hub))
    by = person(who, states)
    done = engine.run(hub, states, hub.now().date(), dry_run=dry_run, by=str(by))
    hub.client.close()
    said = {
        name: [vars(each) for each in getattr(done, name)] for name in ("deleted", "masked", "held")
    } | {"cases": done.cases, "networks": done.networks, "problems": done.problems, "dry_run": dry_run}  # fmt: skip
    show(said, as_json, lambda _: _say_run(done, dry_run))
    if done.problems:
        raise click.exceptions.Exit(1)


@retention.command("show")
@as_option
@as_json
@told
@reaching
def show_(who: str | None, as_json: bool) -> None:
    """List what is kept, holds, and requests to unmask; of your own state, or for CENTRE of all. Nobody is named.

    \b
    ops-hub retention show --as BRB/ben:supervisor
    """
    hub, states, by = _at_hub(who)
    mine = None if by.state == "CENTRE" else [by.state]
    now, kept = hub.now(), lake.counts(hub, mine)
    wanted = [each for each in all_holds(hub) if mine is None or by.state in {state for state, _ in each.places}]
    asked = [each for each in unmask.requests(hub) if mine is None or each[0].state == by.state]
    opens = by.role in ("supervisor", "auditor", "prosecutor")  # reasons may name people
    said = {
        "kept": [
            {"state": state, "day": day, "rows": rows, "masked": engine.is_masked(hub, states, state, day, now)}
            for (state, day), rows in kept.items()
        ],
        "holds": [
            {"hold": each.id, "about": each.about, "places": each.places, "by": each.by, "at": each.at,
             "reason": holds.why(hub, each.reason) if opens else None}
            for each in wanted
        ],
        "requests": [
            {"request": each.id, "about": each.about, "by": str(each.by), "at": each.at,
             "confirmed_by": str(grant.by) if grant else None, "until": grant.until if grant else None,
             "reason": unmask.reason_of(hub, each) if opens else None}
            for each, grant in asked
        ],
    }  # fmt: skip
    audit.record(hub, str(by), "retention-shown", "retention", reasons=opens)
    hub.client.close()
    show(said, as_json, _say_show)


@retention.command()
@click.argument("state", required=False)
@click.argument("day", required=False)
@record_option
@case_option
@reason_option
@as_option
@told
@reaching
def hold(
    state: str | None, day: str | None, record: str | None, case: int | None, reason: str, who: str | None
) -> None:
    """Keep a state's day, a record or a case beyond its time, unmasked, until the hold is released.

    \b
    ops-hub retention hold BRB 2026-11-23 --reason "High Court, order 17" --as BRB/ben:supervisor
    ops-hub retention hold --case 7 --reason "High Court, order 17" --as BRB/ben:supervisor
    """
    hub, _, by = _at_hub(who)
    if sum((state is not None and day is not None, record is not None, case is not None)) != 1 or (state and not day):
        raise ConfigError("retention hold", "it must be one thing", "give STATE DAY, --record R or --case N")
    put = _held(hub, state, day, record, case, reason, by)
    hub.client.close()
    click.echo(f"hold {put.id}: {put.about}")


@retention.command()
@click.argument("number", type=int, metavar="HOLD")
@reason_option
@as_option
@told
@reaching
def release(number: int, reason: str, who: str | None) -> None:
    """End a hold; what is past its time and was kept by the hold alone is forgotten at once.

    \b
    ops-hub retention release 3 --reason "High Court, order 18" --as BRB/ben:supervisor
    """
    hub, _, by = _at_hub(who)
    found = holds.release(hub, number, reason, by)
    hub.client.close()
    click.echo(f"hold {found.id} is released: {found.about}")


@retention.command("unmask")
@record_option
@case_option
@reason_option
@as_option
@told
@reaching
def unmask_(record: str | None, case: int | None, reason: str, who: str | None) -> None:
    """Ask to see masked data; a supervisor of the same state, another person, must confirm.

    \b
    ops-hub retention unmask --case 7 --reason "identify the victim" --as BRB/ann
    """
    hub, _, by = _at_hub(who)
    if (record is None) == (case is None):
        raise ConfigError("retention unmask", "it must be one thing", "give --record R or --case N")
    asked = unmask.request(hub, f"record {record}" if record is not None else f"case {case}", reason, by)
    hub.client.close()
    click.echo(
        f"request {asked.id}: a supervisor of {asked.state} may confirm it (ops-hub retention confirm {asked.id})"
    )


@retention.command()
@click.argument("number", type=int, metavar="REQUEST")
@as_option
@told
@reaching
def confirm(number: int, who: str | None) -> None:
    """Confirm a request to see masked data, as the second person.

    \b
    ops-hub retention confirm 1 --as BRB/ben:supervisor
    """
    hub, states, by = _at_hub(who)
    grant = unmask.confirm(hub, number, by, states.rules)
    hub.client.close()
    click.echo(f"request {number} is confirmed until {grant.until:%Y-%m-%d %H:%M} UTC")


def _at_hub(who: str | None) -> tuple[Hub, States, Actor]:
    """Return the hub, the home states by the rules that are published there, and who is at the keyboard."""
    hub = open_hub()
    states = home_states(rules_in_force(hub))
    return hub, states, person(who, states)


def _held(hub: Hub, state: str | None, day: str | None, record: str | None, case: int | None, reason: str, by: Actor) -> Hold:  # fmt: skip
    if record is not None:
        return holds.hold_record(hub, record, reason, by)
    if case is not None:
        return holds.hold_case(hub, case, reason, by)
    assert state is not None
    assert day is not None
    return holds.hold_day(hub, state, day, reason, by)


def _say_run(done: engine.Outcome, dry_run: bool) -> None:
    would = "would be " if dry_run else ""
    rows = [
        (each.state, each.day, each.rows, f"{would}{what}", each.rule, " ".join(map(str, each.holds)))
        for what in ("deleted", "masked", "held")
        for each in getattr(done, what)
    ]
    if rows:
        table(rows, ["state", "day", "rows", "what", "rule", "holds"])
    if done.cases:
        click.echo(f"{done.cases} cases {would}forgotten but for what counts")
    for name in done.networks:
        click.echo(f"network {name} {would}removed: somebody in it is masked by now")
    for problem in done.problems:
        click.echo(f"not done: {problem}")
    if not (rows or done.cases or done.networks or done.problems):
        click.echo("nothing is due")


def _say_show(said: dict[str, Any]) -> None:
    kept = [(each["state"], each["day"], each["rows"], "masked" if each["masked"] else "") for each in said["kept"]]
    table(kept, ["state", "day", "rows", ""])
    for each in said["holds"]:
        click.echo(f"hold {each['hold']}: {each['about']}, by {each['by']}: {each['reason'] or '(sealed)'}")
    for each in said["requests"]:
        state = (
            f"confirmed by {each['confirmed_by']} until {each['until']:%Y-%m-%d %H:%M}"
            if each["confirmed_by"]
            else "open"
        )
        click.echo(
            f"request {each['request']}: {each['about']}, by {each['by']}, {state}: {each['reason'] or '(sealed)'}"
        )
