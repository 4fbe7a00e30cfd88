"""What operations work with: the hub, its rules and its lists, opened once and changed when others are published.

Reach for `Centre`. It may be used by many threads.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from ops_hub.access.roles import Roles, role_table
from ops_hub.desk.filing import Desk, open_desk
from ops_hub.errors import ConfigError
from ops_hub.lists.snapshot import Snapshot, open_snapshot
from ops_hub.store.archive import published, rules_in_force, snapshot_folder
from ops_hub.store.hub import Hub
from ops_hub.store.operations import operations_folder

Made = TypeVar("Made")
_asked: ContextVar[dict[Centre, Path | None] | None] = ContextVar("rules of one request", default=None)


@contextmanager
def one_answer() -> Iterator[None]:
    """Ask but once which rules hold, and so whose role may do what, in this block and the threads that it calls."""
    token = _asked.set({})
    try:
        yield
    finally:
        _asked.reset(token)


@dataclass(frozen=True, eq=False)
class Centre:
    """The centre as operations see it.

    Attributes:
        hub: the hub.
        own_rules: a folder of rules to use in place of those that are published.
        operations: the folder of operations, OPS_HUB_OPERATIONS or ./operations.
        own_schedule: what should be flown, in place of schedule.csv in the hub's home folder.
    """

    hub: Hub
    own_rules: Path | None = None
    operations: Path = field(default_factory=operations_folder)
    own_schedule: Path | None = None
    _kept: dict[str, tuple[Any, Any]] = field(default_factory=dict, repr=False)
    _making: dict[str, threading.RLock] = field(default_factory=dict, repr=False)

    @property
    def rules(self) -> Path | None:
        """The folder of rules that hold; None for the shipped ones."""
        asked = _asked.get()
        if asked is None:
            return self.own_rules or rules_in_force(self.hub)
        if self not in asked:
            asked[self] = self.own_rules or rules_in_force(self.hub)
        return asked[self]

    @property
    def schedule(self) -> Path:
        """The file of what should be flown; there need not be one."""
        return self.own_schedule or self.hub.home / "schedule.csv"

    @property
    def roles(self) -> Roles:
        """Who may do what."""
        return role_table(self.rules)

    @property
    def desk(self) -> Desk:
        """The desk that cases are worked on at."""
        rules = self.rules
        return self.kept("desk", rules, lambda: open_desk(self.hub, rules))

    @property
    def snapshot(self) -> Snapshot:
        """The lists that hold.

        Raises:
            ConfigError: none are published.
        """
        name = published(self.hub)
        if name is None:
            raise ConfigError("lists", "none are published yet", "ops-hub hub publish -w LISTS")
        return self.kept("snapshot", name, lambda: open_snapshot(snapshot_folder(self.hub, name)))

    def kept(self, what: str, of: Any, make: Callable[[], Made]) -> Made:
        """Return something that is costly to make; it is made again when what it is of has changed.

        Args:
            what: its name, one for each kind of thing.
            of: what it depends on; compared with the one that it was made for.
            make: makes it.
        """
        with self._making.setdefault(what, threading.RLock()):  # who asks for something else does not wait
            held = self._kept.get(what)
            if held is None or held[0] != of:
                held = self._kept[what] = (of, make())
            return held[1]
