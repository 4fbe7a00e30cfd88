"""cli/: what people type. Each command is parse, one call, print."""

from ops_hub.cli.main import main

__all__ = ["main"]
