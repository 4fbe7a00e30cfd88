"""`ops-hub replay`: a past screening again, with the lists, rules, settings and engine of that moment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import click

from ops_hub.cli.common import as_json, counter, read_options, show, told
from ops_hub.cli.listed import knowledge, ruleset_hash, snapshot_of
from ops_hub.engines.batch import Job, run
from ops_hub.engines.replay import Difference, code_of, in_engine, same_versions
from ops_hub.engines.replay_run import Past, compared, given
from ops_hub.errors import ConfigError, StoreError
from ops_hub.lists.snapshot import Snapshot, open_snapshot
from ops_hub.pipeline import Knowledge, open_lists
from ops_hub.store.archive_folder import Archive
from ops_hub.store.hub import home_folder

_SHOWN = 50  # differences for people; --json has all


@click.command()
@click.option(
    "--run", "run_dir", type=click.Path(path_type=Path, file_okay=False), required=True, help="Folder of a run."
)
@click.option(
    "--out", type=click.Path(path_type=Path, file_okay=False), help="Keep the results of the repetition in this folder."
)
@click.option(
    "--despite", type=click.Choice(["versions"]), multiple=True, help="Go on although packages have other versions."
)
@as_json
@told
def replay(run_dir: Path, out: Path | None, despite: tuple[str, ...], as_json: bool) -> None:
    """Repeat a past screening and say 'identical', or exactly what differs.

    It is repeated with the files, lists, rules, settings and engine of that moment, each compared by its hash. Where one
    of them is gone or another one, what `screen --archive` kept in OPS_HUB_HOME is used; else the replay is refused.

    Exit codes: 0 identical; 1 something differs; 2 refused, with the reason.

    \b
    Example:
      ops-hub screen sample_feeds --watchlist watchlists --out runs/demo --archive
      ops-hub replay --run runs/demo
    """
    past, archive = Past(run_dir), Archive(home_folder())
    other = same_versions(past.given["versions"], despite="versions" in despite)
    copy = code_of(past.given["code"], archive)
    if copy is not None:
        click.echo(f"ops-hub: repeated with the engine of then, {copy}", err=True)
        raise click.exceptions.Exit(in_engine(copy, _arguments(run_dir, out, despite, as_json)))
    if out is not None and out.exists() and out.resolve() == run_dir.resolve():
        raise ConfigError(str(out), "the repetition would replace the run", "choose another folder")
    with TemporaryDirectory() as aside:
        again = _repeated(past, archive, out or Path(aside) / "again")
        found = compared(past, again)
    notes = [f"despite another version: {each}" for each in other]
    if past.given["hash_key"] != again.given["hash_key"]:
        notes.append("links are not compared: payment numbers were hashed with another key (OPS_HUB_HASH_KEY)")
    said = {"run": str(run_dir), "identical": not found, "differences": found, "notes": notes}
    show(said, as_json, lambda _: _tell(past, found, notes))
    if found:
        raise click.exceptions.Exit(1)


def _arguments(run_dir: Path, out: Path | None, despite: Sequence[str], as_json: bool) -> list[str]:
    options = [("--run", str(run_dir)), *(("--despite", each) for each in despite)]
    options += [("--out", str(out))] if out else []
    return ["replay", *(part for pair in options for part in pair), *(["--json"] if as_json else [])]


def _repeated(past: Past, archive: Archive, out: Path) -> Past:
    """Do what a run did, into another folder."""
    rules, known = _rules(past, archive)
    mapping, feeds, threshold = past.mapping(), past.feeds(), past.given["threshold"]
    snapshot, options = _lists(past, archive, known), read_options(past.today, mapping)
    made_of = given((), snapshot.lists, rules, threshold, mapping, options.hash_key)
    job = Job(feeds, out, options, past.account["ruleset"], counter("screening"), made_of)
    run(job, open_lists(snapshot, known), known)
    return Past(out)


def _rules(past: Past, archive: Archive) -> tuple[Path | None, Knowledge]:
    """Return the rules folder of then, or None for the shipped ones, and what it makes known."""
    threshold, ruleset = past.given["threshold"], past.account["ruleset"]
    if past.given["rules"] is None:
        return None, knowledge(None, threshold)
    folder = Path(past.given["rules"])
    if folder.is_dir():
        known = knowledge(folder, threshold)
        if ruleset_hash(folder, known) == ruleset:
            return folder, known
    try:
        kept = archive.find("rules", ruleset)
    except StoreError as error:
        what = "these rules were changed since" if folder.is_dir() else "these rules are no longer there"
        raise StoreError(
            str(folder),
            f"{what}, and they were {error.reason}",
            "put those of then back; keep them with screen --archive",
        ) from None
    known = knowledge(kept, threshold)
    if ruleset_hash(kept, known) != ruleset:
        raise StoreError(str(kept), "this copy of the rules was altered", "restore it from a copy")
    return kept, known


def _lists(past: Past, archive: Archive, known: Knowledge) -> Snapshot:
    """Return the lists of then: those kept, else compiled again from where they lay."""
    wanted = past.account["snapshot"]
    kept = archive.place("snapshots", wanted)
    if kept.is_dir():
        snapshot = open_snapshot(kept, verify=True)
        if snapshot.hash == wanted:
            return snapshot
    paths = [Path(path) for path in past.given["watchlists"]]
    remedy = "put the lists of then back; keep them with screen --archive"
    try:
        snapshot = snapshot_of(paths, known)
    except ConfigError as error:
        raise StoreError(error.place, f"the lists of then cannot be read: {error.reason}", remedy) from None
    if snapshot.hash != wanted:
        reason = f"the lists are others than those of then, and those were not kept; {past.other_lists(snapshot.lists)}"
        raise StoreError(", ".join(map(str, paths)), reason, remedy)
    return snapshot


def _tell(past: Past, found: Mapping[str, Sequence[Difference]], notes: Sequence[str]) -> None:
    for note in notes:
        click.echo(note)
    if not found:
        account = past.account
        click.echo(f"identical: {account['screened']:,} records screened, {account['hits']:,} hits, {account['today']}")
    for part, rows in found.items():
        click.echo(f"{part}: {len(rows):,} differences")
        for each in rows[:_SHOWN]:
            click.echo(f"  {_line(each)}")
        if len(rows) > _SHOWN:
            click.echo(f"  and {len(rows) - _SHOWN:,} more; see --json")


def _line(each: Mapping[str, Any]) -> str:
    row = " ".join(str(value) for value in each["row"].values())
    changed = f"{each['column']}: {each['then']} > {each['now']}" if "column" in each else ""
    return " ".join(part for part in (each["what"], row, changed) if part)
