"""`ops-hub operation result`: what came of a case in an operation; the same as `ops-hub case result`, linked to its journal."""

from __future__ import annotations

from pathlib import Path

import click

from ops_hub.cli.case_acts import Asker, at_desk, done, reason_option, result_options
from ops_hub.cli.common import as_json, told
from ops_hub.cli.operations import folder_option, name_argument, now, opened
from ops_hub.errors import ConfigError
from ops_hub.operations.journal import line


@click.command()
@name_argument
@click.option("--case", "number", required=True, type=int, metavar="CASE", help="The case.")
@result_options
@reason_option
@folder_option
@as_json
@at_desk
@told
def result(
    asker: Asker, name: str, number: int, what: str, band: str, retract: bool, reason: str, operations: Path, as_json: bool
) -> None:  # fmt: skip
    """Say what came of a case in this operation.

    \b
    Example:
      ops-hub operation result ALCYON --case 7 --result arrested --as BRB/ana
      ops-hub operation result ALCYON --case 7 --result money-frozen --band '1000 to 10000 USD' --as BRB/ana
    """
    found = opened(operations, name, asker.rules)
    by = found.person(asker.who)
    if by.state != "CENTRE" and found.plan.member(by.state) is None:
        states = ", ".join(each.code for each in found.plan.states)
        raise ConfigError(f"operation {name}", f"{by.state} does not take part", f"states are {states}")
    found.journal()  # an altered one is told before anything is done
    done(asker, number, "result", as_json, result=what, operation=name, band=band, retract=retract, reason=reason)
    said = {"case": number, "result": what, "state": by.state, "retract": retract}
    found.write(lambda _: [line(found.plan, str(by), now(), "result", said)])
