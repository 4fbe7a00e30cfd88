"""Which role may do what (rules/roles.toml).

Reach for `role_table()`. An operation that no role names is nobody's: what is new is shut until somebody opens it.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Literal

import msgspec

from ops_hub.config import rules_toml
from ops_hub.errors import ConfigError


class Role(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A role; the fields are explained in rules/roles.toml."""

    name: str
    acts_as: str
    at: list[Literal["centre", "state"]]
    may: list[str]


class Roles(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The file rules/roles.toml."""

    role: list[Role]

    def find(self, name: str) -> Role | None:
        """Return a role by its name, None where there is none."""
        return next((each for each in self.role if each.name == name), None)

    def may(self, name: str, operation: str) -> bool:
        """Return whether a role may do an operation."""
        role = self.find(name)
        return role is not None and any(_covers(each, operation) for each in role.may)


def _covers(pattern: str, operation: str) -> bool:
    if pattern.endswith(".*"):
        return operation.startswith(pattern[:-1])
    return pattern == operation


@lru_cache(maxsize=8)
def role_table(rules: Path | None = None) -> Roles:
    """Read the roles of a rules folder (default, or where it has none: the shipped ones); they are read once.

    Raises:
        ConfigError: rules/roles.toml is no TOML, or says what is not allowed.
    """
    path, roles = rules_toml(rules, "roles.toml", Roles)
    names = [each.name for each in roles.role]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ConfigError(str(path), f"there are two roles {', '.join(twice)}", "give each another name")
    return roles
