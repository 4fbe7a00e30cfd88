"""`ops-hub case package`: a case into a signed file for a prosecutor or for services, and the check of such a file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from ops_hub.casework.package import checked
from ops_hub.cli.common import as_json, rules_option, show, told
from ops_hub.cli.persons import as_option, person
from ops_hub.cli.reaching import reaching
from ops_hub.desk.filing import open_desk
from ops_hub.engines.live.packaging import package
from ops_hub.engines.live.requests import masking
from ops_hub.errors import StoreError
from ops_hub.store.hub import open_hub


@click.command("package")
@click.argument("number", type=int, required=False, metavar="[CASE]")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="File to write, a ZIP.")
@click.option("--purpose", default="", help="What it is for: goes into the audit log and the file.")
@click.option("--verify", type=click.Path(path_type=Path, dir_okay=False), help="Check this package instead.")
@click.option("--key", "fingerprint", default="", help="With --verify: fingerprint of the key it must be signed with.")
@as_option
@rules_option
@as_json
@told
@reaching
def package_(
    number: int | None, out: Path | None, purpose: str, verify: Path | None, fingerprint: str, who: str | None,
    rules: Path | None, as_json: bool,
) -> None:  # fmt: skip
    """Write what a prosecutor or services may have of a case as one signed file; or check such a file.

    From the day the case opens. What is in it depends on the state and role of the recipient. The same case after the same
    event, for the same recipient and purpose, gives the same bytes. The audit log knows of it before the file is there.

    \b
    Example:
      ops-hub case package 7 --out case7.zip --purpose 'file 12/2026' --as BRB/ruiz:prosecutor
      ops-hub case package --verify case7.zip --key 3f2a...

    Exit codes: 0 done, or the file is whole; 1 the file is not whole; 2 wrong use, or no such case.
    """
    if verify is not None:
        _verify(verify, fingerprint, as_json)
        return
    if number is None or out is None:
        raise click.UsageError("give the number of a case and --out FILE, or --verify FILE")
    hub = open_hub()
    desk = open_desk(hub, rules)
    recipient, hides = person(who, desk.states), masking(desk)
    made = package(
        desk.hub,
        number,
        recipient,
        purpose,
        out,
        desk.policy,
        masked=lambda case, reader: hides(case.id, reader),
    )
    show(made, as_json, _print)


def _print(made: dict[str, Any]) -> None:
    click.echo(
        f"{made['file']}: case {made['case']} after event {made['after_event']}, {made['hits']} hits, {made['segments']} segments"
    )
    click.echo(f"SHA-256 {made['sha256']}")
    click.echo(f"signed with key {made['key']}: tell the recipient by another way")


def _verify(path: Path, fingerprint: str, as_json: bool) -> None:
    try:
        found = checked(path.read_bytes(), fingerprint)
    except OSError as error:
        raise StoreError(str(path), f"cannot be read: {error.strerror}", "give a package") from None
    said = {"file": str(path), "whole": not found.problems, "problems": list(found.problems), "key": found.fingerprint}
    show(said, as_json, _print_check)
    if found.problems:
        raise click.exceptions.Exit(1)


def _print_check(said: dict[str, Any]) -> None:
    for problem in said["problems"]:
        click.echo(f"{said['file']}: {problem}")
    if said["whole"]:
        click.echo(f"{said['file']}: whole, signed with key {said['key']}: compare it with the centre's")
