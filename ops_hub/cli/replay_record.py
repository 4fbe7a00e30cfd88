"""`ops-hub replay --record`: one live screening again. What is told names nobody, and every try stands in the audit log."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import click

from ops_hub.casework.case import CENTRE, Actor
from ops_hub.cli.common import show
from ops_hub.desk.filing import Desk
from ops_hub.engines.live.looking_back import kept
from ops_hub.engines.replay import Difference, code_of, in_engine, same_versions
from ops_hub.engines.replay_live import Replayed, Screening, replayed, screening_of
from ops_hub.errors import ConfigError, OpsHubError
from ops_hub.store import audit
from ops_hub.store.archive_folder import Archive

_SHOWN = 50  # differences for people; --json has all


@dataclass(frozen=True)
class Asked:
    """What is to be repeated, and why."""

    record: str
    day: str | None
    screening: str | None
    purpose: str
    despite_versions: bool

    def arguments(self, screening: str, by: Actor, as_json: bool) -> list[str]:
        """Return the command line that asks for the same in another engine."""
        options = [
            ("--record", self.record),
            ("--screening", screening),
            ("--purpose", self.purpose),
            ("--as", str(by)),
        ]
        options += [("--day", self.day)] if self.day else []
        options += [("--despite", "versions")] if self.despite_versions else []
        return ["replay", *(part for pair in options for part in pair), *(["--json"] if as_json else [])]


def replay_record(asked: Asked, who: tuple[Desk, Actor], as_json: bool) -> int:
    """Repeat the screening of a record and tell what came of it; return the exit code.

    Raises:
        ConfigError: no purpose is given, or a state asks: a unit holds travellers of all states.
        StoreError: something that is needed is gone.
    """
    desk, by = who
    if by.state != CENTRE:
        raise ConfigError(f"--as {by}", "a unit holds travellers of all states", "ask the centre to replay it")
    if not asked.purpose.strip():
        raise ConfigError("--purpose", "identities are read for this", "say why, for the audit log")
    about = f"record {asked.record}"
    try:
        hub_parts = kept(desk.hub)
        found = screening_of(asked.record, asked.day, hub_parts, screening=asked.screening)
        receipt = found.receipt
        other = same_versions(receipt.versions, despite=asked.despite_versions)
        copy = code_of(receipt.code, Archive(desk.hub.home))
        if copy is not None:
            click.echo(f"ops-hub: repeated with the engine of then, {copy}", err=True)
            return in_engine(copy, asked.arguments(receipt.screening_id, by, as_json))
        done = replayed(found, hub_parts)
    except OpsHubError as error:
        audit.record(desk.hub, str(by), "replay-refused", about, purpose=asked.purpose, reason=str(error))
        raise
    result = "identical" if done.identical else "differs"
    audit.record(
        desk.hub, str(by), "replayed", about, purpose=asked.purpose, screening=receipt.screening_id, result=result
    )
    notes = [*(f"despite another version: {each}" for each in other), *done.notes]
    if found.others:
        notes.append(f"the record was screened by others, too (--screening): {', '.join(found.others)}")
    show(_said(found, done, notes), as_json, lambda _: _tell(found, done, notes))
    return int(not done.identical)


def _said(found: Screening, done: Replayed, notes: Sequence[str]) -> dict[str, Any]:
    receipt = found.receipt
    return {
        "record": found.record_id, "screening": receipt.screening_id, "screened_at": receipt.screened_at,
        "snapshot": receipt.snapshot, "identical": done.identical, "records": receipt.screened, "hits": done.found,
        "hits_of_record": done.of_record, "differences": done.differences, "notes": list(notes),
    }  # fmt: skip


def _tell(found: Screening, done: Replayed, notes: Sequence[str]) -> None:
    receipt = found.receipt
    click.echo(
        f"{'identical' if done.identical else 'differs'}: screening {receipt.screening_id} of {receipt.screened_at:%Y-%m-%d %H:%M:%S} UTC, "
        f"{receipt.screened:,} records, {done.found:,} hits, {done.of_record:,} of them of this record"
    )
    for note in notes:
        click.echo(note)
    tell_rows(done.differences)


def tell_rows(rows: Sequence[Difference]) -> None:
    """Print differences for people."""
    for each in rows[:_SHOWN]:
        click.echo(f"  {_line(each)}")
    if len(rows) > _SHOWN:
        click.echo(f"  and {len(rows) - _SHOWN:,} more; see --json")


def _line(each: Mapping[str, Any]) -> str:
    row = " ".join(str(value) for value in each["row"].values())
    changed = f"{each['column']}: {each['then']} > {each['now']}" if "column" in each else ""
    return " ".join(part for part in (each["what"], row, changed) if part)
