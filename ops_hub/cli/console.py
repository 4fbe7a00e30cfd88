"""`ops-hub console`: the screens in a browser, and the accounts that open them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from ops_hub.access.oidc import provider_of
from ops_hub.cli.common import as_json, show, table, told
from ops_hub.cli.console_demo import demo
from ops_hub.cli.console_users import user
from ops_hub.cli.reaching import reaching
from ops_hub.console.serving import serve_console
from ops_hub.console.settings import Settings
from ops_hub.manifests.duties import duties
from ops_hub.manifests.schedule import read_schedule
from ops_hub.service.centre import Centre
from ops_hub.service.index import OPERATIONS
from ops_hub.states import home_states
from ops_hub.store.hub import open_hub


@click.group(invoke_without_command=True)
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen at.")
@click.option("--port", default=8440, show_default=True, type=click.IntRange(0, 65535), help="Port to listen at.")
@click.option("--secure", is_flag=True, help="Browsers come by HTTPS (a proxy in front): cookies go over nothing else.")
@click.option("--host-name", "names", multiple=True, help="Name that browsers reach it by; may be given several times.")
@click.option(
    "--proxy", "proxies", multiple=True, help="Address of a proxy whose X-Forwarded-For counts [default: this machine]."
)
@click.option(
    "--oidc", type=click.Path(path_type=Path, dir_okay=False), help="TOML file of a provider of OpenID Connect."
)
@click.option("--schedule", type=click.Path(path_type=Path, dir_okay=False), help="CSV of what carriers should fly [default: schedule.csv in OPS_HUB_HOME].")  # fmt: skip
@click.pass_context
@told
@reaching
def console(
    context: click.Context,
    host: str,
    port: int,
    secure: bool,
    names: tuple[str, ...],
    proxies: tuple[str, ...],
    oidc: Path | None,
    schedule: Path | None,
) -> None:
    """Serve the console of the hub; it ends on Ctrl-C.

    \b
    Example:
      ops-hub console user add ana --role watch-officer
      ops-hub console --port 8440
    """
    if context.invoked_subcommand is not None:
        return
    centre = Centre(open_hub(), own_schedule=schedule)
    if schedule is not None:
        read_schedule(schedule, duties(centre.rules), home_states(centre.rules))  # said now, not on a page later
    provider = provider_of(oidc, centre.roles, home_states(centre.rules).by_code) if oidc else None
    settings = Settings(
        secure=secure, hosts=frozenset({host.lower(), "localhost", *(each.lower() for each in names)}),
        proxies=proxies or Settings.proxies, provider=provider,
    )  # fmt: skip
    serve_console(centre, settings, host, port, click.echo)


@console.command("operations")
@as_json
@told
@reaching
def operations(as_json: bool) -> None:
    """List what can be asked of the console and its API, and which roles may.

    \b
    Example:
      ops-hub console operations
    """
    roles = Centre(open_hub()).roles
    rows = [
        {
            "name": each.name, "method": each.method, "path": "/api/v1" + each.path, "personal": each.personal,
            "roles": [role.name for role in roles.role if roles.may(role.name, each.name)],
        }
        for each in OPERATIONS.values()
    ]  # fmt: skip
    heading = ("operation", "method", "path", "purpose", "roles")

    def plain(found: list[dict[str, Any]]) -> None:
        lines = [
            (each["name"], each["method"], each["path"], "needed" if each["personal"] else "", ", ".join(each["roles"]))
            for each in found
        ]
        table(lines, heading)

    show(rows, as_json, plain)


console.add_command(user)
console.add_command(demo)
