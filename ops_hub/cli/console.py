"""`ops-hub console`: the screens in a browser, and the accounts that open them."""

from __future__ import annotations

import click

from ops_hub.cli.common import told
from ops_hub.cli.console_demo import demo
from ops_hub.cli.console_users import user
from ops_hub.cli.reaching import reaching
from ops_hub.console.serving import serve_console
from ops_hub.console.settings import Settings
from ops_hub.service.centre import Centre
from ops_hub.store.hub import open_hub


@click.group(invoke_without_command=True)
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen at.")
@click.option("--port", default=8440, show_default=True, type=click.IntRange(0, 65535), help="Port to listen at.")
@click.option("--secure", is_flag=True, help="Browsers come by HTTPS (a proxy in front): cookies go over nothing else.")
@click.pass_context
@told
@reaching
def console(context: click.Context, host: str, port: int, secure: bool) -> None:
    """Serve the console of the hub; it ends on Ctrl-C.

    \b
    Example:
      ops-hub console user add ana --role watch-officer
      ops-hub console --port 8440
    """
    if context.invoked_subcommand is None:
        serve_console(Centre(open_hub()), Settings(secure=secure), host, port, click.echo)


console.add_command(user)
console.add_command(demo)
