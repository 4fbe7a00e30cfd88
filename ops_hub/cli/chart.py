"""`ops-hub chart`: a run or a network to a link chart, to look at or for other tools."""

from __future__ import annotations

from pathlib import Path

import click
import polars as pl

from ops_hub.cli.common import told
from ops_hub.errors import ConfigError
from ops_hub.graph.chart import read_places
from ops_hub.graph.charts.model import Chart, Places, of_links, of_network
from ops_hub.graph.export import FORMATS, export
from ops_hub.graph.net import Network
from ops_hub.schemas import LINKS, check
from ops_hub.store.files import write_bytes
from ops_hub.store.graphs import ACCOUNT, load


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
@told
def chart(folder: Path, kind: str, out: Path, like: Path | None, title: str) -> None:
    """Write the link chart of a run or of a network.

    FOLDER is what `ops-hub screen --out` or `ops-hub graph build --out` wrote. A network should be cut to its reader
    before: what is in it is in the chart.

    \b
    Example:
      ops-hub chart runs/today --out chart.html
      ops-hub chart networks/november --format anx --out november.anx
      ops-hub chart networks/december --like november.html --out december.html
    """
    places = {} if like is None else read_places(like.read_text(encoding="utf-8", errors="replace"), str(like))
    made = _network(folder, title, places) if (folder / ACCOUNT).is_file() else _run(folder, title, places)
    write_bytes(out, export(made, kind))
    click.echo(f"{made.nodes.height:,} nodes, {made.edges.height:,} links: {out}")


def _network(folder: Path, title: str, places: Places) -> Chart:
    frames, about = load(folder)
    net = Network(**frames, about=about)
    return of_network(net, title=title, subtitle=str(about.get("name") or folder), places=places)


def _run(folder: Path, title: str, places: Places) -> Chart:
    path = folder / "links.parquet"
    if not path.is_file():
        problem = "this folder holds no run and no network (links.parquet and network.json are missing)"
        raise ConfigError(str(folder), problem, "name the --out folder of ops-hub screen or of ops-hub graph build")
    try:
        links = check(pl.read_parquet(path), LINKS, "chart")
    except (pl.exceptions.PolarsError, TypeError) as error:
        raise ConfigError(str(path), f"cannot be read: {error}", "screen again") from None
    return of_links(links, title=title, subtitle=str(folder), places=places)
