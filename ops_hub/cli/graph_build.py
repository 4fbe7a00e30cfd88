"""`ops-hub graph build`: a network out of feeds, runs, intelligence and what the hub holds."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import click

from ops_hub.casework.case import CENTRE
from ops_hub.cli.common import (
    as_json,
    day_of,
    mapping_option,
    read_options,
    rules_option,
    show,
    table,
    today_option,
    told,
)
from ops_hub.cli.manifest import a_day, run_option
from ops_hub.cli.persons import as_option, person
from ops_hub.cli.reaching import reaching
from ops_hub.desk.filing import open_desk
from ops_hub.engines.live.networks import gathered
from ops_hub.engines.network import History, Order, connect, saved
from ops_hub.errors import ConfigError
from ops_hub.graph.net import Network
from ops_hub.store.aside import aside
from ops_hub.store.hub import open_hub


@click.command()
@click.argument("feeds", nargs=-1, type=click.Path(path_type=Path), metavar="[FEED...]")
@run_option
@click.option(
    "--intelligence", "-i", multiple=True, type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="CSV of known links (docs/network.md); may be given several times.",
)  # fmt: skip
@click.option("--skip-bad", is_flag=True, help="Leave bad lines of intelligence out; else nothing is built.")
@click.option(
    "--apart", multiple=True, type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="CSV record_id,other_record_id,reason,by: pairs of records of different persons, whatever ties them.",
)  # fmt: skip
@click.option("--as-of", metavar="DATE", callback=a_day, help="Leave out journeys after this day [default: take all].")
@click.option("--hub", is_flag=True, help="Take what the hub holds as well: the lake's travellers, the cases' hits.")
@click.option(
    "--since", metavar="DATE", callback=a_day, help="With --hub: first day of arrival [default: the first one kept]."
)
@click.option("--purpose", default="", help="With --hub: why, for the audit log.")
@as_option
@click.option("--out", required=True, type=click.Path(path_type=Path, file_okay=False), help="Folder for the network.")
@rules_option
@mapping_option
@today_option
@as_json
@told
@reaching
def build(
    feeds: tuple[Path, ...],
    runs: tuple[Path, ...],
    intelligence: tuple[Path, ...],
    skip_bad: bool,
    apart: tuple[Path, ...],
    as_of: datetime.date | None,
    hub: bool,
    since: datetime.date | None,
    purpose: str,
    who: str | None,
    out: Path,
    rules: Path | None,
    mapping: Path | None,
    today: str | None,
    as_json: bool,
) -> None:
    """Build a network from feeds, hits of runs and intelligence.

    FEED is what `ops-hub screen` takes; --run names what it left. Records become persons by document with birth date or
    name, by name with birth date and contact, or by name within a booking on a flight; RESOLVED keeps the evidence, and
    --apart undoes a merge: the person is put together again, strongest ties first, so that the pair never meets.

    \b
    Example:
      ops-hub graph build sample_feeds --run runs/demo --out network
      ops-hub graph build history --run runs/october -i known-links.csv --as-of 2026-10-31 --out october
      ops-hub graph build --hub --since 2026-10-01 --purpose 'operation ALCYON' --as CENTRE/carla --out $OPS_HUB_HOME/networks/live
    """
    if not feeds and not hub:
        raise click.UsageError("name FEEDs, or say --hub")
    order = Order(feeds, read_options(day_of(today), mapping), runs, intelligence, apart, rules, as_of, skip_bad)
    if hub:
        net, lines = _with_history(order, who, since, purpose, out)
    else:
        net, lines = connect(order)
    for line in lines:
        click.echo(f"ops-hub: {line}", err=True)
    now = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
    saved(out, net, name=out.name, made_at=now)
    show({**net.about, "out": str(out)}, as_json, _print_account)


def _with_history(
    order: Order, who: str | None, since: datetime.date | None, purpose: str, out: Path
) -> tuple[Network, list[str]]:  # fmt: skip
    """Return the network of an order and of what the hub holds; its folder is nobody else's to open."""
    desk = open_desk(open_hub(), order.rules)
    by = person(who, desk.states)
    if by.state != CENTRE:
        raise ConfigError(str(by), "the lake is the centre's", "ask the centre for a chart: ops-hub chart --as")
    out.mkdir(mode=0o700, parents=True, exist_ok=True)
    out.chmod(0o700)  # also where it was there before
    with aside(out) as place:
        held = gathered(desk, place, by, since=since, until=order.as_of, purpose=purpose)
        told = {"since": since, "until": order.as_of, "keep_until": held.keep_until, "released": held.released}
        net, lines = connect(order, History(held.travellers, held.hits, held.entries, told))
    if held.keep_until is not None:
        lines.append(f"it may be read until {held.keep_until}, when retention masks the first of its travellers")
    return net, lines + [f"{held.masked} days of states are masked by retention (left out)"] * bool(held.masked)


def _print_account(said: dict[str, Any]) -> None:
    counts = said["counts"]
    click.echo(
        f"{counts['records']:,} records are {counts['persons']:,} persons on {counts['trips']:,} trips; "
        f"{counts['nodes']:,} nodes, {counts['edges']:,} edges, as of {said['as_of'] or 'no known day'}\n"
    )
    table(list(counts["by_type"].items()), ("type", "nodes"))
    if said["damped"]:
        click.echo(f"\n{counts['damped']:,} values say less, for very many share them; the first ones:\n")
        rows = [
            (one["label"], one["type"], one["persons"], one["weight"], one["damped"]) for one in said["damped"][:10]
        ]
        table(rows, ("value", "type", "persons", "weight", "why"))
    if said["doubtful"]:
        click.echo(f"\n{counts['doubtful']:,} persons with birth dates that contradict; the first ones:\n")
        table(
            [(one["person_id"], ", ".join(one["birth_dates"])) for one in said["doubtful"]], ("person", "birth dates")
        )
    click.echo("")
    for line in said["caveats"]:
        click.echo(line)
    click.echo(f"\nnetwork: {said['out']}")
