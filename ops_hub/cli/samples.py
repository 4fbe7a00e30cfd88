"""`ops-hub samples`: the invented feeds and lists, and the shipped rules, out of the installed package into a folder.

Reach for it where no checkout is at hand. What the samples tell is left to docs/samples.md.
"""

from __future__ import annotations

from pathlib import Path

import click

from ops_hub.cli.common import told
from ops_hub.config import data_dir
from ops_hub.errors import ConfigError
from ops_hub.store.archive_folder import copied, files_under
from ops_hub.store.files import cannot_write

_PARTS = ("sample_feeds", "watchlists", "rules")


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@told
def samples(folder: Path) -> None:
    """Copy the sample feeds, the sample lists and the rules into FOLDER, to try them and to begin with.

    \b
    Example:
      ops-hub samples try
    """
    standing = [name for name in _PARTS if (folder / name).exists()]
    if standing:
        raise ConfigError(str(folder / standing[0]), "something stands here already", "name another folder")
    for name in _PARTS:
        try:
            copied(files_under(data_dir(name)), folder / name)
        except OSError as error:
            raise cannot_write(folder / name, error) from None
    click.echo(f"{', '.join(_PARTS)} are in {folder}; everybody in them is invented. Try them:\n")
    click.echo(f"  cd {folder}")
    click.echo("  ops-hub screen sample_feeds -w watchlists --rules rules --today 2026-11-23 --out runs/demo")
