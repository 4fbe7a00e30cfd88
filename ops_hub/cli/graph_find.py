"""`ops-hub graph find` and `ops-hub graph path`: ask a network, and see how two are tied."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import click
import polars as pl

from ops_hub.cli.common import as_json, rules_option, show, told
from ops_hub.cli.graph_reader import folder_argument, found_for, network_for
from ops_hub.cli.persons import as_option, person
from ops_hub.cli.reaching import reaching
from ops_hub.desk.filing import open_desk
from ops_hub.engines.live.meetings import tell as tell_owners
from ops_hub.engines.network import opened
from ops_hub.errors import ConfigError
from ops_hub.graph.analyses.finding import Finding
from ops_hub.graph.analyses.paths import paths
from ops_hub.graph.analyses.table import FINDERS
from ops_hub.graph.analyses.which import which
from ops_hub.graph.settings import graph_settings
from ops_hub.store.files import write_csv, write_parquet
from ops_hub.store.hub import open_hub

_KINDS = "\n".join(f"  {kind:<12} {finder.help}" for kind, finder in FINDERS.items())
out_option = click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), help="Write the table, as .csv or .parquet."
)


@click.command(
    help=f"""Ask a network; KIND is one of

\b
{_KINDS}

Whatever is found is a lead to verify; those who were smuggled, and minors, are to be protected.

\b
Example:
  ops-hub graph find organisers networks/november --top 10
  ops-hub graph find cross networks/live --tell --as CENTRE/carla"""
)
@click.argument("kind", type=click.Choice(list(FINDERS)), metavar="KIND")
@folder_argument
@click.option(
    "--around",
    multiple=True,
    metavar="NODE",
    help="Node id, or text that only its label has; may be given several times.",
)
@click.option("--hops", type=click.IntRange(1, 6), help="Steps of a neighbourhood [default: as in rules/graph.toml].")
@click.option("--top", type=click.IntRange(1), help="Rows at most.")
@click.option(
    "--tell",
    is_flag=True,
    help="With cross, at the centre: a notice into the mailbox of each owner, of the same work once.",
)
@out_option
@rules_option
@as_option
@as_json
@told
@reaching
def find(
    kind: str, folder: Path, around: tuple[str, ...], hops: int | None, top: int | None, tell: bool, out: Path | None,
    rules: Path | None, who: str | None, as_json: bool,
) -> None:  # fmt: skip
    """Ask a network."""  # the help for people is above: it lists the kinds
    if tell and (kind != "cross" or around):
        raise click.UsageError("--tell goes with cross, and without --around: owners are told of all that meets")
    finding = found_for(folder, who, rules, kind, around=around, hops=hops, top=top)
    if tell:
        finding = replace(finding, notices=_tell(folder, who, rules))
    _give(finding, out, as_json)


def _tell(folder: Path, who: str | None, rules: Path | None) -> tuple[tuple[str, str], ...]:
    """Tell owners of what meets; return (owner, what was done)."""
    desk = open_desk(open_hub(), rules)
    told = tell_owners(desk.hub, opened(folder), person(who, desk.states), graph_settings(rules).moves, desk.policy)
    return tuple(
        (each.owner, f"find {each.number}: told {'now' if each.is_new else 'before'}, reference {each.reference}")
        for each in told
    )


@click.command()
@folder_argument
@click.argument("one", metavar="FROM")
@click.argument("other", metavar="TO")
@click.option("--top", type=click.IntRange(1), help="Ways of each kind at most [default: as in rules/graph.toml].")
@click.option("--anything", is_flag=True, help="Also by flights, vessels, ports, agencies and crime types.")
@out_option
@rules_option
@as_option
@as_json
@told
def path(
    folder: Path, one: str, other: str, top: int | None, anything: bool, out: Path | None, rules: Path | None,
    who: str | None, as_json: bool,
) -> None:  # fmt: skip
    """Tell how two are tied: all shortest ways and the strongest ones, each with who says so.

    FROM and TO are node ids, or text that only one label has.

    \b
    Example:
      ops-hub graph path networks/november "GARCIA, Ana" phone:18685550100
    """
    net = network_for(folder, who, rules)
    ends = which(net, one), which(net, other)
    if ends[0] == ends[1]:
        raise click.UsageError(f"FROM and TO are both {ends[0]}: name two different nodes")
    _give(paths(net, graph_settings(rules), *ends, most=top, everything=anything), out, as_json)


def _give(finding: Finding, out: Path | None, as_json: bool) -> None:
    if out is not None:
        _write(finding.table, out)
    said = {
        "kind": finding.kind, "words": finding.words, "table": finding.table.to_dicts(), "ids": finding.ids,
        "notices": [{"owner": owner, "words": words} for owner, words in finding.notices],
    }  # fmt: skip
    show(said, as_json, _print)
    if out is not None:
        click.echo(f"table: {out}", err=True)


def _write(table: pl.DataFrame, out: Path) -> None:
    if out.suffix == ".parquet":
        write_parquet(out, table)
    elif out.suffix == ".csv":
        nested = [name for name, dtype in table.schema.items() if isinstance(dtype, pl.List)]
        plain = [name for name in nested if table.schema[name] == pl.List(pl.String)]
        table = table.drop(set(nested) - set(plain)).with_columns(pl.col(plain).list.join(" "))
        write_csv(out, table)
    else:
        raise ConfigError(str(out), "no such form of a table", "end the name in .csv or .parquet")


def _print(said: dict[str, Any]) -> None:
    for line in said["words"]:
        click.echo(line)
    for k, row in enumerate(said["table"], 1):
        number = f"{row['score']:.3f} " if "score" in row else ""
        mark = "* " if row.get("named") else ""
        click.echo(f"\n{k}. {mark}{number}{row['why']}")
        click.echo(f"   {row['node_id'] if 'node_id' in row else ' > '.join(row.get('node_ids', []))}".rstrip())
        for cite in row.get("cites") or []:
            click.echo(f"   says {cite['source']} {cite['message_ref'] or ''} at {cite['position']}".rstrip())
    for notice in said["notices"]:
        click.echo(f"\nto {notice['owner']}: {notice['words']}")
