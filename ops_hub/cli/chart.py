"""`ops-hub chart`: results of a run to charts for other tools."""

from __future__ import annotations

from pathlib import Path

import click
import polars as pl

from ops_hub.cli.common import told
from ops_hub.errors import ConfigError
from ops_hub.graph.chart import chart_html
from ops_hub.graph.export import FORMATS, export
from ops_hub.graph.network import network
from ops_hub.schemas import LINKS, check
from ops_hub.store.files import write_bytes


@click.command()
@click.argument("run_dir", type=click.Path(path_type=Path, file_okay=False))
@click.option(
    "--format",
    "kind",
    type=click.Choice(["html", *FORMATS]),
    default="html",
    show_default=True,
    help="Format of the chart.",
)
@click.option("--out", required=True, type=click.Path(path_type=Path, dir_okay=False), help="File to write.")
@told
def chart(run_dir: Path, kind: str, out: Path) -> None:
    """Write the link chart of a run in another format.

    \b
    Example:
      ops-hub chart runs/today --format graphml --out chart.graphml
    """
    path = run_dir / "links.parquet"
    if not path.is_file():
        raise ConfigError(
            str(run_dir),
            "this folder holds no run (links.parquet is missing)",
            "name the --out folder of ops-hub screen",
        )
    try:
        linked = check(pl.read_parquet(path), LINKS, "chart")
    except (pl.exceptions.PolarsError, TypeError) as error:
        raise ConfigError(str(path), f"cannot be read: {error}", "screen again") from None
    if kind == "html":
        data = chart_html(linked, title="Link chart", subtitle=str(run_dir)).encode("utf-8")
    else:
        data = export(network(linked), kind)
    write_bytes(out, data)
    nodes = pl.concat([linked["from_id"], linked["to_id"]]).n_unique()
    click.echo(f"{nodes:,} nodes, {linked.height:,} links: {out}")
