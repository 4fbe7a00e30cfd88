"""`ops-hub replay`: a past screening again, with the lists, rules, settings and engine of that moment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import click

from ops_hub.cli.common import as_json, counter, read_options, show, told
from ops_hub.cli.listed import knowledge, ruleset_hash, snapshot_of
from ops_hub.cli.persons import as_option, person
from ops_hub.cli.reaching import reaching
from ops_hub.cli.replay_record import Asked, replay_record, tell_rows
from ops_hub.desk.filing import open_desk
from ops_hub.engines.batch import Job, run
from ops_hub.engines.replay import Difference, code_of, in_engine, same_versions
from ops_hub.engines.replay_run import Past, compared, given
from ops_hub.errors import ConfigError, StoreError
from ops_hub.lists.snapshot import Snapshot, open_snapshot
from ops_hub.pipeline import Knowledge, open_lists
from ops_hub.store.archive_folder import Archive
from ops_hub.store.hub import home_folder, open_hub


@click.command()
@click.option("--run", "run_dir", type=click.Path(path_type=Path, file_okay=False), help="Folder of a batch run.")
@click.option("--record", help="Record id of a traveller who was screened by the hub.")
@click.option("--day", metavar="DATE", help="Day (UTC) that the record is kept under, where it is known: quicker.")
@click.option("--screening", help="Which screening of the record [default: the last one].")
@click.option("--purpose", default="", help="Why, for the audit log; needed with --record.")
@as_option
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    help="Keep the results of a run's repetition in this folder.",
)
@click.option(
    "--despite", type=click.Choice(["versions"]), multiple=True, help="Go on although packages have other versions."
)
@as_json
@told
@reaching
def replay(
    run_dir: Path | None, record: str | None, day: str | None, screening: str | None, purpose: str, who: str | None,
    out: Path | None, despite: tuple[str, ...], as_json: bool,
) -> None:  # fmt: skip
    """Repeat a past screening and say 'identical', or exactly what differs.

    It is repeated with the files, lists, rules, settings and engine of that moment, each compared by its hash. Where one
    of them is gone or another one, what was kept in OPS_HUB_HOME is used (by `screen --archive`, and by the hub always);
    else the replay is refused.

    With --record, the whole unit (message or slice of a table) that held the record is repeated from what is retained, and
    held against the receipt of then. No names are told.

    Exit codes: 0 identical; 1 something differs; 2 refused, with the reason.

    \b
    Example:
      ops-hub screen sample_feeds --watchlist watchlists --out runs/demo --archive
      ops-hub replay --run runs/demo
      ops-hub replay --record 5f0c1d --purpose 'court order 12/2026' --as CENTRE/ana:auditor
    """
    if (run_dir is None) == (record is None):
        raise click.UsageError("give --run or --record")
    if record is not None:
        again = Asked(record, day, screening, purpose, bool(despite))
        desk = open_desk(open_hub())
        differs = replay_record(again, (desk, person(who, desk.states)), as_json)
    else:
        assert run_dir is not None
        differs = _replay_run(run_dir, out, despite, as_json)
    if differs:
        raise click.exceptions.Exit(differs)


def _replay_run(run_dir: Path, out: Path | None, despite: tuple[str, ...], as_json: bool) -> int:
    past, archive = Past(run_dir), Archive(home_folder())
    other = same_versions(past.given["versions"], despite="versions" in despite)
    copy = code_of(past.given["code"], archive)
    if copy is not None:
        click.echo(f"ops-hub: repeated with the engine of then, {copy}", err=True)
        return in_engine(copy, _arguments(run_dir, out, despite, as_json))
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
    return int(bool(found))


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
        tell_rows(rows)
