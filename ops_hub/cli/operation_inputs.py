"""What commands of targets and reports take: a network, cases, the time; and the plan made of them.

Reach for `planning_options` and `asked()`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click
import polars as pl

from ops_hub.casework.case import Actor
from ops_hub.casework.policy import sharing_policy
from ops_hub.cli.operations import Operation
from ops_hub.cli.persons import as_option
from ops_hub.desk import preparing
from ops_hub.desk.filing import open_desk
from ops_hub.desk.outcomes import outcomes, period
from ops_hub.desk.planning import Planned, links, planned
from ops_hub.engines.live.networks import others, released_to
from ops_hub.engines.network import opened
from ops_hub.errors import ConfigError
from ops_hub.graph.settings import graph_settings
from ops_hub.operations.known import Expected, ListAge
from ops_hub.operations.settings import operation_settings
from ops_hub.schemas import OUTCOMES, dtypes, empty
from ops_hub.store.hub import open_hub

_file = click.Path(path_type=Path, exists=True, dir_okay=False)
network_option = click.option(
    "--network", required=True, type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Folder of a network: ops-hub graph build.",
)  # fmt: skip
cases_option = click.option("--cases", type=_file, help="Cases as Parquet (OUTCOMES), where no hub has them.")
hub_option = click.option("--hub", is_flag=True, help="Take cases, and desks to speak to first, from the hub.")
now_option = click.option("--now", "at", metavar="TIME", help="UTC, for repeating a plan, e.g. 2026-11-20T12:00 [default: now].")  # fmt: skip


def planning_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command --network, --cases, --hub, --now and --as."""
    for add in (as_option, now_option, hub_option, cases_option, network_option):
        command = add(command)
    return command


def asked(
    found: Operation, by: Actor, network: Path, cases: Path | None, hub: bool, at: str | None, rules: Path | None
) -> Planned:
    """Return what the options ask for, as the person may see it.

    Raises:
        ConfigError: a file or option is not what it should be.
        StoreError: there is no network in the folder, or no hub.
    """
    contacts, released = {}, set()
    if hub:
        desk = open_desk(open_hub(), rules)
        contacts, released = others(desk, by), released_to(desk, by.state)
    told = cases_of(found, by, cases, hub, rules)
    return planned(
        found.plan, opened(network), by, sharing_policy(rules), time_of(at), found.states, operation_settings(rules),
        graph_settings(rules), told, contacts, released,
    )  # fmt: skip


def cases_of(
    found: Operation, by: Actor, cases: Path | None, hub: bool, rules: Path | None, *, nationalities: bool = False
) -> pl.DataFrame:
    """Return OUTCOMES of the operation's days: from the hub, from a file, or none; `nationalities` as `desk.outcomes` takes it.

    Raises:
        ConfigError: both are asked for, or the file holds something else.
    """
    if hub and cases is not None:
        raise ConfigError("--cases", "cases come from the hub or from a file", "give --hub or --cases")
    if hub:
        begin, end = period(found.plan.begins, found.plan.ends)
        taking_part = [each.code for each in found.plan.states]
        about = f"operation {found.plan.name}"
        desk = open_desk(open_hub(), rules)
        return outcomes(desk, by, begin, end, states=taking_part, purpose=about, nationalities=nationalities)
    if cases is None:
        return empty(OUTCOMES)
    try:
        read = pl.read_parquet(cases)
    except (OSError, pl.exceptions.PolarsError) as error:
        raise ConfigError(str(cases), f"cannot be read as Parquet: {error}", "give a file of OUTCOMES") from None
    wanted: dict[str, Any] = dtypes(OUTCOMES)
    if dict(read.schema) != wanted:
        raise ConfigError(str(cases), "its columns are not those of OUTCOMES", "see docs/schemas.md")
    return read


def links_of(network: Path, by: Actor, hub: bool, rules: Path | None) -> Sequence[str]:
    """Return what ties a network to several kinds of crime or continents, in words, as far as a reader may see it."""
    released = released_to(open_desk(open_hub(), rules), by.state) if hub else set()
    return links(opened(network), by, sharing_policy(rules), graph_settings(rules), released)


def lists_of_hub() -> list[ListAge] | None:
    """Return how old the published lists are."""
    return preparing.list_ages_of(open_hub())


def expected_of_hub(found: Operation, by: Actor, rules: Path | None) -> list[Expected]:
    """Return how many are to be protected, by port and day.

    Raises:
        ConfigError: this is not for everyone.
    """
    return preparing.expected(open_desk(open_hub(), rules), by, found.plan)


def time_of(text: str | None) -> dt.datetime:
    """Return a time in UTC without its zone; now by default."""
    if text is None:
        return dt.datetime.now(dt.UTC).replace(tzinfo=None, microsecond=0)
    try:
        at = dt.datetime.fromisoformat(text)
        at = at.astimezone(dt.UTC).replace(tzinfo=None) if at.tzinfo else at
        if not 1900 < at.year < 2200:
            raise ValueError
    except (ValueError, OverflowError):
        raise click.BadParameter(f"{text} is no time; write for example 2026-11-20T12:00", param_hint="--now") from None
    return at
