"""`ops-hub manifest`: who is on board of a flight or vessel, and what is not known of it."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
import polars as pl

from ops_hub.cli.common import (
    as_json,
    day_of,
    feeds_argument,
    mapping_option,
    read_options,
    rules_option,
    show,
    table,
    today_option,
    told,
)
from ops_hub.feeds.reading import read
from ops_hub.manifests.assemble import NEEDED, Assembled, assemble
from ops_hub.manifests.duties import duties
from ops_hub.manifests.gaps import gaps
from ops_hub.manifests.legs import designator
from ops_hub.manifests.screened import screened_files
from ops_hub.states import home_states

run_option = click.option(
    "--run", "runs", type=click.Path(path_type=Path, exists=True, file_okay=False), multiple=True,
    help="Results of ops-hub screen: says who was screened; may be given several times.",
)  # fmt: skip


def a_day(_: click.Context, parameter: click.Parameter, text: str | None) -> datetime.date | None:
    """Return the day given as text, for options."""
    if text is None:
        return None
    try:
        return datetime.date.fromisoformat(text)
    except ValueError:
        raise click.BadParameter(f"{text} is no date; write for example 2026-11-23", param=parameter) from None


def assembled(
    feeds: Sequence[Path], rules: Path | None, mapping: Path | None, runs: Sequence[Path], today: str | None
) -> Assembled:
    """Return the manifests of feeds; home states that cannot be used are told on stderr."""
    options = read_options(day_of(today), mapping)
    owed, states = duties(rules), home_states(rules)
    for problem in states.problems:
        click.echo(f"ops-hub: {problem}", err=True)
    known = screened_files(runs) if runs else None
    travellers, messages, rejects, sources = [], [], [], set()
    for batch in read(feeds, options):
        travellers.append(batch.travellers.select(NEEDED))
        messages.append(batch.messages)
        rejects.append(batch.rejects)
        sources |= {each.source for each in batch.inputs if known is not None and each.sha256 in known}
    return assemble(
        pl.concat(travellers),
        pl.concat(messages),
        owed,
        states,
        rejects=pl.concat(rejects),
        screened=sources if known is not None else None,
    )


@click.group()
def manifest() -> None:
    """Show who is on board, from all messages about a flight leg or vessel call.

    \b
    Example:
      ops-hub manifest gaps sample_feeds --since 2026-11-20 --run runs/demo
    """


@manifest.command("show")
@click.argument("flight", metavar="FLIGHT/DATE")
@feeds_argument
@run_option
@rules_option
@mapping_option
@today_option
@as_json
@told
def show_manifest(
    flight: str,
    feeds: tuple[Path, ...],
    runs: tuple[Path, ...],
    rules: Path | None,
    mapping: Path | None,
    today: str | None,
    as_json: bool,
) -> None:
    """Show the manifests of a flight or voyage on its day of departure: one for each leg.

    FLIGHT/DATE is for example BW432/2026-11-20; a manifest's whole id (with /POS-BGI) names one leg. A vessel may be
    asked for by its name, IMO number, call sign or voyage number. Without --run nobody can tell who was screened, and
    nothing is said of it.

    \b
    Example:
      ops-hub manifest show CM227/2026-11-21 sample_feeds --run runs/demo
    """
    number, day, leg = _asked(flight, rules)
    found = assembled(feeds, rules, mapping, runs, today)
    is_named = (pl.col("flight") == number) | pl.col("known_as").list.contains(number).fill_null(False)
    asked = is_named & (pl.col("departure_date") == day)
    about = found.manifests.filter(asked)
    if leg:
        about = about.filter(pl.col("manifest_id").str.ends_with(f"/{leg}"))
    if about.is_empty():
        click.echo(f"ops-hub: {flight}: no message is about it; {_nearest(found.manifests, number)}", err=True)
        raise click.exceptions.Exit(2)
    ids = about["manifest_id"].to_list()
    people = found.people.filter(pl.col("manifest_id").is_in(ids))
    sent = found.transmissions.filter(pl.col("manifest_id").is_in(ids))
    missing = gaps(about)
    said = [
        {
            **row,
            "gaps": missing.filter(pl.col("manifest_id") == row["manifest_id"]).drop("manifest_id").to_dicts(),
            "people": people.filter(pl.col("manifest_id") == row["manifest_id"]).drop("manifest_id").to_dicts(),
            "sent": sent.filter(pl.col("manifest_id") == row["manifest_id"]).drop("manifest_id", "legs").to_dicts(),
        }
        for row in about.to_dicts()
    ]
    show({"manifests": said}, as_json, _print_manifests)


@manifest.command("gaps")
@feeds_argument
@click.option("--since", metavar="DATE", callback=a_day, help="Departures from this day on [default: all].")
@click.option("--until", metavar="DATE", callback=a_day, help="Departures up to this day [default: all].")
@run_option
@rules_option
@mapping_option
@click.option("--strict", is_flag=True, help="Exit with 1 when there is any gap.")
@today_option
@as_json
@told
def show_gaps(
    feeds: tuple[Path, ...],
    since: datetime.date | None,
    until: datetime.date | None,
    runs: tuple[Path, ...],
    rules: Path | None,
    mapping: Path | None,
    strict: bool,
    today: str | None,
    as_json: bool,
) -> None:
    """List what is missing: totals that differ, lost parts, people on board and never screened, late lists.

    \b
    Example:
      ops-hub manifest gaps sample_feeds --since 2026-11-20 --run runs/demo
    """
    found = assembled(feeds, rules, mapping, runs, today)
    missing = gaps(found.manifests, since=since, until=until)
    said = {
        "manifests": found.manifests.height,
        "people": found.people.height,
        "unplaced": found.unplaced,
        "rejected_elsewhere": found.rejected,
        "is_run_given": bool(runs),
        "gaps": missing.to_dicts(),
    }
    show(said, as_json, _print_gaps)
    if strict and missing.height:
        raise click.exceptions.Exit(1)


def _asked(text: str, rules: Path | None) -> tuple[str, datetime.date, str]:
    """Return flight, day and leg ('' where none is named) of an argument."""
    flight, _, rest = text.partition("/")
    day, _, leg = rest.partition("/")
    try:
        on = datetime.date.fromisoformat(day)
    except ValueError:
        raise click.BadParameter(
            f"{text} is not FLIGHT/DATE; write for example BW432/2026-11-20", param_hint="FLIGHT/DATE"
        ) from None
    one = pl.DataFrame({"flight": [flight], "carrier": [None]}, schema={"flight": pl.String, "carrier": pl.String})
    number = one.select(designator(pl.col("flight"), pl.col("carrier"), duties(rules))).item()
    return number or "", on, leg.upper()


def _nearest(manifests: pl.DataFrame, number: str) -> str:
    same = manifests.filter(pl.col("flight") == number)["manifest_id"].to_list()
    ids = same or manifests["manifest_id"].to_list()
    return f"these are: {', '.join(ids[:8])}{' ...' if len(ids) > 8 else ''}" if ids else "the feeds name no flight"


def _count(value: Any) -> str:
    return "not known" if value is None else f"{value:,}"


def _print_manifests(said: dict[str, Any]) -> None:
    for place, each in enumerate(said["manifests"]):
        if place:
            click.echo("")
        _print_manifest(each)


def _print_manifest(each: dict[str, Any]) -> None:
    where = ", ".join(f"{one['state']} {one['direction']}" for one in each["directions"] or [])
    click.echo(f"{each['manifest_id']}   {each['status']}   departs {each['departs_at'] or 'not known'}   {where}")
    lines = [
        ("expected", f"{_count(each['expected_passengers'])} passengers, {_count(each['expected_crew'])} crew"),
        ("received", f"{each['passengers']:,} passengers, {each['transit']:,} in transit, {each['crew']:,} crew, "
                     f"{each['booked_only']:,} from bookings only, {each['cancelled']:,} cancelled, {each['rejected']:,} rejected"),
        ("screened", f"{_count(each['screened'])} (not screened: {_count(each['not_screened'])})"),
        ("boarded", f"{each['boarded']:,} (never screened: {_count(each['boarded_not_screened'])}; screened, not on board: "
                    f"{_count(each['screened_not_boarded'])}; no-show {each['no_show']:,}, offloaded {each['offloaded']:,})"),
        ("list sent", f"{each['list_at'] or 'not known'} UTC, due {each['due_at'] or 'not known'} UTC, minutes late: {_count(each['late_minutes'])}"),
        ("quality", f"{each['quality']:.2f} ({each['quality_parts']})" if each["quality"] is not None else "nobody is named on a list"),
    ]  # fmt: skip
    for name, text in lines:
        click.echo(f"  {name:<9}  {text}")
    for gap in each["gaps"]:
        click.echo(f"  gap        {gap['gap']}: {gap['detail']}")
    click.echo("")
    rows = [
        (
            one["role"],
            one["state"],
            {True: "yes", False: "NO", None: "?"}[one["is_screened"]],
            " ".join(part for part in (one["family_name"], one["given_names"]) if part) or one["person_id"],
            one["birth_date"] or "",
            one["nationality"] or "",
            "; ".join(part for part in (one["reason"], one["changed"]) if part),
        )
        for one in each["people"]
    ]
    table(rows, ("role", "state", "screened", "name", "born", "nat", "reason, what changed"))


def _print_gaps(said: dict[str, Any]) -> None:
    found = said["gaps"]
    click.echo(f"{len(found):,} gaps in {said['manifests']:,} manifests with {said['people']:,} people\n")
    if found:
        table(
            [(each["manifest_id"], each["gap"], _count(each["people"]) if each["people"] is not None else "", each["detail"]) for each in found],
            ("manifest", "gap", "people", "what to look at"),
        )  # fmt: skip
    if said["unplaced"]:
        click.echo(f"\n{said['unplaced']:,} travellers name no flight or vessel and are on no manifest.")
    if said["rejected_elsewhere"]:
        click.echo(
            f"\n{said['rejected_elsewhere']:,} rejected records of tables are on no manifest: nobody can tell of which journey."
            " `ops-hub screen` on the same feeds lists them in rejects.csv."
        )
    if not said["is_run_given"]:
        click.echo("\nWho was screened is not known: give --run with the results of ops-hub screen.")
