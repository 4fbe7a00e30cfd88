"""`ops-hub doctor`: is this installation as it should be, and what is to be done where it is not.

It loads nothing but what it prints with: what is wrong may be a package that cannot be loaded.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import click

from ops_hub.service.checkup.finding import PROBLEM, Asked
from ops_hub.service.checkup.table import examined
from ops_hub.store.homes import home_folder


@click.command()
@click.option("--home", type=click.Path(path_type=Path, file_okay=False), help="Home folder of a hub [default: OPS_HUB_HOME, else the user's data folder].")  # fmt: skip
@click.option("--watchlist", "-w", "watchlists", type=click.Path(path_type=Path), multiple=True, help="Lists to look at as well; may be given several times.")  # fmt: skip
@click.option("--rules", type=click.Path(path_type=Path, exists=True, file_okay=False), help="Folder of rules; the shipped ones by default.")  # fmt: skip
@click.option("--deep", is_flag=True, help="Check the whole audit log, not only its last file.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")
def doctor(home: Path | None, watchlists: tuple[Path, ...], rules: Path | None, deep: bool, as_json: bool) -> None:
    """Check this installation and the hub on it, and say what to do: one line a check. Nothing is changed.

    Each line is ok, note (you may leave it so) or problem. Exit code 1 where there is a problem.

    \b
    Example:
      ops-hub doctor
      ops-hub doctor -w watchlists --deep
    """
    address = os.environ.get("OPS_HUB_REDIS") or None
    asked = Asked(home or home_folder(), address, os.environ, lambda: datetime.now(UTC), watchlists, rules, deep)
    counts: Counter[str] = Counter()
    lines = []
    for name, found in examined(asked):
        counts[found.level] += 1
        if as_json:
            lines.append({"check": name, **found._asdict()})
        else:
            remedy = f"; {found.remedy}" if found.remedy else ""
            click.echo(f"{found.level:8} {name:16} {found.found}{remedy}")
    if as_json:
        said = {"checks": lines, "ok": counts["ok"], "notes": counts["note"], "problems": counts[PROBLEM]}
        click.echo(json.dumps(said, ensure_ascii=False, indent=1))
    else:
        click.echo(f"\n{counts['ok']} ok, {counts['note']} notes, {counts[PROBLEM]} problems")
    if counts[PROBLEM]:
        raise click.exceptions.Exit(1)
