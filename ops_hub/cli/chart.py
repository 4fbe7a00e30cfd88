"""`ops-hub chart`: a run or a network to a link chart, to look at or for other tools."""

from __future__ import annotations

from pathlib import Path

import click
import polars as pl

from ops_hub.cli.common import rules_option, told
from ops_hub.cli.graph_reader import asked, network_for
from ops_hub.cli.persons import as_option
from ops_hub.errors import ConfigError
from ops_hub.graph.analyses.table import FINDERS
from ops_hub.graph.chart import read_places
from ops_hub.graph.charts.model import Chart, Places, of_links, of_network
from ops_hub.graph.charts.of_finding import of_finding
from ops_hub.graph.export import FORMATS, export
from ops_hub.graph.net import Network
from ops_hub.graph.settings import graph_settings
from ops_hub.schemas import LINKS, check
from ops_hub.store.files import write_bytes
from ops_hub.store.frames import read_frame
from ops_hub.store.graphs import ACCOUNT


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option(
    "--format",
    "kind",
    type=click.Choice(list(FORMATS)),
    default="html",
    show_default=True,
    help="Format of the chart.",
)
@click.option("--out", required=True, type=click.Path(path_type=Path, dir_okay=False), help="File to write.")
@click.option(
    "--like",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="An older chart (html or svg): what is in both stays where it stood.",
)
@click.option("--title", default="Link chart", show_default=True, help="Heading.")
@click.option(
    "--find", "finder", type=click.Choice(list(FINDERS)), help="Of a network: only what ops-hub graph find KIND finds."
)
@click.option("--around", multiple=True, metavar="NODE", help="Of a network: only what is near this; several times.")
@click.option("--top", type=click.IntRange(1), help="With --find: finds at most.")
@as_option
@rules_option
@told
def chart(
    folder: Path, kind: str, out: Path, like: Path | None, title: str, finder: str | None, around: tuple[str, ...],
    top: int | None, who: str | None, rules: Path | None,
) -> None:  # fmt: skip
    """Write the link chart of a run or of a network.

    FOLDER is what `ops-hub screen --out` or `ops-hub graph build --out` wrote. With --as, and always of a network that holds
    what the hub keeps, the chart is made from what this reader may see: nothing else is in the file.

    \b
    Example:
      ops-hub chart runs/today --out chart.html
      ops-hub chart networks/november --format anx --out november.anx
      ops-hub chart networks/december --like november.html --out december.html
      ops-hub chart networks/november --find organisers --top 5 --as BRB/ana --out organisers.html
    """
    if top is not None and finder is None:
        raise click.UsageError("--top is how many finds: name what is looked for with --find")
    places = {} if like is None else read_places(like.read_text(encoding="utf-8", errors="replace"), str(like))
    if (folder / ACCOUNT).is_file():
        net = network_for(folder, who, rules)
        made = _network(net, folder, title, places, finder or ("neighbours" if around else None), around, top, rules)
    elif finder or around:
        raise click.UsageError("--find and --around ask a network, and this is a run: ops-hub graph build makes one")
    else:
        made = _run(folder, title, places)
    write_bytes(out, export(made, kind))
    click.echo(f"{made.nodes.height:,} nodes, {made.edges.height:,} links: {out}")


def _network(
    net: Network, folder: Path, title: str, places: Places, kind: str | None, around: tuple[str, ...], top: int | None,
    rules: Path | None,
) -> Chart:  # fmt: skip
    name = str(net.about.get("name") or folder)
    if kind is None:
        return of_network(net, title=title, subtitle=name, places=places)
    found = asked(net, kind, graph_settings(rules), around=around, top=top)
    return of_finding(net, found, title=title, subtitle=f"{name}: {' '.join(found.words[1:2])}", places=places)


def _run(folder: Path, title: str, places: Places) -> Chart:
    path = folder / "links.parquet"
    if not path.is_file():
        problem = "this folder holds no run and no network (links.parquet and network.json are missing)"
        raise ConfigError(str(folder), problem, "name the --out folder of ops-hub screen or of ops-hub graph build")
    try:
        links = check(read_frame(path, LINKS), LINKS, "chart")
    except (pl.exceptions.PolarsError, TypeError) as error:
        raise ConfigError(str(path), f"cannot be read: {error}", "screen again") from None
    return of_links(links, title=title, subtitle=str(folder), places=places)
