"""Commands that are imported when they are asked for: the others' libraries take longer to load than many a command to run.

Reach for `Commands` when making a group of commands.
"""

from __future__ import annotations

import os
from collections import UserDict
from importlib import import_module
from typing import Any

import click

from ops_hub.store.kernels import provide


class Commands(UserDict[str, Any]):
    """Commands by name, made of the names of their modules in `ops_hub.cli`; a command is called as its function is."""

    def __getitem__(self, name: str) -> click.Command:
        provide(os.environ)
        command = getattr(import_module(f"ops_hub.cli.{self.data[name]}"), name)
        assert isinstance(command, click.Command)
        return command
